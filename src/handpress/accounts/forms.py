"""What is typed or tapped to come in, to stay in, and to let others in."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any

from allauth.account.forms import ChangePasswordForm, LoginForm
from allauth.mfa import app_settings as mfa_settings
from allauth.mfa.adapter import get_adapter as get_mfa_adapter
from allauth.mfa.base.forms import AuthenticateForm, ReauthenticateForm
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.forms import ActivateTOTPForm
from allauth.mfa.webauthn.forms import (
    AddWebAuthnForm,
    AuthenticateWebAuthnForm,
    EditWebAuthnForm,
    LoginWebAuthnForm,
    ReauthenticateWebAuthnForm,
)
from django import forms
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.utils.functional import lazy
from django.utils.translation import gettext, gettext_lazy

from handpress.accounts import delivery, throttle
from handpress.accounts.models import User
from handpress.accounts.passwords import LEAST_LENGTH, LengthValidator
from handpress.accounts.roles import LABELS, Role

_LONGEST_PASSWORD = 1024
_CODE_ATTRS = {
    "autocomplete": "one-time-code",
    "inputmode": "numeric",
    "autocapitalize": "none",
    "spellcheck": "false",
    "maxlength": "30",
}


def _account(user: Any) -> str:
    return f"user {user.pk}"


class SignInForm(LoginForm):
    """User name or e-mail address, and password."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        login, password = self.fields["login"], self.fields["password"]
        login.label = gettext("User name or e-mail address")
        login.max_length = 254
        login.widget.attrs = {
            "autocomplete": "username",
            "autocapitalize": "none",
            "spellcheck": "false",
            "maxlength": "254",
        }
        password.widget.attrs = {"autocomplete": "current-password"}
        password.help_text = ""
        password.max_length = _LONGEST_PASSWORD

    def clean_password(self) -> str:
        """Refuse what is too long to be anybody's password before it is hashed."""
        password: str = self.cleaned_data["password"]
        if len(password) > _LONGEST_PASSWORD:
            raise ValidationError(gettext("This is too long to be a password."))
        return password


_length_words = lazy(LengthValidator().get_help_text, str)


class NewPasswordFields(forms.Form):
    """A new password, typed twice."""

    password1 = forms.CharField(
        label=gettext_lazy("New password"),
        strip=False,
        max_length=_LONGEST_PASSWORD,
        widget=forms.PasswordInput(
            attrs={"autocomplete": "new-password", "data-password-least": LEAST_LENGTH}
        ),
        help_text=_length_words(),
    )
    password2 = forms.CharField(
        label=gettext_lazy("The same once more"),
        strip=False,
        max_length=_LONGEST_PASSWORD,
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
    )

    def whose(self) -> User | None:
        """Return the user whose password it will be, for comparison with their names."""
        return None

    def clean(self) -> dict[str, Any]:
        """Hold the password to the rules, and both fields to one another."""
        cleaned: dict[str, Any] = super().clean() or {}
        first, second = cleaned.get("password1"), cleaned.get("password2")
        if first and second and first != second:
            self.add_error("password2", gettext("The two passwords differ."))
        if first:
            try:
                validate_password(first, self.whose())
            except ValidationError as error:
                self.add_error("password1", error)
        return cleaned


class PasswordForm(NewPasswordFields):
    """A new password for somebody who has a link."""

    def __init__(self, *args: Any, user: User, **kwargs: Any) -> None:
        self.user = user
        super().__init__(*args, **kwargs)

    def whose(self) -> User:
        """Return the user of the link."""
        return self.user


