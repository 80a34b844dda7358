"""What Mollie's double remembers, and what donors and banks do there."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from donations.companies.doubles import Answer, Double
from handpress.donations.companies import company_kind
from handpress.donations.companies.contract import Company
from handpress.donations.companies.kinds import Account
from handpress.lib.money import exponent_of

EXAMPLES = (
    Path(__file__).resolve().parents[4] / "shared" / "data" / "payments" / "mollie" / "responses"
)
KEY = "test_dHar4XY7LxsDOtmnkVtjNVWXLSlXsM"
TOKEN = "access_Wwvu7egPcJLLJ9Kb7J632x8wJ2zMeJ"
PROFILE = "pfl_QkEhN94Ba"
_ONLY_A_TOKEN = "only a token of an organisation tells that (test_mollie.py)"


def example(name: str) -> Any:
    """Return one of Mollie's own examples."""
    file = EXAMPLES / f"{name}.json"
    if not file.is_file():
        pytest.skip(f"Mollie's examples are not there: {file}")
    return json.loads(file.read_text("utf-8"))


class MollieBooks(Double):
    """One organisation with one profile. What is paid is paid by iDEAL."""

    kind = "mollie"
    lacks: Mapping[str, str] = {
        "refund_back": "a refund is told when it has reached the donor, and not before",
        "fee": _ONLY_A_TOKEN,
        "payout": _ONLY_A_TOKEN,
        "payouts_blocked": _ONLY_A_TOKEN,
    }
    calls: Mapping[str, tuple[str, str]] = {
        "begin": ("POST", r"^/v2/payments$"),
        "charge": ("POST", r"^/v2/payments$"),
        "give_back": ("POST", r"/refunds$"),
        "look_up": ("GET", r"^/v2/payments/tr_"),
        "find": ("GET", r"^/v2/payments$"),
        "check": ("GET", r"^/v2/profiles/"),
        "movements": ("GET", r"^/v2/payments$"),
    }
    sums = (
        ("EUR", 2500, "25.00"),
        ("EUR", 7, "0.07"),
        ("HUF", 100001, "1000.01"),
        ("JPY", 2500, "2500"),
        ("ISK", 99, "99"),
        ("KWD", 2500, None),
        ("EUR", 0, None),
        ("EUR", -5, None),
    )
    secrets = (KEY, TOKEN)

    def __init__(self) -> None:
        super().__init__()
        self.payments: dict[str, dict[str, Any]] = {}
        self.customers: dict[str, dict[str, Any]] = {}
        self.mandates: dict[str, dict[str, Any]] = {}
        self.refunds: dict[str, dict[str, Any]] = {}
        self.chargebacks: dict[str, dict[str, Any]] = {}
        self.settlements: dict[str, dict[str, Any]] = {}
        self.kept: list[dict[str, Any]] = []
        self.answered: dict[str, tuple[bytes, Answer]] = {}
        self.hints: list[str] = []
        self.fails_with: list[str] = []
        self.fails_later: dict[str, str] = {}
        self.next_later = ""
        self.profile = example("profile_single") | {"id": PROFILE}
        self.onboarding = example("onboarding_me")
        self.refuses_twins = False
        self.circles_to = ""
        self._numbers = 0

    def company(self, **details: Any) -> Company:
        key = details.pop("key", KEY)
        profile = details.pop("profile", PROFILE)
        mode = details.pop("mode", "test")
        kind = company_kind("mollie")
        kind.check_secrets(mode, {"api_key": key})
        account = Account(
            mode=mode,
            base=self.base,
            account_ref=profile,
            details=details,
            secrets={"api_key": key},
        )
        return kind.open(account)

    def error_body(self) -> Any:
        return example("payment_rejected") | {"detail": self.quoted()}

    # --- what donors and banks do --------------------------------------------------------------

    def donor_pays(self, remote_id: str) -> None:
        payment = self.payments[remote_id]
        assert payment["status"] == "open"
        self.pay(payment)
        if payment["sequenceType"] == "first":
            self._agree(payment)

    def pay(self, payment: dict[str, Any]) -> None:
        """Let a payment be paid, and Mollie keep 29 cents of it."""
        payment |= {"status": "paid", "paidAt": self.moment()}
        payment["_links"].pop("checkout", None)
        self._keep("payment", payment["amount"], 1, payment)
        self.hints.append(payment["id"])

    def _agree(self, payment: dict[str, Any]) -> None:
        mandate = example("customer_mandate_single") | {"id": self.name("mdt")}
        payment["mandateId"] = mandate["id"]
        self.mandates[f"{payment['customerId']}/{mandate['id']}"] = mandate

    def donor_leaves(self, remote_id: str) -> None:
        self.payments[remote_id] |= {"status": "expired", "expiredAt": self.moment()}
        self.hints.append(remote_id)

    def settle(self, remote_id: str) -> None:
        payment = self.payments[remote_id]
        if payment["status"] == "pending" and remote_id in self.fails_later:
            details = {"bankReasonCode": self.fails_later[remote_id]}
            payment |= {"status": "failed", "details": details}
            self.hints.append(remote_id)
        elif payment["status"] == "pending":
            self.pay(payment)
        for each in self.of(self.refunds, remote_id):
            if each["status"] in {"pending", "processing"}:
                each["status"] = "refunded"
                self.hints.append(remote_id)

    def refund_there(self, capture: str, minor: int) -> str:
        currency = self.payments[capture]["amount"]["currency"]
        return str(self.refund(capture, self.amount(minor, currency))["id"])

    def refund(self, payment: str, amount: Mapping[str, str]) -> dict[str, Any]:
        """Let a refund be on its way."""
        made: dict[str, Any] = example("refund_single")
        for gone in ("lines", "orderId", "settlementId", "settlementAmount", "metadata"):
            made.pop(gone, None)
        made |= {"id": self.name("re"), "amount": dict(amount), "createdAt": self.moment()}
        made |= {"status": "pending", "paymentId": payment, "metadata": None}
        self.refunds[made["id"]] = made
        self._keep("refund", amount, -1, self.payments[payment])
        return made

    def dispute(self, capture: str) -> None:
        made = example("payment_chargeback_single")
        amount = self.payments[capture]["amount"]
        made |= {"id": self.name("chb"), "amount": amount, "paymentId": capture}
        made |= {"createdAt": self.moment(), "reversedAt": None}
        self.chargebacks[made["id"]] = made
        self._keep("chargeback", amount, -1, self.payments[capture])
        self.hints.append(capture)

    def win_dispute(self, capture: str) -> None:
        for each in self.of(self.chargebacks, capture):
            each["reversedAt"] = self.moment()
        self.hints.append(capture)

    def pay_out(self) -> str:
        made = example("settlement_single") | {"id": self.name("stl"), "status": "paidout"}
        left = sum(self.minor(each["resultAmount"]) for each in self.kept)
        left += sum(self.moved()[each] for each in self.settlements)
        made |= {"createdAt": self.moment(), "settledAt": self.moment()}
        made["amount"] = self.amount(left, "EUR")
        self.settlements[made["id"]] = made
        return str(made["id"])

    def block_payouts(self) -> None:
        self.onboarding["canReceiveSettlements"] = False

    def end_mandate_there(self, mandate: str) -> None:
        self.mandates[mandate]["status"] = "invalid"

    def decline_next(self, *, hard: bool) -> None:
        self.fails_with.append("card_expired" if hard else "insufficient_funds")

    def decline_later(self, *, hard: bool) -> None:
        self.next_later = "AC04" if hard else "AM04"

    def need_donor_next(self) -> None:
        self.fails_with.append("authentication_required")

    def events(self) -> list[tuple[dict[str, str], bytes]]:
        """Hints about one payment that come within moments are told once: they are the same."""
        hints, self.hints = list(dict.fromkeys(self.hints)), []
        headers = {"content-type": "application/x-www-form-urlencoded"}
        return [(dict(headers), f"id={each}".encode()) for each in hints]

    def forged_events(self) -> list[tuple[str, dict[str, str], bytes]]:
        headers = {"content-type": "application/x-www-form-urlencoded"}
        name = next(iter(self.payments))
        wrong = {
            "two": f"id={name}&id={name}",
            "more": f"id={name}&amount=5",
            "path": f"id={name}/../../x",
            "quoted": f"id=%74{name[1:]}",
            "line": f"id={name}\n",
            "long": f"id=tr_{'x' * 500}",
            "order": "id=ord_kEn1PlbGa",
            "other": f"name={name}",
            "digits": "id=tr_\u0661\u0662\u0663\u0664\u0665",
        }
        return [(what, dict(headers), body.encode()) for what, body in wrong.items()]

    def moved(self) -> dict[str, int]:
        left = {
            name: self.left(name)
            for name, payment in self.payments.items()
            if payment["status"] == "paid"
        }
        out = {n: -self.minor(each["amount"]) for n, each in self.settlements.items()}
        return left | out

    def asked_sum(self, remote_id: str) -> str:
        return str(self.payments[remote_id]["amount"]["value"])

    # --- what it keeps -------------------------------------------------------------------------

    def moment(self) -> str:
        """Return what time it is, as Mollie writes it."""
        return datetime.fromtimestamp(self.now_s(), UTC).isoformat()

    def name(self, kind: str) -> str:
        """Return a name that nothing has had."""
        self._numbers += 1
        return f"{kind}_{self._numbers:06d}Qx{self._numbers * 7919 % 9973:04d}"

    def left(self, name: str) -> int:
        gone = [each for each in self.of(self.refunds, name) if each["status"] != "failed"]
        gone += [each for each in self.of(self.chargebacks, name) if not each["reversedAt"]]
        return self.minor(self.payments[name]["amount"]) - sum(
            self.minor(each["amount"]) for each in gone
        )

    @staticmethod
    def of(there: Mapping[str, dict[str, Any]], payment: str) -> list[dict[str, Any]]:
        return [each for each in there.values() if each["paymentId"] == payment]

    @staticmethod
    def minor(amount: Mapping[str, str]) -> int:
        return int(amount["value"].replace(".", ""))

    @staticmethod
    def amount(minor: int, currency: str) -> dict[str, str]:
        digits = f"{abs(minor):03d}"
        value = f"{digits[:-2]}.{digits[-2:]}" if exponent_of(currency) else str(abs(minor))
        return {"currency": currency, "value": f"-{value}" if minor < 0 else value}

    def _keep(self, what: str, amount: Mapping[str, str], sign: int, payment: Any) -> None:
        if amount["currency"] != "EUR":
            return
        made = example("balance_transactions_list")["_embedded"]["balance_transactions"][0]
        minor = sign * self.minor(amount)
        made |= {"id": self.name("baltr"), "type": what, "createdAt": self.moment()}
        made["initialAmount"] = self.amount(minor, "EUR")
        made["deductions"] = self.amount(-29, "EUR")
        made["resultAmount"] = self.amount(minor - 29, "EUR")
        made["context"] = {"paymentId": payment["id"]}
        self.kept.append(made)
