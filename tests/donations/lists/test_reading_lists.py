"""Lists of donors as other systems hand them out: whose they are, and what they say exactly."""

from __future__ import annotations

import csv
import io
from datetime import date
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from donations.lists.reading import one, plan, read, table, why
from handpress.donations.lists import (
    KINDS,
    DonorFound,
    GiftFound,
    NotAList,
    PlanFound,
    Standing,
    open_list,
)
from handpress.donations.lists.columns import find_columns, kind_of
from handpress.donations.lists.words import interval_of, standing_of, worded_day

STRIPE_SUBSCRIPTIONS = (
    "id,Customer ID,Customer Description,Customer Email,Customer Name,Plan,Quantity,Currency,"
    "Interval,Amount,Status,Created (UTC),Start (UTC),Current Period Start (UTC),"
    "Current Period End (UTC),Canceled At (UTC),Cancel At Period End"
)


def subscription(**changes: str) -> bytes:
    values = {
        "id": "sub_1",
        "customer": "cus_1",
        "quantity": "1",
        "currency": "eur",
        "interval": "month",
        "amount": "12.50",
        "status": "active",
        "end": "2026-12-05 18:30",
        "ends": "false",
        **changes,
    }
    row = (
        "{id},{customer},,ann@example.org,Ann Fenwick,price_1,{quantity},{currency},{interval},"
        "{amount},{status},2024-01-05 10:00,2024-01-05 10:00,2026-11-05 18:30,{end},,{ends}"
    )
    return table(STRIPE_SUBSCRIPTIONS, row.format(**values))


def test_stripe_subscriptions_with_days_of_the_newsroom() -> None:
    found = one(subscription())
    assert found.donor == DonorFound(
        name="Ann Fenwick", email="ann@example.org", source_id="cus_1", customer="cus_1"
    )
    assert found.plan == PlanFound(
        source_id="sub_1",
        minor=1250,
        currency="EUR",
        standing=Standing.ACTIVE,
        # Half past six in the evening, UTC, is the next morning in Seoul.
        next_on=date(2026, 12, 6),
        started_on=date(2024, 1, 5),
        company="stripe",
        subscription="sub_1",
        customer="cus_1",
    )
    assert plan(subscription(), zone=ZoneInfo("UTC")).next_on == date(2026, 12, 5)


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"interval": "year"}, "is every year, not every month"),
        ({"interval": "week"}, "is every week, not every month"),
        ({"interval": "3 month"}, "is every 3 months, not every month"),
        ({"interval": "lunar"}, "how often is not understood"),
        ({"quantity": "3"}, "of several at once"),
        ({"amount": "12.5055"}, "cannot be read exactly"),
        ({"amount": "0.00"}, "nothing, below zero"),
        ({"amount": "-5.00"}, "nothing, below zero"),
        ({"amount": "9999999999999"}, "more than any gift"),
        ({"currency": "QQQ"}, "none that is known"),
        ({"currency": ""}, "not said"),
        ({"status": "dreaming"}, "not understood"),
        ({"id": ""}, "missing or too long"),
        ({"end": "2026-13-45 10:00"}, "its next day cannot be read"),
    ],
)
def test_what_is_not_certain_is_refused_and_its_donor_kept(
    changes: dict[str, str], words: str
) -> None:
    found = one(subscription(**changes))
    assert words in why(found)
    assert found.plan is None
    assert found.donor
    assert found.refusals[0].what == "plan"
    # What is said goes into logs and files: no word of the line stands in it.
    for told in ("ann@", "12.5055", "qqq", "dreaming", "lunar"):
        assert told not in why(found).lower()


@pytest.mark.parametrize(
    ("status", "standing"),
    [
        ("trialing", Standing.ACTIVE),
        ("past_due", Standing.PAST_DUE),
        ("unpaid", Standing.PAST_DUE),
        ("paused", Standing.PAUSED),
        ("canceled", Standing.ENDED),
        ("incomplete_expired", Standing.ENDED),
        ("Cancelled", Standing.ENDED),
        ("In Progress", Standing.ACTIVE),
    ],
)
def test_how_a_plan_stood(status: str, standing: Standing) -> None:
    assert plan(subscription(status=status)).standing is standing
    assert standing_of(status) is standing


def test_what_had_not_begun_is_left_out_and_what_ends_has_ended() -> None:
    assert one(subscription(status="incomplete")).left_out == "had not begun"
    assert plan(subscription(ends="true")).standing is Standing.ENDED


