"""A receipt's paper, its number and its rows, written while the books are locked."""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from datetime import datetime

from django.db.models import Max

from handpress.donations import sealing
from handpress.donations.actions.donors import have_key
from handpress.donations.core.receipt_german import german_paper
from handpress.donations.core.receipt_words import VOID, Facts, Former, Line, Speech, paper_of
from handpress.donations.core.receipts import (
    Issuer,
    Profile,
    Recipient,
    RefusedReceipt,
    day_in,
    days_of_year,
    keep_until,
    receipt_faults,
    sponsor_faults,
)
from handpress.donations.core.references import grouped
from handpress.donations.days import zone_of
from handpress.donations.models import (
    Donor,
    Movement,
    Receipt,
    ReceiptKind,
    ReceiptLine,
    Sponsor,
)
from handpress.donations.queries.receipt_years import Counted, issuer_of
from handpress.donations.queries.receipts import number_of, paper_of_receipt
from handpress.donations.receipt_speech import speech_for, speech_in


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """A receipt that is to be written; ``gifts`` are with what counts of each."""

    sponsor: Sponsor
    profile: Profile
    year: int
    kind: str
    donor: Donor | None
    to: Recipient
    currency: str
    gifts: Counted
    in_return: str = ""


def write_draft(draft: Draft, now: datetime) -> Receipt:
    """Write it, names as they are now; raises `RefusedReceipt` for what its form lacks."""
    sponsor, profile = draft.sponsor, draft.profile
    issuer = issuer_of(sponsor)
    faults = sponsor_faults(profile, issuer) + receipt_faults(
        profile,
        draft.to,
        currency=draft.currency,
        rails={gift.rail.kind for gift, _ in draft.gifts},
        in_return=draft.in_return,
    )
    if faults:
        raise RefusedReceipt(" ".join(faults))
    first, last = days_of_year(draft.year, sponsor.year_begins_month)
    facts = Facts(
        kind=draft.kind,
        profile=profile.code,
        issuer=issuer,
        to=draft.to,
        currency=draft.currency,
        lines=tuple(_line(gift, minor) for gift, minor in draft.gifts),
        issued_on=day_in(now, zone_of(sponsor)),
        first=first,
        last=last,
        in_return=draft.in_return,
    )
    row = Receipt(
        sponsor=sponsor,
        fiscal_year=draft.year,
        kind=draft.kind,
        donor=draft.donor,
        currency=draft.currency,
        total_minor=facts.total,
        issued_at=now,
        keep_until=keep_until(draft.year, sponsor.year_begins_month),
    )
    say = speech_for(profile, draft.donor.language if draft.donor else "")
    return _save(row, facts, say, draft.gifts)


def write_void(receipt: Receipt, reason: str, now: datetime) -> Receipt:
    """Write the receipt that takes another one back, to whom and from whom that one was."""
    zone = zone_of(receipt.sponsor)
    issuer, to = _as_it_was(receipt)
    facts = Facts(
        kind=VOID,
        profile=receipt.profile,
        issuer=issuer,
        to=to,
        currency=receipt.currency,
        issued_on=day_in(now, zone),
        former=Former(
            number=number_of(receipt),
            issued_on=day_in(receipt.issued_at, zone),
            minor=receipt.total_minor,
        ),
        reason=reason,
    )
    row = Receipt(
        sponsor=receipt.sponsor,
        fiscal_year=receipt.fiscal_year,
        kind=ReceiptKind.VOID,
        donor=receipt.donor,
        currency=receipt.currency,
        total_minor=-receipt.total_minor,
        voids=receipt,
        issued_at=now,
        keep_until=receipt.keep_until,
    )
    lines = receipt.lines.select_related("movement").order_by("pk")
    back = [(line.movement, -line.amount_minor) for line in lines]
    return _save(row, facts, speech_in(receipt.language), back)


def _as_it_was(receipt: Receipt) -> tuple[Issuer, Recipient]:
    """Return who wrote a receipt to whom, as far as it can be read still."""
    tax_id = receipt.sponsor_tax_id
    try:
        paper = paper_of_receipt(receipt)
    except sealing.Forgotten:
        return Issuer(name=receipt.sponsor_name, tax_id=tax_id), Recipient("–")
    name, *address = paper.issuer
    to, *lines = paper.to
    issuer = Issuer(name=name, address=tuple(address), tax_id=tax_id)
    return issuer, Recipient(to, tuple(lines))


def _line(gift: Movement, minor: int) -> Line:
    reference = grouped(gift.pledge.reference) if gift.pledge else ""
    return Line(day=gift.occurred_on, minor=minor, came=gift.amount_minor, reference=reference)


def _save(row: Receipt, facts: Facts, say: Speech, lines: Counted) -> Receipt:
    have_key()
    row.number = _next_number(row)
    row.sponsor_name, row.sponsor_tax_id = facts.issuer.name, facts.issuer.tax_id
    row.profile, row.language = facts.profile, say.language
    facts = replace(facts, number=number_of(row))
    paper = german_paper(facts, say) if facts.profile == "de" else paper_of(facts, say)
    key, row.wrapped = sealing.new_donor_key()
    text = json.dumps(paper.as_json(), ensure_ascii=False)
    row.sealed = sealing.seal({"paper": text}, key)
    row.save(force_insert=True)
    ReceiptLine.objects.bulk_create(
        ReceiptLine(receipt=row, movement=gift, amount_minor=minor) for gift, minor in lines
    )
    return row


def _next_number(row: Receipt) -> int:
    rows = Receipt.objects.filter(sponsor=row.sponsor, fiscal_year=row.fiscal_year)
    return (rows.aggregate(last=Max("number"))["last"] or 0) + 1
