"""Requests to Mollie (API v2): one way to ask, to make, and to read a list."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any
from urllib.parse import parse_qs, urlsplit
from uuid import UUID, uuid5

from handpress.donations.companies.errors import CompanyDown, OutcomeUnknown, Refused
from handpress.donations.companies.http import Answer, Http
from handpress.donations.companies.kinds import Account
from handpress.donations.companies.reading import moment, rows, understood
from handpress.donations.companies.secrets import SecretsUnusable

TOKEN = "access_"  # noqa: S105 -- the beginning of one, not one.
_OURS = UUID("7a8a0a5e-4a0c-4d0e-9a57-5f2f1f0d6c11")
_MOST = "250"


class Asking:
    """Asks Mollie as one profile of an organisation.

    A key (``live_…``, ``test_…``) stands for its profile. A token of an organisation
    (``access_…``) names the profile and the mode in every request, and may ask what was kept
    and paid out.
    """

    def __init__(self, account: Account) -> None:
        key = account.secrets["api_key"]
        self.profile = account.account_ref
        self.base = account.base
        self.has_token = key.startswith(TOKEN)
        if self.has_token and not self.profile:
            raise SecretsUnusable("An access token needs a profile: write its pfl_… beside it.")
        self.is_trial = self.has_token and account.mode == "test"
        self._http = Http(
            account.base,
            headers={"authorization": f"Bearer {key}", "accept": "application/hal+json"},
        )

    def get(
        self, path: str, params: Mapping[str, str] | None = None, *, passes: tuple[int, ...] = ()
    ) -> Answer:
        """Ask for something."""
        mode = {"testmode": "true"} if self.is_trial else {}
        return self._http.ask("GET", path, params={**(params or {}), **mode}, passes=passes)

    def make(
        self,
        path: str,
        body: Mapping[str, Any],
        *,
        key: str,
        names_profile: bool = False,
        passes: tuple[int, ...] = (),
    ) -> Answer:
        """Have something made, once for a key.

        Raises `OutcomeUnknown` where Mollie says that something was asked by this key already,
        and `CompanyDown` where it takes an equal refund for the same one, a moment later.
        """
        mode = {"testmode": True} if self.is_trial else {}
        profile = {"profileId": self.profile} if names_profile and self.has_token else {}
        answer = self._http.ask(
            "POST",
            path,
            body={**body, **profile, **mode},
            headers={"idempotency-key": idempotency_key(key)},
            changes=True,
            passes=(400, 409, *passes),
        )
        if answer.status in {400, 409} and _is_about_keys(answer.body):
            raise OutcomeUnknown(f"status {answer.status}, asked by this key before")
        if answer.status == 409:
            raise CompanyDown("status 409, too soon after its like")
        if answer.status == 400:
            raise Refused("status 400")
        return answer

    def remove(self, path: str) -> None:
        """Take something away; that it is not there any more is no fault."""
        mode = {"testmode": True} if self.is_trial else None
        self._http.ask("DELETE", path, body=mode, changes=True, passes=(404, 410))

    def newest(
        self,
        path: str,
        name: str,
        *,
        back_to: datetime,
        params: Mapping[str, str] | None = None,
        names_profile: bool = True,
    ) -> Iterator[dict[str, Any]]:
        """Yield a list of what was made since a moment, newest first, from all its pages."""
        profile = {"profileId": self.profile} if names_profile and self.has_token else {}
        for each in self.pages(path, name, {**(params or {}), **profile}):
            with understood():
                is_older = moment(each["createdAt"]) < back_to
            if is_older:
                return
            yield each

    def pages(
        self, path: str, name: str, params: Mapping[str, str] | None = None
    ) -> Iterator[dict[str, Any]]:
        """Yield all of a list. Of a link to the next page only where it goes on is taken."""
        seen: set[str] = set()
        start: dict[str, str] = {}
        while True:
            answer = self.get(path, {"limit": _MOST, **(params or {}), **start})
            with understood():
                found = rows(answer.body["_embedded"][name])
                further = _further(answer.body["_links"])
            yield from found
            if not further:
                return
            if further in seen:
                raise CompanyDown("a list that goes round in circles")
            seen.add(further)
            start = {"from": further}


def idempotency_key(key: str) -> str:
    """Return a key of ours as Mollie wants it: a UUID of version 4, the same every time."""
    return str(UUID(bytes=uuid5(_OURS, key).bytes, version=4))


def _further(links: Mapping[str, Any]) -> str:
    link = links.get("next")
    if link is None:
        return ""
    return parse_qs(urlsplit(link["href"]).query)["from"][0]


def _is_about_keys(body: object) -> bool:
    """Say whether an error is about a key that was used: its sentence may change, its page stays.

    Mollie answers so with 409 while the first request runs, and with 400 where the same key came
    with something else.
    """
    links = body.get("_links") if isinstance(body, dict) else None
    page = links.get("documentation") if isinstance(links, dict) else None
    address = page.get("href") if isinstance(page, dict) else None
    return isinstance(address, str) and "idempotency" in address
