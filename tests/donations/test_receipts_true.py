"""4.17: receipts add up to the books, leave no gap among eight workers, are kept and closed."""

from __future__ import annotations

import threading
from collections.abc import Callable
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest
from django.db import connection
from django.db.models import Sum
from hypothesis import given, settings
from hypothesis import strategies as st

from factories import giving
from factories.receipts import FACTS, NEXT_YEAR, NOW, given_by, receipt
from handpress.donations import actions, nightly, sealing
from handpress.donations.actions.receipts import (
    drop_old_keys,
    issue_annual,
    issue_receipt,
    void_receipt,
)
from handpress.donations.core.movements import RefusedMovement
from handpress.donations.core.receipt_words import text_of
from handpress.donations.core.receipts import RefusedReceipt, recipient
from handpress.donations.models import Posting, Receipt, ReceiptLine
from handpress.donations.queries.receipt_years import annual_plan
from handpress.donations.queries.receipts import (
    counting_lines,
    faults_of_receipts,
    number_of,
    outdated,
    paper_of_receipt,
    receipt_of,
)

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("own_folder")]


def text(row: Receipt) -> str:
    return text_of(paper_of_receipt(row))


_STEPS = st.lists(
    st.tuples(st.sampled_from(["gift", "refund", "bounce", "undo", "issue", "void"]),
              st.integers(0, 5), st.integers(1, 900)), max_size=25,
)  # fmt: skip


@settings(max_examples=25)
@given(_STEPS)
def test_totals_equal_the_ledger(steps: list[tuple[str, int, int]]) -> None:
    """Whatever happens: once outdated receipts are replaced, receipts and books say the same."""
    from factories.papers import undone

    with undone():
        rail = giving.rail("cheque", name="x", of=giving.sponsor(f"S{len(steps)}"))
        donor = actions.keep_donor(FACTS)
        gifts = [given_by(donor, rail, 1000)]
        for step, which, minor in steps:
            gift = gifts[which % len(gifts)]
            try:
                _take(step, gift, minor, gifts, donor)
            except (RefusedMovement, RefusedReceipt):
                continue
        for found in outdated():
            void_receipt(found.receipt, "outdated", now=NOW)
        for gift in gifts:
            try:
                issue_receipt(gift, now=NOW)
            except RefusedReceipt:
                continue
        stands = counting_lines().aggregate(sum=Sum("amount_minor"))["sum"] or 0
        of_books = Posting.objects.filter(
            account__role__in=["gifts", "refunds", "bounced", "disputed"]
        ).aggregate(sum=Sum("amount_minor"))["sum"]
        assert stands == -of_books
        assert Receipt.objects.aggregate(sum=Sum("total_minor"))["sum"] in {stands, None}
        assert list(faults_of_receipts()) == []


def _take(step: str, gift: Any, minor: int, gifts: list[Any], donor: Any) -> None:
    match step:
        case "gift":
            gifts.append(given_by(donor, gift.rail, minor))
        case "refund":
            key = f"{gift.pk}-{gift.steps.count()}"
            actions.refund_gift(gift, amount=minor, key=key, on=giving.DAY)
        case "bounce":
            actions.bounce_cheque(gift, key=f"b{gift.pk}", on=giving.DAY)
        case "undo":
            last = gift.steps.order_by("pk").last()
            actions.undo(last if last and last.kind != "reversal" else gift, on=giving.DAY)
        case "issue":
            issue_receipt(gift, now=NOW)
        case "void":
            row = receipt_of(gift)
            if row:
                void_receipt(row, "so it is", now=NOW)


# Keeping ---------------------------------------------------------------------------------------


