"""One at a time, on one machine or on several.

A lock ends with the process that holds it, however that ends: no clock decides who is alive.
"""

from __future__ import annotations

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from hashlib import sha256

from django.conf import settings
from django.db import Error, connection


@contextmanager
def only_one(name: str) -> Iterator[bool]:
    """Hold the lock ``name`` of this newsroom; give False, at once, where somebody else does."""
    held = _on_server(name) if connection.vendor == "postgresql" else _on_disk(name)
    with held as is_held:
        yield is_held


@contextmanager
def _on_server(name: str) -> Iterator[bool]:
    number = int.from_bytes(sha256(f"handpress.{name}".encode()).digest()[:8], signed=True)
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_lock(%s)", [number])
        is_held = bool(cursor.fetchone()[0])
    try:
        yield is_held
    finally:
        if is_held:
            # Where the connection is gone, so is the lock.
            with suppress(Error), connection.cursor() as cursor:
                cursor.execute("SELECT pg_advisory_unlock(%s)", [number])


@contextmanager
def _on_disk(name: str) -> Iterator[bool]:
    folder = settings.HANDPRESS.var_folder
    folder.mkdir(parents=True, exist_ok=True)
    handle = os.open(folder / f"{name}.lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            yield False
        else:
            yield True
    finally:
        os.close(handle)
