"""What passwords are hashed with, and which are refused."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.contrib.auth.hashers import Argon2PasswordHasher
from django.contrib.auth.models import AbstractBaseUser
from django.core.exceptions import ValidationError
from django.utils.translation import gettext, ngettext

LEAST_LENGTH = 12
BETTER_LENGTH = 15
# The estimate takes the longer the more it reads; what is as long as this is not guessed.
_READ = 72
# On its scale from 0 to 4: 10¹⁰ guesses and more.
_LEAST_SCORE = 4


class Argon2idHasher(Argon2PasswordHasher):
    """Argon2id as OWASP recommends it for servers: many sign-ins at once fit a small machine."""

    memory_cost = 19 * 1024
    time_cost = 2
    parallelism = 1


class GuessableValidator:
    """Refuses what somebody who guesses cleverly has soon: words of breaches, names, patterns.

    Estimated by zxcvbn here on the machine, from its lists; nobody is asked.
    """

    def validate(self, password: str, user: AbstractBaseUser | None = None) -> None:
        """Raise a ValidationError when the password is easily guessed."""
        from zxcvbn import zxcvbn

        if not LEAST_LENGTH <= len(password) <= _READ:
            return
        found = zxcvbn(password, user_inputs=_known_words(user), max_length=_READ)
        if found["score"] < _LEAST_SCORE:
            raise ValidationError(
                gettext(
                    "This is guessed too easily: it is on lists of stolen passwords, or made of "
                    "common words, names, dates or keys in a row. Take four or five words that "
                    "have nothing to do with each other."
                ),
                code="guessable",
            )

    def get_help_text(self) -> str:
        """Say what is refused."""
        return gettext("What is on lists of stolen passwords, or guessed as easily, is refused.")


class LengthValidator:
    """Refuses what is short, and says what would be better."""

    def validate(self, password: str, user: AbstractBaseUser | None = None) -> None:
        """Raise a ValidationError when the password is too short."""
        if len(password) < LEAST_LENGTH:
            message = ngettext(
                "It needs at least %(least)d character; %(better)d or more are better.",
                "It needs at least %(least)d characters; %(better)d or more are better.",
                LEAST_LENGTH,
            )
            params = {"least": LEAST_LENGTH, "better": BETTER_LENGTH}
            raise ValidationError(message, code="password_too_short", params=params)

    def get_help_text(self) -> str:
        """Say how long it has to be."""
        text = gettext(
            "At least %(least)d characters; %(better)d or more are better. Several words with "
            "blanks between them are easy to remember and hard to guess."
        )
        return text % {"least": LEAST_LENGTH, "better": BETTER_LENGTH}


def _known_words(user: Any) -> list[str]:
    # The name in handpress.toml stays guessable when another was chosen on the desk.
    words = f"{settings.HANDPRESS.newsroom.name} {settings.WAGTAIL_SITE_NAME}".split()
    if user is not None:
        names = (user.username, user.first_name, user.last_name, *user.email.split("@"))
        words += [part for name in names for part in name.split()]
    return [word for word in words if len(word) > 2]
