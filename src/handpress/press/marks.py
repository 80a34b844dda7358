"""From marks to stale pages: one transaction, so that no mark is ever lost or half used."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from django.db import connection, transaction

from handpress.press.core.plan import Plan
from handpress.press.registry import registry
from handpress.press.sql import execute, execute_many, fetch

_MARKS_AT_ONCE = 5_000
FRAME_IN_DOUBT = "frame_in_doubt"
"""Stands in `PressState` from the change of a frame's row until every page shows it."""
_DOUBT = """
    INSERT INTO press_pressstate (name, value) VALUES (%s, %s) ON CONFLICT (name) DO NOTHING
"""


@dataclass(frozen=True, slots=True)
class Expansion:
    """What waiting marks came to."""

    marks: int
    touches_frame: bool


def expand_marks() -> Expansion:
    """Turn waiting marks into stale pages, at most a few thousand marks at once.

    Derived state (which article stands on which listing) moves on in the same transaction.
    """
    marks = fetch("SELECT id, label, row_id FROM press_mark ORDER BY id LIMIT %s", [_MARKS_AT_ONCE])
    if not marks:
        return Expansion(0, touches_frame=False)
    plan = Plan()
    for _, label, row_id in marks:
        plan.follow(label, (row_id,))
    with transaction.atomic():
        _expand(plan)
        if plan.touches_frame:
            execute(_DOUBT, [FRAME_IN_DOUBT, "true"])
        add_stale((kind, key, rank) for (kind, key), rank in plan.stale.items())
        execute_many("DELETE FROM press_mark WHERE id = %s", ([mark[0]] for mark in marks))
    return Expansion(len(marks), touches_frame=plan.touches_frame)


def _expand(plan: Plan) -> None:
    while waiting := plan.take():
        label, ids = waiting
        for watch in registry.watching(label):
            watch.expand(ids, plan)
    plan.finish()


def add_stale(pages: Iterable[tuple[str, str, int]]) -> None:
    """Add pages (kind, key, rank) to the stale ones; a page is listed once, at its best rank."""
    best = "GREATEST" if connection.vendor == "postgresql" else "MAX"
    execute_many(_ADD_STALE.format(best=best), pages)


_ADD_STALE = """
    INSERT INTO press_stalepage (kind, key, rank) VALUES (%s, %s, %s)
    ON CONFLICT (kind, key) DO UPDATE SET rank = {best}(press_stalepage.rank, excluded.rank)
"""
