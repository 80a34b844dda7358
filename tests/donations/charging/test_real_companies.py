"""4.3: pages and charges of every company that there is, while its double misbehaves.

What each fault means is held against the contract beside the doubles (`companies`); here is what
becomes of the attempt: no fault comes through, and what may have been done is never sent anew.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from donations.charging.world import URLS, World
from donations.companies import world as companies
from donations.companies.doubles import Double
from handpress.donations.actions.attempts import send
from handpress.donations.companies import http
from handpress.donations.models import AttemptState

pytestmark = pytest.mark.django_db
BEFORE = ("reset", "429", "401", "redirect", "error_in_200")
AFTER = ("reset_after", "500", "500_after", "stall", "garbage", "cut")


# The practice company asks nobody, so that nothing of it can be on the way.
REAL = [param for param in companies.params() if param.id != "practice"]


@pytest.fixture(params=REAL)
def double(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[Double]:
    # Only who is kept waiting gives up early: a double that is sound may be slow on a busy machine.
    if "stall" in request.node.name:
        monkeypatch.setattr(http, "READ_S", 2.0)
    with companies.double_of(request.param) as made:
        yield made


def page_at(world: World, double: Double) -> tuple[Any, Any]:
    """Write a page down that is asked for at a company; nothing is sent yet."""
    page = world.begin(monthly=False)
    page.pledge.attempts.all().delete()
    page.pledge.currency = double.currency
    page.pledge.save()
    attempt = world.write_page(page.pledge)
    attempt.asked["urls"] = {**URLS}
    return attempt, double.company()


@pytest.mark.parametrize("fault", [*BEFORE, *AFTER])
def test_a_page_that_cannot_be_had_leads_nowhere(world: World, double: Double, fault: str) -> None:
    attempt, company = page_at(world, double)
    companies.spoil(double, "begin", fault)
    outcome = send(attempt, now=world.now, company=company)
    if outcome.url:
        # What went wrong was mended by asking once more, under the same key.
        assert outcome.attempt.state == AttemptState.ANSWERED
        return
    assert outcome.attempt.state in {AttemptState.UNKNOWN, AttemptState.DEAD}
    again = world.write_page(outcome.attempt.pledge)
    assert send(again, now=world.now, company=company).url
