"""Receipts: what they say, what stands on them, and which should be written anew."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass

from django.db.models import Count, Exists, F, Max, OuterRef, Prefetch, QuerySet, Sum
from django.db.models.functions import Coalesce

from handpress.donations import sealing
from handpress.donations.core.movements import Kind
from handpress.donations.core.receipt_words import Paper, text_of
from handpress.donations.core.receipts import Done, counted
from handpress.donations.models import (
    Donor,
    Movement,
    Rail,
    RailKind,
    RailMode,
    Receipt,
    ReceiptKind,
    ReceiptLine,
)

_HEAVY = ("pdf",)
_NUMBER = re.compile(r"(?:(\d{4})(?:/\d\d)?\s*[-\u2013/ ]\s*)?(\d{1,9})")


# One receipt -----------------------------------------------------------------------------------


def number_of(receipt: Receipt) -> str:
    """Return a receipt's number as it is printed."""
    return f"{receipt.fiscal_year}-{receipt.number}"


def paper_of_receipt(receipt: Receipt) -> Paper:
    """Return what a receipt says, as on the day it was written.

    Raises `sealing.Forgotten` once its time is over, `sealing.KeysUnusable` without the key.
    """
    return Paper.from_json(json.loads(sealing.unseal(receipt.sealed, receipt.wrapped)["paper"]))


def counting_lines() -> QuerySet[ReceiptLine]:
    """Return the lines of receipts that count: none that takes another back, or was taken back."""
    rows = ReceiptLine.objects.exclude(receipt__kind=ReceiptKind.VOID)
    return rows.filter(receipt__voided_by__isnull=True)


def receipt_of(gift: Movement) -> Receipt | None:
    """Return the receipt that counts and that a gift stands on; one query."""
    line = counting_lines().filter(movement=gift).select_related("receipt").first()
    return line.receipt if line else None


def receipts(search: str = "", *, year: int | None = None) -> QuerySet[Receipt]:
    """Return receipts, the newest first, without their PDF; by number, such as 2026-17."""
    rows = Receipt.objects.select_related("sponsor", "voids", "voided_by").defer(
        *_HEAVY, *(f"{of}__{name}" for of in ("voids", "voided_by") for name in _HEAVY)
    )
    if year is not None:
        rows = rows.filter(fiscal_year=year)
    if not search.strip():
        return rows
    found = _NUMBER.fullmatch(search.strip())
    if found is None:
        return rows.none()
    if found[1]:
        rows = rows.filter(fiscal_year=int(found[1]))
    return rows.filter(number=int(found[2]))


def texts_of_receipts(donor: Donor) -> list[dict[str, str]]:
    """Return number and text of a donor's receipts that can be read still, oldest first."""
    rows = Receipt.objects.filter(donor=donor).exclude(wrapped="").defer("pdf").order_by("pk")
    return [{"number": number_of(row), "text": text_of(paper_of_receipt(row))} for row in rows]


def years_with_receipts() -> list[int]:
    """Return the years that there are receipts of, the last first; one query."""
    rows = Receipt.objects.order_by("-fiscal_year").values_list("fiscal_year", flat=True)
    return list(rows.distinct())


def faults_of_receipts() -> Iterator[str]:
    """Yield what is wrong: numbers that are missing, sums that the lines do not make; 2 queries."""
    numbers = Receipt.objects.order_by().values_list("sponsor_id", "fiscal_year")
    for sponsor, year, count, last in numbers.annotate(count=Count("pk"), last=Max("number")):
        if count != last:
            yield f"receipts of sponsor {sponsor} in {year}: {last - count} numbers are missing"
    rows = Receipt.objects.order_by("pk").values_list("pk", "total_minor")
    sums = rows.annotate(sum=Coalesce(Sum("lines__amount_minor"), 0))
    for pk, total, of_lines in sums.exclude(sum=F("total_minor")):
        yield f"receipt {pk} is over {total}, and its lines over {of_lines}"


# Gifts -----------------------------------------------------------------------------------------


def is_trial(rail: Rail) -> bool:
    """Say whether no real money comes by a rail."""
    return rail.mode != RailMode.LIVE or rail.kind == RailKind.PRACTICE


def with_steps(rows: QuerySet[Movement]) -> QuerySet[Movement]:
    """Have `counted_of` ask nothing more, for two queries whatever the number of gifts."""
    steps = Movement.objects.prefetch_related("steps").order_by("pk")
    return rows.prefetch_related(Prefetch("steps", queryset=steps))


def counted_of(gift: Movement) -> int:
    """Return what of a gift stands on a receipt now (`core.receipts.counted`)."""
    done = [
        Done(Kind(step.kind), step.amount_minor, sum(one.amount_minor for one in step.steps.all()))
        for step in gift.steps.all()
    ]
    return counted(gift.amount_minor, done)


@dataclass(frozen=True, slots=True)
class Outdated:
    """A receipt whose gift changed since: what stands there, and what is true now."""

    receipt: Receipt
    gift: Movement
    stands: int
    counts: int


def outdated(receipt: Receipt | None = None) -> list[Outdated]:
    """Return receipts to be taken back and replaced, since something was given back; 3 queries."""
    lines = counting_lines().filter(
        Exists(Movement.objects.filter(of=OuterRef("movement"))),
        **({"receipt": receipt} if receipt else {}),
    )
    lines = lines.select_related("receipt").defer(*(f"receipt__{name}" for name in _HEAVY))
    gifts = {
        gift.pk: gift
        for gift in with_steps(Movement.objects.filter(pk__in=lines.values("movement")))
    }
    found = []
    for line in lines.order_by("receipt", "pk"):
        gift = gifts[line.movement_id]
        counts = counted_of(gift)
        if counts != line.amount_minor:
            found.append(Outdated(line.receipt, gift, line.amount_minor, counts))
    return found
