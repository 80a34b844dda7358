"""4.15, as far as a reference itself goes: read as people write it, and no wrong one taken."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from stdnum import iso11649

from handpress.donations.core.references import (
    ALPHABET,
    ReferenceError,
    grouped,
    new_reference,
    parse_reference,
    rf_of,
)

references = st.randoms(use_true_random=False).map(lambda random: new_reference(random.randrange))


@given(references)
def test_a_reference_is_read_back_however_it_is_written(reference: str) -> None:
    assert len(reference) == 10
    for written in (
        reference,
        reference.lower(),
        grouped(reference),
        " ".join(reference),
        f"  {reference[:5]}\n{reference[5:]} ",
        rf_of(reference),
        " ".join(rf_of(reference)[at : at + 4] for at in range(0, 14, 4)),
    ):
        assert parse_reference(written) == reference
    assert iso11649.is_valid(rf_of(reference))


@settings(max_examples=60)
@given(references)
def test_every_wrong_sign_and_every_exchange_is_found(reference: str) -> None:
    body = range(2, 10)
    wrong = [
        reference[:at] + sign + reference[at + 1 :]
        for at in body
        for sign in ALPHABET
        if sign != reference[at]
    ]
    wrong += [
        reference[:at] + reference[at + 1] + reference[at] + reference[at + 2 :]
        for at in range(2, 9)
        if reference[at] != reference[at + 1]
    ]
    for one in wrong:
        with pytest.raises(ReferenceError):
            parse_reference(one)


@given(references)
def test_no_sign_looks_like_another(reference: str) -> None:
    assert not set(reference[2:]) & set("0O1ILU")


@pytest.mark.parametrize(
    "typed", ["", "HP", "HP123", "XX23456789", "RF00HP2345678A", "HP2345678٣", "HP23456789012"]
)
def test_what_is_no_reference_is_told(typed: str) -> None:
    with pytest.raises(ReferenceError):
        parse_reference(typed)
