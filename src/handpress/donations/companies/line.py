"""The line to a company: while it is not there nothing was sent, whatever goes wrong."""

from __future__ import annotations

import time
from collections.abc import Callable
from concurrent.futures import Future
from socket import socket
from threading import Thread
from typing import Any

import requests
from requests.adapters import HTTPAdapter
from urllib3 import HTTPConnectionPool, HTTPSConnectionPool
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.exceptions import ConnectTimeoutError, HTTPError, NewConnectionError

_SHORTEST_S = 0.05


def session() -> requests.Session:
    """Return a session that asks no proxy, and reads no settings of this machine's.

    Finding the host, reaching it and trusting it take no longer together than the time that is
    given for connecting. What goes wrong until then is a `NewConnectionError`, or a
    `ConnectTimeoutError`, as the reason of what `requests` raises; so every other error comes after
    that.
    """
    made = requests.Session()
    made.trust_env = False
    for scheme in ("http://", "https://"):
        made.mount(scheme, _Lines())
    return made


class _Line(HTTPConnection):
    def _new_conn(self) -> socket:
        """Find the host and reach it, aside: the system's resolver knows no hurry, and of several
        addresses each would be tried for the whole time."""
        found: Future[socket] = Future()
        Thread(target=_fulfil, args=(found, super()._new_conn), daemon=True).start()
        try:
            return found.result(self.timeout)
        except TimeoutError:
            found.add_done_callback(_hang_up)
            raise ConnectTimeoutError(self, "neither found nor reached in time") from None


class _SafeLine(_Line, HTTPSConnection):
    def connect(self) -> None:
        """Reach the host, and make sure that it is the one that was meant."""
        try:
            super().connect()
        except (OSError, HTTPError, ValueError) as error:
            raise NewConnectionError(self, type(error).__name__) from None
        self.sock.settimeout(self.timeout)

    def _new_conn(self) -> socket:
        began = time.monotonic()
        line = super()._new_conn()
        if self.timeout is not None:
            # The handshake has what is left.
            line.settimeout(max(_SHORTEST_S, self.timeout - (time.monotonic() - began)))
        return line


class _Pool(HTTPConnectionPool):
    ConnectionCls = _Line


class _SafePool(HTTPSConnectionPool):
    ConnectionCls = _SafeLine


class _Lines(HTTPAdapter):
    def init_poolmanager(self, *sizes: Any, **more: Any) -> None:
        """Keep lines of ours."""
        super().init_poolmanager(*sizes, **more)
        self.poolmanager.pool_classes_by_scheme = {"http": _Pool, "https": _SafePool}


def _fulfil(found: Future[socket], connect: Callable[[], socket]) -> None:
    try:
        found.set_result(connect())
    except Exception as error:
        found.set_exception(error)


def _hang_up(found: Future[socket]) -> None:
    """Close a line that came about when nobody waited for it any more."""
    if found.exception() is None:
        found.result().close()
