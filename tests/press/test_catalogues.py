"""A theme's own words: which catalogue speaks for which language, and what stands in."""

from __future__ import annotations

import pytest

from handpress.press.catalogues import Catalogues, speaking, spoken_now

Layer = dict[str, bytes]


@pytest.fixture
def layer() -> Layer:
    """Catalogues in German, Brazilian Portuguese, Persian and traditional Chinese."""
    gives = {"de": "Spenden", "pt-BR": "Doar", "fa": "کمک", "zh-Hant": "捐款"}
    return {language: catalogue(give) for language, give in gives.items()}


def catalogue(give: str) -> bytes:
    return (
        f'msgid ""\nmsgstr ""\n"Content-Type: text/plain; charset=utf-8\\n"\n\n'
        f'msgid "Give"\nmsgstr "{give}"\n\n'
        '#, fuzzy\nmsgid "Topics"\nmsgstr "Sujets"\n\n'
        'msgid "Page {number}"\nmsgstr "{number}. Seite"\n\n'
        'msgid "Latest"\nmsgstr ""\n'
    ).encode()


def test_the_outlets_language_is_spoken(layer: Layer):
    words = Catalogues([layer], "de")
    assert words.translate("Give") == "Spenden"
    assert (words.said(), words.back()) == ("", "")


def test_gaps_are_filled_where_the_language_wants_them(layer: Layer):
    words = Catalogues([layer], "de")
    assert words.translate("Page {number}", number=7) == "7. Seite"
    assert words.translate("Page {number}", "en", number="{number}") == "Page {number}"


def test_doubtful_and_missing_texts_are_said_in_english(layer: Layer):
    words = Catalogues([layer], "de")
    assert (words.translate("Topics"), words.translate("Latest")) == ("Topics", "Latest")
    assert words.translate("Nobody translated this") == "Nobody translated this"


@pytest.mark.parametrize(
    ("language", "give"),
    [("de-AT", "Spenden"), ("pt-BR", "Doar"), ("fa-AF", "کمک"), ("zh-TW", "Give")],
)
def test_another_region_will_do(layer: Layer, language: str, give: str):
    assert Catalogues([layer], "en").translate("Give", language) == give


def test_another_script_will_not_do(layer: Layer):
    words = Catalogues([layer], "en")
    assert words.translate("Give", "fa-Latn") == "Give"
    assert words.translate("Give", "zh-Hans") == "Give"
    assert words.translate("Give", "zh-Hant-HK") == "捐款"


def test_what_stands_in_says_its_language_and_the_way_back(layer: Layer):
    words = Catalogues([layer], "fa")
    assert words.translate("Give", "ja") == "کمک"
    assert words.said("ja") == ' lang="fa" dir="rtl"'
    assert words.back("ja") == ' lang="ja" dir="ltr"'
    assert words.said("de") == words.back("de") == ""


def test_an_outlet_whose_language_nobody_has_translated_speaks_english(layer: Layer):
    words = Catalogues([layer], "he")
    assert words.translate("Give") == "Give"
    assert words.said() == ' lang="en" dir="ltr"'
    assert words.back() == ' lang="he" dir="rtl"'
    assert words.said("en") == ""


def test_an_outlet_may_say_things_in_other_english_words(layer: Layer):
    layer["en"] = b'msgid "Give"\nmsgstr "Chip in"\n'
    assert Catalogues([layer], "en-GB").translate("Give") == "Chip in"
    assert Catalogues([layer], "he").translate("Give") == "Chip in"


def test_a_theme_says_some_things_in_its_own_words_and_its_parent_the_others(layer: Layer):
    own = {"de": b'msgid "Give"\nmsgstr "Her damit"\n'}
    words = Catalogues([own, layer], "de")
    assert words.translate("Give") == "Her damit"
    assert words.translate("Page {number}", number=7) == "7. Seite"


def test_what_a_region_does_not_say_its_language_says(layer: Layer):
    own = {"de-AT": b'msgid "Give"\nmsgstr "Bitte geben"\n'}
    words = Catalogues([own, layer], "de-AT")
    assert words.translate("Give") == "Bitte geben"
    assert words.translate("Page {number}", number=7) == "7. Seite"
    assert words.said() == ""


def test_whoever_is_spoken_to_is_until_it_is_over(layer: Layer):
    words = Catalogues([layer], "en")
    with speaking("fa"):
        assert words.translate("Give") == "کمک"
        # What is said in a language by name stays in it.
        assert words.translate("Give", "de") == "Spenden"
        assert (words.said("de"), words.back("de")) == ("", "")
        # Around it stand the outlet's own words.
        assert words.said() == ' lang="fa" dir="rtl"'
        assert words.back() == ' lang="en" dir="ltr"'
        assert "Give" not in words.words()
        with speaking(""):
            assert (words.translate("Give"), words.said(), spoken_now()) == ("Give", "", "")
    assert (words.translate("Give"), words.said(), words.back()) == ("Give", "", "")
