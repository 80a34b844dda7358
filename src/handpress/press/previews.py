"""Previews: the real public template, with a row as the editor has it in hand."""

from __future__ import annotations

from typing import Any

from django.http import HttpResponse

from handpress.press.registry import registry
from handpress.press.render import Renderer, gather_frame_facts
from handpress.press.site import site_facts

ROOT = "/"


def preview_response(name: str, row: Any) -> HttpResponse:
    """Answer with the page that ``row`` would become; links lead to the pressed site."""
    preview = registry.previews[name]
    page = preview.make(row, ROOT)
    own = preview.frame(row) if preview.frame else {}
    renderer = Renderer(site_facts(), {**gather_frame_facts(), **own})
    html = renderer.page(page, template=preview.template, root=ROOT)
    return HttpResponse(html, content_type="text/html; charset=utf-8")
