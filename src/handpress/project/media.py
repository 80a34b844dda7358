"""Uploaded pictures and their renditions, for the desk alone.

Readers never come here: what a page shows lies in the site's folder.
"""

from __future__ import annotations

from django.conf import settings
from django.http import Http404, HttpRequest
from django.http.response import HttpResponseBase
from django.views.decorators.http import require_safe
from django.views.static import serve

from handpress.lib.http.media_types import media_type
from handpress.lib.http.policies import DRAWING_POLICY


@require_safe
def send_media(request: HttpRequest, path: str) -> HttpResponseBase:
    """Send a file of the media folder to whoever may enter the desk; to others it is not there."""
    user = request.user
    if not (user.is_active and user.has_perm("wagtailadmin.access_admin")):
        raise Http404
    response = serve(request, path, document_root=str(settings.MEDIA_ROOT))
    if response.status_code == 200:
        response["Content-Type"] = media_type(path)
        response["Content-Security-Policy"] = DRAWING_POLICY
    return response
