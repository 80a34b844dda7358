"""What there is to know about the press."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from handpress.press.marks import FRAME_IN_DOUBT
from handpress.press.models import Mark, PressState, PrintedPage, StalePage
from handpress.press.sql import fetch
from handpress.press.state import VERIFIED
from handpress.press.under_way import UNDER_WAY

_STILL_S = 60.0
"""A run writes about once a second; one that has not for this long was cut off."""


@dataclass(frozen=True, slots=True)
class PressStatus:
    """The press at a glance: counts, and the moment of the last run that did anything.

    ``failed_names`` are some of the pages that the last run could not make.
    """

    pages: int
    marks: int
    stale: int
    last_run_at: datetime | None
    failed_pages: int
    failed_names: tuple[str, ...]


def press_status() -> PressStatus:
    """Return the state of the press; four small queries."""
    facts = dict(
        PressState.objects.filter(name__in=("last_run", "failed")).values_list("name", "value")
    )
    run, failed = facts.get("last_run"), facts.get("failed") or {}
    return PressStatus(
        pages=PrintedPage.objects.filter(is_gone=False).count(),
        marks=Mark.objects.count(),
        stale=StalePage.objects.count(),
        last_run_at=datetime.fromtimestamp(run["at"], UTC) if run else None,
        failed_pages=failed.get("pages", 0),
        failed_names=_names(failed),
    )


def _names(failed: dict[str, Any]) -> tuple[str, ...]:
    return tuple(" ".join(name).strip() for name in failed.get("some", []))


@dataclass(frozen=True, slots=True)
class RunUnderWay:
    """How far a run is. ``is_sweep``: every page is printed anew, newest first."""

    done: int
    pages: int
    kind: str
    is_sweep: bool
    is_cut_off: bool

    @property
    def remaining(self) -> int:
        """How many pages this run still has before it."""
        return self.pages - self.done


@dataclass(frozen=True, slots=True)
class Verified:
    """What `handpress press --verify` last found, counted by what is wrong."""

    at: datetime
    compared: int
    is_clean: bool
    found: tuple[tuple[str, int], ...]
    is_mended: bool
    """Whether the whole site was printed anew after that."""


@dataclass(frozen=True, slots=True)
class PressProgress:
    """What the press does, did, and has before it."""

    run: RunUnderWay | None
    waiting: int
    is_frame_waiting: bool
    is_never_pressed: bool
    last_run_at: datetime | None
    last_run_pages: int
    verified: Verified | None
    failed_pages: int
    failed_names: tuple[str, ...]

    @property
    def is_busy(self) -> bool:
        """Whether anything is being printed or waits to be."""
        return bool((self.run and not self.run.is_cut_off) or self.waiting or self.is_frame_waiting)


def press_progress(now: datetime) -> PressProgress:
    """Return what the press is at; three small queries."""
    facts = dict(PressState.objects.values_list("name", "value"))
    run, failed = facts.get("last_run") or {}, facts.get("failed") or {}
    failed_pages = failed.get("pages", 0)
    waiting = Mark.objects.count() + StalePage.objects.count()
    return PressProgress(
        run=_run_under_way(facts.get(UNDER_WAY), now),
        # Pages that cannot be made stay stale until somebody mends them.
        waiting=max(0, waiting - failed_pages),
        is_frame_waiting=FRAME_IN_DOUBT in facts,
        is_never_pressed=not facts.get("frame"),
        last_run_at=_moment(run.get("at")),
        last_run_pages=run.get("rendered", 0),
        verified=_verified(facts.get(VERIFIED), facts.get("last_full_run")),
        failed_pages=failed_pages,
        failed_names=_names(failed),
    )


def _run_under_way(row: dict[str, Any] | None, now: datetime) -> RunUnderWay | None:
    if not row:
        return None
    is_cut_off = now.timestamp() - row["at"] > _STILL_S
    return RunUnderWay(row["done"], row["of"], row["kind"], row["is_sweep"], is_cut_off)


def _verified(row: dict[str, Any] | None, full: dict[str, Any] | None) -> Verified | None:
    if not row:
        return None
    return Verified(
        at=datetime.fromtimestamp(row["at"], UTC),
        compared=row["compared"],
        is_clean=row["is_clean"],
        found=tuple(row["found"].items()),
        is_mended=bool(full and full["at"] > row["at"]),
    )


def _moment(seconds: float | None) -> datetime | None:
    return datetime.fromtimestamp(seconds, UTC) if seconds else None


def is_work_waiting(*, beyond: int = 0) -> bool:
    """Return whether any change waits to be printed; cheap enough to ask many times a second.

    So many stale pages as ``beyond`` says are known: they could not be made.
    """
    return bool(fetch(_WAITING, [beyond, FRAME_IN_DOUBT]))


_WAITING = """
    SELECT 1 WHERE EXISTS (SELECT 1 FROM press_mark)
        OR EXISTS (SELECT 1 FROM press_stalepage LIMIT 1 OFFSET %s)
        OR EXISTS (SELECT 1 FROM press_pressstate WHERE name = %s)
"""
