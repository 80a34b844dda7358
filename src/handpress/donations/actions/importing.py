"""Bringing in donors, monthly gifts and past gifts from another system: one list, one transaction.

The same list again adds nothing. What is refused is said with its line and why, without a word of
the line. Who was erased here is left out where that can be known: where a plan or a gift of
theirs came from the same list before. Nobody can know it of an address alone.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from django.db import transaction

from handpress.donations.actions.donors import have_key
from handpress.donations.actions.import_gifts import GiftImport, nonce_of
from handpress.donations.actions.import_people import People
from handpress.donations.actions.import_plans import CUSTOMER, PlanImport, are_orders
from handpress.donations.actions.import_sheets import Sheet
from handpress.donations.actions.ledger import lock_books
from handpress.donations.days import today
from handpress.donations.lists import DonorList, Found, NotAList
from handpress.donations.models import Plan, Pledge, Rail, RemoteName
from handpress.lib import clock
from handpress.lib.batches import batched
from handpress.press.state import recall, remember

Notify = Callable[[int], None]
"""Is called with how many lines are done more."""

LONGEST_ORIGIN = 20
_AT_ONCE = 500
_COLUMNS = "donor_list_columns"
_MOST_KEPT = 50


@dataclass(frozen=True, slots=True, kw_only=True)
class Wishes:
    """What a person wants of a list.

    ``rail`` takes the monthly gifts, ``history`` is where past gifts are booked; None: not at all.
    ``is_ended`` says that the company takes nothing for the old subscriptions any more.
    ``origin`` tells several systems of one kind apart; empty: the kind's own.
    """

    rail: Rail | None = None
    history: Rail | None = None
    is_ended: bool = False
    origin: str = ""


def import_list(
    opened: DonorList,
    wishes: Wishes,
    *,
    is_dry: bool = False,
    notify: Notify = lambda count: None,
) -> Sheet:
    """Take a list over, all of it or nothing, and say what became of each line.

    With ``is_dry`` all is done and undone, so that what is said is exact. Raises `NotAList`, and
    `sealing.KeysUnusable` where the newsroom's key is gone.
    """
    sheet = Sheet(kind=opened.kind.name, is_dry=is_dry)
    rows = _read(opened, sheet, notify)
    _check(opened, rows, wishes)
    have_key()
    people = People()
    people.hear(rows, sheet)
    with transaction.atomic():
        lock_books()
        people.forget(_erased(opened, rows, people, wishes), sheet)
        people.keep(sheet)
        notify(len(rows) // 3)
        _take_plans(opened, rows, wishes, people, sheet)
        notify(len(rows) // 3)
        _take_gifts(opened, rows, wishes, people, sheet)
        if is_dry:
            transaction.set_rollback(True)
    if not is_dry:
        remember_columns(opened)
    return sheet


def _read(opened: DonorList, sheet: Sheet, notify: Notify) -> list[Found]:
    rows = []
    for found in opened.found():
        rows.append(found)
        sheet.rows += 1
        sheet.refuse_all(found.refusals)
        if found.left_out:
            sheet.left_out[found.left_out] += 1
        if sheet.rows % _AT_ONCE == 0:
            notify(_AT_ONCE // 3)
    return rows


def _check(opened: DonorList, rows: Sequence[Found], wishes: Wishes) -> None:
    if not 0 < len(origin_of(opened, wishes)) <= LONGEST_ORIGIN:
        raise NotAList(f"Where a list comes from is said in {LONGEST_ORIGIN} signs at most.")
    if wishes.rail is None and any(row.plan for row in rows):
        raise NotAList(
            "The list holds monthly gifts. Please say by which way to give they are to come. "
            "Nothing was taken over."
        )
    if wishes.history and wishes.history.is_company:
        raise NotAList(
            f"“{wishes.history.name}” is a company’s, and what it holds is compared with the "
            "company’s own list. Please book past gifts on a way that is not, such as a link or a "
            "cash box of their own. Nothing was taken over."
        )


def origin_of(opened: DonorList, wishes: Wishes) -> str:
    """Return what is kept with all that comes of a list."""
    return "-".join(wishes.origin.split()).casefold() or opened.kind.origin


def _take_plans(
    opened: DonorList, rows: Sequence[Found], wishes: Wishes, people: People, sheet: Sheet
) -> None:
    if wishes.rail is None:
        return
    work = PlanImport(
        origin=origin_of(opened, wishes),
        rail=wishes.rail,
        today=today(),
        now=clock.now(),
        is_ended=wishes.is_ended,
        are_orders=are_orders(
            wishes.rail, opened.kind.name, (row.plan for row in rows if row.plan)
        ),
    )
    work.take(rows, people, sheet)
    if opened.holds == "donors":
        work.complete(rows, sheet)


def _take_gifts(
    opened: DonorList, rows: Sequence[Found], wishes: Wishes, people: People, sheet: Sheet
) -> None:
    if wishes.history is None:
        sheet.passed_over = sum(row.gift is not None for row in rows)
        return
    work = GiftImport(origin=origin_of(opened, wishes), rail=wishes.history, today=today())
    work.take(rows, people, sheet)


def _erased(opened: DonorList, rows: Sequence[Found], people: People, wishes: Wishes) -> set[str]:
    """Return the keys of people in the list whom a plan or gift shows to have been erased here."""
    origin = origin_of(opened, wishes)
    found: set[str] = set()
    for some in batched(rows, _AT_ONCE):
        plans = {row.plan.source_id: row for row in some if row.plan}
        known = Plan.objects.filter(
            source=origin, source_id__in=plans, donor__erased_at__isnull=False
        )
        gone = [plans[each] for each in known.values_list("source_id", flat=True)]
        if rail := wishes.history:
            gifts = {nonce_of(rail, origin, row.gift.source_id): row for row in some if row.gift}
            pledges = Pledge.objects.filter(
                form_nonce__in=gifts, donor__erased_at__isnull=False
            ).values_list("form_nonce", flat=True)
            gone += [gifts[each] for each in pledges]
        if wishes.rail:
            customers = {
                row.donor.customer: row for row in some if row.donor and row.donor.customer
            }
            names = RemoteName.objects.filter(
                rail=wishes.rail,
                kind=CUSTOMER,
                remote_id__in=customers,
                plan__donor__erased_at__isnull=False,
            ).values_list("remote_id", flat=True)
            gone += [customers[each] for each in names]
        found |= {people.keys[row.line] for row in gone if row.line in people.keys}
    return found


# Which column holds what, for the next list with the same columns -------------------------------


def remember_columns(opened: DonorList) -> None:
    """Keep how a table of one's own was read; lists of others are known by their columns."""
    if opened.kind.marks:
        return
    kept = recall(_COLUMNS, {})
    kept.pop(opened.fingerprint, None)
    kept[opened.fingerprint] = {"holds": opened.holds, "columns": opened.named_columns()}
    remember(_COLUMNS, dict(list(kept.items())[-_MOST_KEPT:]))


def known_columns(opened: DonorList) -> tuple[str, dict[str, list[str]]] | None:
    """Return what a table with the same columns held, and where, the last time; None if never."""
    kept = recall(_COLUMNS, {}).get(opened.fingerprint)
    if not kept or opened.kind.marks:
        return None
    header = set(opened.header)
    columns = {
        what: [name for name in names if name in header] for what, names in kept["columns"].items()
    }
    return str(kept["holds"]), {what: names for what, names in columns.items() if names}
