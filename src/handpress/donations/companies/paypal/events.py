"""What PayPal sends: its sign is checked by PayPal, which is asked with the very bytes that came.

The certificate that an event names is never fetched by us. Whoever forges one must at least name a
certificate of PayPal's, and all the fields, before PayPal is asked at all.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from typing import Any
from urllib.parse import urlsplit

from handpress.donations.companies.contract import EventTold
from handpress.donations.companies.errors import CannotVerify, CompanyError, Forged
from handpress.donations.companies.paypal.api import Api, issue_of
from handpress.donations.companies.paypal.telling import NAME, inside, linked, order_of

WEBHOOK_ID = re.compile("[A-Z0-9]{1,50}")
MOST_BYTES = 1024 * 1024
_SIGNS = {
    "transmission_id": ("paypal-transmission-id", re.compile(r"[\w-]{1,50}", re.ASCII)),
    "transmission_time": ("paypal-transmission-time", re.compile(r"[0-9TZtz:.+-]{1,100}")),
    "transmission_sig": ("paypal-transmission-sig", re.compile(r"[A-Za-z0-9+/=]{1,500}")),
    "cert_url": ("paypal-cert-url", re.compile(r"https://[\x21-\x7e]{1,490}")),
    "auth_algo": ("paypal-auth-algo", re.compile(r"[A-Za-z0-9]{1,100}")),
}
_NAMES = {
    "id": re.compile(r"[\w-]{1,100}", re.ASCII),
    "event_type": re.compile(r"[A-Z0-9._-]{1,100}"),
}


def read(api: Api, webhook_id: str, headers: Mapping[str, str], body: bytes) -> list[EventTold]:
    """Return what an event is about, [] for nothing of ours.

    Raises `Forged`, and `CannotVerify` where PayPal cannot be asked now.
    """
    signs = _signs(headers)
    event = _parsed(body)
    if not WEBHOOK_ID.fullmatch(webhook_id):
        raise CannotVerify("the webhook ID is not known")
    _verify(api, {**signs, "webhook_id": webhook_id}, body)
    name, kind = event["id"], event["event_type"]
    about = list(dict.fromkeys(filter(NAME.fullmatch, _about(kind, event.get("resource")))))
    return [
        EventTold(name if not number else f"{name}/{number}", each, kind)
        for number, each in enumerate(about)
    ]


def _signs(headers: Mapping[str, str]) -> dict[str, str]:
    signs: dict[str, str] = {}
    for name, (header, pattern) in _SIGNS.items():
        value = headers.get(header, "")
        if not pattern.fullmatch(value):
            raise Forged(f"{header} is not what PayPal sends")
        signs[name] = value
    host = _host(signs["cert_url"])
    if host != "paypal.com" and not host.endswith(".paypal.com"):
        raise Forged("the certificate is not PayPal’s")
    return signs


def _host(url: str) -> str:
    try:
        parts = urlsplit(url)
        is_plain = parts.port is None and "@" not in parts.netloc
    except ValueError:
        return ""
    return (parts.hostname or "") if is_plain else ""


def _parsed(body: bytes) -> dict[str, Any]:
    if len(body) > MOST_BYTES:
        raise Forged("it is larger than what PayPal sends")
    try:
        event = json.loads(body.decode("utf-8"), parse_constant=_no_constant)
    except (ValueError, RecursionError):
        raise Forged("it is no JSON") from None
    named = event if isinstance(event, dict) else {}
    for name, pattern in _NAMES.items():
        if not isinstance(named.get(name), str) or not pattern.fullmatch(named[name]):
            raise Forged("it is no event")
    return named


def _no_constant(name: str) -> None:
    raise ValueError(name)


def _verify(api: Api, signs: Mapping[str, str], body: bytes) -> None:
    # The sign is over the bytes: written anew, 10.00 would be 10.0, and the sign wrong.
    asked = json.dumps(signs).encode()[:-1] + b', "webhook_event": ' + body + b"}"
    try:
        answer = api.ask(
            "POST",
            "/v1/notifications/verify-webhook-signature",
            data=asked,
            headers={"Content-Type": "application/json"},
            passes=(400, 422),
        )
    except CompanyError as error:
        raise CannotVerify(str(error)) from None
    status = inside(answer.body, "verification_status")
    if status == "FAILURE" or (answer.status != 200 and not _is_ours(answer.body)):
        raise Forged(f"PayPal did not sign it: {issue_of(answer) or 'FAILURE'}")
    if answer.status != 200 or status != "SUCCESS":
        raise CannotVerify(f"status {answer.status}: {issue_of(answer)}")


def _is_ours(body: Any) -> bool:
    """Return whether what is wrong is the ID that we asked with, and not what was sent to us."""
    return "webhook_id" in json.dumps(inside(body, "details") or "")


def _about(kind: str, resource: Any) -> Iterator[str]:
    """Yield the names of what an event is about: an order, else a capture."""
    if not isinstance(resource, dict):
        return
    if kind.startswith("CUSTOMER.DISPUTE."):
        disputed = resource.get("disputed_transactions")
        for each in disputed if isinstance(disputed, list) else []:
            yield str(inside(each, "seller_transaction_id") or "")
    elif kind.startswith(("PAYMENT.CAPTURE.", "PAYMENT.REFUND.")):
        yield (
            order_of(resource)
            or linked(resource, "up", "/v2/payments/captures")
            or str(resource.get("id") or "")
        )
    elif kind.startswith("CHECKOUT."):
        yield str(resource.get("order_id") or resource.get("id") or "")
