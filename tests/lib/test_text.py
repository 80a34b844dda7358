"""Slugs, white space, and comparable text."""

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from handpress.lib.text import fold, slugify

SLUG = re.compile(r"[a-z0-9]+(?:-[a-z0-9]+)*")


@pytest.mark.parametrize(
    ("text", "slug"),
    [
        ("Harbour Reopens After Storm", "harbour-reopens-after-storm"),
        ("It’s Time: The Town's Choice", "its-time-the-towns-choice"),
        ("The U.S. And The E.U.–U.K. Line", "the-us-and-the-eu-uk-line"),
        ("A 1.3 Million Demand For $5bn", "a-1-3-million-demand-for-5bn"),
        ("Übergröße in Łódź", "ubergrosse-in-lodz"),
        ("U\u0308ber", "uber"),
        ("Новости порта", "novosti-porta"),
        ("항구 소식", "hanggu-sosig"),
        ("الميناء", "lmyn"),
        ("港口 新闻", "gangkou-xinwen"),
        ("Co\u00adoperation\u00a0Now", "cooperation-now"),
        ("— ? —", "untitled"),
        ("", "untitled"),
        ("Con", "con-1"),
        ("COM1", "com1-1"),
        ("Index", "index-1"),
        ("Indexes", "indexes"),
    ],
)
def test_every_script_gives_a_plain_slug(text, slug):
    assert slugify(text) == slug


def test_a_slug_ends_where_a_word_ends():
    assert slugify("one two three four", max_length=13) == "one-two-three"
    assert slugify("one two three four", max_length=12) == "one-two"
    assert slugify("one two three four", max_length=18) == "one-two-three-four"


def test_a_word_longer_than_the_slug_is_cut():
    assert slugify("Donaudampfschifffahrt", max_length=10) == "donaudampf"


def test_a_slug_without_room_is_a_mistake():
    with pytest.raises(ValueError, match="max_length is 3"):
        slugify("word", max_length=3)


@given(st.text(), st.integers(10, 120))
@settings(deadline=None)
def test_a_slug_is_always_fit_for_an_address(text, max_length):
    slug = slugify(text, max_length=max_length)
    assert SLUG.fullmatch(slug)
    assert len(slug) <= max_length
    assert slugify(slug, max_length=max_length) == slug


def test_folded_texts_compare_equal():
    assert fold("Caf\u00e9\u00a0 STRASSE \n") == fold("cafe\u0301 stra\u00dfe")
    assert fold("Peace") != fold("Peace!")


@given(st.text())
@settings(deadline=None)
def test_folding_twice_folds_once(text):
    assert fold(fold(text)) == fold(text)
