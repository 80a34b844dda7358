"""The application that runs in each web process: files for readers, Django for the desk.

The public site needs neither Django nor the database: it is answered from the first moment, and
goes on being answered when the app cannot start at all.
"""

from __future__ import annotations

import asyncio
import logging
import signal

from handpress.lib.feed_readers import FeedReaders
from handpress.lib.http import Answer, AssetRules, FileFolder, SiteRules
from handpress.lib.http.answers import plain_answer
from handpress.project.bridge import WsgiBridge
from handpress.project.options import ServeOptions
from handpress.project.parent import follow_parent
from handpress.project.rsgi import Protocol1, Scope, send

logger = logging.getLogger(__name__)

DYNAMIC = ("/desk/", "/-/")
STATIC = "/desk-static"
# So Wagtail asks for files of its own: the address changes with its version.
_VERSIONED = "v="
_STATIC_BUDGET = 8 * 2**20
_FEED = "/feed.xml"
_FEED_READERS_EVERY_S = 60.0


class Application:
    """Decides who answers: the site's folder, the desk's own files, or Django."""

    def __init__(self, options: ServeOptions) -> None:
        self._site_rules = SiteRules(is_https=options.is_https)
        self._site = FileFolder(
            options.site_folder, rules=self._site_rules, address=options.address
        )
        self._static, self._versioned = (
            FileFolder(
                options.static_folder,
                rules=AssetRules(is_https=options.is_https, is_versioned=is_versioned),
                budget_bytes=_STATIC_BUDGET,
            )
            for is_versioned in (False, True)
        )
        self._django = WsgiBridge(
            load_django,
            scratch_folder=options.scratch_folder,
            trusts_proxy=options.behind_proxy,
        )
        self._feed_readers = FeedReaders()
        self._beside: asyncio.Task[None] | None = None

    def __rsgi_init__(self, loop: asyncio.AbstractEventLoop) -> None:
        # Ctrl-C reaches the whole group; only the supervisor decides what comes of it.
        loop.remove_signal_handler(signal.SIGINT)
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        follow_parent()
        self._django.start(loop)
        self._beside = loop.create_task(self._keep_feed_readers())

    def __rsgi_del__(self, loop: asyncio.AbstractEventLoop) -> None:
        if self._beside:
            self._beside.cancel()
        self._django.stop()

    async def __rsgi__(self, scope: Scope, protocol: Protocol1) -> None:
        path = scope.path
        if path.startswith(DYNAMIC):
            await self._django.answer(scope, protocol)
            return
        try:
            answer = self.answer_file(scope, path)
        except Exception:
            # A mistake of ours must cost one answer, not the connection.
            logger.exception("A request for a file failed")
            answer = self._fail()
        send(answer, protocol)

    def answer_file(self, scope: Scope, path: str) -> Answer:
        """Answer what needs no Django: pages, assets, and the desk's own files."""
        if path.startswith(STATIC + "/"):
            is_versioned = scope.query_string.startswith(_VERSIONED)
            folder = self._versioned if is_versioned else self._static
            return folder.answer(scope.method, path.removeprefix(STATIC), scope.headers.get)
        if path == "/desk":
            headers = [("location", "./desk/"), *self._site_rules.error_headers()]
            return plain_answer(301, "Moved.", headers=headers, has_body=scope.method != "HEAD")
        answer = self._site.answer(scope.method, path, scope.headers.get)
        if path.endswith(_FEED) and answer.status in (200, 304):
            self._feed_readers.note(path, scope.headers.get("user-agent"))
        return answer

    async def _keep_feed_readers(self) -> None:
        """Once a minute, write down what reading services said of themselves, if any did."""
        while True:
            await asyncio.sleep(_FEED_READERS_EVERY_S)
            if said := self._feed_readers.take():
                await self._django.run(keep_feed_readers, said)

    def _fail(self) -> Answer:
        return plain_answer(500, "Something went wrong.", headers=self._site_rules.error_headers())


def load_application(options: ServeOptions) -> Application:
    """Make the application of a web process; Granian calls this in each."""
    return Application(options)


def keep_feed_readers(said: list[tuple[str, str, int]]) -> None:
    """Write down what reading services said; for a thread of Django's."""
    from django.db import connections

    from handpress.archive.feed_readers import keep_feed_readers as keep

    try:
        keep(said)
    finally:
        connections.close_all()


def load_django() -> object:
    """Return Django's WSGI application; takes a second or two, and may raise anything."""
    from handpress.project.wsgi import application

    return application
