"""The address of a bounce: small, case-proof, and of our making alone."""

from __future__ import annotations

from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from handpress.mail.core.verp import Ref, is_for, mark_of, read_verp, verp_local

KEY = b"k" * 32
OWNER, OTHER = UUID(int=1), UUID(int=2)
NUMBERS = st.integers(min_value=0, max_value=2**63 - 1)


@given(NUMBERS, NUMBERS, st.sampled_from(["", mark_of(KEY, OWNER)]))
def test_it_comes_back_in_any_case(list_id: int, reader_id: int, mark: str) -> None:
    local = verp_local(KEY, Ref(list_id, reader_id, mark))
    assert len(local) <= 56
    for spelt in (local, local.upper(), f"{local}@bounces.example"):
        assert read_verp(KEY, spelt) == Ref(list_id, reader_id, mark)


def test_a_number_is_held_to_whom_it_was_given() -> None:
    ref = read_verp(KEY, verp_local(KEY, Ref(7, 123, mark_of(KEY, OWNER))))
    assert ref is not None
    assert is_for(KEY, ref, OWNER)
    assert not is_for(KEY, ref, OTHER)


def test_an_address_of_before_there_were_marks_is_read_as_it_was() -> None:
    ref = read_verp(KEY, "b-7-3r-cz7ptun32xhkio4r")
    assert ref == Ref(7, 123)
    assert is_for(KEY, ref, OWNER)


@pytest.mark.parametrize("mark", ["", mark_of(KEY, OWNER)])
def test_what_is_changed_or_made_up_is_nobody(mark: str) -> None:
    local = verp_local(KEY, Ref(7, 123, mark))
    for at, letter in enumerate(local):
        changed = f"{local[:at]}{'a' if letter != 'a' else 'b'}{local[at + 1 :]}"
        assert read_verp(KEY, changed) is None
    assert read_verp(b"other", local) is None
    for odd in ("", "b-", "b-7-3r", "b-7-3r-", local + "x", "ß" + local):
        assert read_verp(KEY, odd) is None
