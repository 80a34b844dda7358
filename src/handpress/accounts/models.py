"""The people who work at the desk, how they are let in, and who must wait."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from typing import Any, Self

from django.conf import settings
from django.contrib.auth.models import AbstractUser
from django.db import models
from django.db.models.functions import Lower
from django.utils.crypto import salted_hmac

_ENDS_SESSIONS = ("is_active", "is_superuser")


class User(AbstractUser):
    """A member of staff: signs in with user name or e-mail address, is shown by name.

    Readers, donors and contributors are not users; they never sign in.
    """

    email = models.EmailField("e-mail address")
    # Part of what a session is tied to: the next number ends every session of this user.
    session_epoch = models.PositiveIntegerField(default=0, editable=False)

    class Meta:
        verbose_name = "user"
        verbose_name_plural = "users"
        constraints = [
            models.UniqueConstraint(
                Lower("email"),
                name="accounts_user_email_unique",
                violation_error_message="Another user already has this e-mail address.",
            ),
            models.UniqueConstraint(
                Lower("username"),
                name="accounts_user_username_unique",
                violation_error_message="Another user already has this user name.",
            ),
        ]

    def __str__(self) -> str:
        return self.get_full_name() or self.email or self.username

    @classmethod
    def from_db(
        cls, db: str | None, field_names: Collection[str], values: Collection[Any], **more: Any
    ) -> Self:
        """Remember what was loaded, so that `save` knows what has changed."""
        user = super().from_db(db, field_names, values, **more)
        loaded = dict(zip(field_names, values, strict=False))
        user._loaded = {name: loaded[name] for name in _ENDS_SESSIONS if name in loaded}
        return user

    def save(self, *args: Any, **kwargs: Any) -> None:
        """Save, and end all sessions where power was given or taken."""
        loaded: dict[str, bool] = getattr(self, "_loaded", {})
        if any(getattr(self, name) != value for name, value in loaded.items()):
            self.session_epoch += 1
            if (only := kwargs.get("update_fields")) is not None:
                kwargs["update_fields"] = {*_words(only), "session_epoch"}
            self._loaded = {name: getattr(self, name) for name in loaded}
        super().save(*args, **kwargs)

    def _get_session_auth_hash(self, secret: str | None = None) -> str:
        salt = "handpress.accounts.models.User.session"
        value = f"{self.password}|{self.session_epoch}"
        return salted_hmac(salt, value, secret=secret, algorithm="sha256").hexdigest()


def _words(names: Iterable[str]) -> list[str]:
    return [str(name) for name in names]


class Invitation(models.Model):
    """A link that works once: to join the newsroom, or to set a new password.

    The link is shown to whoever makes it and kept nowhere; what stands here is its hash.
    """

    class Purpose(models.TextChoices):
        JOIN = "join"
        PASSWORD = "password"  # noqa: S105  (a purpose, not a secret)

    token_hash = models.CharField(max_length=64, unique=True, editable=False)
    purpose = models.CharField(max_length=10, choices=Purpose, default=Purpose.JOIN)
    name = models.CharField(max_length=150, blank=True)
    email = models.EmailField(blank=True)
    role = models.CharField(max_length=150, blank=True)
    is_superuser = models.BooleanField(default=False)
    # Whose password it is; or, once it was used, who has joined with it.
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, null=True, related_name="invitations"
    )
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="+"
    )
    created_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    used_at = models.DateTimeField(null=True)
    revoked_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ["-created_at", "-id"]
        constraints = [
            models.CheckConstraint(
                name="accounts_invitation_of_somebody",
                condition=~models.Q(purpose="join", email="")
                & ~models.Q(purpose="password", user=None),
            )
        ]

    def __str__(self) -> str:
        return f"{self.name} <{self.email}>" if self.name else self.email


class Slowdown(models.Model):
    """How often something failed of late, and until when the next try has to wait.

    `key` is a keyed hash of account and network: it tells nobody who or where from.
    """

    key = models.CharField(max_length=64, primary_key=True)
    failures = models.PositiveIntegerField(default=0)
    wait_until = models.DateTimeField()
    touched_at = models.DateTimeField(db_index=True)

    def __str__(self) -> str:
        return self.key


class SpentCode(models.Model):
    """A code of an authenticator app that was used, until it would not be valid any more.

    The same code does not open the desk twice, whichever web process is asked.
    """

    key = models.CharField(max_length=64, primary_key=True)
    expires_at = models.DateTimeField(db_index=True)

    def __str__(self) -> str:
        return self.key


class UseCount(models.Model):
    """How often something was asked for of late, by whom only as a mark; forgotten after a day."""

    mark = models.CharField(max_length=64, unique=True)
    count = models.PositiveIntegerField(default=1)
    since_at = models.DateTimeField(db_index=True)

    def __str__(self) -> str:
        return f"{self.count} since {self.since_at:%H:%M}"
