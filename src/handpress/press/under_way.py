"""What the press is doing right now, told to whoever looks at the desk.

One row, written about once a second while a run lasts, and never by a run that is over sooner: an
ordinary publish costs nothing more.
"""

from __future__ import annotations

import time
from collections.abc import Callable

from handpress.press.models import PrintedPage, StalePage
from handpress.press.registry import PageKind, registry
from handpress.press.state import forget, remember

UNDER_WAY = "under_way"
_EVERY_S = 1.0


class UnderWay:
    """Counts the pages of one run and writes down how far it is."""

    def __init__(self, tick: Callable[[], float] = time.monotonic) -> None:
        self._tick = tick
        self._next = tick() + _EVERY_S
        self._swept = self._swept_of = self._done = self._recorded = 0
        self._is_written = False

    def begin_sweep(self) -> None:
        """Begin to print every page anew."""
        self._swept, self._swept_of = 0, _count_pages()

    def add(self, kind: str, pages: int, *, is_sweep: bool) -> None:
        """Count printed pages; write the row if it is time to."""
        if is_sweep:
            self._swept += pages
        else:
            self._done += pages
        if self._tick() >= self._next:
            self._write(kind)

    def note_recorded(self) -> None:
        """Note that what was counted so far has been struck off the stale pages."""
        self._recorded = self._done

    def end(self) -> None:
        """Take the row away."""
        if self._is_written:
            forget(UNDER_WAY)
            self._is_written = False

    def _write(self, kind: str) -> None:
        self._next = self._tick() + _EVERY_S
        if self._swept_of:
            done, total = self._swept, self._swept_of
        else:
            done, total = self._done, self._recorded + StalePage.objects.count()
        row = {"at": time.time(), "done": done, "of": max(done, total), "kind": kind}
        remember(UNDER_WAY, {**row, "is_sweep": bool(self._swept_of)})
        self._is_written = True


def _count_pages() -> int:
    """Return how many pages there are: as printed so far, or by their keys where none was."""
    printed = PrintedPage.objects.filter(is_gone=False).count()
    return printed or sum(map(_count_keys, registry.kinds.values()))


def _count_keys(kind: PageKind) -> int:
    return kind.count() if kind.count else sum(1 for _ in kind.every_key())
