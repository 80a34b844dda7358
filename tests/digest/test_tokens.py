"""The token in a reader's links."""

from __future__ import annotations

from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from handpress.digest.core.tokens import read_token, token_of


@given(st.uuids())
def test_it_comes_back(reader: UUID) -> None:
    assert len(token_of(reader)) == 22
    assert read_token(token_of(reader)) == reader


@pytest.mark.parametrize(
    "odd", ["", "a", "a" * 21, "a" * 23, "é" * 22, "_" * 21 + "!", "A" * 21 + "B"]
)
def test_what_is_none_is_nobody(odd: str) -> None:
    assert read_token(odd) is None