class JoinForm(NewPasswordFields):
    """User name and password of somebody who was invited."""

    username = forms.CharField(
        label=gettext_lazy("User name"),
        min_length=2,
        max_length=60,
        help_text=gettext_lazy("With it, or with your e-mail address, you sign in."),
        widget=forms.TextInput(
            attrs={"autocomplete": "username", "autocapitalize": "none", "spellcheck": "false"}
        ),
    )
    field_order = ("username", "password1", "password2")

    def __init__(self, *args: Any, name: str, email: str, **kwargs: Any) -> None:
        self.name, self.email = name, email
        super().__init__(*args, **kwargs)

    def clean_username(self) -> str:
        """Take letters and digits of any script; an “@” would look like somebody's address."""
        username: str = self.cleaned_data["username"]
        if not re.fullmatch(r"[\w.+-]+", username):
            raise ValidationError(gettext("Only letters, digits and . + - _ are possible."))
        if User.objects.filter(username__iexact=username).exists():
            raise ValidationError(gettext("Another user already has this user name."))
        return username

    def whose(self) -> User:
        """Return the user to be."""
        return User(
            username=self.cleaned_data.get("username", ""), first_name=self.name, email=self.email
        )


def _by_mail() -> forms.BooleanField:
    return forms.BooleanField(
        label=gettext_lazy("Send the link by mail, too"), required=False, initial=True
    )


def _offer_mail(form: forms.Form) -> None:
    """Leave the choice out where mail cannot leave."""
    if not delivery.can_mail():
        del form.fields["by_mail"]


