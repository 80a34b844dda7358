"""Which column of a list holds what. Names are compared without case, accents and punctuation."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from handpress.donations.core.tables import folded
from handpress.donations.lists.kinds import DONORS, GIFTS, KINDS, PLAIN, PLANS, Kind

FIELDS: Mapping[str, str] = {
    "email": "e-mail address",
    "name": "name",
    "first_name": "first name",
    "last_name": "last name",
    "address": "address (may stand several times)",
    "language": "language",
    "donor_id": "what the donor is called there",
    "id": "what the gift, or the monthly gift, is called there",
    "amount": "amount",
    "currency": "currency",
    "status": "how it stands",
    "interval": "how often",
    "count": "every how many of them",
    "next_on": "next day",
    "started_on": "since",
    "ended_on": "ended on",
    "on": "day of the gift",
    "fee": "fee",
    "given_back": "given back",
    "given_back_on": "given back on",
    "dispute": "how a dispute about it ended",
    "disputed": "what the dispute was about",
    "company": "company that takes it",
    "subscription": "what the company calls the monthly gift",
    "customer": "what the company calls the donor",
    "method": "what the company calls the card or mandate",
    "mode": "whether it was a trial",
    "quantity": "quantity",
    "type": "kind of payment",
    "about": "what payment it is about",
    "ends": "whether it ends with the period",
}
"""What a column can hold, and how that is said."""

Columns = Mapping[str, tuple[int, ...]]
"""Where what stands, counted from 0; only an address may stand in several columns."""


def kind_named(name: str) -> Kind:
    """Return the kind of a name; raises `KeyError`."""
    return {kind.name: kind for kind in (*KINDS, PLAIN)}[name]


def kind_of(header: Sequence[str]) -> Kind:
    """Return whose list has these columns; `PLAIN` where nobody's does."""
    heads = {folded(each) for each in header}
    return next((kind for kind in KINDS if _fits(kind, heads)), PLAIN)


def _fits(kind: Kind, heads: set[str]) -> bool:
    return all(heads & set(names.split("|")) for names in kind.marks)


def missing_marks(kind: Kind, header: Sequence[str]) -> list[str]:
    """Return the columns that such a list has and this one does not, by their first names."""
    heads = {folded(each) for each in header}
    return [names.split("|")[0] for names in kind.marks if not heads & set(names.split("|"))]


def find_columns(kind: Kind, header: Sequence[str]) -> Columns:
    """Return where what stands, by the names of a kind's columns."""
    heads = [folded(each) for each in header]
    found: dict[str, tuple[int, ...]] = {}
    for what, names in kind.names.items():
        there = [heads.index(name) for name in names.split("|") if name in heads]
        if there:
            found[what] = tuple(dict.fromkeys(there)) if what == "address" else (there[0],)
    return found


def guess_holds(columns: Columns) -> str:
    """Return what a table of one's own seems to hold."""
    if "amount" in columns and ("interval" in columns or "next_on" in columns):
        return PLANS
    return GIFTS if "amount" in columns and "on" in columns else DONORS
