"""All that is known of a donor."""

from __future__ import annotations

from typing import Any

from handpress.donations import sealing
from handpress.donations.actions.donors import facts_of
from handpress.donations.actions.statements import words_of
from handpress.donations.core.movements import Kind
from handpress.donations.core.pledges import PledgeState, pledge_state
from handpress.donations.core.references import grouped
from handpress.donations.models import BankLine, Donor, Movement, Pledge
from handpress.donations.queries.receipts import texts_of_receipts
from handpress.lib.money import plain_amount
from handpress.mail.core.addresses import NotAnAddress, normal_key


def find_donor(address: str) -> Donor | None:
    """Return the donor with an e-mail address, in whatever spelling; None where there is none."""
    try:
        return Donor.objects.filter(email_mark=sealing.mark_of(normal_key(address))).first()
    except (NotAnAddress, sealing.KeysUnusable):
        return None


def promises_of(donor: Donor) -> list[tuple[Pledge, PledgeState]]:
    """Return what a donor promised, newest first, and what became of it; two queries."""
    rows = donor.pledges.order_by("-created_at").prefetch_related("movements")
    return [(row, _state(row)) for row in rows]


def _state(pledge: Pledge) -> PledgeState:
    moved = [(Kind(each.kind), each.amount_minor) for each in pledge.movements.all()]
    return pledge_state(pledge.amount_minor, moved)


def all_about(donor: Donor) -> dict[str, Any]:
    """Return all that is kept about a donor, as the law lets them ask for it (GDPR, article 15).

    Sums are text with a point, in the currency beside them. Raises `sealing.KeysUnusable`.
    """
    movements = Movement.objects.filter(pledge__donor=donor).order_by("pk")
    lines = BankLine.objects.filter(movement__pledge__donor=donor).order_by("pk")
    return {
        **facts_of(donor),
        "language": donor.language,
        "known_since": donor.created_at.isoformat(),
        "promises": [
            {
                "reference": grouped(pledge.reference),
                "amount": plain_amount(pledge.amount_minor, pledge.currency),
                "currency": pledge.currency,
                "frequency": pledge.frequency,
                "made_at": pledge.created_at.isoformat(),
                "state": state.value,
            }
            for pledge, state in promises_of(donor)
        ],
        "movements": [
            {
                "kind": movement.kind,
                "amount": plain_amount(movement.amount_minor, movement.currency),
                "currency": movement.currency,
                "on": movement.occurred_on.isoformat(),
            }
            for movement in movements
        ],
        "said_by_the_bank": [{"on": line.on.isoformat(), **words_of(line)} for line in lines],
        "receipts": texts_of_receipts(donor),
    }