class InviteForm(forms.Form):
    """Who is invited, and as what."""

    name = forms.CharField(label=gettext_lazy("Name"), max_length=150)
    email = forms.EmailField(label=gettext_lazy("E-mail address"))
    role = forms.ChoiceField(
        label=gettext_lazy("Role"),
        choices=[(role.value, LABELS[role]) for role in Role],
        widget=forms.RadioSelect,
    )
    is_superuser = forms.BooleanField(
        label=gettext_lazy("May do everything, also what no role allows"), required=False
    )

    by_mail = _by_mail()

    def __init__(self, *args: Any, may_make_superusers: bool, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        _offer_mail(self)
        if not may_make_superusers:
            del self.fields["is_superuser"]

    def clean_name(self) -> str:
        """Return the name on one line."""
        return " ".join(self.cleaned_data["name"].split())


class LinkForm(forms.Form):
    """What becomes of the factors of somebody who gets a link for a new password."""

    removes_factors = forms.BooleanField(
        label=gettext_lazy("The second factor is lost, too"),
        required=False,
        help_text=gettext_lazy(
            "Takes away passkeys, authenticator app and recovery codes, ends all sessions, and the "
            "old password stops working at once. Be sure whom you are talking to."
        ),
    )
    by_mail = _by_mail()

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        _offer_mail(self)


class ForgottenForm(forms.Form):
    """Whose password is forgotten."""

    login = forms.CharField(
        label=gettext_lazy("User name or e-mail address"),
        max_length=254,
        widget=forms.TextInput(
            attrs={"autocomplete": "username", "autocapitalize": "none", "spellcheck": "false"}
        ),
    )


class EmailForm(forms.ModelForm):
    """One's own e-mail address."""

    class Meta:
        model = User
        fields = ("email",)
        widgets = {"email": forms.EmailInput(attrs={"autocomplete": "email"})}

    def clean_email(self) -> str:
        """Refuse an address that another user has, however it is written."""
        email: str = self.cleaned_data["email"]
        if User.objects.exclude(pk=self.instance.pk).filter(email__iexact=email).exists():
            raise ValidationError(gettext("Another user already has this e-mail address."))
        return email


class OwnPasswordForm(ChangePasswordForm):
    """One's own new password, with the present one."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        old, first, second = (self.fields[n] for n in ("oldpassword", "password1", "password2"))
        old.label, old.help_text = gettext("Present password"), ""
        old.widget.attrs = {"autocomplete": "current-password"}
        first.label, second.label = gettext("New password"), gettext("The same once more")
        first.help_text = LengthValidator().get_help_text()
        first.widget.attrs = {"autocomplete": "new-password", "data-password-least": LEAST_LENGTH}
        second.widget.attrs = {"autocomplete": "new-password"}
        for field in (old, first, second):
            field.max_length = _LONGEST_PASSWORD

    def clean_oldpassword(self) -> str:
        """Compare with the present password; who sits at a stolen session has to wait as well."""
        from allauth.core import context

        claim = throttle.claim_code(context.request, f"own password of {_account(self.user)}")
        password: str = super().clean_oldpassword()
        claim.forgive()
        return password


class _Code:
    """A code of an authenticator app, or a recovery code."""

    fields: dict[str, forms.Field]
    cleaned_data: dict[str, Any]
    user: Any
    authenticator: Any

    def _dress(self) -> None:
        field = self.fields["code"]
        field.label = gettext("Code")
        field.widget.attrs = dict(_CODE_ATTRS)

    def _clean_slowly(self, check: Any) -> str:
        from allauth.core import context

        claim = throttle.claim_code(context.request, _account(self.user))
        code: str = check()
        if self.authenticator.type == Authenticator.Type.TOTP:
            self._spend(code)
        claim.forgive()
        return code

    def _spend(self, code: str) -> None:
        steps = 2 * mfa_settings.TOTP_TOLERANCE + 1
        digits = re.sub(r"\D", "", code)
        lasts = timedelta(seconds=steps * mfa_settings.TOTP_PERIOD)
        if not throttle.spend_code(_account(self.user), digits, lasts):
            raise get_mfa_adapter().validation_error("incorrect_code")


class CodeForm(_Code, AuthenticateForm):
    """The code that is asked for after the password."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._dress()

    def clean_code(self) -> str:
        """Check the code, slower with each one that was wrong."""
        return self._clean_slowly(super().clean_code)


class ConfirmCodeForm(_Code, ReauthenticateForm):
    """The code that confirms a sensitive step."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._dress()

    def clean_code(self) -> str:
        """Check the code, slower with each one that was wrong."""
        return self._clean_slowly(super().clean_code)


class AppForm(ActivateTOTPForm):
    """The first code of an authenticator app."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["code"]
        field.label = gettext("Code that the app shows now")
        field.widget.attrs = dict(_CODE_ATTRS)


_STUMBLES = (ValueError, TypeError, LookupError, AttributeError, ArithmeticError, RecursionError)


class _HostileCredential:
    """A credential is JSON from who knows whom; what the library trips over is refused alike."""

    def full_clean(self) -> None:
        """Clean, and turn a malformed credential into an error of the form."""
        try:
            super().full_clean()  # type: ignore[misc]
        except _STUMBLES:
            self.add_error(None, get_mfa_adapter().validation_error("incorrect_code"))  # type: ignore[attr-defined]


class PasskeyForm(_HostileCredential, LoginWebAuthnForm):
    """A passkey instead of a password."""


class PasskeyAfterPasswordForm(_HostileCredential, AuthenticateWebAuthnForm):
    """A passkey after the password."""


class ConfirmPasskeyForm(_HostileCredential, ReauthenticateWebAuthnForm):
    """A passkey that confirms a sensitive step."""


class AddPasskeyForm(_HostileCredential, AddWebAuthnForm):
    """A new passkey: always one that asks for fingerprint, face or PIN."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        del self.fields["passwordless"]
        self.fields["name"].label = gettext("Name of this passkey")
        self.fields["name"].max_length = 60
        self.fields["name"].widget.attrs = {"maxlength": "60", "autocomplete": "off"}
        self.fields["name"].help_text = gettext("Such as “work laptop”, so that you know it again.")

    def clean_name(self) -> str:
        """Return a name of a length that fits the list."""
        return str(super().clean_name())[:60]


class RenamePasskeyForm(EditWebAuthnForm):
    """Another name for a passkey."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["name"].label = gettext("Name of this passkey")
        self.fields["name"].widget.attrs = {"maxlength": "60", "autocomplete": "off"}

    def clean_name(self) -> str:
        """Return a name of a length that fits the list."""
        return str(self.cleaned_data["name"])[:60]
