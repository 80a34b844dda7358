"""How much a reader has to fetch: the first answer of a connection ought to be all of it."""

from __future__ import annotations

import random
import re
from collections.abc import Iterator, Sequence
from urllib.parse import urljoin

from gates.bad import STYLE, good_page
from gates.bench import Bench, ask
from gates.gate import Bad, Finding, Gate
from gates.named import FIFTEEN, LONG, LONG_WORDS
from gates.pages import SitePage

# Ten segments of 1,460 bytes: what TCP sends before it waits for a word from the other side.
WINDOW_BYTES = 14_600
TOPIC_BYTES = 20_000
MOST_REQUESTS = 3
# Brotli needs https, and not every reader has it: what counts is the larger.
ENCODINGS = ("gzip", "br")

_PARTS = re.compile(r'<link [^>]*rel="(?:stylesheet|icon|preload)"[^>]*>|<script[^>]+src=[^>]*>')
_HREF = re.compile(r'(?:href|src)="([^"]+)"')
_NOISE = "".join(random.Random(7).choices("abcdefghijklmnopqrstuvwxyz   ", k=40_000))
_WORDY = "word " * LONG_WORDS


def _with_style(check: str, style: str, *, body: str = "", path: str = "bad.html") -> Bad:
    return Bad(check, good_page(body=body), path, beside=(("style.css", style),))


class Weight(Gate):
    """Weighs two pages of the demo that are made for it, and counts the requests of all others."""

    name = "weight"
    controls: Sequence[Bad] = (
        Bad("article", good_page(body=f"<p>{_NOISE}</p>"), f"{LONG}.html"),
        _with_style("article", STYLE + _NOISE, body=f"<p>{_WORDY}</p>", path=f"{LONG}.html"),
        Bad("topic", good_page(body=f"<p>{_NOISE}</p>"), f"topics/{FIFTEEN}/index.html"),
        Bad("requests", good_page(head=2 * '<link rel="preload" href="a">')),
        Bad("script", good_page(head='<script src="a.js"></script>')),
        _with_style("web font", "@font-face { font-family: x; src: url(x.woff2) }"),
        Bad("too short", good_page(), f"{LONG}.html"),
    )

    def reads(self, page: SitePage) -> bool:
        return page.is_html and page.mark != "moved"

    def look(self, bench: Bench, pages: Sequence[SitePage]) -> Iterator[Finding]:
        for page in pages:
            for check, what in _judge(bench, page):
                yield Finding(check, str(page), what)


def _judge(bench: Bench, page: SitePage) -> Iterator[tuple[str, str]]:
    parts = _parts(page)
    if len(parts) + 1 > MOST_REQUESTS:
        yield "requests", f"{len(parts) + 1} without pictures: {', '.join(parts)}"
    if re.search(r"<script[^>]+src=", page.text):
        yield "script", "a script is fetched"
    style = next((part for part in parts if part.endswith(".css")), "")
    if style and re.search(rb"@font-face|@import|url\(", ask(urljoin(page.url, style)).body):
        yield "web font", f"{style} asks for more"
    is_article = page.path.endswith(f"{LONG}.html")
    if is_article and len(page.text.split()) < LONG_WORDS:
        yield "too short", f"{len(page.text.split())} words"
    if is_article or f"topics/{FIFTEEN}/index.html" in page.path:
        yield from _weigh(bench, page, parts, is_article=is_article)


def _weigh(
    bench: Bench, page: SitePage, parts: Sequence[str], *, is_article: bool
) -> Iterator[tuple[str, str]]:
    check, most = ("article", WINDOW_BYTES) if is_article else ("topic", TOPIC_BYTES)
    fetched = [part for part in parts if part.endswith(".css") or not is_article]
    for encoding in ENCODINGS:
        own = _size(page.url, encoding)
        rest = sum(_size(urljoin(page.url, part), encoding) for part in fetched)
        bench.note(
            f"weight, {page}: {own:,} + {rest:,} = {own + rest:,} of {most:,} bytes ({encoding})"
        )
        if own + rest > most:
            yield check, f"{own + rest:,} bytes of {most:,} ({encoding})"


def _parts(page: SitePage) -> list[str]:
    found = (_HREF.search(tag) for tag in _PARTS.findall(page.text))
    return [match[1] for match in found if match]


def _size(url: str, encoding: str) -> int:
    return len(ask(url, encoding).body)
