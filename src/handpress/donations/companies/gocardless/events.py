"""Webhooks: many events in one body, signed with a secret that both sides know."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from gocardless_pro import webhooks
from gocardless_pro.errors import InvalidSignatureError

from handpress.donations.companies.contract import EventTold
from handpress.donations.companies.errors import Forged
from handpress.donations.companies.gocardless.telling import linked

_LINKS = {
    "billing_requests": "billing_request",
    "payments": "payment",
    "mandates": "mandate",
    "refunds": "refund",
    "payouts": "payout",
}
"""What can be looked up; of all else (creditors, exports, subscriptions) nothing is told."""


def read(headers: Mapping[str, str], body: bytes, secret: str) -> list[EventTold]:
    """Return what a webhook tells of payments and what belongs to them; raises `Forged`.

    The vendor's own check takes an empty secret, which anybody could sign with; here it is refused.
    """
    signature = headers.get("webhook-signature", "")
    if not secret.strip():
        raise Forged("there is no secret to check it with")
    if not signature or not signature.isascii():
        raise Forged("it has no signature")
    try:
        found = webhooks.parse(body, secret, signature)
        told = [_told(event.attributes) for event in found]
    except InvalidSignatureError:
        raise Forged("the signature does not fit") from None
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError):
        raise Forged("it is signed, and no list of events") from None
    return [event for event in told if event.remote_id]


def _told(event: Mapping[str, Any]) -> EventTold:
    kind = str(event["resource_type"])
    name = linked(event, _LINKS[kind]) if kind in _LINKS else ""
    return EventTold(event_id=str(event["id"]), remote_id=name, kind=f"{kind}.{event['action']}")
