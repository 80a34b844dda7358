"""Amounts as people type them, and as they read them."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest
from babel.localedata import locale_identifiers
from babel.numbers import get_currency_precision, get_currency_symbol
from hypothesis import given
from hypothesis import strategies as st

import handpress
from handpress.lib.money import (
    LARGEST_MINOR,
    AmountError,
    AmountUnclear,
    Money,
    currencies,
    currency_name,
    exponent_of,
    format_money,
    format_number,
    parse_amount,
    plain_amount,
)

SOURCE = Path(handpress.__file__).parent
SOME = ["EUR", "USD", "KRW", "KWD", "CLF", "INR", "GBP", "JPY", "HUF", "CAD"]


@pytest.mark.parametrize(
    ("text", "currency", "minor"),
    [
        ("1.234,50", "EUR", 123450),
        ("1,234.50", "EUR", 123450),
        ("1234,5", "EUR", 123450),
        ("1 234,50", "EUR", 123450),
        ("1\u00a0234,50", "EUR", 123450),
        ("1\u202f234,50", "EUR", 123450),
        ("1'234.50", "CHF", 123450),
        ("1’234.50", "CHF", 123450),
        ("12,34,567.80", "INR", 123456780),
        ("84.000", "EUR", 8400000),
        ("84,000", "EUR", 8400000),
        ("1.234.567", "EUR", 123456700),
        ("1,23", "EUR", 123),
        (".5", "EUR", 50),
        ("5.", "EUR", 500),
        ("5,-", "EUR", 500),
        ("5.–", "CHF", 500),
        ("0", "EUR", 0),
        ("007", "EUR", 700),
        ("€ 1.234,50", "EUR", 123450),
        ("1.234,50 €", "EUR", 123450),
        ("eur 5", "EUR", 500),
        ("$5", "USD", 500),
        ("$5", "CAD", 500),
        ("₩1,234", "KRW", 1234),
        ("1,234.00", "KRW", 1234),
        ("1,000", "KRW", 1000),
        ("1.00", "KRW", 1),
        ("١٬٢٣٤٫٥٠", "EUR", 123450),
        ("٫٥", "EUR", 50),
        ("１，２３４", "EUR", 123400),
        ("\u200e1.234,50\u200f", "EUR", 123450),
        ("1234.567", "KWD", 1234567),
        ("1.2340", "KWD", 1234),
        ("0.567", "KWD", 567),
        ("1,234.567", "KWD", 1234567),
        ("1.000000", "EUR", 100),
    ],
)
def test_what_people_type(text: str, currency: str, minor: int):
    assert parse_amount(text, currency) == minor


@pytest.mark.parametrize(
    ("text", "currency", "words"),
    [
        ("", "EUR", "write an amount"),
        (" \u200b", "EUR", "write an amount"),
        ("-5", "EUR", "below zero"),
        ("\u22125", "EUR", "below zero"),
        ("(5)", "EUR", "below zero"),
        ("NaN", "EUR", "no amount"),
        ("1e9", "EUR", "no amount"),
        ("1만", "KRW", "no amount"),
        ("½", "EUR", "no amount"),
        ("five", "EUR", "no amount"),
        (".", "EUR", "no amount"),
        ("1.005", "EUR", ""),
        ("0.123", "EUR", "two decimals"),
        ("1234.567", "EUR", "two decimals"),
        ("1.5", "KRW", "no decimals"),
        ("1.23456", "KWD", "three decimals"),
        ("12.345.67", "EUR", "points and commas"),
        ("1,,2", "EUR", "points and commas"),
        ("1 234 5", "EUR", "points and commas"),
        ("1,234.567,8", "EUR", "points and commas"),
        ("$5", "EUR", "in EUR"),
        ("5 USD", "EUR", "in EUR"),
        ("€5", "USD", "in USD"),
        ("9" * 20, "EUR", "number of zeros"),
        ("9" * 61, "EUR", "too long"),
    ],
)
def test_what_is_no_amount_is_refused_with_a_reason(text: str, currency: str, words: str):
    if not words:
        # One thousand and five: nobody has a tenth of a cent.
        assert parse_amount(text, currency) == 100500
        return
    with pytest.raises(AmountError, match=words):
        parse_amount(text, currency)


def test_what_can_be_read_in_two_ways_is_asked_about_and_each_answer_is_understood():
    with pytest.raises(AmountUnclear) as asked:
        parse_amount("1.234", "KWD")
    assert asked.value.readings == (1234000, 1234)
    for reading in asked.value.readings:
        written = plain_amount(reading, "KWD")
        assert written in str(asked.value)
        assert parse_amount(written, "KWD") == reading


MINOR = st.integers(min_value=0, max_value=LARGEST_MINOR)


def readings_of(text: str, currency: str) -> tuple[int, ...]:
    try:
        return (parse_amount(text, currency),)
    except AmountUnclear as asked:
        return asked.readings


@given(MINOR, st.sampled_from(SOME))
def test_what_a_form_shows_is_read_back_as_it_was(minor: int, currency: str):
    assert parse_amount(plain_amount(minor, currency), currency) == minor


@given(MINOR, st.sampled_from(SOME), st.sampled_from(["en", "de", "fr", "ko", "ar", "de_CH", "hi"]))
def test_what_is_shown_in_any_language_is_read_back_or_asked_about(
    minor: int, currency: str, language: str
):
    # What others call a currency abroad ("UK£") may be refused; what it comes to never is.
    name = get_currency_symbol(currency, locale=language)
    figures = format_money(minor, currency, language).replace(name, "")
    assert minor in readings_of(figures, currency)


@given(st.text(max_size=80), st.sampled_from(SOME))
def test_anything_typed_is_an_amount_or_an_error_in_words(text: str, currency: str):
    try:
        readings = readings_of(text, currency)
    except AmountError:
        return
    assert all(0 <= minor <= LARGEST_MINOR for minor in readings)


@given(st.text(alphabet="0123456789.,' ", max_size=14), st.sampled_from(["EUR", "KRW", "KWD"]))
def test_figures_are_never_lost_or_invented(text: str, currency: str):
    try:
        minor = parse_amount(text, currency)
    except AmountError:
        return
    typed = "".join(filter(str.isdigit, text)).strip("0")
    assert str(minor).strip("0") == typed


def test_money_of_two_currencies_does_not_add_up():
    assert Money(150, "EUR") + Money(50, "EUR") == Money(200, "EUR")
    assert Money(150, "EUR") - Money(200, "EUR") == Money(-50, "EUR")
    with pytest.raises(ValueError, match="do not add up"):
        Money(1, "EUR") + Money(1, "USD")


def test_how_amounts_are_shown():
    assert format_money(8400000, "EUR", hides_zeros=True) == "€84,000"
    assert format_money(8400050, "EUR", hides_zeros=True) == "€84,000.50"
    assert format_money(123450, "EUR", "de") == "1.234,50\u00a0€"
    assert format_money(150000, "KRW", "ko") == "₩150,000"
    assert format_money(-5, "USD") == "-$0.05"
    # More than a float holds.
    assert format_money(LARGEST_MINOR, "EUR") == "€92,233,720,368,547,758.07"
    # As banks count it, though CLDR shows no fillér.
    assert format_money(5, "ISK").endswith("5")
    assert format_number(100_000) == "100,000"


@pytest.mark.parametrize("language", ["", "xx", "qaa-Latn", "zh-Hant-TW", "en_GB", "no such", "ar"])
def test_any_language_tag_will_do(language: str):
    assert "1" in format_money(100, "EUR", language)
    assert "Euro" in currency_name("EUR", "xx")


def test_currencies_are_those_of_today():
    codes = currencies()
    assert {"EUR", "USD", "KRW", "KWD"} <= set(codes)
    assert not {"DEM", "FRF", "ITL"} & set(codes)
    assert all(len(code) == 3 and code.isupper() for code in codes)


def test_decimals_are_those_of_iso_4217_also_where_cldr_shows_fewer():
    fewer = {
        code: (exponent_of(code), get_currency_precision(code))
        for code in currencies()
        if exponent_of(code) != get_currency_precision(code)
    }
    assert all(ours > theirs for ours, theirs in fewer.values()), fewer
    assert "EUR" not in fewer


def test_every_language_of_cldr_can_show_money():
    for name in locale_identifiers():
        assert format_money(123, "EUR", name)


def test_no_float_touches_money():
    tree = ast.parse((SOURCE / "lib" / "money.py").read_text(encoding="utf-8"))
    names = {node.id for node in ast.walk(tree) if isinstance(node, ast.Name)}
    numbers = [node.value for node in ast.walk(tree) if isinstance(node, ast.Constant)]
    assert "float" not in names
    assert not any(isinstance(number, float) for number in numbers)
    assert not any(isinstance(node, ast.Div) for node in ast.walk(tree))
