"""Let people in, and put them out."""

from __future__ import annotations

import hashlib
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta

from allauth.mfa.models import Authenticator
from django.contrib.auth.models import Group
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.utils.translation import gettext

from handpress.accounts import audit, delivery
from handpress.accounts.models import Invitation, User
from handpress.accounts.queries import has_factor, must_have_factor, open_invitations, user_named
from handpress.accounts.sessions import end_sessions
from handpress.lib import clock

LINK_LASTS = timedelta(days=7)
# Who asks for one's own sits before the screen and waits for the mail.
OWN_LINK_LASTS = timedelta(hours=2)
# Nobody's mailbox is filled by whoever knows the address.
_OWN_LINKS_A_DAY = 5
# How long links that no longer work stay in the list.
_REMEMBERED_FOR = timedelta(days=90)


class LinkError(Exception):
    """A link does not work (any more)."""


@dataclass(frozen=True, slots=True)
class Link:
    """An invitation together with its token, which is known only now."""

    invitation: Invitation
    token: str


def invite(
    *,
    name: str,
    email: str,
    role: str,
    is_superuser: bool = False,
    by: User | None = None,
    by_mail: bool = False,
) -> Link:
    """Make a link with which somebody joins; raise ValidationError where they are in already.

    With `by_mail` it is mailed to them as well.
    """
    now = clock.now()
    with transaction.atomic():
        if User.objects.filter(email__iexact=email).exists():
            raise ValidationError(gettext("Somebody with this e-mail address is a user already."))
        waiting = open_invitations(now).filter(purpose="join", email__iexact=email)
        if waiting.exists():
            raise ValidationError(
                gettext("An invitation for this address is open. Revoke it to make a new link.")
            )
        link = _make_link(now, by, name=name, email=email, role=role, is_superuser=is_superuser)
        audit.note(link.invitation, audit.INVITED, by=by, role=role, superuser=is_superuser)
        if by_mail:
            delivery.mail_link(link)
    return link


def make_password_link(
    user: User, *, removes_factors: bool, by: User | None = None, by_mail: bool = False
) -> Link:
    """Make a link with which `user` sets a new password; with `by_mail` they are mailed it.

    With `removes_factors` (device lost, or account in the wrong hands) the old password, every
    factor and every session end at once. Former links end in any case.
    """
    now = clock.now()
    with transaction.atomic():
        open_invitations(now).filter(purpose="password", user=user).update(revoked_at=now)
        link = _make_link(now, by, purpose="password", user=user, name=str(user), email=user.email)
        if removes_factors:
            user.set_unusable_password()
            user.save(update_fields=["password"])
            remove_factors(user, by=by)
            end_sessions(user)
        audit.note(user, audit.LINK_MADE, by=by, removes_factors=removes_factors)
        if by_mail and user.email:
            delivery.mail_link(link)
    return link


def mail_own_link(word: str) -> Link | None:
    """Mail a link for a new password to the user with this name or address, as they asked.

    None, and nothing happens, where there is no such user, or where an administrator should look
    whom they are talking to: a mailbox alone does not open an account that must have a second
    factor and has none. Factors stay, and so do links that others have made.
    """
    now = clock.now()
    user = user_named(word)
    if user is None or not user.is_active or not user.email or not delivery.can_mail():
        return None
    if must_have_factor(user) and not has_factor(user):
        return None
    own = Invitation.objects.filter(purpose="password", user=user, created_by=None)
    if own.filter(created_at__gt=now - timedelta(days=1)).count() >= _OWN_LINKS_A_DAY:
        return None
    with transaction.atomic():
        link = _make_link(
            now,
            None,
            OWN_LINK_LASTS,
            purpose="password",
            user=user,
            name=str(user),
            email=user.email,
        )
        audit.note(user, audit.LINK_MADE, removes_factors=False, own_wish=True)
        delivery.mail_link(link, is_own_wish=True)
    return link


