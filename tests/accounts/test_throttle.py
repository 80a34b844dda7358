"""Wrong passwords and codes make the next try wait, and nobody else."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.test import RequestFactory

from accounts.conftest import Hands, Visit
from factories.visitors import PASSWORD, code_now, give_app, member, words_of, wrong_code
from handpress.accounts import throttle
from handpress.accounts.counting import forget_uses
from handpress.accounts.models import Slowdown, SpentCode
from handpress.accounts.roles import Role
from handpress.lib import clock

pytestmark = pytest.mark.django_db
HERE, ELSEWHERE = "198.51.100.7", "203.0.113.9"


def test_after_two_wrong_passwords_one_waits_and_is_told_how_long(
    visit: Visit, hands: Hands
) -> None:
    member("ada")
    guesser = visit(HERE)
    answers = [guesser.sign_in("ada", "wrong") for _ in range(4)]
    assert [answer.status_code for answer in answers] == [200, 200, 200, 429]
    assert answers[3]["Retry-After"] == "2"
    assert "Try again in 2 seconds" in words_of(answers[3])
    # Even the right one has to wait; then it opens.
    assert guesser.sign_in("ada").status_code == 429
    hands.move(seconds=2)
    assert guesser.sign_in("ada").status_code == 302
    assert not Slowdown.objects.filter(failures__gt=3).exists()


def test_waiting_does_not_count_as_a_try(visit: Visit, hands: Hands) -> None:
    member("ada")
    guesser = visit(HERE)
    for _ in range(20):
        guesser.sign_in("ada", "wrong")
    hands.move(seconds=2)
    assert guesser.sign_in("ada", "wrong").status_code == 200
    assert guesser.sign_in("ada", "wrong")["Retry-After"] == "4"


def test_somebody_with_the_right_password_elsewhere_is_not_locked_out(
    visit: Visit, hands: Hands
) -> None:
    member("ada")
    guesser = visit(HERE)
    for _ in range(50):
        guesser.sign_in("ada", "wrong")
    assert visit(ELSEWHERE).sign_in("ada").status_code == 302


def test_it_is_one_account_whatever_it_is_called(visit: Visit, hands: Hands) -> None:
    member("ada")
    guesser = visit(HERE)
    for name in ("ada", "ADA@proof.example", "Ada"):
        guesser.sign_in(name, "wrong")
    assert guesser.sign_in("ada@proof.example", "wrong").status_code == 429


def test_names_that_nobody_has_are_slowed_down_alike(visit: Visit, hands: Hands) -> None:
    member("ada")
    guesser = visit(HERE)
    known = [words_of(guesser.sign_in("ada", "wrong")) for _ in range(4)]
    unknown = [words_of(guesser.sign_in("nobody", "wrong")) for _ in range(4)]
    assert known == unknown


def test_one_who_tries_everybody_is_slowed_down_too(visit: Visit, hands: Hands) -> None:
    guesser = visit(HERE)
    for number in range(32):
        guesser.sign_in(f"user{number}", PASSWORD)
    assert guesser.sign_in("user99", PASSWORD).status_code == 429
    hands.move(hours=2)
    assert guesser.sign_in("user99", PASSWORD).status_code == 200


def test_a_right_sign_in_does_not_wipe_out_what_the_network_did(visit: Visit, hands: Hands) -> None:
    member("eve")
    guesser = visit(HERE)
    for number in range(31):
        guesser.sign_in(f"user{number}", PASSWORD)
    hands.move(seconds=61)
    own = visit(HERE)
    assert own.sign_in("eve").status_code == 302
    guesser.sign_in("user50", PASSWORD)
    assert guesser.sign_in("user51", PASSWORD).status_code == 429


def test_codes_are_slowed_down(visit: Visit, hands: Hands) -> None:
    secret = give_app(member("ada", Role.REPORTER))
    visitor = visit(HERE)
    visitor.sign_in("ada")
    answers = [visitor.type_code(wrong_code(secret)) for _ in range(4)]
    assert [answer.status_code for answer in answers] == [200, 200, 200, 429]
    hands.move(seconds=2)
    assert visitor.type_code(code_now(secret)).status_code == 302
    assert visitor.is_inside


def test_many_networks_that_try_codes_together_are_slowed_down_and_noticed(
    visit: Visit, hands: Hands
) -> None:
    user = member("ada")
    secret = give_app(user)
    for number in range(32):
        attacker = visit(f"192.0.2.{number}")
        attacker.sign_in("ada")
        attacker.type_code(wrong_code(secret))
    owner = visit(ELSEWHERE)
    owner.sign_in("ada")
    assert owner.type_code(code_now(secret)).status_code == 429
    assert "somebody knows your password" in words_of(owner.get("/desk/sign-in/second-step/"))
    # Half a minute at the longest, whatever happens.
    hands.move(seconds=30)
    assert owner.type_code(code_now(secret)).status_code == 302
    assert throttle.under_attack([f"user {user.pk}"]) == {f"user {user.pk}"}


def test_no_address_is_kept_and_nothing_longer_than_a_day(visit: Visit, hands: Hands) -> None:
    user = member("wolfgang")
    visit(HERE).sign_in("wolfgang", "wrong")
    kept = str(list(Slowdown.objects.values()))
    assert HERE not in kept
    assert "wolfgang" not in kept
    assert len(Slowdown.objects.all()) == 2
    hands.move(days=1, seconds=1)
    visit(ELSEWHERE).sign_in("nobody", "wrong")
    assert len(Slowdown.objects.all()) == 2
    assert throttle.under_attack([f"user {user.pk}"]) == set()


@pytest.mark.parametrize(
    ("address", "network"),
    [
        ("198.51.100.7", "198.51.100.7"),
        ("::ffff:198.51.100.7", "198.51.100.7"),
        ("2001:db8:1:2:3::4", "2001:db8:1::"),
        ("2001:db8:1:ff::9", "2001:db8:1::"),
        ("2001:db8:1:100::", "2001:db8:1:100::"),
        ("", ""),
        ("unknown", ""),
    ],
)
def test_what_counts_as_one_network(address: str, network: str) -> None:
    assert throttle.network_of(RequestFactory().get("/", REMOTE_ADDR=address)) == network


@pytest.mark.parametrize(
    ("address", "neighbourhood"),
    [
        ("198.51.100.7", "198.51.100.0"),
        ("::ffff:198.51.100.250", "198.51.100.0"),
        ("2001:db8:1:ff::9", "2001:db8:1::"),
        ("", ""),
        ("unknown", ""),
    ],
)
def test_what_one_may_have_rented_together(address: str, neighbourhood: str) -> None:
    request = RequestFactory().get("/", REMOTE_ADDR=address)
    assert throttle.neighbourhood_of(request) == neighbourhood


def test_a_code_is_spent_once_and_then_forgotten(hands: Hands) -> None:
    def spend() -> Any:
        return throttle.spend_code("user 1", "123456", timedelta(seconds=90))

    assert spend()
    assert not spend()
    assert throttle.spend_code("user 2", "123456", timedelta(seconds=90))
    hands.move(seconds=91)
    assert spend()
    assert SpentCode.objects.count() == 1


def test_what_was_tried_is_forgotten_though_nobody_tries_again(visit: Visit, hands: Hands) -> None:
    member("ada")
    visit(HERE).sign_in("ada", "wrong")
    throttle.spend_code("user 1", "123456", timedelta(seconds=90))
    forget_uses(clock.now())
    assert (Slowdown.objects.count(), SpentCode.objects.count()) == (2, 1)
    hands.move(seconds=91)
    forget_uses(clock.now())
    assert (Slowdown.objects.count(), SpentCode.objects.count()) == (2, 0)
    hands.move(seconds=24 * 3600)
    forget_uses(clock.now())
    assert not Slowdown.objects.exists()
