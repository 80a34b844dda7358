"""How answers of companies are read: exactly, or not at all."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from handpress.donations.companies import reading
from handpress.donations.companies.errors import CompanyDown, OutcomeUnknown, Refused
from handpress.lib.money import exponent_of

CURRENCIES = ["EUR", "JPY", "ISK", "KWD", "CLF"]


@given(st.integers(1, 10**15), st.sampled_from(CURRENCIES))
def test_what_is_written_is_read_back(minor: int, currency: str) -> None:
    written = reading.decimal_of(minor, currency)

    assert reading.minor_of(written, currency) == minor
    assert len(written.partition(".")[2]) == exponent_of(currency)


@pytest.mark.parametrize(
    ("minor", "currency", "decimals", "written"),
    [
        (2500, "JPY", 2, "2500.00"),
        (1000, "KWD", 2, "1.00"),
        (1005, "KWD", 2, None),
        (100, "EUR", 0, "1"),
        (101, "EUR", 0, None),
        (0, "EUR", None, None),
        (-1, "EUR", None, None),
    ],
)
def test_a_sum_is_never_rounded(
    minor: int, currency: str, decimals: int | None, written: str | None
) -> None:
    if written is None:
        with pytest.raises(Refused):
            reading.decimal_of(minor, currency, decimals)
    else:
        assert reading.decimal_of(minor, currency, decimals) == written


@pytest.mark.parametrize(
    ("value", "currency", "minor"),
    [
        ("10.00", "EUR", 1000),
        ("-0.25", "EUR", -25),
        ("86.1000", "EUR", 8610),
        ("10", "EUR", 1000),
        ("10.005", "EUR", None),
        ("10.5", "JPY", None),
        ("1e3", "EUR", None),
        ("NaN", "EUR", None),
        ("Infinity", "EUR", None),
        ("", "EUR", None),
        (" 10.00", "EUR", None),
        ("10,00", "EUR", None),
        ("\u0661\u0660", "EUR", None),
        ("9" * 25, "EUR", None),
        (10.0, "EUR", None),
        (10, "EUR", None),
        (None, "EUR", None),
    ],
)
def test_a_sum_is_exact_or_none(value: object, currency: str, minor: int | None) -> None:
    if minor is None:
        with pytest.raises((TypeError, ValueError)):
            reading.minor_of(value, currency)
    else:
        assert reading.minor_of(value, currency) == minor


def test_a_moment_has_a_zone() -> None:
    at = datetime(2018, 3, 14, 17, 9, 2, tzinfo=UTC)

    assert reading.moment("2018-03-14T17:09:02.0Z") == at
    assert reading.moment("2018-03-14T18:09:02+01:00") == at
    for wrong in ("2018-03-14T17:09:02", "yesterday", 1521047342, None, ""):
        with pytest.raises((TypeError, ValueError)):
            reading.moment(wrong)


@pytest.mark.parametrize(
    ("address", "is_safe"),
    [
        ("https://pay.example/x?y=1#z", True),
        ("http://127.0.0.1:8000/i/abc", True),
        ("http://127.0.0.1:80001/i/abc", False),
        ("http://pay.example/x", False),
        ("javascript:alert(1)", False),
        ("//pay.example/x", False),
        ("https://pay.example/a b", False),
        ("https://pay.example/\r\nset-cookie: a", False),
        ("", False),
        (None, False),
    ],
)
def test_a_donor_is_sent_to_a_safe_page_only(address: Any, is_safe: bool) -> None:
    if is_safe:
        assert reading.page(address, "http://127.0.0.1:8000") == address
    else:
        with pytest.raises((TypeError, ValueError)):
            reading.page(address, "http://127.0.0.1:8000")


@pytest.mark.parametrize("wrong", [None, [], {}, {"a": 1}, {"a": {"b": ""}}, {"a": []}, "a", 7])
def test_what_cannot_be_read_is_no_answer(wrong: Any) -> None:
    for changes, kind in ((True, OutcomeUnknown), (False, CompanyDown)):
        with pytest.raises(kind) as caught, reading.understood(changes=changes):
            reading.form(wrong["a"]["b"], re.compile("x"))
        assert caught.value.__cause__ is None
        assert caught.value.__suppress_context__


def test_a_list_is_of_objects() -> None:
    assert reading.rows([{}, {"a": 1}]) == [{}, {"a": 1}]
    for wrong in ({}, [1], [None], None, "abc"):
        with pytest.raises(TypeError):
            reading.rows(wrong)
