"""The double of each company in turn, started, and our side opened against it."""

from __future__ import annotations

import logging
from collections.abc import Iterator

import pytest

from donations.companies import world
from donations.companies.doubles import Double
from handpress.donations.companies import http
from handpress.donations.companies.contract import Company


@pytest.fixture(params=world.params())
def double(
    request: pytest.FixtureRequest,
    caplog: pytest.LogCaptureFixture,
    monkeypatch: pytest.MonkeyPatch,
) -> Iterator[Double]:
    """A company's double. Nothing secret has come into the log when it ends."""
    # Only who is kept waiting gives up early: a double that is sound may be slow on a busy machine.
    if "stall" in request.node.name:
        monkeypatch.setattr(http, "READ_S", 3.0)
    made = world.double_of(request.param)
    with caplog.at_level(logging.DEBUG), made:
        yield made
    written = [*caplog.get_records("setup"), *caplog.get_records("call")]
    world.assert_silent(made, "\n".join(f"{vars(each)} {each.getMessage()}" for each in written))


@pytest.fixture
def company(double: Double) -> Company:
    """Our side of it."""
    return double.company()
