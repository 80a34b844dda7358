"""A line on the disk for each edition that began to go out, beside the database.

A database that is restored from a backup of last night does not know this morning's edition. This
file does, so that the edition is not sent a second time but held until somebody decides.
"""

from __future__ import annotations

import os
from datetime import date, datetime
from pathlib import Path

from django.conf import settings

from handpress.digest.models import Frequency


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


def _name(frequency: int, edition_on: date) -> str:
    return f"{Frequency(frequency).label} {edition_on.isoformat()} "
