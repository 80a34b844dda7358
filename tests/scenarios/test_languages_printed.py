"""Pages in several languages: whose words stand where, and that they follow a change."""

from __future__ import annotations

from dataclasses import replace
from typing import Any
from xml.etree import ElementTree

from bs4 import BeautifulSoup

from factories.papers import START, Paper
from handpress.newsroom.models import (
    Article,
    ArticleContributor,
    Contributor,
    Correction,
    PlainPage,
    Topic,
)
from handpress.press.actions import Press
from handpress.press.verify import verify_site

BODY = [
    ("text", "<p>Words.[^1]</p><p>[^1]: A note.</p>"),
    ("table", {"data": [["Year", "Rent"], ["2020", "7"]], "first_row_is_table_header": True}),
]


def write(paper: Paper, language: str, **values: Any) -> Article:
    article = paper.article("Night boat", ["Water"], language=language, body=BODY, **values)
    person = Contributor.objects.create(name="Ada Fenwick")
    ArticleContributor.objects.create(article=article, contributor=person)
    Correction.objects.create(article=article, corrected_at=START, note="A barge.")
    return article


def page(paper: Paper, path: str) -> BeautifulSoup:
    return BeautifulSoup(paper.read(path), "html.parser")


def says(soup: BeautifulSoup, selector: str) -> list[str]:
    return [" ".join(tag.get_text().split()) for tag in soup.select(selector)]


def test_an_article_of_another_language_speaks_it(paper: Paper):
    article = write(paper, "fr")
    paper.print()
    shown = page(paper, article.path)
    assert shown.select("html[lang=en] > body > main > article[lang=fr][dir=ltr]")
    assert says(shown, ".byline") == ["Par Ada Fenwick"]
    assert says(shown, "time.dt-published") == ["4 janvier 2021"]
    assert says(shown, ".meta a") == ["Corrigé le 4 janvier 2021"]
    assert says(shown, ".prose h2, #corrections h2") == ["Notes", "Rectificatifs"]
    assert [tag["aria-label"] for tag in shown.select(".table-scroll")] == ["Tableau 1"]
    assert [tag["aria-label"] for tag in shown.select("[role=doc-backlink]")] == [
        "Revenir à l’appel de la note 1"
    ]
    assert not shown.select("article [lang]:not([role]):not(.filed li):not(.kicker a)")
    assert says(shown, ".skip-link") == ["Skip to content"]


def test_where_the_theme_does_not_speak_it_the_outlets_words_say_so(paper: Paper):
    article = write(paper, "ja")
    paper.print()
    shown = page(paper, article.path)
    assert says(shown, "article[lang=ja] time.dt-published") == ["2021年1月4日"]
    for words in (".byline", "#corrections h2", ".footnotes", ".table-scroll", ".filed"):
        (tag,) = shown.select(words)
        assert (tag["lang"], tag["dir"]) == ("en", "ltr"), words
    for back in (".byline bdi", ".footnotes ol", ".table-scroll table", ".filed ul"):
        (tag,) = shown.select(back)
        assert tag["lang"] == "ja", back


def test_feeds_say_the_language_of_each_entry_and_speak_it(paper: Paper):
    write(paper, "ko")
    paper.article("An English one", ["Water"], day=1)
    Topic.objects.filter(name="Water").update(language="ko")
    paper.print()
    lang = "{http://www.w3.org/XML/1998/namespace}lang"
    entries = ".//{http://www.w3.org/2005/Atom}entry"
    for path, languages in (("feed.xml", [None, "ko"]), ("topics/water/feed.xml", ["en", None])):
        feed = ElementTree.fromstring(paper.read(path))
        assert [entry.get(lang) for entry in feed.findall(entries)] == languages
        assert "본문의 각주 1" in paper.read(path)
        assert "\ue0fd" not in paper.read(path)


def test_a_change_of_the_outlets_language_changes_what_its_articles_say(
    paper: Paper, settings: Any
):
    article = write(paper, "")
    paper.print()
    assert says(page(paper, article.path), ".footnotes h2") == ["Notes"]
    newsroom = replace(settings.HANDPRESS.newsroom, language="ar")
    settings.HANDPRESS = replace(settings.HANDPRESS, newsroom=newsroom)
    press = Press(store=paper.press.store, workers=1)
    press.press()
    shown = page(paper, article.path)
    assert shown.select("html[lang=ar][dir=rtl]")
    assert says(shown, ".footnotes h2") == ["هوامش"]
    assert says(shown, ".skip-link") == ["الانتقال إلى المحتوى"]
    assert not shown.select("main [lang]")
    assert verify_site(press).is_clean


def test_what_is_no_language_counts_as_the_outlets(paper: Paper):
    article = write(paper, "Arabic")
    paper.print()
    assert not page(paper, article.path).select("[lang=Arabic]")
    assert says(page(paper, article.path), ".byline") == ["By Ada Fenwick"]


def test_a_language_without_dates_in_words_gets_figures(paper: Paper):
    article = write(paper, "tlh")
    persian = write(paper, "fa", slug="qayeq")
    paper.print()
    assert says(page(paper, article.path), "time.dt-published") == ["2021-01-04"]
    assert says(page(paper, persian.path), "time.dt-published") == ["۴ ژانویهٔ ۲۰۲۱"]


def test_a_moved_page_says_the_language_of_where_it_leads(paper: Paper):
    article = write(paper, "ar")
    paper.print()
    former = article.path
    article.slug = "moved-on"
    article.save()
    paper.print()
    (link,) = page(paper, former).select("main .standfirst a")
    assert (link["lang"], link["dir"]) == ("ar", "rtl")


def test_a_plain_page_speaks_its_language(paper: Paper):
    PlainPage.objects.create(title="من نحن", language="ar", body=BODY, live=True, slug="about")
    paper.print()
    shown = page(paper, "about.html")
    assert says(shown, "article[lang=ar][dir=rtl] .footnotes h2") == ["هوامش"]
    assert [tag["aria-label"] for tag in shown.select(".table-scroll")] == ["جدول 1"]


def test_a_topic_speaks_its_language(paper: Paper):
    for day in range(32):
        paper.article(f"Story {day}", ["Water"], day=day)
    topic = Topic.objects.get(name="Water")
    topic.language = "es"
    topic.save()
    paper.print()
    first = page(paper, "topics/water/1.html")
    assert says(first, "title")[0].startswith("Water – Página 1 – ")
    assert first.select("main[lang=es]")
    assert says(first, ".about li") == ["Página 1", "Lo más reciente", "Seguir por canal Atom"]
    assert says(first, ".pager a") == ["Artículos más recientes"]
    assert len(first.select(".card[lang=en][dir=ltr]")) == 15


def test_the_source_without_a_name_is_known_by_its_address(paper: Paper):
    article = paper.article("Excerpt alone", source_url="https://gazette.example.org/a/b")
    paper.print()
    assert says(page(paper, article.path), ".onward") == [
        "Read the full article at gazette.example.org"
    ]
