"""What leads to companies' pages, and what companies send."""

from __future__ import annotations

import logging
from collections.abc import Iterable
from typing import Any
from uuid import UUID

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST

from handpress.accounts.counting import LimitReached, count_use
from handpress.accounts.throttle import network_of
from handpress.donations.actions.events import MOST_BYTES, keep_event
from handpress.donations.companies import caps_of
from handpress.donations.companies.errors import CannotVerify, Forged
from handpress.donations.companies.secrets import SecretsUnusable
from handpress.donations.core.limits import FORGED
from handpress.donations.models import Rail, RailKind
from handpress.donations.sealing import KeysUnusable
from handpress.lib import clock
from handpress.lib.html import SafeHtml
from handpress.lib.http import META_POLICY
from handpress.press.answers import let_forms_lead_to, render_page

logger = logging.getLogger(__name__)


def to_company(url: str) -> HttpResponse:
    """Send a donor on to a company's page, which is told nothing but that."""
    response = HttpResponseRedirect(url)
    response.status_code = 303
    return response


def to_companies(
    request: HttpRequest,
    rails: Iterable[Rail],
    template: str,
    title: str,
    context: dict[str, Any],
    *,
    status: int = 200,
) -> HttpResponse:
    """Render a page whose forms may lead to the pages of these rails' companies, and no others."""
    hosts = _hosts(rails)
    policy = META_POLICY.replace("form-action 'self'", " ".join(("form-action 'self'", *hosts)))
    context = {**context, "csp": SafeHtml(policy)}
    response = render_page(request, template, title, context, status=status)
    return let_forms_lead_to(response, hosts)


def _hosts(rails: Iterable[Rail]) -> list[str]:
    found = set()
    for rail in rails:
        host = caps_of(rail).host if rail.is_company else ""
        if host:
            found.add(f"https://{host}")
        if host and rail.kind != RailKind.BTCPAY:
            # A company's own page may lead on to another of its hosts; a server of ours does not.
            found.add(f"https://*.{'.'.join(host.split('.')[-2:])}")
    return sorted(found)


@csrf_exempt
@require_POST
def hear(request: HttpRequest, hook: UUID) -> HttpResponse:
    """Keep what a company sends, and say so; what it means is found out afterwards.

    Nothing is said of what was wrong. That there is such a rail is no secret to who knows its hook,
    which nobody can guess.
    """
    network = network_of(request)
    if int(request.META.get("CONTENT_LENGTH") or 0) > MOST_BYTES:
        return _said(413)
    rail = Rail.objects.filter(hook=hook).select_related("sponsor").first()
    if rail is None or not rail.is_company:
        return _said(404)
    body = request.body
    if len(body) > MOST_BYTES:
        return _said(413)
    headers = {name.lower(): value for name, value in request.headers.items()}
    try:
        keep_event(rail, headers, body, clock.now(), network=network)
    except LimitReached:
        return _said(429)
    except Forged as error:
        return _forged(rail, network, str(error))
    except (CannotVerify, SecretsUnusable, KeysUnusable):
        logger.exception("event_not_kept", extra={"rail": rail.pk})
        # The company sends it again.
        return _said(503)
    return _said(200)


def _forged(rail: Rail, network: str, words: str) -> HttpResponse:
    try:
        count_use(FORGED, network, clock.now())
    except LimitReached:
        return _said(429)
    logger.warning("event_forged", extra={"rail": rail.pk, "why": words})
    return _said(400)


def _said(status: int) -> HttpResponse:
    return HttpResponse(status=status, content_type="text/plain")
