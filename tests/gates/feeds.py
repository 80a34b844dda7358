"""Feeds: Atom (RFC 4287) by rules of our own, and by W3C's validator where a checkout is named."""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Iterator, Sequence
from datetime import datetime
from urllib.parse import urlsplit
from xml.etree import ElementTree
from xml.etree.ElementTree import Element

from bs4 import BeautifulSoup

from gates.bench import HERE, Bench, ask
from gates.gate import Bad, Finding, Gate
from gates.pages import SitePage

ATOM = "{http://www.w3.org/2005/Atom}"
_LANG = "{http://www.w3.org/XML/1998/namespace}lang"
# RFC 4287, 4.1: what may stand in a feed and in an entry, and what once at most.
_ANYWHERE = "author category contributor id link rights title updated".split()
_IN_FEED = {*_ANYWHERE, "generator", "icon", "logo", "subtitle", "entry"}
_IN_ENTRY = {*_ANYWHERE, "content", "published", "source", "summary"}
_ONCE = (
    "id title updated subtitle generator icon logo rights published content summary source".split()
)
_NEEDED = ("id", "title", "updated")
_TAG = re.compile(r"[a-z]{2,3}(-[A-Za-z0-9]{2,8})*")
_MOMENT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)")
_IRI = re.compile(r"[a-z][a-z0-9+.-]*:\S+", re.IGNORECASE)

GOOD_FEED = """<?xml version="1.0" encoding="utf-8"?>
<feed xmlns="http://www.w3.org/2005/Atom" xml:lang="en">
<id>urn:uuid:5809a499-b586-5160-98f3-5e34455cfaa1</id>
<title>The Proof</title>
<updated>2026-10-02T09:00:00+00:00</updated>
<link rel="self" type="application/atom+xml" href="{here}feed.xml"/>
<link rel="alternate" type="text/html" href="{here}one.html"/>
<author><name>The Proof</name></author>
<entry>
<id>urn:uuid:bac9a8c7-df22-4497-9ea5-b66b38126601</id>
<title>The well is full again</title>
<link rel="alternate" type="text/html" href="{here}two.html"/>
<updated>2026-10-02T09:00:00+00:00</updated>
<published>2026-10-01T09:00:00+00:00</published>
<summary>It rained.</summary>
<content type="html">&lt;p&gt;It rained for a week.&lt;/p&gt;</content>
</entry>
</feed>
"""
_ATOM_TYPE = (("Content-Type", "application/atom+xml; charset=utf-8"),)


def _spoilt(check: str, old: str, new: str, *, count: int = 1) -> Bad:
    assert old in GOOD_FEED, old
    return Bad(check, GOOD_FEED.replace(old, new, count), "feed.xml", _ATOM_TYPE)


_ENTRY = GOOD_FEED[GOOD_FEED.index("<entry>") : GOOD_FEED.index("</feed>")]


class Feeds(Gate):
    name = "feeds"
    controls: Sequence[Bad] = (
        _spoilt("form", "</feed>", ""),
        _spoilt("form", "<title>The Proof</title>\n", ""),
        _spoilt("form", "<title>The Proof</title>", "<title>The Proof</title><title>x</title>"),
        _spoilt("form", "<summary>", "<description>x</description><summary>"),
        _spoilt("form", "<author><name>The Proof</name></author>", ""),
        _spoilt("declared", '<?xml version="1.0" encoding="utf-8"?>\n', ""),
        _spoilt("id", "urn:uuid:bac9a8c7-df22-4497-9ea5-b66b38126601", "7"),
        _spoilt("id", "</feed>", f"{_ENTRY}</feed>"),
        _spoilt("moment", "2026-10-02T09:00:00+00:00", "2026-10-02"),
        _spoilt("moment", "2026-10-01T09:00:00+00:00", "2026-13-01T09:00:00+00:00"),
        _spoilt("moment", "2026-10-01T09:00:00+00:00", "2026-10-03T09:00:00+00:00"),
        _spoilt("link", "{here}feed.xml", "{here}other.xml"),
        _spoilt("link", "{here}two.html", "two.html"),
        _spoilt("link", "{here}two.html", "{here}none.html"),
        _spoilt("link", '<link rel="alternate" type="text/html" href="{here}two.html"/>', ""),
        _spoilt("content", "&lt;p&gt;It", "&lt;p&gt;&lt;a href='x.html'&gt;x&lt;/a&gt;It"),
        _spoilt("content", "&lt;p&gt;It", "&lt;p&gt;&lt;script&gt;x&lt;/script&gt;It"),
        _spoilt("language", 'xml:lang="en"', 'xml:lang="english"'),
        Bad("type", GOOD_FEED, "feed.xml", (("Content-Type", "text/plain"),)),
    )

    def reads(self, page: SitePage) -> bool:
        return is_feed(page)

    def look(self, bench: Bench, pages: Sequence[SitePage]) -> Iterator[Finding]:
        for page in pages:
            for check, what in _judge(page):
                yield Finding(check, str(page), what)


