"""Direct debits through our own bank: what is due goes into a file, once, and money or its return
is seen in the bank's statements.

That a period is being collected is an attempt like a company's, so that nothing is asked for
twice; the bank is told by whoever takes the file there. What stands in a file is kept as it was
(`debits_kept`).
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict, dataclass, field
from datetime import date, datetime, timedelta
from typing import Any

from django.db import transaction

from handpress.donations import debits
from handpress.donations.actions.collecting import local_day, pledge_for
from handpress.donations.actions.debits_kept import (
    creditor_for_file,
    debit_for_file,
    kept_for_file,
)
from handpress.donations.core.schedule import latest_due, may_charge_on, next_after, period_of
from handpress.donations.debits import NotADebit
from handpress.donations.letters import write_declined
from handpress.donations.models import (
    SETTLED,
    Attempt,
    AttemptState,
    Collecting,
    Mandate,
    MandateState,
    Plan,
    PlanState,
    Pledge,
    Purpose,
    Rail,
    RailKind,
    RailState,
    SponsorState,
)
from handpress.press.site import site_facts

FURTHEST = timedelta(days=62)
"""So far ahead a file can be for at most: beyond that, months would be skipped."""
LAPSES_AFTER_MONTHS = 36
"""A mandate ends by itself when nothing was collected by it for so long (SEPA rulebook)."""


class NoFile(ValueError):
    """A file cannot be made; the message says why and what to do. Nothing was changed."""


@dataclass(slots=True)
class DebitSheet:
    """What is in a file, and what is not. ``message`` is the file's name at the bank.

    ``waiting`` were collected less than a week before, and ``paid`` came or are asked for by
    another way: both are left out. ``refused`` cannot be collected until somebody puts them right,
    or any more: of donors who were erased since.
    """

    way: str
    collect_on: date
    message: str = ""
    is_again: bool = False
    count: int = 0
    first: int = 0
    total_minor: int = 0
    waiting: int = 0
    paid: int = 0
    refused: list[dict[str, str]] = field(default_factory=list)
    others: list[str] = field(default_factory=list)
    """Files that were made before for the same day."""

    def as_json(self) -> dict[str, Any]:
        """Return it as plain values."""
        return asdict(self)


def make_debit_file(
    rail: Rail, *, now: datetime, on: date | None = None, dry_run: bool = False
) -> tuple[bytes, DebitSheet]:
    """Return a file of what is due until ``on``, to be collected on that day, and what is in it.

    Without ``on`` it is the first day that leaves donors their notice. Each (plan, period) is
    in one file ever; where nothing is due that is not in one, the last file for that day is made
    again, as by `make_again`. b"" where there is none. Raises `NoFile`.
    """
    with transaction.atomic():
        rail = _locked(rail)
        sheet = DebitSheet(rail.name, collecting_day(rail, local_day(now), on))
        sheet.others = _messages(rail, sheet.collect_on)
        message = f"HP{rail.pk}-{sheet.collect_on:%Y%m%d}-{len(sheet.others) + 1}"
        for plan in _due(rail, sheet.collect_on):
            _take(rail, plan, sheet, message, now)
        sheet.is_again = not _rows(rail, message).exists()
        sheet.message = message if not sheet.is_again else (sheet.others or [""])[-1]
        made = _written(rail, sheet) if sheet.message else b""
        if dry_run:
            transaction.set_rollback(True)
    return made, sheet


def make_again(rail: Rail, message: str) -> tuple[bytes, DebitSheet]:
    """Return a file that was made before, by its name, the same to the byte; raises `NoFile`.

    Debits of donors who were erased since are left out, and stand on the sheet as refused: then it
    is another file of the same name, which a bank that has the first one refuses.
    """
    first = _rows(rail, message).first()
    if first is None:
        raise NoFile(f"There was no file “{message}” for “{rail.name}”.")
    on = date.fromisoformat(first.asked["on"])
    sheet = DebitSheet(rail.name, on, message, is_again=True, others=_messages(rail, on))
    return _written(rail, sheet), sheet


def collecting_day(rail: Rail, today: date, on: date | None) -> date:
    """Return the day to collect on; raises `NoFile` for one that is too near, too far or no day
    on which banks work."""
    days = int(rail.details.get("days_before", 14))
    earliest = debits.next_banking_day(today + timedelta(days=days))
    if on is None:
        return earliest
    if on < earliest:
        raise NoFile(
            f"Donors are to know {days} days ahead. The first day that can be is {earliest}."
        )
    if on > today + FURTHEST:
        raise NoFile(f"{on} is too far ahead: {today + FURTHEST} is the last day that can be.")
    if not debits.is_banking_day(on):
        raise NoFile(f"Banks do not work on {on}. The next day is {debits.next_banking_day(on)}.")
    return on


def _locked(rail: Rail) -> Rail:
    rows = Rail.objects.select_for_update(of=("self",)).select_related("sponsor")
    found = rows.get(pk=rail.pk)
    if found.kind != RailKind.DEBIT:
        raise NoFile(f"“{found.name}” collects nothing.")
    if found.state != RailState.ENABLED or found.sponsor.state != SponsorState.LIVE:
        raise NoFile(f"“{found.name}” is not offered now; nothing is collected by it.")
    return found


def _due(rail: Rail, on: date) -> Iterable[Plan]:
    rows = Plan.objects.filter(
        rail=rail, state=PlanState.ACTIVE, collecting=Collecting.MANDATE, next_due__lte=on
    )
    return rows.select_for_update(of=("self",)).select_related("rail", "donor").order_by("pk")


def _take(rail: Rail, plan: Plan, sheet: DebitSheet, message: str, now: datetime) -> None:
    """Write down that a plan's period is collected, or say on the sheet why not."""
    mandate = plan.mandates.filter(rail=plan.rail, state=MandateState.ACTIVE).first()
    if mandate is None:
        sheet.refused.append({"place": f"plan {plan.pk}", "why": "there is no mandate for it"})
        return
    collected = _collected_on(plan)
    if not may_charge_on(sheet.collect_on, max(collected, default=None)):
        sheet.waiting += 1
        return
    asked = {
        "file": message,
        "on": sheet.collect_on.isoformat(),
        "made_at": _local(now).isoformat(),
        "mandate": mandate.remote_id,
        "signed_on": signed_on(mandate).isoformat(),
        "sequence": debits.LATER if collected else debits.FIRST,
    }
    try:
        if _has_lapsed(max([signed_on(mandate), *collected]), sheet.collect_on):
            place = f"mandate {mandate.remote_id}"
            raise NotADebit(place, "the mandate has lapsed: nothing came for three years")
        kept = kept_for_file(rail, plan.donor, plan.amount_minor, asked)
    except NotADebit as refusal:
        sheet.refused.append({"place": refusal.place, "why": refusal.why})
        return
    due = latest_due(plan.next_due, plan.anchor_day, sheet.collect_on)
    pledge, _ = pledge_for(plan, period_of(due))
    Plan.objects.filter(pk=plan.pk).update(next_due=next_after(due, plan.anchor_day))
    key = f"debit-{plan.uuid}-{pledge.period}"
    asked_for = pledge.attempts.exclude(state__in=SETTLED) | pledge.attempts.filter(key=key)
    if pledge.movements.exists() or asked_for.exists():
        sheet.paid += 1
        return
    Attempt.objects.create(
        rail=plan.rail,
        pledge=pledge,
        purpose=Purpose.CHARGE,
        key=key,
        asked={**asked, **kept},
        state=AttemptState.ANSWERED,
        sent_at=now,
        created_at=now,
    )


