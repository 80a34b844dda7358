"""Who belongs to a user name or e-mail address and a password."""

from __future__ import annotations

from typing import Any

from allauth.account.auth_backends import AuthenticationBackend
from django.http import HttpRequest

from handpress.accounts.queries import user_named


class Backend(AuthenticationBackend):
    """Looks a user up once and hashes once, so that its time tells nothing about who there is."""

    def _authenticate(self, request: HttpRequest | None, **credentials: Any) -> Any:
        login = credentials.get("email") or credentials.get("username") or ""
        return self._check_password(user_named(login), credentials.get("password") or "")
