"""People who work at the desk, by their role."""

from __future__ import annotations

import time

from django.contrib.auth.models import Group
from django.test import Client

from factories.desk_forms import Desk
from handpress.accounts.models import User
from handpress.accounts.roles import Role


def staff(role: Role | None, name: str = "") -> User:
    """Return a new member of staff with a role; None: one who may do nothing at all."""
    name = name or (role.value.lower() if role else "nobody")
    user = User.objects.create_user(name, f"{name}@proof.example", "a long enough phrase")
    if role:
        user.groups.add(Group.objects.get(name=role.value))
    return user


def desk_of(user: User, *, has_confirmed: bool = True) -> Desk:
    """Return the desk with this user signed in, in a browser of their own.

    They have just typed their password, as one has who signs in, unless it is said otherwise.
    """
    client = Client()
    client.force_login(user)
    if has_confirmed:
        confirm(client)
    return Desk(client)


def confirm(client: Client) -> None:
    """Note that who sits at this browser has just typed their password."""
    session = client.session
    session["account_authentication_methods_user"] = session["_auth_user_id"]
    session["account_authentication_methods"] = [{"method": "password", "at": time.time()}]
    session.save()
