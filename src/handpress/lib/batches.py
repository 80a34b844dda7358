"""Cutting streams into pieces."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import islice
from typing import TypeVar

T = TypeVar("T")


def batched(values: Iterable[T], size: int) -> Iterator[tuple[T, ...]]:
    """Yield tuples of at most ``size`` values, in order, without reading ahead further."""
    iterator = iter(values)
    while piece := tuple(islice(iterator, size)):
        yield piece
