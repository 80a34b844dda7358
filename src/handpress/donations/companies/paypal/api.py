"""PayPal's interface, asked with a token that is fetched when it is needed.

The token is kept in the object until shortly before it ends; it stands in no message and no log.
"""

from __future__ import annotations

import re
import time
from collections.abc import Mapping
from typing import Any

from handpress.donations.companies.errors import (
    CompanyError,
    CompanyRevoked,
    OutcomeUnknown,
    Refused,
)
from handpress.donations.companies.http import Answer, Http
from handpress.donations.companies.reading import form, understood

_TOKEN = re.compile(r"[\x21-\x7e]{1,8000}")
_ISSUE = re.compile("[A-Z0-9_]{1,80}")
_EARLY_S = 120.0
"""How long before its end a token is not used any more."""
_YOUNG_S = 60.0
"""A token that was fetched just now and is refused was not refused for its age."""
_CLOSED = frozenset(
    {"PAYEE_ACCOUNT_LOCKED_OR_CLOSED", "PAYEE_ACCOUNT_RESTRICTED", "PAYEE_ACCOUNT_INVALID"}
)


class Api:
    """One account's way to PayPal."""

    def __init__(self, base: str, *, client_id: str, client_secret: str) -> None:
        self._http = Http(base, headers={"Accept": "application/json"})
        self._keys = (client_id, client_secret)
        self._token = ""
        self._fetched_at = self._ends_at = 0.0

    def get(self, path: str, *, params: Mapping[str, str] | None = None) -> Any:
        """Return what is there, None where nothing is."""
        answer = self.ask("GET", path, params=params, passes=(404,))
        return None if answer.status == 404 else answer.body

    def post(self, path: str, body: Mapping[str, Any], *, key: str) -> Answer:
        """Return the answer to something that ``key`` makes one; also one that says no."""
        return self.ask(
            "POST",
            path,
            body=body,
            headers={"PayPal-Request-Id": key, "Prefer": "return=representation"},
            changes=True,
            passes=(400, 403, 404, 409, 422),
        )

    def ask(self, method: str, path: str, *, passes: tuple[int, ...] = (), **asked: Any) -> Answer:
        """Return the answer, as `Http.ask` does; an old token that is refused is fetched anew."""
        answer = self._asked(method, path, passes, asked)
        if answer.status == 401 and time.monotonic() - self._fetched_at > _YOUNG_S:
            self._token = ""
            answer = self._asked(method, path, passes, asked)
        if answer.status == 401:
            self._token = ""
            raise CompanyRevoked("status 401")
        return answer

    def _asked(
        self, method: str, path: str, passes: tuple[int, ...], asked: Mapping[str, Any]
    ) -> Answer:
        headers = {**(asked.get("headers") or {}), "Authorization": f"Bearer {self._have_token()}"}
        return self._http.ask(method, path, passes=(*passes, 401), **{**asked, "headers": headers})

    def _have_token(self) -> str:
        now = time.monotonic()
        if not self._token or now >= self._ends_at:
            answer = self._http.ask(
                "POST",
                "/v1/oauth2/token",
                data={"grant_type": "client_credentials"},
                auth=self._keys,
            )
            with understood():
                self._token = form(answer.body["access_token"], _TOKEN)
                self._ends_at = now + int(answer.body["expires_in"]) - _EARLY_S
            self._fetched_at = now
        return self._token


def issue_of(answer: Answer) -> str:
    """Return why PayPal says no, in its words for machines."""
    body = answer.body if isinstance(answer.body, dict) else {}
    details = body.get("details")
    first = details[0] if isinstance(details, list) and details else {}
    issue = first.get("issue") if isinstance(first, dict) else None
    for word in (issue, body.get("name")):
        if isinstance(word, str) and _ISSUE.fullmatch(word):
            return word
    return ""


def refusal(answer: Answer) -> CompanyError:
    """Return what it means that PayPal says no; only an account of ours that is closed is more
    than a refusal, and what is being done already is not known yet."""
    issue = issue_of(answer)
    if answer.status == 403 or issue in _CLOSED:
        return CompanyRevoked(f"status {answer.status}: {issue}")
    if answer.status == 409:
        return OutcomeUnknown(f"status 409: {issue}")
    return Refused(f"status {answer.status}: {issue}")