STRIPE_PAYMENTS = (
    "id,Description,Created (UTC),Amount,Amount Refunded,Currency,Converted Amount,"
    "Converted Amount Refunded,Fee,Converted Currency,Mode,Status,Customer ID,Customer Email,"
    "Refunded date (UTC)"
)


def test_stripe_payments_are_what_came_to_the_account() -> None:
    rows = read(
        table(
            STRIPE_PAYMENTS,
            "ch_1,,2026-01-31 22:00,20.00,0.00,usd,18.40,0.00,0.85,eur,Live,Paid,cus_1,a@b.org,",
            "ch_2,,2026-02-01 10:00,10.00,4.00,eur,10.00,4.00,0.40,eur,Live,Paid,cus_2,c@d.org,"
            "2026-02-09 10:00",
            "ch_3,,2026-02-01 10:00,10.00,10.00,eur,10.00,10.00,0.40,eur,Live,Refunded,,e@f.org,",
            "ch_4,,2026-02-01 10:00,10.00,0.00,eur,,,,,Live,Failed,,g@h.example,",
            "ch_5,,2026-02-01 10:00,10.00,0.00,eur,10.00,0.00,0.40,eur,Test,Paid,,g@h.example,",
        )
    )
    assert rows[0].gift == GiftFound(
        source_id="ch_1", on=date(2026, 2, 1), minor=1840, currency="EUR", fee=85
    )
    assert rows[1].gift == GiftFound(
        source_id="ch_2",
        on=date(2026, 2, 1),
        minor=1000,
        currency="EUR",
        fee=40,
        given_back=400,
        given_back_on=date(2026, 2, 9),
    )
    assert rows[2].gift
    assert rows[2].gift.given_back == rows[2].gift.minor
    assert [each.left_out for each in rows[3:]] == ["did not go through", "was a trial"]


def test_what_a_donors_bank_took_back() -> None:
    header = (
        "id,Created (UTC),Amount,Amount Refunded,Currency,Status,Disputed Amount,Dispute Status"
    )
    rows = read(
        table(
            header,
            "ch_1,2026-02-01 10:00,10.00,0.00,eur,Paid,10.00,lost",
            "ch_2,2026-02-01 10:00,10.00,0.00,eur,Paid,10.00,won",
            "ch_3,2026-02-01 10:00,10.00,0.00,eur,Paid,4.00,lost",
            "ch_4,2026-02-01 10:00,10.00,6.00,eur,Paid,10.00,lost",
        )
    )
    assert [each.gift and each.gift.given_back for each in rows] == [1000, 0, None, None]
    assert "how much is not certain" in why(rows[2])
    assert "how much is not certain" in why(rows[3])


def test_stripe_customers_bring_their_card() -> None:
    found = one(
        table(
            "id,Description,Email,Name,Created (UTC),Delinquent,Card ID,Card Address Line1,"
            "Card Address Zip,Card Address City,Card Address Country",
            'cus_1,,ann@example.org,Ann,2024-01-05 10:00,false,card_1,"1 Quay, left",12345,Port,DE',
        )
    )
    assert found.donor == DonorFound(
        name="Ann",
        email="ann@example.org",
        address="1 Quay, left\n12345\nPort\nDE",
        source_id="cus_1",
        customer="cus_1",
        method="card_1",
    )


def test_a_table_of_ones_own_is_read_as_one_says() -> None:
    data = table("Wer;Post;Summe;Wie oft;Nummer", "Ann;ann@example.org;1.250,50;monatlich;7")
    opened = open_list(data)
    assert (opened.kind.name, opened.named_columns()) == ("csv", {})
    with pytest.raises(NotAList, match="No column holds the e-mail addresses"):
        list(opened.found())
    columns = {
        "name": ["Wer"],
        "email": ["Post"],
        "amount": ["Summe"],
        "interval": ["Wie oft"],
        "id": ["Nummer"],
    }
    found = one(data, holds="plans", columns=columns, currency="EUR")
    assert found.plan
    assert (found.plan.source_id, found.plan.minor, found.plan.currency) == ("7", 125_050, "EUR")
    with pytest.raises(NotAList, match="No column is called"):
        read(data, columns={"email": ["Nowhere"]})
    with pytest.raises(NotAList, match="twice as many"):
        read(data, holds="plans", columns={**columns, "id": []}, currency="EUR")


