"""Bank statements as banks hand them out: CAMT.053 and CAMT.052, OFX, tables. No Django."""

from __future__ import annotations

from handpress.donations.statements import camt, ofx, table
from handpress.donations.statements.lines import (
    Line,
    NotAStatement,
    Refused,
    Statement,
    former_identities,
    identities,
)

__all__ = [
    "LARGEST",
    "MOST_LINES",
    "Line",
    "NotAStatement",
    "Refused",
    "Statement",
    "former_identities",
    "identities",
    "read",
]

LARGEST = 16 * 2**20
"""Bytes. A year of a small outlet's account has less than one fiftieth of that."""
MOST_LINES = 10_000
"""They are taken over while somebody waits, and nobody else writes into the books meanwhile."""


def read(data: bytes, *, currency: str = "", dates: str = "") -> Statement:
    """Return the lines of a statement in any of the formats.

    ``currency`` is that of the account, for tables that do not name it; ``dates`` is ``dmy`` or
    ``mdy`` for tables in which that cannot be seen. Raises `NotAStatement`, whose message says
    what to do.
    """
    if len(data) > LARGEST:
        raise NotAStatement(
            f"The file has more than {LARGEST // 2**20} MB. Please ask the bank for a shorter time."
        )
    if not data.strip(b"\x00 \t\r\n\xef\xbb\xbf"):
        raise NotAStatement("The file is empty.")
    if camt.is_one(data):
        statement = camt.read(data)
    elif ofx.is_one(data):
        statement = ofx.read(data)
    else:
        statement = table.read(data, currency=currency, dates=dates)
    if statement.found > MOST_LINES:
        raise NotAStatement(
            f"The file has {statement.found:,} lines, and {MOST_LINES:,} are taken over at a time. "
            "Please ask the bank for a shorter time."
        )
    return statement