def _make_link(
    now: datetime, by: User | None, lasts: timedelta = LINK_LASTS, **fields: object
) -> Link:
    Invitation.objects.filter(expires_at__lt=now - _REMEMBERED_FOR).delete()
    token = secrets.token_urlsafe(32)
    made = Invitation.objects.create(
        token_hash=hash_token(token),
        created_by=by,
        created_at=now,
        expires_at=now + lasts,
        **fields,
    )
    return Link(made, token)


def hash_token(token: str) -> str:
    """Return what is kept of a token; it is random enough to need no slow hash."""
    return hashlib.sha256(token.encode()).hexdigest()


def find_invitation(token: str) -> Invitation:
    """Return the invitation that a link stands for; raise LinkError when it does not work."""
    links = open_invitations(clock.now()).select_related("user")
    found = links.filter(token_hash=hash_token(token)).first()
    if found is None or (found.user is not None and not found.user.is_active):
        raise LinkError
    return found


def join(token: str, *, username: str, password: str) -> User:
    """Use an invitation up and return the new user; LinkError when somebody was faster.

    Raises ValidationError where the user name was taken a moment ago.
    """
    with transaction.atomic():
        invitation = _use(token, "join")
        first, _, last = invitation.name.rpartition(" ")
        user = User(
            username=username,
            email=invitation.email,
            first_name=first or last,
            last_name=last if first else "",
            is_staff=True,
            is_superuser=invitation.is_superuser,
        )
        user.set_password(password)
        try:
            user.save()
        except IntegrityError:
            raise ValidationError(gettext("Another user has this name or address.")) from None
        if invitation.role:
            group, _ = Group.objects.get_or_create(name=invitation.role)
            user.groups.add(group)
        invitation.user = user
        invitation.save(update_fields=["user"])
        audit.note(user, audit.JOINED, by=user, role=invitation.role)
    return user


def set_password(token: str, *, password: str) -> User:
    """Use a link up that was made for a new password, and end the user's sessions."""
    with transaction.atomic():
        user = _use(token, "password").user
        assert user is not None
        user.set_password(password)
        user.save(update_fields=["password"])
        end_sessions(user)
        # One was enough: others that lie in a mailbox open nothing any more.
        others = open_invitations(clock.now()).filter(purpose="password", user=user)
        others.update(revoked_at=clock.now())
        audit.note(user, audit.PASSWORD_CHANGED, by=user, by_link=True)
    return user


def _use(token: str, purpose: str) -> Invitation:
    invitation = find_invitation(token)
    now = clock.now()
    # Who comes second, even in the same instant, finds nothing to use.
    links = open_invitations(now).filter(pk=invitation.pk, purpose=purpose)
    if not links.update(used_at=now):
        raise LinkError
    invitation.used_at = now
    return invitation


def revoke(invitation: Invitation, *, by: User | None = None) -> bool:
    """Make a link useless; return whether it still worked."""
    now = clock.now()
    with transaction.atomic():
        done = open_invitations(now).filter(pk=invitation.pk).update(revoked_at=now)
        if done:
            audit.note(invitation, audit.LINK_REVOKED, by=by)
    return bool(done)


def lock(user: User, *, by: User | None = None) -> None:
    """Let a user in no more: ends every session, and every link that was made for a password."""
    now = clock.now()
    with transaction.atomic():
        user.is_active = False
        user.save(update_fields=["is_active"])
        end_sessions(user)
        open_invitations(now).filter(user=user).update(revoked_at=now)
        audit.note(user, audit.LOCKED, by=by)


def unlock(user: User, *, by: User | None = None) -> None:
    """Let a user in again, with password and factors as they were."""
    with transaction.atomic():
        user.is_active = True
        user.save(update_fields=["is_active"])
        audit.note(user, audit.UNLOCKED, by=by)


def remove_factors(user: User, *, by: User | None = None) -> int:
    """Take all passkeys, the authenticator app and the recovery codes away; return how many."""
    rows = Authenticator.objects.filter(user_id=user.pk)
    kinds = sorted(rows.values_list("type", flat=True))
    rows.delete()
    if kinds:
        audit.note(user, audit.FACTOR_REMOVED, by=by, kinds=kinds)
    return len(kinds)
