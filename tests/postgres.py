"""A PostgreSQL server for one test run: made in a temporary folder, gone when the run is.

Run as a program, this file starts the server, prints its address and waits for its standard
input to end; then it stops the server and removes the folder. The test run holds the other end
of that pipe, so the server goes with it however it ends, even when it is killed.

    python tests/postgres.py --check    say whether a server could be started, without doing so
"""

import contextlib
import os
import pwd
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import quote

import psycopg

START_TIMEOUT_S = 60
STOP_TIMEOUT_S = 20
USER = "handpress"
# A test run's data is thrown away, so nothing need survive a power cut.
SERVER_SETTINGS = {
    "listen_addresses": "",
    "fsync": "off",
    "synchronous_commit": "off",
    "full_page_writes": "off",
    "max_connections": "60",
    "timezone": "UTC",
    # It says so itself: who keeps a ledger on a server that may forget refuses any other.
    "handpress.throwaway": "on",
}


class PostgresUnavailableError(Exception):
    """No PostgreSQL server can be started here; the message says what is missing."""


class SupervisedServer:
    """A server in a process of its own, which ends when this one does."""

    def __init__(self) -> None:
        self._process = subprocess.Popen(
            [sys.executable, __file__],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            # Ctrl-C is for the test run alone, which then closes the pipe.
            start_new_session=True,
        )
        assert self._process.stdout is not None
        self.url = self._process.stdout.readline().strip()
        if not self.url:
            self.stop()
            raise PostgresUnavailableError("the server did not start; its reason stands above")

    def stop(self) -> None:
        """Stop the server and wait until its folder is gone."""
        # Leaving the `with` block closes the pipe and waits for the process.
        with self._process:
            pass


def find_programs() -> Path:
    """Return the folder with `initdb` and `postgres`, the newest release first.

    Debian keeps them out of PATH, in a folder for each release.
    """
    releases = Path("/usr/lib/postgresql").glob("*/bin")
    folders = sorted(releases, key=lambda path: int(path.parent.name), reverse=True)
    on_path = shutil.which("initdb")
    if on_path:
        folders.append(Path(on_path).resolve().parent)
    for folder in folders:
        if (folder / "initdb").exists() and (folder / "postgres").exists():
            return folder
    raise PostgresUnavailableError(
        "initdb and postgres are missing (Debian: apt install postgresql)"
    )


def find_account() -> pwd.struct_passwd | None:
    """Return the account to run the server as, or None for the one we are.

    PostgreSQL refuses to run as root.
    """
    if os.geteuid() != 0:
        return None
    for name in ("postgres", "nobody"):
        with contextlib.suppress(KeyError):
            return pwd.getpwnam(name)
    raise PostgresUnavailableError(
        "it may not run as root, and no account postgres or nobody is there"
    )


@contextlib.contextmanager
def running_server() -> Iterator[str]:
    """Start a server and give its address; stop it and remove all of it at the end."""
    programs = find_programs()
    account = find_account()
    folder = Path(tempfile.mkdtemp(prefix="handpress-pg-"))
    try:
        if account:
            os.chown(folder, account.pw_uid, account.pw_gid)
        _make_cluster(programs, folder, account)
        process = _start(programs, folder, account)
        try:
            _wait_until_ready(process, folder)
            yield server_url(folder, USER)
        finally:
            _stop(process)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def server_url(folder: Path, database: str) -> str:
    """Return the address of a database on the server whose socket is in the folder."""
    return f"postgresql://{USER}@{quote(str(folder), safe='')}/{database}"


def _make_cluster(programs: Path, folder: Path, account: pwd.struct_passwd | None) -> None:
    # C.UTF-8 sorts by code point, as SQLite does, and still knows the case of every letter.
    locale = "C.UTF-8" if sys.platform == "linux" else "C"
    command: list[str | Path] = [programs / "initdb", "--pgdata", folder / "data"]
    command += ["--username", USER, "--auth", "trust", "--no-sync"]
    command += ["--encoding", "UTF8", "--locale", locale]
    result = _popen(command, folder, account, subprocess.PIPE)
    output, _ = result.communicate()
    if result.returncode != 0:
        raise PostgresUnavailableError(f"initdb failed:\n{output}")


def _start(
    programs: Path, folder: Path, account: pwd.struct_passwd | None
) -> subprocess.Popen[str]:
    command: list[str | Path] = [programs / "postgres", "-D", folder / "data", "-k", folder]
    for name, value in SERVER_SETTINGS.items():
        command += ["-c", f"{name}={value}"]
    with (folder / "log").open("w") as log:
        return _popen(command, folder, account, log.fileno())


def _popen(
    command: list[str | Path], folder: Path, account: pwd.struct_passwd | None, output: int
) -> subprocess.Popen[str]:
    environment = {"PATH": os.environ.get("PATH", os.defpath), "LC_ALL": "C", "TZ": "UTC"}
    return subprocess.Popen(
        command,
        cwd=folder,
        env=environment,
        stdin=subprocess.DEVNULL,
        stdout=output,
        stderr=subprocess.STDOUT,
        text=True,
        user=account.pw_uid if account else None,
        group=account.pw_gid if account else None,
        extra_groups=[] if account else None,
    )


def _wait_until_ready(process: subprocess.Popen[str], folder: Path) -> None:
    deadline = time.monotonic() + START_TIMEOUT_S
    while process.poll() is None and time.monotonic() < deadline:
        with contextlib.suppress(psycopg.OperationalError):
            psycopg.connect(server_url(folder, "postgres")).close()
            return
        time.sleep(0.05)
    raise PostgresUnavailableError(f"the server is not ready:\n{(folder / 'log').read_text()}")


def _stop(process: subprocess.Popen[str]) -> None:
    # SIGQUIT: at once, without tidying up files that are about to be removed.
    process.send_signal(signal.SIGQUIT)
    try:
        process.wait(STOP_TIMEOUT_S)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


def main(arguments: list[str]) -> int:
    """Check, or serve until standard input ends; return the exit status."""
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))
    try:
        if arguments == ["--check"]:
            find_programs()
            find_account()
            return 0
        with running_server() as url:
            print(url, flush=True)
            sys.stdin.read()
    except PostgresUnavailableError as error:
        print(error, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
