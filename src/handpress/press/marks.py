"""From marks to stale pages: one transaction, so that no mark is ever lost or half used."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from django.db import connection, transaction

from handpress.lib.batches import batched
from handpress.press.core.plan import Plan
from handpress.press.models import Mark, StalePage
from handpress.press.registry import registry

_MARKS_AT_ONCE = 5_000
_ROWS_PER_STATEMENT = 300


@dataclass(frozen=True, slots=True)
class Expansion:
    """What waiting marks came to."""

    marks: int
    touches_frame: bool


def expand_marks() -> Expansion:
    """Turn waiting marks into stale pages, at most a few thousand marks at once.

    Derived state (which article stands on which listing) moves on in the same transaction.
    """
    marks = list(Mark.objects.order_by("id").values_list("id", "label", "row_id")[:_MARKS_AT_ONCE])
    if not marks:
        return Expansion(0, touches_frame=False)
    plan = Plan()
    for _, label, row_id in marks:
        plan.follow(label, (row_id,))
    with transaction.atomic():
        _expand(plan)
        add_stale((kind, key, rank) for (kind, key), rank in plan.stale.items())
        _forget_marks([mark[0] for mark in marks])
    return Expansion(len(marks), touches_frame=plan.touches_frame)


def _expand(plan: Plan) -> None:
    while waiting := plan.take():
        label, ids = waiting
        for watch in registry.watching(label):
            watch.expand(ids, plan)
    plan.finish()


def _forget_marks(ids: Sequence[int]) -> None:
    for some in batched(ids, _ROWS_PER_STATEMENT):
        Mark.objects.filter(id__in=some).delete()


def add_stale(pages: Iterable[tuple[str, str, int]]) -> None:
    """Add pages (kind, key, rank) to the stale ones; a page is listed once, at its best rank."""
    table = StalePage._meta.db_table
    for some in batched(pages, _ROWS_PER_STATEMENT):
        values = ",".join(["(%s,%s,%s)"] * len(some))
        parameters: list[Any] = [value for page in some for value in page]
        best = "GREATEST" if connection.vendor == "postgresql" else "MAX"
        with connection.cursor() as cursor:
            cursor.execute(
                f"INSERT INTO {table} (kind, key, rank) VALUES {values} "  # noqa: S608
                "ON CONFLICT (kind, key) DO UPDATE "
                f"SET rank = {best}({table}.rank, excluded.rank)",
                parameters,
            )
