"""Seals: each entry's fingerprint holds the one before it, so that no past can be edited unseen.

What is sealed holds no personal data: numbers, days, sums, and the names of accounts.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, fields
from itertools import count

FIRST = ""
"""What the first entry follows on."""


@dataclass(frozen=True, slots=True)
class SealedPosting:
    """A posting, as it is sealed."""

    account: str
    currency: str
    minor: int


@dataclass(frozen=True, slots=True)
class SealedEntry:
    """An entry with its movement, as it is sealed. Days are written as in 2026-11-26."""

    number: int
    booked_on: str
    movement: int
    rail: int
    kind: str
    remote_id: str
    amount: int
    fee: int
    currency: str
    occurred_on: str
    campaign: int | None
    pledge: int | None
    of: int | None
    postings: tuple[SealedPosting, ...]


@dataclass(frozen=True, slots=True)
class Link:
    """An entry as it stands in the books, and the seal beside it."""

    entry: SealedEntry
    previous: str
    hash: str


_FACTS = tuple(field.name for field in fields(SealedEntry) if field.name != "postings")


def seal_of(entry: SealedEntry, previous: str) -> str:
    """Return the fingerprint of an entry that follows on another (SHA-256, in hex)."""
    # Not by `asdict`, which copies whatever it finds, and takes three times as long.
    facts: dict[str, object] = {name: getattr(entry, name) for name in _FACTS}
    facts["postings"] = sorted([each.account, each.currency, each.minor] for each in entry.postings)
    text = json.dumps([previous, facts], sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()


def faults_in(links: Iterable[Link]) -> Iterator[str]:
    """Yield what is wrong in a chain, in order; nothing where every entry is as it was sealed."""
    previous = FIRST
    numbers = count(1)
    for link in links:
        number = next(numbers)
        if link.entry.number != number:
            yield f"entry {number} is missing"
            numbers = count(link.entry.number + 1)
        elif link.previous != previous:
            yield f"entry {number} does not follow on the one before it"
        if link.hash != seal_of(link.entry, link.previous):
            yield f"entry {link.entry.number} is not as it was sealed"
        if message := _unbalanced(link.entry):
            yield message
        previous = link.hash


def _unbalanced(entry: SealedEntry) -> str:
    sums: dict[str, int] = {}
    for posting in entry.postings:
        sums[posting.currency] = sums.get(posting.currency, 0) + posting.minor
    if len(entry.postings) < 2 or any(sums.values()):
        return f"entry {entry.number} does not balance"
    return ""
