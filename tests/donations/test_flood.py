"""4.9: floods of forms that look right, from one network and from everywhere.

`make soak` sends 120,000 of 20,000 addresses; here a smaller flood, which reaches every limit.
"""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any
from urllib.parse import urlencode
from uuid import uuid4

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from donations.test_giving import DONATE, Somebody
from donations.test_giving_by_company import give, page_of
from factories import giving
from factories.practicing import Faulty, practice_company, practice_rail
from handpress.accounts.models import UseCount
from handpress.accounts.signed import sign
from handpress.donations.core.limits import EVERYBODY, LETTERS, NETWORK, SESSIONS, SESSIONS_NETWORK
from handpress.donations.models import Pledge, Rail, RailHealth
from handpress.lib import clock
from handpress.mail.models import Letter
from handpress.press.models import Mark, StalePage

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("own_folder")]

FORMS = int(os.environ.get("HANDPRESS_TEST_FLOOD") or 900)
ADDRESSES = max(FORMS // 6, 240)
_NEIGHBOURS = 8
"""Addresses of one neighbourhood."""
_FEW = replace(EVERYBODY, count=9)
_LASTS = timedelta(minutes=50)
"""So that no window of a limit ends meanwhile."""


class Flood:
    """Somebody with many addresses, who sends forms as the pages have them and reads nothing."""

    def __init__(self, rail: Rail, company: Faulty) -> None:
        self.rail, self.company = rail, company
        self.client = Client()
        self.statuses: Counter[int] = Counter()

    def send(self, place: str, number: int, email: str = "") -> Any:
        """Send a form with a stamp of its own and return the answer."""
        fields = {
            "choice": f"once EUR {2500 + number}",
            "stamp": sign("donations.form", str(uuid4()), clock.now()),
            "way": str(self.rail.pk),
            "email": email,
            # An address that looks mistyped is asked about once.
            "sure": email,
        }
        form = "application/x-www-form-urlencoded"
        response = self.client.post(DONATE, urlencode(fields), form, REMOTE_ADDR=place)
        self.statuses[response.status_code] += 1
        return response

    def pages(self) -> int:
        """Return how many pages were made by the company."""
        return len(self.company.asked)


@pytest.fixture
def company(monkeypatch: pytest.MonkeyPatch) -> Faulty:
    return practice_company(monkeypatch)


@pytest.fixture
def flood(company: Faulty) -> Flood:
    rail = practice_rail()
    giving.rail("bank", of=rail.sponsor)
    return Flood(rail, company)


@pytest.fixture
def later(monkeypatch: pytest.MonkeyPatch) -> Callable[[timedelta], None]:
    """Let time pass."""
    held = [clock.now()]
    monkeypatch.setattr(clock, "now", lambda: held[0])

    def pass_by(some: timedelta) -> None:
        held[0] += some

    return pass_by


@pytest.mark.parametrize(
    ("places", "elsewhere"),
    [
        ([f"203.0.113.{each % 256}" for each in range(400)], "203.0.112.255"),
        ([f"2001:db8:0:1:{each:x}::1" for each in range(400)], "2001:db8:0:100::1"),
    ],
    ids=["a /24", "a /64"],
)
def test_4_9_of_400_forms_of_a_network_in_five_minutes_five_lead_to_a_company(
    flood: Flood, later: Any, places: list[str], elsewhere: str
):
    for number, place in enumerate(places):
        response = flood.send(place, number)
        assert response.status_code == (303 if number < SESSIONS_NETWORK.count else 429)
        later(timedelta(minutes=5) / len(places))
    assert (flood.pages(), SESSIONS_NETWORK.count) == (5, 5)
    assert "By bank transfer" in flood.send(places[0], 1).content.decode()
    # The network beside it has its own.
    other = Somebody()
    other.client = Client(REMOTE_ADDR=elsewhere)
    page_of(give(other, flood.rail))
    assert flood.pages() == 6
    marks = [str(value) for row in UseCount.objects.values() for value in row.values()]
    assert not any("203.0.113" in mark or "2001:db8" in mark for mark in marks)


def _place(number: int) -> tuple[str, str]:
    """Return the neighbourhood and the address of one of many, every fourth of the new kind."""
    group, own = divmod(number, _NEIGHBOURS)
    if group % 4 == 3:
        return f"v6 {group}", f"2001:db8:{group:x}:{own:x}::1"
    return f"v4 {group}", f"10.{group // 256}.{group % 256}.{own}"


def test_4_9_a_flood_from_everywhere_makes_no_more_pages_than_the_cap(flood: Flood, later: Any):
    Mark.objects.all().delete()
    by_network, before = Counter[str](), flood.pages()
    for number in range(FORMS):
        network, place = _place(number % ADDRESSES)
        email = f"{number}@flood.example" if number % 3 == 0 else ""
        response = flood.send(place, number, email)
        if flood.pages() > before:
            before = flood.pages()
            by_network[network] += 1
        if response.status_code == 429:
            assert "By bank transfer" in response.content.decode()
        later(_LASTS / FORMS)
    assert flood.company.asked == ["begin"] * SESSIONS.count
    assert (SESSIONS.count, max(by_network.values())) == (120, SESSIONS_NETWORK.count)
    # Some are told that a letter with the link is on its way; nobody sees a fault.
    assert set(flood.statuses) == {200, 303, 429}
    assert flood.statuses[303] == SESSIONS.count
    assert flood.statuses[200] == Letter.objects.count() <= LETTERS.count
    assert Pledge.objects.count() == EVERYBODY.count
    assert RailHealth.objects.get().state == "up"
    # Not a page of the site is printed anew for it.
    assert not Mark.objects.exists()
    assert not StalePage.objects.exists()
    # An hour later whoever comes is led to the company.
    later(timedelta(hours=1))
    assert flood.send("198.51.100.7", 1).status_code == 303


@pytest.mark.parametrize("is_one", [True, False], ids=["one network", "everywhere"])
def test_4_9_turning_a_form_away_reads_little_and_writes_nothing(
    flood: Flood, is_one: bool, monkeypatch: pytest.MonkeyPatch
):
    if not is_one:
        monkeypatch.setattr("handpress.donations.actions.giving.EVERYBODY", _FEW)
    for number in range(NETWORK.count):
        flood.send("203.0.113.7" if is_one else _place(number)[1], number)
    with CaptureQueriesContext(connection) as asked:
        assert flood.send("203.0.113.7" if is_one else "198.51.100.7", 1).status_code == 429
    said = [each["sql"].split()[0] for each in asked]
    assert set(said) == {"SELECT"}
    assert len(said) <= 24
