"""The practice company in a test: marked as a demo's, with faults when they are wanted."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

import pytest

from factories import giving
from handpress.donations.companies import practice
from handpress.donations.companies.contract import Begun, Caps, Checked, Order, Snapshot, Urls
from handpress.donations.companies.errors import CompanyError
from handpress.donations.companies.practice_book import PracticeBook
from handpress.donations.models import Rail, Sponsor
from handpress.press.state import remember


class Faulty(practice.Practice):
    """The practice company, which fails as often as it is told to. ``after`` is done, then lost."""

    def __init__(self, book: PracticeBook) -> None:
        super().__init__(book)
        self.before: list[CompanyError] = []
        self.after: list[CompanyError] = []
        self.asked: list[str] = []
        self.changes: dict[str, Any] = {}

    @property
    def caps(self) -> Caps:
        return replace(super().caps, **self.changes)

    @contextmanager
    def _troubled(self, what: str) -> Iterator[None]:
        self.asked.append(what)
        if self.before:
            raise self.before.pop(0)
        yield
        if self.after:
            raise self.after.pop(0)

    def check(self) -> Checked:
        with self._troubled("check"):
            return super().check()

    def begin(self, order: Order, urls: Urls, *, key: str) -> Begun:
        with self._troubled("begin"):
            begun = super().begin(order, urls, key=key)
        return begun

    def charge(self, mandate: str, order: Order, *, key: str) -> Snapshot:
        with self._troubled("charge"):
            snapshot = super().charge(mandate, order, key=key)
        return snapshot

    def look_up(self, remote_id: str) -> Snapshot | None:
        with self._troubled("look_up"):
            return super().look_up(remote_id)

    def give_back(self, capture: str, minor: int, currency: str, *, key: str) -> Snapshot:
        with self._troubled("give_back"):
            snapshot = super().give_back(capture, minor, currency, key=key)
        return snapshot


def practice_company(monkeypatch: pytest.MonkeyPatch) -> Faulty:
    """Return the company that every practice rail of this test leads to."""
    remember(practice.DEMO_FACT, True)
    company = Faulty(PracticeBook(":memory:"))
    kind = replace(
        practice.KIND,
        open=lambda account: company,
        caps=lambda details: company.caps,
    )
    monkeypatch.setattr(practice, "KIND", kind)
    return company


def practice_rail(of: Sponsor | None = None, **values: Any) -> Rail:
    """Return a practice rail in euros."""
    values.setdefault("account_ref", "practice")
    values.setdefault("currency", "EUR")
    return giving.rail("practice", of=of, **values)
