"""A plan: which pages are stale, gathered from which rows changed."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any

FIRST = 2**62
"""Rank of what must be printed before everything else; ranks sort from high to low."""


@dataclass(slots=True)
class Plan:
    """What one expansion of marks found out. Filled by watches, applied by the press."""

    stale: dict[tuple[str, str], int] = field(default_factory=dict)
    touches_frame: bool = False
    notes: dict[str, Any] = field(default_factory=dict)
    """What a watch gathers for its own `at_end`, by the watch's name."""
    _waiting: dict[str, set[int]] = field(default_factory=dict)
    _seen: dict[str, set[int]] = field(default_factory=dict)
    _last: dict[str, Callable[[Plan], None]] = field(default_factory=dict)

    def touch(self, kind: str, key: object, rank: int = FIRST) -> None:
        """Call the page (kind, key) stale; ``rank`` says how soon it is printed."""
        name = (kind, str(key))
        self.stale[name] = max(rank, self.stale.get(name, rank))

    def touch_frame(self) -> None:
        """Have the facts of the frame read again; every page is stale if they differ."""
        self.touches_frame = True

    def follow(self, label: str, row_ids: Iterable[int]) -> None:
        """Treat these rows as changed too; each row is expanded once in a plan."""
        seen = self._seen.setdefault(label, set())
        new = set(row_ids) - seen
        if new:
            seen |= new
            self._waiting.setdefault(label, set()).update(new)

    def at_end(self, name: str, finish: Callable[[Plan], None]) -> None:
        """Call ``finish`` once, when every row has been expanded."""
        self._last.setdefault(name, finish)

    def take(self) -> tuple[str, set[int]] | None:
        """Return the next label with its waiting rows, or None when none waits."""
        return self._waiting.popitem() if self._waiting else None

    def finish(self) -> None:
        """Run what was put off to the end."""
        for finish in self._last.values():
            finish(self)
