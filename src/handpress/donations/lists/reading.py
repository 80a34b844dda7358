"""From the lines of a list to values. What is not certain is refused, never guessed.

Why a line is refused is said without a word of it: it may hold what a donor told.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, tzinfo

from handpress.donations.core.amounts import one_line
from handpress.donations.core.asking import MOST
from handpress.donations.core.tables import bare, cell, currency_code, day_of, folded, sum_of
from handpress.donations.lists.columns import Columns
from handpress.donations.lists.kinds import DONORS, PLANS, Kind
from handpress.donations.lists.values import (
    DonorFound,
    Found,
    GiftFound,
    PlanFound,
    Refusal,
    Standing,
)
from handpress.donations.lists.words import (
    NOT_THROUGH,
    company_of,
    has_come,
    interval_of,
    standing_of,
    went_back,
    worded_day,
)
from handpress.lib.languages import tidy_tag

Rows = Iterable[tuple[int, Sequence[str]]]

TRIAL = "was a trial"
NO_PAYMENT = "is no payment of a donor’s"
WENT_BACK = "gives something back; it is counted with its gift"

_MOMENT = re.compile(r"(\d{4}-\d{2}-\d{2})(?:[ T](\d{2}:\d{2}(?::\d{2})?))?.*")
_TRIALS = {"test", "trial", "true", "yes", "1", "sandbox"}
_YES = {"true", "yes", "1"}
_LOST = {"lost", "charge refunded"}
_PAYMENTS = (
    "donation payment",
    "subscription payment",
    "recurring payment",
    "website payment",
    "general payment",
    "express checkout payment",
    "mobile payment",
    "payment received",
    "preapproved payment",
)
_REFUNDS = {"payment refund", "payment reversal", "refund", "partial refund", "chargeback"}


class _Unclear(ValueError):
    """What of a line cannot be read; the message is for whoever brought the list.

    ``names_donor`` is false where the line's address may be our own.
    """

    def __init__(self, message: str, *, names_donor: bool = True) -> None:
        super().__init__(message)
        self.names_donor = names_donor


@dataclass(frozen=True, slots=True)
class _Back:
    """What went back of a payment, told by lines of their own."""

    minor: int
    on: date


@dataclass(frozen=True, slots=True, kw_only=True)
class Reader:
    """Reads the lines of one list. ``order`` and ``mark`` are of the whole table."""

    kind: Kind
    holds: str
    header: Sequence[str]
    columns: Columns
    order: str
    mark: str
    currency: str
    zone: tzinfo

    def read(self, rows: Rows) -> Iterator[Found]:
        """Yield what each line says."""
        rows = list(rows)
        backs, payments = self._backs(rows)
        for line, row in rows:
            try:
                yield self._found(line, row, backs, payments)
            except _Unclear as why:
                what = {DONORS: "donor", PLANS: "plan"}.get(self.holds, "gift")
                donor = self._donor(row) if why.names_donor else None
                yield Found(line=line, donor=donor, refusals=(Refusal(line, what, str(why)),))

    def _found(
        self, line: int, row: Sequence[str], backs: dict[str, _Back], payments: set[str]
    ) -> Found:
        if folded(self._text(row, "mode")) in _TRIALS:
            return Found(line=line, left_out=TRIAL)
        if self.holds == DONORS:
            return Found(line=line, donor=self._donor(row))
        if self.holds == PLANS:
            return self._with_plan(line, row)
        return self._with_gift(line, row, backs, payments)

    # Donors -------------------------------------------------------------------------------

    def _donor(self, row: Sequence[str]) -> DonorFound:
        whole = one_line(self._text(row, "first_name"), self._text(row, "last_name"))
        lines = [one_line(cell(row, at)) for at in self.columns.get("address", ())]
        return DonorFound(
            name=(one_line(self._text(row, "name")) or whole)[:200],
            email=self._text(row, "email")[:320],
            address="\n".join(dict.fromkeys(each for each in lines if each))[:1_000],
            language=_tag(self._text(row, "language")),
            source_id=self._text(row, "donor_id")[:200],
            customer=self._text(row, "customer")[:150],
            method=self._text(row, "method")[:140],
        )

    # Plans --------------------------------------------------------------------------------

    def _with_plan(self, line: int, row: Sequence[str]) -> Found:
        try:
            standing = standing_of(self._text(row, "status"))
            if not isinstance(standing, Standing):
                return Found(line=line, left_out=standing)
            interval = interval_of(self._text(row, "interval"), self._text(row, "count"))
        except ValueError as why:
            raise _Unclear(str(why)) from None
        if folded(self._text(row, "quantity")) not in {"", "1", "1 0", "1 00"}:
            raise _Unclear("is of several at once, so its sum is not certain")
        if folded(self._text(row, "ends")) in _YES:
            standing = Standing.ENDED
        currency = self._currency(row)
        plan = PlanFound(
            source_id=self._id(row),
            minor=self._positive(row, currency),
            currency=currency,
            standing=standing,
            interval=interval,
            next_on=self._day(row, "next_on", "its next day"),
            started_on=self._day(row, "started_on", "the day since when"),
            ended_on=self._day(row, "ended_on", "the day on which it ended"),
            company=self.kind.company or company_of(self._text(row, "company")),
            subscription=self._text(row, "subscription")[:300],
            customer=self._text(row, "customer")[:150],
            method=self._text(row, "method")[:140],
        )
        return Found(line=line, donor=self._donor(row), plan=plan)

    # Gifts --------------------------------------------------------------------------------

    def _with_gift(
        self, line: int, row: Sequence[str], backs: dict[str, _Back], payments: set[str]
    ) -> Found:
        if "type" in self.columns:
            said = folded(self._text(row, "type"))
            if said in _REFUNDS:
                if self._text(row, "about") not in payments:
                    words = "gives back a gift that is not in this list"
                    raise _Unclear(words, names_donor=False)
                return Found(line=line, left_out=WENT_BACK)
            if not self._is_payment(row):
                return Found(line=line, left_out=NO_PAYMENT)
        status = self._text(row, "status")
        try:
            if not has_come(status):
                return Found(line=line, left_out=NOT_THROUGH)
        except ValueError as why:
            raise _Unclear(str(why)) from None
        currency = self._currency(row)
        minor = self._positive(row, currency)
        on = self._day(row, "on", "its day")
        if on is None:
            raise _Unclear("its day is missing")
        key = self._id(row)
        back = backs.get(key) or self._told_back(row, status, minor, currency, on)
        if back and back.minor > minor:
            raise _Unclear("more went back than came")
        gift = GiftFound(
            source_id=key,
            on=on,
            minor=minor,
            currency=currency,
            fee=abs(self._sum(row, "fee", currency, "its fee")),
            given_back=back.minor if back else 0,
            given_back_on=back.on if back else None,
        )
        return Found(line=line, donor=self._donor(row), gift=gift)

    def _told_back(
        self, row: Sequence[str], status: str, minor: int, currency: str, on: date
    ) -> _Back | None:
        back = abs(self._sum(row, "given_back", currency, "what was given back"))
        if not back and went_back(status):
            back = minor
        if not back and folded(status) in {"partially refunded", "partial refund"}:
            raise _Unclear("some of it went back, and how much is not said")
        if folded(self._text(row, "dispute")) in _LOST:
            if self._sum(row, "disputed", currency, "what was disputed") != minor or back:
                raise _Unclear("the donor’s bank took some of it back, and how much is not certain")
            back = minor
        day = self._day(row, "given_back_on", "the day on which it was given back") or on
        return _Back(back, max(day, on)) if back else None

    def _backs(self, rows: Rows) -> tuple[dict[str, _Back], set[str]]:
        """Return what went back by the name of its payment, and the names of payments."""
        backs: dict[str, _Back] = {}
        payments: set[str] = set()
        if "type" not in self.columns:
            return backs, payments
        for _, row in rows:
            if self._is_payment(row):
                payments.add(self._text(row, "id"))
            elif folded(self._text(row, "type")) in _REFUNDS:
                self._add_back(row, backs)
        return backs, payments

    def _add_back(self, row: Sequence[str], backs: dict[str, _Back]) -> None:
        about = self._text(row, "about")
        try:
            minor = abs(self._sum(row, "amount", self._currency(row), "its sum"))
            day = self._day(row, "on", "its day")
        except _Unclear:
            return
        if about and minor and day:
            known = backs.get(about)
            before = known.minor if known else 0
            backs[about] = _Back(before + minor, max(day, known.on) if known else day)

    def _is_payment(self, row: Sequence[str]) -> bool:
        said = folded(self._text(row, "type"))
        came = not self._text(row, "amount").lstrip().startswith(("-", "\u2212", "("))
        return came and any(words in said for words in _PAYMENTS) and said not in _REFUNDS

    # Cells --------------------------------------------------------------------------------

    def _text(self, row: Sequence[str], what: str) -> str:
        places = self.columns.get(what)
        return cell(row, places[0]).strip() if places else ""

    def _id(self, row: Sequence[str]) -> str:
        key = self._text(row, "id")
        if not key or len(key) > 150:
            raise _Unclear("what it is called there is missing or too long")
        return key

    def _currency(self, row: Sequence[str]) -> str:
        try:
            code = currency_code(self._text(row, "currency")) or self.currency
        except ValueError:
            raise _Unclear("its currency is none that is known") from None
        if not code:
            raise _Unclear("its currency is not said; please choose one for the list")
        return code

    def _positive(self, row: Sequence[str], currency: str) -> int:
        minor = self._sum(row, "amount", currency, "its sum")
        if not 0 < minor <= MOST:
            raise _Unclear("its sum is nothing, below zero, or more than any gift")
        return minor

    def _sum(self, row: Sequence[str], what: str, currency: str, words: str) -> int:
        text = self._text(row, what)
        if not bare(text):
            return 0
        try:
            return sum_of(text, self.mark, currency)
        except ValueError:
            raise _Unclear(f"{words} cannot be read exactly") from None

    def _day(self, row: Sequence[str], what: str, words: str) -> date | None:
        text = self._text(row, what)
        if not text or not re.search(r"\d", text):
            return None
        try:
            if folded(self.header[self.columns[what][0]]).endswith("utc"):
                return self._day_of_moment(text)
            return worded_day(text) or day_of(text, self.order)
        except (ValueError, OverflowError):
            raise _Unclear(f"{words} cannot be read") from None

    def _day_of_moment(self, text: str) -> date:
        found = _MOMENT.fullmatch(text)
        if found is None:
            return day_of(text, self.order)
        if found[2] is None:
            return date.fromisoformat(found[1])
        moment = datetime.fromisoformat(f"{found[1]}T{found[2]}").replace(tzinfo=UTC)
        return moment.astimezone(self.zone).date()


def _tag(text: str) -> str:
    return tidy_tag(text.replace("_", "-"))[:20]
