"""Debian's Postfix, unpacked and not installed: its sink, its source, and the whole of it."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from servers import free_port, wait_until

# `scripts/unpack-postfix` puts it there.
UNPACKED = Path(__file__).parents[2] / ".venv" / "postfix"


@dataclass(frozen=True, slots=True)
class Programs:
    """Where the programs are."""

    root: Path

    @property
    def source(self) -> Path:
        return self.root / "usr/sbin/smtp-source"

    @property
    def environment(self) -> dict[str, str]:
        return {**os.environ, "LD_LIBRARY_PATH": str(self.root / "usr/lib/postfix")}

    @contextmanager
    def sink(self, port: int) -> Iterator[int]:
        """Run smtp-sink, which takes everything and keeps nothing."""
        command = [str(self.root / "usr/sbin/smtp-sink"), "-u", "nobody"]
        process = subprocess.Popen(
            [*command, f"127.0.0.1:{port}", "500"],
            env=self.environment,
            stderr=subprocess.DEVNULL,
        )
        try:
            wait_until(lambda: is_listening(port))
            yield port
        finally:
            process.kill()
            process.wait()


def find_programs() -> Programs | None:
    """Return Postfix's programs, or None where they are not."""
    for root in (UNPACKED, Path("/")):
        if (root / "usr/sbin/smtp-sink").exists():
            return Programs(root)
    return None


def is_listening(port: int) -> bool:
    """Say whether a server on this machine takes connections."""
    with suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=1):
        return True
    return False


_MAIN = """\
compatibility_level = 3.6
queue_directory = {folder}/queue
data_directory = {folder}/data
command_directory = {root}/usr/sbin
daemon_directory = {root}/usr/lib/postfix/sbin
shlib_directory = {root}/usr/lib/postfix
meta_directory = {root}/etc/postfix
mail_owner = {owner}
setgid_group = {group}
default_privs = nobody
inet_interfaces = 127.0.0.1
inet_protocols = ipv4
myhostname = mx.proof.example
mydestination =
alias_maps =
alias_database =
relay_domains = example.com, example.org
default_transport = {transport}
relay_transport = {transport}
smtpd_relay_restrictions = permit_mynetworks, reject
smtpd_recipient_restrictions = permit_mynetworks, reject
smtpd_forbid_unauth_pipelining = yes
smtpd_client_connection_count_limit = 0
smtpd_client_message_rate_limit = 0
smtputf8_enable = no
import_environment = MAIL_CONFIG LD_LIBRARY_PATH
export_environment = MAIL_CONFIG LD_LIBRARY_PATH
maillog_file = {folder}/log
maillog_file_prefixes = {folder}
"""
_MASTER = """\
127.0.0.1:{port} inet n - n - 100 smtpd
pickup unix n - n 60 1 pickup
cleanup unix n - n - 0 cleanup
qmgr unix n - n 300 1 qmgr
rewrite unix - - n - - trivial-rewrite
bounce unix - - n - 0 bounce
defer unix - - n - 0 bounce
trace unix - - n - 0 bounce
flush unix n - n 1000? 0 flush
proxymap unix - - n - - proxymap
smtp unix - - n - - smtp
relay unix - - n - - smtp
showq unix n - n - - showq
error unix - - n - - error
retry unix - - n - - error
discard unix - - n - - discard
anvil unix - - n - 1 anvil
scache unix - - n - 1 scache
postlog unix-dgram n - n - 1 postlogd
"""
_QUEUES = (
    "active bounce corrupt defer deferred flush hold incoming maildrop pid private public "
    "saved trace"
)


class Postfix:
    """A whole Postfix in a folder of its own, on a port of this machine."""

    def __init__(self, programs: Programs, folder: Path, port: int) -> None:
        self.programs, self.folder, self.port = programs, folder, port

    @classmethod
    @contextmanager
    def running(
        cls, programs: Programs, folder: Path, *, transport: str = "discard:"
    ) -> Iterator[Postfix]:
        """Run it as root; what it takes goes to ``transport``, nowhere unless said."""
        postfix = cls(programs, folder, free_port())
        postfix._set_up(transport)
        master = programs.root / "usr/lib/postfix/sbin/master"
        command = [str(master), "-c", str(folder / "conf"), "-d"]
        environment = {**programs.environment, "MAIL_CONFIG": str(folder / "conf")}
        process = subprocess.Popen(command, env=environment, start_new_session=True)
        try:
            wait_until(lambda: is_listening(postfix.port))
            yield postfix
        finally:
            process.terminate()
            process.wait(30)

    def _set_up(self, transport: str) -> None:
        values = {
            "folder": self.folder,
            "root": str(self.programs.root).rstrip("/"),
            "owner": "daemon",
            "group": "mail",
            "transport": transport,
            "port": self.port,
        }
        for name in ("conf", "queue", "data"):
            (self.folder / name).mkdir(parents=True)
        (self.folder / "conf" / "main.cf").write_text(_MAIN.format(**values))
        (self.folder / "conf" / "master.cf").write_text(_MASTER.format(**values))
        for parent in [self.folder, *self.folder.parents]:
            # Its processes are not root and must get in; only what is a test's own is opened.
            if parent.name.startswith(("pytest-", "popen-", "test_", "handpress-", "postfix")):
                parent.chmod(parent.stat().st_mode | 0o055)
        for name in _QUEUES.split():
            queue = self.folder / "queue" / name
            queue.mkdir()
            shutil.chown(queue, "root" if name == "pid" else "daemon")
        shutil.chown(self.folder / "data", "daemon")

    def log(self) -> str:
        path = self.folder / "log"
        return path.read_text() if path.exists() else ""
