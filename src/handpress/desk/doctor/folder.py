"""Checks of the machine and the newsroom's folder."""

from __future__ import annotations

import os
import shutil
import stat
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path

from django.conf import settings

from handpress.conf import SETTINGS_FILE, PostgresqlAddress, Settings, SqliteAddress
from handpress.desk.doctor.kernel_clock import KernelClock, judge_kept, read_kernel_clock
from handpress.lib.findings import Finding

_MEGABYTE = 2**20
# Written when this was; no honest clock shows less.
_NOT_BEFORE = datetime(2026, 11, 1, tzinfo=UTC)
# Files written by a machine whose clock runs ahead look like this.
_AHEAD_S = 300


def check_permissions() -> Iterator[Finding]:
    """Look for what the program cannot write, and for what others can read."""
    newsroom: Settings = settings.HANDPRESS
    before = True
    for path in _written_paths(newsroom):
        if path.exists() and not os.access(path, os.W_OK):
            before = False
            mend = f"Give it to the user who runs Handpress: chown -R USER {newsroom.folder}"
            yield Finding("permissions", "fail", f"{path} cannot be written.", mend)
    for path in _private_paths(newsroom):
        if path.exists() and stat.S_IMODE(path.stat().st_mode) & 0o077:
            before = False
            what = f"other users of this machine may look into {path}."
            mend = f"chmod {'700' if path.is_dir() else '600'} {path}"
            yield Finding("permissions", "warn", what, mend)
    if before:
        yield Finding("permissions", "ok", f"{newsroom.folder} is ours, and what is private is.")


def _written_paths(newsroom: Settings) -> Iterator[Path]:
    yield from (newsroom.folder, newsroom.media_folder, newsroom.var_folder)
    if isinstance(newsroom.database.url, SqliteAddress):
        file = newsroom.database.url.file(newsroom.folder)
        # SQLite writes its log beside the file.
        yield from (file, file.parent)


def _private_paths(newsroom: Settings) -> Iterator[Path]:
    yield from (newsroom.media_folder, newsroom.var_folder)
    address = newsroom.database.url
    if isinstance(address, SqliteAddress):
        yield address.file(newsroom.folder)
    if isinstance(address, PostgresqlAddress) and address.password:
        yield newsroom.folder / SETTINGS_FILE


def check_space() -> Iterator[Finding]:
    """Look whether there is room for bytes and for files."""
    newsroom: Settings = settings.HANDPRESS
    free = shutil.disk_usage(newsroom.folder).free // _MEGABYTE
    system = os.statvfs(newsroom.folder)
    # Some disks count no files and say 0 of 0.
    files = system.f_favail if system.f_files else None
    yield judge_space(free_mb=free, free_files=files)


def judge_space(*, free_mb: int, free_files: int | None) -> Finding:
    """Return the finding for so much room; a full disk stops the press and the database."""
    mend = "Make room, or move the newsroom to a larger disk; the press needs some to work in."
    what = f"{free_mb:,} MB are free" + (
        "." if free_files is None else f", and room for {free_files:,} files."
    )
    if free_mb < 100 or (free_files is not None and free_files < 1000):
        return Finding("disk space", "fail", what, mend)
    if free_mb < 1000 or (free_files is not None and free_files < 20_000):
        return Finding("disk space", "warn", what, mend)
    return Finding("disk space", "ok", what)


def check_clock(read: Callable[[], KernelClock | None] = read_kernel_clock) -> Iterator[Finding]:
    """Look whether the clock can be right, and is kept so: schedules and dates hang on it."""
    newsroom: Settings = settings.HANDPRESS
    newest = max((path.stat().st_mtime for path in newsroom.folder.iterdir()), default=time.time())
    yield judge_clock(datetime.now(UTC), newest_file_at=datetime.fromtimestamp(newest, UTC))
    yield judge_kept(read())


def judge_clock(now: datetime, *, newest_file_at: datetime) -> Finding:
    """Return the finding for a clock that shows `now` beside a file of `newest_file_at`."""
    mend = "Set the clock, and let it be kept right: timedatectl set-ntp true"
    shown = f"{now:%Y-%m-%d %H:%M} UTC"
    if now < _NOT_BEFORE:
        what = f"the clock shows {shown}, before this program was written."
        return Finding("clock", "fail", what, mend)
    if (newest_file_at - now).total_seconds() > _AHEAD_S:
        what = f"the clock shows {shown}, but a file here is from {newest_file_at:%Y-%m-%d %H:%M}."
        return Finding("clock", "warn", what, mend)
    return Finding("clock", "ok", f"it shows {shown}.")
