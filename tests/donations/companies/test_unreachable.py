"""4.3: names that are not found and certificates that do not fit, at every call of each company.

While a line comes about nothing is sent; so nothing was done, and another way may be tried. What
breaks after that may have been done.
"""

from __future__ import annotations

import time
from collections.abc import Callable

import pytest

from donations.companies import world
from donations.companies.doubles import Double
from donations.companies.unreachable import FAULTS, SILENT, opened_at, unreachable
from donations.companies.world import URLS, Given, give, needs, order_for
from handpress.donations.companies import http
from handpress.donations.companies.contract import Company
from handpress.donations.companies.errors import CompanyDown, OutcomeUnknown

CALLS = ("begin", "charge", "look_up", "give_back")
# The practice company is asked over no line.
REAL = [param for param in world.params() if param.id != "practice"]
pytestmark = pytest.mark.parametrize("double", REAL, indirect=True)


def given_for(double: Double, company: Company, call: str) -> Given:
    """Return a gift that came; skip, by name, where the company has no such call."""
    if call == "charge" and not company.caps.takes_mandates:
        pytest.skip(f"{double.kind} takes no gift without its donor")
    if call == "give_back":
        needs(double, "refund")
    return give(double, company, is_monthly=company.caps.takes_mandates)


def asking(double: Double, company: Company, given: Given, call: str) -> Callable[[], object]:
    """Return one call of a company, about a gift that came."""
    order, gift = order_for(double), given.capture
    asks: dict[str, Callable[[], object]] = {
        "begin": lambda: company.begin(order, URLS, key="begin-9"),
        "charge": lambda: company.charge(given.mandate, order, key="charge-9"),
        "look_up": lambda: company.look_up(given.begun.remote_id),
        "give_back": lambda: company.give_back(
            gift.remote_id, gift.minor, gift.currency, key="refund-9"
        ),
    }
    return asks[call]


@pytest.mark.parametrize("fault", FAULTS)
@pytest.mark.parametrize("call", CALLS)
def test_4_3_where_no_line_comes_about_nothing_was_done(
    double: Double, company: Company, monkeypatch: pytest.MonkeyPatch, call: str, fault: str
) -> None:
    given = given_for(double, company, call)
    asked = len(double.asked)
    if fault in SILENT:
        monkeypatch.setattr(http, "CONNECT_S", 0.5)
    with unreachable(double, fault, monkeypatch) as host:
        there = opened_at(double, host.base)
        began = time.monotonic()
        world.fails(double, CompanyDown, asking(double, there, given, call))
        assert time.monotonic() - began < 5
    assert host.heard == []
    assert len(double.asked) == asked


def test_4_3_a_certificate_that_fits_is_trusted(
    double: Double, company: Company, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Else the others would be refused for any reason."""
    given = given_for(double, company, "look_up")
    with unreachable(double, "", monkeypatch) as host:
        there = opened_at(double, host.base)
        assert asking(double, there, given, "look_up")() == given.told
    assert host.heard


@pytest.mark.parametrize("call", CALLS)
def test_4_3_a_line_that_breaks_once_something_was_asked_says_nothing_of_it(
    double: Double, company: Company, monkeypatch: pytest.MonkeyPatch, call: str
) -> None:
    given = given_for(double, company, call)
    deed = double.calls[call]
    with unreachable(double, "", monkeypatch, broken=deed) as host:
        there = opened_at(double, host.base)
        expected = CompanyDown if call == "look_up" else OutcomeUnknown
        world.fails(double, expected, asking(double, there, given, call))
    assert host.heard
