"""What PayPal's double sends, signed and forged.

The sign is the one of PayPal's guide to webhooks: RSA over the transmission's name and time, the
webhook's ID, and the CRC of the very bytes.
"""

from __future__ import annotations

import base64
import json
import zlib
from collections.abc import Mapping
from functools import cache
from typing import Any
from uuid import uuid4

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding, rsa

from donations.companies.paypal_facts import WEBHOOK_ID

CERT = "https://api.paypal.com/v1/notifications/certs/CERT-360caa42-fca2a594-1d93a270"


@cache
def _key() -> rsa.RSAPrivateKey:
    return rsa.generate_private_key(public_exponent=65537, key_size=2048)


def signed(
    body: bytes, *, webhook_id: str = WEBHOOK_ID, at: str = "2026-11-27T05:00:00Z"
) -> dict[str, str]:
    """Return the header fields of something that PayPal sends."""
    while True:
        # The schema wants both texts to begin with a letter or a figure.
        name = str(uuid4())
        text = f"{name}|{at}|{webhook_id}|{zlib.crc32(body)}".encode()
        raw = _key().sign(text, padding.PKCS1v15(), hashes.SHA256())
        sign = base64.b64encode(raw).decode()
        if sign[0].isalnum():
            break
    return {
        "content-type": "application/json",
        "paypal-auth-algo": "SHA256withRSA",
        "paypal-auth-version": "v2",
        "paypal-cert-url": CERT,
        "paypal-transmission-id": name,
        "paypal-transmission-sig": sign,
        "paypal-transmission-time": at,
    }


def is_signed(told: Mapping[str, Any], raw: bytes) -> bool:
    """Return whether these bytes have this sign."""
    parts = (told["transmission_id"], told["transmission_time"], told["webhook_id"])
    text = "|".join([*parts, str(zlib.crc32(raw))]).encode()
    try:
        sign = base64.b64decode(told["transmission_sig"])
        _key().public_key().verify(sign, text, padding.PKCS1v15(), hashes.SHA256())
    except (InvalidSignature, ValueError):
        return False
    return bool(told["cert_url"] == CERT and told["webhook_id"] == WEBHOOK_ID)


def event_bytes(event: Mapping[str, Any]) -> bytes:
    """Return an event as PayPal writes it: not as Python would write it again."""
    raw = json.dumps(event, ensure_ascii=False, separators=(",", ":")).encode()
    return raw.replace(b'"resource":{', b'"resource":{"exchange_rate":10.00,', 1)


def forged(capture: str) -> list[tuple[str, dict[str, str], bytes]]:
    """Return events that PayPal did not send so, each with what is wrong."""
    kind = "PAYMENT.CAPTURE.COMPLETED"
    body = event_bytes({"id": "WH-1", "event_type": kind, "resource": {"id": capture}})
    good = signed(body)
    nothing = base64.b64encode(bytes(256)).decode()
    absent = {name: value for name, value in good.items() if not name.endswith("-sig")}

    def changed(name: str, value: str) -> dict[str, str]:
        return good | {f"paypal-{name}": value}

    return [
        ("a signature of nothing", changed("transmission-sig", nothing), body),
        ("an absent signature", absent, body),
        ("an other body", good, body.replace(b"COMPLETED", b"REVERSED")),
        ("another webhook's secret", signed(body, webhook_id="8PT597110X687430L"), body),
        ("another time", changed("transmission-time", "2026-11-27T06:00:00Z"), body),
        ("a foreign host", changed("cert-url", "https://paypal.com.evil.example/c"), body),
        ("a foreign host behind @", changed("cert-url", "https://paypal.com@evil.example/"), body),
        ("no sign at all", {"content-type": "application/json"}, body),
    ]
