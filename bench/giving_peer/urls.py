"""The newsroom's addresses, and the peer's."""

from __future__ import annotations

import os

from django.http import HttpRequest, HttpResponse
from django.urls import path
from django.utils import timezone
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST

from giving_peer.models import Heard
from handpress.project.urls import *  # noqa: F403
from handpress.project.urls import urlpatterns as _patterns


@csrf_exempt
@require_POST
def hear(request: HttpRequest) -> HttpResponse:
    """Store what was sent: one row; say who did."""
    Heard.objects.create(body=request.body.decode(), came_at=timezone.now())
    return HttpResponse(str(os.getpid()), content_type="text/plain")


urlpatterns = [path("-/peer", hear), *_patterns]
