"""What the server says beside the bytes: status and headers of every page kind."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from gates.bad import good_page
from gates.bench import Bench, ask
from gates.gate import Bad, Finding, Gate
from gates.outlets import DESK
from gates.pages import SitePage

_FIXED = (
    ("X-Content-Type-Options", "nosniff"),
    ("Referrer-Policy", "no-referrer"),
    ("X-Frame-Options", "DENY"),
    ("Cross-Origin-Opener-Policy", "same-origin"),
    ("Cache-Control", "public, max-age=60"),
    ("Permissions-Policy", "camera=()"),
)
_TYPES = {
    "html": "text/html; charset=utf-8", "css": "text/css", "svg": "image/svg+xml",
    "webp": "image/webp", "jpg": "image/jpeg", "png": "image/png", "avif": "image/avif",
    "ico": "image/", "xml": "application/", "txt": "text/plain", "json": "application/",
}  # fmt: skip
_STATUS = {"moved": (301, 308), "gone": (410,), "missing": (404,), "": (200,)}


def _without(name: str) -> tuple[tuple[str, str], ...]:
    return tuple(pair for pair in _FIXED if pair[0] != name)


class Answers(Gate):
    name = "answers"
    controls: Sequence[Bad] = (
        *(Bad("header", good_page(), headers=_without(name)) for name, _ in _FIXED),
        Bad("cookie", good_page(), headers=(*_FIXED, ("Set-Cookie", "reader=1"))),
        Bad("vary", good_page(), headers=(*_FIXED, ("Vary", "Cookie"))),
        Bad("type", good_page(), headers=(*_FIXED, ("Content-Type", "application/octet-stream"))),
        Bad("status", good_page(head='<meta name="handpress" content="gone">'), headers=_FIXED),
    )

    def reads(self, page: SitePage) -> bool:
        return page.outlet != DESK

    def look(self, bench: Bench, pages: Sequence[SitePage]) -> Iterator[Finding]:
        for page in pages:
            for check, what in _judge(page):
                yield Finding(check, str(page), what)


def _judge(page: SitePage) -> Iterator[tuple[str, str]]:
    answer = ask(page.url)
    if answer.status not in _STATUS["missing" if page.path == "404.html" else page.mark]:
        yield "status", str(answer.status)
    if answer.status in _STATUS["moved"]:
        return
    for name, _ in _FIXED:
        if name.lower() not in answer.headers:
            yield "header", f"no {name}"
    if "set-cookie" in answer.headers:
        yield "cookie", answer.headers["set-cookie"]
    if answer.headers.get("vary", "accept-encoding").lower() != "accept-encoding":
        yield "vary", answer.headers["vary"]
    said, wanted = answer.headers.get("content-type", ""), _TYPES.get(page.suffix, "?")
    if not said.startswith(wanted):
        yield "type", f"{said or 'none'}, not {wanted}"
