"""A newsroom with readers: who writes to us, from where, and what mail leaves."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.test import Client

from handpress.digest.models import Subscriber, SubscriberState
from handpress.lib import clock
from handpress.mail.core.addresses import read_address

NOW = datetime(2026, 11, 21, 9, 30, tzinfo=UTC)


class Clock:
    """A clock that stands still until it is moved."""

    def __init__(self) -> None:
        self.now = NOW

    def wait(self, **span: float) -> None:
        self.now += timedelta(**span)


@pytest.fixture
def time_(monkeypatch: pytest.MonkeyPatch) -> Clock:
    held = Clock()
    monkeypatch.setattr(clock, "now", lambda: held.now)
    return held


class Post:
    """The letters that were written, oldest first."""

    def __init__(self) -> None:
        self.letters: list[dict[str, Any]] = []

    def write(self, **letter: Any) -> None:
        self.letters.append(letter)

    def to(self, address: str) -> list[dict[str, Any]]:
        return [letter for letter in self.letters if letter["to"] == address]

    def link(self, address: str) -> str:
        """Return the path behind the only link of the newest letter to an address."""
        text = self.to(address)[-1]["text"]
        return "/-/" + text.partition("/-/")[2].split()[0]


@pytest.fixture
def post(monkeypatch: pytest.MonkeyPatch) -> Post:
    office = Post()
    monkeypatch.setattr("handpress.newsroom.letters.write_letter", office.write)
    return office


@pytest.fixture
def browser_from() -> Callable[[str], Client]:
    """Return a browser without a cookie in some network, which checks what browsers check."""

    def make(network: str = "198.51.100.7") -> Client:
        return Client(enforce_csrf_checks=True, REMOTE_ADDR=network)

    return make


@pytest.fixture
def browser(browser_from: Callable[[str], Client]) -> Client:
    return browser_from("198.51.100.7")


def add_reader(typed: str = "ada@example.org", **columns: Any) -> Subscriber:
    address = read_address(typed)
    known = {"state": SubscriberState.ACTIVE, "confirmed_at": NOW - timedelta(days=30)}
    return Subscriber.objects.create(
        **{
            "address": address.text,
            "address_key": address.key,
            "domain": address.domain,
            "created_at": NOW - timedelta(days=30),
            **known,
            **columns,
        }
    )
