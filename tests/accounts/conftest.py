from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from factories.visitors import Commits, Visitor
from handpress import conf
from handpress.lib import clock

Visit = Callable[..., Visitor]


@pytest.fixture
def visit(django_capture_on_commit_callbacks: Commits) -> Visit:
    """Opens a browser: `visit()`, or `visit("203.0.113.9")` from another network."""

    def open_browser(*network: str) -> Visitor:
        return Visitor(django_capture_on_commit_callbacks, *network)

    return open_browser


@pytest.fixture
def required(settings: Any) -> None:
    """A newsroom in which a second factor is required, as it is unless one says otherwise."""
    now: conf.Settings = settings.HANDPRESS
    settings.HANDPRESS = replace(now, desk=conf.DeskSettings(second_factor="required"))


class Hands:
    """The hands of a clock that stands still until a test moves them."""

    def __init__(self) -> None:
        # The real one, because libraries look at theirs.
        self.now = datetime.now(UTC)

    def move(self, **by: float) -> None:
        self.now += timedelta(**by)


@pytest.fixture
def hands(monkeypatch: pytest.MonkeyPatch) -> Hands:
    hands = Hands()
    monkeypatch.setattr(clock, "now", lambda: hands.now)
    return hands
