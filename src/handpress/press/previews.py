"""Previews: the real public template, with a row as the editor has it in hand."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.template.context import RequestContext
from wagtail.admin.userbar import Userbar

from handpress.conf.faults import Fault
from handpress.lib.http import META_POLICY
from handpress.press.models import PrintedPage
from handpress.press.registry import registry
from handpress.press.render import FRONT_PAGE, Renderer, gather_frame_facts
from handpress.press.site import site_facts, theme
from handpress.press.theme_keeper import keeper

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
    if faults := keeper.faults(theme().files):
        return _unfit(faults)
    preview = registry.previews[name]
    page = preview.make(row, ROOT)
    own = preview.frame(row) if preview.frame else {}
    renderer = Renderer(site_facts(), {**gather_frame_facts(), **own})
    html = renderer.page(page, template=preview.template, root=ROOT)
    policy = _SHOWN
    if getattr(request, "in_preview_panel", False):
        html, policy = _with_checker(html, request), _CHECKED
    response = HttpResponse(html, content_type="text/html; charset=utf-8")
    response["Content-Security-Policy"] = policy
    return response


def _unfit(faults: tuple[Fault, ...]) -> HttpResponse:
    """Answer an editor, who can mend nothing but the day, while the theme cannot be used."""
    words = "\n".join(f"  - {fault}" for fault in faults)
    text = (
        "There is no preview while the site's theme has a fault. What you write is safe and can "
        f"be published; it is printed when the fault is mended:\n{words}\n"
    )
    response = HttpResponse(text, content_type="text/plain; charset=utf-8")
    response["Content-Security-Policy"] = _SHOWN
    return response


def _with_checker(html: bytes, request: Any) -> bytes:
    """Add Wagtail's checker; the policy in the page itself would forbid its script."""
    checker: str = Userbar().render_html(RequestContext(request, {"request": request}))
    html = html.replace(f'content="{META_POLICY}"'.encode(), b'content=""', 1)
    body, end, rest = html.rpartition(b"</body>")
    return body + checker.encode() + end + rest


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
