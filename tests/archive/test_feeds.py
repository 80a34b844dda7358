"""Feeds: well-formed, valid by what RFC 4287 asks, and steady in what readers know entries by."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from uuid import UUID
from xml.etree import ElementTree

import pytest

from factories.papers import START, Paper
from handpress.newsroom.models import (
    Article,
    ArticleContributor,
    Contributor,
    Correction,
    Topic,
)

NS = {"a": "http://www.w3.org/2005/Atom"}
LANG = "{http://www.w3.org/XML/1998/namespace}lang"
DATE_TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(Z|[+-]\d\d:\d\d)")  # RFC 3339
NASTY = 'Salt & <Light> "it’s" ]]> 소금 ملح \U0001f30a \u00a0'
CONTROLS = "".join(map(chr, range(1, 32))) + "\x7f\ufffe\uffff"


def read(paper: Paper, path: str) -> ElementTree.Element:
    return ElementTree.fromstring((paper.folder / path).read_bytes())


def text(element: ElementTree.Element, path: str) -> str:
    found = element.findtext(path, namespaces=NS)
    assert found is not None, path
    return found


def one(element: ElementTree.Element, path: str) -> ElementTree.Element:
    [found] = element.findall(path, NS)
    return found


def check(feed: ElementTree.Element) -> None:
    """Check what RFC 4287 asks of a feed (section 4.1.1) and of its entries (section 4.1.2)."""
    assert feed.tag == "{http://www.w3.org/2005/Atom}feed"
    known = []
    for part in (feed, *feed.findall("a:entry", NS)):
        identity = text(one(part, "a:id"), ".")
        assert str(UUID(identity.removeprefix("urn:uuid:"))) in identity
        known.append(identity)
        assert text(one(part, "a:title"), ".").strip()
        assert DATE_TIME.fullmatch(text(one(part, "a:updated"), "."))
        alternate = [link for link in part.findall("a:link", NS) if link.get("rel") == "alternate"]
        assert [link.get("type") for link in alternate] == ["text/html"]
        assert part.findall("a:author", NS) or feed.findall("a:author", NS)
        for author in part.findall("a:author", NS):
            assert text(author, "a:name").strip()
        for moment in part.findall("a:published", NS):
            assert DATE_TIME.fullmatch(text(moment, "."))
    assert len(set(known)) == len(known)


@pytest.fixture
def feed_of_all(paper: Paper) -> ElementTree.Element:
    source = paper.source("The Bugle & Co")
    for day in range(20):
        paper.article(f"Story {day}", ["Water", "Trade"], day=day)
    article = paper.article(NASTY, ["Water"], day=30, excerpt=NASTY, source=source)
    body = [("text", f"<p>Words {NASTY.split(']')[0]}<a href='/topics/'>topics</a></p>")]
    article.body = body
    article.language = "ar"
    article.save()
    paper.article("Undated", ["Water"], day=None, sort_at_us=int(4e15))
    paper.print()
    return read(paper, "feed.xml")


def test_a_feed_is_valid_and_holds_the_newest_fifteen(
    paper: Paper, feed_of_all: ElementTree.Element
):
    for path in ("feed.xml", "topics/water/feed.xml", "topics/trade/feed.xml"):
        check(read(paper, path))
    titles = [text(entry, "a:title") for entry in feed_of_all.findall("a:entry", NS)]
    assert len(titles) == 15
    assert titles[:3] == ["Undated", NASTY, "Story 19"]
    assert feed_of_all.get(LANG) == "en"


def test_addresses_are_whole_and_lead_to_what_is_there(
    paper: Paper, feed_of_all: ElementTree.Element
):
    address = "https://proof.example/"
    links = {link.get("rel"): link.get("href") for link in feed_of_all.findall("a:link", NS)}
    assert links == {"alternate": address, "self": f"{address}feed.xml"}
    topic = read(paper, "topics/water/feed.xml")
    links = {link.get("rel"): link.get("href") for link in topic.findall("a:link", NS)}
    assert links["self"] == f"{address}topics/water/feed.xml"
    for entry in feed_of_all.findall("a:entry", NS):
        href = one(entry, "a:link").get("href") or ""
        assert (paper.folder / href.removeprefix(address)).is_file()


def test_words_arrive_as_they_were_written(feed_of_all: ElementTree.Element):
    entry = feed_of_all.findall("a:entry", NS)[1]
    assert text(entry, "a:summary") == NASTY
    assert entry.get(LANG) == "ar"
    assert text(entry, "a:author/a:name") == "The Bugle & Co"
    assert [each.get("term") for each in entry.findall("a:category", NS)] == ["Water"]
    content = one(entry, "a:content")
    assert content.get("type") == "html"
    assert 'href="https://proof.example/topics/"' in (content.text or "")
    assert "Words Salt &amp; " in (content.text or "")


def test_a_date_that_nobody_stated_is_not_there(feed_of_all: ElementTree.Element):
    undated, dated = feed_of_all.findall("a:entry", NS)[:2]
    assert undated.find("a:published", NS) is None
    assert text(dated, "a:published") == (START + timedelta(days=30)).isoformat()


@pytest.mark.parametrize("field", ["headline", "excerpt", "dateline", "credit_line"])
def test_no_character_in_a_row_breaks_a_feed(paper: Paper, field: str):
    paper.article(
        "Story", ["Water"], day=1, **({field: f"a{CONTROLS}b"} if field != "headline" else {})
    )
    if field == "headline":
        Article.objects.all().delete()
        paper.article(f"a{CONTROLS}b", ["Water"], day=1)
    article = Article.objects.get()
    article.body = [("text", f"<p>{CONTROLS}words</p>"), ("code", {"text": CONTROLS})]
    article.save()
    topic = Topic.objects.get()
    topic.name, topic.description = f"Water{CONTROLS}", CONTROLS
    topic.save()
    paper.source(f"Bugle\x0b{field}")
    article.source = paper.source(f"Bugle\x0b{field}")
    article.save()
    paper.print()
    for path in paper.files():
        if path.endswith(".xml"):
            read(paper, path)
    check(read(paper, "feed.xml"))


def test_an_entry_keeps_its_id_and_says_when_it_changed(paper: Paper):
    article = paper.article("Story", ["Water"], day=1)
    paper.print()
    before = one(read(paper, "feed.xml"), "a:entry")
    corrected = datetime(2031, 5, 6, 7, 8, 9, tzinfo=UTC)
    Correction.objects.create(article=article, corrected_at=corrected, note="No.")
    article.slug, article.headline = "anew", "Another headline"
    article.save()
    person = Contributor.objects.create(name="Ada Quill")
    ArticleContributor.objects.create(article=article, contributor=person)
    paper.print()
    after = one(read(paper, "feed.xml"), "a:entry")
    assert text(after, "a:id") == text(before, "a:id")
    assert text(after, "a:updated") == corrected.isoformat()
    assert text(after, "a:author/a:name") == "Ada Quill"
    assert text(read(paper, "feed.xml"), "a:updated") == corrected.isoformat()


def test_a_feed_of_nothing_is_valid_too(paper: Paper):
    paper.topic("Water")
    paper.print()
    check(read(paper, "feed.xml"))
    check(read(paper, "topics/water/feed.xml"))
    assert read(paper, "feed.xml").findall("a:entry", NS) == []


def test_every_listing_names_its_feed(paper: Paper):
    paper.article("Story", ["Water"], day=1)
    paper.print()
    for path, feed in (
        ("index.html", "feed.xml"),
        ("topics/water/index.html", "topics/water/feed.xml"),
    ):
        links = re.findall(
            r'<link rel="alternate" type="application/atom\+xml"[^>]*>', paper.read(path)
        )
        assert any(feed.rpartition("/")[2] in link for link in links)
        assert (paper.folder / feed).is_file()
