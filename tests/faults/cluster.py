"""A PostgreSQL server that a test may crash and start again. What it acknowledged it must keep.

By default it does not wait for the disk: whoever needs that must ask for it.
"""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import tempfile
from pathlib import Path

import postgres


class Cluster:
    """One server in a folder of its own."""

    def __init__(self) -> None:
        self.folder = Path(tempfile.mkdtemp(prefix="handpress-pg-"))
        self._programs = postgres.find_programs()
        self._account = postgres.find_account()
        if self._account:
            os.chown(self.folder, self._account.pw_uid, self._account.pw_gid)
        postgres._make_cluster(self._programs, self.folder, self._account)
        settings = self.folder / "data" / "postgresql.conf"
        with settings.open("a") as file:
            file.write("fsync = on\nfull_page_writes = on\nsynchronous_commit = off\n")
            file.write("wal_writer_delay = 10s\nlisten_addresses = ''\n")
        self._process: subprocess.Popen[str] | None = None
        self.start()

    def url(self, database: str) -> str:
        return postgres.server_url(self.folder, database)

    def start(self) -> None:
        command: list[str | Path] = [self._programs / "postgres", "-D", self.folder / "data"]
        command += ["-k", self.folder]
        with (self.folder / "log").open("a") as log:
            self._process = postgres._popen(command, self.folder, self._account, log.fileno())
        postgres._wait_until_ready(self._process, self.folder)

    def crash(self) -> None:
        """Stop at once, without writing what is not yet on the disk."""
        assert self._process is not None
        self._process.send_signal(signal.SIGQUIT)
        self._process.wait()

    def remove(self) -> None:
        if self._process and self._process.poll() is None:
            self.crash()
        shutil.rmtree(self.folder, ignore_errors=True)
