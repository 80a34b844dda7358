"""What no page may hold, whatever it looks like: read from the files alone, every one of them."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING
from urllib.parse import unquote, urlsplit

from bs4 import BeautifulSoup, Tag

from gates.bad import good_page, spoilt
from gates.gate import Bad, Finding, Gate
from gates.pages import SitePage

if TYPE_CHECKING:
    from gates.bench import Bench

# Attributes whose address a browser asks for by itself.
_LOADS = {
    "img": ("src", "srcset"), "source": ("src", "srcset"), "video": ("src", "poster"),
    "audio": ("src",), "iframe": ("src",), "embed": ("src",), "object": ("data",),
    "script": ("src",), "input": ("src",), "track": ("src",), "use": ("href",),
    "image": ("href",), "body": ("background",),
}  # fmt: skip
# Links in the head that are fetched, or make a browser speak to a host.
_FETCHED = {"stylesheet", "icon", "preload", "prefetch", "preconnect", "dns-prefetch", "manifest"}
_FETCHED |= {"modulepreload", "apple-touch-icon", "prerender"}
_FOREIGN = re.compile(r"^(?:[a-z][a-z0-9+.-]*:)?//", re.IGNORECASE)
_WITHOUT_PLACE = ("mailto:", "tel:", "data:", "#")


class HtmlRules(Gate):
    """No script but data, no inline style, nothing of another host, relative links that lead on."""

    name = "pages by themselves"
    controls: Sequence[Bad] = (
        Bad("script", good_page(body="<script>1</script>")),
        Bad("script", good_page(body='<p><a href="JavaScript:alert(1)">x</a></p>')),
        Bad("inline style", good_page(body='<p style="color: red">x</p>')),
        Bad("inline style", good_page(head="<style>p { color: red }</style>")),
        Bad("event", good_page(body='<p onclick="x()">x</p>')),
        Bad("third party", good_page(body='<img src="//pixel.example/1.gif" alt="">')),
        Bad("third party", good_page(body='<img srcset="icon.svg, https://c.example/ 2x" alt="">')),
        Bad("third party", good_page(head='<link rel="preconnect" href="https://f.example/">')),
        Bad("third party", good_page(body='<iframe src="https://f.example/"></iframe>')),
        Bad("not relative", good_page(body='<p><a href="/one.html">x</a></p>')),
        Bad("not relative", spoilt('href="style.css"', 'href="/style.css"')),
        Bad("leads nowhere", good_page(body='<p><a href="../../topics/none/">x</a></p>')),
        Bad("leads nowhere", good_page(body='<p><a href="#none">x</a></p>')),
        Bad("one heading", good_page(body="<h1>Another</h1>")),
        Bad("policy", spoilt('http-equiv="Content-Security-Policy"', 'name="policy"')),
        Bad("language", spoilt('<html lang="en">', "<html>")),
        Bad("picture", good_page(body='<img src="icon.svg">')),
        Bad("form", good_page(body='<form action="https://c.example/"><button>x</button></form>')),
        Bad("double id", good_page(body='<p id="main">x</p>')),
    )

    def look(self, bench: Bench | None, pages: Sequence[SitePage]) -> Iterator[Finding]:
        files = _Files(bench, pages)
        for page in filter(self.reads, pages):
            for check, what in judge(page, files):
                yield Finding(check, str(page), what)


class _Files:
    """What stands in the site of a page. Controls have some files beside them."""

    def __init__(self, bench: Bench | None, pages: Sequence[SitePage]) -> None:
        self.paths: dict[str, set[str]] = {}
        outlets = bench.outlets if bench else ()
        for page in [*pages, *(page for outlet in outlets for page in outlet.pages)]:
            beside = {"style.css", "icon.svg", "one.html", "two.html", "three.html"}
            known = self.paths.setdefault(page.outlet, beside if page.kind == "control" else set())
            known.add(page.path)

    def has(self, page: SitePage, path: str) -> bool:
        return path in self.paths[page.outlet]


def judge(page: SitePage, files: _Files) -> Iterator[tuple[str, str]]:
    """Yield what is wrong with one page."""
    soup = BeautifulSoup(page.text, "html.parser")
    for tag in soup.find_all(True):
        yield from _judge_tag(tag)
    for tag, url in _addresses(soup):
        yield from _judge_address(page, tag, url, soup, files)
    if len(soup.select("h1")) != 1:
        yield "one heading", f"{len(soup.select('h1'))} headings of the first level"
    if not soup.select("html[lang][dir], html[lang]"):
        yield "language", "the page does not say its language"
    policy = soup.select_one('meta[http-equiv="Content-Security-Policy"]')
    if policy is None or "default-src 'none'" not in str(policy.get("content")):
        yield "policy", "the page does not carry its policy"
    ids = [str(tag["id"]) for tag in soup.select("[id]")]
    for name in {name for name in ids if ids.count(name) > 1}:
        yield "double id", name


def _judge_tag(tag: Tag) -> Iterator[tuple[str, str]]:
    words = str(tag)[:80]
    if tag.name == "script" and tag.get("type") != "application/ld+json":
        yield "script", words
    if tag.name == "style" or tag.has_attr("style"):
        yield "inline style", words
    if tag.name == "img" and not tag.has_attr("alt"):
        yield "picture", f"{words} says not what it shows"
    for name, value in tag.attrs.items():
        if name.startswith("on"):
            yield "event", words
        if str(value).strip().lower().startswith(("javascript:", "vbscript:")):
            yield "script", words
    action = str(tag.get("action") or "")
    if tag.name == "form" and _FOREIGN.match(action):
        yield "form", f"sends to {action}"


def _addresses(soup: BeautifulSoup) -> Iterator[tuple[Tag, str]]:
    """Yield every address in a page that a browser fetches or a reader follows."""
    for tag in soup.find_all(True):
        for name in (
            *_LOADS.get(tag.name, ()),
            "href" if tag.name in {"a", "area", "link"} else "",
        ):
            value = str(tag.get(name) or "") if name else ""
            if name == "srcset":
                yield from ((tag, part.split()[0]) for part in value.split(",") if part.split())
            elif name and tag.has_attr(name):
                yield tag, value


def _judge_address(
    page: SitePage, tag: Tag, url: str, soup: BeautifulSoup, files: _Files
) -> Iterator[tuple[str, str]]:
    rels = {str(rel).lower() for rel in tag.get_attribute_list("rel") if rel}
    is_fetched = tag.name not in {"a", "area", "link"} or bool(rels & _FETCHED)
    if _FOREIGN.match(url) or urlsplit(url).scheme in {"http", "https"}:
        if is_fetched:
            yield "third party", url
    elif url.startswith("#"):
        if url != "#" and not soup.find(id=unquote(url[1:])):
            yield "leads nowhere", url
    elif url.startswith("/") and page.path != "404.html":
        yield "not relative", url
    elif not url.startswith(_WITHOUT_PLACE) and "canonical" not in rels:
        path = _target(page, url)
        if not path.startswith("-/") and not files.has(page, path):
            yield "leads nowhere", url


def _target(page: SitePage, url: str) -> str:
    """Return the file that a relative address leads to, seen from the page."""
    where = unquote(urlsplit(url).path)
    base = "" if where.startswith("/") else posixpath.dirname(page.path)
    path = posixpath.normpath(posixpath.join(base, where.lstrip("/") or "."))
    if where.endswith("/") or where in {"", ".", ".."}:
        path = posixpath.join(path, "index.html")
    return posixpath.normpath(path)
