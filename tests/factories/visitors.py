"""People who come to the desk: with a browser each, from a network of their own."""

from __future__ import annotations

import secrets
import time
from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import Any

from allauth.mfa.models import Authenticator
from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes
from allauth.mfa.totp.internal.auth import TOTP, format_hotp_value, generate_totp_secret, hotp_value
from bs4 import BeautifulSoup
from django.contrib.auth.models import Group
from django.test import Client

from handpress.accounts.models import User
from handpress.accounts.roles import Role

PASSWORD = "lamp oil and newsprint"
SIGN_IN = "/desk/sign-in/"
SECURITY = "/desk/security/"
Commits = Callable[..., AbstractContextManager[Any]]


class Visitor:
    """A browser, until it is closed; `commits` runs what waits for the end of a transaction."""

    def __init__(self, commits: Commits, network: str = "198.51.100.7") -> None:
        self.client = Client(REMOTE_ADDR=network, headers={"user-agent": "Firefox on Linux"})
        self.commits = commits

    def get(self, path: str, **kwargs: Any) -> Any:
        return self.client.get(path, secure=True, **kwargs)

    def post(self, path: str, data: dict[str, Any] | None = None, **kwargs: Any) -> Any:
        with self.commits(execute=True):
            return self.client.post(path, data or {}, secure=True, **kwargs)

    def sign_in(self, login: str, password: str = PASSWORD) -> Any:
        return self.post(SIGN_IN, {"login": login, "password": password})

    def type_code(self, code: str) -> Any:
        return self.post("/desk/sign-in/second-step/", {"code": code})

    def come_in(self, user: User, secret: str = "") -> None:
        """Sign in, with the second factor if a secret is given; the desk opens."""
        self.sign_in(user.username)
        if secret:
            self.type_code(code_now(secret))
        assert self.is_inside, self.get("/desk/")["Location"]

    @property
    def is_inside(self) -> bool:
        return bool(self.get("/desk/").status_code == 200)

    @property
    def is_setting_up(self) -> bool:
        return bool(self.get("/desk/").headers.get("Location") == SECURITY)


def member(name: str, role: Role | None = None, **fields: Any) -> User:
    """Make a member of staff who may open the desk."""
    user = User(username=name, email=f"{name}@proof.example", **fields)
    user.set_password(PASSWORD)
    user.save()
    if role is not None:
        group, is_new = Group.objects.get_or_create(name=role.value)
        if is_new:
            grant(group, "access_admin")
        user.groups.add(group)
        user.refresh_from_db()
    return user


def grant(group: Group, *codenames: str) -> None:
    from django.contrib.auth.models import Permission

    group.permissions.add(*Permission.objects.filter(codename__in=codenames))


def give_app(user: User) -> str:
    """Give a user an authenticator app; return its secret."""
    secret: str = generate_totp_secret()
    TOTP.activate(user, secret)
    return secret


def give_codes(user: User) -> list[str]:
    """Give a user recovery codes; return them."""
    codes: list[str] = RecoveryCodes.activate(user).generate_codes()
    return codes


def has_factors(user: User) -> bool:
    """Say whether a user has any factor, or recovery codes."""
    return bool(Authenticator.objects.filter(user=user).exists())


def code_now(secret: str, step: int = 0) -> str:
    """Return the code that an app shows now, or `step` halves of a minute later."""
    code: str = format_hotp_value(hotp_value(secret, int(time.time()) // 30 + step))
    return code


def wrong_code(secret: str) -> str:
    """Return six digits that are no code of these minutes."""
    right = {code_now(secret, step) for step in range(-3, 4)}
    while (code := f"{secrets.randbelow(10**6):06}") in right:
        pass
    return code


def words_of(answer: Any) -> str:
    """Return what a page says."""
    return BeautifulSoup(answer.content.decode(), "html.parser").get_text(" ", strip=True)
