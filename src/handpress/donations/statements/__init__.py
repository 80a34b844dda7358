"""Bank statements as banks hand them out: CAMT.053 and CAMT.052, OFX, tables. No Django."""

from __future__ import annotations

from handpress.donations.statements import camt, ofx, table
from handpress.donations.statements.lines import (
    MOST_LINES,
    Line,
    NotAStatement,
    Refused,
    Statement,
    former_identities,
    identities,
    is_name,
    refuse_many,
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
    "is_name",
    "read",
]

LARGEST = 16 * 2**20
"""Bytes. A year of a small outlet's account has less than one fiftieth of that."""
_OTHERS = (
    (b"PK\x03\x04", "packed (ZIP), or a workbook. Please unpack it, or save it as CSV"),
    (b"\x1f\x8b", "packed (gzip). Please unpack it"),
    (b"\xd0\xcf\x11\xe0", "a workbook. Please save it as CSV"),
    (b"%PDF-", "a PDF. Please fetch the same as CAMT.053, OFX or CSV"),
)
"""What banks hand out besides, by how it begins."""


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
    for begins, what in _OTHERS:
        if data.startswith(begins):
            raise NotAStatement(f"The file is {what}. Nothing was taken over.")
    if camt.is_one(data):
        statement = camt.read(data)
    elif ofx.is_one(data):
        statement = ofx.read(data)
    else:
        statement = table.read(data, currency=currency, dates=dates)
    refuse_many(statement.found)
    return statement
