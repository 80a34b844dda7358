"""Links that work once: to join, and to set a new password."""

from __future__ import annotations

from typing import Any

import pytest
from django.core.exceptions import ValidationError

from accounts.conftest import Hands, Visit
from factories.passkeys import give_passkey
from factories.visitors import PASSWORD, SECURITY, give_app, member, words_of
from handpress.accounts import actions
from handpress.accounts.models import Invitation, User
from handpress.accounts.roles import Role

pytestmark = pytest.mark.django_db

PHRASE = "ink and paper and glue"
CHOSEN = {"username": "bo", "password1": PHRASE, "password2": PHRASE}


def invite(**changed: Any) -> str:
    """Invite somebody; return where the link leads."""
    given = {"name": "Bo van der Press", "email": "bo@proof.example", "role": "Editor"}
    return f"/desk/link/{actions.invite(**given | changed).token}/"


def test_who_is_invited_joins_with_the_role_and_sets_up_a_factor(
    required: None, visit: Visit
) -> None:
    link = invite()
    visitor = visit()
    page = visitor.get(link)
    assert "This invitation is for Bo van der Press" in words_of(page)
    assert 'value="bo-van-der-press"' in page.content.decode()
    assert visitor.post(link, CHOSEN)["Location"] == "/desk/"
    user = User.objects.get()
    assert (user.username, user.email) == ("bo", "bo@proof.example")
    assert (user.first_name, user.last_name) == ("Bo van der", "Press")
    assert [group.name for group in user.groups.all()] == ["Editor"]
    assert not user.is_superuser
    assert visitor.is_setting_up
    assert "Set up a second factor" in words_of(visitor.get(SECURITY))


def test_looking_at_a_link_uses_nothing_up(visit: Visit) -> None:
    link = invite()
    for _ in range(3):
        assert visit().get(link).status_code == 200
        assert visit().client.head(link, secure=True).status_code == 200
    assert not User.objects.exists()
    assert visit().post(link, CHOSEN).status_code == 302


def test_a_link_works_once(visit: Visit) -> None:
    link = invite()
    visit().post(link, CHOSEN)
    again = visit()
    for answer in (again.get(link), again.post(link, CHOSEN | {"username": "eve"})):
        assert answer.status_code == 410
        assert "It has been used" in words_of(answer)
    assert User.objects.count() == 1


def test_two_who_use_a_link_in_the_same_moment(monkeypatch: pytest.MonkeyPatch) -> None:
    link = actions.invite(name="Bo", email="bo@proof.example", role="Editor")
    found = actions.find_invitation(link.token)
    # Both have looked before either has used it.
    monkeypatch.setattr(actions, "find_invitation", lambda token: found)
    actions.join(link.token, username="bo", password=PHRASE)
    with pytest.raises(actions.LinkError):
        actions.join(link.token, username="eve", password=PHRASE)
    assert User.objects.count() == 1


def test_a_link_lasts_a_week(visit: Visit, hands: Hands) -> None:
    link = invite()
    hands.move(days=6, hours=23)
    assert visit().get(link).status_code == 200
    hands.move(hours=2)
    assert visit().get(link).status_code == 410
    assert visit().post(link, CHOSEN).status_code == 410


def test_a_revoked_link_is_dead(visit: Visit) -> None:
    link = invite()
    assert actions.revoke(Invitation.objects.get())
    assert visit().post(link, CHOSEN).status_code == 410
    assert not actions.revoke(Invitation.objects.get())


@pytest.mark.parametrize("token", ["x", "x" * 43, "%00", "ＡＢＣ", "../" * 5])
def test_other_tokens_open_nothing(token: str, visit: Visit) -> None:
    invite()
    assert visit().get(f"/desk/link/{token}/").status_code in {302, 404, 410}


def test_what_is_kept_is_not_the_token() -> None:
    link = actions.invite(name="Bo", email="bo@proof.example", role="Editor")
    assert link.token not in str(list(Invitation.objects.values()))
    assert len(link.token) >= 43


@pytest.mark.parametrize(
    ("changed", "complaint"),
    [
        ({"username": ""}, "This field is required."),
        ({"username": "bo@proof.example"}, "Only letters, digits and . + - _ are possible."),
        ({"username": "bo b"}, "Only letters, digits and . + - _ are possible."),
        ({"username": "ADA"}, "Another user already has this user name."),
        ({"password2": "something else"}, "The two passwords differ."),
        ({"password1": "short", "password2": "short"}, "at least 12 characters"),
        ({"password1": "bo@proof.example", "password2": "bo@proof.example"}, "too similar"),
        ({"password1": "password1234", "password2": "password1234"}, "guessed too easily"),
        ({"password1": "x" * 2000, "password2": "x" * 2000}, "at most 1024 characters"),
    ],
)
def test_what_is_wrong_is_said_and_the_link_still_works(
    changed: dict[str, str], complaint: str, visit: Visit
) -> None:
    member("ada")
    link = invite()
    visitor = visit()
    answer = visitor.post(link, CHOSEN | changed)
    assert answer.status_code == 200
    assert complaint in words_of(answer)
    html = answer.content.decode()
    assert 'aria-invalid="true"' in html
    assert PHRASE not in html
    assert User.objects.count() == 1
    assert visitor.post(link, CHOSEN).status_code == 302


