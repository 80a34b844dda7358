"""Putting rows in order, whatever their positions were."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from handpress.newsroom.core.ordering import move


@given(
    st.lists(st.integers(0, 40), min_size=1, max_size=12), st.integers(0, 11), st.integers(-3, 20)
)
def test_a_row_comes_to_stand_where_it_was_put(positions: list[int], which: int, to: int):
    rows = list(enumerate(sorted(positions)))
    row = which % len(rows)
    changes = move(rows, row, to)
    order = [pk for pk, _ in rows if pk != row]
    order.insert(max(0, min(to, len(order))), row)
    after = {**dict(rows), **changes}
    # Rows of one position stand in the order that they had: by name, which nobody changed.
    assert sorted(order, key=lambda pk: (after[pk], order.index(pk))) == order
    strict = [after[pk] for pk in order]
    if len(changes) > 1:
        assert len(set(strict)) == len(strict)
    assert all(position >= 0 for position in strict)


def test_with_room_between_only_the_moved_row_changes():
    assert move([(1, 10), (2, 20), (3, 30)], 3, 1) == {3: 15}
    assert move([(1, 10), (2, 20), (3, 30)], 1, 2) == {1: 1030}
    assert move([(1, 10), (2, 20), (3, 30)], 3, 0) == {3: 4}
    assert move([(1, 10), (2, 20)], 1, 0) == {}


def test_without_room_all_are_counted_anew():
    assert move([(1, 0), (2, 0), (3, 0)], 3, 0) == {3: 1000, 1: 2000, 2: 3000}
