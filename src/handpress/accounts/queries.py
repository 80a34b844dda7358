"""What is asked about staff."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from allauth.mfa.models import Authenticator
from allauth.usersessions.models import UserSession
from django.conf import settings
from django.contrib.auth.models import Group, Permission
from django.contrib.sessions.models import Session
from django.db.models import Exists, OuterRef, Q, QuerySet

from handpress.accounts.core.standing import IDLE_LIMIT
from handpress.accounts.models import Invitation, User
from handpress.accounts.roles import NEEDS_SECOND_FACTOR, NO_POWER
from handpress.lib import clock

# Recovery codes alone are none: they stand in for a factor that was lost.
FACTORS = (Authenticator.Type.TOTP, Authenticator.Type.WEBAUTHN)


def is_factor_required() -> bool:
    """Say whether this newsroom asks certain roles for a second factor."""
    return bool(settings.HANDPRESS.desk.second_factor == "required")


def has_factor(user: User) -> bool:
    """Say whether a user has a passkey or an authenticator app."""
    return Authenticator.objects.filter(user_id=user.pk, type__in=FACTORS).exists()


def must_have_factor(user: User) -> bool:
    """Say whether a user may do nothing without a second factor."""
    return is_factor_required() and belongs_to_guarded(user)


def belongs_to_guarded(user: User) -> bool:
    """Say whether a user can publish to all, touch money or let others in."""
    return user.is_superuser or User.objects.filter(_has_power(), pk=user.pk).exists()


def _has_power() -> Q:
    """Return the condition that somebody's groups, or they themselves, were granted power."""
    no_power = Q(pk__in=[])
    for name in NO_POWER:
        app, _, codename = name.partition(".")
        no_power |= Q(content_type__app_label=app, codename=codename)
    powers = Permission.objects.exclude(no_power)
    granted = Group.permissions.through.objects.filter(
        group=OuterRef("pk"), permission__in=powers.values("pk")
    )
    groups = Group.objects.filter(Q(name__in=NEEDS_SECOND_FACTOR) | Exists(granted))
    theirs = User.groups.through.objects.filter(
        user_id=OuterRef("pk"), group__in=groups.values("pk")
    )
    own = User.user_permissions.through.objects.filter(
        user_id=OuterRef("pk"), permission__in=powers.values("pk")
    )
    return Q(Exists(theirs)) | Q(Exists(own))


def staff() -> QuerySet[User]:
    """Return all users, each with `has_factor` and `is_guarded`, in one query."""
    factors = Authenticator.objects.filter(user_id=OuterRef("pk"), type__in=FACTORS)
    guarded = Q(is_superuser=True) | _has_power()
    return User.objects.annotate(has_factor=Exists(factors), is_guarded=guarded).order_by(
        "username"
    )


def live_sessions(user: User) -> QuerySet[UserSession]:
    """Return where a user is signed in now, newest first; one query."""
    now = clock.now()
    alive = Session.objects.filter(expire_date__gt=now).values("session_key")
    return UserSession.objects.filter(
        user_id=user.pk, session_key__in=alive, last_seen_at__gt=now - IDLE_LIMIT
    ).order_by("-last_seen_at", "-pk")


def open_invitations(now: datetime) -> QuerySet[Invitation]:
    """Return the links that still work."""
    return Invitation.objects.filter(
        used_at__isnull=True, revoked_at__isnull=True, expires_at__gt=now
    )


def user_named(word: str) -> User | None:
    """Return the user with this user name or e-mail address, however it is written."""
    users: Iterable[User]
    fields = ("email", "username") if "@" in word else ("username",)
    for field in fields:
        users = User.objects.filter(**{f"{field}__iexact": word})
        for user in users:
            return user
    return None