def test_a_name_of_one_word_and_names_of_any_script(visit: Visit) -> None:
    visit().post(invite(name="박지원"), CHOSEN | {"username": "지원"})
    assert User.objects.get().get_full_name() == "박지원"


def test_who_is_in_already_is_not_invited() -> None:
    member("ada")
    with pytest.raises(ValidationError, match="is a user already"):
        invite(email="ADA@proof.example")
    invite()
    with pytest.raises(ValidationError, match="An invitation for this address is open"):
        invite(email="BO@proof.example")


def test_the_address_may_be_taken_meanwhile(visit: Visit) -> None:
    link = invite()
    User.objects.create_user("other", "bo@proof.example")
    answer = visit().post(link, CHOSEN)
    assert "Another user has this name or address." in words_of(answer)
    assert User.objects.count() == 1


def test_somebody_who_is_signed_in_is_asked_first(visit: Visit) -> None:
    link = invite()
    visitor = visit()
    visitor.come_in(member("ada", Role.REPORTER))
    assert "You are signed in as ada@proof.example" in words_of(visitor.get(link))
    visitor.post(link, CHOSEN)
    assert User.objects.count() == 1
    assert visitor.post("/desk/sign-out/", {"next": link})["Location"] == link
    assert visitor.get(link).status_code == 200


def password_link(user: User, *, removes_factors: bool = False) -> str:
    made = actions.make_password_link(user, removes_factors=removes_factors)
    return f"/desk/link/{made.token}/"


def test_a_new_password_by_link_does_not_walk_round_the_second_factor(visit: Visit) -> None:
    user = member("ada", Role.EDITOR)
    give_app(user)
    inside = visit()
    link = password_link(user)
    visitor = visit()
    sent = {"password1": PHRASE, "password2": PHRASE}
    assert visitor.post(link, sent)["Location"] == "/desk/sign-in/"
    assert not visitor.is_inside
    assert visitor.sign_in("ada").status_code == 200
    answer = visitor.sign_in("ada", PHRASE)
    assert answer["Location"] == "/desk/sign-in/second-step/"
    assert not inside.is_inside
    assert visit().get(link).status_code == 410


def test_until_the_link_is_used_the_old_password_holds(visit: Visit) -> None:
    user = member("ada", Role.REPORTER)
    password_link(user)
    visitor = visit()
    visitor.come_in(user)


def test_a_reset_takes_everything_away_at_once(required: None, visit: Visit) -> None:
    user = member("ada", Role.EDITOR)
    give_app(user)
    give_passkey(user)
    link = password_link(user, removes_factors=True)
    user.refresh_from_db()
    # Else who stole the password could set up a factor of their own.
    assert not user.has_usable_password()
    assert visit().sign_in("ada").status_code == 200
    visitor = visit("203.0.113.9")
    visitor.post(link, {"password1": PHRASE, "password2": PHRASE})
    visitor.sign_in("ada", PHRASE)
    assert visitor.is_setting_up


def test_only_the_newest_link_for_a_password_works(visit: Visit) -> None:
    user = member("ada", Role.EDITOR)
    first, second = password_link(user), password_link(user)
    assert visit().get(first).status_code == 410
    assert visit().get(second).status_code == 200


def test_a_link_is_no_way_round_a_lock(visit: Visit) -> None:
    user = member("ada", Role.EDITOR)
    link = password_link(user)
    actions.lock(user)
    assert visit().get(link).status_code == 410
    actions.unlock(user)
    assert visit().get(link).status_code == 410


def test_one_kind_of_link_does_nothing_of_the_other(visit: Visit) -> None:
    user = member("ada", Role.EDITOR)
    token = actions.make_password_link(user, removes_factors=False).token
    with pytest.raises(actions.LinkError):
        actions.join(token, username="bo", password=PHRASE)
    token = actions.invite(name="Bo", email="bo@proof.example", role="").token
    with pytest.raises(actions.LinkError):
        actions.set_password(token, password=PHRASE)
    user.refresh_from_db()
    assert user.check_password(PASSWORD)
