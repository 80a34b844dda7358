"""What every company promises about what it sends: the true is understood, the forged refused."""

from __future__ import annotations

from functools import partial

import pytest

from donations.companies import world
from donations.companies.doubles import Double
from donations.companies.world import give, looked_up, needs
from handpress.donations.companies.contract import Company, Events
from handpress.donations.companies.errors import Forged

MUST_BE_FORGED = ("signature", "absent", "other body", "secret")


@pytest.fixture
def telling(double: Double, company: Company) -> Company:
    """A company that tells."""
    if company.caps.events == Events.NONE:
        pytest.skip(f"{double.kind} sends nothing")
    return company


def test_events_name_what_is_to_be_looked_up(double: Double, telling: Company) -> None:
    given = give(double, telling)

    named = _read(double, telling)

    assert named
    told = [looked_up(telling, each) for each in named]
    assert given.capture in {movement for each in told for movement in each.movements}


def test_a_refund_and_a_dispute_are_announced(double: Double, telling: Company) -> None:
    needs(double, "desk_refund", "dispute")
    first, second = give(double, telling), give(double, telling)
    _read(double, telling)

    double.refund_there(first.capture.remote_id, 2500)
    double.settle(first.begun.remote_id)
    double.dispute(second.capture.remote_id)

    told = [looked_up(telling, each) for each in _read(double, telling)]
    kinds = {movement.kind for each in told for movement in each.movements}
    assert {"refund", "dispute"} <= kinds


def test_an_event_has_one_name_however_often_it_comes(double: Double, telling: Company) -> None:
    give(double, telling)

    sent = double.events()

    once = [event.event_id for each in sent for event in telling.read_events(*each)]
    again = [event.event_id for each in sent for event in telling.read_events(*each)]
    assert once
    assert all(once)
    assert again == once
    assert len(set(once)) == len(once)


def test_what_was_forged_is_refused(double: Double, telling: Company) -> None:
    """`Double.forged_events` are not the company's: each raises `Forged`, or names nothing."""
    give(double, telling)
    forged = double.forged_events()
    if telling.caps.events == Events.SIGNED:
        named = " ".join(what for what, _headers, _body in forged)
        assert [each for each in MUST_BE_FORGED if each not in named] == []
    for what, headers, body in forged:
        found = world.outcome(double, partial(telling.read_events, headers, body))
        if any(each in what for each in MUST_BE_FORGED):
            assert isinstance(found, Forged), what
        assert isinstance(found, Forged) or found == [], what


HOSTILE = {
    "nothing": b"",
    "no text": b"\xff\xfe\x00id=\xc3",
    "no JSON": b"<xml/>",
    "a list": b"[1, 2]",
    "a figure": b"7",
    "null": b"null",
    "deep": b"[" * 50_000,
    "large": b'{"id": "' + b"x" * 2_000_000 + b'"}',
    "other types": b'{"id": 7, "type": [], "data": "x", "object": null, "events": {"a": 1}}',
}


@pytest.mark.parametrize("what", HOSTILE)
def test_what_is_no_event_at_all_does_no_harm(double: Double, telling: Company, what: str) -> None:
    headers = {"content-type": "application/json"}

    found = world.outcome(double, lambda: telling.read_events(headers, HOSTILE[what]))

    assert isinstance(found, Forged) or found == []


@pytest.mark.parametrize("what", HOSTILE)
def test_another_body_under_good_headers_is_refused(
    double: Double, telling: Company, what: str
) -> None:
    give(double, telling)
    for headers, _body in double.events()[:2]:
        found = world.outcome(double, partial(telling.read_events, headers, HOSTILE[what]))
        assert isinstance(found, Forged) or found == []


def test_the_wrong_kind_of_content_does_no_harm(double: Double, telling: Company) -> None:
    give(double, telling)
    for headers, body in double.events():
        changed = headers | {"content-type": "text/html; charset=utf-16"}
        found = world.outcome(double, partial(telling.read_events, changed, body))
        assert isinstance(found, Forged | list)
        if isinstance(found, list):
            assert all(looked_up(telling, each.remote_id) for each in found)


def _read(double: Double, company: Company) -> list[str]:
    """Return the names in all that was sent since; what is sent twice says the same."""
    named: list[str] = []
    for headers, body in double.events():
        events = company.read_events(headers, body)
        assert company.read_events(headers, body) == events
        named += [each.remote_id for each in events]
    return list(dict.fromkeys(named))
