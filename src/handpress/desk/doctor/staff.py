"""Checks of who can get into the desk, and how easily."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings

from handpress.accounts.queries import is_factor_required, staff
from handpress.accounts.throttle import under_attack
from handpress.desk.demo_rows import EDITOR
from handpress.lib.findings import Finding

_LOCAL = {"", "localhost", "127.0.0.1", "::1"}


def check_staff() -> Iterator[Finding]:
    """Look whether anybody can open the desk."""
    people = [user for user in staff() if user.is_active and user.has_usable_password()]
    masters = [user for user in people if user.is_superuser]
    if masters:
        yield Finding("staff", "ok", f"{len(masters)} may do everything on the desk.")
    else:
        what = "nobody who may do everything can sign in to the desk yet."
        mend = "Run `handpress user add E-MAIL --superuser` and open the link that it prints."
        yield Finding("staff", "warn", what, mend)
    yield from _demo_account(people)


def _demo_account(people: list[Any]) -> Iterator[Finding]:
    host = urlsplit(settings.HANDPRESS.newsroom.address).hostname or ""
    if host not in _LOCAL and any(user.username == EDITOR for user in people):
        what = f"the demo's account “{EDITOR}” may sign in to a newsroom that is public."
        yield Finding("staff", "warn", what, f"Run `handpress user lock {EDITOR}`.")


def check_second_factor() -> Iterator[Finding]:
    """Look whether a stolen password would be enough."""
    people: list[Any] = [user for user in staff() if user.is_active]
    guarded = [user for user in people if user.is_guarded]
    bare = [user.username for user in guarded if not user.has_factor]
    before = True
    if not is_factor_required():
        before = False
        what = 'it is only "offered": a stolen password is enough to publish.'
        mend = 'Set second_factor = "required" under [desk].'
        yield Finding("second factor", "warn", what, mend)
    if bare:
        before = False
        yield _bare(bare, len(guarded))
    tried = under_attack(f"user {user.pk}" for user in people)
    for user in people:
        if f"user {user.pk}" in tried:
            before = False
            what = f"many wrong codes were tried for {user.username}: the password is known."
            mend = f"Run `handpress user reset {user.username}`."
            yield Finding("second factor", "warn", what, mend)
    if before:
        yield Finding("second factor", "ok", f"{len(guarded)} need one and have one.")


def _bare(names: list[str], count: int) -> Finding:
    some = ", ".join(names[:5]) + (" …" if len(names) > 5 else "")
    who = "nobody" if len(names) == count else "not everybody"
    what = f"{who} who can publish or let others in has one; without: {some}."
    if is_factor_required():
        mend = "They are asked when they sign in next; see to it that it is they who do."
    else:
        mend = "Each sets one up at /desk/security/."
    return Finding("second factor", "warn", what, mend)
