"""Standing orders to an account that is lost: their donors are asked once, and told where to."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any
from unittest import mock
from uuid import uuid4

import pytest
from bs4 import BeautifulSoup
from django.db import IntegrityError, transaction
from django.test import Client

from factories import giving
from handpress.donations import actions, tasks
from handpress.donations.actions.donors import keep_donor
from handpress.donations.actions.periods import pledge_for
from handpress.donations.actions.plans import cancel_plan
from handpress.donations.core.references import grouped
from handpress.donations.letters import plan_link
from handpress.donations.models import (
    Collecting,
    LostOrder,
    Plan,
    PlanState,
    Pledge,
    Rail,
    Sponsor,
)
from handpress.donations.queries.orders import order_funnel
from handpress.lib import clock
from handpress.mail.models import Letter, SuppressionReason
from handpress.mail.suppression import suppress

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("own_folder")]
SUBJECT = "Please change your standing order"
REAL = clock.now


class Time:
    """A clock that only the test moves; it begins long ago, since books note the real hour."""

    def __init__(self) -> None:
        self.now = REAL() - timedelta(days=300)

    def clock(self) -> datetime:
        return self.now

    def pass_by(self, **time: float) -> None:
        self.now += timedelta(**time)

    def work(self) -> None:
        tasks.work_due(self.now)

    def days(self, count: int) -> None:
        for _ in range(count):
            self.pass_by(days=1)
            self.work()


@pytest.fixture
def time() -> Iterator[Time]:
    found = Time()
    with mock.patch.object(clock, "now", found.clock):
        yield found


@pytest.fixture
def old(time: Time) -> Rail:
    return giving.rail("bank", of=giving.sponsor("The lost one"))


@pytest.fixture
def new() -> Rail:
    """The account of who takes over, who receives nothing yet."""
    heir = giving.sponsor("The next one", state="draft")
    return giving.rail("bank", of=heir, account_ref=giving.OTHER_IBAN, name="New")


def order(rail: Rail, name: str = "ana", *, minor: int = 1500, **values: Any) -> Pledge:
    """Return a standing order by the form, of which one gift came."""
    donor = keep_donor({"email": f"{name}@reader.example"}) if name else None
    values = {"frequency": "monthly", "currency": "EUR", "donor": donor, **values}
    pledge, _ = actions.promise_gift(
        rail=rail, amount=minor, nonce=uuid4(), now=clock.now(), **values
    )
    Pledge.objects.filter(pk=pledge.pk).update(created_at=clock.now())
    came(rail, pledge)
    return pledge


def came(rail: Rail, pledge: Pledge) -> Any:
    on = clock.now().date()
    return giving.gift(rail, pledge.amount_minor, pledge=pledge, on=on)


def plan_order(rail: Rail, name: str, **values: Any) -> Plan:
    """Return a monthly gift that comes by a standing order."""
    today = clock.now().date()
    return Plan.objects.create(
        donor=keep_donor({"email": f"{name}@reader.example"}),
        rail=rail,
        amount_minor=2000,
        currency="EUR",
        anchor_day=5,
        next_due=today,
        collecting=Collecting.STANDING_ORDER,
        **{"state": PlanState.ACTIVE, "began_at": clock.now(), **values},
    )


def lose(rail: Rail, to: Rail | None = None) -> None:
    heir = to.sponsor if to else None
    assert actions.suspend_sponsor(rail.sponsor, now=clock.now(), successor=heir)


def letters(to: str = "") -> list[Letter]:
    written = Letter.objects.filter(subject__startswith=SUBJECT).order_by("pk")
    return [letter for letter in written if letter.to.startswith(to)]


def link_in(letter: Letter) -> str:
    (address,) = {each for each in letter.text.split() if "/-/gift/" in each}
    return "/-/" + address.partition("/-/")[2]


class Page:
    """What a link leads to."""

    def __init__(self, link: str) -> None:
        self.link, self.client = link, Client()
        self.html = self.client.get(link).content.decode()
        main = BeautifulSoup(self.html, "html.parser").select_one("main")
        assert main
        self.main = main
        self.said = " ".join(self.main.get_text(" ").split())

    def press(self, do: str) -> Page:
        form = next(each for each in self.main.select("form") if each.select(f"button[value={do}]"))
        assert form["action"] == self.link.rpartition("/")[2]
        assert self.client.post(self.link, {"do": do}).status_code == 303
        return Page(self.link)


# --- the letter ---------------------------------------------------------------------------------


def test_each_donor_gets_one_letter_that_leads_to_the_new_account(
    time: Time, old: Rail, new: Rail
) -> None:
    pledge = order(old)
    order(old, "ben", currency="EUR", frequency="once")
    lose(old, new)
    time.pass_by(minutes=59)
    time.work()
    assert not letters()
    time.pass_by(minutes=10)
    for _ in range(3):
        time.work()
        time.pass_by(hours=1)
    (letter,) = letters()
    assert letter.to == "ana@reader.example"
    assert grouped(pledge.reference) in letter.text
    for text in (letter.text, letter.html):
        bare = text.replace(" ", "")
        assert giving.IBAN not in bare
        assert giving.OTHER_IBAN not in bare
        assert "1500" not in bare
    page = Page(link_in(letter))
    assert "The account that your standing order goes to is closed to us" in page.said
    assert "DE89 3704 0044 0532 0130 00" in page.said
    assert "The next one" in page.said
    assert grouped(pledge.reference) in page.said
    assert "GB82" not in page.said
    assert "The lost one" not in page.said
    assert page.main.select_one("figure.code svg")
    assert "It has come" not in page.said
    row = LostOrder.objects.get()
    assert (row.donor, row.step, row.by_post, row.answer) == (pledge.donor, 0, False, "")


def test_a_monthly_gift_whose_donor_chose_the_bank_is_asked_about_too(
    time: Time, old: Rail, new: Rail
) -> None:
    plan = plan_order(old, "ana")
    pledge, _ = pledge_for(plan, "2026-01")
    lose(old, new)
    time.days(1)
    (letter,) = letters("ana")
    page = Page(link_in(letter))
    assert "DE89" in page.said
    assert grouped(pledge.reference) in page.said
    # From the monthly gift's own page it is the same.
    own = Page(f"/-/plan/{plan_link(plan, time.now)}")
    (link,) = (a["href"] for a in own.main.select("a") if "gift/" in str(a["href"]))
    assert "DE89" in Page("/-/" + str(link).removeprefix("../")).said


def test_one_from_another_system_gets_its_reference_and_keeps_it(
    time: Time, old: Rail, new: Rail
) -> None:
    plan = plan_order(old, "ana", source="civicrm", source_id="7")
    lose(old, new)
    time.days(22)
    assert len(letters()) == 3
    (pledge,) = Pledge.objects.filter(plan=plan)
    assert all(grouped(pledge.reference) in each.text for each in letters())


def test_two_orders_of_a_donor_are_one_letter(time: Time, old: Rail, new: Rail) -> None:
    first, second = order(old), order(old, minor=700)
    lose(old, new)
    time.days(2)
    (letter,) = letters()
    assert grouped(first.reference) in letter.text
    assert grouped(second.reference) in letter.text
    assert LostOrder.objects.count() == 1


def test_a_donor_and_a_hand_over_are_one_row(time: Time, old: Rail, new: Rail) -> None:
    order(old)
    lose(old, new)
    row = LostOrder.objects.get()
    with pytest.raises(IntegrityError), transaction.atomic():
        LostOrder.objects.create(donor=row.donor, sponsor=row.sponsor, lost_at=row.lost_at)


def test_killed_before_the_commit_it_is_written_once_all_the_same(
    time: Time, old: Rail, new: Rail, monkeypatch: Any
) -> None:
    order(old)
    lose(old, new)
    time.pass_by(hours=2)
    real = LostOrder.save

    def die(self: LostOrder, *args: Any, **kwargs: Any) -> None:
        real(self, *args, **kwargs)
        raise RuntimeError("killed")

    with monkeypatch.context() as broken:
        broken.setattr(LostOrder, "save", die)
        time.work()
    assert not letters()
    assert LostOrder.objects.get().written_at is None
    time.work()
    time.work()
    assert len(letters()) == 1


def test_some_at_a_time(time: Time, old: Rail, new: Rail) -> None:
    from handpress.donations.actions.lost_orders import ask_to_change

    for number in range(5):
        order(old, f"reader{number}")
    lose(old, new)
    time.pass_by(hours=2)
    assert [ask_to_change(time.now, most=2) for _ in range(4)] == [2, 2, 1, 0]
    assert len({each.to for each in letters()}) == 5


# --- who is not written to ------------------------------------------------------------------------


def test_nobody_is_written_to_who_ended_it_is_erased_or_not_to_be_mailed(
    time: Time, old: Rail, new: Rail
) -> None:
    ended = plan_order(old, "ended")
    pledge_for(ended, "2026-01")
    later = plan_order(old, "later")
    pledge_for(later, "2026-01")
    erased = order(old, "erased").donor
    gone = order(old, "gone").donor
    order(old, "complained")
    order(old, "")
    cancel_plan(ended, time.now)
    assert erased
    assert gone
    actions.erase_donor(erased)
    lose(old, new)
    cancel_plan(later, time.now)
    actions.erase_donor(gone)
    suppress("complained@reader.example", SuppressionReason.COMPLAINED)
    time.days(25)
    assert not letters()


def test_one_that_stopped_long_ago_is_left_alone(time: Time, old: Rail, new: Rail) -> None:
    order(old, "long")
    time.pass_by(days=150)
    order(old, "now")
    lose(old, new)
    time.days(1)
    assert [each.to for each in letters()] == ["now@reader.example"]


def test_without_another_account_no_letter_goes_out_until_there_is_one(
    time: Time, old: Rail
) -> None:
    order(old)
    lose(old)
    time.days(3)
    assert not letters()
    giving.rail("link", of=giving.sponsor("Next"))
    time.days(1)
    assert not letters()
    giving.rail("bank", of=Sponsor.objects.get(legal_name="Next"), account_ref=giving.OTHER_IBAN)
    time.days(1)
    (letter,) = letters()
    assert "DE89" in Page(link_in(letter)).said


# --- again, until a gift comes -------------------------------------------------------------------


def test_reminders_follow_until_a_gift_comes_to_the_new_account(
    time: Time, old: Rail, new: Rail
) -> None:
    moved, silent = order(old, "moved"), order(old, "silent")
    lose(old, new)
    time.days(1)
    assert len(letters()) == 2
    # What still comes to the old account changes nothing.
    came(old, moved)
    time.days(7)
    assert [len(letters(name)) for name in ("moved", "silent")] == [2, 2]
    assert "no gift has come to the new account yet" in letters("moved")[1].text
    came(new, moved)
    time.days(40)
    assert [len(letters(name)) for name in ("moved", "silent")] == [2, 3]
    page = Page(link_in(letters("moved")[0]))
    assert "It has come. Thank you!" in page.said
    assert "DE89" in page.said
    assert "closed to us" not in page.said
    steps = order_funnel(time.now)
    assert (steps.lost, steps.written, steps.by_post, steps.came) == (2, 2, 0, 1)
    assert silent.donor


def test_a_gift_that_was_booked_by_mistake_does_not_count(time: Time, old: Rail, new: Rail) -> None:
    pledge = order(old)
    lose(old, new)
    time.days(1)
    actions.undo(came(new, pledge), on=time.now.date())
    time.days(8)
    assert len(letters()) == 2
    assert order_funnel(time.now).came == 0


def test_who_was_not_written_to_for_weeks_gets_one_letter(time: Time, old: Rail, new: Rail) -> None:
    order(old)
    lose(old, new)
    time.days(1)
    time.pass_by(days=23)
    time.work()
    time.days(20)
    assert [each.text.count("We wrote to you before") for each in letters()] == [0, 1]


def test_who_says_that_it_is_changed_is_asked_no_more(time: Time, old: Rail, new: Rail) -> None:
    order(old)
    lose(old, new)
    time.days(1)
    page = Page(link_in(letters()[0]))
    assert LostOrder.objects.get().answer == ""
    page = page.press("changed")
    assert "You said that it is changed" in page.said
    assert "DE89" in page.said
    assert "I have changed it" not in page.said
    time.days(25)
    assert len(letters()) == 1
    assert order_funnel(time.now).changed == 1


def test_who_says_that_it_is_ended_is_asked_no_more(time: Time, old: Rail, new: Rail) -> None:
    plan = plan_order(old, "ana")
    lose(old, new)
    time.days(1)
    page = Page(link_in(letters()[0])).press("ended")
    assert "Thank you for what you gave" in page.said
    assert "DE89" not in page.said
    plan.refresh_from_db()
    assert plan.state == PlanState.CANCELLED
    time.days(25)
    assert len(letters()) == 1
    assert order_funnel(time.now).ended == 1


def test_nobody_can_answer_what_was_not_asked(time: Time, old: Rail) -> None:
    from handpress.donations.letters import gift_link

    pledge = order(old)
    link = f"/-/gift/{gift_link(pledge, time.now)}"
    assert Client().post(link, {"do": "changed"}).status_code == 303
    assert not LostOrder.objects.exists()


def test_an_address_that_came_back_is_written_to_by_post(time: Time, old: Rail, new: Rail) -> None:
    order(old)
    lose(old, new)
    time.days(1)
    suppress("ana@reader.example", SuppressionReason.COMPLAINED)
    time.days(25)
    assert len(letters()) == 1
    row = LostOrder.objects.get()
    assert row.by_post
    assert row.written_at is not None


# --- taken back, and lost again -------------------------------------------------------------------


def test_taken_back_within_the_hour_nobody_hears_of_it(time: Time, old: Rail, new: Rail) -> None:
    pledge = order(old)
    lose(old, new)
    time.pass_by(minutes=50)
    time.work()
    assert actions.resume_sponsor(old.sponsor, time.now)
    assert not LostOrder.objects.exists()
    time.days(10)
    assert not letters()
    lose(old, new)
    time.days(1)
    assert len(letters()) == 1
    assert LostOrder.objects.get().donor == pledge.donor


def test_offered_again_after_the_letter_no_other_follows(time: Time, old: Rail, new: Rail) -> None:
    order(old)
    lose(old, new)
    time.days(1)
    assert actions.resume_sponsor(old.sponsor, time.now)
    time.days(25)
    (letter,) = letters()
    assert "GB82" in Page(link_in(letter)).said
    assert "closed to us" not in Page(link_in(letter)).said


def test_who_has_changed_is_asked_anew_when_that_account_is_lost_too(
    time: Time, old: Rail, new: Rail
) -> None:
    pledge, slow = order(old), order(old, "slow")
    lose(old, new)
    time.days(1)
    came(new, pledge)
    third = giving.rail(
        "bank", of=giving.sponsor("Third"), account_ref="FR1420041010050500013M02606"
    )
    new.sponsor.refresh_from_db()
    lose(new, third)
    time.days(1)
    assert [len(letters(name)) for name in ("ana", "slow")] == [2, 1]
    for letter in letters():
        page = Page(link_in(letter))
        assert "FR14 2004 1010 0505 0001 3M02 606" in page.said
        assert "DE89" not in page.said
    came(third, pledge)
    time.days(25)
    assert [len(letters(name)) for name in ("ana", "slow")] == [2, 3]
    assert slow.donor
    assert order_funnel(time.now).came == 2
