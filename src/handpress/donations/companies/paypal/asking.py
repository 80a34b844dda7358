"""An order as PayPal wants it (Orders v2, ``order_request``)."""

from __future__ import annotations

from typing import Any

from handpress.donations.companies.contract import Order, Urls
from handpress.donations.companies.paypal.sums import written

_WORDS_BYTES = 127
_LOCALES = {
    name[:2]: name
    for name in "ar-EG cs-CZ da-DK de-DE el-GR en-US es-ES fi-FI fr-FR he-IL hu-HU id-ID it-IT"
    " ja-JP ko-KR nl-NL no-NO pl-PL pt-PT ru-RU sk-SK sv-SE th-TH zh-CN".split()
} | {"nb": "no-NO", "nn": "no-NO"}
_OTHER_LOCALES = frozenset("en-AU en-GB en-IN es-XC fr-CA pt-BR zh-HK zh-TW".split())


def order_asked(order: Order, urls: Urls) -> dict[str, Any]:
    """Return the order; raises `Refused` for a sum that PayPal does not take.

    The donor's address is left out: PayPal asks for the one that it knows.
    """
    unit: dict[str, Any] = {
        "amount": written(order.minor, order.currency),
        "custom_id": order.reference,
        "invoice_id": order.reference,
    }
    if words := _cut(order.words):
        unit["description"] = words
    experience = {
        "return_url": urls.done,
        "cancel_url": urls.left,
        "shipping_preference": "NO_SHIPPING",
        "user_action": "PAY_NOW",
    }
    if locale := _locale(order.language):
        experience["locale"] = locale
    return {
        "intent": "CAPTURE",
        "purchase_units": [unit],
        "payment_source": {"paypal": {"experience_context": experience}},
    }


def _cut(words: str) -> str:
    """Return as much as PayPal takes; of other scripts than Latin it takes fewer signs."""
    line = " ".join(words.split()).encode()
    return line[:_WORDS_BYTES].decode(errors="ignore").strip()


def _locale(language: str) -> str:
    """Return a language as PayPal names those that it speaks, "" for all others."""
    return language if language in _OTHER_LOCALES else _LOCALES.get(language[:2].lower(), "")
