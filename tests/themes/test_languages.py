"""What the theme says, it says in a language, and every page says truly in which."""

from __future__ import annotations

from functools import lru_cache

import pytest
from bs4 import BeautifulSoup, Tag

from handpress.desk.theming.samples import ARABIC, CAMPAIGN, PAGES, PITCH, article, render_page
from handpress.press.catalogues import Catalogues
from handpress.press.theme import Theme
from themes.test_broadsheet import FOLDER

OUTLETS = ["en", "es", "ko", "ar", "fr", "en-GB", "he", "ja"]
OPEN, CLOSE = "⟦", "⟧"


class Marking(Catalogues):
    """Says everything with the language that it is in."""

    def translate(self, text: str, language: str = "", **values: object) -> str:
        said = super().translate(text, language, **values)
        tag = self._words(language)[0] or language or self.own
        return f"{OPEN}{tag}:{said}{CLOSE}"


@lru_cache
def marking_theme(language: str) -> Theme:
    theme = Theme.in_folder(FOLDER, language)
    theme.__dict__["words"] = Marking(theme.words.layers, language)
    return theme


@lru_cache
def page_in(language: str, name: str) -> BeautifulSoup:
    return BeautifulSoup(render_page(marking_theme(language), name), "html.parser")


def sayings(page: BeautifulSoup) -> list[tuple[str, Tag]]:
    """Return what the theme says on a page, with its language before it, and where."""
    found = [(str(text), text.parent) for text in page.find_all(string=True) if OPEN in text]
    for tag in page.find_all(True):
        found += [(str(value), tag) for value in tag.attrs.values() if OPEN in str(value)]
    return [(text, tag) for text, tag in found if tag is not None]


def language_of(tag: Tag) -> str:
    holder = tag if tag.has_attr("lang") else tag.find_parent(lang=True)
    assert isinstance(holder, Tag)
    return str(holder["lang"])


@pytest.mark.parametrize("outlet", OUTLETS)
@pytest.mark.parametrize("name", PAGES)
def test_a_page_is_true_about_the_language_of_what_it_says(outlet: str, name: str):
    said = sayings(page_in(outlet, name))
    assert said
    for text, tag in said:
        language = text.partition(OPEN)[2].partition(":")[0]
        assert language_of(tag) == language, text


@pytest.mark.parametrize("outlet", OUTLETS)
def test_directions_are_those_of_the_languages(outlet: str):
    for name in PAGES:
        for tag in page_in(outlet, name).find_all(lang=True):
            expected = "rtl" if tag["lang"] in {"ar", "he"} else "ltr"
            holder = tag if tag.has_attr("dir") else tag.find_parent(dir=True)
            assert isinstance(holder, Tag)
            assert holder["dir"] == expected, tag


def test_an_article_speaks_its_own_language_where_the_theme_does():
    foreign = BeautifulSoup(
        render_page(Theme.in_folder(FOLDER, "en"), "article-foreign"), "html.parser"
    )
    main = foreign.select_one("main")
    assert main is not None
    text = " ".join(main.get_text().split())
    assert "بقلم Ada Fenwick وJun Oh (photographs)" in text
    assert "تصويبات" in text
    assert "نُشر أولاً لدى Net Loft Gazette" in text
    assert not main.select("article [lang=en] time, h2[lang], .byline[lang]")


def test_an_article_in_a_language_without_a_catalogue_says_whose_words_stand_in():
    page = BeautifulSoup(
        render_page(Theme.in_folder(FOLDER, "fr"), "article-unspoken"), "html.parser"
    )
    byline = page.select_one(".byline")
    assert byline is not None
    assert (byline["lang"], byline["dir"]) == ("fr", "ltr")
    assert byline.get_text().startswith("Par Ada Fenwick et Jun Oh")
    assert [name["lang"] for name in byline.select("bdi")] == ["ja", "ja"]


def test_every_outlet_language_that_is_known_stands_on_the_whole_page():
    for language, skip in {"es": "Saltar al contenido", "ko": "본문으로 건너뛰기"}.items():
        page = BeautifulSoup(
            render_page(Theme.in_folder(FOLDER, language), "not-found"), "html.parser"
        )
        link = page.select_one("a.skip-link")
        assert link is not None
        assert link.get_text() == skip
        assert not page.select("main[lang], nav[lang]")


def test_appeal_and_pitch_speak_the_language_of_their_words():
    theme = Theme.in_folder(FOLDER, "en")
    html = render_page(theme, "topic", campaign={**CAMPAIGN, **ARABIC}, pitch={**PITCH, **ARABIC})
    page = BeautifulSoup(html, "html.parser")
    buttons = [tag.get_text() for tag in page.select("section .act a")]
    assert buttons == ["تبرّعوا", "تبرّعوا", "سجّلوا"]


def test_names_of_another_direction_are_set_apart():
    page = BeautifulSoup(render_page(Theme.in_folder(FOLDER, "ar"), "article"), "html.parser")
    for name in ("Ada Fenwick", "Net Loft Gazette", "CC BY-SA 4.0"):
        found = page.find_all(string=name)
        assert found
        assert all(text.find_parent("bdi") for text in found), name


def test_the_order_of_words_is_the_languages_own():
    korean = {"language": "ko", "dir": "ltr"}
    html = render_page(
        Theme.in_folder(FOLDER, "ko"), "article", article=article("../../", **korean)
    )
    page = BeautifulSoup(html, "html.parser")
    credit = page.select_one(".credit-line")
    assert credit is not None
    assert credit.get_text() == "Net Loft Gazette에 처음 실린 글입니다"
    corrected = page.select_one('.meta a[href="#corrections"]')
    assert corrected is not None
    assert corrected.get_text() == "20 November 2026 정정"
