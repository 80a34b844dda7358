"""A receipt by mail: its plain text, and nothing attached."""

from __future__ import annotations

from handpress.donations import sealing
from handpress.donations.actions.donors import facts_of
from handpress.donations.core.receipt_words import text_of
from handpress.donations.models import Donor, Receipt
from handpress.donations.queries.receipts import paper_of_receipt
from handpress.mail.letters import write_letter

_WITHIN_DAYS = 7


def address_of(donor: Donor | None) -> str:
    """Return where a donor can be written to, or "" where nobody told or the key is gone."""
    if donor is None:
        return ""
    try:
        return facts_of(donor).get("email", "")
    except sealing.KeysUnusable:
        return ""


def write_receipt(receipt: Receipt) -> bool:
    """Mail a receipt to its donor; False where no address is known."""
    to = address_of(receipt.donor)
    if not to:
        return False
    paper = paper_of_receipt(receipt)
    write_letter(
        to=to,
        subject=f"{paper.title} – {paper.issuer[0]}",
        text=text_of(paper),
        kind="receipt",
        language=paper.language,
        deadline_s=_WITHIN_DAYS * 86400,
    )
    return True
