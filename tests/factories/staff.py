"""People who work at the desk, by their role."""

from __future__ import annotations

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


def desk_of(user: User) -> Desk:
    """Return the desk with this user signed in, in a browser of their own."""
    client = Client()
    client.force_login(user)
    return Desk(client)
