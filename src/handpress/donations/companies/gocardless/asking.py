"""The vendor's client on a connection of ours, and what its errors mean in our words."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import requests
from gocardless_pro import errors
from gocardless_pro.api_client import ApiClient
from urllib3.exceptions import HTTPError

from handpress.donations.companies import http
from handpress.donations.companies.errors import (
    CompanyDown,
    CompanyRevoked,
    OutcomeUnknown,
    Refused,
)
from handpress.donations.companies.line import session
from handpress.donations.companies.waiting import patience

_BY_STATUS = {
    401: errors.AuthenticationError,
    403: errors.PermissionsError,
    429: errors.RateLimitError,
}


class _Answer:
    """An answer, read to its end; what of one the vendor's client looks at."""

    def __init__(self, status: int, content: bytes, headers: Mapping[str, str]) -> None:
        self.status_code = status
        self.content = content
        self.headers = headers

    @property
    def text(self) -> str:
        return ""  # It is quoted in errors, and may name a donor.

    def json(self) -> Any:
        return json.loads(self.content)


class Wire(ApiClient):
    """The vendor's `ApiClient`: it asks one host, follows nobody, and waits for so long only.

    What is no answer of theirs (not JSON, an error under status 200, another thing than was asked
    for) is a `MalformedResponseError`.
    """

    def __init__(self, base: str, token: str) -> None:
        self._read_s = http.READ_S
        super().__init__(base, token)

    def get(self, path: str, params: Any = None, headers: Any = None) -> _Answer:
        """Ask for something."""
        return self._send("GET", path, headers, params=params)

    def post(self, path: str, body: Any, headers: Any = None) -> _Answer:
        """Have something done."""
        return self._send("POST", path, headers, data=json.dumps(body))

    def put(self, path: str, body: Any, headers: Any = None) -> _Answer:
        """Change something."""
        return self._send("PUT", path, headers, data=json.dumps(body))

    def delete(self, path: str, body: Any, headers: Any = None) -> _Answer:
        """Take something away."""
        return self._send("DELETE", path, headers, data=json.dumps(body))

    def _send(self, method: str, path: str, headers: Any, **what: Any) -> _Answer:
        with (
            session() as line,
            line.request(
                method,
                self._url_for(path),
                headers=self._headers(headers),
                timeout=http.timeout(self._read_s),
                allow_redirects=False,
                stream=True,
                **what,
            ) as response,
        ):
            raw = http.read_all(response, within_s=patience(self._read_s))
            answer = _Answer(response.status_code, raw, response.headers)
        self._check(answer, path.strip("/").partition("/")[0])
        return answer

    def _check(self, answer: _Answer, name: str) -> None:
        status = answer.status_code
        if kind := _BY_STATUS.get(status):
            raise kind({"code": status})
        try:
            body = answer.json() if len(answer.content) <= http.MOST_BYTES else None
            if 400 <= status < 500 and status not in {408, 425}:
                self._handle_errors(answer)
        except errors.GoCardlessProError:
            raise
        except (ValueError, TypeError, KeyError, AttributeError, RecursionError):
            body = None
        is_theirs = isinstance(body, dict) and "error" not in body and name in body
        if not is_theirs or not 200 <= status < 300:
            raise errors.MalformedResponseError("no answer", "", status)


@contextmanager
def asking(*, changes: bool) -> Iterator[None]:
    """Turn the vendor's errors into ours; ``changes`` says that something may have been done.

    An error's sentences are left out: they may quote what a donor told.
    """
    try:
        yield
    except (requests.RequestException, HTTPError) as error:
        raise http.lost(error, changes=changes) from None
    except (errors.AuthenticationError, errors.PermissionsError) as error:
        raise CompanyRevoked(f"status {error.code}") from None
    except errors.RateLimitError:
        raise CompanyDown("status 429") from None
    except (
        errors.ValidationFailedError,
        errors.InvalidApiUsageError,
        errors.InvalidStateError,
    ) as error:
        raise Refused(f"status {error.code}: {' '.join(sorted(reasons(error)))}") from None
    except errors.MalformedResponseError as error:
        raise http.unanswered(f"status {error.status_code}", changes=changes) from None
    except errors.GoCardlessProError as error:
        raise http.unanswered(type(error).__name__, changes=changes) from None
    except (KeyError, TypeError, ValueError, AttributeError, ArithmeticError) as error:
        words = f"an answer that is not understood: {type(error).__name__}"
        raise http.unanswered(words, changes=changes) from None


def reasons(error: errors.ApiError) -> set[str]:
    """Return an error's words for machines: its reasons, else the fields that are wrong."""
    parts = error.errors if isinstance(error.errors, list) else []
    said = (each.get("reason") or each.get("field") for each in parts if isinstance(each, dict))
    return {str(word)[:80] for word in said if word} or {str(error.type or "")[:80]}


@contextmanager
def after_it_was_done() -> Iterator[None]:
    """Say of whatever goes wrong while looking that what was asked before may well be done."""
    try:
        yield
    except (CompanyDown, Refused) as error:
        raise OutcomeUnknown(str(error)) from None
