"""The gate of the desk: every request passes it, and it asks what this very session has done.

Whatever is not opened by name (see `open_to`) is for sessions that are wholly in.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any
from urllib.parse import urlencode

from django.conf import settings
from django.contrib import messages
from django.contrib.auth import logout
from django.contrib.auth.models import AnonymousUser
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext, gettext_lazy
from wagtail.admin.localization import get_localized_response

from handpress.accounts.core.standing import Standing
from handpress.accounts.sessions import STRANGERS_LIMIT, follow_key, note_sign_of_life, standing_of

View = Callable[..., HttpResponseBase]

ANYONE = frozenset(Standing)
SETTING_UP = frozenset({Standing.SETTING_UP, Standing.IN})
_INSIDE = frozenset({Standing.IN})
# Open tabs send these by themselves: no sign that anybody sits in front of them.
_NOT_A_SIGN_OF_LIFE = {"wagtailadmin_editing_sessions:ping"}


def open_to(standings: frozenset[Standing], view: View) -> View:
    """Open a view of ours to sessions of these standings; it speaks its reader's language."""

    @wraps(view)
    def opened(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        is_inside = request.standing is Standing.IN and request.user.has_perm(  # type: ignore[attr-defined]
            "wagtailadmin.access_admin"
        )
        layout = "accounts/inside.html" if is_inside else "accounts/door.html"
        request.accounts_layout = layout  # type: ignore[attr-defined]
        request.accounts_trail = _trail()  # type: ignore[attr-defined]
        return get_localized_response(view, request, *args, **kwargs)

    opened.standings = standings  # type: ignore[attr-defined]
    return opened


def _trail() -> list[dict[str, Any]]:
    return [
        {"url": reverse("wagtailadmin_home"), "label": gettext_lazy("Home")},
        {"url": reverse("wagtailadmin_account"), "label": gettext_lazy("Account")},
        {"url": reverse("mfa_index"), "label": gettext_lazy("Sign-in and security")},
    ]


class Gate:
    """Middleware; stands after authentication, messages and allauth's own."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Answer, let the sessions of strangers be short, and those of others stay listed."""
        session = request.session
        former = session.session_key
        response = self.get_response(request)
        if request.user.is_authenticated:
            follow_key(request, former)
        elif session.modified and not session.is_empty():
            session.set_expiry(int(STRANGERS_LIMIT.total_seconds()))
        return response

    def process_view(
        self, request: HttpRequest, view: View, args: Any, kwargs: Any
    ) -> HttpResponseBase | None:
        """Let a request pass to its view, or answer it here."""
        standing = standing_of(request)
        if request.path_info.startswith("/-/"):
            # Forms and webhooks are open to readers; who is not wholly in, is one of them.
            if standing is not Standing.IN:
                request.user = AnonymousUser()
            return None
        if standing in {Standing.OUT_OF_TIME, Standing.UNPROVEN}:
            _put_out(request, standing)
            standing = Standing.STRANGER
        request.standing = standing  # type: ignore[attr-defined]
        request.newsroom_name = str(settings.WAGTAIL_SITE_NAME)  # type: ignore[attr-defined]
        if standing not in getattr(view, "standings", _INSIDE):
            return _refuse(request, standing)
        if standing is Standing.IN and _is_sign_of_life(request):
            note_sign_of_life(request)
        if not (hasattr(view, "standings") or request.user.has_perm("wagtailadmin.access_admin")):
            # Wagtail would lead to the sign-in page, which would lead back.
            return render(request, "accounts/no_role.html", status=403)
        return None


def _is_sign_of_life(request: HttpRequest) -> bool:
    match = request.resolver_match
    return match is None or match.view_name not in _NOT_A_SIGN_OF_LIFE


def _put_out(request: HttpRequest, standing: Standing) -> None:
    logout(request)
    if standing is Standing.OUT_OF_TIME:
        text = gettext("You were signed out, because nobody was at work here for a long time.")
    else:
        text = gettext("Please sign in again, with your second factor.")
    messages.info(request, text)


def _refuse(request: HttpRequest, standing: Standing) -> HttpResponse:
    is_visit = request.method in {"GET", "HEAD"}
    if is_visit and request.headers.get("x-requested-with") != "XMLHttpRequest":
        return HttpResponseRedirect(_way_in(request, standing))
    # What was typed is still in the page that sent it: a redirect would throw it away.
    context = {"way_in": _way_in(request, standing), "is_setting_up": standing in SETTING_UP}
    return render(request, "accounts/refused.html", context, status=403)


def _way_in(request: HttpRequest, standing: Standing) -> str:
    if standing is Standing.SETTING_UP:
        return reverse("mfa_index")
    next_page = request.get_full_path() if request.method in {"GET", "HEAD"} else "/desk/"
    return f"{reverse('account_login')}?{urlencode({'next': next_page})}"
