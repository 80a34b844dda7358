"""How fast mail may go, and which way."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from handpress.mail.core.pace import (
    Brake,
    Bucket,
    Refusals,
    RelayPace,
    Terms,
    group_of,
    is_turn_of,
    retry_delay_s,
    warm_up_limit,
)
from handpress.mail.core.smtp import Reply, Stage


def test_receivers_that_act_as_one() -> None:
    assert group_of("googlemail.com") == group_of("Gmail.com") == "gmail"
    assert group_of("hotmail.co.uk") == group_of("outlook.com") == "microsoft"
    assert group_of("yahoo.co.jp") == group_of("aol.com") == "yahoo"
    assert group_of("example.org") == group_of("yahoos.example") == "others"


def test_a_new_relay_begins_with_few_and_ends_without_a_limit() -> None:
    began = date(2026, 11, 1)
    limits = [warm_up_limit(began, began + timedelta(days=day)) for day in range(43)]
    assert limits[0] == 200
    assert limits[-1] is None
    known = [limit for limit in limits if limit is not None]
    assert known == sorted(set(known))
    assert 100_000 < known[-1] < 200_000
    assert warm_up_limit(began, began - timedelta(days=1)) == 0


@given(st.integers(1, 50), st.floats(0, 1))
def test_retries_come_later_and_later_but_within_the_hour(attempts: int, chance: float) -> None:
    delay = retry_delay_s(attempts, 60, chance)
    assert 30 <= delay <= 3600
    assert retry_delay_s(attempts + 1, 60, chance) >= delay


@given(st.floats(0.5, 500), st.integers(1, 300))
def test_a_bucket_gives_no_more_than_its_rate(rate: float, count: int) -> None:
    bucket, now = Bucket(rate), 1000.0
    for _ in range(count):
        now += bucket.wait_s(now)
        bucket.take(now)
    assert count <= rate * (now - 1000.0) + max(1.0, rate / 10) + 1


def test_without_a_rate_nothing_waits() -> None:
    bucket = Bucket(0)
    bucket.take(1)
    assert bucket.wait_s(1) == 0


def test_a_brake_halves_and_lets_go() -> None:
    brake, now = Brake(), 1000.0
    for _ in range(100):
        brake.take(now)
        now += 0.1
    assert not brake.is_on
    brake.slow_down(now)
    assert brake.bucket.rate_per_s == pytest.approx(5, rel=0.1)
    brake.slow_down(now + 0.5)
    assert brake.bucket.rate_per_s == pytest.approx(5, rel=0.1), "once a second is enough"
    brake.slow_down(now + 2)
    assert brake.bucket.rate_per_s == pytest.approx(2.5, rel=0.1)
    brake.wait_s(now + 2 + 60)
    assert brake.bucket.rate_per_s == pytest.approx(2.75, rel=0.1)
    brake.wait_s(now + 3600)
    assert not brake.is_on


def test_a_group_that_refuses_everybody_rests() -> None:
    refusals = Refusals()
    told = [refusals.note(True, 10.0) for _ in range(20)]
    assert told == [False] * 19 + [True]
    assert refusals.rests_until > 10.0


def test_a_few_refusals_are_nothing() -> None:
    refusals = Refusals()
    assert not any(refusals.note(number % 5 == 0, 10.0) for number in range(1000))


def relay(name: str = "a", **terms: int) -> RelayPace:
    return RelayPace(Terms(name, **{"connections": 2, **terms}))  # type: ignore[arg-type]


def test_what_a_relay_says_of_itself_slows_all_and_what_a_group_says_only_the_group() -> None:
    one = relay()
    one.take("gmail", 1.0)
    one.answered(Reply(421, "4.7.0", stage=Stage.RCPT), "gmail", 1.0)
    assert one.group_wait_s("gmail", 1.0) > 0
    assert one.group_wait_s("others", 1.0) == one.wait_s(1.0) == 0
    assert one.slowed() == ["gmail"]
    one.answered(Reply(421, "4.7.0", stage=Stage.MAIL), "gmail", 1.0)
    assert one.wait_s(1.0) > 0
    assert one.slowed() == ["all", "gmail"]


def test_a_relay_that_asks_for_less_before_it_lets_us_in_slows_all() -> None:
    one = relay()
    for _ in range(100):
        one.take("gmail", 1.0)
    one.unreachable("greeting: 421", 1.0, 1.0, Reply(421, "4.7.0", "too many", Stage.CONNECT))
    assert one.slowed() == ["all"]
    rate = one._whole.bucket.rate_per_s
    assert rate == 50
    # As long as it does not let us in, that is one wish; the next is another.
    one.unreachable("greeting: 421", 5.0, 1.0, Reply(421, "4.7.0", "too many", Stage.CONNECT))
    assert one._whole.bucket.rate_per_s == rate
    one.answered(Reply(250, stage=Stage.DOT), "gmail", 9.0)
    one.unreachable("greeting: 421", 9.0, 1.0, Reply(421, "4.7.0", "too many", Stage.CONNECT))
    assert one._whole.bucket.rate_per_s == rate / 2


def test_a_relay_that_is_away_does_not_ask_for_less() -> None:
    one = relay()
    one.unreachable("refused", 1.0, 1.0)
    one.unreachable("AUTH: 535", 5.0, 1.0, Reply(535, "5.7.8", "no", Stage.CONNECT))
    assert one.slowed() == []


def test_policy_refusals_rest_the_group_and_are_told() -> None:
    one = relay()
    refusal = Reply(550, "5.7.26", "not authenticated", Stage.RCPT)
    assert any(one.answered(refusal, "gmail", 1.0) for _ in range(20))
    assert one.group_wait_s("gmail", 1.0) > 1000
    assert one.group_wait_s("others", 1.0) == 0
    assert "gmail refuses everybody" in one.alarms[0]


def test_small_receivers_are_not_taken_for_one() -> None:
    one = relay()
    refusal = Reply(550, "5.7.26", "not authenticated", Stage.RCPT)
    assert not any(one.answered(refusal, group_of(f"d{n}.example"), 1.0) for n in range(100))
    assert one.group_wait_s("others", 1.0) == 0
    assert not one.alarms


def test_a_relay_that_takes_nothing_for_anybody_rests_and_comes_back() -> None:
    one = relay()
    for number in range(19):
        one.refused("550 5.4.5 quota exceeded", f"d{number}.example", 1.0, 1.0)
    assert one.is_usable(1.0)
    one.refused("550 5.4.5 quota exceeded", "d19.example", 1.0, 1.0)
    assert (one.is_usable(1.0), one.is_usable(2.1), one.trouble) == (
        False,
        True,
        "550 5.4.5 quota exceeded",
    )
    for _ in range(30):
        one.refused("550 5.4.5 quota exceeded", "d20.example", 3.0, 1.0)
    assert (one.is_usable(60.0), one.is_usable(63.1)) == (False, True)
    one.answered(Reply(250, stage=Stage.DOT), "others", 64.0)
    one.refused("550 5.4.5 quota exceeded", "d21.example", 64.0, 1.0)
    assert one.is_usable(64.0)


def test_one_domain_that_will_not_have_us_rests_no_relay() -> None:
    one = relay()
    for _ in range(500):
        one.refused("550 5.7.1 no", "small.example", 1.0, 1.0)
    assert one.is_usable(1.0)


def test_unknown_readers_rest_nobody() -> None:
    one = relay()
    refusal = Reply(550, "5.1.1", "no such user", Stage.RCPT)
    assert not any(one.answered(refusal, "gmail", 1.0) for _ in range(500))


def test_a_relay_out_of_reach_rests_longer_each_time_and_comes_back() -> None:
    one, rests, now = relay(), [], 100.0
    for _ in range(10):
        one.unreachable("refused", now, 0.5)
        assert not one.is_usable(now)
        rests.append(one.rests_until - now)
        # All its connections fail at once: that is one trouble.
        one.unreachable("refused", now, 0.5)
        assert one.rests_until - now == rests[-1]
        now = one.rests_until
        assert one.is_usable(now)
    assert rests == sorted(rests)
    assert rests[0] <= 1
    assert 30 < rests[-1] <= 60
    one.answered(Reply(250, stage=Stage.DOT), "others", now)
    assert (one.failures, one.trouble) == (0, "")


def test_a_warm_relay_stops_at_its_limit() -> None:
    one = relay()
    one.left_today = 2
    one.take("gmail", 1.0)
    assert one.is_usable(1.0)
    one.take("gmail", 1.0)
    assert not one.is_usable(1.0)
    one.done(went=False)
    assert one.is_usable(1.0)


@given(st.integers(1, 9), st.integers(1, 9))
def test_relays_share_by_weight(first: int, second: int) -> None:
    both = [relay("a", weight=first), relay("b", weight=second)]
    for _ in range(1000):
        ready = [each for each in both if is_turn_of(each, both, "others", 1.0)]
        assert ready, "somebody always may"
        ready[0].take("others", 1.0)
        ready[0].done()
    expected = 1000 * first / (first + second)
    assert abs(both[0].given - expected) <= 4 + 2 * (first + second)


def test_what_one_relay_cannot_the_rest_carry_and_it_owes_nothing_later() -> None:
    sick, well = relay("sick"), relay("well")
    both = [sick, well]
    sick.unreachable("refused", 1.0, 1.0)
    for _ in range(500):
        assert is_turn_of(well, both, "others", 1.0)
        well.take("others", 1.0)
        well.done()
    # Back again, it does not hold the other up until it has caught up.
    assert is_turn_of(well, both, "others", 100.0)
    assert is_turn_of(sick, both, "others", 100.0)
