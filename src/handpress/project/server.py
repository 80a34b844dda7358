"""`handpress serve`: web processes and one for background work, under one supervisor.

The supervisor starts Granian's web processes and the background process, starts anew what ends
by itself, and stops all of them within ten seconds when it is asked to (SIGTERM, SIGINT). Should
it be killed itself, they notice and end too.
"""

from __future__ import annotations

import contextlib
import dataclasses
import errno
import fcntl
import multiprocessing
import os
import resource
import shutil
import socket
import threading
from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

from granian.constants import HTTPModes, Interfaces
from granian.http import HTTP1Settings
from granian.log import LogLevels
from granian.server.mp import MPServer

from handpress.project.application import load_application
from handpress.project.background import Background
from handpress.project.options import ServeOptions

# Web processes get the first share of the ten seconds, background work the rest: it is asked
# to stop at the same moment.
_WEB_PATIENCE_S = 5
_BACKGROUND_PATIENCE_S = 3.0
_MOST_FILES = 65_536
_MOST_CONNECTIONS = 8_192
_BACKLOG = 4_096
# A request's headers: how long they may take to arrive, and how large they may be.
_HEADERS_WITHIN_MS = 15_000
_LARGEST_HEADERS = 64 * 1024
_CONSOLE = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"plain": {"format": "%(levelname)s granian: %(message)s"}},
    "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "plain"}},
    "loggers": {"_granian": {"handlers": ["stderr"], "level": "WARNING", "propagate": False}},
}


class CannotServe(Exception):
    """The address or the newsroom is taken, or out of reach; the text says what to do."""


class _Server(MPServer):
    """Granian's supervisor, which asks background work to stop together with the web."""

    background: Background

    def shutdown(self, exit_code: int = 0) -> None:
        self.background.ask_to_stop()
        super().shutdown(exit_code)  # type: ignore[no-untyped-call]


def serve(options: ServeOptions, *, say: Callable[[str], None]) -> int:
    """Serve until a signal asks to stop; return the exit status.

    `say` is given one line once readers can come. Raise CannotServe before anything starts.
    """
    options = _settle_address(options)
    with _alone(options):
        return _serve(options, say)


def look(options: ServeOptions) -> None:
    """Raise CannotServe where `serve` would."""
    with _alone(_settle_address(options)):
        pass


def _serve(options: ServeOptions, say: Callable[[str], None]) -> int:
    most_connections = _raise_file_limit()
    _clear(options)
    # Fresh interpreters: a fork of a process with threads inherits locks nobody will open.
    multiprocessing.set_start_method("spawn", force=True)
    background = Background(options.background)
    server = _make_server(options, most_connections)
    server.background = background
    if options.background:
        server.on_startup(background.start)
    herald = _Herald(options, say)
    server.on_startup(herald.start)
    load: Any = partial(load_application, options)
    try:
        server.serve(target_loader=load, wrap_loader=False)
    except SystemExit as ended:
        return int(ended.code or 0)
    finally:
        herald.stop()
        background.stop(patience_s=_BACKGROUND_PATIENCE_S)
    return 0


def _make_server(options: ServeOptions, most_connections: int) -> _Server:
    settings: dict[str, Any] = {
        "address": options.host,
        "port": options.port,
        "interface": Interfaces.RSGI,
        "workers": options.workers or count_cores(),
        "http": HTTPModes.http1,
        "http1_settings": HTTP1Settings(
            header_read_timeout=_HEADERS_WITHIN_MS, max_buffer_size=_LARGEST_HEADERS
        ),
        "websockets": False,
        "backlog": _BACKLOG,
        "backpressure": most_connections,
        "runtime_blocking_threads": 32,
        "log_level": LogLevels.warning,
        "log_dictconfig": _CONSOLE,
        "log_access": False,
        "respawn_failed_workers": True,
        "respawn_interval": 0.1,
        "workers_kill_timeout": _WEB_PATIENCE_S,
    }
    return _Server("handpress.project.application", **settings)


def count_cores() -> int:
    """Return the number of cores this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def _settle_address(options: ServeOptions) -> ServeOptions:
    """Return the options with host and port as numbers, free to listen on."""
    try:
        family, _, _, _, where = socket.getaddrinfo(
            options.host, options.port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
        )[0]
    except socket.gaierror as error:
        raise CannotServe(f"There is no address for {options.host!r}: {error.strerror}.") from None
    # Granian's processes share the port and would share it with a second server too, so we
    # ask for it alone first.
    with socket.socket(family, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(where)
        except OSError as error:
            raise CannotServe(_explain(error, options)) from None
        port = probe.getsockname()[1]
    return dataclasses.replace(options, host=str(where[0]), port=port)


def _explain(error: OSError, options: ServeOptions) -> str:
    if error.errno == errno.EADDRINUSE:
        return (
            f"Port {options.port} is busy: another program, perhaps another `handpress serve`, "
            "listens there. Stop it, or choose another port with --port."
        )
    if error.errno == errno.EACCES:
        return (
            f"Port {options.port} is reserved for the system. Choose one above 1023 with --port, "
            "and let a proxy stand in front."
        )
    if error.errno == errno.EADDRNOTAVAIL:
        return f"{options.host} is not an address of this machine. Choose another with --host."
    return f"Cannot listen on {options.host}, port {options.port}: {error.strerror}."


def _raise_file_limit() -> int:
    """Allow as many open files as the system lets us; return how many connections that bears."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = _MOST_FILES if hard == resource.RLIM_INFINITY else min(hard, _MOST_FILES)
    if soft < wanted:
        with contextlib.suppress(OSError, ValueError):
            resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))
            soft = wanted
    return max(128, min(_MOST_CONNECTIONS, soft // 2))


@contextlib.contextmanager
def _alone(options: ServeOptions) -> Iterator[None]:
    """Hold the newsroom's lock, which the system takes back however this process ends."""
    lock = options.scratch_folder.with_suffix(".lock")
    lock.parent.mkdir(parents=True, exist_ok=True)
    with lock.open("a") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise CannotServe(
                "This newsroom is being served already, on another port. Stop that server first."
            ) from None
        yield


def _clear(options: ServeOptions) -> None:
    """Make the scratch folder anew: what lies there was left by processes that are no more."""
    shutil.rmtree(options.scratch_folder, ignore_errors=True)
    options.scratch_folder.mkdir(parents=True, mode=0o700)


class _Herald:
    """Says that readers can come, once the first web process listens."""

    def __init__(self, options: ServeOptions, say: Callable[[str], None]) -> None:
        self._options = options
        self._say = say
        self._stop = threading.Event()

    def start(self) -> None:
        threading.Thread(target=self._wait, name="herald", daemon=True).start()

    def stop(self) -> None:
        self._stop.set()

    def _wait(self) -> None:
        url = self._options.url
        host = url.removeprefix("http://").rpartition(":")[0].strip("[]")
        while not self._stop.wait(0.05):
            with contextlib.suppress(OSError):
                socket.create_connection((host, self._options.port), timeout=1).close()
                self._say(f"Serving at {url} and the desk at {url}desk/ (Ctrl-C to stop)")
                return
