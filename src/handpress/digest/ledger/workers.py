"""Who is at work, told by locks that end with their holder: no clock can make a living one dead.

On PostgreSQL a lock of the session, on SQLite a lock on a file beside the database.
"""

from __future__ import annotations

import fcntl
import os
from collections.abc import Iterator, Set
from contextlib import AbstractContextManager, contextmanager, suppress
from pathlib import Path
from typing import Any, Protocol

from django.conf import settings
from django.db import connection


def new_worker() -> int:
    """Return a number that no other worker has; not from `random`, which may be seeded."""
    return int.from_bytes(os.urandom(7), "big") | 1


class Presence:
    """That one worker lives, under the number that it has now and former ones."""

    def __init__(self) -> None:
        self.worker = new_worker()
        self._locks: dict[int, Lock] = {}

    @property
    def numbers(self) -> Set[int]:
        """All numbers under which others see it alive."""
        return self._locks.keys()

    def renew(self, at_work: Set[int]) -> None:
        """Take a new number; keep of the former ones those under which something is under way."""
        former, number = self._locks, new_worker()
        # One that somebody holds is a dead one's to them, and what was claimed under it is lost.
        kept = {each: lock for each, lock in former.items() if each in at_work and lock.take()}
        lock = lock_of(number)
        is_alive = lock.take()
        assert is_alive
        self.worker, self._locks = number, {**kept, number: lock}
        for each, lock in former.items():
            if each not in kept:
                lock.release()

    def end(self) -> None:
        """Be no more."""
        for lock in self._locks.values():
            lock.release()


class Lock(Protocol):
    """That one worker lives."""

    def take(self) -> bool:
        """Be alive from now on; return False where another holds it, or did not yet let it go."""

    def release(self) -> None:
        """Be no more."""

    def held_if_dead(self) -> AbstractContextManager[bool]:
        """Give whether another worker is no more; none can become it meanwhile."""


def lock_of(worker: int) -> Lock:
    """Return the lock of a worker, in the way of the database."""
    return SessionLock(worker) if connection.vendor == "postgresql" else FileLock(worker)


class SessionLock:
    """A worker's lock on PostgreSQL; it lives as long as this connection."""

    def __init__(self, worker: int) -> None:
        self.worker = worker
        self._session: Any = None

    def take(self) -> bool:
        """Be alive from now on; again after a new connection."""
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_try_advisory_lock(%s)", [self.worker])
            row = cursor.fetchone()
        is_taken = bool(row and row[0])
        self._session = connection.connection if is_taken else None
        return is_taken

    def release(self) -> None:
        """Be no more. Where the connection is gone, so is the lock."""
        if self._session is not None and self._session is connection.connection:
            with connection.cursor() as cursor:
                cursor.execute("SELECT pg_advisory_unlock(%s)", [self.worker])
        self._session = None

    @contextmanager
    def held_if_dead(self) -> Iterator[bool]:
        """Give whether another worker is no more; none can become it meanwhile."""
        is_dead = self.take()
        try:
            yield is_dead
        finally:
            self.release()


class FileLock:
    """A worker's lock on SQLite: a file that the system unlocks when its process ends."""

    def __init__(self, worker: int, folder: Path | None = None) -> None:
        self.worker = worker
        folder = folder or settings.HANDPRESS.var_folder / "senders"
        self._path = folder / f"{worker:x}.lock"
        self._file: int | None = None

    def take(self) -> bool:
        """Be alive from now on, whatever happens to the connection."""
        if self._file is None:
            self._path.parent.mkdir(parents=True, exist_ok=True)
            file = os.open(self._path, os.O_CREAT | os.O_RDWR | os.O_CLOEXEC, 0o600)
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                os.close(file)
                return False
            self._file = file
        return True

    def release(self) -> None:
        """Be no more."""
        if self._file is not None:
            self._path.unlink(missing_ok=True)
            os.close(self._file)
            self._file = None

    @contextmanager
    def held_if_dead(self) -> Iterator[bool]:
        """Give whether another worker is no more: its file is gone, or nobody holds it."""
        try:
            file = os.open(self._path, os.O_RDWR | os.O_CLOEXEC)
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
                self._path.unlink()
        finally:
            os.close(file)
