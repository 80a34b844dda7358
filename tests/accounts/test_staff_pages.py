"""The desk's pages about staff: inviting, links, locking, and who may do that to whom."""

from __future__ import annotations

import re
import time
from typing import Any

import pytest
from django.contrib.auth.models import Group
from django.db import connection
from django.test.utils import CaptureQueriesContext
from wagtail.models import ModelLogEntry

from accounts.conftest import Visit
from factories.visitors import Visitor, give_app, grant, has_factors, member, words_of
from handpress.accounts import actions
from handpress.accounts.models import Invitation, User
from handpress.accounts.roles import Role

pytestmark = pytest.mark.django_db


@pytest.fixture
def chief(visit: Visit) -> Visitor:
    """A superuser at the desk."""
    visitor = visit()
    visitor.come_in(member("chief", is_superuser=True))
    return visitor


@pytest.fixture
def administrator(visit: Visit) -> Visitor:
    """Somebody who manages staff, and may not do everything."""
    user = member("admin", Role.ADMINISTRATOR)
    grant(Group.objects.get(name="Administrator"), "add_user", "change_user", "delete_user")
    visitor = visit()
    visitor.come_in(user)
    return visitor


@pytest.fixture
def reporter(visit: Visit) -> Visitor:
    visitor = visit()
    visitor.come_in(member("rep", Role.REPORTER))
    return visitor


def link_in(answer: Any) -> str:
    found = re.search(r'value="https://testserver(/desk/link/[^"]+)"', answer.content.decode())
    assert found, words_of(answer)
    return found[1]


GIVEN = {"name": "Bo Press", "email": "bo@proof.example", "role": "Editor"}


def test_an_invitation_is_made_shown_once_and_used(chief: Visitor, visit: Visit) -> None:
    assert chief.get("/desk/users/new/")["Location"] == "/desk/staff/invite/"
    answer = chief.post("/desk/staff/invite/", GIVEN)
    assert "It is shown only now." in words_of(answer)
    link = link_in(answer)
    listed = chief.get("/desk/staff/invitations/")
    assert "Bo Press <bo@proof.example> Invitation: Editor" in words_of(listed)
    assert link not in listed.content.decode()
    assert visit().get(link).status_code == 200
    assert [e.action for e in ModelLogEntry.objects.filter(action="accounts.invited")]


def test_a_wrong_invitation_is_explained(chief: Visitor) -> None:
    answer = chief.post("/desk/staff/invite/", GIVEN | {"email": "chief@proof.example"})
    assert "is a user already" in words_of(answer)
    answer = chief.post("/desk/staff/invite/", GIVEN | {"role": "Owner", "email": "nonsense"})
    assert "Select a valid choice" in words_of(answer)
    assert not Invitation.objects.exists()


def test_a_link_is_revoked(chief: Visitor, visit: Visit) -> None:
    link = link_in(chief.post("/desk/staff/invite/", GIVEN))
    path = f"/desk/staff/links/{Invitation.objects.get().pk}/revoke/"
    assert chief.get(path).status_code == 200
    assert visit().get(link).status_code == 200
    assert chief.post(path).status_code == 302
    assert visit().get(link).status_code == 410
    assert "revoked" in words_of(chief.get("/desk/staff/invitations/"))


def test_a_link_for_a_new_password(chief: Visitor, visit: Visit) -> None:
    user = member("ada", Role.EDITOR)
    give_app(user)
    path = f"/desk/staff/{user.pk}/password-link/"
    assert chief.get(path).status_code == 200
    assert visit().get(link_in(chief.post(path))).status_code == 200
    assert has_factors(user)
    link_in(chief.post(path, {"removes_factors": "on"}))
    assert not has_factors(user)


