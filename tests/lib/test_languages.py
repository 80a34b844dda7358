"""Language tags: what they say about script and direction."""

from __future__ import annotations

import pytest

from handpress.lib.languages import RIGHT_TO_LEFT, direction_of, script_of, tidy_tag


@pytest.mark.parametrize(
    ("tag", "direction"),
    [
        *(("ar", "rtl"), ("fa-IR", "rtl"), ("he", "rtl"), ("ckb", "rtl"), ("pa-PK", "rtl")),
        *(("ar-Latn", "ltr"), ("az-Arab", "rtl"), ("uz-AF", "rtl"), ("ku", "ltr"), ("yi", "rtl")),
        *(("en", "ltr"), ("ko", "ltr"), ("zh-Hant", "ltr"), ("tlh", "ltr"), ("", "ltr")),
    ],
)
def test_direction(tag: str, direction: str):
    assert direction_of(tag) == direction


@pytest.mark.parametrize(
    ("tag", "script"),
    [
        ("zh", "Hans"),
        ("zh-TW", "Hant"),
        ("zh-Hant-HK", "Hant"),
        ("sr", "Cyrl"),
        ("sr-Latn", "Latn"),
    ],
)
def test_script(tag: str, script: str):
    assert script_of(tag) == script


@pytest.mark.parametrize(
    ("text", "tag"),
    [("PT-br", "pt-BR"), (" zh-hant ", "zh-Hant"), ("Arabic", ""), ("ar_EG", ""), ("", "")],
)
def test_what_is_no_tag_is_none(text: str, tag: str):
    assert tidy_tag(text) == tag


def test_the_languages_that_a_form_is_told_of_read_from_right_to_left():
    assert {direction_of(tag) for tag in RIGHT_TO_LEFT} == {"rtl"}
