"""`handpress user`: who may sign in to the desk."""

from __future__ import annotations

from argparse import ArgumentParser
from typing import Any

from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand
from django.core.validators import validate_email

from handpress.accounts import actions, delivery
from handpress.accounts.models import User
from handpress.accounts.queries import staff, user_named
from handpress.accounts.roles import Role
from handpress.lib.commands import Verb

_ROLES = {role.value.lower(): role for role in Role}
_STEPS = ("add", "reset", "lock", "unlock", "list")
_DONE, _FAILED, _MISUSED = 0, 1, 2


class Command(Verb, BaseCommand):
    """Invites, resets, locks, unlocks and lists; prints links, never passwords."""

    help = (
        "Invite somebody to the desk (add E-MAIL), give them a link for a new password and take "
        "their factors away (reset USER), lock, unlock, list."
    )
    has_json = True

    def add_options(self, parser: ArgumentParser) -> None:
        parser.add_argument("step", choices=_STEPS, help="what to do")
        parser.add_argument(
            "who",
            nargs="?",
            default="",
            help="an e-mail address (add), or a user name or e-mail address",
        )
        parser.add_argument("--name", default="", help="add: the person's name")
        parser.add_argument("--role", choices=sorted(_ROLES), help="add: the role (else reporter)")
        parser.add_argument(
            "--superuser", action="store_true", help="add: may do everything, whatever the role"
        )
        parser.add_argument(
            "--keep-factors",
            action="store_true",
            help="reset: only the password is new; factors and sessions stay until it is set",
        )
        parser.add_argument("--mail", action="store_true", help="add, reset: mail the link as well")

    def run(self, options: dict[str, Any]) -> int:
        step, who = options["step"], options["who"]
        if step == "list":
            return self._list()
        if not who:
            self.say(f"Whom? handpress user {step} {'E-MAIL' if step == 'add' else 'USER'}")
            return _MISUSED
        if options["mail"] and not delivery.can_mail():
            self.say(
                "No relay takes mail yet: name one under [[mail.relays]] in handpress.toml, or "
                "hand the link over yourself. Nothing was changed."
            )
            return _FAILED
        if step == "add":
            return self._add(who, options)
        user = user_named(who)
        if user is None:
            self.say(f"There is no user {who}. `handpress user list` shows all. Nothing changed.")
            return _FAILED
        if step == "reset":
            return self._reset(user, keeps_factors=options["keep_factors"], by_mail=options["mail"])
        return self._lock(user) if step == "lock" else self._unlock(user)

    def _add(self, email: str, options: dict[str, Any]) -> int:
        try:
            validate_email(email)
        except ValidationError:
            self.say(f"“{email}” is not an e-mail address. Nothing was changed.")
            return _MISUSED
        is_superuser = options["superuser"]
        role = _ROLES[options["role"]] if options["role"] else None
        if role is None and not is_superuser:
            role = Role.REPORTER
        try:
            link = actions.invite(
                name=" ".join(options["name"].split())[:150],
                email=email,
                role=role.value if role else "",
                is_superuser=is_superuser,
                by_mail=options["mail"],
            )
        except ValidationError as error:
            self.say(f"{' '.join(error.messages)} Nothing was changed.")
            return _FAILED
        what = " and ".join(
            part for part in (role and role.value, "superuser" if is_superuser else "") if part
        )
        self._print_link(link, f"Invitation for {email} ({what})")
        return _DONE

    def _reset(self, user: User, *, keeps_factors: bool, by_mail: bool) -> int:
        if not user.is_active:
            self.say(f"{user} is locked. Unlock first: handpress user unlock {user.username}")
            return _FAILED
        link = actions.make_password_link(user, removes_factors=not keeps_factors, by_mail=by_mail)
        if not keeps_factors:
            self.say(f"{user} is signed out everywhere; password and factors are gone.")
        self._print_link(link, f"Link for a new password of {user.username}")
        return _DONE

    def _print_link(self, link: actions.Link, what: str) -> None:
        address = delivery.address_of(link)
        until = link.invitation.expires_at
        self.print_result(
            f"{what}, works once, until {until:%Y-%m-%d %H:%M} UTC:\n{address}",
            {"link": address, "expires_at": until.isoformat()},
        )
        self.say("Hand it over so that nobody else reads it. It is shown only now.")

    def _lock(self, user: User) -> int:
        actions.lock(user)
        what = f"{user.username} is signed out everywhere, and locked."
        self.print_result(what, {"locked": True})
        return _DONE

    def _unlock(self, user: User) -> int:
        actions.unlock(user)
        self.print_result(f"{user.username} may sign in again.", {"locked": False})
        return _DONE

    def _list(self) -> int:
        people = [_facts(user) for user in staff().prefetch_related("groups")]
        self.print_result("\n".join(map(_line, people)) or "There are no users yet.", people)
        return _DONE


def _facts(user: Any) -> dict[str, Any]:
    return {
        "username": user.username,
        "email": user.email,
        "name": user.get_full_name(),
        "roles": sorted(group.name for group in user.groups.all()),
        "superuser": user.is_superuser,
        "second_factor": user.has_factor,
        "locked": not user.is_active,
        "last_login": user.last_login and user.last_login.isoformat(timespec="seconds"),
    }


def _line(person: dict[str, Any]) -> str:
    roles = [*person["roles"], *(["superuser"] if person["superuser"] else [])]
    marks = ["second factor" if person["second_factor"] else "password only"]
    marks += ["LOCKED"] if person["locked"] else []
    words = f"{person['username']:<20} {person['email']:<32} {', '.join(roles) or 'no role':<24}"
    return f"{words} {', '.join(marks)}"
