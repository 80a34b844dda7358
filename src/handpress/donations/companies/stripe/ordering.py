"""What Stripe is asked for: a page of Checkout, or a payment without the donor.

The same order is asked for in the same bytes: a key is refused with any others.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from handpress.donations.companies.contract import Order, Urls
from handpress.donations.companies.stripe.sums import stripe_units
from handpress.donations.companies.stripe.telling import BY, PAGE, REFERENCE

if TYPE_CHECKING:
    from stripe.params import PaymentIntentCreateParams
    from stripe.params.checkout import SessionCreateParams

_LANGUAGES = frozenset(
    """
    bg cs da de el en en-GB es es-419 et fi fil fr fr-CA hi-IN hr hu id it ja ko lt lv ms mt nb nl
    pl pt pt-BR ro ru sk sl sv th tr vi zh zh-HK zh-TW
    """.split()
)
_LONGEST = 250


def session_params(order: Order, urls: Urls) -> SessionCreateParams:
    """Return what a page is asked for with; raises `Refused` for a sum that cannot be.

    Nobody's own currency is offered in place of the order's, and money is taken at once, so that
    what is paid is what was ordered.
    """
    kept = {REFERENCE: order.reference, BY: PAGE}
    words = order.words[:_LONGEST]
    params: SessionCreateParams = {
        "mode": "payment",
        "submit_type": "donate",
        "success_url": urls.done,
        "cancel_url": urls.left,
        "client_reference_id": order.reference,
        "metadata": kept,
        "line_items": [
            {
                "quantity": 1,
                "price_data": {
                    "currency": order.currency.lower(),
                    "unit_amount": stripe_units(order.minor, order.currency),
                    "product_data": {"name": words},
                },
            }
        ],
        "adaptive_pricing": {"enabled": False},
        "locale": _language(order.language),
        "payment_intent_data": {
            "metadata": kept,
            "description": words,
            "capture_method": "automatic",
        },
    }
    if order.is_monthly:
        params["customer_creation"] = "always"
        params["payment_intent_data"]["setup_future_usage"] = "off_session"
    return params


def intent_params(order: Order, customer: str, method: str) -> PaymentIntentCreateParams:
    """Return what a payment without the donor is asked for with; raises as `session_params`."""
    return {
        "amount": stripe_units(order.minor, order.currency),
        "currency": order.currency.lower(),
        "customer": customer,
        "payment_method": method,
        "confirm": True,
        "off_session": True,
        "capture_method": "automatic",
        "automatic_payment_methods": {"enabled": True, "allow_redirects": "never"},
        "description": order.words[:_LONGEST],
        "metadata": {REFERENCE: order.reference},
    }


def _language(tag: str) -> str:
    """Return Stripe's own tag for a language; its page asks the browser where it has none."""
    short = tag.split("-")[0]
    return next((each for each in (tag, short) if each in _LANGUAGES), "auto")