def test_locking_and_unlocking(chief: Visitor, visit: Visit) -> None:
    user = member("ada", Role.REPORTER)
    other = visit("203.0.113.9")
    other.come_in(user)
    path = f"/desk/staff/{user.pk}/lock/"
    assert chief.get(path).status_code == 200
    assert other.is_inside
    chief.post(path, {"step": "lock"})
    assert not other.is_inside
    assert "may sign in again" in words_of(chief.get(path))
    chief.post(path, {"step": "unlock"})
    other.come_in(user)


def test_nobody_locks_themselves_out(chief: Visitor) -> None:
    own = User.objects.get(username="chief")
    chief.post(f"/desk/staff/{own.pk}/lock/", {"step": "lock"})
    assert chief.is_inside


def test_somebody_is_signed_out_everywhere(chief: Visitor, visit: Visit) -> None:
    user = member("ada", Role.REPORTER)
    other = visit("203.0.113.9")
    other.come_in(user)
    path = f"/desk/staff/{user.pk}/end-sessions/"
    assert chief.get(path).status_code == 200
    chief.post(path)
    assert not other.is_inside


def test_a_reporter_manages_nobody(reporter: Visitor) -> None:
    user = member("ada", Role.EDITOR)
    invitation = actions.invite(name="Bo", email="bo@proof.example", role="Editor").invitation
    for path in (
        "/desk/staff/invite/",
        "/desk/staff/invitations/",
        f"/desk/staff/links/{invitation.pk}/revoke/",
        f"/desk/staff/{user.pk}/password-link/",
        f"/desk/staff/{user.pk}/lock/",
        f"/desk/staff/{user.pk}/end-sessions/",
    ):
        assert reporter.get(path)["Location"] == "/desk/", path
        assert reporter.post(path, {**GIVEN, "step": "lock"})["Location"] == "/desk/", path
    assert Invitation.objects.filter(revoked_at=None).count() == 1
    assert User.objects.get(username="ada").is_active


def test_an_administrator_does_not_rise_above_superusers(administrator: Visitor) -> None:
    boss = member("boss", is_superuser=True)
    editors = str(Group.objects.get_or_create(name=Role.EDITOR.value)[0].pk)
    hidden = actions.invite(name="Top", email="top@proof.example", role="", is_superuser=True)
    for path, tried in [
        (f"/desk/staff/{boss.pk}/password-link/", {"removes_factors": "on"}),
        (f"/desk/staff/{boss.pk}/lock/", {"step": "lock"}),
        (f"/desk/staff/{boss.pk}/end-sessions/", {}),
        (f"/desk/staff/links/{hidden.invitation.pk}/revoke/", {}),
        (f"/desk/users/edit/{boss.pk}/", {"email": "mine@proof.example"}),
        (f"/desk/users/delete/{boss.pk}/", {}),
        (f"/desk/bulk/accounts/user/set_active_state/?id={boss.pk}", {"mark_as_active": "False"}),
        (f"/desk/bulk/accounts/user/assign_role/?id={boss.pk}", {"role": editors}),
    ]:
        assert administrator.post(path, tried).status_code == 302, path
    boss.refresh_from_db()
    assert boss.is_active
    assert boss.has_usable_password()
    assert boss.email == "boss@proof.example"
    assert "Top" not in words_of(administrator.get("/desk/staff/invitations/"))
    # Nor makes one by invitation or on the form.
    administrator.post("/desk/staff/invite/", GIVEN | {"is_superuser": "on"})
    assert not Invitation.objects.get(email="bo@proof.example").is_superuser
    ada = member("ada", Role.REPORTER)
    sent: dict[str, Any] = {
        "username": "ada",
        "email": "ada@proof.example",
        "first_name": "Ada",
        "last_name": "",
        "is_active": "on",
        "is_superuser": "on",
        "groups": [str(group.pk) for group in ada.groups.all()],
    }
    assert administrator.post(f"/desk/users/edit/{ada.pk}/", sent).status_code == 302
    ada.refresh_from_db()
    assert ada.first_name == "Ada"
    assert not ada.is_superuser


