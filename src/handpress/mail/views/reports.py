"""Where companies report: `/-/mail/<relay>/`."""

from __future__ import annotations

import logging

from django.http import Http404, HttpRequest, HttpResponse
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods

from handpress.mail.reports import NotProvenError, read_reports, reporting_relay, take_reports

logger = logging.getLogger(__name__)


# A company has no cookie; what it sends is proven by its key.
@csrf_exempt
@require_http_methods(["GET", "HEAD", "POST"])
def reports(request: HttpRequest, name: str) -> HttpResponse:
    """Take a company's report; GET and HEAD only say that somebody is here."""
    relay = reporting_relay(name)
    if relay is None:
        raise Http404
    if request.method != "POST":
        return HttpResponse("Reports are taken here.\n", content_type="text/plain")
    try:
        events = read_reports(relay, request)
    except NotProvenError as error:
        logger.warning("report_refused", extra={"relay": relay.name, "why": str(error)[:200]})
        return HttpResponse("Refused.\n", content_type="text/plain", status=403)
    new = take_reports(relay, events)
    logger.info("reports", extra={"relay": relay.name, "events": len(events), "new": new})
    return HttpResponse("Thank you.\n", content_type="text/plain")
