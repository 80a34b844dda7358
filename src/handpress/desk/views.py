"""Small answers of the desk."""

from __future__ import annotations

from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from handpress.desk.home.access import may_publish
from handpress.desk.templatetags.desk_press import progress_context


@require_safe
def show_press_progress(request: HttpRequest) -> HttpResponse:
    """Answer with what the press is at, as a piece of HTML for a page that is open."""
    if not may_publish(request.user):
        raise PermissionDenied
    return render(request, "desk/press_progress_words.html", progress_context())
