"""The one way into the desk. These stand before Wagtail's addresses and shadow its own ways in."""

from __future__ import annotations

from allauth.account import views as account
from allauth.mfa.recovery_codes import views as codes
from allauth.mfa.totp import views as totp
from allauth.mfa.webauthn import views as webauthn
from django.urls import path, reverse_lazy
from django.views.generic import RedirectView

from handpress.accounts.gate import ANYONE, SETTING_UP, View, open_to
from handpress.accounts.views import coming_in, own


def _anyone(view: View) -> View:
    return open_to(ANYONE, view)


def _setting_up(view: View) -> View:
    return open_to(SETTING_UP, view)


def _inside(view: View) -> View:
    from handpress.accounts.core.standing import Standing

    return open_to(frozenset({Standing.IN}), view)


_to_overview = RedirectView.as_view(url=reverse_lazy("mfa_index"))
# The present password is in the form; where there is a second factor, it is asked for as well.
_own_password = own.OwnPasswordView.as_view()
_sign_out = _anyone(coming_in.SignOutView.as_view())

urlpatterns = [
    # What Wagtail would answer.
    path("login/", _anyone(coming_in.to_sign_in)),
    path("logout/", _sign_out),
    path("password_reset/", _anyone(coming_in.not_here)),
    path("password_reset/<path:rest>", _anyone(coming_in.not_here)),
    # Coming in.
    path("sign-in/", _anyone(coming_in.SignInView.as_view()), name="account_login"),
    path("sign-in/passkey/", _anyone(coming_in.PasskeyView.as_view()), name="mfa_login_webauthn"),
    path(
        "sign-in/second-step/",
        _anyone(coming_in.SecondStepView.as_view()),
        name="mfa_authenticate",
    ),
    path("sign-in/locked/", _anyone(account.account_inactive), name="account_inactive"),
    path(
        "sign-in/forgotten/",
        _anyone(coming_in.ForgottenView.as_view()),
        name="accounts_forgotten",
    ),
    path("sign-out/", _sign_out, name="account_logout"),
    path("link/<str:token>/", _anyone(coming_in.LinkView.as_view()), name="accounts_link"),
    # Proving once more who one is.
    path(
        "security/confirm/",
        _setting_up(own.ConfirmPasswordView.as_view()),
        name="account_reauthenticate",
    ),
    path(
        "security/confirm/code/",
        _setting_up(own.ConfirmCodeView.as_view()),
        name="mfa_reauthenticate",
    ),
    path(
        "security/confirm/passkey/",
        _setting_up(webauthn.reauthenticate_webauthn),
        name="mfa_reauthenticate_webauthn",
    ),
    # Setting up a second factor.
    path("security/", _setting_up(own.SecurityView.as_view()), name="mfa_index"),
    path("security/app/", _setting_up(totp.activate_totp), name="mfa_activate_totp"),
    path(
        "security/passkeys/add/",
        _setting_up(own.AddPasskeyView.as_view()),
        name="mfa_add_webauthn",
    ),
    # The rest of one's own affairs.
    path("security/app/remove/", _inside(totp.deactivate_totp), name="mfa_deactivate_totp"),
    path("security/passkeys/", _inside(_to_overview), name="mfa_list_webauthn"),
    path(
        "security/passkeys/<int:pk>/rename/",
        _inside(webauthn.edit_webauthn),
        name="mfa_edit_webauthn",
    ),
    path(
        "security/passkeys/<int:pk>/remove/",
        _inside(own.RemovePasskeyView.as_view()),
        name="mfa_remove_webauthn",
    ),
    path("security/codes/", _inside(own.CodesView.as_view()), name="mfa_view_recovery_codes"),
    path(
        "security/codes/new/",
        _inside(codes.generate_recovery_codes),
        name="mfa_generate_recovery_codes",
    ),
    path("security/sessions/", _inside(own.SessionsView.as_view()), name="usersessions_list"),
    path(
        "security/password/",
        _inside(own.confirmed_by_factor(_own_password)),
        name="account_change_password",
    ),
    path(
        "security/email/",
        _inside(own.confirmed(own.EmailView.as_view())),
        name="accounts_email",
    ),
]