def test_a_receipt_survives_the_erasing_of_its_donor_until_its_time_is_over(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    row = receipt()
    assert row.donor
    before = text(row)
    assert actions.erase_donor(row.donor)
    row.refresh_from_db()
    assert actions.facts_of(row.donor) == {}
    assert text(row) == before
    monkeypatch.setattr(nightly, "_last_day", "")
    nightly.verify_nightly(datetime(2036, 12, 31, 12, tzinfo=UTC))
    row.refresh_from_db()
    assert text(row) == before
    nightly.verify_nightly(datetime(2037, 1, 1, 12, tzinfo=UTC))
    row.refresh_from_db()
    with pytest.raises(sealing.Forgotten):
        paper_of_receipt(row)
    assert (row.wrapped, row.sealed, bytes(row.pdf), row.total_minor) == ("", "", b"", 2500)
    assert nightly.verified()["faults"] == []
    assert drop_old_keys(date(2037, 1, 2)) == 0
    void, _ = void_receipt(row, "late", now=NOW)
    assert "2026-1" in text(void)


def test_an_erased_donor_gets_no_annual_receipt() -> None:
    rail, donor = giving.rail(), actions.keep_donor(FACTS)
    given_by(donor, rail)
    actions.erase_donor(donor)
    donor.refresh_from_db()
    plan = annual_plan(rail.sponsor, 2026, NEXT_YEAR)
    assert (plan.donors, plan.nameless) == ([], 1)
    with pytest.raises(RefusedReceipt, match="needs a name"):
        issue_annual(donor, rail.sponsor, 2026, now=NEXT_YEAR)


def test_4_20_nothing_of_a_donor_is_in_clear() -> None:
    from handpress.donations.receipt_tasks import make_waiting_pdfs

    row = receipt()
    void_receipt(row, "Zuleika said so", now=NOW)
    assert make_waiting_pdfs() == 2
    for table in ("receipt", "receiptline"):
        with connection.cursor() as cursor:
            cursor.execute(f"SELECT * FROM donations_{table}")
            stands = repr([[bytes(v) if isinstance(v, memoryview) else v for v in each]
                           for each in cursor.fetchall()])  # fmt: skip
        for canary in ("Zuleika", "Birdcage", "%PDF"):
            assert canary not in stands


def test_the_key_is_never_replaced_while_receipts_need_it(own_folder: Path) -> None:
    gift = giving.gift(giving.rail())
    issue_receipt(gift, now=NOW, to=recipient("Ben"))
    sealing.key_file().unlink()
    with pytest.raises(sealing.KeysUnusable):
        actions.keep_donor({"name": "Ann"})
    assert not sealing.key_file().exists()


# Many at once ----------------------------------------------------------------------------------


def at_once(*jobs: Callable[[], Any]) -> list[Any]:
    """Do jobs in threads of their own, begun together; return what each returned or raised."""
    results: list[Any] = [None] * len(jobs)
    ready = threading.Barrier(len(jobs))

    def work(index: int) -> None:
        ready.wait()
        try:
            results[index] = jobs[index]()
        except Exception as error:
            results[index] = error
        finally:
            connection.close()

    threads = [threading.Thread(target=work, args=(index,)) for index in range(len(jobs))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return results


@pytest.mark.django_db(transaction=True)
def test_4_17_eight_workers_leave_no_gap_and_no_double(committed: None) -> None:
    rail = giving.rail()
    donors = [actions.keep_donor({"name": f"Donor {number}"}) for number in range(4)]
    gifts = [given_by(donor, rail) for donor in donors for _ in range(6)]

    def worker(index: int) -> list[str]:
        written = []
        # Everybody wants all of them, in an order of their own; two of them void as they go.
        for gift in gifts[index:] + gifts[:index]:
            row, is_new = issue_receipt(gift, now=NOW)
            written += [number_of(row)] * is_new
            if is_new and index < 2:
                void_receipt(row, "to be sure", now=NOW)
        for donor in donors:
            written += [
                number_of(row) for row in issue_annual(donor, rail.sponsor, 2026, now=NEXT_YEAR)
            ]
        return written

    results = at_once(*((lambda index=index: worker(index)) for index in range(8)))
    assert not [each for each in results if isinstance(each, Exception)]
    numbers = sorted(Receipt.objects.values_list("number", flat=True))
    assert numbers == list(range(1, len(numbers) + 1))
    told = [number for each in results for number in each]
    assert len(told) == len(set(told)) == Receipt.objects.exclude(kind="void").count()
    assert len(told) >= 24
    of_gifts = list(counting_lines().values_list("movement", flat=True))
    assert len(of_gifts) == len(set(of_gifts))
    assert list(faults_of_receipts()) == []
    assert ReceiptLine.objects.count() >= len(of_gifts)
