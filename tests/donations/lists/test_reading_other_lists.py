"""Lists of PayPal, GiveWP and CiviCRM, read exactly."""

from __future__ import annotations

from datetime import date

from donations.lists.reading import one, plan, read, table, why
from handpress.donations.lists import (
    DonorFound,
    GiftFound,
)

PAYPAL = (
    '"Date","Time","TimeZone","Name","Type","Status","Currency","Gross","Fee","Net",'
    '"From Email Address","To Email Address","Transaction ID","Reference Txn ID","Balance Impact"'
)


def paypal(*rows: tuple[str, str, str, str, str, str, str, str]) -> bytes:
    lines = [
        f'"{on}","10:00:00","CET","Ann","{kind}","{status}","EUR","{gross}","{fee}","","{mail}",'
        f'"us@paper.example","{key}","{about}","Credit"'
        for on, kind, status, gross, fee, mail, key, about in rows
    ]
    return ("\ufeff" + "\n".join([PAYPAL, *lines])).encode()


def test_paypal_activity_with_refunds_beside_their_gifts() -> None:
    mail = "ann@example.org"
    rows = read(
        paypal(
            ("13/01/2026", "Donation Payment", "Completed", "1.250,00", "-12,50", mail, "T1", ""),
            (
                "14/01/2026",
                "Subscription Payment",
                "Completed",
                "10,00",
                "-0,59",
                mail,
                "T2",
                "I-1",
            ),
            (
                "02/02/2026",
                "Payment Refund",
                "Completed",
                "-4,00",
                "0,24",
                "us@x.example",
                "T3",
                "T2",
            ),
            (
                "03/02/2026",
                "Payment Refund",
                "Completed",
                "-1,00",
                "0,06",
                "us@x.example",
                "T4",
                "T2",
            ),
            ("03/02/2026", "Payment Refund", "Completed", "-9,00", "0", "us@x.example", "T5", "T0"),
            ("04/02/2026", "General Withdrawal", "Completed", "-900,00", "0", "", "T6", ""),
            ("04/02/2026", "General Payment", "Completed", "-60,00", "0", "us@x.example", "T7", ""),
            ("05/02/2026", "Donation Payment", "Pending", "7,00", "0", mail, "T8", ""),
        )
    )
    assert rows[0].gift == GiftFound(
        source_id="T1", on=date(2026, 1, 13), minor=125_000, currency="EUR", fee=1250
    )
    gift = rows[1].gift
    assert gift
    assert (gift.minor, gift.given_back, gift.given_back_on) == (1000, 500, date(2026, 2, 3))
    assert [each.left_out for each in rows[2:4]] == [
        "gives something back; it is counted with its gift"
    ] * 2
    assert "not in this list" in why(rows[4])
    assert rows[4].donor is None, "the address of a refund is our own"
    assert [each.left_out for each in rows[5:]] == [
        "is no payment of a donor’s",
        "is no payment of a donor’s",
        "did not go through",
    ]


def test_paypal_recurring_payments() -> None:
    found = one(
        table(
            "Profile ID,Name,Email,Amount,Currency,Billing Cycle,Status,Next Payment Date,Since",
            "I-ABC,Ann,ann@example.org,5.00,USD,Monthly,Active,2026-12-13,2024-02-13",
        )
    )
    assert found.plan
    assert (found.plan.source_id, found.plan.subscription, found.plan.company) == (
        "I-ABC",
        "I-ABC",
        "paypal",
    )
    assert (found.plan.minor, found.plan.next_on) == (500, date(2026, 12, 13))


def test_givewp_donations_as_wordpress_writes_days_and_sums() -> None:
    header = (
        '"Donation ID","Donation Number","First Name","Last Name","Email Address","Address 1",'
        '"Address 2","City","State","Zip","Country","Donation Total","Currency Code",'
        '"Donation Status","Payment Gateway","Payment Mode","Donation Date","Donor ID"'
    )
    row = (
        '"41","7","Ann","Fenwick","ann@example.org","1 Quay","","Port","","12345","DE",'
        '"1,250.00","EUR","Complete","stripe","live","November 26, 2026","9"'
    )
    found = one(f"{header}\n{row}".encode())
    assert found.donor == DonorFound(
        name="Ann Fenwick",
        email="ann@example.org",
        address="1 Quay\n12345\nPort\nDE",
        source_id="9",
    )
    assert found.gift == GiftFound(
        source_id="41", on=date(2026, 11, 26), minor=125_000, currency="EUR"
    )


def test_givewp_subscriptions_and_donors() -> None:
    header = (
        "form_id,donor_id,first_name,last_name,email,period,frequency,installments,amount,currency,"
        "status,mode,gateway_id,gateway_subscription_id,created_at,renews_at"
    )
    rows = read(
        table(
            header,
            "1,9,Ann,Fenwick,ann@example.org,month,1,0,12.50,EUR,active,live,"
            "stripe_payment_element,sub_77,2024-03-02 08:00:00,2026-12-02 08:00:00",
            "1,9,Ann,Fenwick,ann@example.org,quarter,1,0,30.00,EUR,active,live,"
            "paypal-commerce,I-7,2024-03-02 08:00:00,2026-12-02 08:00:00",
        )
    )
    first = rows[0].plan
    assert first
    assert (first.source_id, first.subscription, first.company) == ("sub_77", "sub_77", "stripe")
    assert (first.minor, first.next_on) == (1250, date(2026, 12, 2))
    assert why(rows[1]) == "is every quarter, not every month"
    donor = one(
        table(
            "Name,Email,Address,City,Zip,Donor Created,Total Donated",
            "Ann,ann@example.org,1 Quay,Port,12345,2024-01-01,50",
        )
    )
    assert donor.donor
    assert (donor.donor.name, donor.donor.address) == ("Ann", "1 Quay\n12345\nPort")


def test_civicrm() -> None:
    gift = one(
        table(
            "Contact ID,Display Name,Email,Contribution ID,Total Amount,Fee Amount,Currency,"
            "Contribution Date,Contribution Status,Preferred Language",
            "5,Ann,ann@example.org,88,$ 25.00,$ 1.00,USD,2026-03-04 10:11:12,Completed,ko_KR",
        )
    )
    assert gift.gift == GiftFound(
        source_id="88", on=date(2026, 3, 4), minor=2500, currency="USD", fee=100
    )
    assert gift.donor
    assert gift.donor.language == "ko-KR"
    found = plan(
        table(
            "Contact ID,Display Name,Email,Recurring Contribution ID,Amount,Currency,"
            "Frequency Unit,Interval (number of units),Start Date,"
            "Next Scheduled Contribution Date,Status,Processor ID,Payment Processor",
            "5,Ann,ann@example.org,3,25.00,USD,month,1,2024-01-31,2026-12-31,In Progress,"
            "sub_9,Stripe",
        )
    )
    assert (found.source_id, found.subscription, found.company) == ("3", "sub_9", "stripe")
    contact = one(table("Contact ID,Display Name,Email", "5,Ann,ann@example.org"))
    assert contact.donor == DonorFound(name="Ann", email="ann@example.org", source_id="5")
