"""What BTCPay Server sends: signed by the secret of the store's webhook.

``BTCPay-Sig: sha256=`` and the HMAC-SHA256 of the body, in hex. Every delivery has a name of its
own; one that is sent again has a new one, and is a reason to look once more, which does no harm.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import re
from collections.abc import Mapping

from handpress.donations.companies.btcpay.telling import INVOICE
from handpress.donations.companies.contract import EventTold
from handpress.donations.companies.errors import Forged

_DELIVERY = re.compile("[!-~]{1,160}")
_KINDS = frozenset(
    """
    InvoiceReceivedPayment InvoiceProcessing InvoicePaymentSettled InvoiceSettled InvoiceExpired
    InvoiceInvalid
    """.split()
)


def is_signed(body: bytes, signature: str, secret: str) -> bool:
    """Say whether a body was signed by this secret; an empty secret signs nothing."""
    if not secret:
        return False
    right = hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()
    given = signature.removeprefix("sha256=")
    return signature.startswith("sha256=") and hmac.compare_digest(
        right.encode(), given.lower().encode("utf-8", "replace")
    )


def read_event(
    headers: Mapping[str, str], body: bytes, *, secret: str, store: str
) -> list[EventTold]:
    """Return what an event is about: one of our store's invoices, or nothing.

    Raises `Forged` where it is not signed by us both.
    """
    signature = headers.get("btcpay-sig", "")
    if not signature:
        raise Forged("It is not signed.")
    if not is_signed(body, signature, secret):
        raise Forged("The signature does not fit.")
    try:
        event = json.loads(body)
    except (ValueError, RecursionError):
        raise Forged("It is no JSON.") from None
    return _told(event, store) if isinstance(event, dict) else []


def _told(event: Mapping[str, object], store: str) -> list[EventTold]:
    delivery, invoice, kind = (event.get(name) for name in ("deliveryId", "invoiceId", "type"))
    is_ours = (
        isinstance(delivery, str)
        and _DELIVERY.fullmatch(delivery)
        and isinstance(invoice, str)
        and INVOICE.fullmatch(invoice)
        and isinstance(kind, str)
        and kind in _KINDS
        and event.get("storeId") in {None, store}
    )
    if not is_ours:
        return []
    return [EventTold(event_id=str(delivery), remote_id=str(invoice), kind=str(kind))]
