"""The people who work at the desk."""

from django.contrib.auth.models import AbstractUser
from django.db import models
from django.db.models.functions import Lower


class User(AbstractUser):
    """A member of staff: signs in with a username, is shown by name or e-mail address.

    Readers, donors and contributors are not users; they never sign in.
    """

    email = models.EmailField("e-mail address")

    class Meta:
        verbose_name = "user"
        verbose_name_plural = "users"
        constraints = [
            models.UniqueConstraint(
                Lower("email"),
                name="accounts_user_email_unique",
                violation_error_message="Another user already has this e-mail address.",
            )
        ]

    def __str__(self) -> str:
        return self.get_full_name() or self.email or self.username
