"""The doctor on staff: can anybody get in, and would a stolen password be enough."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from factories.visitors import give_app, member
from handpress import conf
from handpress.accounts import throttle
from handpress.accounts.roles import Role
from handpress.desk.doctor import staff
from handpress.lib.findings import Finding

pytestmark = pytest.mark.django_db


def set_desk(settings: Any, word: str, address: str = "https://proof.example/") -> None:
    now: conf.Settings = settings.HANDPRESS
    settings.HANDPRESS = replace(
        now,
        desk=conf.DeskSettings(second_factor=word),
        newsroom=replace(now.newsroom, address=address),
    )


def findings() -> list[Finding]:
    return [*staff.check_staff(), *staff.check_second_factor()]


def worth_a_look() -> list[str]:
    return [finding.what for finding in findings() if finding.state != "ok"]


def test_staff_as_it_should_be(settings: Any) -> None:
    set_desk(settings, "required")
    give_app(member("chief", is_superuser=True))
    give_app(member("ed", Role.EDITOR))
    member("rep", Role.REPORTER)
    assert worth_a_look() == []
    assert findings()[-1].what == "2 need one and have one."


def test_a_newsroom_in_which_it_is_only_offered(settings: Any) -> None:
    set_desk(settings, "offered")
    give_app(member("chief", is_superuser=True))
    (what,) = worth_a_look()
    assert "a stolen password is enough to publish" in what


def test_who_can_publish_and_has_none(settings: Any) -> None:
    set_desk(settings, "required")
    member("chief", is_superuser=True)
    (what,) = worth_a_look()
    assert what == "nobody who can publish or let others in has one; without: chief."
    give_app(member("ed", Role.EDITOR))
    member("locked", Role.EDITOR, is_active=False)
    (what,) = worth_a_look()
    assert what == "not everybody who can publish or let others in has one; without: chief."


def test_a_reset_account_opens_nothing(settings: Any) -> None:
    set_desk(settings, "required")
    user = member("chief", is_superuser=True)
    give_app(user)
    user.set_unusable_password()
    user.save()
    (what,) = worth_a_look()
    assert "nobody who may do everything can sign in" in what


def test_the_demos_account_in_public(settings: Any) -> None:
    give_app(member("demo", is_superuser=True))
    set_desk(settings, "required", "http://127.0.0.1:8000/")
    assert worth_a_look() == []
    set_desk(settings, "required", "https://proof.example/")
    (what,) = worth_a_look()
    assert "the demo's account “demo” may sign in" in what


def test_codes_that_somebody_tries(settings: Any, rf: Any) -> None:
    set_desk(settings, "required")
    user = member("chief", is_superuser=True)
    give_app(user)
    for number in range(31):
        throttle.claim_code(rf.get("/", REMOTE_ADDR=f"192.0.2.{number}"), f"user {user.pk}")
    (what,) = worth_a_look()
    assert "many wrong codes were tried for chief" in what
