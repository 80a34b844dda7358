"""Every kind of way to give, as the contract of all of them plays with it.

How a kind is added: a class here, an instance of it in `WAYS`. It says what its form takes and
what it refuses, and lets a gift come and go back as it does in life: by a company through its
double, by any other way as whoever keeps the books writes it down.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from importlib import import_module
from types import ModuleType
from typing import Any
from unittest import mock

import pytest

from donations.companies import world
from donations.companies.doubles import Double
from factories import giving
from factories.debits import DETAILS as DEBIT_DETAILS
from handpress.donations.actions import Gift, record_gift
from handpress.donations.actions.absorbing import absorb_snapshot, absorb_told
from handpress.donations.actions.beginning import begin_gift, page_of
from handpress.donations.companies.contract import Company, Told
from handpress.donations.companies.practice import DEMO_FACT
from handpress.donations.core.movements import RefusedMovement
from handpress.donations.models import SETTLED, Attempt, Movement, Pledge, Rail
from handpress.donations.rails import rail_kind
from handpress.donations.tasks import work_once
from handpress.lib import clock
from handpress.press.state import forget, remember

Wrong = tuple[dict[str, str], str, str]
"""What is typed instead, the field that is marked for it, and words of what is said."""


@dataclass
class Way(ABC):
    """One kind of way; ``account`` and ``details`` are as its form is filled in.

    ``is_offered``: strangers are. ``gives_back`` is empty where it cannot, with the reason in
    ``why``.
    """

    kind: str
    account: str = ""
    details: Mapping[str, str] = field(default_factory=dict)
    wrong: tuple[Wrong, ...] = ()
    is_offered: bool = True
    gives_back: bool = True
    why: str = ""

    def rail(self, **values: Any) -> Rail:
        """Return such a rail in euros, as the form stores it, of a sponsor who is live."""
        account, details = rail_kind(self.kind).check(self.account, self.details)
        values = {"currency": "EUR", "account_ref": account, "details": details, **values}
        return giving.rail(self.kind, **values)

    @contextmanager
    def at_work(self, monkeypatch: pytest.MonkeyPatch) -> Iterator[Way]:
        """Have whatever stands behind it."""
        yield self

    @property
    def secrets(self) -> tuple[str, ...]:
        """What must not be seen anywhere."""
        return ()

    @abstractmethod
    def begin(self, pledge: Pledge) -> None:
        """Show the donor how; nothing has moved."""

    @abstractmethod
    def comes(self, pledge: Pledge) -> Movement:
        """Let the gift come, and be booked."""

    @abstractmethod
    def told_again(self, gift: Movement) -> int:
        """Tell the books the same once more; return how many movements are new."""

    @abstractmethod
    def told_otherwise(self, gift: Movement) -> str:
        """Tell the books of another sum under the same name; return what they say to that."""

    @abstractmethod
    def refunded(self, gift: Movement) -> None:
        """Let what was asked to be given back be done."""


class ByHand(Way):
    """Money that comes to the outlet itself; somebody writes down that it came."""

    def begin(self, pledge: Pledge) -> None:
        """Nobody has to be asked."""

    def comes(self, pledge: Pledge) -> Movement:
        return record_gift(self._line(pledge, pledge.amount_minor))[0]

    def told_again(self, gift: Movement) -> int:
        assert gift.pledge is not None
        _, is_new = record_gift(self._line(gift.pledge, gift.amount_minor))
        return int(is_new)

    def told_otherwise(self, gift: Movement) -> str:
        assert gift.pledge is not None
        with pytest.raises(RefusedMovement) as caught:
            record_gift(self._line(gift.pledge, gift.amount_minor + 1))
        return str(caught.value)

    def refunded(self, gift: Movement) -> None:
        """Whoever writes down that it goes back has sent it."""

    def _line(self, pledge: Pledge, minor: int) -> Gift:
        return Gift(
            rail=pledge.rail,
            key=f"line of {pledge.reference}",
            amount=minor,
            currency=pledge.currency,
            on=giving.DAY,
            pledge=pledge,
        )


class ByCompany(Way):
    """Money that a company takes; its double stands behind it."""

    double: Double
    company: Company
    """Our side of it."""

    @property
    def secrets(self) -> tuple[str, ...]:
        return self.double.secrets

    @contextmanager
    def at_work(self, monkeypatch: pytest.MonkeyPatch) -> Iterator[Way]:
        kind = self.module.KIND
        with world.double_of(self.kind) as self.double:
            self.company, self._real = self.double.company(), kind
            opened = replace(
                kind,
                open=lambda account: self.company,
                secret_fields=(),
                check_secrets=lambda mode, secrets: None,
            )
            with monkeypatch.context() as patch:
                patch.setattr(self.module, "KIND", opened)
                yield self

    @property
    def module(self) -> ModuleType:
        """Return the company's module."""
        return import_module(f"handpress.donations.companies.{self.kind}")

    @contextmanager
    def closed(self) -> Iterator[None]:
        """Have it as it is before anybody has brought its keys."""
        with mock.patch.object(self.module, "KIND", self._real):
            forget(DEMO_FACT)
            yield

    def begin(self, pledge: Pledge) -> None:
        assert begin_gift(pledge, clock.now(), network=None)

    def comes(self, pledge: Pledge) -> Movement:
        page = page_of(pledge)
        assert page is not None
        self.double.donor_pays(page.remote_id)
        self.double.settle(page.remote_id)
        work()
        return Movement.objects.get(kind="capture", pledge=pledge)

    def told_again(self, gift: Movement) -> int:
        told = world.looked_up(self.company, gift.remote_id)
        return len(absorb_snapshot(gift.rail, told, gift.pledge, now=clock.now()).new)

    def told_otherwise(self, gift: Movement) -> str:
        told = world.capture_in(world.looked_up(self.company, gift.remote_id))
        assert isinstance(told, Told)
        other = absorb_told(gift.rail, [replace(told, minor=told.minor + 1)])
        (strange,) = other.strange
        return strange.words

    def refunded(self, gift: Movement) -> None:
        work()
        self.double.settle(gift.remote_id)
        self.told_again(gift)


