"""The practice company for tests: a book of its own, and nobody who is asked over a line.

What it is asked is a call into its book, not a request: nothing can be lost on the way, and
`calls` is empty. A request from it to anybody would be a complaint (`routes`).
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from donations.companies.doubles import Double, Handler
from handpress.donations.companies import practice
from handpress.donations.companies.practice import Practice
from handpress.donations.companies.practice_book import Payment, PracticeBook

_NO_KEYS = "it has no keys, and no account that could be closed"


class _Book(PracticeBook):
    """The company's book, with a bank behind it that may refuse."""

    next_code = ""

    def charge(self, payment: Payment, at: datetime, code: str = "") -> Payment:
        code, self.next_code = self.next_code or code, ""
        return super().charge(payment, at, code)


class DOUBLE(Double):
    """The practice company as everybody opens it: on one book."""

    kind = "practice"
    page_size = 2
    lacks = {
        "host": "its page is one of ours, under whatever address the demo is looked at",
        "revoke": _NO_KEYS,
        "payouts_blocked": _NO_KEYS,
        "decline_later": "what it takes is sure at once",
    }
    sums = (("EUR", 2501, "2501"), ("JPY", 3000, "3000"), ("KWD", 1005, "1005"))

    def __enter__(self) -> Any:
        self.book = _Book(":memory:")
        self._usual, practice._PAGE = practice._PAGE, self.page_size
        return super().__enter__()

    def __exit__(self, kind: Any, *rest: Any) -> None:
        practice._PAGE = self._usual
        super().__exit__(kind, *rest)
        self.book.close()

    def routes(self) -> list[tuple[str, str, Handler]]:
        return []

    def company(self, **details: Any) -> Practice:
        return Practice(self.book)

    def error_body(self) -> Any:
        return None

    # --- what donors and banks do -----------------------------------------------------------

    def donor_pays(self, remote_id: str) -> None:
        self.book.pay(remote_id, self._now())

    def donor_leaves(self, remote_id: str) -> None:
        self.book.fail(remote_id, "left")

    def settle(self, remote_id: str) -> None:
        """Its money is sure at once."""

    def refund_there(self, capture: str, minor: int) -> str:
        currency = self.book.movements_of(capture)[0].currency
        return self.book.move("refund", capture, -minor, currency, self._now())

    def return_refund(self, refund: str) -> None:
        (gone,) = self.book.movements_of(refund)
        self.book.move("refund_back", gone.of, -gone.minor, gone.currency, self._now())

    def dispute(self, capture: str) -> None:
        self._move("dispute", capture, -self.book.left_of(capture))

    def win_dispute(self, capture: str) -> None:
        taken = [each for each in self.book.movements_of(capture) if each.kind == "dispute"]
        self._move("dispute_won", capture, -taken[-1].minor)

    def pay_out(self) -> str:
        ((currency, lying),) = self.book.balance().items()
        return self.book.move("payout", "", -lying, currency, self._now())

    def end_mandate_there(self, mandate: str) -> None:
        self.book.end_mandate(mandate)

    def decline_next(self, *, hard: bool) -> None:
        self.book.next_code = "stolen_card" if hard else "insufficient_funds"

    def need_donor_next(self) -> None:
        self.book.next_code = "authentication_required"

    # --- what is true there -----------------------------------------------------------------

    def asked_sum(self, remote_id: str) -> str:
        payment = self.book.payment(remote_id)
        assert payment is not None
        return str(payment.minor)

    def events(self) -> list[tuple[dict[str, str], bytes]]:
        return []

    def forged_events(self) -> list[tuple[str, dict[str, str], bytes]]:
        return []

    def moved(self) -> dict[str, int]:
        sums: dict[str, int] = {}
        for each in self.book.movements(0, self.now_s() + 1, 0, 10**6):
            if each.kind != "fee":
                name = each.of or each.id
                sums[name] = sums.get(name, 0) + each.minor
        return sums

    def _move(self, kind: str, capture: str, minor: int) -> None:
        self.book.move(kind, capture, minor, self.currency, self._now())

    def _now(self) -> datetime:
        return datetime.fromtimestamp(self.now_s(), UTC)