class W3cFeeds(Gate):
    """Errors and warnings both count. It calls bytes that it cannot read a feed without faults."""

    name = "W3C feed validator"
    needs = ("feedvalidator",)
    controls: Sequence[Bad] = (
        _spoilt("error", "<title>The Proof</title>\n", ""),
        _spoilt("error", "2026-10-02T09:00:00+00:00", "2026-10-02"),
        _spoilt("warning", "{here}feed.xml", "{here}other.xml"),
        Bad("no feed", "It rained for a week.", "feed.xml"),
        Bad("no feed", b"\xff\xfe?", "feed.xml"),
    )

    def reads(self, page: SitePage) -> bool:
        return is_feed(page)

    def look(self, bench: Bench, pages: Sequence[SitePage]) -> Iterator[Finding]:
        given = json.dumps([[page.content.decode("latin-1"), page.url] for page in pages])
        driver, checkout = HERE / "w3c_feed_validator.py", bench.tools["feedvalidator"]
        done = bench.run(sys.executable, driver, checkout, given=given)
        if done.returncode:
            raise RuntimeError(f"The feed validator failed:\n{done.stderr[-2000:]}")
        for page, said in zip(pages, json.loads(done.stdout), strict=True):
            for check, what in said:
                yield Finding(check, str(page), what)


def is_feed(page: SitePage) -> bool:
    return page.suffix == "xml" and (b"<feed" in page.content[:400] or page.path == "feed.xml")


def _judge(page: SitePage) -> Iterator[tuple[str, str]]:
    if not page.content.startswith(b'<?xml version="1.0" encoding="utf-8"?>'):
        yield "declared", "the feed does not say how it is encoded"
    said = ask(page.url).headers.get("content-type", "")
    if not said.startswith("application/atom+xml"):
        yield "type", f"served as {said}"
    try:
        feed = ElementTree.fromstring(page.content)
    except ElementTree.ParseError as error:
        yield "form", str(error)
        return
    yield from _judge_element(feed, _IN_FEED)
    # A former address goes on with the feed of the new one, which names itself.
    if ("self", page.url) not in _links(feed) and not page.kind.endswith("alias"):
        yield "link", f"the feed does not name its own address, {page.url}"
    has_author = feed.find(f"{ATOM}author") is not None
    for entry in feed.findall(f"{ATOM}entry"):
        yield from _judge_element(entry, _IN_ENTRY)
        yield from _judge_entry(entry, has_author=has_author)
    ids = [_text(each, "id") for each in feed.iter(f"{ATOM}entry")]
    for name in {name for name in ids if ids.count(name) > 1}:
        yield "id", f"{name} names two entries"


def _judge_element(element: Element, allowed: set[str]) -> Iterator[tuple[str, str]]:
    """What holds for feed and entry alike."""
    names = [child.tag.removeprefix(ATOM) for child in element]
    for name in sorted({name for name in names if not name.startswith("{")} - allowed):
        yield "form", f"there is no {name} in Atom's {element.tag.removeprefix(ATOM)}"
    for name in _ONCE:
        if names.count(name) > 1:
            yield "form", f"{name} stands twice"
    for name in _NEEDED:
        if not _text(element, name):
            yield "form", f"no {name}"
    if not _IRI.fullmatch(_text(element, "id")):
        yield "id", f"{_text(element, 'id')!r} is no address"
    for name in ("updated", "published"):
        moment = _text(element, name)
        if moment and not _is_moment(moment):
            yield "moment", f"{name} is {moment!r}"
    for each in element.iter():
        if not _TAG.fullmatch(each.get(_LANG, "en")):
            yield "language", each.get(_LANG, "")
    yield from _judge_links(element)


def _judge_links(element: Element) -> Iterator[tuple[str, str]]:
    links = list(_links(element))
    if "alternate" not in dict(links):
        yield "link", f"{_text(element, 'title')!r} leads to no page"
    for rel, href in links:
        if urlsplit(href).scheme not in {"http", "https"}:
            yield "link", f"{rel} {href} is not absolute"
        elif urlsplit(href).hostname == "127.0.0.1" and ask(href).status != 200:
            yield "link", f"{rel} {href} answers {ask(href).status}"


def _judge_entry(entry: Element, *, has_author: bool) -> Iterator[tuple[str, str]]:
    if not has_author and entry.find(f"{ATOM}author") is None:
        yield "form", "an entry without an author"
    published, updated = _text(entry, "published"), _text(entry, "updated")
    are_stated = _is_moment(published) and _is_moment(updated)
    if are_stated and datetime.fromisoformat(published) > datetime.fromisoformat(updated):
        yield "moment", f"published {published} after it was updated {updated}"
    content = entry.find(f"{ATOM}content")
    if content is not None and content.get("type") == "html":
        soup = BeautifulSoup(content.text or "", "html.parser")
        if soup.select("script, style, iframe, object, embed, form, [style]"):
            yield "content", "it holds what a reader's program must not run or show"
        for tag in soup.select("[href], [src]"):
            url = str(tag.get("href") or tag.get("src") or "")
            if not _IRI.match(url) and not url.startswith("#"):
                yield "content", f"{url!r} leads nowhere outside the site"


def _links(element: Element) -> Iterator[tuple[str, str]]:
    for link in element.findall(f"{ATOM}link"):
        yield link.get("rel", "alternate"), link.get("href", "")


def _text(element: Element, name: str) -> str:
    return (element.findtext(f"{ATOM}{name}") or "").strip()


def _is_moment(text: str) -> bool:
    if not _MOMENT.fullmatch(text):
        return False
    try:
        datetime.fromisoformat(text)
    except ValueError:
        return False
    return True
