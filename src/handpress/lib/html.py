"""HTML as a type of its own: made by the sanitiser or by a template, never by hand."""

from __future__ import annotations

import html
import re
from urllib.parse import quote, urljoin, urlsplit, urlunsplit

import nh3

ROOT_MARK = "\ue0fe"
"""Stands for the root of the site in stored HTML; the press puts a page's way there instead."""
WORD_MARK = "\ue0fd"
"""Stands, in stored HTML, on both sides of what the theme says there in the reader's language."""

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
_WEB = {"http", "https"}
_URL_ATTRIBUTES = {"href", "cite"}
_AROUND_URL = "".join(map(chr, range(0x21)))
_INSIDE_URL = {ord(character): None for character in "\t\n\r" + ROOT_MARK + WORD_MARK}
_NOT_IN_URL = frozenset('"<>\\^`{|}')
_QUERY_OR_FRAGMENT = re.compile("(?=[?#])")
PAGE_IDS = frozenset({"main", "appeal", "digest-pitch", "corrections", "related", "featured"})
"""What pages call parts of themselves: an article may not take the skip link's aim, say."""

_ID = re.compile(r"[A-Za-z][\w.:-]{0,63}")
_H1 = re.compile(r"(</?)h1(?=[\s>/])", re.IGNORECASE)
_MOST_PASSES = 8
_ASCII_SPACE = re.compile(r"[ \t\n\f\r]+")


class SafeHtml(str):
    """HTML that may stand in a page as it is; templates print it without escaping."""

    __slots__ = ()

    def __html__(self) -> str:
        return self


def escape(text: str) -> SafeHtml:
    """Escape plain text so that it may stand in HTML, in element or attribute."""
    return SafeHtml(html.escape(text))


def without_marks(text: str) -> str:
    """Return a text without the characters that stand for something in stored HTML."""
    return text.replace(ROOT_MARK, "").replace(WORD_MARK, "")


def clean_html(fragment: str, *, own_address: str = "") -> SafeHtml:
    """Make an untrusted HTML fragment fit to be printed.

    Scripts, styles, forms, frames, pictures and event handlers go; addresses keep only the
    schemes http, https, mailto and tel. Addresses below ``own_address`` and those that begin
    with one slash become relative to the site's root (see `ROOT_MARK`).

    What is returned is read by a browser as the tree it was made from: links inside links, which
    HTML's own rules can make of a table, are cleaned until nothing changes any more.
    """
    text = without_marks(fragment).replace("\x00", "")
    text = text.encode(errors="replace").decode()  # halves of surrogate pairs
    text = _H1.sub(r"\1h2", text)
    for _ in range(_MOST_PASSES):
        cleaned = _clean_once(text, own_address)
        again = cleaned.replace(ROOT_MARK, own_address or "/")
        if again == text:
            return SafeHtml(cleaned)
        text = again
    return escape(visible_text(text))


def _clean_once(text: str, own_address: str) -> str:
    def keep(tag: str, name: str, value: str) -> str | None:
        if name == "id":
            return value if _ID.fullmatch(value) and value not in PAGE_IDS else None
        if name in _URL_ATTRIBUTES:
            return clean_url(value, own_address=own_address)
        return value

    return nh3.clean(
        text,
        tags=_TAGS,
        attributes=_ATTRIBUTES,
        attribute_filter=keep,
        url_schemes=_SCHEMES,
        link_rel="noopener noreferrer",
        strip_comments=True,
    )


def clean_url(value: str, *, own_address: str = "") -> str | None:
    """Return an address that may stand in a page, or None when it may not.

    It is read as browsers read it (WHATWG URL, section 4.4): controls and blanks around it go,
    tabs and line ends inside it too. What else cannot stand in an address is percent-encoded.
    """
    url = value.strip(_AROUND_URL).translate(_INSIDE_URL)
    url = "".join(c if _fits_url(c) else quote(c, errors="replace") for c in url)
    try:
        own = _within_site(url, own_address)
        parts = urlsplit(url)
    except ValueError:
        return None
    if own is not None:
        return ROOT_MARK + _without_dots(own)
    is_whole = parts.scheme in _SCHEMES and bool(parts.netloc or parts.scheme not in _WEB)
    is_fragment = url.startswith("#") and len(url) > 1
    return url if is_whole or is_fragment else None


def _fits_url(character: str) -> bool:
    is_text = character.isprintable() and not character.isspace()
    return is_text and character not in _NOT_IN_URL


def _within_site(url: str, own_address: str) -> str | None:
    """Return the part of an address below the site's root, or None for anything elsewhere."""
    is_rooted = url.startswith("/") and not url.startswith("//")
    if own_address:
        own = urlsplit(own_address)
        parts = urlsplit(urljoin(own_address, url) if is_rooted else url)
        is_same_host = parts.netloc.lower() == own.netloc.lower()
        if parts.scheme in _WEB and is_same_host and f"{parts.path}/".startswith(own.path):
            below = parts.path[len(own.path) :]
            return urlunsplit(("", "", f"/{below}", parts.query, parts.fragment))
    return url if is_rooted else None


def _without_dots(way: str) -> str:
    """Resolve ``.`` and ``..`` in a way from the root, so that it cannot lead out of the site."""
    path, *tail = _QUERY_OR_FRAGMENT.split(way, maxsplit=1)
    kept: list[str] = []
    for part in (parts := path.split("/")):
        dots = part.lower().replace("%2e", ".")
        if dots == "..":
            del kept[-1:]
        elif dots != ".":
            kept.append(part)
    is_folder = parts[-1].lower().replace("%2e", ".") in {".", ".."}
    return ("/".join(kept) + ("/" if is_folder and kept else "")).lstrip("/") + "".join(tail)


def at_root(fragment: str, root: str) -> SafeHtml:
    """Put ``root`` (as in ``../../``) in place of every `ROOT_MARK` of stored HTML."""
    return SafeHtml(fragment.replace(ROOT_MARK, root))


def visible_text(fragment: str) -> str:
    """Return the text of an HTML fragment, white space folded as a browser folds it."""
    bare = nh3.clean(fragment, tags=set())
    return _ASCII_SPACE.sub(" ", html.unescape(bare)).strip(" ")
