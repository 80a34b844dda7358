"""HTML as a type of its own: made by the sanitiser or by a template, never by hand."""

from __future__ import annotations

import html
import re
from urllib.parse import urlsplit

import nh3

ROOT_MARK = "\ue000"
"""Stands for the root of the site in stored HTML; the press puts a page's way there instead."""

_TAGS = set(
    "a abbr b bdi bdo blockquote br caption cite code dd del details dfn div dl dt em "
    "figcaption figure h2 h3 h4 h5 h6 hr i ins kbd li mark ol p pre q rp rt ruby s samp small "
    "span strong sub summary sup table tbody td tfoot th thead time tr u ul var wbr".split()
)
_ATTRIBUTES = {
    "*": {"lang", "dir", "title", "id"},
    "a": {"href"},
    "abbr": {"title"},
    "bdo": {"dir"},
    "blockquote": {"cite"},
    "col": {"span"},
    "del": {"datetime"},
    "details": {"open"},
    "ins": {"datetime"},
    "li": {"value"},
    "ol": {"start", "reversed", "type"},
    "q": {"cite"},
    "td": {"colspan", "rowspan", "headers"},
    "th": {"colspan", "rowspan", "headers", "scope", "abbr"},
    "time": {"datetime"},
}
_SCHEMES = {"http", "https", "mailto", "tel"}
_URL_ATTRIBUTES = {"href", "cite"}
_ID = re.compile(r"^[A-Za-z][\w.:-]{0,63}$")
_H1 = re.compile(r"(</?)h1(?=[\s>/])", re.IGNORECASE)
_ASCII_SPACE = re.compile(r"[ \t\n\f\r]+")


class SafeHtml(str):
    """HTML that may stand in a page as it is; templates print it without escaping."""

    __slots__ = ()

    def __html__(self) -> str:
        return self


def escape(text: str) -> SafeHtml:
    """Escape plain text so that it may stand in HTML, in element or attribute."""
    return SafeHtml(html.escape(text))


def clean_html(fragment: str, *, own_address: str = "") -> SafeHtml:
    """Make an untrusted HTML fragment fit to be printed.

    Scripts, styles, forms, frames, pictures and event handlers go; addresses keep only the
    schemes http, https, mailto and tel. Addresses below ``own_address`` and those that begin
    with one slash become relative to the site's root (see `ROOT_MARK`).
    """
    text = fragment.replace(ROOT_MARK, "").replace("\x00", "")
    text = _H1.sub(r"\1h2", text)

    def keep(tag: str, name: str, value: str) -> str | None:
        if name == "id":
            return value if _ID.match(value) else None
        if name in _URL_ATTRIBUTES:
            return clean_url(value, own_address=own_address)
        return value

    cleaned = nh3.clean(
        text,
        tags=_TAGS,
        attributes=_ATTRIBUTES,
        attribute_filter=keep,
        url_schemes=_SCHEMES,
        link_rel="noopener noreferrer",
        strip_comments=True,
    )
    return SafeHtml(cleaned)


def clean_url(value: str, *, own_address: str = "") -> str | None:
    """Return an address that may stand in a page, or None when it may not.

    Browsers skip control characters and white space while they read a scheme, so both are
    removed before it is judged (WHATWG URL, section 4.4).
    """
    url = "".join(c for c in value if c.isprintable() and not c.isspace() and c != ROOT_MARK)
    if own_address and url.startswith(own_address):
        return ROOT_MARK + url[len(own_address) :]
    if url.startswith("/") and not url.startswith(("//", "/\\")):
        return ROOT_MARK + url[1:]
    try:
        parts = urlsplit(url)
    except ValueError:
        return None
    if parts.scheme.lower() in _SCHEMES:
        return url
    is_fragment = url.startswith("#") and len(url) > 1
    return url if is_fragment else None


def at_root(fragment: str, root: str) -> SafeHtml:
    """Put ``root`` (as in ``../../``) in place of every `ROOT_MARK` of stored HTML."""
    return SafeHtml(fragment.replace(ROOT_MARK, root))


def visible_text(fragment: str) -> str:
    """Return the text of an HTML fragment, white space folded as a browser folds it."""
    bare = nh3.clean(fragment, tags=set())
    return _ASCII_SPACE.sub(" ", html.unescape(bare)).strip(" ")
