"""Answers to readers: pages of the theme, made when they are asked for.

They carry what public pages carry: no script, no inline style, no cookie, no request elsewhere.
Their addresses may hold a reader's token, so no page that they lead to is told them, no cache
keeps them and no search engine lists them.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import wraps
from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods

from handpress.lib.html import SafeHtml
from handpress.lib.http import PAGE_POLICY
from handpress.lib.languages import direction_of
from handpress.press.registry import Page
from handpress.press.render import Renderer, gather_frame_facts, no_queries
from handpress.press.site import site_facts, theme

FOR_THE_WAY_BACK = "private, no-cache"
"""The caching of an answer to which a browser's button "back" may lead without asking again."""

View = Callable[..., HttpResponse]


@dataclass(frozen=True, slots=True)
class Form:
    """A button, with what it sends. No ``action``: to the address of the page itself."""

    button: str
    action: str = ""
    hidden: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Link:
    """A way on from an answer."""

    text: str
    url: str


def open_to_readers(view: View) -> View:
    """Open a view to readers, who have no cookie that could tell a forged form from theirs.

    None is needed: what a form may do depends on the unguessable token in its address alone, never
    on who the browser says it is. RFC 8058 forbids asking for more.
    """

    @csrf_exempt
    @require_http_methods(["GET", "HEAD", "POST"])
    @wraps(view)
    def opened(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        response = view(request, *args, **kwargs)
        response["Content-Security-Policy"] = _policy(response)
        response["Referrer-Policy"] = "no-referrer"
        response["X-Frame-Options"] = "DENY"
        response["X-Robots-Tag"] = "noindex"
        return response

    return opened


def let_forms_lead_to(response: HttpResponse, hosts: Sequence[str]) -> HttpResponse:
    """Let forms of a page be answered with a way to these hosts, and no others."""
    response.form_hosts = tuple(hosts)  # type: ignore[attr-defined]
    return response


def _policy(response: HttpResponse) -> str:
    hosts: tuple[str, ...] = getattr(response, "form_hosts", ())
    return PAGE_POLICY.replace("form-action 'self'", " ".join(("form-action 'self'", *hosts)))


def answer(
    request: HttpRequest,
    heading: str,
    paragraphs: Sequence[str] = (),
    *,
    forms: Sequence[Form] = (),
    links: Sequence[Link] = (),
    language: str = "",
    status: int = 200,
) -> HttpResponse:
    """Answer with a heading, some words, and what one may do next."""
    words = {
        "heading": heading,
        "paragraphs": paragraphs,
        "forms": [
            {
                "button": form.button,
                "action": form.action or own_name(request),
                "hidden": form.hidden,
            }
            for form in forms
        ],
        "links": [{"text": link.text, "url": link.url} for link in links],
        "tongue": tongue(language),
    }
    return render_page(request, "readers/answer.html", heading, {"answer": words}, status=status)


def render_page(
    request: HttpRequest, template: str, title: str, context: dict[str, Any], *, status: int = 200
) -> HttpResponse:
    """Render a template of the theme, with the site's frame around it."""
    page = Page("", request.path.lstrip("/"), {**context, "page": _head(title)})
    renderer = Renderer(site_facts(), gather_frame_facts())
    with no_queries():
        html = renderer.page(page, template=template)
    return HttpResponse(html, status=status, content_type="text/html; charset=utf-8")


def _head(title: str) -> dict[str, Any]:
    return {
        "title": title,
        "description": "",
        "canonical": "",
        "robots": "noindex",
        "feeds": (),
        "type": "website",
        "image": "",
    }


def public_url(path: str) -> str:
    """Return the absolute address of something below `/-/`, as mail needs it."""
    base = site_facts().address or f"http://127.0.0.1:{settings.HANDPRESS.server.port}/"
    return f"{base}-/{path}"


def own_name(request: HttpRequest) -> str:
    """Return a relative address of the page itself: an empty one is no valid action."""
    return request.path.rpartition("/")[2] or "."


def root(request: HttpRequest) -> str:
    """Return the way from the page that is asked for to the site's root."""
    return "../" * (request.path.count("/") - 1)


def tongue(language: str) -> SafeHtml:
    """Return the attributes of an element whose words are in a reader's language."""
    if not language or language == site_facts().language:
        return theme().words.said("")
    return SafeHtml(f' lang="{language}" dir="{direction_of(language)}"')


def spoken(language: str) -> str:
    """Return the language in which words for a reader are, "" where that is the outlet's.

    It is the reader's own, that of another region where need be, if the theme has words in it.
    """
    words, own = theme().words, site_facts().language
    nearest = "" if language == own else words.nearest(language)
    return "" if nearest == words.nearest(own) else nearest


def languages_spoken() -> list[str]:
    """Return the languages that a reader may choose: those with words, and the outlet's."""
    words, own = theme().words, site_facts().language
    return sorted({own, *words.languages} - ({words.nearest(own)} - {own}))
