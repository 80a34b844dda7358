"""The themes that come along: what every page must be, whatever it looks like."""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from bs4 import BeautifulSoup, Tag

import handpress
from handpress.desk.theming.samples import (
    ARABIC,
    BARE,
    CAMPAIGN,
    PAGES,
    PITCH,
    article,
    card,
    cards,
    dated,
    listing,
    render_page,
)
from handpress.press.theme import Theme

SHIPPED = Path(handpress.__file__).parent / "themes"
FOLDER = SHIPPED / "broadsheet"
THEME = Theme.in_folder(FOLDER, "en")
FRAMED = [name for name in PAGES if name != "moved"]
LEADS_OUT = "https://gazette.example.org/"


@pytest.fixture(autouse=True, params=["broadsheet", "tabloid"])
def theme(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Every test is gone through with each theme that comes along."""
    theme = Theme.in_folder(SHIPPED / request.param, "en")
    monkeypatch.setattr(f"{__name__}.THEME", theme)


def soup(name: str, **changes: Any) -> BeautifulSoup:
    return BeautifulSoup(render_page(THEME, name, **changes), "html.parser")


def texts(page: BeautifulSoup | Tag, selector: str) -> list[str]:
    return [found.get_text() for found in page.select(selector)]


@pytest.mark.parametrize("name", PAGES)
class TestEveryPage:
    def test_has_one_heading_of_the_first_level(self, name: str) -> None:
        assert len(soup(name).select("h1")) == 1

    def test_skips_no_level_of_heading(self, name: str) -> None:
        levels = [int(found.name[1]) for found in soup(name).select("h1, h2, h3, h4, h5, h6")]
        assert all(after - before <= 1 for before, after in pairwise(levels))

    def test_uses_each_id_once(self, name: str) -> None:
        ids = [str(found["id"]) for found in soup(name).select("[id]")]
        assert len(ids) == len(set(ids))

    def test_has_no_script_but_data_and_no_inline_style(self, name: str) -> None:
        page = soup(name)
        scripts = page.select("script")
        assert all(script["type"] == "application/ld+json" for script in scripts)
        assert not page.select("style, [style]")
        assert not [at for tag in page.find_all(True) for at in tag.attrs if at.startswith("on")]

    def test_every_address_leads_from_the_root(self, name: str) -> None:
        page, root = soup(name), PAGES[name][1]
        links = [str(found["href"]) for found in page.select("[href]")]
        links += [str(found["src"]) for found in page.select("[src]")]
        links += [
            part.split()[0]
            for found in page.select("[srcset]")
            for part in str(found["srcset"]).split(",")
        ]
        allowed = (root, "#", "mailto:", LEADS_OUT)
        own = str(page.select_one("link[rel=canonical]")["href"])  # type: ignore[index]
        assert [url for url in links if not url.startswith(allowed) and url != own] == []

    def test_says_its_policy_before_it_loads_anything(self, name: str) -> None:
        head = soup(name).head
        assert head is not None
        first, second = (tag for tag in head.find_all(True)[:2])
        assert first["charset"] == "utf-8"
        assert second["http-equiv"] == "Content-Security-Policy"
        assert "default-src 'none'" in second["content"]
        assert head.select_one("meta[name=viewport]")
        assert head.select_one("meta[name=referrer][content=no-referrer]")
        assert head.select_one('meta[name=color-scheme][content="light dark"]')

    def test_pictures_have_text_and_room(self, name: str) -> None:
        for image in soup(name).select("img"):
            assert image.has_attr("alt")
            assert image["width"]
            assert image["height"]

    def test_every_link_says_something(self, name: str) -> None:
        assert all(text.strip() for text in texts(soup(name), "a"))


@pytest.mark.parametrize("name", FRAMED)
class TestEveryFramedPage:
    def test_begins_with_the_way_past_the_frame(self, name: str) -> None:
        page = soup(name)
        first = page.select("body a")[0]
        assert texts(page, "a.skip-link") == ["Skip to content"]
        assert first["class"] == ["skip-link"]
        assert first["href"] == "#main"
        assert page.select("main#main[tabindex='-1']")

    def test_has_its_landmarks_once_and_named(self, name: str) -> None:
        page = soup(name)
        for landmark in ("body > header", "body > main", "body > footer"):
            assert len(page.select(landmark)) == 1, landmark
        labels = [str(nav["aria-label"]) for nav in page.select("nav")]
        assert len(labels) == len(set(labels)) >= 2
        sections = page.select("body > section")
        assert [bool(s.get("aria-label") or s.get("aria-labelledby")) for s in sections] == [
            True
        ] * 3

    def test_prints_appeal_and_pitch_word_for_word_and_in_order(self, name: str) -> None:
        said = texts(soup(name), ":is(.appeal, .digest-pitch) :is(h1, h2, h3, h4, h5, h6, p)")
        assert said == [
            *(CAMPAIGN["heading"], *CAMPAIGN["full"]),
            *(CAMPAIGN["heading"], *CAMPAIGN["compact"]),
            *(PITCH["heading"], *PITCH["paragraphs"]),
        ]

    def test_leaves_out_what_is_not_running(self, name: str) -> None:
        page = soup(name, campaign=None, pitch=None)
        assert not page.select(".appeal, .digest-pitch, details")


def test_every_page_template_is_tried() -> None:
    files = {file.name for file in (FOLDER / "templates").glob("*.html")}
    assert {template for template, _, _ in PAGES.values()} == files - {"base.html", "macros.html"}


def test_topic_page_is_its_seed_again() -> None:
    page = soup("topic")
    said = texts(page, "a.skip-link") + texts(page, ".h-feed > .p-name")
    for entry in page.select(".h-entry"):
        said += texts(entry, ".p-name") + texts(entry, ".p-summary")
    given = [text for card in cards("") for text in (card["headline"], card["excerpt"])]
    assert said == ["Skip to content", "Harbour & Docks", *given]


def test_a_card_says_only_what_is_known() -> None:
    some = [
        card("../../", published=dated(), source_name="Net Loft Gazette"),
        card("../../", source_name="Net Loft Gazette"),
        card("../../"),
    ]
    page = soup("topic", listing=listing("../../", cards=some))
    said = [[text.strip() for text in texts(entry, ".meta")] for entry in page.select(".h-entry")]
    assert said == [["19 November 2026 Net Loft Gazette"], ["Net Loft Gazette"], []]
    assert [time["datetime"] for time in page.select("time.dt-published")] == ["2026-11-19"]


def test_microformats_are_whole_and_flat() -> None:
    for name in ("home", "topic", "topic-page", "article", "article-imported"):
        page = soup(name)
        for entry in page.select(".h-entry"):
            assert len(entry.select(".p-name")) == 1
            assert len(entry.select(".p-summary")) <= 1
            assert len(entry.select(".u-url")) == 1
        assert not page.select(".p-author .p-name")
        assert len(page.select(".h-feed > .p-name")) == len(page.select(".h-feed"))


def test_other_languages_are_marked() -> None:
    page = soup("topic")
    assert [(c["lang"], c["dir"]) for c in page.select(".card[lang]")] == [
        ("ar", "rtl"),
        ("ko", "ltr"),
    ]
    assert soup("article-foreign").select("article[lang=ar][dir=rtl] .e-content")
    appeal = soup("topic", campaign={**CAMPAIGN, **ARABIC}).select("section.appeal")
    assert [(found["lang"], found["dir"]) for found in appeal] == [("ar", "rtl")] * 2


def test_the_strip_folds_without_script() -> None:
    strip = soup("article").select_one("section.appeal.strip")
    assert strip is not None
    assert strip.select("details[open] > summary > h2")
    assert strip.select("div > a.button")


def test_numbered_pages_lead_both_ways() -> None:
    page = soup("topic-page")
    assert "Page 7" in page.get_text()
    assert [a["href"] for a in page.select(".pager a[rel=prev], .pager a[rel=next]")] == [
        "../../topics/harbour/",
        "../../topics/harbour/6.html",
    ]
    assert not soup("topic").select(".pager a[rel=prev]")


def test_an_article_tells_where_it_comes_from_and_what_was_wrong() -> None:
    page = soup("article")
    assert texts(page, ".credit-line") == ["First published by Net Loft Gazette"]
    assert texts(page, "#corrections h2") == ["Corrections"]
    assert texts(page, "#corrections p") == ["20 November 2026 It was a barge."]
    assert page.select('header a[href="#corrections"]')
    assert texts(page, ".p-author") == ["Ada Fenwick", "Jun Oh"]
    assert texts(page, ".standfirst") == ["Nobody had told the night shift."]
    assert texts(page, ".filed a") == ["Housing", "أخبار"]
    line = {**article("")["credit"], "line": "From the Gazette, with thanks."}
    page = soup("article", article=article("../../", credit=line, show_excerpt=False))
    assert texts(page, ".credit-line a") == ["From the Gazette, with thanks."]
    assert not page.select(".standfirst")


def test_an_article_of_which_only_the_excerpt_is_known_prints_it_once_and_leads_on() -> None:
    page = soup("article-imported")
    assert texts(page, ".e-content .p-summary") == ["Nobody had told the night shift."]
    assert not page.select("time, figure, .meta, .byline, .credit-line, .corrections, .standfirst")
    known = article("../", **{**BARE, "credit": article("../")["credit"]})
    assert texts(soup("article-imported", article=known), ".onward a") == [
        "Read the full article at Net Loft Gazette"
    ]


def test_head_says_what_the_page_is() -> None:
    page = soup("article", page={"image": "https://courier.example.org/a.jpg", "robots": "noindex"})
    said = {m.get("property") or m.get("name"): m.get("content") for m in page.select("head meta")}
    assert said["og:type"] == "article"
    assert said["og:site_name"] == "The Saltmarsh Courier"
    assert said["og:image"] == "https://courier.example.org/a.jpg"
    assert said["og:url"] == "https://courier.example.org/article"
    assert said["robots"] == "noindex"
    assert texts(page, "title") == ["Title of article – The Saltmarsh Courier"]
    plain = soup("gone", page={"canonical": "", "description": "", "title": ""})
    assert texts(plain, "title") == ["The Saltmarsh Courier"]
    assert not plain.select("link[rel=canonical], meta[name=robots], meta[name=description]")


def test_moved_and_gone_pages_say_so_to_machines() -> None:
    moved = soup("moved")
    assert moved.select('meta[http-equiv=refresh][content="0; url=../../2026/11/b.html"]')
    assert moved.select('meta[name=handpress][content=moved], link[href="../../2026/11/b.html"]')
    assert texts(moved, "main a") == ["The Boat", "Front page"]
    assert soup("gone").select("meta[name=handpress][content=gone]")


def test_how_to_give_asks_and_names_no_account() -> None:
    page = soup("donate")
    assert page.select_one('form[method=post][action$="-/donate"]')
    assert texts(page, "bdi[dir=ltr]") == ["gifts@example.org"]
    unset = soup("donate-unset")
    assert "announced" in unset.get_text()
    assert not unset.select("form")
