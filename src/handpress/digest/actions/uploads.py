"""Lists that were brought to the desk: kept, looked through, taken over, thrown away."""

from __future__ import annotations

import logging
import secrets
import threading
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import asdict
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db import connections

from handpress.digest.actions.importing import import_readers
from handpress.digest.core.incoming import NotAList
from handpress.digest.formats import Columns, Upload, open_list
from handpress.digest.models import ImportState, ReaderImport
from handpress.lib import clock
from handpress.mail.core.addresses import NotAnAddress, normal_key

logger = logging.getLogger(__name__)

KEPT_FOR = timedelta(days=1)
SILENT_FOR = timedelta(seconds=60)
"""Work that gave no sign for so long has ended with its process."""
AT_ONCE = 2_000
"""So many lines are worked through within the request; more go on beside it."""
_WAIT_S = 4.0
_AT_WORK = [ImportState.LOOKING, ImportState.IMPORTING]
_LOOKABLE = [ImportState.LOOKING, ImportState.LOOKED, ImportState.FAILED]


def keep_list(name: str, data: bytes, *, words: str, by: Any) -> ReaderImport:
    """Keep a list that was brought, and what its format is; raise NotAList, with nothing kept."""
    upload = open_list(name, data)
    now = clock.now()
    forget_uploads(now)
    stored_as = secrets.token_hex(16)
    folder = _folder()
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    path = folder / stored_as
    path.touch(mode=0o600)
    path.write_bytes(data)
    return ReaderImport.objects.create(
        file_name=name[:200],
        stored_as=stored_as,
        format=upload.format.name,
        columns=asdict(upload.columns),
        words=words,
        created_at=now,
        # Nobody is at work on it yet.
        beat_at=now - SILENT_FOR,
        lines=sum(table.text.count("\n") for table in upload.tables),
        by=by,
    )


def opened(row: ReaderImport) -> Upload:
    """Open a kept list; raise NotAList where it is gone."""
    try:
        data = _file(row).read_bytes()
    except OSError:
        raise NotAList("The file is not here any more. Please bring it once more.") from None
    upload = open_list(row.file_name, data)
    return upload.with_columns(Columns(**row.columns)) if upload.can_be_mapped else upload


def choose_columns(row: ReaderImport, columns: Columns) -> None:
    """Have a list that is not taken over yet read by other columns from now on."""
    rows = ReaderImport.objects.filter(pk=row.pk, state__in=_LOOKABLE)
    rows.update(columns=asdict(columns))


def look_through(row: ReaderImport) -> bool:
    """Find out what an import would do, without doing it; False where it is done, or under way."""
    return _work(row, ImportState.LOOKING, from_states=_LOOKABLE)


def take_over(row: ReaderImport) -> bool:
    """Import a list that was looked through; False where somebody else does so already."""
    states = [ImportState.LOOKED, ImportState.IMPORTING]
    return _work(row, ImportState.IMPORTING, from_states=states)


def throw_away(row: ReaderImport) -> None:
    """Forget a list and its file."""
    _remove(row)
    row.delete()


def forget_uploads(now: datetime) -> int:
    """Forget files that are a day old; what came of them stays for a month."""
    old = ReaderImport.objects.filter(created_at__lt=now - KEPT_FOR)
    for row in old.exclude(stored_as=""):
        _remove(row)
    return ReaderImport.objects.filter(created_at__lt=now - timedelta(days=30)).delete()[0]


def forget_address(address_key: str) -> None:
    """Forget an address in what came of lists."""
    for row in ReaderImport.objects.exclude(sheet={}):
        refusals = row.sheet.get("refusals", [])
        told = [one for one in refusals if _key_of(one["what"]) == address_key]
        for one in told:
            one["what"] = ""
        if told:
            ReaderImport.objects.filter(pk=row.pk).update(sheet=row.sheet)


def _key_of(text: str) -> str:
    try:
        return normal_key(text)
    except NotAnAddress:
        return ""


def is_silent(row: ReaderImport) -> bool:
    """Say whether work on a list has ended before its end."""
    return row.state in _AT_WORK and clock.now() - row.beat_at > SILENT_FOR


def _work(row: ReaderImport, state: ImportState, *, from_states: Sequence[int]) -> bool:
    now = clock.now()
    # In one statement: of two who press at once, one begins.
    free = ReaderImport.objects.filter(pk=row.pk, state__in=from_states).exclude(
        state__in=_AT_WORK, beat_at__gt=now - SILENT_FOR
    )
    if not free.update(state=state, beat_at=now, done=0, trouble=""):
        return False
    if row.lines <= AT_ONCE:
        _run(row.pk, state)
        return True
    worker = threading.Thread(target=_run_beside, args=(row.pk, state), name="reader-import")
    worker.start()
    worker.join(_WAIT_S)
    return True


def _run_beside(pk: int, state: ImportState) -> None:
    try:
        _run(pk, state)
    finally:
        connections.close_all()


def _run(pk: int, state: ImportState) -> None:
    row = ReaderImport.objects.get(pk=pk)
    rows = ReaderImport.objects.filter(pk=pk)
    is_dry = state == ImportState.LOOKING

    def beat(done: int) -> None:
        rows.update(done=done, beat_at=clock.now())

    try:
        sheet = import_readers(
            opened(row).readers(),
            origin=row.format,
            words=row.words,
            is_dry=is_dry,
            notify=beat,
        )
    except NotAList as refusal:
        rows.update(state=ImportState.FAILED, trouble=str(refusal))
        return
    except Exception:
        logger.exception("reader_import_failed", extra={"import": pk})
        trouble = (
            "Something went wrong that nobody foresaw; the log says what. What was taken over "
            "until then is there, and the same list can be begun again."
        )
        rows.update(state=ImportState.FAILED, trouble=trouble)
        return
    after = ImportState.LOOKED if is_dry else ImportState.DONE
    rows.update(state=after, sheet=sheet.as_json(), done=sheet.found, beat_at=clock.now())
    if not is_dry:
        _remove(row)


def _folder() -> Path:
    return Path(settings.HANDPRESS.var_folder) / "reader-lists"


def _file(row: ReaderImport) -> Path:
    return _folder() / (row.stored_as or "none")


def _remove(row: ReaderImport) -> None:
    with suppress(OSError):
        _file(row).unlink()
    ReaderImport.objects.filter(pk=row.pk).update(stored_as="")
