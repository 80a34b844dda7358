"""All that is known of a donor."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.db.models import Prefetch

from handpress.donations import sealing
from handpress.donations.actions.donors import facts_of
from handpress.donations.core.movements import Kind
from handpress.donations.core.pledges import PledgeState, pledge_state
from handpress.donations.core.references import grouped
from handpress.donations.models import (
    BankLine,
    Donor,
    LostOrder,
    Mandate,
    Movement,
    Plan,
    PlanLetter,
    PlanState,
    Pledge,
    Reconsent,
)
from handpress.donations.queries.lines import lines_naming, words_of
from handpress.donations.queries.receipts import texts_of_receipts
from handpress.lib.money import plain_amount
from handpress.mail.core.addresses import NotAnAddress, normal_key


def find_donor(address: str) -> Donor | None:
    """Return the donor with an e-mail address, in whatever spelling; None where there is none.

    Raises `sealing.KeysUnusable` where nobody can tell, because the key is missing or another.
    """
    try:
        key = normal_key(address)
    except NotAnAddress:
        return None
    kept = Donor.objects.exclude(wrapped_key="").values_list("wrapped_key", flat=True).first()
    if kept is None:
        return None
    sealing.donor_key(kept)
    return Donor.objects.filter(email_mark=sealing.mark_of(key)).first()


def promises_of(donor: Donor) -> list[tuple[Pledge, PledgeState]]:
    """Return what a donor promised, newest first, and what became of it; two queries."""
    rows = donor.pledges.order_by("-created_at").prefetch_related("movements")
    return [(row, _state(row)) for row in rows]


def _state(pledge: Pledge) -> PledgeState:
    moved = [(Kind(each.kind), each.amount_minor) for each in pledge.movements.all()]
    return pledge_state(pledge.amount_minor, moved)


def plans_of(donor: Donor) -> list[Plan]:
    """Return a donor's monthly gifts, newest first, with all that hangs on them; six queries."""
    mandates = Mandate.objects.select_related("rail").order_by("pk")
    rows = donor.plans.select_related("rail__sponsor", "campaign").order_by("-pk")
    return list(
        rows.prefetch_related(
            Prefetch("mandates", queryset=mandates),
            Prefetch("letters", queryset=PlanLetter.objects.order_by("pk")),
            Prefetch(
                "reconsents",
                queryset=Reconsent.objects.select_related("post_letter").order_by("wave"),
            ),
            "remotename_set",
        )
    )


def all_about(donor: Donor) -> dict[str, Any]:
    """Return all that is kept about a donor, as the law lets them ask for it (GDPR, article 15).

    Sums are text with a point, in the currency beside them; moments are ISO 8601. A fixed number
    of queries. Raises `sealing.KeysUnusable`.
    """
    movements = Movement.objects.filter(pledge__donor=donor).order_by("pk")
    promises = promises_of(donor)
    lines = [
        *BankLine.objects.filter(movement__pledge__donor=donor).order_by("pk"),
        *lines_naming([pledge.reference for pledge, _ in promises]),
    ]
    return {
        **facts_of(donor),
        "language": donor.language,
        "known_since": donor.created_at.isoformat(),
        "promises": [
            {
                "reference": grouped(pledge.reference),
                "amount": plain_amount(pledge.amount_minor, pledge.currency),
                "currency": pledge.currency,
                "of_which_for_the_fee": plain_amount(pledge.cover_minor, pledge.currency),
                "frequency": pledge.frequency,
                "made_at": pledge.created_at.isoformat(),
                "state": state.value,
            }
            for pledge, state in promises
        ],
        "monthly_gifts": [_monthly(plan) for plan in plans_of(donor)],
        "asked_to_change_standing_orders": [
            {
                "account_lost_at": each.lost_at.isoformat(),
                "whose_account": each.sponsor.legal_name,
                "written_at": _said(each.written_at),
                "last_letter_after_days": each.step if each.written_at else None,
                "by_post": each.by_post,
                "posted_on": _day_of_post(each),
                "answer": each.get_answer_display() if each.answer else "none yet",
                "answered_at": _said(each.answered_at),
            }
            for each in donor.lost_orders.select_related("sponsor", "post_letter")
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


def _monthly(plan: Plan) -> dict[str, Any]:
    return {
        "amount": plain_amount(plan.amount_minor, plan.currency),
        "currency": plan.currency,
        "state": plan.get_state_display(),
        "way": plan.rail.name,
        "to": plan.rail.sponsor.legal_name,
        "comes": plan.get_collecting_display(),
        "for": plan.campaign.name if plan.campaign else "",
        "day_of_month": plan.anchor_day,
        "next_due": plan.next_due.isoformat() if plan.state == PlanState.ACTIVE else "",
        "made_at": plan.created_at.isoformat(),
        "began_at": _said(plan.began_at),
        "ended_at": _said(plan.ended_at),
        "came_from": {"system": plan.source, "number": plan.source_id} if plan.source else None,
        "called_by_companies": [
            {"what": each.kind, "name": each.remote_id} for each in plan.remotename_set.all()
        ],
        "mandates": [
            {
                "reference": each.remote_id,
                "way": each.rail.name,
                "known_as": each.words,
                "state": each.get_state_display(),
                "agreed_at": _said(each.agreed_at),
                "hash_of_what_was_agreed_to": each.consent,
                "ended_at": _said(each.ended_at),
            }
            for each in plan.mandates.all()
        ],
        "letters": [
            {"about": each.about, "written_at": _said(each.written_at)}
            for each in plan.letters.all()
        ],
        "asked_to_agree_anew": [
            {
                "time": each.wave,
                "answer": each.get_answer_display() if each.answer else "none yet",
                "at": _said(each.at),
                "posted_on": _day_of_post(each),
            }
            for each in plan.reconsents.all()
        ],
    }


def _day_of_post(about: LostOrder | Reconsent) -> str:
    """Return the day on which a letter went by post, "" where none did."""
    letter = getattr(about, "post_letter", None)
    return letter.posted_on.isoformat() if letter else ""


def _said(at: datetime | None) -> str:
    return at.isoformat() if at else ""
