"""A transfer as a picture that banking apps read: EPC069-12, as SVG that stands in the page."""

from __future__ import annotations

import segno.helpers

from handpress.donations.core import epc
from handpress.lib.html import SafeHtml


def epc_code(
    *, holder: str, iban: str, bic: str, minor: int, currency: str, reference: str
) -> SafeHtml:
    """Return the code as an SVG element, black on white; "" where the guideline has none.

    ``reference`` is a creditor reference (ISO 11649), or "".
    """
    amount = epc.amount_of(holder, iban, minor, currency)
    if amount is None:
        return SafeHtml("")
    code = segno.helpers.make_epc_qr(
        name=holder,
        iban=iban,
        amount=amount,
        reference=reference or None,
        # The guideline wants text or reference.
        text=None if reference else holder,
        bic=bic or None,
        encoding="utf-8",
    )
    return SafeHtml(code.svg_inline(scale=4, border=4, dark="#000", light="#fff", svgclass="code"))
