"""Direct debits: each period is in one file ever, the file comes out the same, money is booked."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import date, timedelta
from threading import Thread
from uuid import uuid4

import pytest
from django.db import connection

from factories import giving
from factories.debits import DETAILS, NOW, ON, OTHER, THEIRS, debit_rail, enter, texts
from handpress.donations import actions
from handpress.donations.actions import debits_kept
from handpress.donations.actions.debits import (
    NoFile,
    collecting_day,
    make_again,
    make_debit_file,
)
from handpress.donations.actions.mandates import NoMandate, first_due
from handpress.donations.models import (
    Attempt,
    Donor,
    Mandate,
    Plan,
    PlanState,
    Pledge,
    Rail,
    RailState,
    Sponsor,
)
from handpress.donations.queries.donors import all_about
from handpress.press.site import site_facts

pytestmark = pytest.mark.usefixtures("own_folder")


@pytest.fixture
def rail(db: None) -> Rail:
    return debit_rail()


def test_a_mandate_is_entered_once_and_nothing_of_it_in_clear(rail: Rail) -> None:
    nonce = uuid4()
    plan, again = enter(rail, nonce=nonce), enter(rail, nonce=nonce)

    assert plan == again
    assert (plan.state, plan.next_due, plan.anchor_day) == (PlanState.ACTIVE, ON, 15)
    assert plan.mandates.get().remote_id == "M-1"
    assert all_about(plan.donor)["iban"] == THEIRS
    with connection.cursor() as cursor:
        for table in connection.introspection.table_names(cursor):
            cursor.execute(f'SELECT * FROM "{table}"')
            assert THEIRS not in str(cursor.fetchall()), table


def test_a_mandate_gets_a_reference_of_its_own(rail: Rail) -> None:
    first, second = (enter(rail, n, mandate_id="").mandates.get() for n in (1, 2))
    assert first.remote_id != second.remote_id
    assert 0 < len(first.remote_id) <= 35


def test_a_reference_stands_for_one_mandate(rail: Rail) -> None:
    enter(rail)
    with pytest.raises(NoMandate) as caught:
        enter(rail, 2, mandate_id="M-1")
    assert caught.value.field == "mandate_id"
    assert (Plan.objects.count(), Donor.objects.count()) == (1, 1)


def test_one_donor_does_not_change_accounts_under_a_mandate(rail: Rail) -> None:
    same = {"email": "zuleika@canary.example"}
    first = enter(rail, facts=same)
    second = enter(rail, 2, facts=same)
    assert first.donor == second.donor
    with pytest.raises(NoMandate) as caught:
        enter(rail, 3, facts={**same, "iban": OTHER})
    assert caught.value.field == "iban"
    assert OTHER not in str(caught.value)
    assert actions.facts_of(first.donor)["iban"] == THEIRS
    Mandate.objects.update(state="ended", ended_at=NOW)
    enter(rail, 3, facts={**same, "iban": OTHER})


def test_the_first_gift_leaves_the_donor_notice() -> None:
    assert first_due(date(2026, 12, 11), 15) == date(2026, 12, 15)
    assert first_due(date(2026, 12, 16), 15) == date(2027, 1, 15)
    assert first_due(date(2027, 2, 2), 31) == date(2027, 2, 28)


def test_a_file_holds_what_is_due_and_each_period_once(rail: Rail) -> None:
    due = [enter(rail, number) for number in (1, 2)]
    later = enter(rail, 3, day=16)

    made, sheet = make_debit_file(rail, now=NOW, on=ON)

    assert (sheet.count, sheet.first, sheet.total_minor) == (2, 2, 2003)
    assert (sheet.message, sheet.is_again, sheet.refused) == (f"HP{rail.pk}-20261215-1", False, [])
    pledges = {each.plan: each for each in Pledge.objects.all()}
    assert set(pledges) == set(due)
    assert {each.period for each in pledges.values()} == {"2026-12"}
    assert sorted(texts(made, "EndToEndId")) == sorted(p.reference for p in pledges.values())
    assert texts(made, "DtOfSgntr") == ["2026-11-02"] * 2
    assert texts(made, "SeqTp") == ["FRST"]
    for plan in due:
        plan.refresh_from_db()
        assert plan.next_due == date(2027, 1, 15)
    later.refresh_from_db()
    assert later.next_due == date(2026, 12, 16)


def test_the_same_day_again_is_the_same_file(rail: Rail) -> None:
    enter(rail)
    first, sheet = make_debit_file(rail, now=NOW, on=ON)

    again, repeated = make_debit_file(rail, now=NOW + timedelta(hours=5), on=ON)
    by_name, _ = make_again(rail, sheet.message)

    assert first == again == by_name
    assert (repeated.message, repeated.is_again) == (sheet.message, True)
    assert (Pledge.objects.count(), Attempt.objects.count()) == (1, 1)


def test_what_came_since_is_in_a_file_of_its_own(rail: Rail) -> None:
    enter(rail, 1)
    first, one = make_debit_file(rail, now=NOW, on=ON)
    enter(rail, 2)

    second, two = make_debit_file(rail, now=NOW, on=ON)

    assert (two.message, two.count, two.others) == (f"HP{rail.pk}-20261215-2", 1, [one.message])
    assert not set(texts(first, "EndToEndId")) & set(texts(second, "EndToEndId"))
    assert make_again(rail, one.message)[0] == first


def test_the_next_month_follows_on_the_first(rail: Rail) -> None:
    enter(rail)
    make_debit_file(rail, now=NOW, on=ON)

    made, sheet = make_debit_file(rail, now=NOW + timedelta(days=30), on=date(2027, 1, 15))

    assert texts(made, "SeqTp") == ["RCUR"]
    assert (sheet.count, sheet.first) == (1, 0)
    assert list(Pledge.objects.order_by("pk").values_list("period", flat=True)) == [
        "2026-12",
        "2027-01",
    ]


def test_nobody_is_collected_from_twice_within_a_week(rail: Rail) -> None:
    plan = enter(rail)
    make_debit_file(rail, now=NOW, on=ON)
    Plan.objects.filter(pk=plan.pk).update(next_due=date(2026, 12, 17), anchor_day=17)

    made, sheet = make_debit_file(rail, now=NOW, on=date(2026, 12, 18))

    assert (made, sheet.waiting, sheet.message) == (b"", 1, "")
    assert Pledge.objects.count() == 1


def test_a_trial_changes_nothing(rail: Rail) -> None:
    plan = enter(rail)
    made, sheet = make_debit_file(rail, now=NOW, on=ON, dry_run=True)
    assert made
    assert sheet.count == 1
    plan.refresh_from_db()
    assert plan.next_due == ON
    assert not Pledge.objects.exists()
    assert not Attempt.objects.exists()


def test_nothing_due_is_no_file(rail: Rail) -> None:
    made, sheet = make_debit_file(rail, now=NOW)
    assert (made, sheet.message, sheet.count) == (b"", "", 0)
    assert sheet.collect_on == date(2026, 12, 11)


def test_what_cannot_be_collected_is_left_out_and_stays_due(rail: Rail) -> None:
    enter(rail, 1)
    broken = enter(rail, 2)
    actions.keep_donor({"email": "zuleika2@canary.example", "iban": THEIRS[:-1] + "7"})
    erased = enter(rail, 3)
    actions.erase_donor(erased.donor)
    # As a backup restores it that was made in between.
    Plan.objects.filter(pk=erased.pk).update(state=erased.state, ended_at=None)
    erased.mandates.update(state="active", ended_at=None)
    without = enter(rail, 4)
    without.mandates.update(state="ended", ended_at=NOW)
    lapsed = enter(rail, 5)
    lapsed.mandates.update(agreed_at=NOW - timedelta(days=1200))

    made, sheet = make_debit_file(rail, now=NOW, on=ON)

    assert sheet.count == len(texts(made, "EndToEndId")) == 1
    found = {each["place"]: each["why"] for each in sheet.refused}
    assert found == {
        "mandate M-2": "the check digits of the IBAN do not fit",
        "mandate M-3": "the donor was erased",
        f"plan {without.pk}": "there is no mandate for it",
        "mandate M-5": "the mandate has lapsed: nothing came for three years",
    }
    assert THEIRS[:-1] not in json.dumps(sheet.as_json(), default=str)
    assert Pledge.objects.count() == 1
    for plan in (broken, erased, without, lapsed):
        plan.refresh_from_db()
        assert plan.next_due == ON


def test_what_was_paid_another_way_is_not_collected(rail: Rail) -> None:
    plan = enter(rail)
    bank = giving.rail("bank", account_ref=giving.IBAN)
    pledge, _ = actions.pledges.write_pledge(
        rail=bank,
        amount=1001,
        currency="EUR",
        nonce=uuid4(),
        campaign=None,
        donor=plan.donor,
        plan=plan,
        period="2026-12",
    )
    giving.gift(bank, 1001, pledge=pledge)

    made, sheet = make_debit_file(rail, now=NOW, on=ON)

    assert (made, sheet.paid) == (b"", 1)
    plan.refresh_from_db()
    assert plan.next_due == date(2027, 1, 15)


@pytest.mark.parametrize("state", [PlanState.PAUSED, PlanState.CANCELLED, PlanState.PAST_DUE])
def test_only_plans_that_give_are_collected(rail: Rail, state: PlanState) -> None:
    Plan.objects.filter(pk=enter(rail).pk).update(state=state, ended_at=NOW)
    assert make_debit_file(rail, now=NOW, on=ON)[0] == b""


@pytest.mark.parametrize(
    ("on", "words"),
    [
        (date(2026, 12, 10), "first day that can be is 2026-12-11"),
        (date(2026, 11, 1), "first day that can be"),
        (date(2026, 12, 12), "Banks do not work on 2026-12-12. The next day is 2026-12-14"),
        (date(2026, 12, 25), "The next day is 2026-12-28"),
        (date(2027, 11, 26), "too far ahead"),
    ],
)
def test_a_day_that_cannot_be_is_refused(on: date, words: str) -> None:
    rail = Rail(details=DETAILS)
    with pytest.raises(NoFile, match=words):
        collecting_day(rail, date(2026, 11, 27), on)


def test_the_notice_is_the_rails(rail: Rail) -> None:
    rail.details = {**DETAILS, "days_before": 1}
    assert collecting_day(rail, date(2026, 11, 27), None) == date(2026, 11, 30)


def test_by_what_is_not_offered_nothing_is_collected(rail: Rail) -> None:
    enter(rail)
    Rail.objects.update(state=RailState.PAUSED)
    with pytest.raises(NoFile, match="not offered"):
        make_debit_file(rail, now=NOW, on=ON)
    with pytest.raises(NoFile, match="collects nothing"):
        make_debit_file(giving.rail("cheque"), now=NOW, on=ON)
    with pytest.raises(NoFile, match="no file"):
        make_again(rail, "HP1-20261215-1")


def test_a_file_is_the_same_whatever_was_changed_since(
    rail: Rail, monkeypatch: pytest.MonkeyPatch
) -> None:
    plan = enter(rail)
    rail.details = {**DETAILS, "bic": "MARKDEF1100"}
    rail.save()
    first, sheet = make_debit_file(rail, now=NOW, on=ON)

    site = replace(site_facts(), name="The Renamed")
    monkeypatch.setattr(debits_kept, "site_facts", lambda: site)
    Sponsor.objects.update(legal_name="Another Name of the Fund")
    Rail.objects.update(details={**DETAILS, "bic": "COBADEFFXXX"})
    facts = {"email": "zuleika1@canary.example", "name": "Zuleika Married", "iban": OTHER}
    actions.keep_donor({**facts, "account_name": "Somebody Else"})
    Plan.objects.filter(pk=plan.pk).update(amount_minor=9999)
    rail = Rail.objects.get()

    assert make_again(rail, sheet.message)[0] == first
    assert make_debit_file(rail, now=NOW, on=ON)[0] == first
    # The next one says what is true then.
    later, _ = make_debit_file(rail, now=NOW + timedelta(days=30), on=date(2027, 1, 15))
    assert texts(later, "InitgPty/p:Nm") == ["Another Name of the Fund"]
    assert texts(later, "DbtrAcct/p:Id/p:IBAN") == [OTHER]
    assert b"The Renamed" in later


def test_nobodys_account_stands_in_clear_beside_a_debit(rail: Rail) -> None:
    enter(rail)
    make_debit_file(rail, now=NOW, on=ON)
    kept = json.dumps(Attempt.objects.get().asked)
    assert THEIRS not in kept
    assert "Zuleika" not in kept


def test_who_was_erased_since_is_left_out_and_the_others_stay(rail: Rail) -> None:
    gone, _ = enter(rail, 1), enter(rail, 2)
    whole, sheet = make_debit_file(rail, now=NOW, on=ON)
    actions.erase_donor(gone.donor)

    made, again = make_again(rail, sheet.message)

    assert b"Canary 1" in whole
    assert b"Canary 1" not in made
    assert b"Canary 2" in made
    assert (again.count, again.total_minor) == (1, 1002)
    assert again.refused == [{"place": "mandate M-1", "why": "the donor was erased"}]
    # The same name at the bank, so that it refuses this one if it has the first.
    assert texts(made, "MsgId") == texts(whole, "MsgId")
    assert texts(made, "NbOfTxs")[0] == "1"
    assert made == make_again(rail, sheet.message)[0]


def test_a_file_of_nobody_is_none(rail: Rail) -> None:
    plan = enter(rail)
    _, sheet = make_debit_file(rail, now=NOW, on=ON)
    actions.erase_donor(plan.donor)
    with pytest.raises(NoFile, match="all of its donors were erased"):
        make_again(rail, sheet.message)


def test_a_debit_that_was_written_down_before_names_were_kept_is_made_of_what_is_known(
    rail: Rail,
) -> None:
    enter(rail)
    first, sheet = make_debit_file(rail, now=NOW, on=ON)
    attempt = Attempt.objects.get()
    for name in ("creditor", "outlet", "payer"):
        del attempt.asked[name]
    attempt.save()
    assert make_again(rail, sheet.message)[0] == first


@pytest.mark.django_db(transaction=True)
@pytest.mark.usefixtures("committed")
def test_two_at_once_collect_once() -> None:
    rail = debit_rail()
    for number in range(1, 6):
        enter(rail, number)
    files: list[bytes] = []

    def make() -> None:
        try:
            files.append(make_debit_file(rail, now=NOW, on=ON)[0])
        finally:
            connection.close()

    threads = [Thread(target=make) for _ in range(3)]
    for each in threads:
        each.start()
    for each in threads:
        each.join()

    assert len(files) == 3
    assert len(set(files)) == 1
    assert len(texts(files[0], "EndToEndId")) == Pledge.objects.count() == 5
