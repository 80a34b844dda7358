"""Monthly gifts of a list: each once, by what the list calls it, and never charged on a guess.

A company that runs subscriptions by itself goes on doing so until somebody ends them there. So a
plan that could be taken over waits, paused, until it is said that they are ended; one that cannot
waits to be agreed to anew, and nobody is written to before a person asks for that.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time

from handpress.donations.actions.import_people import People
from handpress.donations.actions.import_sheets import Sheet
from handpress.donations.companies import NAMES, company_kind
from handpress.donations.core.mandates import mandate_name
from handpress.donations.core.schedule import day_in, next_after
from handpress.donations.lists import DonorFound, Found, PlanFound, Refusal, Standing
from handpress.donations.models import (
    Collecting,
    Donor,
    Mandate,
    MandateState,
    Plan,
    PlanState,
    Rail,
    RailKind,
    RemoteName,
)
from handpress.lib.batches import batched

_AT_ONCE = 500
SUBSCRIPTION, CUSTOMER = "subscription", "customer"
"""Kinds of `RemoteName` by which later events of old subscriptions find their plan."""

Name = tuple[str, str]
"""Kind and remote id of a `RemoteName`."""


class _Refused(ValueError):
    """A plan that is not taken over; the message says why."""


@dataclass(slots=True, kw_only=True)
class PlanImport:
    """Takes plans over onto one rail. ``is_ended`` says that the company takes nothing for them
    any more; ``are_orders`` that donors send by standing orders of their own."""

    origin: str
    rail: Rail
    today: date
    now: datetime
    is_ended: bool
    are_orders: bool
    _seen: dict[str, PlanFound] = field(default_factory=dict)
    _taken: set[str] = field(default_factory=set)
    """Mandates that some plan has."""
    _named: set[Name] = field(default_factory=set)
    _new: list[tuple[Plan, str]] = field(default_factory=list)
    """Plans to be written, and by what their gifts can be taken."""
    _names: list[tuple[Plan, Name]] = field(default_factory=list)

    def take(self, rows: Iterable[Found], people: People, sheet: Sheet) -> None:
        """Write plans down, inside the caller's transaction."""
        wanted = [row for row in rows if row.plan is not None]
        for some in batched(wanted, _AT_ONCE):
            self._take_some(some, people, sheet)

    def _take_some(self, rows: Sequence[Found], people: People, sheet: Sheet) -> None:
        found = [row.plan for row in rows if row.plan]
        known = self._look_up(found)
        for row in rows:
            if row.plan is None:
                continue
            try:
                fate = self._take_one(row.plan, people.of(row), known)
            except _Refused as why:
                sheet.refuse(Refusal(row.line, "plan", str(why)))
            else:
                sheet.count("plan", fate)
        for plan, _ in self._new:
            sheet.plans_are[str(plan.state)] += 1
        self._write_new()

    def _look_up(self, found: Sequence[PlanFound]) -> dict[str, Plan]:
        """Return the plans that are known, and note mandates and names that are taken."""
        ids = [plan.source_id for plan in found]
        plans = Plan.objects.filter(source=self.origin, source_id__in=ids)
        mandates = [name for plan in found if (name := self._mandate(plan))]
        taken = Mandate.objects.filter(rail=self.rail, remote_id__in=mandates)
        self._taken |= set(taken.values_list("remote_id", flat=True))
        names = [name for plan in found for _, name in self._names_of(plan)]
        rows = RemoteName.objects.filter(rail=self.rail, remote_id__in=names)
        self._named |= set(rows.values_list("kind", "remote_id"))
        return {plan.source_id: plan for plan in plans.prefetch_related("mandates")}

    def _write_new(self) -> None:
        Plan.objects.bulk_create(plan for plan, _ in self._new)
        Mandate.objects.bulk_create(self._agreed(plan, name) for plan, name in self._new if name)
        RemoteName.objects.bulk_create(
            RemoteName(rail=self.rail, kind=kind, remote_id=name, plan=plan)
            for plan, (kind, name) in self._names
        )
        self._new, self._names = [], []

    def _take_one(self, found: PlanFound, donor: Donor | None, known: dict[str, Plan]) -> str:
        if donor is None:
            raise _Refused("its donor is not kept here, or has no address")
        if found.source_id in self._seen:
            if self._seen[found.source_id] == found:
                return "unchanged"
            raise _Refused("stands in the list twice, and not the same")
        self._seen[found.source_id] = found
        if self.rail.currency and self.rail.currency != found.currency:
            raise _Refused(f"“{self.rail.name}” takes {self.rail.currency} alone")
        plan = known.get(found.source_id)
        if plan is None:
            self._name(self._plan(found, donor), found)
            return "imported"
        if plan.donor_id != donor.pk:
            raise _Refused("is known here as somebody else’s; name where the list comes from")
        is_changed = self._update(plan, found)
        return "updated" if self._name(plan, found) or is_changed else "unchanged"

    # New plans ----------------------------------------------------------------------------

    def _plan(self, found: PlanFound, donor: Donor) -> Plan:
        due, anchor = self._due(found)
        state, name = self._state(found)
        is_over = state == PlanState.CANCELLED
        plan = Plan(
            donor=donor,
            rail=self.rail,
            amount_minor=found.minor,
            currency=found.currency,
            anchor_day=anchor,
            next_due=due,
            state=state,
            collecting=Collecting.STANDING_ORDER if self.are_orders else Collecting.MANDATE,
            source=self.origin,
            source_id=found.source_id,
            created_at=_moment(found.started_on) or self.now,
            began_at=self.now if state == PlanState.ACTIVE else None,
            ended_at=(_moment(found.ended_on) or self.now) if is_over else None,
        )
        if name:
            self._taken.add(name)
        self._new.append((plan, name))
        return plan

    def _due(self, found: PlanFound) -> tuple[date, int]:
        """Return the next due day after today, and the day of the month that it goes back to."""
        told = found.next_on or found.started_on
        if found.standing is Standing.ENDED:
            told = told or found.ended_on or self.today
        if told is None:
            raise _Refused("neither its next day nor the day since when is said")
        anchor = found.started_on.day if _is_cut(found) and found.started_on else told.day
        if told > self.today:
            return told, anchor
        due = day_in(self.today.year, self.today.month, anchor)
        return (due if due > self.today else next_after(self.today, anchor)), anchor

    def _state(self, found: PlanFound, *, has_mandate: bool = False) -> tuple[PlanState, str]:
        """Return how a plan stands here, and by what its gifts can be taken; "" for nothing new."""
        name = self._mandate(found)
        name = "" if name in self._taken else name
        if found.standing is Standing.ENDED:
            return PlanState.CANCELLED, ""
        if found.standing is Standing.PAUSED:
            return PlanState.PAUSED, name
        if self.are_orders:
            return PlanState.ACTIVE, ""
        if not name and not has_mandate:
            return PlanState.NEEDS_RECONSENT, ""
        if not self.is_ended:
            return PlanState.PAUSED, name
        is_late = found.standing is Standing.PAST_DUE
        return (PlanState.PAST_DUE if is_late else PlanState.ACTIVE), name

    def _mandate(self, found: PlanFound) -> str:
        """Return what the rail's company can take gifts by; "" where it is another's plan."""
        company = found.company or str(self.rail.kind)
        return self._mandate_name(found.customer, found.method) if company == self.rail.kind else ""

    def _mandate_name(self, customer: str, method: str) -> str:
        kind = str(self.rail.kind)
        if kind not in NAMES or not company_kind(kind).caps(self.rail.details).takes_mandates:
            return ""
        return mandate_name(kind, customer, method)

    def _agreed(self, plan: Plan, name: str) -> Mandate:
        return Mandate(
            plan=plan, rail=self.rail, remote_id=name, state=MandateState.ACTIVE, agreed_at=self.now
        )

    # Known plans --------------------------------------------------------------------------

    def _update(self, plan: Plan, found: PlanFound) -> bool:
        """Bring a plan to what the list says, as long as nothing has been done to it here."""
        if not _is_untouched(plan) or plan.rail_id != self.rail.pk:
            return False
        before = (plan.state, plan.amount_minor, plan.currency, plan.next_due)
        has_mandate = any(each.state == MandateState.ACTIVE for each in plan.mandates.all())
        plan.state, name = self._state(found, has_mandate=has_mandate)
        plan.amount_minor, plan.currency = found.minor, found.currency
        plan.next_due, plan.anchor_day = self._due(found)
        if plan.state == PlanState.ACTIVE:
            plan.began_at = self.now
        if plan.state == PlanState.CANCELLED:
            plan.ended_at = _moment(found.ended_on) or self.now
        after = (plan.state, plan.amount_minor, plan.currency, plan.next_due)
        is_new_mandate = bool(name) and not has_mandate
        if before == after and not is_new_mandate:
            return False
        plan.save()
        if plan.state == PlanState.CANCELLED:
            rows = plan.mandates.exclude(state=MandateState.ENDED)
            rows.update(state=MandateState.ENDED, ended_at=self.now)
        elif is_new_mandate:
            self._taken.add(name)
            self._agreed(plan, name).save()
        return True

    # Names at companies -------------------------------------------------------------------

    def _names_of(self, found: PlanFound) -> list[Name]:
        if not self.rail.is_company or found.company not in {"", self.rail.kind}:
            return []
        both = [(SUBSCRIPTION, found.subscription), (CUSTOMER, found.customer)]
        return [(kind, name) for kind, name in both if name]

    def _name(self, plan: Plan, found: PlanFound) -> bool:
        """Note what the company calls a plan and its donor; the first plan has the customer."""
        new = [each for each in self._names_of(found) if each not in self._named]
        self._names += [(plan, each) for each in new]
        self._named |= set(new)
        return bool(new)

    # Cards that a list of customers tells ---------------------------------------------------

    def complete(self, rows: Iterable[Found], sheet: Sheet) -> None:
        """Give plans that have none the card of their customer, from a list of customers.

        They wait, paused, until a list of them is brought once more and said to be ended there.
        """
        named = {
            row.donor.customer: row.donor
            for row in rows
            if row.donor and row.donor.customer and row.donor.method
        }
        for some in batched(named, _AT_ONCE):
            names = RemoteName.objects.filter(
                rail=self.rail, kind=CUSTOMER, remote_id__in=some, plan__isnull=False
            )
            for name in names.select_related("plan").order_by("pk"):
                if name.plan and self._complete_one(name.plan, named[name.remote_id]):
                    sheet.count("plan", "updated")

    def _complete_one(self, plan: Plan, donor: DonorFound) -> bool:
        name = self._mandate_name(donor.customer, donor.method)
        if not name or not _is_untouched(plan) or plan.mandates.exists():
            return False
        if Mandate.objects.filter(rail=self.rail, remote_id=name).exists():
            return False
        plan.state = PlanState.PAUSED
        plan.save()
        self._agreed(plan, name).save()
        return True


def _is_untouched(plan: Plan) -> bool:
    """Say whether a plan still is as a list brought it: nobody went on with it or agreed here."""
    if plan.state not in {PlanState.NEEDS_RECONSENT, PlanState.PAUSED}:
        return False
    return plan.wave == 0 and plan.reconsent_at is None and plan.began_at is None


def _is_cut(found: PlanFound) -> bool:
    """Say whether the next day is the last of a month that is too short for the first one."""
    if found.next_on is None or found.started_on is None:
        return False
    last = day_in(found.next_on.year, found.next_on.month, 31)
    return found.next_on == last and found.started_on.day > last.day


def _moment(day: date | None) -> datetime | None:
    return datetime.combine(day, time(12), UTC) if day else None


def are_orders(rail: Rail, kind: str, plans: Iterable[PlanFound]) -> bool:
    """Say whether plans are standing orders: of a table of one's own, to an account, by nobody."""
    is_own = kind == "csv" and rail.kind == RailKind.BANK
    return is_own and not any(plan.company or plan.subscription for plan in plans)
