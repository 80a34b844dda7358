"""In the background: PDFs of receipts that have none yet.

A receipt counts from the moment it is written, with its text; the PDF follows. It is made from the
sealed paper, and sealed like it.
"""

from __future__ import annotations

import hashlib
import logging

from cryptography.fernet import InvalidToken

from handpress.donations import sealing
from handpress.donations.models import Receipt
from handpress.donations.queries.receipts import paper_of_receipt
from handpress.donations.receipt_pdf import NoFont, NoPdf, pdf_of

logger = logging.getLogger(__name__)

NO_FONT, FAILED = "no font", "failed"
"""What stands in place of a PDF's fingerprint where there is none, and its text stands alone."""


def make_waiting_pdfs(limit: int = 20) -> int:
    """Make PDFs of receipts that wait for one, the oldest first; return how many were settled.

    Safe to run in several processes, and to kill anywhere. Without the newsroom's key nothing is
    done, and all wait. 0.02 s each, and 0.4 s more for the first in a process.
    """
    waiting = Receipt.objects.filter(pdf_sha256="").exclude(wrapped="").order_by("pk")
    settled = 0
    for receipt in waiting.defer("pdf")[:limit]:
        try:
            settled += make_pdf(receipt)
        except sealing.KeysUnusable:
            logger.exception("receipt_key_unusable")
            break
    return settled


def make_pdf(receipt: Receipt) -> bool:
    """Make one receipt's PDF, or note why there is none; False where another was faster."""
    pdf, mark = b"", ""
    try:
        made = pdf_of(paper_of_receipt(receipt), receipt.issued_at)
        pdf = sealing.donor_key(receipt.wrapped).encrypt(made)
        mark = hashlib.sha256(made).hexdigest()
    except sealing.Forgotten:
        return False
    except (NoPdf, InvalidToken) as error:
        # What cannot be unsealed though the key is there was damaged; the others go on.
        mark = NO_FONT if isinstance(error, NoFont) else FAILED
        logger.warning("receipt_without_pdf", extra={"receipt": receipt.pk, "why": mark})
    # Whoever closed the receipt meanwhile, or made its PDF, was first.
    rows = Receipt.objects.filter(pk=receipt.pk, wrapped=receipt.wrapped, pdf=b"")
    return bool(rows.update(pdf=pdf, pdf_sha256=mark))


def try_again(receipt: Receipt) -> bool:
    """Have a PDF made that could not be made before; False where there is one, or none can be."""
    rows = Receipt.objects.filter(pk=receipt.pk, pdf_sha256__in=[NO_FONT, FAILED])
    return bool(rows.exclude(wrapped="").update(pdf_sha256=""))


def has_pdf(receipt: Receipt) -> bool:
    """Say whether there is a PDF that can be read; asks for no bytes."""
    return bool(receipt.wrapped) and receipt.pdf_sha256 not in {"", NO_FONT, FAILED}


def pdf_bytes(receipt: Receipt) -> bytes:
    """Return a receipt's PDF as it was made; b"" where there is none.

    Raises `sealing.KeysUnusable`, also where it is not what it was.
    """
    if not has_pdf(receipt):
        return b""
    made = sealing.donor_key(receipt.wrapped).decrypt(bytes(receipt.pdf))
    if hashlib.sha256(made).hexdigest() != receipt.pdf_sha256:
        raise sealing.KeysUnusable("This PDF is not the one that was made.")
    return made
