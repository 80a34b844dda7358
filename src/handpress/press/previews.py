"""Previews: the real public template, with a row as the editor has it in hand."""

from __future__ import annotations

from typing import Any

from django.http import HttpResponse

from handpress.press.models import PrintedPage
from handpress.press.registry import registry
from handpress.press.render import FRONT_PAGE, Renderer, gather_frame_facts
from handpress.press.site import site_facts, theme

ROOT = "/"


def preview_response(name: str, row: Any) -> HttpResponse:
    """Answer with the page that ``row`` would become; links lead to the pressed site."""
    preview = registry.previews[name]
    page = preview.make(row, ROOT)
    own = preview.frame(row) if preview.frame else {}
    renderer = Renderer(site_facts(), {**gather_frame_facts(), **own})
    html = renderer.page(page, template=preview.template, root=ROOT)
    return HttpResponse(html, content_type="text/html; charset=utf-8")


def printed_as_now(path: str) -> bytes | None:
    """Return what the press would print at a path of the site now; None where nothing stands.

    Under `site.as_if_chosen` that is how the site would look. Touches no file of the site.
    """
    for name, data in theme().static.values():
        if name == path:
            return data
    where = PrintedPage.objects.filter(path=path, is_gone=False).values_list("kind", "key").first()
    if where is None and path == FRONT_PAGE:
        where = ("home", "")
    if where is None or where[0] not in registry.kinds:
        return None
    kind = registry.kinds[where[0]]
    page = next((page for page in kind.load([where[1]]) if page.path == path), None)
    if page is None:
        return None
    return Renderer(site_facts(), gather_frame_facts()).page(page, template=kind.template)
