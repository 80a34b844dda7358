"""A line on the disk for each edition that began to go out, beside the database.

A database that is restored from a backup of last night does not know this morning's edition. This
file does, so that the edition is not sent a second time but held until somebody decides.

For a database from the midst of an edition there is a second note, in ``var``: the moment of
what was let go last. Where the ledger knows nothing as new, it is older than what went out.
"""

from __future__ import annotations

import os
from contextlib import suppress
from datetime import date, datetime, timedelta
from pathlib import Path

from django.conf import settings

from handpress.digest.models import Delivery, Edition, Frequency
from handpress.lib import clock

BEGUN_BEFORE = "It began to go out before: was the database restored?"
WENT_ON = (
    "More of it went out than the database knows: was it restored? "
    "Those who seem to wait may have it."
)
_KEPT_FOR = timedelta(days=60)


def journal_file() -> Path:
    """Return the file; a line is ``<frequency> <day> <moment>``."""
    return Path(settings.HANDPRESS.folder) / "editions.log"


def has_gone(frequency: int, edition_on: date) -> bool:
    """Tell whether an edition was ever begun, whatever the database says."""
    return bool(gone_at(frequency, edition_on))


def gone_at(frequency: int, edition_on: date) -> str:
    """Return the moment at which an edition last began to go out, as it was written; else ""."""
    try:
        text = journal_file().read_text("utf-8")
    except FileNotFoundError:
        return ""
    name = _name(frequency, edition_on)
    found = [line.removeprefix(name) for line in text.splitlines() if line.startswith(name)]
    return found[-1].strip() if found else ""


def note_gone(frequency: int, edition_on: date, now: datetime) -> None:
    """Write down, on the disk, that an edition begins to go out."""
    line = f"{_name(frequency, edition_on)}{now.isoformat(timespec='seconds')}\n"
    with journal_file().open("a", encoding="utf-8") as stream:
        stream.write(line)
        stream.flush()
        os.fsync(stream.fileno())


def note_begun(edition: Edition) -> None:
    """Write on the disk that a frozen edition begins to go out, unless that is written there.

    After the commit and before the first delivery: so a line without a frozen edition can only mean
    that the database is older than the line.
    """
    assert edition.frozen_at is not None
    written = gone_at(edition.frequency, edition.edition_on)
    if not written or datetime.fromisoformat(written) < edition.frozen_at.replace(microsecond=0):
        note_gone(edition.frequency, edition.edition_on, edition.frozen_at)


def has_begun_before(edition: Edition) -> bool:
    """Tell whether an edition that waits went out already, and nobody sends it knowing that."""
    moment = gone_at(edition.frequency, edition.edition_on)
    return bool(moment) and edition.reason != all_the_same(moment)


def all_the_same(moment: str) -> str:
    """Return what is noted of an edition that somebody sends who knows when it went out before."""
    return f"It began to go out before ({moment}). Somebody sends it all the same."


def note_sent(edition: Edition, moment: datetime) -> None:
    """Write down the moment at which the ledger last let messages of an edition end."""
    file = _last_sent(edition)
    file.parent.mkdir(parents=True, exist_ok=True)
    fresh = file.with_name(f"{file.name}.{os.getpid()}")
    with fresh.open("w", encoding="utf-8") as stream:
        stream.write(moment.isoformat())
        stream.flush()
        os.fsync(stream.fileno())
    fresh.replace(file)


def forget_sent(edition: Edition) -> None:
    """Forget when an edition's last message went, once somebody is told; long past ones too."""
    _last_sent(edition).unlink(missing_ok=True)
    oldest = (clock.now() - _KEPT_FOR).timestamp()
    for file in _last_sent(edition).parent.glob("*"):
        with suppress(FileNotFoundError):
            if file.stat().st_mtime < oldest:
                file.unlink()


def went_on(edition: Edition) -> bool:
    """Tell whether an edition that is under way went on after what the database knows of it."""
    try:
        # First this, then the ledger: who is at work now writes there before here.
        moment = datetime.fromisoformat(_last_sent(edition).read_text("utf-8"))
    except (FileNotFoundError, ValueError):
        return False
    if edition.frozen_at is None or moment < edition.frozen_at:
        # Somebody has it sent all the same.
        return False
    return not Delivery.objects.filter(edition=edition, changed_at__gte=moment).exists()


def _last_sent(edition: Edition) -> Path:
    name = _name(edition.frequency, edition.edition_on).strip().replace(" ", "-")
    return last_sent_folder() / name


def last_sent_folder() -> Path:
    """Return the folder with an edition's last moment in each file."""
    return Path(settings.HANDPRESS.var_folder) / "editions"


def _name(frequency: int, edition_on: date) -> str:
    return f"{Frequency(frequency).label} {edition_on.isoformat()} "
