"""One exchange with a company's host: what is waited for, and what an answer that is none means."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any

import pytest

from handpress.donations.companies import http
from handpress.donations.companies.errors import (
    CompanyDown,
    CompanyRevoked,
    OutcomeUnknown,
    Refused,
)

Sends = Callable[[Any], None]


@pytest.fixture
def serve() -> Iterator[Callable[[Sends], str]]:
    """Start a host that does this with each request; returns where it is asked."""
    servers: list[tuple[HTTPServer, threading.Thread]] = []

    def start(sends: Sends) -> str:
        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                with suppress(OSError):  # Nobody listens any more.
                    sends(self)

            do_POST = do_GET  # noqa: N815

            def log_message(self, *args: Any) -> None:
                pass

        server = HTTPServer(("127.0.0.1", 0), Handler)
        thread = threading.Thread(target=server.serve_forever, args=(0.05,))
        thread.start()
        servers.append((server, thread))
        return f"http://127.0.0.1:{server.server_address[1]}"

    yield start
    for server, thread in servers:
        server.shutdown()
        thread.join()
        server.server_close()


def _answer(status: int, body: bytes = b"{}", **headers: str) -> Sends:
    def sends(request: Any) -> None:
        request.send_response(status)
        for name, value in headers.items():
            request.send_header(name, value)
        request.send_header("content-length", str(len(body)))
        request.end_headers()
        request.wfile.write(body)

    return sends


MOST_DROPS = 1000


def _drips(request: Any, drops: list[int]) -> None:
    """Send what no caller would wait for, until it hangs up."""
    request.send_response(200)
    request.send_header("content-length", "1000000")
    request.end_headers()
    for number in range(MOST_DROPS):
        drops.append(number)
        request.wfile.write(b" ")
        request.wfile.flush()
        time.sleep(0.05)


def _ask(base: str, *, changes: bool, read_s: float | None = None) -> http.Answer:
    return http.Http(base, headers={}, read_s=read_s).ask("POST", "/", body={}, changes=changes)


def test_an_answer_is_read(serve: Callable[[Sends], str]) -> None:
    answer = _ask(serve(_answer(201, b'{"a": 1}', Etag="x")), changes=True)

    assert (answer.status, answer.body, answer.headers["etag"]) == (201, {"a": 1}, "x")


def test_an_answer_that_drips_is_not_waited_for(serve: Callable[[Sends], str]) -> None:
    drops: list[int] = []

    with pytest.raises(OutcomeUnknown):
        _ask(serve(lambda request: _drips(request, drops)), changes=True, read_s=0.5)

    assert len(drops) < MOST_DROPS


@pytest.mark.parametrize("changes", [False, True])
@pytest.mark.parametrize(
    ("status", "body"),
    [
        (200, b"<html>"),
        (200, b"["),
        (200, b"[" * 100_000),
        (200, b'"' + b"x" * 3000 + b'"'),
        (301, b""),
        (408, b""),
        (500, b"{}"),
        (503, b""),
    ],
)
def test_an_answer_that_says_nothing_is_unknown_where_something_may_have_been_done(
    serve: Callable[[Sends], str],
    monkeypatch: pytest.MonkeyPatch,
    status: int,
    body: bytes,
    changes: bool,
) -> None:
    monkeypatch.setattr(http, "MOST_BYTES", 2000)
    base = serve(_answer(status, body, Location="http://127.0.0.1:9/elsewhere"))

    with pytest.raises(OutcomeUnknown if changes else CompanyDown):
        _ask(base, changes=changes)


@pytest.mark.parametrize(
    ("status", "expected"),
    [(401, CompanyRevoked), (403, CompanyRevoked), (429, CompanyDown), (422, Refused)],
)
def test_what_was_turned_away_was_not_done(
    serve: Callable[[Sends], str], status: int, expected: type[Exception]
) -> None:
    body = b'{"error": {"code": "no_such_thing", "message": "for someone@example.org"}}'

    with pytest.raises(expected) as caught:
        _ask(serve(_answer(status, body)), changes=True)

    assert "someone" not in str(caught.value)


def test_where_nobody_listens_nothing_was_sent() -> None:
    with pytest.raises(CompanyDown):
        _ask("http://127.0.0.1:9", changes=True)
