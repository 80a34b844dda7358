"""A real `handpress serve` on a port of this machine, for tests."""

from __future__ import annotations

import http.client
import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

PATIENCE_S = 90.0


def wait_until(is_so: Callable[[], Any], *, patience_s: float = PATIENCE_S) -> Any:
    """Return the first true value; fail when there was none in time."""
    deadline = time.monotonic() + patience_s
    while time.monotonic() < deadline:
        if found := is_so():
            return found
        time.sleep(0.03)
    raise AssertionError(f"Waited {patience_s:g} s in vain for {is_so.__name__}.")


class RunningServer:
    """One server with its own folders: `site`, `static`, `traces`."""

    def __init__(
        self, folder: Path, *, environment: dict[str, str] | None = None, **options: Any
    ) -> None:
        self.folder = folder
        self.site, self.static = folder / "site", folder / "static"
        self.traces, self.scratch = folder / "traces", folder / "scratch"
        for each in (self.site, self.static, self.traces):
            each.mkdir(parents=True, exist_ok=True)
        self.port = int(options.pop("port", 0)) or free_port()
        self.log = folder / "log"
        self._process = self._start(environment or {}, options)

    def _start(self, environment: dict[str, str], options: dict[str, Any]) -> subprocess.Popen:
        given = {
            "host": "127.0.0.1",
            "port": self.port,
            "workers": 1,
            "site_folder": str(self.site),
            "static_folder": str(self.static),
            "scratch_folder": str(self.scratch),
            "address": "https://news.example/",
            "background": "",
            **options,
        }
        tests = Path(__file__).parent
        command = [sys.executable, str(tests / "serve_app.py"), json.dumps(given)]
        surroundings = {
            **os.environ,
            "PYTHONPATH": str(tests),
            "DJANGO_SETTINGS_MODULE": "serve_app",
            "HANDPRESS_TEST_TRACES": str(self.traces),
            **environment,
        }
        with self.log.open("w") as log:
            return subprocess.Popen(
                command,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
                env=surroundings,
            )

    @property
    def pid(self) -> int:
        return self._process.pid

    def read_log(self) -> str:
        return self.log.read_text()

    def trace(self, name: str) -> list[str]:
        """Return the lines that a view or the background work left."""
        with suppress(FileNotFoundError):
            return (self.traces / name).read_text().split()
        return []

    def is_ready(self) -> bool:
        assert self._process.poll() is None, self.read_log()
        return "Serving at" in self.read_log()

    def wait_ready(self) -> RunningServer:
        wait_until(self.is_ready)
        return self

    def family(self) -> list[int]:
        """Return the processes of the server that are alive."""
        return [pid for pid, state, session in _processes() if session == self.pid and state != "Z"]

    def web_processes(self) -> list[int]:
        """Return the processes that listen on the port."""
        found = []
        for pid in self.family():
            with suppress(OSError):
                held = {str(each.readlink()) for each in Path(f"/proc/{pid}/fd").iterdir()}
                if not held.isdisjoint(_listening(self.port)):
                    found.append(pid)
        return found

    def memory_mb(self) -> float:
        """Return the memory that the web processes hold."""
        kilobytes = 0
        for pid in self.web_processes():
            for line in Path(f"/proc/{pid}/status").read_text().splitlines():
                if line.startswith("VmRSS:"):
                    kilobytes += int(line.split()[1])
        return kilobytes / 1024

    def ask(
        self, path: str, method: str = "GET", body: bytes | None = None, **headers: str
    ) -> tuple[http.client.HTTPResponse, bytes]:
        """Send one request on a connection of its own; return the response and its body."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=PATIENCE_S)
        sent = {name.replace("_", "-"): value for name, value in headers.items()}
        try:
            connection.request(method, path, body, sent)
            response = connection.getresponse()
            return response, response.read()
        finally:
            connection.close()

    def connect(self) -> socket.socket:
        return socket.create_connection(("127.0.0.1", self.port), timeout=PATIENCE_S)

    def send_raw(self, data: bytes, *, hang_up: bool = False) -> bytes:
        """Send bytes as they are and return all that comes back until the server closes.

        With `hang_up` this side closes first, as a client does that has died.
        """
        with self.connect() as connection:
            answer = b""
            with suppress(ConnectionError):
                connection.sendall(data)
                if hang_up:
                    connection.shutdown(socket.SHUT_WR)
                while part := connection.recv(65536):
                    answer += part
            return answer

    def signal(self, number: signal.Signals) -> None:
        self._process.send_signal(number)

    def wait(self) -> int:
        """Return the exit status once the supervisor has ended."""
        return self._process.wait(PATIENCE_S)

    def stop(self) -> None:
        """End it, whatever state it is in."""
        if self._process.poll() is None:
            self._process.terminate()
            with suppress(subprocess.TimeoutExpired):
                self._process.wait(PATIENCE_S)
        for pid in self.family():
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        self._process.wait(PATIENCE_S)


def free_port() -> int:
    """Return a port that nobody listens on."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        port: int = server.getsockname()[1]
        return port


def _listening(port: int) -> set[str]:
    """Return the sockets that listen on a port, as /proc/PID/fd names them (proc(5))."""
    rows = [line.split() for line in Path("/proc/net/tcp").read_text().splitlines()[1:]]
    return {
        f"socket:[{row[9]}]" for row in rows if row[1].endswith(f":{port:04X}") and row[3] == "0A"
    }


def _processes() -> Iterator[tuple[int, str, int]]:
    """Yield number, state and session of every process."""
    for folder in Path("/proc").iterdir():
        if folder.name.isdigit():
            with suppress(OSError):
                fields = (folder / "stat").read_text().rpartition(")")[2].split()
                yield int(folder.name), fields[0], int(fields[3])