def test_nobody_sets_somebody_elses_password_on_the_form(chief: Visitor) -> None:
    user = member("ada", Role.EDITOR)
    page = chief.get(f"/desk/users/edit/{user.pk}/").content.decode()
    assert 'type="password"' not in page


def test_giving_power_asks_for_a_confirmation(chief: Visitor) -> None:
    session = chief.client.session
    for record in session["account_authentication_methods"]:
        record["at"] = time.time() - 600
    session.save()
    user = member("ada", Role.REPORTER)
    role = user.groups.get().pk
    for path in (
        f"/desk/users/edit/{user.pk}/",
        f"/desk/users/delete/{user.pk}/",
        f"/desk/bulk/accounts/user/assign_role/?id={user.pk}",
        f"/desk/groups/edit/{role}/",
        "/desk/groups/new/",
        "/desk/staff/invite/",
        f"/desk/staff/{user.pk}/password-link/",
        f"/desk/staff/{user.pk}/lock/",
    ):
        answer = chief.post(path, GIVEN | {"role": str(role)} if "bulk" in path else GIVEN)
        assert answer["Location"].startswith("/desk/security/confirm/"), path


def test_a_role_keeps_its_name_and_is_not_deleted(chief: Visitor) -> None:
    group, _ = Group.objects.get_or_create(name=Role.EDITOR.value)
    other = Group.objects.create(name="Interns")
    for each, name in ((group, "Editor"), (other, "Renamed")):
        sent = {"name": "Renamed"}
        for prefix in ("page_permissions", "collection_permissions", "image_permissions"):
            sent |= {f"{prefix}-{k}": "0" for k in ("TOTAL_FORMS", "INITIAL_FORMS")}
            sent |= {f"{prefix}-MIN_NUM_FORMS": "0", f"{prefix}-MAX_NUM_FORMS": "1000"}
        for prefix in (
            "collection_add_permissions",
            "image_permissions",
            "collection_mgmt_permissions",
        ):
            sent |= {f"{prefix}-{k}": "0" for k in ("TOTAL_FORMS", "INITIAL_FORMS")}
            sent |= {f"{prefix}-MIN_NUM_FORMS": "0", f"{prefix}-MAX_NUM_FORMS": "1000"}
        chief.post(f"/desk/groups/edit/{each.pk}/", sent)
        each.refresh_from_db()
        assert each.name == name
    chief.post(f"/desk/groups/delete/{group.pk}/")
    assert Group.objects.filter(pk=group.pk).exists()
    chief.post(f"/desk/groups/delete/{other.pk}/")
    assert not Group.objects.filter(pk=other.pk).exists()


def test_the_list_of_users_tells_roles_and_factors(chief: Visitor) -> None:
    give_app(member("ada", Role.EDITOR))
    page = chief.get("/desk/users/")
    assert "Editor" in words_of(page)
    assert "Second factor" in words_of(page)
    assert (
        "/desk/staff/invite/" in page.content.decode()
        or "/desk/users/new/" in page.content.decode()
    )


@pytest.mark.parametrize("path", ["/desk/users/", "/desk/staff/invitations/"])
def test_lists_cost_the_same_however_long_they_are(path: str, chief: Visitor) -> None:
    def add(number: int) -> None:
        user = member(f"user{number}", Role.EDITOR)
        actions.invite(name="X", email=f"x{number}@proof.example", role="Editor")
        actions.make_password_link(user, removes_factors=False)

    def cost() -> int:
        with CaptureQueriesContext(connection) as asked:
            assert chief.get(path).status_code == 200
        return len(asked)

    add(1)
    cost()
    before = cost()
    for number in range(2, 8):
        add(number)
    assert cost() == before


def test_the_audit_log_names_what_was_done(chief: Visitor) -> None:
    user = member("ada", Role.REPORTER)
    actions.lock(user, by=User.objects.get(username="chief"))
    history = chief.get(f"/desk/users/history/{user.pk}/")
    assert "Locked" in words_of(history)
