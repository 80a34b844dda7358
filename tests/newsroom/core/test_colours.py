"""Contrast as WCAG 2.2 counts it, and what is said of colours that nobody could read."""

from __future__ import annotations

import pytest

from handpress.newsroom.core.colours import (
    FIELDS,
    RULES,
    WHITE,
    colour_faults,
    contrast,
    is_colour,
    nearest_colour,
    palette,
    read_colour,
    readable_on,
    theme_colours,
)
from handpress.press.theme import Theme
from handpress.press.theme_files import SHIPPED
from newsroom.core.colour_samples import KNOWN, choices


@pytest.mark.parametrize(("pair", "ratio"), KNOWN.items())
def test_contrast_is_that_of_the_standard(pair: tuple[str, str], ratio: float) -> None:
    assert contrast(*pair) == pytest.approx(ratio, abs=0.001)
    assert contrast(*reversed(pair)) == contrast(*pair)


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("#8C1C13", "#8c1c13"),
        ("8c1c13", "#8c1c13"),
        (" #abc ", "#aabbcc"),
        ("", ""),
        ("red", "red"),
        ("#12345", "#12345"),
    ],
)
def test_colours_are_read_as_people_write_them(written: str, read: str) -> None:
    assert read_colour(written) == read


def test_the_theme_s_own_colours_pass() -> None:
    assert colour_faults() == {}
    found = palette()
    assert colour_faults(**{name: found[name] for name in FIELDS}) == {}


def test_what_is_no_colour_is_said_first() -> None:
    faults = colour_faults(accent="red", paper="#777777")
    assert list(faults) == ["accent"]
    assert "“red” is not a colour" in faults["accent"]


@pytest.mark.parametrize(
    ("chosen", "field", "words"),
    [
        ({"accent": "#ff8800"}, "accent", "Links could not be read on the paper"),
        ({"accent_dark": "#552222"}, "accent_dark", "on the dark paper"),
        ({"paper": "#888888"}, "paper", "Long texts would be hard to read"),
        ({"paper_dark": "#555555"}, "paper_dark", "Long texts would be hard to read"),
        ({"accent": "#767676", "paper": "#eef6ff"}, "accent", "Links could not be read"),
    ],
)
def test_what_cannot_be_read_is_refused_with_what_would_do(
    chosen: dict[str, str], field: str, words: str
) -> None:
    faults = colour_faults(**chosen)
    assert list(faults) == [field]
    assert words in faults[field]
    better = nearest_colour(field, **{**dict.fromkeys(FIELDS, ""), **chosen})
    assert better in faults[field]
    assert colour_faults(**{**chosen, field: better}) == {}


def test_a_ratio_is_cut_and_never_rounded_up_to_what_is_asked() -> None:
    faults = [colour_faults(**chosen) for chosen in choices()]
    for words in (words for found in faults for words in found.values() if "contrast" in words):
        shown, least = words.partition("contrast is ")[2].split(" and must be at least ")
        assert float(shown) < float(least.split(". ")[0].rstrip("."))


def test_what_passes_can_be_read_wherever_it_stands() -> None:
    passed = [chosen for chosen in choices() if not colour_faults(**chosen)]
    assert len(passed) > 20
    for chosen in passed:
        found = palette(**chosen)
        for rule in RULES:
            ground = found[rule.field.replace("paper", "wash")]
            assert contrast(ground, found[rule.against]) >= rule.least, (chosen, rule)
        assert contrast(found["button"], WHITE) >= 4.5
        assert all(is_colour(colour) for _, colour in theme_colours(**chosen))


def test_what_is_nearest_is_the_colour_itself_where_it_can_be_read() -> None:
    assert readable_on("#8c1c13", "#ffffff", towards="#000000") == "#8c1c13"


def test_an_accent_is_enough() -> None:
    names = dict(theme_colours(accent="#0057b8"))
    assert set(names) == {"accent", "button", "accent_dark", "button_dark"}
    assert theme_colours() == ()


def test_another_theme_is_judged_by_its_own_colours() -> None:
    loud = {"ink": "#000000", "wash": "#777777", "paper": "#ffffff", "soft": "#555555"}
    assert colour_faults(accent="#8c1c13") == {}
    assert "could not be read" in colour_faults(loud, accent="#8c1c13")["accent"]
    assert palette(loud)["wash"] == "#777777"
    assert palette(loud)["ink_dark"] == palette()["ink_dark"]
    # Lines and boxes on a paper of one's own are mixed with the ink of the theme.
    lines = [dict(theme_colours(theme, paper="#ffffff"))["line"] for theme in (palette(), loud)]
    assert lines[0] != lines[1] == "#d1d1d1"


@pytest.mark.parametrize("name", ["broadsheet", "tabloid"])
def test_what_is_judged_is_what_the_theme_prints_with(name: str) -> None:
    tokens = Theme.in_folder(SHIPPED / name, "en").tokens
    printed = palette(tokens)
    assert {each: tokens[each] for each in printed} == printed
    if name == "broadsheet":
        assert printed == palette()
