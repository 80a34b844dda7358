"""How a rail is taken off and put back: two failures in a row, three good checks, longer rests."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from handpress.donations.core.pulse import (
    CHECK_CLOSED_EVERY,
    CHECK_EVERY,
    OFFERED,
    REST,
    Beat,
    Pulse,
    after_bad_check,
    after_failed_check,
    after_failure,
    after_good_check,
    after_success,
)

NOW = datetime(2026, 11, 27, 9, tzinfo=UTC)
S = timedelta(seconds=1)


def off(opened: int = 1) -> Pulse:
    """Return a rail that was taken off so many times in a row."""
    pulse, at = Pulse(), NOW
    while pulse.opened < opened:
        pulse = after_failure(after_failure(pulse, at), at)
        if pulse.opened < opened:
            pulse = after_failed_check(pulse, at)
    return pulse


def test_two_failures_within_a_minute_take_it_off() -> None:
    once = after_failure(Pulse(), NOW, "no answer")
    assert once.beat in OFFERED
    assert once.check_at is not None
    # Asked again soon, so that it is known within the minute without a second donor.
    assert once.check_at - NOW <= 60 * S
    twice = after_failure(once, NOW + 60 * S, "no answer")
    assert (twice.beat, twice.words) == (Beat.DOWN, "no answer")
    assert twice.check_at == NOW + 60 * S + REST[0]


def test_two_failures_far_apart_do_not() -> None:
    pulse = after_failure(Pulse(), NOW)
    assert after_failure(pulse, NOW + 61 * S).beat in OFFERED


def test_an_answer_between_two_failures_makes_them_two_firsts() -> None:
    pulse = after_success(after_failure(Pulse(), NOW), NOW + S)
    assert pulse.beat == Beat.UP
    assert after_failure(pulse, NOW + 2 * S).beat in OFFERED


def test_a_check_that_fails_counts_like_a_donors_request() -> None:
    pulse = after_failed_check(Pulse(beat=Beat.UP), NOW)
    assert pulse.check_at is not None
    assert after_failed_check(pulse, pulse.check_at).beat == Beat.DOWN


def test_three_good_checks_put_it_back() -> None:
    pulse, at = off(), NOW
    beats = []
    for _ in range(3):
        pulse = after_good_check(pulse, at)
        beats.append(pulse.beat)
        assert pulse.check_at is not None
        at = pulse.check_at
    assert beats == [Beat.HALF_OPEN, Beat.HALF_OPEN, Beat.UP]
    assert pulse == Pulse(beat=Beat.UP, check_at=pulse.check_at)


def test_a_failure_on_the_way_back_begins_anew_with_a_longer_rest() -> None:
    pulse = after_good_check(off(), NOW)
    pulse = after_failed_check(pulse, NOW)
    assert (pulse.beat, pulse.good_checks) == (Beat.DOWN, 0)
    assert pulse.check_at == NOW + REST[1]


@pytest.mark.parametrize(("opened", "rest"), [(1, 0), (2, 1), (3, 2), (4, 2), (9, 2)])
def test_rests_grow_up_to_half_an_hour(opened: int, rest: int) -> None:
    pulse = off(opened)
    assert pulse.check_at == NOW + REST[rest]


def test_a_donors_success_does_not_put_it_back() -> None:
    assert after_success(off(), NOW).beat == Beat.DOWN


@pytest.mark.parametrize("beat", [Beat.REVOKED, Beat.PAYOUTS_BLOCKED])
def test_who_closes_our_account_or_keeps_the_money_is_off_at_once(beat: Beat) -> None:
    pulse = after_bad_check(Pulse(beat=Beat.UP), beat, NOW, "charges are switched off")
    assert pulse.beat == beat
    assert pulse.check_at == NOW + CHECK_CLOSED_EVERY
    # Nothing but three good checks helps: not a success, not silence.
    assert after_success(pulse, NOW).beat == beat
    assert after_failure(pulse, NOW).beat == beat
    assert after_failed_check(pulse, NOW).beat == beat
    for _ in range(3):
        pulse = after_good_check(pulse, NOW)
    assert pulse.beat == Beat.UP


def test_one_that_is_well_is_checked_every_five_minutes() -> None:
    assert after_good_check(Pulse(beat=Beat.UP), NOW).check_at == NOW + CHECK_EVERY


_WHAT = st.sampled_from(["failure", "success", "good", "failed", "revoked", "blocked"])


@given(st.lists(st.tuples(_WHAT, st.integers(0, 400)), max_size=30))
def test_whatever_comes_it_is_always_checked_again(told: list[tuple[str, int]]) -> None:
    pulse, at = after_good_check(Pulse(), NOW), NOW
    for what, seconds in told:
        at += timedelta(seconds=seconds)
        before = pulse
        match what:
            case "failure":
                pulse = after_failure(pulse, at)
            case "success":
                pulse = after_success(pulse, at)
            case "good":
                pulse = after_good_check(pulse, at)
            case "failed":
                pulse = after_failed_check(pulse, at)
            case "revoked":
                pulse = after_bad_check(pulse, Beat.REVOKED, at, "")
            case _:
                pulse = after_bad_check(pulse, Beat.PAYOUTS_BLOCKED, at, "")
        assert pulse.check_at is not None
        assert pulse.check_at <= at + CHECK_CLOSED_EVERY
        is_back = before.beat not in OFFERED and pulse.beat in OFFERED
        assert not is_back or (what == "good" and before.good_checks == 2)
