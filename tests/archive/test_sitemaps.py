"""Sitemaps: everything that is public, once, and nothing that is not (sitemaps.org 0.9)."""

from __future__ import annotations

from dataclasses import replace
from typing import Any
from xml.etree import ElementTree

import pytest

from factories.papers import Paper
from handpress.archive import outputs_feeds
from handpress.newsroom.models import Article, Topic

NS = {"s": "http://www.sitemaps.org/schemas/sitemap/0.9"}
ADDRESS = "https://proof.example/"


def locations(paper: Paper, path: str) -> list[str]:
    root = ElementTree.fromstring((paper.folder / path).read_bytes())
    return [(found.text or "").removeprefix(ADDRESS) for found in root.findall(".//s:loc", NS)]


def listed(paper: Paper) -> list[str]:
    return [path for shard in locations(paper, "sitemap.xml") for path in locations(paper, shard)]


def test_everything_public_is_listed_once(paper: Paper):
    for day in range(4):
        paper.article(f"Story {day}", ["Water"], day=day)
    Article(headline="A draft", live=False).save()
    Article.objects.get(headline="Story 1").unpublish()
    Article.objects.get(headline="Story 2").delete()
    moved = Article.objects.get(headline="Story 3")
    moved.slug = "moved"
    moved.save()
    Topic.objects.create(name="Hidden", live=False)
    paper.print()
    articles = ["2021/01/story-0.html", "2021/01/moved.html"]
    listings = ["", "topics/", "donate/", "subscribe/", "digest/", "topics/water/"]
    assert sorted(listed(paper)) == sorted(articles + listings)
    for path in listed(paper):
        page = f"{path}index.html" if path.endswith("/") or not path else path
        assert 'name="robots"' not in paper.read(page)
        assert f'<link rel="canonical" href="{ADDRESS}{path}">' in paper.read(page).replace(
            "&#x2f;", "/"
        )


def test_what_was_last_changed_when(paper: Paper):
    article = paper.article("Story", ["Water"], day=1)
    paper.print()
    [shard] = [path for path in locations(paper, "sitemap.xml") if path != "sitemap-0.xml"]
    root = ElementTree.fromstring((paper.folder / shard).read_bytes())
    assert root.findtext(".//s:lastmod", namespaces=NS) == f"{article.last_published_at:%Y-%m-%d}"


def test_shards_come_and_go_with_their_articles(paper: Paper, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("handpress.archive.listings.SHARD", 5)
    monkeypatch.setattr(outputs_feeds, "SHARD", 5)
    for day in range(23):
        paper.article(f"Story {day}", day=day)
    paper.print()
    every = set(Article.objects.values_list("path", flat=True))
    shards = locations(paper, "sitemap.xml")
    assert len(shards) in {6, 7}
    assert every <= set(listed(paper))
    gone = shards[-1]
    for path in locations(paper, gone):
        Article.objects.get(path=path).unpublish()
    paper.print()
    assert locations(paper, "sitemap.xml") == shards[:-1]
    assert not (paper.folder / gone).exists()
    left = Article.objects.filter(live=True).values_list("path", flat=True)
    assert sorted(listed(paper)) == sorted(
        [*left, "", "topics/", "donate/", "subscribe/", "digest/"]
    )


def test_robots_are_told_where_it_is(paper: Paper):
    paper.print()
    lines = paper.read("robots.txt").splitlines()
    assert f"Sitemap: {ADDRESS}sitemap.xml" in lines
    assert lines[:3] == ["User-agent: *", "Disallow: /-/", "Disallow: /desk/"]


def test_without_an_address_there_is_no_sitemap_to_lie(paper: Paper, settings: Any):
    outlet = settings.HANDPRESS
    settings.HANDPRESS = replace(outlet, newsroom=replace(outlet.newsroom, address=""))
    paper.article("Story", ["Water"], day=1)
    paper.print()
    files = paper.files()
    assert not [path for path in files if path.startswith("sitemap")]
    assert "Sitemap" not in paper.read("robots.txt")
    feed = ElementTree.fromstring(files["feed.xml"])
    links = [link.attrib for link in feed.iter("{http://www.w3.org/2005/Atom}link")]
    assert {"rel": "alternate", "type": "text/html", "href": "./"} in links
    assert not [link for link in links if link.get("rel") == "self"]
    assert b'rel="canonical"' not in files["index.html"]
