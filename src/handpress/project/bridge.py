"""Django behind Granian: its WSGI application, run by a few threads.

WSGI, not ASGI: a request that has begun runs to its end, also when its client has gone, so that
what a view wrote and what its middleware does afterwards (the session, the messages) are never
torn apart; and the desk's views are synchronous anyway.

Memory stays bounded: bodies of some size go to disk (see `bodies`), and so do answers beyond a
megabyte, because Granian would otherwise hold in memory whatever a slow client has not yet read.
"""

from __future__ import annotations

import asyncio
import logging
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path
from typing import Any

from handpress.lib.http import Answer, Headers
from handpress.lib.http.answers import plain_answer
from handpress.project.bodies import Bodies, Body, BodyRefused
from handpress.project.rsgi import Protocol1, Scope, send
from handpress.project.wsgi_calls import Reply, call_wsgi, make_environ

logger = logging.getLogger(__name__)

THREADS = 8
# Requests of one process that may be worked on or waiting for it at a time.
MOST_AT_ONCE = 64
# Granian opens the file of a large answer at once; then its name is of no more use.
_KEEP_FILE_S = 60.0
_HEADERS = {
    "cache-control": "no-store",
    "cross-origin-opener-policy": "same-origin",
    # Not "no-referrer": a form would then be sent with "Origin: null", which Django refuses.
    "referrer-policy": "same-origin",
    "server": "handpress",
    "x-content-type-options": "nosniff",
    "x-frame-options": "SAMEORIGIN",
    "x-robots-tag": "noindex",
}


class WsgiBridge:
    """Answers requests with the application that `load` returns, once it is loaded.

    Until then requests wait; should `load` fail, they are told so (503) and files are not
    concerned.
    """

    def __init__(
        self, load: Callable[[], Any], *, scratch_folder: Path, trusts_proxy: bool
    ) -> None:
        self._load = load
        self._scratch = scratch_folder
        self._bodies = Bodies(scratch_folder)
        self._trusts_proxy = trusts_proxy
        self._threads = ThreadPoolExecutor(THREADS, thread_name_prefix="django")
        self._application: asyncio.Future[Any] | None = None
        self._at_once = 0

    def start(self, loop: asyncio.AbstractEventLoop) -> None:
        """Begin to load the application."""
        self._application = loop.run_in_executor(self._threads, self._load)
        self._application.add_done_callback(_report)

    def stop(self) -> None:
        """Let go of the threads; requests that have begun run to their end."""
        self._threads.shutdown(wait=False, cancel_futures=True)

    async def run(self, act: Callable[..., Any], *arguments: Any) -> None:
        """Do something that needs Django, in one of its threads; what fails is logged."""
        if await self._loaded() is None:
            return
        try:
            await asyncio.get_running_loop().run_in_executor(self._threads, act, *arguments)
        except Exception:
            logger.exception("Something that was to be done beside requests failed")

    async def answer(self, scope: Scope, protocol: Protocol1) -> None:
        """Answer one request."""
        try:
            body = await self._bodies.receive(scope, protocol)
        except BodyRefused as refused:
            send(_refusal(refused.status, str(refused)), protocol)
            return
        # Only now, when nobody can delay it, does the request take a place among the others.
        with body:
            if self._at_once >= MOST_AT_ONCE:
                send(_refusal(503, "Too many requests at once. Please try again."), protocol)
                return
            self._at_once += 1
            try:
                await self._answer(scope, protocol, body)
            finally:
                self._at_once -= 1

    async def _answer(self, scope: Scope, protocol: Protocol1, body: Body) -> None:
        application = await self._loaded()
        if application is None:
            send(_refusal(503, "The desk could not start. The log says why."), protocol)
            return
        try:
            reply = await self._run(application, scope, protocol, body)
        except Exception:
            logger.exception("A request to the desk failed")
            send(_refusal(500, "Something went wrong. The log says what."), protocol)
            return
        self._send(reply, scope, protocol)

    async def _loaded(self) -> Any:
        assert self._application is not None
        try:
            return await asyncio.shield(self._application)
        except Exception:
            return None  # reported once, by `_report`

    async def _run(self, application: Any, scope: Scope, protocol: Protocol1, body: Body) -> Reply:
        has_left = threading.Event()
        watcher = asyncio.ensure_future(_watch(protocol, has_left))
        environ = make_environ(scope, body, trusts_proxy=self._trusts_proxy)
        loop = asyncio.get_running_loop()
        try:
            return await loop.run_in_executor(
                self._threads, call_wsgi, application, environ, self._scratch, has_left
            )
        finally:
            watcher.cancel()

    def _send(self, reply: Reply, scope: Scope, protocol: Protocol1) -> None:
        names = {name.lower() for name, _ in reply.headers}
        headers = [(name.lower(), value) for name, value in reply.headers]
        headers += [pair for pair in _HEADERS.items() if pair[0] not in names]
        is_empty = scope.method == "HEAD" or reply.status in (204, 304)
        if is_empty:
            send(Answer(reply.status, headers), protocol)
        else:
            send(Answer(reply.status, headers, reply.body, reply.file), protocol)
        if reply.is_temporary:
            loop = asyncio.get_running_loop()
            loop.call_later(_KEEP_FILE_S, _remove, Path(reply.file))


async def _watch(protocol: Protocol1, has_left: threading.Event) -> None:
    await protocol.client_disconnect()
    has_left.set()


def _refusal(status: int, text: str) -> Answer:
    headers: Headers = [*_HEADERS.items(), ("connection", "close")]
    if status == 503:
        headers.append(("retry-after", "5"))
    return plain_answer(status, text, headers=headers)


def _report(loading: asyncio.Future[Any]) -> None:
    if not loading.cancelled() and loading.exception() is not None:
        logger.error("The desk could not start; the site is served", exc_info=loading.exception())


def _remove(file: Path) -> None:
    with suppress(OSError):
        file.unlink()
