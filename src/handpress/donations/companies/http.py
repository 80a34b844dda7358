"""Requests to companies: one way to ask, and one to tell what an answer or its absence means."""

from __future__ import annotations

import json
import time
from collections.abc import Mapping
from typing import Any

import requests
from urllib3 import Timeout
from urllib3.exceptions import ConnectTimeoutError, HTTPError

from handpress.donations.companies.errors import (
    CompanyDown,
    CompanyRevoked,
    OutcomeUnknown,
    Refused,
)
from handpress.donations.companies.line import session
from handpress.donations.companies.waiting import is_hurried, patience

CONNECT_S, READ_S = 3.05, 20.0
"""How long to wait for a connection and, since it is there, for the whole answer."""
MOST_BYTES = 8 * 1024 * 1024
_PART = 64 * 1024


def timeout(read_s: float) -> Any:
    """Return how long to wait for a connection and for the first bytes, as `requests` takes it."""
    wait = patience(read_s)
    total = wait if is_hurried() else None
    return Timeout(connect=CONNECT_S, read=wait, total=total)


class Answer:
    """What a company answered: a status, and JSON."""

    def __init__(self, status: int, body: Any, headers: Mapping[str, str]) -> None:
        self.status = status
        self.body = body
        self.headers = headers


class Http:
    """Asks one company's host and no other: redirects are not followed, proxies not asked.

    ``changes`` says of each request whether it may move money or make something: then an answer
    that is lost is an outcome that nobody knows, not a company that is down.
    """

    def __init__(
        self, base: str, *, headers: Mapping[str, str], read_s: float | None = None
    ) -> None:
        self._base = base.rstrip("/")
        self._headers = dict(headers)
        self._read_s = READ_S if read_s is None else read_s

    def ask(
        self,
        method: str,
        path: str,
        *,
        body: Any = None,
        data: Mapping[str, str] | bytes | None = None,
        params: Mapping[str, str] | None = None,
        headers: Mapping[str, str] | None = None,
        auth: tuple[str, str] | None = None,
        changes: bool = False,
        passes: tuple[int, ...] = (),
    ) -> Answer:
        """Return the answer where its status is below 300 or among ``passes``.

        ``body`` goes out as JSON, ``data`` as a form, or as the bytes that it is. Raises
        `CompanyDown`, `OutcomeUnknown` (only with ``changes``), `CompanyRevoked` for 401 and 403,
        `Refused` for other 4xx.
        """
        answer = exchange(
            method,
            f"{self._base}{path}",
            json=body,
            data=data,
            params=params,
            auth=auth,
            headers={**self._headers, **(headers or {})},
            read_s=self._read_s,
            changes=changes,
        )
        if answer.status < 300 or answer.status in passes:
            return answer
        if answer.status in {401, 403}:
            raise CompanyRevoked(f"status {answer.status}")
        raise Refused(f"status {answer.status}: {_said(answer.body)}")


def exchange(method: str, url: str, *, read_s: float, changes: bool, **request: Any) -> Answer:
    """Ask once, and return what was answered with a status below 300 or from 400 to 499.

    ``request`` is what `requests` takes. Whatever else comes, or nothing, or no JSON, says nothing
    of what was done: raises `OutcomeUnknown` with ``changes``, else `CompanyDown`; and
    `CompanyDown` in any case where nothing was sent or the company turned it away (429).
    """
    try:
        with (
            session() as line,
            line.request(
                method,
                url,
                timeout=timeout(read_s),
                allow_redirects=False,
                stream=True,
                **request,
            ) as response,
        ):
            body = read_all(response, within_s=patience(read_s))
            return _read(response, body, changes=changes)
    except (requests.RequestException, HTTPError) as error:
        raise lost(error, changes=changes) from None


def read_all(response: requests.Response, *, within_s: float) -> bytes:
    """Return the body of a streamed answer, at most one byte more than `MOST_BYTES`.

    Raises urllib3's `HTTPError` where it breaks off, or drips for longer than ``within_s``.
    """
    ends = time.monotonic() + within_s
    parts: list[bytes] = []
    size = 0
    while size <= MOST_BYTES and (part := response.raw.read1(_PART, decode_content=True)):
        parts.append(part)
        size += len(part)
        if time.monotonic() > ends:
            raise HTTPError("too slow")
    return b"".join(parts)[: MOST_BYTES + 1]


def _read(response: requests.Response, raw: bytes, *, changes: bool) -> Answer:
    status = response.status_code
    if status == 429:
        # Turned away before anything was done.
        raise CompanyDown("status 429")
    if status >= 500 or 300 <= status < 400 or status in {408, 425}:
        raise unanswered(f"status {status}", changes=changes)
    try:
        if len(raw) > MOST_BYTES:
            raise ValueError
        body = json.loads(raw) if raw else None
    except (ValueError, RecursionError):
        # An answer that cannot be read says as little as none.
        raise unanswered(f"status {status}, not JSON", changes=changes) from None
    return Answer(status, body, {name.lower(): value for name, value in response.headers.items()})


def _said(body: Any) -> str:
    """Return an error's names for machines; its sentences may quote what a donor told."""
    if not isinstance(body, dict):
        return ""
    inner = body.get("error")
    there = inner if isinstance(inner, dict) else body
    names = (there.get(name) for name in ("name", "type", "code", "issue", "field", "title"))
    return " ".join(str(name)[:80] for name in names if isinstance(name, str | int))


def lost(error: Exception, *, changes: bool) -> Exception:
    """Return what a connection that failed means: down where nothing was sent (`line.session`)."""
    reason = getattr(error.args[0] if error.args else None, "reason", None)
    if isinstance(reason, ConnectTimeoutError):
        return CompanyDown(type(error).__name__)
    return unanswered(type(error).__name__, changes=changes)


def unanswered(words: str, *, changes: bool) -> Exception:
    """Return what an answer means that says nothing: unknown where something may have been done."""
    return OutcomeUnknown(words) if changes else CompanyDown(words)
