"""The annual run: a receipt for each donor, one transaction each, resumable anywhere."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction

from handpress.donations.actions.receipts import issue_annual
from handpress.donations.core.receipts import RefusedReceipt
from handpress.donations.models import Donor, Receipt
from handpress.donations.queries.receipt_years import AnnualPlan
from handpress.donations.receipt_letters import write_receipt


@dataclass(frozen=True, slots=True)
class Ran:
    """What became of one donor; ``words`` say why there is no receipt."""

    donor: Donor
    receipts: list[Receipt]
    words: str = ""


def run_annual(plan: AnnualPlan, *, now: datetime, letters: bool = False) -> Iterator[Ran]:
    """Write what is planned, as far as it is asked for, a transaction for each donor.

    It can be stopped anywhere: a new plan leaves out who has theirs. With ``letters`` everybody
    whose address is known gets theirs by mail.
    """
    for donor in plan.donors:
        try:
            with transaction.atomic():
                written = issue_annual(donor, plan.sponsor, plan.year, now=now)
                _mail(written if letters else ())
        except RefusedReceipt as refusal:
            yield Ran(donor, [], str(refusal))
        else:
            yield Ran(donor, written)


def _mail(written: Iterable[Receipt]) -> None:
    for receipt in written:
        write_receipt(receipt)
