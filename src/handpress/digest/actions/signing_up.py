"""Signing up: asking for the digest, and confirming it by the link in a mail."""

from __future__ import annotations

import hashlib
from datetime import datetime, timedelta
from enum import Enum

from django.db import transaction

from handpress.accounts.counting import LimitReached, count_use, mark_of
from handpress.accounts.signed import read_signed
from handpress.digest import letters
from handpress.digest.core.limits import ADDRESS, EVERYBODY, NETWORK, PATIENT_NETWORK
from handpress.digest.models import (
    Consent,
    ConsentWording,
    Erasure,
    Frequency,
    Subscriber,
    SubscriberState,
)
from handpress.digest.wording import consent_words
from handpress.lib import clock
from handpress.mail.core.addresses import Address, mailbox_key
from handpress.mail.suppression import is_suppressed
from handpress.press.site import site_facts

ERASURE = "digest.erasure"
_READS = {SubscriberState.ACTIVE, SubscriberState.PAUSED}


class SignUp(Enum):
    """What came of asking. DONE says nothing about whether the address was known."""

    DONE = "done"
    PRESS_ONCE_MORE = "press once more"
    WAIT = "wait"


class Confirmed(Enum):
    """What came of a link in a mail."""

    NOW = "now"
    BEFORE = "before"
    DEAD = "dead"


def ask_to_read(
    address: Address,
    *,
    frequency: Frequency = Frequency.DAILY,
    network: str = "",
    is_patient: bool = False,
) -> SignUp:
    """Note that somebody asks for the digest, and mail a link that confirms it.

    Whoever reads it already gets their own links instead; an address that must not be mailed gets
    nothing. The caller learns none of it. ``is_patient`` is who has pressed once more.
    """
    now = clock.now()
    try:
        with transaction.atomic():
            _count(address, network, now, is_patient=is_patient)
            if not is_suppressed(address.key):
                _write(address, frequency, now)
    except LimitReached as reached:
        if reached.limit is ADDRESS:
            return SignUp.DONE
        return SignUp.WAIT if is_patient else SignUp.PRESS_ONCE_MORE
    return SignUp.DONE


def _count(address: Address, network: str, now: datetime, *, is_patient: bool) -> None:
    count_use(PATIENT_NETWORK, network, now)
    if not is_patient:
        count_use(NETWORK, network, now)
        count_use(EVERYBODY, "", now)
    count_use(ADDRESS, mailbox_key(address), now)


def _write(address: Address, frequency: Frequency, now: datetime) -> None:
    language = site_facts().language
    reader, _ = Subscriber.objects.get_or_create(
        address_key=address.key,
        defaults={
            "address": address.text,
            "domain": address.domain,
            "frequency": frequency,
            "language": language,
            "created_at": now,
        },
    )
    if reader.state == SubscriberState.SUPPRESSED:
        return
    if reader.state in _READS:
        letters.write_known(reader)
        return
    consent = Consent.objects.create(
        subscriber=reader,
        wording=wording_of(consent_words(), language),
        frequency=frequency,
        asked_at=now,
    )
    letters.write_confirmation(reader, consent, now)


def wording_of(text: str, language: str) -> ConsentWording:
    """Return the row of the words that readers agree to, made if they are new."""
    digest = hashlib.sha256(f"{language}\n{text}".encode()).hexdigest()
    row, _ = ConsentWording.objects.get_or_create(
        sha256=digest, defaults={"text": text, "language": language}
    )
    return row


def find_consent(signed: str) -> Consent | None:
    """Return the consent that a link in a mail is about, with its reader; None for a dead link."""
    lasts = timedelta(days=letters.CONFIRM_WITHIN_DAYS)
    found = read_signed(letters.CONFIRM, signed, now=clock.now(), lasts=lasts)
    if found is None or not found.value.isdecimal():
        return None
    return Consent.objects.select_related("subscriber").filter(pk=int(found.value)).first()


def confirm(signed: str) -> tuple[Confirmed, Subscriber | None]:
    """Make somebody a reader who pressed the button behind the link in their mail.

    A link does so once. Who left after it was made has to sign up anew, and so has who was
    found unreachable.
    """
    now = clock.now()
    consent = find_consent(signed)
    if consent is None:
        return Confirmed.DEAD, None
    with transaction.atomic():
        reader = Subscriber.objects.select_for_update().get(pk=consent.subscriber_id)
        consent.refresh_from_db()
        if consent.confirmed_at:
            is_reader = reader.state in _READS
            return (Confirmed.BEFORE, reader) if is_reader else (Confirmed.DEAD, None)
        if not _may_confirm(reader, consent):
            return Confirmed.DEAD, None
        _make_reader(reader, consent, now)
    return Confirmed.NOW, reader


def _may_confirm(reader: Subscriber, consent: Consent) -> bool:
    if reader.state in {SubscriberState.ERASED, SubscriberState.SUPPRESSED}:
        return False
    return reader.left_at is None or reader.left_at < consent.asked_at


def _make_reader(reader: Subscriber, consent: Consent, now: datetime) -> None:
    consent.confirmed_at = now
    consent.save(update_fields=["confirmed_at"])
    if reader.state not in _READS:
        reader.confirmed_at = now
    # Also whoever reads it already, and paused or chose otherwise: the button's page said so.
    reader.state = SubscriberState.ACTIVE
    reader.frequency = consent.frequency or reader.frequency
    reader.left_at, reader.left_by, reader.paused_until = None, "", None
    reader.save()
    Erasure.objects.filter(mark=mark_of(ERASURE, reader.address_key or "")).delete()
