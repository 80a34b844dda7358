"""What GoCardless says of payments, refunds, mandates and payouts, in our words.

Pure: all that it needs is given. A payment is told by its events, since its state alone forgets:
one that failed late, or was charged back and won, was there before. What happened to it is
numbered in its order, so that it has the same name whenever it is told.

Vendor's reference: https://developer.gocardless.com/api-reference/ (payments, events, payouts).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from handpress.donations.companies.contract import MandateTold, State, Told
from handpress.donations.companies.gocardless.declining import again_after
from handpress.donations.core.matching import references_in
from handpress.donations.core.movements import Kind
from handpress.donations.core.splitting import split

Facts = Mapping[str, Any]

_CAME = {"confirmed", "paid_out", "chargeback_cancelled"}
_WENT = {"failed", "charged_back"}
MOVES = frozenset({*_CAME, *_WENT, "late_failure_settled", "chargeback_settled"})
"""Actions of payments after which there may be something new to tell."""
_REFUND_CAME_BACK = {"cancelled", "failed", "bounced", "funds_returned"}
_FEES = {"gocardless_fee", "app_fee", "surcharge_fee"}
_STATES = {
    "pending_customer_approval": State.OPEN,
    "customer_approval_denied": State.FAILED,
    "cancelled": State.FAILED,
    "failed": State.FAILED,
    "confirmed": State.DONE,
    "paid_out": State.DONE,
    "charged_back": State.DONE,
}
_REQUESTS = {
    "pending": State.OPEN,
    "ready_to_fulfil": State.PENDING,
    "fulfilling": State.PENDING,
    "fulfilled": State.PENDING,
    "cancelled": State.FAILED,
}
_USABLE = {"pending_submission", "submitted", "active"}


@dataclass(frozen=True, slots=True)
class PaymentTold:
    """How far a payment is, why it failed and when to try once more, and what it moved, refunds
    and fees apart."""

    state: State
    code: str
    again: timedelta | None
    movements: tuple[Told, ...]


def moment(text: str) -> datetime:
    """Read a time; raises `ValueError` for one without a zone."""
    at = datetime.fromisoformat(text)
    if at.tzinfo is None:
        raise ValueError("a time without a zone")
    return at.astimezone(UTC)


def name_of(facts: Facts) -> str:
    """Return what something is called there; raises `KeyError` for what has no name."""
    return str(facts["id"])


def linked(facts: Facts, *names: str) -> str:
    """Return the first of these links that is there."""
    links = facts.get("links") or {}
    return next((str(links[name]) for name in names if links.get(name)), "")


def reference_in(facts: Facts) -> str:
    """Return the pledge's reference: from the metadata, else from the words for the donor."""
    kept = (facts.get("metadata") or {}).get("reference")
    if kept:
        return str(kept)
    found = references_in(str(facts.get("description") or ""))
    return found.pop() if len(found) == 1 else ""


def payment_told(payment: Facts, events: Iterable[Facts]) -> PaymentTold:
    """Return what is true of a payment; ``events`` are all of its own that are still kept."""
    own = [each for each in events if each["resource_type"] == "payments"]
    own.sort(key=lambda each: (moment(each["created_at"]), each["id"]))
    turns: list[datetime] = []
    code, again = "", None
    for event in own:
        action = event["action"]
        is_here = len(turns) % 2 == 1
        if (action in _CAME and not is_here) or (action in _WENT and is_here):
            turns.append(moment(event["created_at"]))
        if action in {"failed", "cancelled", "customer_approval_denied"}:
            code = str((event.get("details") or {}).get("cause") or "")
            again = again_after(action, code)
    turns += [_charged_at(payment)] * _forgotten(payment, len(turns))
    status = str(payment["status"])
    state = State.DONE if turns else _STATES.get(status, State.PENDING)
    is_failed = state == State.FAILED
    return PaymentTold(
        state=state,
        code=(code or status) if is_failed else "",
        again=again if is_failed else None,
        movements=_named(payment, turns),
    )


def _forgotten(payment: Facts, turns: int) -> int:
    """Return how many turns of the money no event tells any more; they are kept for 18 months."""
    status, is_here = payment["status"], turns % 2 == 1
    if status in {"confirmed", "paid_out"}:
        return 0 if is_here else 1
    if status == "charged_back" or (status == "failed" and linked(payment, "payout")):
        return 1 if is_here else 0 if turns else 2
    return 0


def _named(payment: Facts, turns: list[datetime]) -> tuple[Told, ...]:
    """Return the gift that came, was taken back, came again, and so on, in turn."""
    name, minor = str(payment["id"]), _whole(payment["amount"])
    told = []
    for number, at in enumerate(turns):
        comes = number % 2 == 0
        kind = Kind.DISPUTE_WON if comes else Kind.DISPUTE
        end = f"-{'returned' if comes else 'taken'}-{(number + 1) // 2}"
        told.append(
            Told(
                kind=kind if number else Kind.CAPTURE,
                remote_id=f"{name}{end}" if number else name,
                minor=minor if comes else -minor,
                currency=str(payment["currency"]),
                at=at,
                of=name if number else "",
                reference=reference_in(payment),
            )
        )
    return tuple(told)


