"""What there is to know about the press."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime

from handpress.press.marks import FRAME_IN_DOUBT
from handpress.press.models import Mark, PressState, PrintedPage, StalePage
from handpress.press.sql import fetch


@dataclass(frozen=True, slots=True)
class PressStatus:
    """The press at a glance: counts, and the moment of the last run that did anything."""

    pages: int
    marks: int
    stale: int
    last_run_at: datetime | None


def press_status() -> PressStatus:
    """Return the state of the press; four small queries."""
    run = PressState.objects.filter(name="last_run").values_list("value", flat=True).first()
    return PressStatus(
        pages=PrintedPage.objects.filter(is_gone=False).count(),
        marks=Mark.objects.count(),
        stale=StalePage.objects.count(),
        last_run_at=datetime.fromtimestamp(run["at"], UTC) if run else None,
    )


def is_work_waiting() -> bool:
    """Return whether any change waits to be printed; cheap enough to ask many times a second."""
    return bool(fetch(_WAITING, [FRAME_IN_DOUBT]))


_WAITING = """
    SELECT 1 WHERE EXISTS (SELECT 1 FROM press_mark) OR EXISTS (SELECT 1 FROM press_stalepage)
        OR EXISTS (SELECT 1 FROM press_pressstate WHERE name = %s)
"""
