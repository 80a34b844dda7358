"""Forms that are taken only from somebody who has proved within minutes who sits there.

A session that was stolen, or a desk left open, can read; what gives power away, sends money
elsewhere or carries everybody's addresses off asks first.
"""

from __future__ import annotations

from typing import Any

from allauth.account.internal.flows.reauthentication import is_reauthentication_required
from allauth.core.exceptions import ReauthenticationRequired
from django.http import HttpRequest
from django.http.response import HttpResponseBase


class Confirmed:
    """A view that asks for a confirmation before it takes a form."""

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        """Refuse or ask first."""
        ask_to_confirm(request)
        response: HttpResponseBase = super().dispatch(request, *args, **kwargs)  # type: ignore[misc]
        return response


def ask_to_confirm(request: HttpRequest) -> None:
    """Let allauth ask who it is, and take the form up again afterwards."""
    is_form = request.method == "POST"
    if is_form and is_reauthentication_required(request, app="handpress.accounts"):
        raise ReauthenticationRequired
