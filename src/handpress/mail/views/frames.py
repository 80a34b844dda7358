"""Mail that is looked at on the desk: in a frame that lets it do nothing."""

from __future__ import annotations

import re

from django.conf import settings
from django.http import HttpResponse

# It may show itself and the outlet's own pictures. No script, no request to anybody else, no form;
# a link opens apart.
_POLICY = (
    "default-src 'none'; style-src 'unsafe-inline'; img-src 'self' {own} data:; base-uri 'none'; "
    "form-action 'none'; frame-ancestors 'self'; "
    "sandbox allow-popups allow-popups-to-escape-sandbox"
)
_HEAD = re.compile(r"<head[^>]*>", re.IGNORECASE)


def framed(html: str) -> HttpResponse:
    """Answer with somebody's HTML so that it can only be looked at; links open in a new window."""
    head = _HEAD.search(html)
    at = head.end() if head else 0
    response = HttpResponse(html[:at] + '<base target="_blank">' + html[at:])
    _bind(response)
    return response


def framed_text(text: str) -> HttpResponse:
    """Answer with a text in the same way."""
    response = HttpResponse(text, content_type="text/plain; charset=utf-8")
    _bind(response)
    return response


def _bind(response: HttpResponse) -> None:
    policy = _POLICY.format(own=settings.WAGTAILADMIN_BASE_URL)
    response["Content-Security-Policy"] = policy
    response["Referrer-Policy"] = "no-referrer"
    response["Cache-Control"] = "no-store"
