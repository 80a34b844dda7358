"""What Granian hands to an application, as types (RSGI 1.6), and how an answer is sent."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable
from typing import Any, Protocol

from handpress.lib.http import Answer


class RequestHeaders(Protocol):
    """The headers of a request, by lower-case name."""

    def get(self, key: str, default: Any = None) -> Any: ...
    def items(self) -> list[tuple[str, str]]: ...


class Scope(Protocol):
    """One request, without its body. `path` is decoded."""

    method: str
    path: str
    query_string: str
    scheme: str
    http_version: str
    client: str
    server: str
    headers: RequestHeaders


class Protocol1(Protocol):
    """The way to a request's body, and to its client."""

    def __aiter__(self) -> AsyncIterator[bytes]: ...
    def client_disconnect(self) -> Awaitable[None]: ...
    def response_empty(self, status: int, headers: list[tuple[str, str]]) -> None: ...
    def response_bytes(self, status: int, headers: list[tuple[str, str]], body: bytes) -> None: ...
    def response_file(self, status: int, headers: list[tuple[str, str]], file: str) -> None: ...
    def response_file_range(
        self, status: int, headers: list[tuple[str, str]], file: str, start: int, end: int
    ) -> None: ...


def send(answer: Answer, protocol: Protocol1) -> None:
    """Send an answer: bytes from memory, files by Granian's own threads."""
    if answer.body:
        protocol.response_bytes(answer.status, answer.headers, answer.body)
    elif not answer.file:
        protocol.response_empty(answer.status, answer.headers)
    elif answer.span:
        protocol.response_file_range(answer.status, answer.headers, answer.file, *answer.span)
    else:
        protocol.response_file(answer.status, answer.headers, answer.file)
