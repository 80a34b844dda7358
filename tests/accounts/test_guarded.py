"""Whoever has power shows a second factor, whatever the group is called that gives it."""

from __future__ import annotations

import pytest
from django.contrib.auth.models import Group

from accounts.conftest import Visit
from factories.visitors import grant, member
from handpress.accounts.queries import staff
from handpress.accounts.roles import Role

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("required")]


def group_of(*codenames: str) -> Group:
    group = Group.objects.create(name="Night shift")
    grant(group, "access_admin", *codenames)
    return group


@pytest.mark.parametrize("power", ["publish_article", "view_donor", "add_movement", "change_user"])
def test_power_from_a_group_of_ones_own_needs_a_second_factor(visit: Visit, power: str) -> None:
    user = member("ada")
    user.groups.add(group_of(power))
    visitor = visit()
    visitor.sign_in("ada")
    assert visitor.is_setting_up
    assert staff().get(pk=user.pk).is_guarded  # type: ignore[attr-defined]


def test_power_that_is_one_persons_own_needs_a_second_factor(visit: Visit) -> None:
    from django.contrib.auth.models import Permission

    user = member("ada", Role.REPORTER)
    user.user_permissions.add(Permission.objects.get(codename="publish_article"))
    visitor = visit()
    visitor.sign_in("ada")
    assert visitor.is_setting_up
    assert staff().get(pk=user.pk).is_guarded  # type: ignore[attr-defined]


def test_writing_alone_needs_none(visit: Visit) -> None:
    user = member("ada")
    user.groups.add(group_of("add_article", "change_article", "view_article"))
    visitor = visit()
    visitor.sign_in("ada")
    assert visitor.is_inside
    assert not staff().get(pk=user.pk).is_guarded  # type: ignore[attr-defined]


def test_a_role_that_is_given_power_beside_its_own_needs_a_second_factor(visit: Visit) -> None:
    user = member("ada", Role.REPORTER)
    visitor = visit()
    visitor.sign_in("ada")
    assert visitor.is_inside
    grant(Group.objects.get(name=Role.REPORTER.value), "publish_article")
    assert visitor.is_setting_up
    assert staff().get(pk=user.pk).is_guarded  # type: ignore[attr-defined]
