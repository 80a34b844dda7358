"""The practice company keeps its own books, for several at once, and works only in a demo.

What every company promises, it is asked beside the others (`practice_double`).
"""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from donations.companies.world import URLS, reference
from factories import giving
from handpress.donations.companies import open_company
from handpress.donations.companies.contract import Order, Snapshot, State
from handpress.donations.companies.errors import Declined, NeedsDonor, Refused
from handpress.donations.companies.practice import DEMO_FACT, Practice, practice_file
from handpress.donations.companies.practice_book import PracticeBook
from handpress.donations.companies.secrets import SecretsUnusable
from handpress.donations.core.movements import Kind
from handpress.press.state import remember

NOW = datetime(2026, 11, 27, 9, tzinfo=UTC)


@pytest.fixture
def company() -> Iterator[Practice]:
    made = Practice(PracticeBook(":memory:"))
    yield made
    made.book.close()


def order(minor: int = 1000, **changed: object) -> Order:
    asked = {"reference": reference(), "minor": minor, "currency": "EUR", "words": "Gift"}
    return Order(**asked | changed)  # type: ignore[arg-type]


def agreed(company: Practice) -> str:
    """Return a mandate that a donor agreed to by paying."""
    begun = company.begin(order(is_monthly=True), URLS, key="first")
    company.book.pay(begun.remote_id, NOW)
    told = looked_up(company, begun.remote_id)
    assert told.mandate is not None
    return told.mandate.remote_id


def looked_up(company: Practice, name: str) -> Snapshot:
    told = company.look_up(name)
    assert told is not None
    return told


def sums(company: Practice) -> list[tuple[str, int]]:
    moved = company.movements(NOW - timedelta(days=9), datetime.now(UTC) + timedelta(days=9))
    return [(each.kind.value, each.minor) for each in moved]


def test_the_same_key_is_the_same_page(company: Practice) -> None:
    asked = order()
    first = company.begin(asked, URLS, key="k")
    assert company.begin(asked, URLS, key="k") == first
    assert company.begin(asked, URLS, key="other").remote_id != first.remote_id
    assert looked_up(company, first.remote_id).state == State.OPEN
    assert sums(company) == []


def test_a_page_is_paid_once_and_known_by_its_payments_name(company: Practice) -> None:
    begun = company.begin(order(), URLS, key="k")
    for _ in range(2):
        company.book.pay(begun.remote_id, NOW)
    told = looked_up(company, begun.remote_id)
    assert told.state == State.DONE
    assert sums(company) == [("capture", 1000), ("fee", -39)]
    assert company.look_up(f"cap_{begun.remote_id}") == told
    company.book.fail(begun.remote_id, "expired")
    assert looked_up(company, begun.remote_id) == told
    assert company.look_up("pay_of_nobody") is None


def test_a_charge_under_the_same_key_is_one(company: Practice) -> None:
    mandate = agreed(company)
    asked = order(700)
    first = company.charge(mandate, asked, key="k")
    assert company.charge(mandate, asked, key="k") == first
    assert first.state == State.DONE
    assert [minor for kind, minor in sums(company) if kind == "capture"] == [1000, 700]
    assert company.find(asked.reference, since=NOW - timedelta(days=1)) == first
    assert company.find(asked.reference, since=datetime.now(UTC) + timedelta(days=1)) is None


def test_declined_it_stays_declined_under_its_key(company: Practice) -> None:
    mandate = agreed(company)
    asked = order(1013)
    for _ in range(2):
        with pytest.raises(Declined, match="insufficient_funds") as caught:
            company.charge(mandate, asked, key="k")
        assert caught.value.again == timedelta(days=3)
    told = company.find(asked.reference, since=NOW - timedelta(days=1))
    assert told is not None
    assert (told.state, told.code, told.movements) == (
        State.FAILED,
        "insufficient_funds",
        frozenset(),
    )
    with pytest.raises(NeedsDonor):
        company.charge(mandate, order(1014), key="other")


def test_by_a_mandate_that_ended_nothing_is_taken(company: Practice) -> None:
    mandate = agreed(company)
    asked = order(700)
    taken = company.charge(mandate, asked, key="k")
    for _ in range(2):
        company.end_mandate(mandate)
    with pytest.raises(Declined, match="mandate_ended") as caught:
        company.charge(mandate, order(), key="later")
    assert caught.value.again is None
    # What was taken before stays taken, and is told as such.
    assert company.charge(mandate, asked, key="k").movements == taken.movements


def test_giving_back_is_once_for_a_key_and_no_more_than_is_left(company: Practice) -> None:
    begun = company.begin(order(), URLS, key="k")
    company.book.pay(begun.remote_id, NOW)
    capture = f"cap_{begun.remote_id}"
    for key in ("a", "a"):
        company.give_back(capture, 400, "EUR", key=key)
    told = company.give_back(capture, 400, "EUR", key="b")
    refunds = [each for each in told.movements if each.kind == Kind.REFUND]
    assert [each.minor for each in refunds] == [-400, -400]
    assert {each.of for each in refunds} == {capture}
    with pytest.raises(Refused):
        company.give_back(capture, 201, "EUR", key="c")
    with pytest.raises(Refused):
        company.give_back("cap_none", 1, "EUR", key="d")
    assert company.book.left_of(capture) == 200


def test_movements_come_from_every_page_in_a_window(company: Practice) -> None:
    for number in range(130):
        begun = company.begin(order(5), URLS, key=f"k{number}")
        company.book.pay(begun.remote_id, NOW + timedelta(seconds=number))
    everything = list(company.movements(NOW, NOW + timedelta(seconds=130)))
    assert len({each.remote_id for each in everything}) == 130
    for early in (timedelta(), timedelta(milliseconds=1), timedelta(milliseconds=999)):
        since = NOW + timedelta(seconds=10) - early
        some = list(company.movements(since, since + timedelta(seconds=10)))
        assert [each.at for each in some] == [NOW + timedelta(seconds=n) for n in range(10, 20)]


def test_two_at_once_take_one_gift(tmp_path: Path) -> None:
    file = tmp_path / "practice.sqlite3"
    first = Practice(PracticeBook(file))
    mandate = agreed(first)
    asked = order(700)
    faults: list[Exception] = []

    def charge() -> None:
        company = Practice(PracticeBook(file))
        try:
            company.charge(mandate, asked, key="k")
        except Exception as error:
            faults.append(error)
        finally:
            company.book.close()

    threads = [threading.Thread(target=charge) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not faults
    assert [minor for kind, minor in sums(first) if kind == "capture"] == [1000, 700]
    first.book.close()


@pytest.mark.django_db
def test_it_works_in_a_demo_alone(own_folder: Path) -> None:
    rail = giving.rail("practice")
    with pytest.raises(SecretsUnusable, match="demo"):
        open_company(rail)
    assert not practice_file().exists()
    remember(DEMO_FACT, True)
    company = open_company(rail)
    assert isinstance(company, Practice)
    company.book.close()
    with sqlite3.connect(practice_file()) as file:
        assert file.execute("SELECT COUNT(*) FROM payment").fetchone() == (0,)
    file.close()
