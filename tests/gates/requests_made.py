"""What a page asks for while it is shown: nothing of anybody else, no cookie, nothing kept."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from gates.bad import good_page
from gates.bench import Bench, open_page
from gates.gate import Bad, Finding, Gate
from gates.pages import SitePage

if TYPE_CHECKING:
    from playwright.sync_api import BrowserContext

_KEPT = """() => [
    ...Object.keys(localStorage).map(key => `localStorage ${key}`),
    ...Object.keys(sessionStorage).map(key => `sessionStorage ${key}`),
]"""


def _open(check: str, **parts: str) -> Bad:
    """A control whose policy allows what it does."""
    return Bad(check, good_page(policy="default-src * 'unsafe-inline'", **parts))


class RequestsMade(Gate):
    name = "requests"
    needs = ("browser",)
    controls: Sequence[Bad] = (
        _open("third party", body='<img src="http://pixel.example/1.gif" alt="">'),
        _open("third party", head='<link rel="stylesheet" href="http://127.0.0.1:9/a.css">'),
        Bad("cookie", good_page(), headers=(("Set-Cookie", "reader=1"),)),
        _open("kept", body="<script>localStorage.seen = 1</script>"),
        Bad("broken", good_page(body='<img src="nowhere.png" alt="">')),
        Bad("complaint", good_page(body='<p><img src="data:image/gif;base64,R0lG" alt=""></p>')),
    )

    def look(self, bench: Bench, pages: Sequence[SitePage]) -> Iterator[Finding]:
        for page in pages:
            with bench.window() as context:
                for check, what in watch(context, page):
                    yield Finding(check, str(page), what)


def watch(context: BrowserContext, page: SitePage) -> Iterator[tuple[str, str]]:
    """Show a page; yield what it asked for, or left behind, that it should not."""
    asked: list[str] = []
    broken: list[str] = []
    complaints: list[str] = []
    context.on("request", lambda request: asked.append(request.url))
    context.on(
        "response",
        lambda answer: (
            broken.append(f"{answer.status} {answer.url}")
            if answer.status >= 400 and answer.url != page.url
            else None
        ),
    )
    context.on(
        "console",
        lambda said: (
            complaints.append(said.text)
            if said.type in {"error", "warning"} and "status of 4" not in said.text
            else None
        ),
    )
    tab = open_page(context, page)
    # Pictures further down are asked for when one comes near them.
    tab.keyboard.press("End")
    tab.wait_for_load_state("networkidle")
    own = urlsplit(page.url).netloc
    for url in asked:
        parts = urlsplit(url)
        if parts.scheme not in {"data", "blob"} and parts.netloc != own:
            yield "third party", url
    for what in broken:
        yield "broken", what
    for what in complaints:
        yield "complaint", what
    for cookie in context.cookies():
        yield "cookie", str(cookie.get("name"))
    for what in tab.evaluate(_KEPT):
        yield "kept", what