def test_columns_of_a_table_are_guessed_by_their_names() -> None:
    header = ["Nr", "Date", "Name", "E-Mail", "Amount", "Currency", "Street", "PLZ", "Ort"]
    opened = open_list(
        table(",".join(header), "1,26.11.2026,Ann,ann@example.org,5,EUR,1 Quay,1,Port")
    )
    assert opened.holds == "gifts"
    assert opened.named_columns()["address"] == ["Street", "PLZ", "Ort"]
    (found,) = opened.found()
    assert found.gift == GiftFound(source_id="1", on=date(2026, 11, 26), minor=500, currency="EUR")


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"", "empty"),
        (b"\xef\xbb\xbf \r\n", "empty"),
        (b"PK\x03\x04rest", "ZIP or a spreadsheet"),
        (b"a\x00b,c", "no text"),
        (table("Nr,Date,Amount", "1,01/02/2026,5.00", "2,03/02/2026,5.00"), "day or the month"),
        (
            table("Nr,Date,Amount", "1,2026-02-01,5.00", '2,2026-02-01,"5,00"'),
            "none can be trusted",
        ),
    ],
)
def test_what_is_no_list_or_not_clear_is_refused_whole(data: bytes, words: str) -> None:
    with pytest.raises(NotAList, match=words):
        read(data, currency="EUR")


def test_dates_that_are_not_clear_are_asked_for() -> None:
    data = table("Nr,Date,Amount", "1,01/02/2026,5.00", "2,03/02/2026,5.00")
    days = {
        order: [each.gift.on for each in read(data, currency="EUR", dates=order) if each.gift]
        for order in ("dmy", "mdy")
    }
    assert days["dmy"] == [date(2026, 2, 1), date(2026, 2, 3)]
    assert days["mdy"] == [date(2026, 1, 2), date(2026, 3, 2)]


def test_a_kind_that_is_named_must_have_its_columns() -> None:
    with pytest.raises(NotAList, match="it has no column “customer id”"):
        read(table("id,email", "1,a@b.example"), kind="stripe-subscriptions")
    with pytest.raises(NotAList, match="is no kind of list; there are: stripe-subscriptions"):
        read(table("id,email", "1,a@b.example"), kind="patreon")


def test_a_list_may_have_lines_above_it_and_other_marks_and_encodings() -> None:
    data = table(
        "Report,made 2026-11-26",
        "",
        "Contact ID,Display Name,Email",
        "5,Zoë,zoe@example.org",
        comma=";",
    )
    wide = "\ufeff".encode("utf-16-le") + data.decode().encode("utf-16-le")
    for form in (data, data.decode().encode("cp1252"), wide):
        found = one(form)
        assert found.donor
        assert (found.line, found.donor.name) == (4, "Zoë")


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.name)
def test_every_kind_is_known_by_its_own_columns(kind: Any) -> None:
    header = [marks.split("|")[0] for marks in kind.marks]
    found = kind_of([each.title() for each in header])
    # A shorter list may be a part of a longer one; it is never the other way round.
    assert found.name == kind.name
    assert find_columns(kind, header)


def test_words() -> None:
    assert interval_of("Every 1 month") == "monthly"
    assert worded_day("26 novembre 2026") == date(2026, 11, 26)
    assert worded_day("26. März 2026") == date(2026, 3, 26)
    assert worded_day("Nov 26, 2026 10:15") == date(2026, 11, 26)
    assert worded_day("2026-11-26") is None
    assert worded_day("November 2026") is None


def test_a_long_list_is_read_in_a_moment() -> None:
    stream = io.StringIO()
    out = csv.writer(stream)
    out.writerow(STRIPE_SUBSCRIPTIONS.split(","))
    for n in range(10_000):
        who = [f"sub_{n}", f"cus_{n}", "", f"d{n}@example.org", "D", "p", "1", "eur", "month"]
        days = ["2024-01-05 10:00", "", "", "2026-12-05 10:00", "", ""]
        out.writerow([*who, "5.00", "active", *days])
    assert sum(each.plan is not None for each in read(stream.getvalue().encode())) == 10_000


@pytest.mark.parametrize("before", ["\n", ",,,\n", ";\n"])
def test_a_table_that_begins_with_nothing_is_refused(before: str) -> None:
    with pytest.raises(NotAList):
        list(
            open_list(
                f"{before * 100}email,amount,date,id\na@b.example,1,2020-01-01,1\n".encode()
            ).found()
        )


@pytest.mark.parametrize(
    "text", ["9" * 5000, f"{'9' * 5000} November 2026", "1" * 5000 + " May 20"]
)
def test_a_number_without_end_is_no_day(text: str) -> None:
    assert worded_day(text) is None


def test_a_number_without_end_is_no_interval() -> None:
    with pytest.raises(ValueError, match="not understood"):
        interval_of("month", "9" * 5000)
