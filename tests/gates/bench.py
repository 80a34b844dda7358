"""What gates look with: programs, a browser, plain requests, and what the sites ought to say."""

from __future__ import annotations

import http.client
import subprocess
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from functools import cached_property, lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from browser.editor import Editor
from gates.outlets import DESK, PASSWORD, USER, Outlet, Words
from gates.pages import SitePage
from gates.tools import Tools
from gates.walk import ANSWER

if TYPE_CHECKING:
    from playwright.sync_api import Browser, BrowserContext, Page

HERE = Path(__file__).parent
PHONE, DESKTOP = (390, 844), (1440, 900)
# No word to anybody but the servers under test; what a page asks of others is counted all the same.
ALONE = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
    "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1",
)


@dataclass(frozen=True, slots=True)
class Answer:
    """What a server said to one request; redirects are not followed."""

    status: int
    headers: Mapping[str, str]
    body: bytes


@lru_cache(maxsize=2048)
def ask(url: str, encoding: str = "identity") -> Answer:
    """Request an address of this machine. Header names come in lower case."""
    parts = urlsplit(url)
    assert parts.hostname == "127.0.0.1", f"{url} is not on this machine"
    connection = http.client.HTTPConnection(parts.netloc, timeout=30)
    try:
        target = parts.path + (f"?{parts.query}" if parts.query else "")
        connection.request("GET", target or "/", headers={"Accept-Encoding": encoding})
        response = connection.getresponse()
        headers: dict[str, str] = {}
        for name, value in response.getheaders():
            key = name.lower()
            headers[key] = f"{headers[key]}, {value}" if key in headers else value
        return Answer(response.status, headers, response.read())
    finally:
        connection.close()


@dataclass
class Bench:
    """One run's outlets and programs. The browser starts when it is first asked for."""

    tools: Tools
    outlets: Sequence[Outlet]
    folder: Path
    notes: list[str] = field(default_factory=list)
    _stack: ExitStack = field(default_factory=ExitStack)

    def close(self) -> None:
        self._stack.close()

    def note(self, words: str) -> None:
        """Keep a figure that belongs into the closing report."""
        self.notes.append(words)

    def words(self, page: SitePage) -> Words | None:
        """Return what the site of a page must say, or nothing for a control."""
        return next((one.words for one in self.outlets if one.name == page.outlet), None)

    @cached_property
    def browser(self) -> Browser:
        from playwright.sync_api import sync_playwright

        playwright = self._stack.enter_context(sync_playwright())
        place = self.tools["browser"]
        browser = playwright.chromium.launch(executable_path=place, args=list(ALONE))
        self._stack.callback(browser.close)
        return browser

    @contextmanager
    def window(self, size: tuple[int, int] = DESKTOP, **options: Any) -> Iterator[BrowserContext]:
        """Open a browser of a size; `options` as Playwright's new_context has them."""
        width, height = size
        context = self.browser.new_context(viewport={"width": width, "height": height}, **options)
        context.set_default_timeout(20_000)
        try:
            yield context
        finally:
            context.close()

    @contextmanager
    def desk_window(self, page: SitePage, **options: Any) -> Iterator[BrowserContext]:
        """Open a browser in which an editor is signed in, but for the way in itself."""
        state = None if page.key == "anyone" or page.outlet != DESK else self._signed_in
        # Its transitions would be measured half-way.
        with self.window(storage_state=state, reduced_motion="reduce", **options) as context:
            yield context

    @cached_property
    def desk_pages(self) -> list[SitePage]:
        """The pages of the desk, found among its addresses."""
        from gates.desk import find_desk_pages

        return find_desk_pages(self)

    @cached_property
    def _signed_in(self) -> Any:
        """What a browser keeps once somebody has signed in as a person does."""
        outlet = next(one for one in self.outlets if one.desk)
        with self.window() as context:
            Editor(context.new_page(), outlet.url).sign_in(USER, PASSWORD)
            return context.storage_state()

    def run(
        self, *command: str | Path, given: str | bytes = b""
    ) -> subprocess.CompletedProcess[str]:
        """Run a program to its end."""
        data = given.decode() if isinstance(given, bytes) else given
        return subprocess.run(
            list(map(str, command)), input=data, capture_output=True, text=True, cwd=self.folder
        )


def open_page(context: BrowserContext, page: SitePage) -> Page:
    """Show a page as a folder of files shows it: one that has moved is shown, not followed.

    The answer to a press of a button is shown as it came.
    """
    tab = context.new_page()
    still = page.text if page.kind == ANSWER else ""
    if page.mark == "moved":
        still = page.text.replace('http-equiv="refresh"', 'name="refresh"')
    if still:
        kind = "text/html; charset=utf-8"
        tab.route(page.url, lambda route: route.fulfill(body=still, content_type=kind))
    tab.goto(page.url, wait_until="load")
    return tab


@lru_cache
def script(name: str) -> str:
    """Return a script of js/ as a function to be run in a page, behind what all of them share."""
    shared, own = ((HERE / "js" / each).read_text("utf-8") for each in ("shared.js", name))
    return f"() => {{\n{shared}\n{own}\n}}"
