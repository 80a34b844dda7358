"""Sitemaps (sitemaps.org 0.9) and robots.txt (RFC 9309): whole, true, and every address answers."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from urllib.robotparser import RobotFileParser
from xml.etree import ElementTree

from gates.bad import good_page
from gates.bench import Bench, ask
from gates.gate import Bad, Finding, Gate
from gates.pages import SitePage

NAMESPACE = "{http://www.sitemaps.org/schemas/sitemap/0.9}"
MOST_ADDRESSES, MOST_BYTES = 50_000, 50 * 1024 * 1024
# W3C's note on dates and times, as far as sitemaps use it.
_DATE = re.compile(r"\d{4}-\d\d-\d\d(T\d\d:\d\d(:\d\d(\.\d+)?)?(Z|[+-]\d\d:\d\d))?")
_ROOTS = {f"{NAMESPACE}urlset", f"{NAMESPACE}sitemapindex"}
_NOINDEX = b'<meta name="robots" content="noindex'


def _sitemap(*urls: str, date: str = "2026-10-01") -> str:
    rows = "".join(f"<url><loc>{url}</loc><lastmod>{date}</lastmod></url>\n" for url in urls)
    return (
        '<?xml version="1.0" encoding="utf-8"?>\n'
        f'<urlset xmlns="{NAMESPACE[1:-1]}">\n{rows}</urlset>\n'
    )


_GOOD = _sitemap("{here}one.html")
_HIDDEN = good_page(head='<meta name="robots" content="noindex">')


class Sitemaps(Gate):
    name = "sitemaps"
    controls: Sequence[Bad] = (
        Bad("form", _GOOD.replace("</urlset>", ""), "sitemap.xml"),
        Bad("form", _GOOD.replace("<loc>", "<lok>").replace("</loc>", "</lok>"), "sitemap.xml"),
        Bad("form", _GOOD.replace("sitemap/0.9", "sitemap/0.8"), "sitemap.xml"),
        Bad("date", _sitemap("{here}one.html", date="1 October"), "sitemap.xml"),
        Bad("twice", _sitemap("{here}one.html", "{here}one.html"), "sitemap.xml"),
        Bad("answer", _sitemap("{here}none.html"), "sitemap.xml"),
        Bad("answer", _sitemap("https://elsewhere.example/"), "sitemap.xml"),
        Bad("answer", _sitemap("one.html"), "sitemap.xml"),
        Bad("hidden", _sitemap("{here}x.html"), "sitemap.xml", beside=(("x.html", _HIDDEN),)),
        # A page of the site that no sitemap names: every control is served with none that does.
        Bad("left out", _GOOD, "sitemap.xml", kind="whole"),
    )

    def reads(self, page: SitePage) -> bool:
        return page.suffix == "xml" and _root(page) in _ROOTS

    def look(self, bench: Bench, pages: Sequence[SitePage]) -> Iterator[Finding]:
        listed: dict[str, set[str]] = {}
        for page in pages:
            for check, what in _judge(page, listed.setdefault(page.outlet, set())):
                yield Finding(check, str(page), what)
        for page in _ought_to_be_listed(bench, pages):
            if page.url not in listed[page.outlet]:
                yield Finding("left out", str(page), "stands in no sitemap")


class Robots(Gate):
    name = "robots.txt"
    controls: Sequence[Bad] = (
        Bad("shut out", "User-agent: *\nDisallow: /\n\nSitemap: {here}one.html\n", "robots.txt"),
        Bad("sitemap", "User-agent: *\nDisallow: /-/\n", "robots.txt"),
        Bad("sitemap", "User-agent: *\nDisallow:\n\nSitemap: {here}none.xml\n", "robots.txt"),
        Bad("sitemap", "User-agent: *\nDisallow:\n\nSitemap: /one.html\n", "robots.txt"),
    )

    def reads(self, page: SitePage) -> bool:
        return page.path == "robots.txt"

    def look(self, bench: Bench, pages: Sequence[SitePage]) -> Iterator[Finding]:
        for page in pages:
            rules = RobotFileParser()
            rules.parse(page.text.splitlines())
            if not rules.can_fetch("Anybot", page.url.removesuffix("robots.txt")):
                yield Finding("shut out", str(page), "nobody may read the front page")
            sitemaps = rules.site_maps() or []
            if not sitemaps:
                yield Finding("sitemap", str(page), "no sitemap is named")
            for url in sitemaps:
                if not _answers(url):
                    yield Finding("sitemap", str(page), f"{url} does not answer")


def _root(page: SitePage) -> str:
    try:
        return ElementTree.fromstring(page.content).tag
    except ElementTree.ParseError:
        return f"{NAMESPACE}urlset" if page.path.startswith("sitemap") else ""


def _judge(page: SitePage, listed: set[str]) -> Iterator[tuple[str, str]]:
    try:
        root = ElementTree.fromstring(page.content)
    except ElementTree.ParseError as error:
        yield "form", str(error)
        return
    item = f"{NAMESPACE}{'url' if root.tag.endswith('urlset') else 'sitemap'}"
    if root.tag not in _ROOTS or {child.tag for child in root} - {item}:
        yield "form", f"{root.tag} with other things than {item}"
    if len(root) > MOST_ADDRESSES or len(page.content) > MOST_BYTES:
        yield "form", "more than a sitemap may hold"
    for row in root:
        url = (row.findtext(f"{NAMESPACE}loc") or "").strip()
        if not url:
            yield "form", "a row without loc"
            continue
        date = row.findtext(f"{NAMESPACE}lastmod")
        if date is not None and not _DATE.fullmatch(date.strip()):
            yield "date", f"{url}: {date!r}"
        if url in listed:
            yield "twice", url
        listed.add(url)
        if not _answers(url):
            yield "answer", f"{url} does not answer as a page of this site"
        elif _NOINDEX in ask(url).body:
            yield "hidden", f"{url} asks not to be listed"


def _answers(url: str) -> bool:
    return url.startswith("http://127.0.0.1:") and ask(url).status == 200


def _ought_to_be_listed(bench: Bench, sitemaps: Sequence[SitePage]) -> Iterator[SitePage]:
    outlets: Mapping[str, Sequence[SitePage]] = {one.name: one.pages for one in bench.outlets}
    for name in sorted({page.outlet for page in sitemaps}):
        for page in outlets.get(name, ()):
            if page.is_html and not page.mark and _NOINDEX not in page.content:
                yield page
    for page in sitemaps:
        if page.kind == "whole":
            yield page
