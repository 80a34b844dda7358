"""What Stripe sends: signed by a secret of the address that it is sent to."""

from __future__ import annotations

import json
import re
import time
from collections.abc import Mapping
from typing import Any

from stripe import SignatureVerificationError, WebhookSignature

from handpress.donations.companies.contract import EventTold
from handpress.donations.companies.errors import Forged

TOLERANCE_S = 300
MOST_BYTES = 1024 * 1024
TOLD = frozenset(
    """
    charge.dispute.closed charge.dispute.created charge.dispute.funds_reinstated
    charge.dispute.funds_withdrawn charge.dispute.updated charge.refunded charge.updated
    checkout.session.async_payment_failed checkout.session.async_payment_succeeded
    checkout.session.completed checkout.session.expired
    payment_intent.canceled payment_intent.payment_failed payment_intent.processing
    payment_intent.succeeded
    payout.canceled payout.created payout.failed payout.paid payout.updated
    refund.created refund.failed refund.updated
    """.split()
)
"""What is looked up; whatever else comes is true, and of no use."""
_ID = re.compile(r"[a-z]{2,4}_[A-Za-z0-9_]{1,250}", re.ASCII)
_TIME = re.compile(r"(?:^|,)\s*t=([0-9]{1,12})\s*(?:,|$)", re.ASCII)


def read_event(
    headers: Mapping[str, str], body: bytes, *, secret: str, is_live: bool
) -> list[EventTold]:
    """Return what an event is about; raises `Forged`, which says which sign failed."""
    _check_signature(headers.get("stripe-signature", ""), _text(body), secret)
    event = _object(body)
    if not isinstance(event.get("livemode"), bool) or event["livemode"] != is_live:
        raise Forged("an event of the other mode: real money and trials are kept apart")
    name, kind, thing = event.get("id"), event.get("type"), _about(event)
    if not isinstance(name, str) or not _ID.fullmatch(name) or not isinstance(kind, str):
        raise Forged("an event without a name")
    remote_id = thing.get("id")
    if kind not in TOLD or not isinstance(remote_id, str) or not _ID.fullmatch(remote_id):
        return []
    return [EventTold(name[:200], remote_id, kind)]


def _text(body: bytes) -> str:
    if len(body) > MOST_BYTES:
        raise Forged("larger than any event")
    try:
        return body.decode("utf-8")
    except UnicodeDecodeError:
        raise Forged("no UTF-8") from None


def _check_signature(signature: str, text: str, secret: str) -> None:
    if not secret.strip():
        raise Forged("no secret to check the signature with")
    if not signature:
        raise Forged("no signature")
    try:
        WebhookSignature.verify_header(text, signature, secret, TOLERANCE_S)
    except (SignatureVerificationError, TypeError, ValueError):
        # Their words quote the whole event.
        raise Forged("the signature does not fit, or is too old") from None
    # The vendor's code takes any time that is still to come.
    found = _TIME.search(signature)
    if found is None or int(found[1]) > time.time() + TOLERANCE_S:
        raise Forged("signed at a time that is still to come")


def _object(body: bytes) -> Mapping[str, Any]:
    try:
        event = json.loads(body)
    except (ValueError, RecursionError):
        raise Forged("no JSON") from None
    if not isinstance(event, dict) or event.get("object") != "event":
        raise Forged("no event")
    return event


def _about(event: Mapping[str, Any]) -> Mapping[str, Any]:
    data = event.get("data")
    thing = data.get("object") if isinstance(data, dict) else None
    return thing if isinstance(thing, dict) else {}
