"""Who is at work, told by locks that end with their holder: no clock can make a living one dead.

On PostgreSQL a lock of the session, on SQLite a lock on a file beside the database.
"""

from __future__ import annotations

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from django.conf import settings
from django.db import connection


def new_worker() -> int:
    """Return a number that no other worker has; not from `random`, which may be seeded."""
    return int.from_bytes(os.urandom(7), "big") | 1


class SessionLock:
    """A worker's lock on PostgreSQL; it lives as long as this connection."""

    def __init__(self, worker: int) -> None:
        self.worker = worker

    def take(self) -> None:
        """Be alive from now on; again after a new connection."""
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_lock(%s)", [self.worker])

    def release(self) -> None:
        """Be no more."""
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_unlock(%s)", [self.worker])

    @contextmanager
    def held_if_dead(self, worker: int) -> Iterator[bool]:
        """Give whether another worker is no more; none can become it meanwhile."""
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_try_advisory_lock(%s)", [worker])
            row = cursor.fetchone()
        is_dead = bool(row and row[0])
        try:
            yield is_dead
        finally:
            if is_dead:
                SessionLock(worker).release()


class FileLock:
    """A worker's lock on SQLite: a file that the system unlocks when its process ends."""

    def __init__(self, worker: int, folder: Path | None = None) -> None:
        self.worker = worker
        self._folder = folder or settings.HANDPRESS.var_folder / "senders"
        self._file: int | None = None

    def take(self) -> None:
        """Be alive from now on."""
        if self._file is None:
            self._folder.mkdir(parents=True, exist_ok=True)
            self._file = os.open(
                self._path(self.worker), os.O_CREAT | os.O_RDWR | os.O_CLOEXEC, 0o600
            )
            fcntl.flock(self._file, fcntl.LOCK_EX)

    def release(self) -> None:
        """Be no more."""
        if self._file is not None:
            self._path(self.worker).unlink(missing_ok=True)
            os.close(self._file)
            self._file = None

    @contextmanager
    def held_if_dead(self, worker: int) -> Iterator[bool]:
        """Give whether another worker is no more: its file is gone, or nobody holds it."""
        path = self._path(worker)
        try:
            file = os.open(path, os.O_RDWR | os.O_CLOEXEC)
        except FileNotFoundError:
            yield True
            return
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            yield False
        else:
            yield True
            with suppress(FileNotFoundError):
                path.unlink()
        finally:
            os.close(file)

    def _path(self, worker: int) -> Path:
        return self._folder / f"{worker:x}.lock"
