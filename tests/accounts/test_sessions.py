"""Sessions: how long they last, where they are listed, and what ends them."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest
from allauth.usersessions.models import UserSession
from django.contrib.auth.models import Group
from django.contrib.sessions.models import Session
from django.db import connection
from django.test.utils import CaptureQueriesContext

from accounts.conftest import Hands, Visit
from factories.visitors import PASSWORD, give_app, member, words_of
from handpress.accounts import actions
from handpress.accounts.roles import Role

pytestmark = pytest.mark.django_db


def test_a_session_ends_after_half_a_day_without_a_sign_of_life(visit: Visit, hands: Hands) -> None:
    visitor = visit()
    visitor.come_in(member("ada", Role.REPORTER))
    hands.move(hours=11, minutes=50)
    assert visitor.is_inside
    hands.move(hours=11, minutes=50)
    assert visitor.is_inside
    hands.move(hours=12, minutes=1)
    assert visitor.get("/desk/")["Location"] == "/desk/sign-in/?next=%2Fdesk%2F"
    assert "nobody was at work here" in words_of(visitor.get("/desk/sign-in/"))
    assert not visitor.is_inside


def test_an_open_tab_that_nobody_touches_is_no_sign_of_life(visit: Visit, hands: Hands) -> None:
    visitor = visit()
    visitor.come_in(member("ada", is_superuser=True))
    ping = "/desk/editing-sessions/ping/newsroom/article/1/1/"
    statuses = []
    for _ in range(25):
        hands.move(minutes=30)
        answer = visitor.post(ping, headers={"x-requested-with": "XMLHttpRequest"})
        statuses.append(answer.status_code)
    assert statuses[-1] == 403
    assert 403 not in statuses[:24]
    assert not visitor.is_inside


def test_a_session_ends_after_a_week_whatever_happens(visit: Visit, hands: Hands) -> None:
    visitor = visit()
    visitor.come_in(member("ada", Role.REPORTER))
    for _ in range(15):
        hands.move(hours=11)
        assert visitor.is_inside
    hands.move(hours=4)
    assert not visitor.is_inside


def test_a_form_that_comes_too_late_is_not_thrown_away_silently(visit: Visit, hands: Hands) -> None:
    visitor = visit()
    visitor.come_in(member("ada", is_superuser=True))
    hands.move(days=1)
    answer = visitor.post("/desk/snippets/newsroom/topic/add/", {"name": "Water"})
    assert answer.status_code == 403
    assert "What you typed is still in the page before this one" in words_of(answer)


def test_signs_of_life_are_written_down_every_few_minutes(visit: Visit, hands: Hands) -> None:
    visitor = visit()
    visitor.come_in(member("ada", Role.REPORTER))

    def writes() -> int:
        with CaptureQueriesContext(
            connection,
        ) as asked:
            visitor.get("/desk/security/sessions/")
        return sum(q["sql"].startswith(("UPDATE", "INSERT", "DELETE")) for q in asked)

    assert writes() == 0
    hands.move(minutes=6)
    assert writes() == 2
    assert writes() == 0
    assert UserSession.objects.get().last_seen_at == hands.now


def test_sessions_are_listed_and_each_can_be_ended(visit: Visit) -> None:
    user = member("ada", Role.REPORTER)
    here, there = visit(), visit("203.0.113.9")
    here.come_in(user)
    there.come_in(user)
    page = here.get("/desk/security/")
    assert words_of(page).count("Firefox on Linux") == 2
    assert "this one" in words_of(page)
    other = UserSession.objects.get(session_key=there.client.session.session_key)
    assert here.post("/desk/security/sessions/", {"session": str(other.pk)}).status_code == 302
    assert not there.is_inside
    assert here.is_inside
    assert not Session.objects.filter(session_key=other.session_key).exists()


def test_nobody_ends_somebody_elses_session(visit: Visit) -> None:
    ada, bob = visit(), visit("203.0.113.9")
    ada.come_in(member("ada", Role.REPORTER))
    bob.come_in(member("bob", Role.REPORTER))
    his = UserSession.objects.get(user__username="bob")
    for pk in (str(his.pk), "x", "-1", "9" * 30):
        assert ada.post("/desk/security/sessions/", {"session": pk}).status_code == 404
    assert bob.is_inside


def test_no_address_is_kept_beside_a_session(visit: Visit) -> None:
    visitor = visit("203.0.113.9")
    visitor.come_in(member("ada", Role.REPORTER))
    rows = [*UserSession.objects.values(), *Session.objects.values()]
    assert "203.0.113.9" not in str(rows)
    assert "203.0.113.9" not in str(dict(visitor.client.session))


def test_the_list_costs_the_same_however_many_there_are(visit: Visit) -> None:
    user = member("ada", Role.REPORTER)
    here = visit()
    here.come_in(user)

    def cost() -> int:
        with CaptureQueriesContext(connection) as asked:
            here.get("/desk/security/sessions/")
        return len(asked)

    before = cost()
    for _ in range(5):
        visit().come_in(user)
    assert cost() == before


OTHERS_END: dict[str, Any] = {
    "a new password": lambda here, user: here.post(
        "/desk/security/password/",
        {
            "oldpassword": PASSWORD,
            "password1": "ink and paper and glue",
            "password2": "ink and paper and glue",
        },
    ),
    "all others": lambda here, user: here.post("/desk/security/sessions/"),
}


@pytest.mark.parametrize("step", OTHERS_END)
def test_these_end_all_other_sessions(step: str, visit: Visit) -> None:
    user = member("ada", Role.REPORTER)
    here, there = visit(), visit("203.0.113.9")
    here.come_in(user)
    there.come_in(user)
    key = here.client.session.session_key
    assert OTHERS_END[step](here, user).status_code == 302
    assert here.is_inside
    assert not there.is_inside
    # And this one goes on under another key.
    assert here.client.session.session_key != key
    assert words_of(here.get("/desk/security/sessions/")).count("Firefox") == 1


ALL_END: dict[str, Any] = {
    "locking": actions.lock,
    "a reset": lambda user: actions.make_password_link(user, removes_factors=True),
    "another role": lambda user: user.groups.add(Group.objects.get_or_create(name="Editor")[0]),
    "a role less": lambda user: user.groups.remove(Group.objects.get(name="Reporter")),
    "no role": lambda user: user.groups.clear(),
    "from the role's side": lambda user: Group.objects.get(name="Reporter").user_set.remove(user),
}


@pytest.mark.parametrize("step", ALL_END)
def test_these_end_all_sessions_at_their_next_request(step: str, visit: Visit) -> None:
    user = member("ada", Role.REPORTER)
    secret = give_app(user)
    visitor = visit()
    visitor.come_in(user, secret)
    bystander = visit()
    bystander.come_in(member("bob", Role.REPORTER))
    ALL_END[step](user)
    assert not visitor.is_inside
    assert bystander.is_inside


def test_what_was_ended_does_not_come_back_when_one_is_unlocked(visit: Visit) -> None:
    user = member("ada", Role.REPORTER)
    visitor = visit()
    visitor.come_in(user)
    actions.lock(user)
    actions.unlock(user)
    assert not visitor.is_inside
    visitor.sign_in("ada")
    assert visitor.is_inside


def test_ended_sessions_are_thrown_away(visit: Visit) -> None:
    visitor = visit()
    visitor.come_in(member("ada", Role.REPORTER))
    Session.objects.update(expire_date=datetime(2026, 1, 1, tzinfo=UTC))
    visit().come_in(member("bob", Role.REPORTER))
    assert Session.objects.count() == 1


def test_a_new_factor_ends_the_other_sessions(visit: Visit) -> None:
    from factories.passkeys import Passkey

    user = member("ada", Role.REPORTER)
    here, there = visit(), visit("203.0.113.9")
    here.come_in(user)
    there.come_in(user)
    options = here.get("/desk/security/passkeys/add/").context["js_data"]["creation_options"]
    passkey = Passkey()
    sent = {"name": "laptop", "credential": passkey.register(_plain(options))}
    assert here.post("/desk/security/passkeys/add/", sent)["Location"] == "/desk/security/codes/"
    assert here.is_inside
    assert not there.is_inside


def _plain(options: Any) -> Any:
    import json

    from django.core.serializers.json import DjangoJSONEncoder

    return json.loads(json.dumps(options, cls=DjangoJSONEncoder))


def test_the_gate_costs_nothing_once_a_factor_was_shown(
    visit: Visit, rf: Any, required: None, django_assert_num_queries: Any
) -> None:
    from handpress.accounts.core.standing import Standing
    from handpress.accounts.sessions import standing_of

    user = member("ada", Role.EDITOR)
    secret = give_app(user)
    visitor = visit()
    visitor.come_in(user, secret)
    request = rf.get("/desk/")
    request.session, request.user = visitor.client.session, user
    request.session.get("loaded", None)
    with django_assert_num_queries(0):
        assert standing_of(request) is Standing.IN
