"""The vendor's client on a connection of ours, and what its errors mean in our words."""

from __future__ import annotations

import json
import logging
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

import stripe
from stripe import HTTPClient, StripeClient

from handpress.donations.companies import http
from handpress.donations.companies.errors import (
    CompanyDown,
    CompanyError,
    CompanyRevoked,
    Declined,
    NeedsDonor,
    Refused,
)
from handpress.donations.companies.reading import understood

VERSION = "2026-10-28.endive"
"""The dialect that is spoken, whatever the account is set to."""
AGAIN = timedelta(days=3)
_FOR_GOOD = frozenset(
    """
    account_closed authentication_not_handled bank_account_closed bank_account_frozen
    bank_account_invalid_details bank_account_restricted bank_account_unusable
    bank_ownership_changed card_not_supported currency_not_supported debit_not_authorized
    expired_card fraudulent incorrect_number invalid_account invalid_account_number
    invalid_expiry_month invalid_expiry_year invalid_number live_mode_test_card lost_card
    merchant_blacklist new_account_information_available no_account not_permitted
    payment_method_unactivated pickup_card recipient_deceased restricted_card
    revocation_of_all_authorizations revocation_of_authorization security_violation
    service_not_allowed stolen_card stop_payment_order testmode_decline transaction_not_allowed
    """.split()
)
"""Why a bank says no that will say so again, to a card or to a debit (docs.stripe.com/declines:
codes, network-codes)."""
_CLOSED = frozenset({"account_closed", "account_invalid", "testmode_charges_only"})
_MANDATE = frozenset({"customer", "payment_method"})

# The vendor's client writes what it sends, a donor's address and all, into its log.
logging.getLogger("stripe").addFilter(lambda record: False)
# It would also write a number of its own into the home folder, and send it along.
stripe.enable_telemetry = False


class _Wire(HTTPClient):
    """Asks one host and no other, once, and tells it no more than it needs."""

    name = "handpress"

    def __init__(self, base: str) -> None:
        super().__init__()
        self._base = f"{base}/"
        self._read_s = http.READ_S

    def request(
        self,
        method: str,
        url: str,
        headers: Mapping[str, str] | None,
        post_data: Any = None,
        *,
        _usage: list[str] | None = None,
    ) -> tuple[str, int, Mapping[str, str]]:
        """Return body, status and no header; raises what `http.exchange` does."""
        if not url.startswith(self._base):
            raise Refused("not Stripe's host")
        changes = method != "get"
        answer = http.exchange(
            method.upper(),
            url,
            read_s=self._read_s,
            changes=changes,
            data=post_data,
            headers=_plain(headers or {}),
        )
        if not _is_answer(answer):
            raise http.unanswered(f"status {answer.status}, not Stripe's", changes=changes)
        if answer.status in {401, 403}:
            raise CompanyRevoked(f"status {answer.status}")
        return json.dumps(answer.body), answer.status, {}

    def close(self) -> None:
        """Do nothing: no connection is kept."""


def _plain(headers: Mapping[str, str]) -> dict[str, str]:
    kept = {k: v for k, v in headers.items() if not k.lower().startswith("x-stripe-client")}
    return kept | {"User-Agent": "Handpress"}


def _is_answer(answer: http.Answer) -> bool:
    body = answer.body
    if not isinstance(body, dict):
        return False
    if answer.status < 300:
        return isinstance(body.get("object"), str) and "error" not in body
    return isinstance(body.get("error"), dict)


def client_for(base: str, secret_key: str) -> StripeClient:
    """Return the vendor's client for one account; nothing of it is shared with another."""
    base = base.rstrip("/")
    return StripeClient(
        secret_key,
        stripe_version=VERSION,
        base_addresses={"api": base, "connect": base, "files": base, "meter_events": base},
        max_network_retries=0,
        http_client=_Wire(base),
    )


@contextmanager
def asking(*, changes: bool = False) -> Iterator[None]:
    """Ask in here, and read the answer: the vendor's errors become ours, without their words."""
    try:
        with understood(changes=changes):
            yield
    except stripe.StripeError as error:
        raise _meant(error, changes=changes) from None


def _meant(error: stripe.StripeError, *, changes: bool) -> Exception:
    told = _error_in(error)
    if isinstance(error, stripe.CardError):
        return declined(told)
    if isinstance(error, stripe.RateLimitError):
        return CompanyDown("rate limit")
    if isinstance(error, stripe.IdempotencyError):
        return Refused("the key was used for something else")
    if isinstance(error, stripe.InvalidRequestError):
        if told.get("code") in _CLOSED:
            return CompanyRevoked(_name(told, "code"))
        if told.get("param") in _MANDATE or told.get("code") == "payment_method_unexpected_state":
            return Declined(_name(told, "code") or "mandate_ended")
        return Refused(f"status {error.http_status}: {_name(told, 'code')} {_name(told, 'param')}")
    # Also where another request holds the key at this moment (409): what becomes of it, who knows.
    return http.unanswered(type(error).__name__, changes=changes)


def declined(told: Mapping[str, Any]) -> CompanyError:
    """Return what an error that Stripe tells of a payment means: `NeedsDonor` or `Declined`."""
    code = _name(told, "decline_code") or _name(told, "code")
    if "authentication_required" in {code, told.get("code")}:
        return NeedsDonor("authentication_required")
    is_final = told.get("advice_code") == "do_not_try_again" or code in _FOR_GOOD
    return Declined(code or "declined", again=None if is_final else AGAIN)


def again_after(told: Mapping[str, Any]) -> timedelta | None:
    """Return when to try once more what a bank declined later; None for never, and for what no
    bank declined."""
    error = declined(told) if told else None
    return error.again if isinstance(error, Declined) else None


def _error_in(error: stripe.StripeError) -> Mapping[str, Any]:
    body = error.json_body
    found = body.get("error") if isinstance(body, dict) else None
    return found if isinstance(found, dict) else {}


def _name(told: Mapping[str, Any], field: str) -> str:
    """Return a name for machines; whatever else stands there may quote a donor."""
    value = told.get(field)
    is_name = isinstance(value, str) and value.replace("_", "").isalnum() and value.isascii()
    return value[:80] if is_name and isinstance(value, str) else ""