def _charged_at(payment: Facts) -> datetime:
    day = payment.get("charge_date")
    return _midnight(day) if day else moment(payment["created_at"])


def _midnight(day: str) -> datetime:
    return datetime.combine(date.fromisoformat(day), time(), UTC)


def refund_told(refund: Facts, events: Iterable[Facts], reference: str) -> list[Told]:
    """Return that something was given back, and that it came back where nobody took it.

    ``events`` are the refund's own; they are only looked at in the second case.
    """
    common: dict[str, Any] = {
        "currency": str(refund["currency"]),
        "of": linked(refund, "payment"),
        "reference": reference,
    }
    minor, asked_at = _whole(refund["amount"]), moment(refund["created_at"])
    told = [Told(kind=Kind.REFUND, remote_id=refund["id"], minor=-minor, at=asked_at, **common)]
    if comes_back(refund):
        ends = (each for each in events if each["action"] in _REFUND_CAME_BACK)
        at = min((moment(each["created_at"]) for each in ends), default=asked_at)
        name = f"{refund['id']}-returned"
        told.append(Told(kind=Kind.REFUND_BACK, remote_id=name, minor=minor, at=at, **common))
    return told


def comes_back(refund: Facts) -> bool:
    """Say whether a refund did not reach the donor, so that the money is ours again."""
    return refund["status"] in _REFUND_CAME_BACK


def mandate_told(mandate: Facts) -> MandateTold:
    """Return whether gifts can be taken by a mandate; donors know it by its reference."""
    words = f"direct debit {mandate.get('reference') or ''}".strip()
    return MandateTold(
        remote_id=mandate["id"], is_active=mandate["status"] in _USABLE, words=words[:120]
    )


def request_state(request: Facts) -> State:
    """Return how far a billing request is of which there is no payment yet, or never one."""
    if request["status"] == "fulfilled" and not request.get("payment_request"):
        return State.DONE
    return _REQUESTS.get(request["status"], State.PENDING)


def paid_at(payout: Facts, events: Iterable[Facts]) -> datetime:
    """Return when a payout was sent; ``events`` are its own."""
    paid = (
        moment(each["created_at"])
        for each in events
        if each["resource_type"] == "payouts" and each["action"] == "paid"
    )
    found = min(paid, default=None)
    if found is not None:
        return found
    return _midnight(payout.get("arrival_date") or payout["created_at"][:10])


def payout_told(payout: Facts, at: datetime) -> list[Told]:
    """Return what was sent to the bank, and that it came back where the bank did not take it."""
    if payout["status"] not in {"paid", "bounced"}:
        return []
    name, minor = payout["id"], _whole(payout["amount"])
    common: dict[str, Any] = {"kind": Kind.PAYOUT, "currency": payout["currency"], "at": at}
    told = [Told(remote_id=name, minor=-minor, **common)]
    if payout["status"] == "bounced":
        told.append(Told(remote_id=f"{name}-returned", minor=minor, **common))
    return told if minor else []


def fees_told(payout: Facts, items: Iterable[Facts], at: datetime) -> dict[str, list[Told]]:
    """Return what was kept of each payment in a payout, by the payment's name.

    Items have parts of a cent, and a payout is rounded once: what it says was deducted is split
    over its payments, so that the parts add up to it exactly. Fees that are handed back, for
    payments that failed late, are split apart from the others.
    """
    kept: dict[str, int] = {}
    handed_back: dict[str, int] = {}
    payments: dict[str, int] = {}
    for item in items:
        payment, tenths = linked(item, "payment"), _tenths(item["amount"])
        if not payment:
            continue
        if item["type"] == "payment_paid_out":
            payments[payment] = 1
        elif item["type"] in _FEES and tenths:
            side = kept if tenths < 0 else handed_back
            side[payment] = side.get(payment, 0) + abs(tenths)
    deducted = _whole(payout.get("deducted_fees") or 0)
    back = 0
    if handed_back:
        back = _rounded(sum(handed_back.values())) if kept else -deducted
    told: dict[str, list[Told]] = {}
    for weights, total, end in (
        (kept or payments, -(deducted + back), ""),
        (handed_back, back, "-back"),
    ):
        if not weights or not total:
            continue
        names = sorted(weights)
        for name, minor in zip(names, split(total, [weights[n] for n in names]), strict=True):
            if minor:
                told.setdefault(name, []).append(
                    Told(
                        kind=Kind.FEE,
                        remote_id=f"{payout['id']}-{name}{end}",
                        minor=minor,
                        currency=payout["currency"],
                        at=at,
                        of=name,
                    )
                )
    return told


def _whole(value: Any) -> int:
    """Return a whole number; some are told as text."""
    if isinstance(value, bool) or not isinstance(value, int | str):
        raise ValueError("no whole number")
    return int(value)


def _tenths(text: Any) -> int:
    """Return an item's sum in tenths of a minor unit; it has one decimal."""
    return int((Decimal(str(text)) * 10).to_integral_value(ROUND_HALF_UP))


def _rounded(tenths: int) -> int:
    return int((Decimal(tenths) / 10).to_integral_value(ROUND_HALF_UP))
