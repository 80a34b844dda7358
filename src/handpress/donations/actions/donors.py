"""Donors: kept under keys of their own, found by a mark. Erasing them is `actions.erasing`."""

from __future__ import annotations

from collections.abc import Mapping

from django.db import transaction

from handpress.donations import sealing
from handpress.donations.models import BankLine, Donor, Receipt
from handpress.mail.core.addresses import normal_key
from handpress.press.prepared import Prepared

FACTS = ("name", "email", "address", "iban", "account_name")
"""What may be known of a donor; the last two where gifts are collected by our own bank."""


def keep_donor(facts: Mapping[str, str], *, language: str = "") -> Donor:
    """Return the donor with this e-mail address, or a new one, with what was told now.

    ``facts`` are any of `FACTS`; what is empty leaves what is known as it is. ``language`` is that
    of the page where they told it; another one that is known of them stays. Raises
    `mail.core.addresses.NotAnAddress`, and `sealing.KeysUnusable` where the key is gone.
    """
    told = {name: facts[name].strip() for name in FACTS if facts.get(name, "").strip()}
    have_key()
    mark = sealing.mark_of(normal_key(told["email"])) if "email" in told else None
    with transaction.atomic():
        donor = _known(mark) or Donor(email_mark=mark, language=language)
        if donor.wrapped_key:
            key = sealing.donor_key(donor.wrapped_key)
            told = {**sealing.unseal(donor.sealed, donor.wrapped_key), **told}
        else:
            key, donor.wrapped_key = sealing.new_donor_key()
        donor.sealed = sealing.seal(told, key)
        donor.language = donor.language or language
        donor.save()
    return donor


@transaction.atomic
def change_donor(donor: Donor, facts: Mapping[str, str]) -> None:
    """Keep what is told of a donor now in place of what was; what is empty is not known any more.

    ``facts`` are name, address or both; the e-mail address stays. Raises `sealing.Forgotten` for
    who was erased meanwhile, and `sealing.KeysUnusable`.
    """
    row = Donor.objects.select_for_update().get(pk=donor.pk)
    told = {name: facts[name].strip() for name in ("name", "address") if name in facts}
    kept = {**sealing.unseal(row.sealed, row.wrapped_key), **told}
    key = sealing.donor_key(row.wrapped_key)
    row.sealed = sealing.seal({name: text for name, text in kept.items() if text}, key)
    row.save(update_fields=["sealed"])


def choose_language(donor: Donor, language: str) -> None:
    """Keep in which language a donor wants letters, whatever was known of that."""
    Donor.objects.filter(pk=donor.pk, erased_at__isnull=True).update(language=language)
    donor.language = language


def facts_of(donor: Donor) -> dict[str, str]:
    """Return what is known of a donor; nothing once erased."""
    try:
        return sealing.unseal(donor.sealed, donor.wrapped_key)
    except sealing.Forgotten:
        return {}


def _known(mark: str | None) -> Donor | None:
    if mark is None:
        return None
    return _MARKED.first(mark)


_MARKED = Prepared(lambda mark: Donor.objects.select_for_update().filter(email_mark=mark))


def have_key() -> None:
    """Make the newsroom's key the first time; never a second one while anything needs the first."""
    if sealing.key_file().exists():
        return
    needing = (model.objects.exclude(wrapped_key="").exists() for model in (Donor, BankLine))
    if not any(needing) and not Receipt.objects.exclude(wrapped="").exists():
        sealing.make_key()
