"""Who follows a topic, in numbers alone. Capabilities say how many; nobody is named here.

An app registers its `Following` when it starts. Nothing is kept in this module.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass


def _stay(topic: int, into: int) -> None:
    """Leave followers where they are."""


@dataclass(frozen=True, slots=True)
class Following:
    """One way to follow a topic.

    ``counts`` gets topic ids and returns how many follow each, in one query. ``words`` says it
    for a number, as in "at least 40 by feed". ``move`` is called, inside its transaction, when a
    topic is merged: who followed the one then follows the other.
    """

    name: str
    counts: Callable[[Collection[int]], Mapping[int, int]]
    words: Callable[[int], str]
    move: Callable[[int, int], None] = _stay


_ways: dict[str, Following] = {}


def register(way: Following) -> None:
    """Add a way to follow topics; one of the same name is replaced."""
    _ways[way.name] = way


def followers_of(topics: Collection[int]) -> dict[int, dict[str, int]]:
    """Return the followers of topics: topic -> way -> number. One query for each way."""
    found: dict[int, dict[str, int]] = {topic: {} for topic in topics}
    for way in _ways.values():
        for topic, number in way.counts(topics).items():
            if number:
                found[topic][way.name] = number
    return found


def in_words(numbers: Mapping[str, int]) -> str:
    """Say who follows a topic, or nothing where nobody is known to."""
    return ", ".join(_ways[name].words(number) for name, number in numbers.items() if name in _ways)


def move(topic: int, into: int) -> None:
    """Let those who follow a topic that is merged follow the other from now on."""
    for way in _ways.values():
        way.move(topic, into)
