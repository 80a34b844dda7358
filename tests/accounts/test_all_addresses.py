"""Every address of the app, asked by everybody who must not get in: only the way in answers."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache
from typing import Any

import pytest
from django.conf import settings as django_settings
from django.urls import Resolver404, URLPattern, URLResolver, get_resolver, resolve
from django.utils.regex_helper import normalize

from accounts.conftest import Visit
from factories.passkeys import give_passkey
from factories.visitors import PASSWORD, SIGN_IN, Visitor, give_app, member
from handpress.accounts.roles import Role

pytestmark = pytest.mark.django_db

# Tried in this order until the address means the view that is to be asked.
FILLINGS = ["1", "a", "newsroom", "article", "00000000-0000-4000-8000-000000000000", "a/b"]
# What answers somebody who is nobody yet, and what they get.
OPEN_TO_ANYONE = {
    "/desk/sign-in/": {200},
    # Only there where mail can leave.
    "/desk/sign-in/forgotten/": {404},
    "/desk/sign-in/passkey/": {302},
    "/desk/sign-in/second-step/": {302},
    "/desk/sign-in/locked/": {200, 405},
    "/desk/sign-out/": {302},
    "/desk/logout/": {302},
    "/desk/login/": {302, 405},
    "/desk/password_reset/": {404},
    "/desk/password_reset/1": {404},
    "/desk/link/1/": {410},
}
OPEN_WHILE_SETTING_UP = {
    "/desk/security/",
    "/desk/security/app/",
    "/desk/security/passkeys/add/",
    "/desk/security/confirm/",
    "/desk/security/confirm/code/",
    "/desk/security/confirm/passkey/",
}


def leaves(patterns: list[Any], prefix: str = "") -> Iterator[tuple[str, URLPattern]]:
    """Yield the whole regular expression of every view."""
    for pattern in patterns:
        own = prefix + re.sub(r"^\^|\\Z$|\$$|\\z$", "", pattern.pattern.regex.pattern)
        if isinstance(pattern, URLResolver):
            yield from leaves(pattern.url_patterns, own)
        else:
            yield own, pattern


def address_of(regex: str, callback: Any) -> str:
    """Return an address that means this view, or the view that stands before it."""
    fallback = ""
    for template, names in normalize(regex):
        for filling in FILLINGS:
            path = "/" + template % dict.fromkeys(names, filling)
            try:
                found = resolve(path).func
            except Resolver404:
                continue
            if found is callback:
                return path
            fallback = fallback or path
    return fallback


@cache
def all_addresses() -> dict[str, str]:
    """Return an address for each view, with what it is made from.

    What stands under `/-/` is for readers and companies, who have no session; their own tests ask
    what it lets them do.
    """
    found = {}
    for regex, pattern in leaves(get_resolver().url_patterns):
        path = address_of(regex, pattern.callback)
        assert path, f"no address could be made for {regex}"
        if not path.startswith("/-/"):
            found[path] = regex
    return found


def answers(visitor: Visitor, path: str, number: int) -> list[Any]:
    """Ask as a browser would, and in turns as one that hopes for a gap."""
    asked = visitor.client.get(path, secure=True)
    match number % 3:
        case 0:
            more = visitor.client.options(path, secure=True)
        case 1:
            headers = {"x-requested-with": "XMLHttpRequest"}
            more = visitor.client.get(path, secure=True, headers=headers)
        case _:
            more = visitor.client.put(path, "{}", "application/json", secure=True)
    return [asked, more, visitor.client.post(path, "{}", "application/json", secure=True)]


def is_way_in(answer: Any, to: str) -> bool:
    if answer.request["PATH_INFO"].startswith("/desk/password_reset/"):
        return bool(answer.status_code == 404)
    where = str(answer.headers.get("Location", ""))
    if answer.status_code == 403:
        return b"Not saved: you are not signed in" in answer.content
    return answer.status_code == 302 and where.partition("?")[0] == to


@pytest.fixture
def stranger(visit: Visit) -> Visitor:
    return visit()


@pytest.fixture
def with_password_only(visit: Visit) -> Visitor:
    """A session of somebody who has factors, in which none was shown: a gap that was found."""
    user = member("ada", is_superuser=True)
    visitor = visit()
    visitor.come_in(user)
    give_app(user)
    give_passkey(user)
    return visitor


@pytest.fixture
def halfway(visit: Visit) -> Visitor:
    """Somebody who has given the right password, and is asked for the second step."""
    give_app(member("bob", is_superuser=True))
    visitor = visit()
    visitor.sign_in("bob")
    return visitor


@pytest.fixture
def setting_up(visit: Visit, required: None) -> Visitor:
    member("eve", Role.ADMINISTRATOR)
    visitor = visit()
    visitor.sign_in("eve")
    return visitor


def test_the_crawl_finds_every_part_of_the_desk() -> None:
    found = set(all_addresses())
    assert len(found) > 150
    some = {
        "/desk/",
        "/desk/media/1",
        "/desk/account/",
        "/desk/sprite/",
        "/desk/jsi18n/",
        "/desk/api/main/images/",
        "/desk/snippets/newsroom/article/",
        "/desk/snippets/newsroom/article/preview/",
        "/desk/users/",
        "/desk/staff/invite/",
        "/desk/block-preview/",
    }
    assert some <= found


@pytest.mark.parametrize("who", ["stranger", "with_password_only", "halfway"])
def test_nothing_but_the_way_in_answers_who_is_not_wholly_in(
    who: str, request: pytest.FixtureRequest
) -> None:
    visitor: Visitor = request.getfixturevalue(who)
    for number, path in enumerate(all_addresses()):
        if path in OPEN_TO_ANYONE:
            continue
        for answer in answers(visitor, path, number):
            assert is_way_in(answer, SIGN_IN), f"{answer.status_code} {path}"


def test_who_must_set_up_a_factor_can_do_that_and_nothing_else(setting_up: Visitor) -> None:
    for number, path in enumerate(all_addresses()):
        if path in OPEN_TO_ANYONE or path in OPEN_WHILE_SETTING_UP:
            continue
        for answer in answers(setting_up, path, number):
            assert is_way_in(answer, "/desk/security/"), f"{answer.status_code} {path}"
    for path in OPEN_WHILE_SETTING_UP:
        assert setting_up.get(path).status_code in {200, 302}, path


@pytest.mark.parametrize(("path", "statuses"), OPEN_TO_ANYONE.items())
def test_what_is_open_to_anyone(path: str, statuses: set[int], stranger: Visitor) -> None:
    assert path in all_addresses()
    sent = {"username": "ada", "password": PASSWORD, "login": "", "credential": ""}
    assert stranger.get(path).status_code in statuses
    assert stranger.post(path, sent).status_code in statuses | {200}
    assert not stranger.is_inside


def test_the_crawl_would_find_a_gap(settings: Any, visit: Visit) -> None:
    """With the gate away, Wagtail's own checks let the session in that has shown no factor."""
    user = member("ada", is_superuser=True)
    visitor = visit()
    visitor.come_in(user)
    give_app(user)
    assert not visitor.is_inside
    visitor.client.force_login(user)
    settings.MIDDLEWARE = [
        name for name in django_settings.MIDDLEWARE if name != "handpress.accounts.gate.Gate"
    ]
    without_gate = visitor.client
    without_gate.handler.load_middleware()
    gaps = [
        path
        for path in ("/desk/", "/desk/users/", "/desk/api/main/images/", "/desk/sprite/")
        if without_gate.get(path, secure=True).status_code == 200
    ]
    assert len(gaps) == 4


def test_what_is_public_sees_nobody_who_is_not_wholly_in(settings: Any, visit: Visit) -> None:
    from django.http import HttpResponse
    from django.test import RequestFactory

    from handpress.accounts.gate import Gate

    user = member("ada", is_superuser=True)
    visitor = visit()
    visitor.come_in(user)
    give_app(user)
    request: Any = RequestFactory().get("/-/hook", secure=True)
    request.session, request.user = visitor.client.session, user
    assert Gate(lambda _: HttpResponse()).process_view(request, lambda _: None, (), {}) is None  # type: ignore[arg-type, return-value]
    assert request.user.is_anonymous
