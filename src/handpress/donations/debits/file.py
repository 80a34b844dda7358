"""The file that a bank collects by: pain.008.001.08 (ISO 20022, SEPA Core Direct Debit).

`sepaxml` writes it and holds it against the schema. What it would draw by chance (names of the
message and of its parts, the time) is set here, so that the same debits are the same file, and a
bank that gets it twice sees that. Every debit is asked to be booked by itself: in a collective
booking the references would be lost.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from xml.etree import ElementTree as ET

from sepaxml import SepaDD
from sepaxml.validation import try_valid_xml

from handpress.donations.debits.numbers import WrongNumber, check_account, check_mandate_id
from handpress.donations.debits.signs import sepa_text

SCHEMA = "pain.008.001.08"
FIRST, LATER = "FRST", "RCUR"
MOST_MINOR = 999_999_999_99
_SPACE = f"{{urn:iso:std:iso:20022:tech:xsd:{SCHEMA}}}"


class NotADebit(ValueError):
    """A debit that cannot be collected; ``place`` says which, the message why, without account."""

    def __init__(self, place: str, why: str) -> None:
        super().__init__(f"{place}: {why}")
        self.place = place
        self.why = why


@dataclass(frozen=True, slots=True, kw_only=True)
class Creditor:
    """Who collects; ``bic`` may be empty."""

    name: str
    iban: str
    creditor_id: str
    bic: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Debit:
    """What is collected from one account; ``minor`` are cents.

    ``place`` is how the row is called in an error; ``sequence`` is `FIRST` or `LATER`;
    ``reference`` comes back with the money, ``words`` are what the payer reads beside it.
    """

    place: str
    name: str
    iban: str
    minor: int
    mandate_id: str
    signed_on: date
    sequence: str
    reference: str
    words: str = ""


def check_debit(debit: Debit) -> Debit:
    """Return a debit as it is written into the file; raises `NotADebit`."""
    name = sepa_text(debit.name, 70)
    if not name:
        raise NotADebit(debit.place, "whose account it is, is not known")
    if not 0 < debit.minor <= MOST_MINOR:
        raise NotADebit(debit.place, "the sum cannot be collected")
    try:
        iban, mandate_id = check_account(debit.iban), check_mandate_id(debit.mandate_id)
    except WrongNumber as wrong:
        raise NotADebit(debit.place, str(wrong)) from None
    return Debit(
        place=debit.place,
        name=name,
        iban=iban,
        minor=debit.minor,
        mandate_id=mandate_id,
        signed_on=debit.signed_on,
        sequence=debit.sequence,
        reference=debit.reference,
        words=sepa_text(f"{debit.reference} {debit.words}", 140),
    )


def make_file(
    creditor: Creditor,
    debits: Sequence[Debit],
    *,
    message_id: str,
    collect_on: date,
    made_at: datetime,
) -> bytes:
    """Return the file; the same debits and names make the same bytes.

    Raises `NotADebit` for one that cannot be collected, and sepaxml's `ValidationError` where the
    file is not as the schema wants it.
    """
    config = {
        "name": sepa_text(creditor.name, 70),
        "IBAN": creditor.iban,
        "creditor_id": creditor.creditor_id,
        "currency": "EUR",
        "batch": True,
    }
    if creditor.bic:
        config["BIC"] = creditor.bic
    sepa = SepaDD(config, schema=SCHEMA, clean=False)
    # First ones before later ones, so that the parts of the message keep their names.
    for debit in sorted(map(check_debit, debits), key=lambda each: (each.sequence, each.reference)):
        sepa.add_payment(
            {
                "name": debit.name,
                "IBAN": debit.iban,
                "amount": debit.minor,
                "type": debit.sequence,
                "collection_date": collect_on,
                "mandate_id": debit.mandate_id,
                "mandate_date": debit.signed_on,
                "description": debit.words,
                "endtoend_id": debit.reference,
            }
        )
    root = ET.fromstring(sepa.export(validate=False))  # noqa: S314
    _set(root, "GrpHdr/MsgId", message_id)
    _set(root, "GrpHdr/CreDtTm", made_at.replace(microsecond=0, tzinfo=None).isoformat())
    for number, part in enumerate(root.iterfind(f"*/{_SPACE}PmtInf"), 1):
        _set(part, "PmtInfId", f"{message_id}-{number}")
        _set(part, "BtchBookg", "false")
    made = b'<?xml version="1.0" encoding="UTF-8"?>\n' + ET.tostring(root, "utf-8")
    try_valid_xml(made, SCHEMA)
    return made


def _set(within: ET.Element, path: str, text: str) -> None:
    steps = "/".join(_SPACE + step for step in path.split("/"))
    found = within.find(f"*/{steps}") if within.tag.endswith("Document") else within.find(steps)
    assert found is not None, path
    found.text = text
