"""Sort keys of a page: order kept, dates kept, known keys kept, and no two alike."""

from itertools import combinations, pairwise

from hypothesis import example, given, settings
from hypothesis import strategies as st

from handpress.importers.core.order import DAY_US, SECOND_US, PlaceHint, order_keys

NOW = 1_900_000_000 * SECOND_US
DAY = 18_000 * DAY_US


def undated(count: int) -> list[PlaceHint]:
    return [PlaceHint() for _ in range(count)]


def known(keys: list[int]) -> list[PlaceHint]:
    return [PlaceHint(known_us=key) for key in keys]


def test_a_page_without_dates_begins_below_now():
    assert order_keys(undated(3), now_us=NOW) == [NOW - n * SECOND_US for n in (1, 2, 3)]


def test_an_empty_page_has_no_keys():
    assert order_keys([], now_us=NOW) == []


def test_what_stands_below_a_date_goes_just_below_it():
    keys = order_keys([PlaceHint(stated_us=DAY), *undated(2)], now_us=NOW)
    assert keys == [DAY, DAY - SECOND_US, DAY - 2 * SECOND_US]


def test_steps_shrink_where_room_is_short():
    page = [PlaceHint(known_us=1_000), *undated(4), PlaceHint(known_us=500)]
    assert order_keys(page, now_us=NOW) == [1_000, 900, 800, 700, 600, 500]


def test_a_later_copy_keeps_every_known_key():
    first = order_keys(undated(15), now_us=NOW)
    later = order_keys([*undated(4), *known(first[:11])], now_us=NOW + DAY_US)
    assert later[4:] == first[:11]
    assert later[:4] == [NOW + DAY_US - n * SECOND_US for n in (1, 2, 3, 4)]


def test_a_copy_imported_at_once_finds_room_above():
    first = order_keys(undated(2), now_us=NOW)
    later = order_keys([*undated(9), *known(first)], now_us=first[0])
    assert later[9:] == first
    assert later == sorted(set(later), reverse=True)


def test_an_article_found_in_between_goes_in_between():
    first = order_keys(undated(2), now_us=NOW)
    later = order_keys([*known(first[:1]), *undated(1), *known(first[1:])], now_us=NOW)
    assert (later[0], later[2]) == (first[0], first[1])
    assert later[0] > later[1] > later[2]


def test_articles_of_one_date_keep_the_order_of_the_page():
    page = [PlaceHint(stated_us=DAY), *undated(1), PlaceHint(stated_us=DAY)]
    assert order_keys(page, now_us=NOW) == [DAY + 2, DAY + 1, DAY]


def test_a_date_that_contradicts_the_page_is_kept_and_moves_nothing_else():
    page = [*known([900, 800]), PlaceHint(stated_us=5 * DAY_US), *known([700])]
    assert order_keys(page, now_us=NOW) == [900, 800, 5 * DAY_US, 700]


def test_a_known_key_stays_whatever_dates_contradict_it():
    page = [PlaceHint(known_us=900), PlaceHint(stated_us=DAY), PlaceHint(stated_us=DAY - DAY_US)]
    assert order_keys(page, now_us=NOW) == [900, DAY, DAY - DAY_US]


def test_a_known_key_that_contradicts_the_page_is_chosen_afresh():
    keys = order_keys(known([400, 300, 9_000, 200, 100]), now_us=NOW)
    assert [keys[0], keys[1], keys[3], keys[4]] == [400, 300, 200, 100]
    assert 300 > keys[2] > 200


def test_a_dated_article_keeps_its_known_key_within_the_day():
    page = [PlaceHint(stated_us=DAY, known_us=DAY + 77), PlaceHint(stated_us=DAY, known_us=5)]
    assert order_keys(page, now_us=NOW) == [DAY + 77, DAY]


HINTS = st.lists(
    st.builds(
        PlaceHint,
        stated_us=st.none() | st.integers(0, 4).map(lambda day: day * DAY_US),
        known_us=st.none() | st.integers(0, 30) | st.integers(0, 5 * DAY_US),
    ),
    max_size=14,
)
MOMENTS = st.integers(0, 40) | st.integers(0, 6 * DAY_US)


@given(HINTS, MOMENTS)
@example([PlaceHint(stated_us=0, known_us=None), PlaceHint(stated_us=0, known_us=DAY_US - 1)], 0)
@example([PlaceHint(known_us=DAY_US - 1), PlaceHint(stated_us=0, known_us=DAY_US - 1)], 0)
@settings(deadline=None)
def test_keys_differ_descend_and_keep_dates(page, now_us):
    keys = order_keys(page, now_us=now_us)
    assert len(set(keys)) == len(keys) == len(page)
    free = [key for key, hint in zip(keys, page, strict=True) if hint.stated_us is None]
    assert free == sorted(free, reverse=True)
    for key, hint in zip(keys, page, strict=True):
        assert hint.stated_us is None or hint.stated_us <= key < hint.stated_us + DAY_US


@given(HINTS, MOMENTS, MOMENTS)
@settings(deadline=None)
def test_keys_given_back_stay_as_they_are(page, now_us, later_us):
    keys = order_keys(page, now_us=now_us)
    again = [
        PlaceHint(stated_us=hint.stated_us, known_us=key)
        for hint, key in zip(page, keys, strict=True)
    ]
    assert order_keys(again, now_us=later_us) == keys


@given(st.integers(0, 30), st.integers(0, 12), MOMENTS, MOMENTS)
@settings(deadline=None)
def test_a_grown_page_moves_nothing(older, newer, now_us, later_us):
    first = order_keys(undated(older), now_us=now_us)
    later = order_keys([*undated(newer), *known(first)], now_us=later_us)
    assert later[newer:] == first
    assert later == sorted(set(later), reverse=True)


@given(st.lists(st.none() | st.integers(0, 25), max_size=9), MOMENTS)
@settings(deadline=None)
def test_as_many_known_keys_stay_as_can(values, now_us):
    keys = order_keys([PlaceHint(known_us=value) for value in values], now_us=now_us)
    kept = sum(key == value for key, value in zip(keys, values, strict=True))
    assert kept >= most_that_agree(values)


def most_that_agree(values: list[int | None]) -> int:
    """Try all: known keys agree when each leaves room for what stands between it and the next."""
    placed = [(i, value) for i, value in enumerate(values) if value is not None]
    for count in range(len(placed), 0, -1):
        for some in combinations(placed, count):
            pairs = pairwise(some)
            if all(newer[1] - older[1] >= older[0] - newer[0] for newer, older in pairs):
                return count
    return 0


def test_ten_thousand_contradicting_keys_are_settled():
    page = [PlaceHint(known_us=(n * 7_919) % 10_007) for n in range(10_000)]
    keys = order_keys(page, now_us=NOW)
    assert keys == sorted(set(keys), reverse=True)