def _written(rail: Rail, sheet: DebitSheet) -> bytes:
    """Return a file of what is written down for it, and count it on the sheet."""
    rows = list(_rows(rail, sheet.message).select_related("pledge__donor"))
    made = []
    for each in rows:
        try:
            made.append(debit_for_file(each))
        except NotADebit as refusal:
            sheet.refused.append({"place": refusal.place, "why": refusal.why})
    if not made:
        raise NoFile(f"“{sheet.message}” cannot be made any more: all of its donors were erased.")
    try:
        file = debits.make_file(
            creditor_for_file(rail, rows[0]),
            made,
            message_id=sheet.message,
            collect_on=sheet.collect_on,
            made_at=datetime.fromisoformat(rows[0].asked["made_at"]),
        )
    except NotADebit as refusal:
        raise NoFile(f"“{sheet.message}” cannot be made as it was: {refusal}.") from None
    sheet.count = len(made)
    sheet.first = sum(each.sequence == debits.FIRST for each in made)
    sheet.total_minor = sum(each.minor for each in made)
    return file


def _rows(rail: Rail, message: str) -> Any:
    rows = Attempt.objects.filter(rail=rail, purpose=Purpose.CHARGE, asked__file=message)
    return rows.order_by("pk")


def _messages(rail: Rail, on: date) -> list[str]:
    rows = Attempt.objects.filter(rail=rail, purpose=Purpose.CHARGE, asked__on=on.isoformat())
    return list(dict.fromkeys(rows.order_by("pk").values_list("asked__file", flat=True)))


def _collected_on(plan: Plan) -> list[date]:
    rows = Attempt.objects.filter(pledge__plan=plan, rail=plan.rail, purpose=Purpose.CHARGE)
    days = rows.values_list("asked__on", flat=True)
    return [date.fromisoformat(day) for day in days if day]


def _has_lapsed(last: date, on: date) -> bool:
    return (on.year - last.year) * 12 + on.month - last.month > LAPSES_AFTER_MONTHS


def signed_on(mandate: Mandate) -> date:
    """Return the newsroom's day on which a mandate was signed."""
    return local_day(mandate.agreed_at)


def _local(now: datetime) -> datetime:
    return now.astimezone(site_facts().zone).replace(microsecond=0, tzinfo=None)


def note_came(pledge: Pledge, now: datetime) -> None:
    """Say of what was collected for a pledge that it has come, in the caller's transaction."""
    rows = _debits_for(pledge).filter(state=AttemptState.ANSWERED)
    rows.update(state=AttemptState.DONE, ended_at=now)


def note_returned(pledge: Pledge, now: datetime) -> None:
    """Say that the bank took back what was collected: the plan rests until somebody looks.

    The donor is told once, by letter, where an address is known.
    """
    _debits_for(pledge).update(state=AttemptState.DECLINED, code="returned", ended_at=now)
    plan = pledge.plan
    if plan is None:
        return
    Plan.objects.filter(pk=plan.pk, state=PlanState.ACTIVE).update(state=PlanState.PAST_DUE)
    write_declined(plan, pledge, now, is_last=True)


def _debits_for(pledge: Pledge) -> Any:
    return Attempt.objects.filter(pledge=pledge, purpose=Purpose.CHARGE, rail__kind=RailKind.DEBIT)
