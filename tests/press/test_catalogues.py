"""A theme's own words: which catalogue speaks for which language, and what stands in."""

from __future__ import annotations

from pathlib import Path

import pytest

from handpress.press.catalogues import FILE, Catalogues


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Catalogues in German, Brazilian Portuguese, Persian and traditional Chinese."""
    gives = {"de": "Spenden", "pt_BR": "Doar", "fa": "کمک", "zh_Hant": "捐款"}
    for language, give in gives.items():
        file = tmp_path / language / FILE
        file.parent.mkdir(parents=True)
        file.write_text(
            f'msgid ""\nmsgstr ""\n"Content-Type: text/plain; charset=utf-8\\n"\n\n'
            f'msgid "Give"\nmsgstr "{give}"\n\n'
            '#, fuzzy\nmsgid "Topics"\nmsgstr "Sujets"\n\n'
            'msgid "Page {number}"\nmsgstr "{number}. Seite"\n\n'
            'msgid "Latest"\nmsgstr ""\n'
        )
    return tmp_path


def test_the_outlets_language_is_spoken(folder: Path):
    words = Catalogues(folder, "de")
    assert words.translate("Give") == "Spenden"
    assert (words.said(), words.back()) == ("", "")


def test_gaps_are_filled_where_the_language_wants_them(folder: Path):
    words = Catalogues(folder, "de")
    assert words.translate("Page {number}", number=7) == "7. Seite"
    assert words.translate("Page {number}", "en", number="{number}") == "Page {number}"


def test_doubtful_and_missing_texts_are_said_in_english(folder: Path):
    words = Catalogues(folder, "de")
    assert (words.translate("Topics"), words.translate("Latest")) == ("Topics", "Latest")
    assert words.translate("Nobody translated this") == "Nobody translated this"


@pytest.mark.parametrize(
    ("language", "give"),
    [("de-AT", "Spenden"), ("pt-BR", "Doar"), ("fa-AF", "کمک"), ("zh-TW", "Give")],
)
def test_another_region_will_do(folder: Path, language: str, give: str):
    assert Catalogues(folder, "en").translate("Give", language) == give


def test_another_script_will_not_do(folder: Path):
    words = Catalogues(folder, "en")
    assert words.translate("Give", "fa-Latn") == "Give"
    assert words.translate("Give", "zh-Hans") == "Give"
    assert words.translate("Give", "zh-Hant-HK") == "捐款"


def test_what_stands_in_says_its_language_and_the_way_back(folder: Path):
    words = Catalogues(folder, "fa")
    assert words.translate("Give", "ja") == "کمک"
    assert words.said("ja") == ' lang="fa" dir="rtl"'
    assert words.back("ja") == ' lang="ja" dir="ltr"'
    assert words.said("de") == words.back("de") == ""


def test_an_outlet_whose_language_nobody_has_translated_speaks_english(folder: Path):
    words = Catalogues(folder, "he")
    assert words.translate("Give") == "Give"
    assert words.said() == ' lang="en" dir="ltr"'
    assert words.back() == ' lang="he" dir="rtl"'
    assert words.said("en") == ""


def test_an_outlet_may_say_things_in_other_english_words(folder: Path):
    file = folder / "en" / FILE
    file.parent.mkdir(parents=True)
    file.write_text('msgid "Give"\nmsgstr "Chip in"\n')
    assert Catalogues(folder, "en-GB").translate("Give") == "Chip in"
    assert Catalogues(folder, "he").translate("Give") == "Chip in"
