"""Links in a text to what stands on the site itself; Wagtail has the others."""

from __future__ import annotations

from typing import Any

from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from wagtail.admin.modal_workflow import render_modal_workflow

from handpress.newsroom.models import Article, Topic

MOST = 15


def choose_own(request: HttpRequest) -> HttpResponse:
    """Show what a text may lead to on the site, and answer with what was chosen.

    The answer speaks the words of Wagtail's own link chooser. A link is an address from the
    site's root; where the article moves, the old address leads on.
    """
    user: Any = request.user
    if not any(user.has_perm(f"newsroom.{act}_article") for act in ("add", "change")):
        raise PermissionDenied
    path, title = request.POST.get("path", ""), request.POST.get("title", "")
    if request.method == "POST" and path.startswith("/") and not path.startswith("//"):
        result = {"url": path, "title": title, "prefer_this_title_as_link_text": False}
        data = {"step": "external_link_chosen", "result": result}
        return render_modal_workflow(request, None, None, None, json_data=data)
    words = request.POST.get("q", "").strip()
    context = {
        "found": _found(words),
        "words": words,
        "allow_external_link": True,
        "allow_email_link": True,
        "allow_phone_link": True,
        "allow_anchor_link": True,
    }
    template = "newsroom/choose_own_link.html"
    data = {"step": "external_link"}
    return render_modal_workflow(request, template, None, context, json_data=data)


def _found(words: str) -> list[dict[str, str]]:
    topics = Topic.objects.filter(live=True, name__icontains=words) if words else ()
    found = [{"name": t.name, "path": f"/topics/{t.slug}/", "kind": "topic"} for t in topics]
    rows = Article.objects.filter(live=True).order_by("-sort_at_us", "-id")
    if words:
        rows = rows.filter(headline__icontains=words)
    some = rows.values_list("headline", "path", "published_at")[:MOST]
    return found[:5] + [
        {"name": name, "path": f"/{path}", "kind": f"{at:%Y-%m-%d}" if at else "article"}
        for name, path, at in some
    ]
