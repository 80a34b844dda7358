"""For how long companies are waited for: longer in the background than while a donor looks on."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

_SHORTEST_S = 0.05
_ends_at: ContextVar[float | None] = ContextVar("ends_at", default=None)


@contextmanager
def hurry(within_s: float) -> Iterator[None]:
    """Wait no longer than that for all that is asked meanwhile, since a donor looks on."""
    token = _ends_at.set(time.monotonic() + within_s)
    try:
        yield
    finally:
        _ends_at.reset(token)


def is_hurried() -> bool:
    """Say whether somebody waits for what is asked now."""
    return _ends_at.get() is not None


def patience(usual_s: float) -> float:
    """Return for how long to wait now, in seconds; ``usual_s`` where nobody is in a hurry."""
    ends = _ends_at.get()
    return usual_s if ends is None else max(_SHORTEST_S, min(usual_s, ends - time.monotonic()))
