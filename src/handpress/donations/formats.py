"""The books in other forms: a table for spreadsheets, text for plain-text accounting.

No name of a donor is in the books, so none is in what is made of them. Sums are written with a
point and without grouping, whatever the desk's language.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from decimal import Context, Decimal

from handpress.donations.core.movements import GIFTS, Role
from handpress.donations.models import Account, Entry, Posting
from handpress.lib.money import exponent_of

_HEADER = (
    "entry",
    "day",
    "kind",
    "way",
    "sponsor",
    "campaign",
    "reference",
    "account",
    "currency",
    "amount",
    "seal",
    "for_fee",
)
# Some spreadsheets take the wide signs of East Asian keyboards for the same.
_FORMULA = re.compile(r"^\s*[=+\-@\t\r\uff1d\uff0b\uff0d\uff20]")


def csv_rows() -> Iterator[tuple[str, ...]]:
    """Yield the header, then a row for each posting, in the order of the books.

    ``for_fee`` is what of a gift its donor added for the company's fee; it is part of the gift, and
    stands once for each.
    """
    yield _HEADER
    for posting in _postings():
        entry, movement = posting.entry, posting.entry.movement
        yield (
            str(entry.number),
            entry.booked_on.isoformat(),
            movement.kind,
            guarded(movement.rail.name),
            guarded(movement.rail.sponsor.legal_name),
            guarded(movement.campaign.name) if movement.campaign else "",
            movement.pledge.reference if movement.pledge else "",
            posting.account.code,
            posting.currency,
            decimal_of(posting.amount_minor, posting.currency),
            entry.seal.hash,
            _for_fee(posting),
        )


def _for_fee(posting: Posting) -> str:
    movement = posting.entry.movement
    cover = movement.pledge.cover_minor if movement.pledge else 0
    is_gift = movement.kind in GIFTS and posting.account.role == Role.GIFTS
    return decimal_of(cover, posting.currency) if cover and is_gift else ""


def beancount_lines() -> Iterator[str]:
    """Yield the books as Beancount reads them: accounts opened, then every entry balanced."""
    first = Entry.objects.order_by("booked_on").values_list("booked_on", flat=True).first()
    if first is None:
        return
    accounts = Account.objects.filter(postings__isnull=False).distinct()
    for account in accounts.order_by("code"):
        yield f"{first.isoformat()} open {account.code} {account.currency}"
    last = 0
    for posting in _postings():
        entry, movement = posting.entry, posting.entry.movement
        if entry.number != last:
            last = entry.number
            words = f"{movement.kind.replace('_', ' ')}, {movement.rail.name}"
            yield ""
            yield f"{entry.booked_on.isoformat()} * {_quoted(words)}"
            yield f"  entry: {entry.number}"
            yield f'  seal: "{entry.seal.hash}"'
            if movement.pledge:
                yield f'  reference: "{movement.pledge.reference}"'
        amount = decimal_of(posting.amount_minor, posting.currency)
        yield f"  {posting.account.code}  {amount} {posting.currency}"


def decimal_of(minor: int, currency: str) -> str:
    """Write minor units as a decimal number with all the decimals of the currency."""
    return f"{Decimal(minor).scaleb(-exponent_of(currency), Context(prec=60)):f}"


def guarded(text: str) -> str:
    """Return text that no spreadsheet takes for a formula."""
    return f"'{text}" if _FORMULA.match(text) else text


def _quoted(text: str) -> str:
    plain = " ".join(text.split()).replace("\\", "\\\\").replace('"', '\\"')
    return f'"{plain}"'


def _postings() -> Iterator[Posting]:
    rows = Posting.objects.select_related(
        "account",
        "entry__seal",
        "entry__movement__rail__sponsor",
        "entry__movement__campaign",
        "entry__movement__pledge",
    )
    return rows.order_by("entry__number", "pk").iterator(chunk_size=2000)
