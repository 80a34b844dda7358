"""How often something may be done: whom a limit counts, how many, in what time."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

LONGEST_MEMORY = timedelta(days=1)
"""No limit looks back further."""


@dataclass(frozen=True, slots=True)
class Limit:
    """``count`` times in ``window`` for each of what ``name`` says is counted."""

    name: str
    count: int
    window: timedelta
