"""A page with nothing wrong, to be spoilt in one way at a time, and the server of those."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from urllib.parse import urlsplit

from gates.gate import Bad
from gates.pages import SitePage, address

HERE = b"{here}"
"""In a control: the address of the folder that it is served in."""

POLICY = (
    "default-src 'none'; style-src 'self'; img-src 'self'; media-src 'self'; font-src 'self'; "
    "connect-src 'self'; manifest-src 'self'; form-action 'self'; base-uri 'none'"
)
STYLE = """\
:root { color-scheme: light dark; --paper: #fff; --ink: #111 }
@media (prefers-color-scheme: dark) { :root { --paper: #111; --ink: #eee } }
body { margin: 1rem; background: var(--paper); color: var(--ink); font: 1.125rem/1.6 serif }
a { color: inherit }
:focus-visible { outline: 3px solid; outline-offset: 2px }
.skip { position: absolute; inset-block-start: -9rem }
.skip:focus { inset-block-start: 1rem; background: var(--paper); padding: .5rem }
li { padding-block: .25rem }
li a, summary { display: inline-block; padding-block: .25rem }
.card { max-inline-size: 40rem }
"""
ICON = '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 1 1"><path d="M0 0h1v1H0z"/></svg>'
APPEAL = """\
<section class="appeal" aria-labelledby="appeal">
<h2 id="appeal">The roof leaks</h2>
<p>Help us mend it.</p>
<details open><summary>In short</summary><p>It rains in.</p></details>
</section>
"""
_PAGE = """\
<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="{policy}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>A page with nothing wrong</title>
<meta name="description" content="It is spoilt in one way at a time.">
<link rel="stylesheet" href="style.css">
<link rel="icon" href="icon.svg" type="image/svg+xml">
{head}</head>
<body>
<a class="skip" href="#main">Skip to content</a>
<header>
<nav aria-label="Topics"><ul>
<li><a href="one.html">Harbour</a></li>
<li><a href="two.html">Housing</a></li>
</ul></nav>
</header>
<main id="main" tabindex="-1">
<h1 class="p-name">The well is full again</h1>
<p class="p-summary card">It rained for a week, and the water stands a metre higher.</p>
<p><a href="three.html">Read the whole story</a></p>
{body}</main>
{appeal}<section class="digest-pitch" aria-labelledby="digest-pitch">
<h2 id="digest-pitch">By mail</h2>
<p>Every morning.</p>
</section>
<footer><p>The Proof</p></footer>
</body>
</html>
"""


def good_page(*, head: str = "", body: str = "", policy: str = POLICY) -> str:
    """Return a page that every gate lets through, with whatever is put into it."""
    return _PAGE.format(head=head, body=body, policy=policy, appeal=APPEAL)


def spoilt(old: str, new: str) -> str:
    """Return the good page with one thing in it replaced."""
    page = good_page()
    if old not in page:
        raise ValueError(f"the good page has no {old!r}")
    return page.replace(old, new, 1)


def restyled(check: str, style: str, *, body: str = "", **more: str) -> Bad:
    """Return the good page with more style, and whatever else is put into it."""
    return Bad(check, good_page(body=body, **more), beside=(("style.css", STYLE + style),))


@dataclass(frozen=True, slots=True)
class _Answer:
    content: bytes
    headers: tuple[tuple[str, str], ...]


_TYPES = {
    "html": "text/html; charset=utf-8",
    "css": "text/css",
    "xml": "application/xml",
    "txt": "text/plain; charset=utf-8",
    "svg": "image/svg+xml",
    "js": "text/javascript",
    "jpg": "image/jpeg",
}


class BadSite:
    """Serves controls on this machine, each in a folder of its own."""

    def __init__(self, port: int) -> None:
        self.url = f"http://127.0.0.1:{port}/"
        self._answers: dict[str, _Answer] = {}
        self._folders = 0

    def serve(self, bad: Bad) -> SitePage:
        """Serve one control; return it as gates get it."""
        self._folders += 1
        folder = f"{self._folders}/"
        files: dict[str, str | bytes] = {"style.css": STYLE, "icon.svg": ICON, **dict(bad.beside)}
        for name, content in files.items():
            self._put(f"/{folder}{name}", content, ())
        for name in ("one", "two", "three"):
            self._put(f"/{folder}{name}.html", good_page(), ())
        here = f"{self.url}{folder}"
        content = bad.body.replace(HERE, here.encode())
        self._put(f"/{folder}{bad.path}", content, bad.headers)
        return SitePage(
            f"control {self._folders}", bad.kind, bad.path, address(here, bad.path), content
        )

    def _put(self, path: str, content: str | bytes, headers: tuple[tuple[str, str], ...]) -> None:
        data = content.encode() if isinstance(content, str) else content
        kind = _TYPES.get(path.rpartition(".")[2], "application/octet-stream")
        given = {name.lower() for name, _ in headers}
        said = headers if "content-type" in given else (("Content-Type", kind), *headers)
        self._answers[path] = _Answer(data, said)
        if path.endswith("/index.html"):
            self._answers[path.removesuffix("index.html")] = self._answers[path]

    def answer(self, path: str) -> _Answer | None:
        return self._answers.get(urlsplit(path).path)


@contextmanager
def serving_controls() -> Iterator[BadSite]:
    """Serve whatever controls are given until the end of the block."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            answer = site.answer(self.path)
            self.send_response(200 if answer else 404)
            for name, value in answer.headers if answer else ():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(answer.content) if answer else 0))
            self.end_headers()
            if answer:
                self.wfile.write(answer.content)

        def log_message(self, format: str, *args: object) -> None:
            return

    class Server(ThreadingHTTPServer):
        def handle_error(self, request: object, client_address: object) -> None:
            """Say nothing: a browser may hang up in the middle of an answer."""

    with Server(("127.0.0.1", 0), Handler) as server:
        site = BadSite(server.server_port)
        thread = Thread(target=server.serve_forever, daemon=True)
        thread.start()
        try:
            yield site
        finally:
            server.shutdown()
            thread.join()
