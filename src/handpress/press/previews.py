"""Previews: the real public template, with a row as the editor has it in hand."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.template.context import RequestContext
from wagtail.admin.userbar import Userbar

from handpress.lib.http import META_POLICY
from handpress.press.registry import registry
from handpress.press.render import Renderer, gather_frame_facts
from handpress.press.site import site_facts

ROOT = "/"
# Shown in a frame of the desk; otherwise as strict as what readers get.
_SHOWN = f"{META_POLICY}; frame-ancestors 'self'"
# In the desk's panel the checks of accessibility run, from files of the desk itself.
_CHECKED = _SHOWN.replace("style-src 'self'", "script-src 'self'; style-src 'self' 'unsafe-inline'")


def preview_response(name: str, row: Any, request: HttpRequest | None = None) -> HttpResponse:
    """Answer with the page that ``row`` would become; links lead to the pressed site.

    Its policy is that of the public page. In the desk's preview panel, Wagtail's checker is
    added and allowed to run; it sees the very page that readers would get.
    """
    preview = registry.previews[name]
    page = preview.make(row, ROOT)
    renderer = Renderer(site_facts(), gather_frame_facts())
    html = renderer.page(page, template=preview.template, root=ROOT)
    policy = _SHOWN
    if getattr(request, "in_preview_panel", False):
        html, policy = _with_checker(html, request), _CHECKED
    response = HttpResponse(html, content_type="text/html; charset=utf-8")
    response["Content-Security-Policy"] = policy
    return response


def _with_checker(html: bytes, request: Any) -> bytes:
    """Add Wagtail's checker; the policy in the page itself would forbid its script."""
    checker: str = Userbar().render_html(RequestContext(request, {"request": request}))
    html = html.replace(f'content="{META_POLICY}"'.encode(), b'content=""', 1)
    body, end, rest = html.rpartition(b"</body>")
    return body + checker.encode() + end + rest
