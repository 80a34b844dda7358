"""Uploaded pictures and their renditions, for those at the desk who work with pictures.

Readers never come here: what a page shows lies in the site's folder.
"""

from __future__ import annotations

import posixpath
from typing import Any

from django.conf import settings
from django.http import Http404, HttpRequest
from django.http.response import HttpResponseBase
from django.views.decorators.http import require_safe
from django.views.static import serve
from wagtail.images.permissions import permission_policy

from handpress.lib.http.media_types import media_type
from handpress.lib.http.policies import DRAWING_POLICY

_FACES = "avatar_images/"
_ANY = ("add", "change", "delete", "choose", "view")


@require_safe
def send_media(request: HttpRequest, path: str) -> HttpResponseBase:
    """Send a file of the media folder to whoever may see it; to others it is not there.

    The faces of the staff are for all of them; names of pictures can be guessed.
    """
    path = posixpath.normpath(path).lstrip("/")
    if not _may_see(request.user, path):
        raise Http404
    response = serve(request, path, document_root=str(settings.MEDIA_ROOT))
    if response.status_code == 200:
        response["Content-Type"] = media_type(path)
        response["Content-Security-Policy"] = DRAWING_POLICY
    return response


def _may_see(user: Any, path: str) -> bool:
    if not (user.is_active and user.has_perm("wagtailadmin.access_admin")):
        return False
    return path.startswith(_FACES) or bool(permission_policy.user_has_any_permission(user, _ANY))
