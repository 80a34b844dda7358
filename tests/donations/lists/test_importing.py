"""Lists into the database: once, whole, exact in advance, and nobody charged on a guess."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from factories import giving
from handpress.donations import actions, sealing
from handpress.donations.actions import import_sheets
from handpress.donations.actions.importing import Wishes, import_list, known_columns
from handpress.donations.lists import Choices, NotAList, open_list
from handpress.donations.models import (
    Donor,
    Mandate,
    Movement,
    Plan,
    PlanState,
    Pledge,
    Rail,
    RemoteName,
)
from handpress.donations.queries.books import income, trial_balance, walk
from handpress.donations.queries.donors import all_about, find_donor
from handpress.lib import clock

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("own_folder")]
NOW = datetime(2026, 11, 27, 9, 0, tzinfo=UTC)
TODAY = NOW.date()


@pytest.fixture(autouse=True)
def a_day(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clock, "now", lambda: NOW)


@pytest.fixture
def stripe(db: None) -> Rail:
    return giving.rail("stripe", account_ref="acct_1", name="Cards")


@pytest.fixture
def past(db: None) -> Rail:
    return giving.rail("link", account_ref="https://before.example/", name="Before")


def bring(data: bytes, *, is_dry: bool = False, **wishes: Any) -> import_sheets.Sheet:
    choices = {name: wishes.pop(name) for name in list(wishes) if name in Choices.__slots__}
    sheet = import_list(open_list(data, Choices(**choices)), Wishes(**wishes), is_dry=is_dry)
    for count in (sheet.donors, sheet.plans, sheet.gifts):
        assert count.is_even
    return sheet


def counts(sheet: import_sheets.Sheet) -> tuple[tuple[int, ...], ...]:
    """Found, imported, updated, unchanged, refused: of donors, plans, gifts."""
    parts = (sheet.donors, sheet.plans, sheet.gifts)
    return tuple(
        (each.found, each.imported, each.updated, each.unchanged, each.refused) for each in parts
    )


def subscriptions(*rows: str) -> bytes:
    header = (
        "id,Customer ID,Customer Email,Customer Name,Quantity,Currency,Interval,Amount,Status,"
        "Start (UTC),Current Period End (UTC),Default Payment Method"
    )
    return "\n".join([header, *rows]).encode()


def row(number: int, *, status: str = "active", card: str = "", **values: str) -> str:
    told = {
        "mail": f"d{number}@example.org",
        "interval": "month",
        "amount": "5.00",
        "since": "2024-01-05 10:00",
        "end": "2026-12-05 10:00",
        **values,
    }
    return (
        f"sub_{number},cus_{number},{told['mail']},Donor {number},1,eur,{told['interval']},"
        f"{told['amount']},{status},{told['since']},{told['end']},{card}"
    )


def gifts(*rows: str) -> bytes:
    return "\n".join(["id,Date,Email,Name,Amount,Currency,Fee,Refunded", *rows]).encode()


# Plans ------------------------------------------------------------------------------------


def test_what_the_rail_can_take_waits_until_the_subscriptions_are_ended(stripe: Rail) -> None:
    data = subscriptions(row(1, card="pm_1"), row(2), row(3, status="canceled", card="pm_3"))
    sheet = bring(data, rail=stripe)
    assert counts(sheet)[1] == (3, 3, 0, 0, 0)
    assert sheet.plans_are == {"paused": 1, "needs_reconsent": 1, "cancelled": 1}
    one, two, three = Plan.objects.order_by("source_id")
    assert (one.source, one.source_id, one.amount_minor, one.currency) == (
        "stripe",
        "sub_1",
        500,
        "EUR",
    )
    assert (one.next_due, one.anchor_day, one.began_at) == (date(2026, 12, 5), 5, None)
    assert one.created_at.date() == date(2024, 1, 5)
    assert (two.state, two.reconsent_at, two.wave) == (PlanState.NEEDS_RECONSENT, None, 0)
    assert three.ended_at
    mandate = Mandate.objects.get()
    assert (mandate.plan, mandate.remote_id, mandate.rail) == (one, "cus_1/pm_1", stripe)
    names = set(RemoteName.objects.values_list("kind", "remote_id", "plan"))
    assert ("subscription", "sub_3", three.pk) in names, "late events find an ended one too"
    assert ("customer", "cus_1", one.pk) in names
    assert len(names) == 6

    assert counts(bring(data, rail=stripe))[1] == (3, 0, 0, 3, 0)
    sheet = bring(data, rail=stripe, is_ended=True)
    assert counts(sheet)[1] == (3, 0, 1, 2, 0)
    one.refresh_from_db()
    assert (one.state, one.began_at) == (PlanState.ACTIVE, NOW)
    assert Plan.objects.filter(state=PlanState.NEEDS_RECONSENT).count() == 1
    # From here on it is ours: an older list does not take it back, nor end it.
    gone = subscriptions(row(1, status="canceled", card="pm_1"))
    assert counts(bring(gone, rail=stripe))[1] == (1, 0, 0, 1, 0)
    one.refresh_from_db()
    assert one.state == PlanState.ACTIVE


def test_ended_there_they_are_active_at_once(stripe: Rail) -> None:
    rows = [
        row(1, card="pm_1"),
        row(2, card="pm_2", status="past_due"),
        row(3, card="pm_3", status="paused"),
        row(4, status="paused"),
    ]
    sheet = bring(subscriptions(*rows), rail=stripe, is_ended=True)
    assert sheet.plans_are == {"active": 1, "past_due": 1, "paused": 2}


def test_a_customers_list_brings_the_cards(stripe: Rail) -> None:
    plans = subscriptions(row(1), row(2), row(3, status="paused"))
    bring(plans, rail=stripe, is_ended=True)
    header = "id,Email,Name,Delinquent,Card ID"
    customers = (
        f"{header}\ncus_1,d1@example.org,Donor 1,false,card_1\ncus_9,n@example.org,N,,card_9"
    )
    sheet = bring(customers.encode(), rail=stripe)
    assert counts(sheet) == ((2, 1, 0, 1, 0), (1, 0, 1, 0, 0), (0, 0, 0, 0, 0))
    one = Plan.objects.get(source_id="sub_1")
    # How it stood there is not in this list: it waits for the other one.
    assert (one.state, one.mandates.get().remote_id) == (PlanState.PAUSED, "cus_1/card_1")
    assert counts(bring(customers.encode(), rail=stripe))[1] == (0, 0, 0, 0, 0)
    bring(plans, rail=stripe, is_ended=True)
    states = dict(Plan.objects.values_list("source_id", "state"))
    assert states == {"sub_1": "active", "sub_2": "needs_reconsent", "sub_3": "paused"}


@pytest.mark.parametrize("kind", ["paypal", "bank", "btcpay"])
def test_another_way_cannot_go_on_with_them(kind: str) -> None:
    values: dict[str, Any] = {} if kind == "bank" else {"account_ref": "x1"}
    rail = giving.rail(kind, name="Other", **values)
    sheet = bring(subscriptions(row(1, card="pm_1")), rail=rail, is_ended=True)
    assert sheet.plans_are == {"needs_reconsent": 1}
    assert not Mandate.objects.exists()
    assert not RemoteName.objects.exists(), "Stripe’s names mean nothing there"


@pytest.mark.parametrize(
    ("kind", "company", "customer", "method", "name"),
    [
        ("gocardless", "GoCardless", "CU1", "MD0001ABC", "MD0001ABC"),
        ("mollie", "mollie", "cst_abcd", "mdt_abcd", "cst_abcd/mdt_abcd"),
        ("mollie", "mollie", "cst_abcd", "pm_abcd", ""),
        ("mollie", "stripe", "cst_abcd", "mdt_abcd", ""),
    ],
)
def test_mandates_of_other_companies(
    kind: str, company: str, customer: str, method: str, name: str
) -> None:
    rail = giving.rail(kind, account_ref="a1")
    header = "email,amount,currency,interval,id,next,company,subscription,customer,mandate"
    data = (
        f"{header}\nann@example.org,5.00,EUR,monthly,7,2026-12-03,{company},SB1,{customer},{method}"
    )
    sheet = bring(data.encode(), rail=rail, is_ended=True, holds="plans")
    assert sheet.plans_are == {"active" if name else "needs_reconsent": 1}
    assert [each.remote_id for each in Mandate.objects.all()] == ([name] if name else [])


def test_a_list_of_standing_orders_goes_on_by_itself() -> None:
    bank = giving.rail("bank")
    data = b"email,amount,currency,interval,id,since\nann@example.org,5.00,EUR,monthly,7,2024-01-31"
    sheet = bring(data, rail=bank, holds="plans")
    assert sheet.plans_are == {"active": 1}
    plan = Plan.objects.get()
    assert (plan.collecting, plan.next_due, plan.anchor_day) == (
        "standing_order",
        date(2026, 11, 30),
        31,
    )


def test_two_plans_of_a_card_cannot_both_have_it(stripe: Rail) -> None:
    data = subscriptions(row(1, card="pm_1"), row(2, card="pm_1").replace("cus_2", "cus_1"))
    sheet = bring(data, rail=stripe)
    assert sheet.plans_are == {"paused": 1, "needs_reconsent": 1}
    assert RemoteName.objects.filter(kind="customer").count() == 1


@pytest.mark.parametrize(
    ("since", "end", "due", "anchor"),
    [
        ("2024-01-05 10:00", "2026-12-05 10:00", date(2026, 12, 5), 5),
        # The list is old: the company has gone on since, so the next day is one to come.
        ("2024-01-05 10:00", "2026-09-05 10:00", date(2026, 12, 5), 5),
        ("2024-01-30 10:00", "2026-09-30 10:00", date(2026, 11, 30), 30),
        # The last day of a shorter month goes back to the day that it began on.
        ("2024-01-31 10:00", "2026-11-30 10:00", date(2026, 11, 30), 31),
        ("2024-01-30 10:00", "2026-11-30 10:00", date(2026, 11, 30), 30),
        # Today's gift may be on its way there.
        ("2024-01-27 10:00", "2026-11-27 10:00", date(2026, 12, 27), 27),
        ("2024-01-05 10:00", "", date(2026, 12, 5), 5),
    ],
)
def test_when_the_next_one_is_due(
    stripe: Rail, since: str, end: str, due: date, anchor: int
) -> None:
    bring(subscriptions(row(1, since=since, end=end)), rail=stripe)
    plan = Plan.objects.get()
    assert (plan.next_due, plan.anchor_day) == (due, anchor)


def test_what_cannot_be_taken_over_is_said_line_by_line(stripe: Rail) -> None:
    stripe.currency = "EUR"
    stripe.save()
    rows = [
        row(1, interval="year"),
        row(2, mail=""),
        row(3, mail="nobody at home"),
        row(4, since="", end=""),
        row(5).replace(",eur,", ",usd,"),
        row(6),
        row(6, amount="7.00"),
        row(7),
        row(7),
    ]
    sheet = bring(subscriptions(*rows), rail=stripe)
    assert counts(sheet)[:2] == ((9, 5, 0, 2, 2), (9, 2, 0, 1, 6))
    whys = {(each["line"], each["what"]): each["why"] for each in sheet.refusals}
    assert whys[2, "plan"] == "is every year, not every month"
    assert whys[3, "donor"] == "has no address"
    assert whys[3, "plan"] == whys[4, "plan"] == "its donor is not kept here, or has no address"
    assert "no e-mail address that mail could reach" in whys[4, "donor"]
    assert "neither its next day" in whys[5, "plan"]
    assert "takes EUR alone" in whys[6, "plan"]
    assert whys[8, "plan"] == "stands in the list twice, and not the same"
    assert "@" not in repr(sheet.refusals)


def test_the_same_number_of_another_system_is_not_the_same_plan() -> None:
    rail = giving.rail("stripe", account_ref="a")
    header = "email,amount,currency,interval,id,next"
    first = f"{header}\nann@example.org,5.00,EUR,monthly,7,2026-12-03".encode()
    other = f"{header}\nbob@example.org,9.00,EUR,monthly,7,2026-12-03".encode()
    bring(first, rail=rail, holds="plans")
    sheet = bring(other, rail=rail, holds="plans")
    assert "somebody else’s" in sheet.refusals[0]["why"]
    assert counts(bring(other, rail=rail, holds="plans", origin="Old site"))[1][1] == 1
    assert set(Plan.objects.values_list("source", "source_id")) == {("csv", "7"), ("old-site", "7")}


def test_an_untouched_plan_follows_its_list_and_no_other(stripe: Rail) -> None:
    bring(subscriptions(row(1, card="pm_1"), row(2)), rail=stripe)
    sheet = bring(
        subscriptions(row(1, card="pm_1", status="canceled"), row(2, amount="8.00")), rail=stripe
    )
    assert counts(sheet)[1] == (2, 0, 2, 0, 0)
    one, two = Plan.objects.order_by("source_id")
    assert (one.state, one.mandates.get().state) == (PlanState.CANCELLED, "ended")
    assert two.amount_minor == 800
    Plan.objects.filter(pk=two.pk).update(reconsent_at=NOW, wave=1)
    assert counts(bring(subscriptions(row(2, amount="9.00")), rail=stripe))[1] == (1, 0, 0, 1, 0)


# Donors -----------------------------------------------------------------------------------


def test_a_donor_is_one_whatever_lists_name_them_and_what_is_known_stays() -> None:
    actions.keep_donor({"email": "Ann@Example.org", "name": "Ann Here"}, language="ko")
    header = "Contact ID,Display Name,Email,Street Address,Preferred Language"
    data = (
        f"{header}\n1,Ann There,ann@example.org,1 Quay,en\n2,Ann Again,ANN@example.org,2 Quay,\n"
        "3,Bob,bob@example.org,,"
    ).encode()
    assert counts(bring(data))[0] == (3, 1, 1, 1, 0)
    ann = find_donor("ann@example.org")
    assert ann
    facts = actions.facts_of(ann)
    assert (facts["name"], facts["address"], ann.language) == ("Ann Here", "1 Quay", "ko")
    assert counts(bring(data))[0] == (3, 0, 0, 3, 0)
    assert Donor.objects.count() == 2


def test_who_was_erased_stays_so_where_that_can_be_known(stripe: Rail, past: Rail) -> None:
    plans, given = subscriptions(row(1), row(2)), gifts("g1,2026-01-05,ann@example.org,Ann,5,EUR,,")
    bring(plans, rail=stripe)
    bring(given, history=past)
    for donor in Donor.objects.all():
        actions.erase_donor(donor)
    sheet = bring(plans, rail=stripe)
    assert counts(sheet)[:2] == ((2, 0, 0, 0, 2), (2, 0, 0, 0, 2))
    assert sheet.refusals[0]["why"] == "was erased here"
    assert counts(bring(given, history=past)) == (
        (1, 0, 0, 0, 1),
        (0, 0, 0, 0, 0),
        (1, 0, 0, 1, 0),
    )
    customers = b"id,Email,Name,Delinquent\ncus_1,d1@example.org,Donor 1,false"
    assert counts(bring(customers, rail=stripe))[0] == (1, 0, 0, 0, 1)
    assert not Donor.objects.filter(erased_at__isnull=True).exists()
    # Of a bare list of addresses it cannot be known; the guide says so.
    assert counts(bring(customers))[0] == (1, 1, 0, 0, 0)


def test_without_the_key_nothing_is_changed(own_folder: Any) -> None:
    actions.keep_donor({"email": "ann@example.org"})
    sealing.key_file().unlink()
    with pytest.raises(sealing.KeysUnusable):
        bring(b"Contact ID,Email\n1,bob@example.org")
    assert Donor.objects.count() == 1


# Gifts ------------------------------------------------------------------------------------


def test_past_gifts_are_booked_only_when_asked_for_with_their_donors(past: Rail) -> None:
    data = gifts(
        "g1,2025-03-01,ann@example.org,Ann,20.00,EUR,0.50,",
        "g2,2025-04-01,,,10.00,EUR,,4.00",
        "g3,2025-04-02,ann@example.org,Ann,7.00,USD,,",
        "g4,2027-01-01,ann@example.org,Ann,7.00,EUR,,",
        "g5,2025-04-02,ann@example.org,Ann,7.00,EUR,7.00,",
    )
    sheet = bring(data)
    assert (sheet.passed_over, counts(sheet)[2]) == (5, (0, 0, 0, 0, 0))
    assert not Movement.objects.exists()
    sheet = bring(data, history=past)
    assert counts(sheet)[2] == (5, 3, 0, 0, 2)
    assert {each["why"] for each in sheet.refusals if each["what"] == "gift"} == {
        "its day is still to come",
        "The fee is as large as the gift. Please check both.",
    }
    assert list(walk()) == []
    (march,) = income(date(2025, 3, 1), date(2025, 3, 31))
    assert (march.gifts, march.fees, march.rail) == (2000, 50, "Before")
    assert {each.minor for each in trial_balance() if each.code.startswith("Income:Refunds")} == {
        400
    }
    one = Movement.objects.get(remote_id="csv-g1")
    assert (one.kind, one.occurred_on, one.fee_minor, one.campaign) == (
        "link_in",
        date(2025, 3, 1),
        50,
        None,
    )
    ann = find_donor("ann@example.org")
    assert ann
    assert [each["amount"] for each in all_about(ann)["movements"]] == ["20.00", "7.00"]
    assert Movement.objects.get(remote_id="csv-g2").pledge is None
    assert counts(bring(data, history=past))[2] == (5, 0, 0, 3, 2)
    assert Pledge.objects.count() == 2


def test_what_went_back_since_is_added_once(past: Rail) -> None:
    bring(gifts("g1,2025-03-01,ann@example.org,Ann,20.00,EUR,,"), history=past)
    for back, fate in (("5.00", 1), ("5.00", 0), ("20.00", 1), ("20.00", 0)):
        data = gifts(f"g1,2025-03-01,ann@example.org,Ann,20.00,EUR,,{back}")
        assert bring(data, history=past).gifts.updated == fate
    steps = Movement.objects.filter(kind="refund").order_by("pk")
    assert list(steps.values_list("amount_minor", flat=True)) == [-500, -1500]
    data = gifts("g1,2025-03-01,ann@example.org,Ann,21.00,EUR,,")
    sheet = bring(data, history=past)
    assert "another sum was booked" in sheet.refusals[0]["why"]
    assert list(walk()) == []


def test_what_went_back_on_a_day_to_come_is_refused(past: Rail) -> None:
    table = (
        "id,date,email,amount,refunded,refunded on\n"
        "1,2024-11-26,ann@example.org,20.50,5.00,2099-01-01\n"
        "2,2024-11-26,ann@example.org,20.50,5.00,2024-12-01\n"
    )
    columns = {"given_back": ["refunded"], "given_back_on": ["refunded on"]}
    opened = open_list(table.encode(), Choices(columns=columns, holds="gifts", currency="EUR"))
    sheet = import_list(opened, Wishes(history=past))
    assert (sheet.gifts.imported, sheet.gifts.refused) == (1, 1)
    assert "still to come" in sheet.refusals[0]["why"]
    assert max(Movement.objects.values_list("occurred_on", flat=True)).year == 2024


def test_history_is_no_companys(stripe: Rail) -> None:
    with pytest.raises(NotAList, match="is a company’s"):
        bring(gifts("g1,2025-03-01,,,20.00,EUR,,"), history=stripe)
    with pytest.raises(NotAList, match="by which way to give"):
        bring(subscriptions(row(1)))
    with pytest.raises(NotAList, match="in 20 signs at most"):
        bring(gifts("g1,2025-03-01,,,20.00,EUR,,"), origin="x" * 21)


# All of it --------------------------------------------------------------------------------


def test_a_dry_run_says_exactly_what_would_be_and_does_nothing(stripe: Rail, past: Rail) -> None:
    rows = [row(1, card="pm_1"), row(2), row(3, interval="week"), row(4, mail="x")]
    given = gifts("g1,2025-03-01,d1@example.org,D,20.00,EUR,,5", "g2,2025-03-01,,,1.00,EUR,,")
    steps: list[tuple[bytes, dict[str, Any]]] = [
        (subscriptions(*rows), {"rail": stripe}),
        (given, {"history": past}),
        (subscriptions(row(1, status="canceled")), {"rail": stripe}),
    ]
    for data, wishes in steps:
        before = [list(model.objects.order_by("pk").values()) for model in _ALL]
        looked = bring(data, is_dry=True, **wishes).as_json()
        assert [list(model.objects.order_by("pk").values()) for model in _ALL] == before
        done = bring(data, **wishes).as_json()
        assert looked.pop("dry_run") is not done.pop("dry_run")
        assert looked == done
        assert any(done[part]["imported"] + done[part]["updated"] for part in ("plans", "gifts"))


_ALL = (Donor, Plan, Mandate, RemoteName, Pledge, Movement)


def test_a_list_that_breaks_off_changes_nothing(
    stripe: Rail, monkeypatch: pytest.MonkeyPatch
) -> None:
    from handpress.donations.actions.import_plans import PlanImport

    def fail(*args: Any) -> None:
        raise RuntimeError("cut")

    monkeypatch.setattr(PlanImport, "_write_new", fail)
    with pytest.raises(RuntimeError):
        bring(subscriptions(row(1)), rail=stripe)
    assert not Donor.objects.exists()


def test_how_a_table_was_read_is_remembered() -> None:
    data = b"Wer;Post\nAnn;ann@example.org"
    opened = open_list(data, Choices(holds="donors", columns={"email": ["Post"], "name": ["Wer"]}))
    assert known_columns(opened) is None
    import_list(opened, Wishes(), is_dry=True)
    assert known_columns(opened) is None
    import_list(opened, Wishes())
    again = open_list(b"Wer;Post\nBob;bob@example.org")
    assert known_columns(again) == ("donors", {"email": ["Post"], "name": ["Wer"]})


def test_long_lists_cost_few_queries_a_line(stripe: Rail, past: Rail) -> None:
    def cost(data: bytes, **wishes: Any) -> int:
        with CaptureQueriesContext(connection) as captured:
            bring(data, **wishes)
        return len(captured)

    plans = [row(number, card=f"pm_{number}") for number in range(400)]
    given = [f"g{n},2025-03-01,d{n}@example.org,D,20.00,EUR,0.50," for n in range(400)]
    assert cost(subscriptions(*plans), rail=stripe) < 120
    assert cost(subscriptions(*plans), rail=stripe) < 120
    assert cost(gifts(*given), history=past) < 120
    assert cost(gifts(*given), history=past) < 120


def test_nothing_of_a_donor_stands_in_clear(stripe: Rail, past: Rail) -> None:
    bring(subscriptions(row(1, mail="canary@example.org")), rail=stripe)
    bring(gifts("g1,2025-03-01,canary@example.org,Canary,20.00,EUR,,"), history=past)
    stored = repr([list(model.objects.values()) for model in _ALL]).lower()
    assert "canary" not in stored
    assert "donor 1" not in stored
