"""Every night the books are walked through, and their last seal is noted beside the database.

Whoever has the database in hand could cut the end of the chain off, rules and all: nothing that is
left would be wrong. The noted seals tell; a line of ``keys/noted-seals`` is number, seal and day.
"""

from __future__ import annotations

import logging
import os
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from itertools import islice
from pathlib import Path
from typing import Any

from django.conf import settings

from handpress.donations import ledger_rules, receipt_rules
from handpress.donations.actions.receipts import drop_old_keys
from handpress.donations.models import Seal
from handpress.donations.queries.books import last_seal, walk
from handpress.donations.queries.receipts import faults_of_receipts
from handpress.press.site import site_facts
from handpress.press.state import recall, remember

logger = logging.getLogger(__name__)

_FACT = "books_verified"
_FROM_HOUR = 3
_MOST_FAULTS = 20
_AGAIN = timedelta(hours=1)
_last_day = ""
_ANY_TIME = datetime.min.replace(tzinfo=UTC)
_not_before = _ANY_TIME


def verify_nightly(now: datetime) -> None:
    """Walk through the books once a night, after three; keep what was found for desk and doctor.

    Before that, receipts are closed whose time is over. Where that cannot be done, the walk is
    tried again an hour later.
    """
    global _last_day, _not_before
    local = now.astimezone(site_facts().zone)
    day = local.date().isoformat()
    if local.hour < _FROM_HOUR or day == _last_day or now < _not_before:
        return
    _not_before = now + _AGAIN
    if verified().get("day") != day:
        _verify(local.date())
    _last_day, _not_before = day, _ANY_TIME


def _verify(on: date) -> None:
    day = on.isoformat()
    if dropped := drop_old_keys(on):
        logger.info("receipts_closed", extra={"count": dropped})
    faults = list(islice(faults_found(), _MOST_FAULTS))
    if not faults:
        try:
            note_seal(day)
        except OSError as error:
            faults = [f"the last seal could not be noted in {seals_file()}: {error.strerror}"]
    if faults:
        logger.error("books_faulty", extra={"faults": faults})
    remember(_FACT, {"day": day, "faults": faults})


def verified() -> dict[str, Any]:
    """Return the day of the last walk and the faults that it found; {} before the first."""
    return dict(recall(_FACT, {}))


def faults_found() -> Iterator[str]:
    """Yield what is wrong: rules that do not stand guard, entries, receipts, seals that were noted
    and are gone or others."""
    for name in ledger_rules.missing_rules():
        yield f"the rule {name} is missing"
    yield from walk()
    noted: list[tuple[int, str, str]] = []
    try:
        noted += noted_seals()
    except OSError as error:
        yield f"{seals_file()} cannot be read: {error.strerror}"
    stand = dict(
        Seal.objects.filter(number__in=[number for number, _, _ in noted]).values_list(
            "number", "hash"
        )
    )
    for number, seal, day in noted:
        if stand.get(number) != seal:
            yield f"entry {number}, noted on {day}, is gone or another"
    for name in receipt_rules.missing_rules():
        yield f"the rule {name} is missing"
    yield from faults_of_receipts()


def seals_file() -> Path:
    """Return where last seals are noted."""
    return Path(settings.HANDPRESS.folder) / "keys" / "noted-seals"


def noted_seals() -> Iterator[tuple[int, str, str]]:
    """Yield number, seal and day of every seal that was noted."""
    try:
        lines = seals_file().read_text("utf-8").splitlines()
    except FileNotFoundError:
        return
    for line in lines:
        number, _, rest = line.partition(" ")
        seal, _, day = rest.partition(" ")
        if number.isascii() and number.isdigit():
            yield int(number), seal, day


def note_seal(day: str) -> None:
    """Note the last seal, if it is another than the last that was noted."""
    seal = last_seal()
    if seal is None or any(number == seal.number for number, _, _ in noted_seals()):
        return
    file = seals_file()
    file.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    descriptor = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    with os.fdopen(descriptor, "wb") as stream:
        stream.write(f"{seal.number} {seal.hash} {day}\n".encode())
        stream.flush()
        os.fsync(stream.fileno())
