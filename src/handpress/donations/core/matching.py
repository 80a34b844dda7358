"""Which promise a bank's line is for: by the reference in it, or not at all."""

from __future__ import annotations

from contextlib import suppress

from handpress.donations.core.references import (
    LENGTH,
    PREFIX,
    ReferenceError,
    folded,
    parse_reference,
)


def references_in(text: str) -> set[str]:
    """Return every reference that stands in a line's words, however they are broken and grouped.

    A creditor reference (RF) holds ours and is found by it. Each has a check character, so that
    what is mistyped is none.
    """
    plain = folded(text)
    found = set()
    at = plain.find(PREFIX)
    while at >= 0:
        with suppress(ReferenceError):
            found.add(parse_reference(plain[at : at + LENGTH]))
        at = plain.find(PREFIX, at + 1)
    return found