class Practice(ByCompany):
    """The company of the demo."""

    @contextmanager
    def at_work(self, monkeypatch: pytest.MonkeyPatch) -> Iterator[Way]:
        with super().at_work(monkeypatch):
            remember(DEMO_FACT, True)
            yield self


def work() -> None:
    """Let all that waits for a company be done now."""
    for _ in range(2):
        now = clock.now()
        waiting = Attempt.objects.exclude(state__in=SETTLED)
        waiting.update(look_at=now, leased_until=None)
        work_once(now)


_NINE_LINES = "\n".join("123456789")
WAYS: dict[str, Way] = {
    each.kind: each
    for each in (
        ByHand(
            "bank",
            "GB82 WEST 1234 5698 7654 32",
            {"bic": "WESTGB2L", "bank_name": "Quay Bank"},
            (
                ({"account_ref": ""}, "account_ref", "needs an account"),
                ({"account_ref": "GB82WEST12345698765423"}, "account_ref", "two are exchanged"),
                ({"account_ref": "GB50WEST1234"}, "account_ref", "too short"),
                ({"account_ref": "<b>1</b>"}, "account_ref", "no account number"),
                ({"bic": "QUAY"}, "bic", "eight or eleven"),
            ),
        ),
        ByHand(
            "cheque",
            details={"address": "1 Quay\nPort"},
            wrong=(
                ({"address": " \n "}, "address", "Where shall cheques be sent"),
                ({"address": _NINE_LINES}, "address", "8 lines at most"),
            ),
        ),
        ByHand("cash", is_offered=False),
        ByHand(
            "link",
            "https://give.example/us",
            wrong=(
                ({"account_ref": ""}, "account_ref", "whole address"),
                ({"account_ref": "http://give.example/us"}, "account_ref", "whole address"),
                ({"account_ref": "https://me:x@give.example/"}, "account_ref", "whole address"),
                ({"account_ref": "https://give.example/u s"}, "account_ref", "no blanks"),
            ),
        ),
        ByHand(
            "debit",
            giving.OTHER_IBAN,
            {name: str(value) for name, value in DEBIT_DETAILS.items()},
            (
                ({"account_ref": ""}, "account_ref", "your own"),
                ({"account_ref": "DE89370400440532013001"}, "account_ref", "your own"),
                ({"creditor_id": "DE97ZZZ09999999999"}, "creditor_id", ""),
                ({"days_before": "0"}, "days_before", "from 1 to 60"),
                ({"bic": "QUAY"}, "bic", "eight or eleven"),
            ),
            is_offered=False,
        ),
        ByCompany(
            "stripe",
            "acct_1PgafTB7WZ01zgkW",
            wrong=(
                ({"account_ref": ""}, "account_ref", "acct_"),
                ({"account_ref": "pfl_QkEhN94Ba"}, "account_ref", "acct_"),
            ),
        ),
        ByCompany(
            "paypal",
            details={"merchant_id": "7XBJVEMBJ5BGY", "webhook_id": "1JE4291016473214C"},
            wrong=(
                ({"merchant_id": "7XBJ"}, "merchant_id", "13 signs"),
                ({"webhook_id": "https://x.example"}, "webhook_id", "letters and figures"),
            ),
        ),
        ByCompany(
            "mollie",
            "pfl_QkEhN94Ba",
            wrong=(
                ({"account_ref": ""}, "account_ref", "pfl_"),
                ({"account_ref": "QkEhN94Ba"}, "account_ref", "pfl_"),
            ),
        ),
        ByCompany(
            "gocardless",
            details={"creditor": "CR123"},
            wrong=(({"creditor": "creditor"}, "creditor", "CR and more signs"),),
        ),
        ByCompany(
            "btcpay",
            details={
                "base": "https://pay.proof.example",
                "store_id": "9CiNzKoANXxmk5ayZngSXrHTiVvvgCrwrpFQd4m2K776",
            },
            wrong=(
                ({"base": ""}, "base", ""),
                ({"base": "http://pay.proof.example"}, "base", "https"),
                ({"store_id": ""}, "store_id", "store's ID"),
            ),
            gives_back=False,
            why="the donor claims coins back on the server's page",
        ),
        Practice("practice"),
    )
}
