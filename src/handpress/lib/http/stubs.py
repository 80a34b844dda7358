"""Pages that stand for others: moved ones, gone ones, and the one for what is not there.

On a plain file server a moved page is a small page with a refresh, and a gone one says so. A
server that can read them answers with the status that they mean.
"""

from __future__ import annotations

import re
from html import unescape
from urllib.parse import quote, urljoin, urlsplit

# So far into a page its mark must stand.
MARK_WITHIN = 1024
_MARK = re.compile(rb"""<meta\s+name=["']?handpress["']?\s+content=["']?(moved|gone)\b""")
_REFRESH = re.compile(
    r"""<meta\s+http-equiv=["']?refresh["']?\s+content=["']\s*\d+\s*;\s*url=([^"']+)["']""", re.I
)
_CANONICAL = re.compile(r"""<link\s+rel=["']?canonical["']?\s+href=["']([^"']+)["']""", re.I)
_UNSAFE = re.compile(r"[\x00-\x1f\x7f\\]")
_AS_IT_IS = "%/:?#[]@!$&'()*+,;=~"
# Of a link that begins with "./", as the value of an attribute or inside a srcset.
_HERE = re.compile(rb"""(=\s*["']|,\s+)\./""")


def read_mark(page: bytes) -> str:
    """Return "moved", "gone", or "" for a page that stands for itself."""
    match = _MARK.search(page, 0, MARK_WITHIN)
    return match[1].decode() if match else ""


def moved_to(page: bytes, *, path: str, address: str = "") -> str:
    """Return the Location that a moved page at `path` leads to; "" when there is none to trust.

    Relative as it stands in the page, or absolute on the site's own `address`. Never another
    host, never the page itself.
    """
    text = page[: 8 * MARK_WITHIN].decode("utf-8", "replace")
    for pattern in (_REFRESH, _CANONICAL):
        match = pattern.search(text)
        target = unescape(match[1]).strip() if match else ""
        if target and _leads_within(target, path=path, address=address):
            return quote(target, safe=_AS_IT_IS)
    return ""


def _leads_within(target: str, *, path: str, address: str) -> bool:
    if _UNSAFE.search(target):
        return False
    try:
        whole, own = urlsplit(urljoin(f"http://here{path}", target)), urlsplit(address)
    except ValueError:
        return False
    if whole.netloc == "here":
        return whole.path != path
    return bool(own.netloc) and (whole.scheme, whole.netloc) == (own.scheme, own.netloc)


def lower_links(page: bytes, climb: str) -> bytes:
    """Return a page of the root as it must read further down: "./" becomes `climb`."""
    if climb == "./":
        return page
    return _HERE.sub(lambda match: match[1] + climb.encode(), page)
