"""How many people a reading service fetches a feed for, as it says itself in its User-Agent.

Services that fetch a feed once for many readers name their number, as in
``Feedly/1.0 (+http://…; 12 subscribers)``. It is the only thing ever noted of a request, and
nothing of it is about a person. Whatever is sent: names are few, short and plain, and so are
numbers.
"""

from __future__ import annotations

import re

MOST_AT_ONCE = 500
"""So many (feed, service) pairs are remembered until they are taken."""
MOST_SUBSCRIBERS = 1_000_000

_LONGEST = 400
_SAID = re.compile(r"\b([0-9]{1,9}) (?:subscriber|reader|follower)s?\b", re.IGNORECASE)
_NAME = re.compile(r"[A-Za-z][A-Za-z0-9.-]{1,39}")
_NOBODY = frozenset({"mozilla", "compatible", "subscriber", "subscribers", "reader", "readers"})


def subscribers_said(user_agent: str | None) -> tuple[str, int] | None:
    """Return the name and number that a service gives of itself; None for everybody else."""
    text = (user_agent or "")[:_LONGEST]
    said = _SAID.search(text)
    if said is None:
        return None
    names = (name for name in _NAME.findall(text) if name.lower() not in _NOBODY)
    name = next(names, "")
    number = min(int(said[1]), MOST_SUBSCRIBERS)
    return (name.lower(), number) if name else None


class FeedReaders:
    """Remembers the newest number for each feed and service, until somebody takes them."""

    def __init__(self) -> None:
        self._said: dict[tuple[str, str], int] = {}

    def note(self, path: str, user_agent: str | None) -> None:
        """Note who fetched a feed, if it is a service that says for how many."""
        said = subscribers_said(user_agent)
        if said and ((path, said[0]) in self._said or len(self._said) < MOST_AT_ONCE):
            self._said[path, said[0]] = said[1]

    def take(self) -> list[tuple[str, str, int]]:
        """Return what was noted since the last time: path, service, number."""
        said, self._said = self._said, {}
        return [(path, name, number) for (path, name), number in said.items()]
