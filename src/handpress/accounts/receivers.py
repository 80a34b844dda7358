"""Bells that allauth and Django ring: something happened to a session or a factor.

They end other sessions and write the audit log.
"""

from __future__ import annotations

from typing import Any

from allauth.account.internal.flows.login import record_authentication
from allauth.account.signals import password_changed
from allauth.account.signals import user_logged_in as signed_in
from allauth.core import context
from allauth.mfa.models import Authenticator
from allauth.mfa.signals import (
    authentication_failed,
    authenticator_added,
    authenticator_removed,
    authenticator_reset,
)
from allauth.usersessions.models import UserSession
from django.contrib.auth.models import Group
from django.contrib.auth.signals import user_logged_in, user_logged_out
from django.db.models.signals import m2m_changed
from django.dispatch import receiver

from handpress.accounts import audit, sessions
from handpress.accounts.models import User
from handpress.accounts.queries import FACTORS


@receiver(user_logged_in)
def begin_session(request: Any, **kwargs: Any) -> None:
    if request is not None:
        sessions.begin(request)
        sessions.purge_sessions()


@receiver(signed_in)
def note_sign_in(request: Any, user: User, **kwargs: Any) -> None:
    has_shown = sessions.has_shown_factor(request, user)
    audit.note(user, audit.SIGN_IN, by=user, second_factor=has_shown)


@receiver(user_logged_out)
def note_sign_out(request: Any, user: User | None, **kwargs: Any) -> None:
    if user is not None and request is not None:
        UserSession.objects.filter(session_key=request.session.session_key).delete()
        audit.note(user, audit.SIGN_OUT, by=user)


@receiver(authenticator_added)
def begin_factor(request: Any, user: User, authenticator: Authenticator, **kwargs: Any) -> None:
    if authenticator.type not in FACTORS:
        return
    # Whoever has just set it up has just shown it.
    record_authentication(request, user, "mfa", id=authenticator.pk, type=authenticator.type)
    sessions.end_other_sessions(request, user)
    audit.note(user, audit.FACTOR_ADDED, by=user, kind=authenticator.type)


@receiver(authenticator_removed)
def end_factor(request: Any, user: User, authenticator: Authenticator, **kwargs: Any) -> None:
    sessions.end_other_sessions(request, user)
    audit.note(user, audit.FACTOR_REMOVED, by=user, kinds=[authenticator.type])


@receiver(authenticator_reset)
def note_new_codes(request: Any, user: User, **kwargs: Any) -> None:
    sessions.end_other_sessions(request, user)
    audit.note(user, audit.CODES_MADE, by=user)


@receiver(authentication_failed)
def note_wrong_code(user: User, **kwargs: Any) -> None:
    audit.note(user, audit.CODE_FAILED)


@receiver(password_changed)
def note_new_password(request: Any, user: User, **kwargs: Any) -> None:
    sessions.end_other_sessions(request, user)
    audit.note(user, audit.PASSWORD_CHANGED, by=user)


@receiver(m2m_changed, sender=User.groups.through)
def end_sessions_of_changed_roles(
    instance: Any, action: str, reverse: bool, pk_set: set[int] | None, **kwargs: Any
) -> None:
    if action not in {"post_add", "post_remove", "pre_clear"} or pk_set == set():
        return
    users = _changed_users(instance, is_group=reverse, pk_set=pk_set)
    for user in users:
        _end_after_change(user)
        names = [] if reverse else sorted(_names(pk_set))
        audit.note(user, audit.ROLES_CHANGED, by=_who(), change=action, roles=names)


def _changed_users(instance: Any, *, is_group: bool, pk_set: set[int] | None) -> list[User]:
    if not is_group:
        return [instance]
    return list(instance.user_set.all() if pk_set is None else User.objects.filter(pk__in=pk_set))


def _names(pk_set: set[int] | None) -> list[str]:
    return list(Group.objects.filter(pk__in=pk_set or ()).values_list("name", flat=True))


def _end_after_change(user: User) -> None:
    """End the user's sessions; who changes their own roles keeps the one they sit at."""
    request = context.request
    if request is not None and getattr(request, "user", None) == user and request.session:
        sessions.end_other_sessions(request, user)
    else:
        sessions.end_sessions(user)


def _who() -> Any:
    return getattr(context.request, "user", None)
