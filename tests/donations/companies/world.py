"""The companies that the contract is held against, and what is asked of each of them.

How a double is added: for a name in `companies.NAMES` write ``<name>_double.py`` beside this file,
with a class ``DOUBLE``, a subclass of `doubles.Double`. It says in

- ``routes`` what is answered, each request held against the company's own schema (`complain`);
- ``calls`` which request does the deed (faults are put there), ``sums`` how sums are written;
- ``secrets`` the keys, so that their absence in errors and logs can be seen;
- ``lacks`` which of `CAN` the company's dialect does not have, and why: such tests are skipped with
  that reason. What is not named there is demanded.

A company that is asked over no line has no `calls`: then nothing can go wrong on the way, and the
tests of that are skipped by name.

Lists are answered in pages of ``page_size``, times come from ``self.now_s()``. Our side is opened
by `company`; it must read `companies.http.READ_S` when it is opened, since tests shorten it. A
name whose double is not there yet is skipped by that name.
"""

from __future__ import annotations

import random
import traceback
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from importlib import import_module
from importlib.util import find_spec
from typing import Any

import pytest

from donations.companies.doubles import CANARY, Double
from handpress.donations.companies import NAMES
from handpress.donations.companies.contract import (
    Begun,
    Company,
    MandateTold,
    Order,
    Snapshot,
    State,
    Told,
    Urls,
)
from handpress.donations.companies.errors import CompanyError
from handpress.donations.core.movements import Kind
from handpress.donations.core.references import new_reference

CAN = frozenset(
    {
        "host",  # its page lies with a host of its own
        "find_begun",  # what was begun, and not paid, can be found by its reference
        "fee",  # it tells what it keeps
        "refund",  # we can give back
        "desk_refund",  # somebody can give back at the company's own desk
        "refund_back",  # it tells that a refund did not reach the donor
        "dispute",  # a donor's bank can take back
        "dispute_won",  # and the company can decide for us
        "payout",  # it sends what lies there to the bank
        "payouts_blocked",  # it tells that it does not
        "decline",  # a gift by a mandate can be declined
        "decline_later",  # also days after it was taken on
        "needs_donor",  # or need the donor
        "donor_ends_mandate",  # a donor can end a mandate there
        "revoke",  # our key can be refused
    }
)
URLS = Urls(
    done="https://proof.example/-/donate/done",
    left="https://proof.example/-/donate/left",
    events="https://proof.example/-/events/8f14e45f",
)
_draw = random.Random(20261127).randrange


def params() -> list[Any]:
    """Return every name of a company; those without a double are skipped."""
    return [_param(name) for name in NAMES]


def _param(name: str) -> Any:
    if find_spec(_module(name)) is not None:
        return pytest.param(name, id=name)
    return pytest.param(
        name, id=name, marks=pytest.mark.skip(reason=f"{name}: {_module(name)} is not written yet")
    )


def _module(name: str) -> str:
    return f"donations.companies.{name}_double"


def double_of(name: str) -> Double:
    """Return a new double of this name's company, not started."""
    found: type[Double] = import_module(_module(name)).DOUBLE
    unknown = set(found.lacks) - CAN
    assert not unknown, f"{name} lacks what nobody asks for: {unknown}"
    return found()


def needs(double: Double, *abilities: str) -> None:
    """Skip where the company cannot do one of these, with the reason that the double gives."""
    for ability in abilities:
        assert ability in CAN, ability
        if ability in double.lacks:
            pytest.skip(f"{double.kind} cannot {ability}: {double.lacks[ability]}")


def spoil(double: Double, call: str, fault: str) -> None:
    """Let the next of these calls (`Double.calls`) go wrong; skip where there is none."""
    if call not in double.calls:
        pytest.skip(f"{double.kind} has no request of its own for {call}")
    method, path = double.calls[call]
    double.fail(fault, method=method, path=path)


def reference() -> str:
    """Return a reference as no pledge has had."""
    return new_reference(_draw)


def order_for(double: Double, **changed: Any) -> Order:
    """Return an order with a reference of its own."""
    asked: dict[str, Any] = {
        "reference": reference(),
        "minor": 2500,
        "currency": double.currency,
        "words": "Gift to The Proof",
        "language": "en",
    }
    return Order(**asked | changed)


def since() -> datetime:
    """Return when something that is done next was asked, to the second below."""
    return datetime.now(UTC) - timedelta(seconds=2)


@dataclass
class Given:
    """A gift that was made: what was asked, and what is told of it."""

    order: Order
    begun: Begun
    told: Snapshot
    capture: Told
    mandate: str = field(default="")


def give(double: Double, company: Company, **changed: Any) -> Given:
    """Begin, pay, let time pass, and look up."""
    order = order_for(double, **changed)
    begun = company.begin(order, URLS, key=f"begin-{order.reference}")
    double.donor_pays(begun.remote_id)
    double.settle(begun.remote_id)
    told = looked_up(company, begun.remote_id)
    assert told.state == State.DONE
    mandate: MandateTold | None = told.mandate
    return Given(order, begun, told, capture_in(told), mandate.remote_id if mandate else "")


def looked_up(company: Company, remote_id: str) -> Snapshot:
    """Return what is told of something that is known."""
    told = company.look_up(remote_id)
    assert told is not None, "it is known there"
    return told


def capture_in(told: Snapshot) -> Told:
    """Return the one capture that is told."""
    (capture,) = of_kind(told, Kind.CAPTURE)
    return capture


def of_kind(told: Snapshot, kind: Kind) -> list[Told]:
    """Return the movements of a kind, oldest first."""
    found = [each for each in told.movements if each.kind == kind]
    return sorted(found, key=lambda each: (each.at, each.remote_id))


def settled_sums(movements: list[Told]) -> dict[str, int]:
    """Return what `Double.moved` tells, as movements tell it."""
    sums: dict[str, int] = {}
    for each in movements:
        if each.kind != Kind.FEE:
            name = each.of or each.remote_id
            sums[name] = sums.get(name, 0) + each.minor
    return sums


def fails(
    double: Double,
    expected: type[Exception] | tuple[type[Exception], ...],
    asked: Callable[[], object],
) -> Exception:
    """Return the error that asking ends in; nothing secret stands in it or behind it."""
    with pytest.raises(expected) as caught:
        asked()
    shown = "".join(traceback.format_exception(caught.value)) + repr(caught.value)
    assert_silent(double, shown)
    return caught.value


def outcome(double: Double, asked: Callable[[], object]) -> object:
    """Return what asking ends in, a `CompanyError` for one that is raised."""
    try:
        return asked()
    except CompanyError as error:
        raised = error
    assert_silent(double, "".join(traceback.format_exception(raised)) + repr(raised))
    assert len(str(raised)) < 300
    return raised


def assert_silent(double: Double, text: str) -> None:
    """Assert that no key and nothing about the donor stands in a text."""
    hidden = [CANARY, CANARY.replace("@", "%40"), *double.secrets]
    assert [word for word in hidden if word in text] == []
