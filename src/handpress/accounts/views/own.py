"""One's own way in: factors, recovery codes, password, e-mail address, sessions."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any

from allauth.account.internal.flows.reauthentication import is_reauthentication_required
from allauth.account.views import PasswordChangeView
from allauth.account.views import ReauthenticateView as AllauthReauthenticateView
from allauth.mfa import app_settings as mfa_settings
from allauth.mfa.adapter import get_adapter
from allauth.mfa.base.views import IndexView
from allauth.mfa.base.views import ReauthenticateView as AllauthConfirmCodeView
from allauth.mfa.models import Authenticator
from allauth.mfa.recovery_codes.views import ViewRecoveryCodesView
from allauth.mfa.webauthn.internal import auth as webauthn
from allauth.mfa.webauthn.views import AddWebAuthnView, RemoveWebAuthnView
from django.contrib import messages
from django.core.exceptions import ValidationError
from django.forms import Form
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404
from django.urls import reverse, reverse_lazy
from django.utils.http import urlencode
from django.utils.translation import gettext
from django.views.generic import TemplateView, UpdateView

from handpress.accounts import audit
from handpress.accounts.core.standing import Standing
from handpress.accounts.forms import EmailForm
from handpress.accounts.models import User
from handpress.accounts.queries import has_factor, live_sessions, must_have_factor
from handpress.accounts.sessions import end_other_sessions, end_session
from handpress.accounts.user_agents import describe
from handpress.accounts.views.coming_in import tell_to_wait

View = Callable[..., HttpResponseBase]


def confirmed(view: View) -> View:
    """Ask for a confirmation before a view; what was typed is thrown away, never put by.

    allauth's own decorator keeps a form in the session until one has confirmed: with a new
    password in it, that would be a password in the database.
    """

    @wraps(view)
    def asked(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        if not is_reauthentication_required(request, app="handpress.accounts"):
            return view(request, *args, **kwargs)
        methods = get_reauthentication_urls(request)
        return HttpResponseRedirect(f"{methods[0]}?{urlencode({'next': request.path})}")

    return asked


def confirmed_by_factor(view: View) -> View:
    """Ask for the second factor, where there is one; else the view's own form asks enough."""
    asking = confirmed(view)

    @wraps(view)
    def asked(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        chosen = asking if has_factor(request.user) else view  # type: ignore[arg-type]
        return chosen(request, *args, **kwargs)

    return asked


def get_reauthentication_urls(request: HttpRequest) -> list[str]:
    """Return where one confirms, best way first."""
    from allauth.account.adapter import get_adapter as get_account_adapter

    methods = get_account_adapter().get_reauthentication_methods(request.user)
    return [method["url"] for method in methods]


class ConfirmPasswordView(AllauthReauthenticateView):
    """Confirm with the password, where there is no second factor."""

    def form_invalid(self, form: Form) -> HttpResponse:
        """Show the form again, or say how long to wait."""
        return tell_to_wait(super().form_invalid(form), form)


class ConfirmCodeView(AllauthConfirmCodeView):
    """Confirm with a code."""

    def form_invalid(self, form: Form) -> HttpResponse:
        """Show the form again, or say how long to wait."""
        return tell_to_wait(super().form_invalid(form), form)


class SecurityView(IndexView):
    """All of one's way in on one page."""

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Add what is missing, what is left, and where one is signed in."""
        request = self.request
        context = super().get_context_data(**kwargs)
        codes = context["authenticators"].get(Authenticator.Type.RECOVERY_CODES)
        return context | {
            "passkeys": context["authenticators"].get(Authenticator.Type.WEBAUTHN, []),
            "app": context["authenticators"].get(Authenticator.Type.TOTP),
            "has_codes": codes is not None,
            "codes_left": _codes_left(codes.instance) if codes else 0,
            "is_setting_up": request.standing is Standing.SETTING_UP,
            "is_required": must_have_factor(request.user),
            "sessions": _sessions_of(request),
        }


def _codes_left(authenticator: Authenticator) -> int:
    used: int = authenticator.data.get("used_mask", 0)
    return mfa_settings.RECOVERY_CODE_COUNT - used.bit_count()


def _sessions_of(request: HttpRequest) -> list[dict[str, Any]]:
    this = request.session.session_key
    return [
        {
            "pk": session.pk,
            "browser": describe(session.user_agent),
            "created_at": session.created_at,
            "last_seen_at": session.last_seen_at,
            "is_this": session.session_key == this,
        }
        for session in live_sessions(request.user)  # type: ignore[arg-type]
    ]


class SessionsView(TemplateView):
    """Where one is signed in; each but this can be ended, and all at once."""

    template_name = "usersessions/usersession_list.html"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Add the sessions."""
        return super().get_context_data(**kwargs) | {"sessions": _sessions_of(self.request)}

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """End one session, or all others."""
        user: Any = request.user
        if pk := request.POST.get("session", ""):
            rows = live_sessions(user).exclude(session_key=request.session.session_key)
            end_session(get_object_or_404(rows, pk=pk if pk.isdecimal() else 0))
            messages.success(request, gettext("That session has been ended."))
        else:
            end_other_sessions(request, user)
            messages.success(request, gettext("All other sessions have been ended."))
        audit.note(user, audit.SESSIONS_ENDED, by=user)
        return HttpResponseRedirect(reverse("usersessions_list"))


class AddPasskeyView(AddWebAuthnView):
    """A new passkey: one that can be used without user name and password, too."""

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Ask the browser for a passkey that it keeps and that asks for finger, face or PIN."""
        context = super().get_context_data(**kwargs)
        options = webauthn.begin_registration(self.request.user, True)
        return context | {"js_data": {"creation_options": options}}


class RemovePasskeyView(RemoveWebAuthnView):
    """Take a passkey away, but for the last factor of somebody who must have one."""

    success_url = reverse_lazy("mfa_index")

    def form_valid(self, form: Form) -> HttpResponse:
        """Remove it, or say why not."""
        adapter = get_adapter()
        if not adapter.can_delete_authenticator(self.object):
            messages.error(self.request, adapter.error_messages["cannot_delete_authenticator"])
            return HttpResponseRedirect(reverse("mfa_index"))
        return super().form_valid(form)


class CodesView(ViewRecoveryCodesView):
    """The recovery codes: seen once, then only counted."""

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        """Lead on to making new ones where the old ones cannot be read any more."""
        try:
            return super().dispatch(request, *args, **kwargs)
        except ValidationError as error:
            messages.error(request, " ".join(error.messages))
            return HttpResponseRedirect(reverse("mfa_generate_recovery_codes"))


class OwnPasswordView(PasswordChangeView):
    """A new password; ends all other sessions."""

    def form_invalid(self, form: Form) -> HttpResponse:
        """Show the form again, or say how long to wait."""
        return tell_to_wait(super().form_invalid(form), form)


class EmailView(UpdateView):
    """One's own e-mail address, which is a name to sign in with."""

    form_class = EmailForm
    template_name = "accounts/email.html"
    success_url = reverse_lazy("mfa_index")

    def get_object(self, queryset: Any = None) -> User:
        """Return who is signed in, read anew: a refused form must not show in the page."""
        user: Any = self.request.user
        return User.objects.get(pk=user.pk)

    def form_valid(self, form: Any) -> HttpResponse:
        """Save it, and note that it was changed."""
        response = super().form_valid(form)
        audit.note(self.object, audit.EMAIL_CHANGED, by=self.object)
        messages.success(self.request, gettext("Your e-mail address has been changed."))
        return response
