"""Sessions: what one has done, and how they end."""

from __future__ import annotations

import time
from datetime import UTC, datetime, timedelta
from typing import Any

from allauth.account.internal.flows.login import get_authentication_records
from allauth.usersessions.models import UserSession
from django.contrib.auth import update_session_auth_hash
from django.contrib.sessions.models import Session
from django.db import transaction
from django.db.models import F
from django.http import HttpRequest

from handpress.accounts.core.standing import WHOLE_LIMIT, SessionFacts, Standing, judge
from handpress.accounts.models import User
from handpress.accounts.queries import has_factor, must_have_factor
from handpress.lib import clock

_SIGNED_IN_AT = "accounts.signed_in_at"
_SEEN_AT = "accounts.seen_at"
# A sign of life is written down no more often than this: each one is a write to the disk.
_SEEN_EVERY = timedelta(minutes=5)
# So long a sign-in or a confirmation counts for whatever asks for one.
CONFIRMED_FOR = timedelta(minutes=5)
# A session that nobody signs in to holds a challenge for a while, and no more.
STRANGERS_LIMIT = timedelta(minutes=15)
_MOST_STRANGERS = 5000


def standing_of(request: HttpRequest) -> Standing:
    """Return how far the session of this request has come."""
    return judge(_facts_of(request), clock.now())


def _facts_of(request: HttpRequest) -> SessionFacts | None:
    user: Any = request.user
    if not (user.is_authenticated and user.is_active):
        return None
    now = clock.now()
    # Those that did not come by way of the sign-in page begin when they are first seen.
    if _SIGNED_IN_AT not in request.session:
        begin(request)
    has_shown = has_shown_factor(request, user)
    # Whoever has shown a factor has one: asking the database again at each request is no use,
    # because all sessions end when somebody else takes a factor away.
    owns = has_shown or has_factor(user)
    return SessionFacts(
        signed_in_at=_moment(request, _SIGNED_IN_AT, now),
        seen_at=_moment(request, _SEEN_AT, now),
        has_shown_factor=has_shown,
        has_factor=owns,
        must_have_factor=not owns and must_have_factor(user),
    )


def has_shown_factor(request: HttpRequest, user: User) -> bool:
    """Say whether a second factor, or a passkey instead of a password, was used in this session."""
    return any(
        record.get("method") == "mfa" for record in get_authentication_records(request, user)
    )


def has_just_confirmed(request: HttpRequest, user: User) -> bool:
    """Say whether who sits there has proved within minutes to be this user.

    Where there is a factor, only that proves it: a stolen password does not.
    """
    needs_factor = has_factor(user)
    return any(
        time.time() - record.get("at", 0) < CONFIRMED_FOR.total_seconds()
        for record in get_authentication_records(request, user)
        if record.get("method") == "mfa" or not needs_factor
    )


def begin(request: HttpRequest) -> None:
    """Note that a session begins now; it ends of itself after a week."""
    now = clock.now().timestamp()
    request.session[_SIGNED_IN_AT] = request.session[_SEEN_AT] = now
    request.session.set_expiry(int(WHOLE_LIMIT.total_seconds()))


def note_sign_of_life(request: HttpRequest) -> None:
    """Write down, every few minutes, that somebody is at work in this session."""
    now = clock.now()
    if now - _moment(request, _SEEN_AT, now) < _SEEN_EVERY:
        return
    request.session[_SEEN_AT] = now.timestamp()
    left = _moment(request, _SIGNED_IN_AT, now) + WHOLE_LIMIT - now
    request.session.set_expiry(max(1, int(left.total_seconds())))
    rows = UserSession.objects.filter(session_key=request.session.session_key)
    rows.update(last_seen_at=now)


def _moment(request: HttpRequest, key: str, fallback: datetime) -> datetime:
    value = request.session.get(key)
    return datetime.fromtimestamp(value, UTC) if isinstance(value, int | float) else fallback


def end_sessions(user: User) -> int:
    """End every session of a user, with their next request; return how many were listed."""
    with transaction.atomic():
        User.objects.filter(pk=user.pk).update(session_epoch=F("session_epoch") + 1)
        user.refresh_from_db(fields=["session_epoch"])
        return _forget(UserSession.objects.filter(user_id=user.pk))


def end_other_sessions(request: HttpRequest, user: User) -> None:
    """End every session of a user but this one, which goes on under a new key."""
    former = request.session.session_key
    with transaction.atomic():
        User.objects.filter(pk=user.pk).update(session_epoch=F("session_epoch") + 1)
        user.refresh_from_db(fields=["session_epoch"])
        _forget(UserSession.objects.filter(user_id=user.pk).exclude(session_key=former))
        # Gives the session a new key as well.
        update_session_auth_hash(request, user)
        follow_key(request, former)


def follow_key(request: HttpRequest, former: str | None) -> None:
    """Keep a session listed that goes on under another key, as after saving the account page."""
    if former and former != request.session.session_key:
        rows = UserSession.objects.filter(session_key=former)
        rows.update(session_key=request.session.session_key)


def end_session(session: UserSession) -> None:
    """End one session, with its next request."""
    with transaction.atomic():
        _forget(UserSession.objects.filter(pk=session.pk))


def _forget(rows: Any) -> int:
    keys = list(rows.values_list("session_key", flat=True))
    Session.objects.filter(session_key__in=keys).delete()
    rows.filter(session_key__in=keys).delete()
    return len(keys)


def are_too_many() -> bool:
    """Say whether strangers hold so many sessions that the disk is better protected from more."""
    purge_sessions()
    soon = clock.now() + STRANGERS_LIMIT
    return Session.objects.filter(expire_date__lt=soon).count() >= _MOST_STRANGERS


def purge_sessions() -> None:
    """Forget the sessions that have ended of themselves; cheap, as they are found by date."""
    Session.objects.filter(expire_date__lt=clock.now()).delete()
