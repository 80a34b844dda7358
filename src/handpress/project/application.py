"""The application that runs in each web process: files for readers, Django for the desk.

The public site needs neither Django nor the database: it is answered from the first moment, and
goes on being answered when the app cannot start at all.
"""

from __future__ import annotations

import asyncio
import logging
import signal

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

    def __rsgi_init__(self, loop: asyncio.AbstractEventLoop) -> None:
        # Ctrl-C reaches the whole group; only the supervisor decides what comes of it.
        loop.remove_signal_handler(signal.SIGINT)
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        follow_parent()
        self._django.start(loop)

    def __rsgi_del__(self, loop: asyncio.AbstractEventLoop) -> None:
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
        return self._site.answer(scope.method, path, scope.headers.get)

    def _fail(self) -> Answer:
        return plain_answer(500, "Something went wrong.", headers=self._site_rules.error_headers())


def load_application(options: ServeOptions) -> Application:
    """Make the application of a web process; Granian calls this in each."""
    return Application(options)


def load_django() -> object:
    """Return Django's WSGI application; takes a second or two, and may raise anything."""
    from handpress.project.wsgi import application

    return application
