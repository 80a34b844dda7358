"""What is answered to a request: a value that any server can send."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

Headers = list[tuple[str, str]]
# Asks a request for one header by its lower-case name; None when it was not sent.
AskHeader = Callable[[str], str | None]


@dataclass(slots=True)
class Answer:
    """A status, headers, and a body: bytes, or a file, or a span of a file.

    `headers` may be shared between answers and must not be changed. `file` is an absolute
    path, "" when `body` is meant; `span` is (first, one past the last) byte of it.
    """

    status: int
    headers: Headers
    body: bytes = b""
    file: str = ""
    span: tuple[int, int] | None = None


def plain_answer(status: int, text: str, *, headers: Headers, has_body: bool = True) -> Answer:
    """Return a short answer in plain text, with `headers` besides its own."""
    body = text.encode() + b"\n"
    own = [("content-type", "text/plain; charset=utf-8"), ("content-length", str(len(body)))]
    return Answer(status, own + headers, body if has_body else b"")
