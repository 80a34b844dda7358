"""Signing in and out, and joining with a link."""

from __future__ import annotations

from typing import Any

from allauth.account.internal.flows.login import perform_password_login
from allauth.account.models import Login
from allauth.account.views import LoginView, LogoutView
from allauth.mfa.base.views import AuthenticateView
from allauth.mfa.webauthn.views import LoginWebAuthnView
from django.contrib import messages
from django.core.exceptions import ValidationError
from django.forms import Form
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.urls import reverse
from django.utils.decorators import method_decorator
from django.utils.text import slugify
from django.utils.translation import gettext
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_safe
from django.views.generic import FormView

from handpress.accounts import delivery, sessions
from handpress.accounts.actions import (
    LinkError,
    find_invitation,
    join,
    mail_own_link,
    set_password,
)
from handpress.accounts.forms import ForgottenForm, JoinForm, PasswordForm
from handpress.accounts.models import Invitation, User
from handpress.accounts.throttle import SLOW, claim_forgotten, under_attack

_TOO_MANY = 429


def tell_to_wait(response: HttpResponse, form: Form | None) -> HttpResponse:
    """Give an answer the status and header of one that came too soon, where it did."""
    errors = form.errors.as_data().values() if form is not None and form.is_bound else ()
    for error in (one for many in errors for one in many):
        if error.code == SLOW:
            response.status_code = _TOO_MANY
            response["Retry-After"] = str((error.params or {})["seconds"])
    return response


class SignInView(LoginView):
    """User name or e-mail address, and password."""

    def form_invalid(self, form: Form) -> HttpResponse:
        """Show the form again, or say how long to wait."""
        return tell_to_wait(super().form_invalid(form), form)

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Say whether who has forgotten a password can be mailed a link."""
        return super().get_context_data(**kwargs) | {"can_mail": delivery.can_mail()}


@method_decorator(never_cache, name="dispatch")
class ForgottenView(FormView):
    """Have a link for a new password mailed; the answer is the same whoever was named."""

    template_name = "accounts/forgotten.html"
    form_class = ForgottenForm

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        """Be there only where mail can leave."""
        if not delivery.can_mail():
            raise Http404
        return super().dispatch(request, *args, **kwargs)

    def form_valid(self, form: ForgottenForm) -> HttpResponse:
        """Write the letter, or do nothing; nobody can tell which."""
        login = form.cleaned_data["login"]
        try:
            claim_forgotten(self.request, login)
        except ValidationError as error:
            form.add_error(None, error)
            return tell_to_wait(self.form_invalid(form), form)
        mail_own_link(login)
        return self.render_to_response(self.get_context_data(form=None, is_done=True))


class SecondStepView(AuthenticateView):
    """The second factor, after the password."""

    def form_invalid(self, form: Form) -> HttpResponse:
        """Show the form again, or say how long to wait."""
        return tell_to_wait(super().form_invalid(form), form)

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Add which factors there are, and a warning where somebody tries codes."""
        user = self.stage.login.user
        kinds = set(user.authenticator_set.values_list("type", flat=True))
        return super().get_context_data(**kwargs) | {
            "kinds": kinds,
            "is_under_attack": bool(under_attack([f"user {user.pk}"])),
        }


class PasskeyView(LoginWebAuthnView):
    """A passkey instead of user name and password."""

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """Give a challenge, which is kept in a session: for so many strangers and no more."""
        if not request.session.session_key and sessions.are_too_many():
            return HttpResponse(status=503, headers={"Retry-After": "60"})
        return super().get(request, *args, **kwargs)


class SignOutView(LogoutView):
    """Sign out: a GET asks, a POST does it."""


@require_safe
def to_sign_in(request: HttpRequest) -> HttpResponse:
    """Lead from Wagtail's own log-in page, which is not served, to ours."""
    query = request.GET.urlencode()
    return HttpResponseRedirect(reverse("account_login") + (f"?{query}" if query else ""))


def not_here(request: HttpRequest, **kwargs: Any) -> HttpResponse:
    """Answer for a page of Wagtail's that would be a second way in."""
    raise Http404


@method_decorator(sensitive_post_parameters(), name="dispatch")
@method_decorator(never_cache, name="dispatch")
class LinkView(FormView):
    """What an invitation or a link for a new password opens: a GET shows, a POST uses it up."""

    template_name = "accounts/link.html"
    invitation: Invitation

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        """Show a page that explains where the link does not work, or somebody is signed in."""
        if request.user.is_authenticated:
            return render(request, "accounts/link_signed_in.html")
        try:
            self.invitation = find_invitation(kwargs["token"])
        except LinkError:
            return self._is_dead()
        return super().dispatch(request, *args, **kwargs)

    def _is_dead(self) -> HttpResponse:
        return render(self.request, "accounts/link_dead.html", status=410)

    def get_form_class(self) -> type[Form]:
        """Return the form for what the link is for."""
        return JoinForm if self.invitation.purpose == "join" else PasswordForm

    def get_form_kwargs(self) -> dict[str, Any]:
        """Tell the form whose password it is."""
        who = self.invitation
        if who.purpose == "password":
            return super().get_form_kwargs() | {"user": who.user}
        return super().get_form_kwargs() | {"name": who.name, "email": who.email}

    def get_initial(self) -> dict[str, Any]:
        """Propose a user name."""
        proposed = slugify(self.invitation.name or self.invitation.email.partition("@")[0])
        return {"username": proposed[:60]}

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Add the invitation."""
        return super().get_context_data(**kwargs) | {"invitation": self.invitation}

    def form_valid(self, form: Form) -> HttpResponse:
        """Use the link up; who joins is signed in, whose password is new signs in with it."""
        token, password = self.kwargs["token"], form.cleaned_data["password1"]
        try:
            if self.invitation.purpose == "password":
                set_password(token, password=password)
                return self._to_sign_in()
            user = join(token, username=form.cleaned_data["username"], password=password)
        except LinkError:
            return self._is_dead()
        except ValidationError as error:
            form.add_error("username", error)
            return self.form_invalid(form)
        return self._sign_in(user)

    def _to_sign_in(self) -> HttpResponse:
        messages.success(self.request, gettext("Your new password is set. Sign in with it."))
        return HttpResponseRedirect(reverse("account_login"))

    def _sign_in(self, user: User) -> HttpResponse:
        credentials = {"username": user.username}
        return perform_password_login(self.request, credentials, Login(user=user))
