"""The address of a bounce: small, case-proof, and of our making alone."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from handpress.mail.core.verp import Ref, read_verp, verp_local

KEY = b"k" * 32
NUMBERS = st.integers(min_value=0, max_value=2**63 - 1)


@given(NUMBERS, NUMBERS)
def test_it_comes_back_in_any_case(list_id: int, reader_id: int) -> None:
    local = verp_local(KEY, Ref(list_id, reader_id))
    assert len(local) <= 47
    for spelt in (local, local.upper(), f"{local}@bounces.example"):
        assert read_verp(KEY, spelt) == Ref(list_id, reader_id)


def test_what_is_changed_or_made_up_is_nobody() -> None:
    local = verp_local(KEY, Ref(7, 123))
    for at, letter in enumerate(local):
        changed = f"{local[:at]}{'a' if letter != 'a' else 'b'}{local[at + 1 :]}"
        assert read_verp(KEY, changed) is None
    assert read_verp(b"other", local) is None
    for odd in ("", "b-", "b-7-3r", "b-7-3r-", local + "x", "ß" + local):
        assert read_verp(KEY, odd) is None
