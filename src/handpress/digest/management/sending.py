"""The steps of `handpress digest` that send, and that say how far it is."""

from __future__ import annotations

from dataclasses import asdict
from datetime import datetime
from typing import Any

from django.conf import settings
from django.db.models import QuerySet

from handpress.digest.clerk import LedgerUnreachable
from handpress.digest.deliveries import Progress, begun_editions, progress_of, progress_of_many
from handpress.digest.editions import CHANGEABLE
from handpress.digest.journal import has_begun_before
from handpress.digest.ledger import NotDurable
from handpress.digest.models import Edition, EditionState, Frequency
from handpress.digest.queries.coming import prospects
from handpress.digest.returns import tell_refusals
from handpress.digest.sending import send_editions, start_edition
from handpress.digest.settling import settle_late
from handpress.digest.writing import EditionWriter
from handpress.lib import clock
from handpress.lib.commands import Verb
from handpress.mail.relays import keep_relays, relays_of_settings

_DONE, _FAILED = 0, 1
_SHOWN = 7

_UNREACHABLE = (
    "The database could not be reached when it was time to end. Nothing is lost: what was under "
    "way is found by the next `handpress digest send`, and held where it is in doubt."
)


def send(verb: Verb, options: dict[str, Any]) -> int:
    """Send what is due or under way, and with --now the edition that waits; until it is done."""
    if options["dry_run"]:
        return _would_send(verb, options)
    now = clock.now()
    unaware = {edition.pk for edition in _ready() if has_begun_before(edition)}
    settle_late(now)
    if options["now"] and not _start_now(verb, options, now, unaware):
        return _FAILED
    try:
        reports = send_editions(
            relays_of_settings(), EditionWriter, keep=keep_relays, tell=tell_refusals
        )
    except NotDurable as refusal:
        verb.say(str(refusal))
        return _FAILED
    except LedgerUnreachable:
        verb.say(_UNREACHABLE)
        return _FAILED
    sent = [
        (edition, asdict(reports[edition.pk]), progress_of(edition.pk))
        for edition in Edition.objects.filter(pk__in=reports).order_by("pk")
    ]
    lines = [_told(edition, progress) for edition, _, progress in sent]
    alarms = [f"  {alarm}" for _, report, _ in sent for alarm in report["alarms"]]
    data = [
        {"edition": edition.pk, "day": edition.edition_on, **progress.as_json(), "report": report}
        for edition, report, progress in sent
    ]
    words = "\n".join([*lines, *alarms])
    verb.print_result(words or "There was nothing to send.", {"editions": data})
    return _DONE


def _ready() -> QuerySet[Edition]:
    return Edition.objects.filter(state=EditionState.READY).defer("contents", "note")


def _waiting(options: dict[str, Any]) -> Edition | None:
    frequency = Frequency.WEEKLY if options["weekly"] else Frequency.DAILY
    waiting = Edition.objects.filter(frequency=frequency, state__in=CHANGEABLE)
    return waiting.order_by("-edition_on").first()


def _none_waits(options: dict[str, Any]) -> str:
    pace = (Frequency.WEEKLY if options["weekly"] else Frequency.DAILY).label
    return f"No {pace} edition waits. `handpress digest compose` makes one."


def _start_now(verb: Verb, options: dict[str, Any], now: datetime, unaware: set[int]) -> bool:
    """Begin to send the edition that waits.

    Whoever could not yet know that it went out before is told so first.
    """
    edition = _waiting(options)
    if edition is None:
        verb.say(_none_waits(options))
        return False
    if edition.pk in unaware:
        verb.say(f"{edition} is held now. {edition.reason} The same command again sends it.")
        return False
    if start_edition(edition.pk, now, even_if_held=True) is None:
        edition.refresh_from_db()
        verb.say(f"{edition} cannot be sent: it is {edition.get_state_display()}. {edition.reason}")
        return False
    return True


def _would_send(verb: Verb, options: dict[str, Any]) -> int:
    waiting = _waiting(options) if options["now"] else None
    if options["now"] and waiting is None:
        verb.say(_none_waits(options))
        return _FAILED
    found = prospects(clock.now(), hurried=waiting.pk if waiting else None)
    lines = [str(each) for each in found]
    if found and settings.HANDPRESS.mail.uses_outbox:
        lines.append("All of it into the outbox: no relay is named.")
    data = [
        {
            "edition": each.edition.pk,
            "day": each.edition.edition_on,
            "readers": each.readers,
            "instead": each.instead,
        }
        for each in found
    ]
    verb.print_result("\n".join(lines) or "There is nothing to send.", {"editions": data})
    verb.say("This was a dry run: nothing was sent or changed.")
    return _DONE


def status(verb: Verb, options: dict[str, Any]) -> int:
    """Say how far the latest editions are."""
    latest = list(begun_editions()[:_SHOWN])
    found = progress_of_many([edition.pk for edition in latest])
    lines = [_told(edition, found[edition.pk]) for edition in latest]
    data = [
        {
            "edition": edition.pk,
            "day": edition.edition_on,
            "frequency": edition.get_frequency_display(),
            "state": edition.get_state_display(),
            **found[edition.pk].as_json(),
        }
        for edition in latest
    ]
    verb.print_result("\n".join(lines) or "No edition was sent yet.", {"editions": data})
    return _DONE


def _told(edition: Edition, progress: Progress) -> str:
    parts = [
        f"{count:,} {words}"
        for count, words in (
            (progress.accepted, "accepted"),
            (progress.waiting, "waiting"),
            (progress.missed, "did not get it"),
            (progress.unknown, "unknown"),
            (progress.struck, "not to be mailed"),
        )
        if count or words == "accepted"
    ]
    return f"{edition}, {edition.get_state_display()}: {', '.join(parts)} of {progress.total:,}."
