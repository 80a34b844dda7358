"""What allauth asks us: how to sign in, when to confirm, how secrets are kept."""

from __future__ import annotations

import base64
import secrets
from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from allauth.core import context
from allauth.mfa.adapter import DefaultMFAAdapter
from allauth.mfa.models import Authenticator
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from django.conf import settings
from django.contrib.auth.models import AbstractBaseUser, AnonymousUser
from django.core.exceptions import ValidationError
from django.http import HttpRequest
from django.urls import reverse
from django.utils.crypto import salted_hmac
from django.utils.functional import lazy
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext, gettext_lazy

from handpress.accounts import audit, throttle
from handpress.accounts.delivery import can_mail
from handpress.accounts.queries import FACTORS, has_factor, must_have_factor, user_named
from handpress.accounts.sessions import has_just_confirmed


def _what_is_wrong() -> str:
    if can_mail():
        return gettext(
            "User name or password is wrong. Capital letters count in passwords. Whoever has "
            "forgotten one can have a link mailed."
        )
    return gettext(
        "User name or password is wrong. Capital letters count in passwords. Whoever has forgotten "
        "one asks an administrator for a link."
    )


_WRONG = lazy(_what_is_wrong, str)()
_NONCE_BYTES = 12
# Confirm with what is hardest to steal first.
_METHODS = ("mfa_reauthenticate:webauthn", "mfa_reauthenticate")


class AccountAdapter(DefaultAccountAdapter):
    """Signing in and confirming."""

    error_messages = DefaultAccountAdapter.error_messages | {
        "username_password_mismatch": _WRONG,
        "email_password_mismatch": _WRONG,
        "invalid_login": _WRONG,
        "incorrect_password": gettext_lazy("This is not your password."),
        "enter_current_password": gettext_lazy("This is not your password."),
    }

    def authenticate(self, request: HttpRequest, **credentials: Any) -> AbstractBaseUser | None:
        """Return whom the credentials belong to, if it is not too soon after wrong ones."""
        claim = throttle.claim_password(request, _account_of(credentials))
        user: AbstractBaseUser | None = super().authenticate(request, **credentials)
        if user is not None:
            claim.forgive()
        return user

    def authentication_failed(self, request: HttpRequest, **credentials: Any) -> None:
        """Note who was meant, if there is such a user; never what was typed."""
        user = user_named(_login_of(credentials))
        if user is not None:
            audit.note(user, audit.SIGN_IN_FAILED)

    def is_reauthentication_required(self, *, app: str, **kwargs: Any) -> bool:
        """Say whether a sensitive step needs a confirmation: not right after signing in."""
        request = context.request
        return not has_just_confirmed(request, request.user)

    def get_reauthentication_methods(self, user: AbstractBaseUser | AnonymousUser) -> list[dict]:
        """Return the ways to confirm; with a second factor, the password alone is none."""
        methods = super().get_reauthentication_methods(user)
        if has_factor(user):  # type: ignore[arg-type]
            methods = [method for method in methods if method["id"] in _METHODS]
            methods.sort(key=lambda method: _METHODS.index(method["id"]))
        return [method | {"description": _WORDS[method["id"]]} for method in methods]

    def get_password_change_redirect_url(self, request: HttpRequest) -> str:
        """Return where one is led after the password was changed."""
        return reverse("mfa_index")

    def is_safe_url(self, url: str | None) -> bool:
        """Say whether one may be led on to an address: below this very host alone."""
        request = context.request
        return url_has_allowed_host_and_scheme(
            url, allowed_hosts={request.get_host()}, require_https=request.is_secure()
        )

    def get_client_ip(self, request: HttpRequest) -> str:
        """Return no address: sessions are told apart by browser and time."""
        return "0.0.0.0"  # noqa: S104  (nobody listens there)

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        """Say no: one joins by invitation."""
        return False


_WORDS = {
    "reauthenticate": gettext_lazy("Confirm with your password"),
    "mfa_reauthenticate": gettext_lazy("Use a code instead"),
    "mfa_reauthenticate:webauthn": gettext_lazy("Use a passkey instead"),
}


def _login_of(credentials: dict[str, Any]) -> str:
    return str(credentials.get("email") or credentials.get("username") or "")


def _account_of(credentials: dict[str, Any]) -> str:
    """One name for an account, whichever way it was called; unknown ones are slowed down alike."""
    login = _login_of(credentials)
    user = user_named(login)
    return f"user {user.pk}" if user else f"name {login.casefold()}"


class MfaAdapter(DefaultMFAAdapter):
    """Second factors."""

    error_messages = DefaultMFAAdapter.error_messages | {
        "incorrect_code": gettext_lazy(
            "This did not work. A code of an authenticator app holds for half a minute and works "
            "once; so does each recovery code."
        ),
        "cannot_delete_authenticator": gettext_lazy(
            "Your role needs a second factor, and this is your last one. Add another first."
        ),
    }

    def encrypt(self, text: str) -> str:
        """Return a secret as it is kept in the database (AES-GCM, under the newsroom's key)."""
        nonce = secrets.token_bytes(_NONCE_BYTES)
        return base64.b64encode(nonce + _cipher().encrypt(nonce, text.encode(), None)).decode()

    def decrypt(self, encrypted_text: str) -> str:
        """Return a secret; raise ValidationError where it was kept under another key."""
        try:
            kept = base64.b64decode(encrypted_text, validate=True)
            return _cipher().decrypt(kept[:_NONCE_BYTES], kept[_NONCE_BYTES:], None).decode()
        except (ValueError, InvalidTag):
            raise ValidationError(
                gettext(
                    "This factor was made with another secret.key and cannot be read any more. "
                    "Sign in with a passkey, or ask for a new link with `handpress user reset`."
                )
            ) from None

    def can_delete_authenticator(self, authenticator: Authenticator) -> bool:
        """Say whether a factor may go: not the last one of somebody who must have one."""
        user: Any = authenticator.user
        others = Authenticator.objects.filter(user_id=user.pk, type__in=FACTORS)
        return others.exclude(pk=authenticator.pk).exists() or not must_have_factor(user)

    def generate_authenticator_name(self, user: AbstractBaseUser, type: Authenticator.Type) -> str:
        """Return the name that is offered for a new passkey."""
        count = Authenticator.objects.filter(user_id=user.pk, type=type).count()
        return gettext("Passkey {number}").format(number=count + 1)

    def _get_site_name(self) -> str:
        return str(settings.WAGTAIL_SITE_NAME)


def _cipher() -> AESGCM:
    # Of the secret key, and for this alone.
    return AESGCM(salted_hmac("handpress.accounts.factors", "", algorithm="sha256").digest())
