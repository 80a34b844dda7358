"""What goes into an edition, and what of it to whom."""

from __future__ import annotations

import json
from dataclasses import replace
from random import Random

from hypothesis import given
from hypothesis import strategies as st

from handpress.digest.core.compose import (
    Contents,
    Heading,
    Picture,
    Piece,
    View,
    arrange,
    compose,
    is_thin,
    led_by,
    recompose,
    shortened,
    subject_of,
    view_of,
)

HEADINGS = [Heading(id=n, name=f"Topic {n}", slug=f"t{n}") for n in (3, 1, 2, 5)]
PICTURE = Picture(path="images/a.jpg", width=800, height=600)


def piece(name: str, *topics: int, order: int = 0, **rest: object) -> Piece:
    fields = {"path": f"2026/11/{name}.html", "headline": f"Headline {name}", **rest}
    return Piece(uuid=name, topics=topics, order=order, **fields)  # type: ignore[arg-type]


pieces = st.lists(
    st.builds(
        piece,
        st.uuids().map(str),
        order=st.integers(0, 20),
        featured=st.booleans(),
        picture=st.sampled_from([None, PICTURE]),
    ).flatmap(
        lambda made: st.lists(st.integers(1, 6), max_size=4, unique=True).map(
            lambda topics: replace(made, topics=tuple(topics))
        )
    ),
    max_size=60,
    unique_by=lambda each: each.uuid,
)
choices = st.none() | st.frozensets(st.integers(1, 6), min_size=1)


def everything(view: View) -> list[Piece]:
    rest = [each for section in view.sections for each in section.pieces]
    return [view.lead, *rest] if view.lead else rest


@given(pieces, st.randoms())
def test_the_order_of_the_candidates_does_not_matter(some: list[Piece], random: Random) -> None:
    shuffled = random.sample(some, len(some))
    assert compose(some, headings=HEADINGS) == compose(shuffled, headings=HEADINGS)


@given(pieces, st.integers(0, 10))
def test_what_went_before_stays_out_and_all_else_is_in_once(some: list[Piece], n: int) -> None:
    sent = {each.uuid for each in some[:n]}
    made = compose([*some, *some], headings=HEADINGS, sent=sent)
    uuids = [each.uuid for each in made.pieces]
    assert sorted(uuids) == sorted({each.uuid for each in some} - sent)


@given(pieces, choices, st.integers(1, 50))
def test_a_view_holds_what_was_chosen_once_and_counts_the_rest(
    some: list[Piece], choice: frozenset[int] | None, most: int
) -> None:
    made = compose(some, headings=HEADINGS)
    view = view_of(made, choice, most=most)
    shown = everything(view)
    wanted = [e for e in made.pieces if choice is None or choice & set(e.topics)]
    assert len({each.uuid for each in shown}) == len(shown) == view.shown == min(most, len(wanted))
    assert set(shown) <= set(wanted)
    assert view.left_out == len(wanted) - len(shown)
    assert view.lead == (wanted[0] if wanted else None)
    for section in view.sections:
        if section.heading:
            assert choice is None or section.heading.id in choice
            assert all(section.heading.id in each.topics for each in section.pieces)
    headings = [section.heading for section in view.sections]
    assert len(set(headings)) == len(headings)


@given(pieces)
def test_an_edition_survives_being_stored(some: list[Piece]) -> None:
    made = compose(some, headings=HEADINGS, appeal={"heading": "Help"})
    made = arrange(made, [each.uuid for each in made.pieces[1:]])
    assert Contents.from_json(json.loads(json.dumps(made.as_json()))) == made
    assert Contents.from_json({}) == Contents()


@given(pieces, st.randoms())
def test_an_editor_s_order_is_kept_and_nothing_is_lost(some: list[Piece], random: Random) -> None:
    made = compose(some, headings=HEADINGS)
    order = random.sample([e.uuid for e in made.pieces], random.randint(0, len(made.pieces)))
    changed = arrange(made, [*order, "unknown", *order])
    assert [each.uuid for each in changed.pieces] == order
    assert set(changed.pieces) | set(changed.dropped) == set(made.pieces)
    back = arrange(changed, [each.uuid for each in made.pieces])
    assert back.pieces == made.pieces


def test_the_lead_is_featured_else_pictured_else_newest() -> None:
    plain, pictured = piece("a", order=9), piece("b", order=5, picture=PICTURE)
    featured = piece("c", order=1, featured=True)

    def lead(*some: Piece) -> str:
        return compose(some, headings=HEADINGS).pieces[0].uuid

    assert lead(plain, pictured, featured) == "c"
    assert lead(plain, pictured) == "b"
    assert lead(plain, piece("d", order=3)) == "a"


def test_sections_follow_the_topics_order_and_what_is_unfiled_comes_last() -> None:
    some = [piece("n", order=9), *(piece(f"{t}{o}", t, order=o) for t in (1, 2, 3) for o in (1, 2))]
    view = view_of(compose([piece("lead", order=99), *some], headings=HEADINGS))
    shown = [
        (section.heading and section.heading.id, [each.uuid for each in section.pieces])
        for section in view.sections
    ]
    assert shown == [(3, ["32", "31"]), (1, ["12", "11"]), (2, ["22", "21"]), (None, ["n"])]


def test_a_reader_of_one_topic_finds_a_piece_under_it_though_it_is_filed_elsewhere_first() -> None:
    made = compose([piece("a", 1, 2, order=2), piece("b", 3, 2, order=1)], headings=HEADINGS)
    view = view_of(made, {2})
    assert view.lead
    assert [section.heading and section.heading.id for section in view.sections] == [2]


def test_long_sections_lose_pieces_before_short_ones() -> None:
    some = [piece(f"{n:02}", 1, order=n) for n in range(20)] + [piece("x", 2), piece("y", 3)]
    view = view_of(compose([piece("lead", order=99), *some], headings=HEADINGS), most=6)
    sizes = {s.heading.id: len(s.pieces) for s in view.sections if s.heading}
    assert sizes == {1: 3, 2: 1, 3: 1}
    assert view.left_out == 17


def test_the_subject_is_the_lead_s_until_an_editor_writes_another() -> None:
    made = compose([piece("a", 1, order=2), piece("b", 2, order=1)], headings=HEADINGS)
    assert subject_of(made, view_of(made), made.subject) == "Headline a"
    assert subject_of(made, view_of(made, {2}), made.subject) == "Headline b"
    assert subject_of(made, view_of(made, {2}), "This morning") == "This morning"


def test_composed_anew_keeps_out_what_an_editor_took_out() -> None:
    first = arrange(compose([piece("a"), piece("b")], headings=HEADINGS), ["a"])
    again = recompose(compose([piece("a"), piece("b"), piece("c")], headings=HEADINGS), first)
    assert {each.uuid for each in again.pieces} == {"a", "c"}
    assert [each.uuid for each in again.dropped] == ["b"]


def test_nothing_is_always_too_thin() -> None:
    assert is_thin(Contents(), 0)
    assert is_thin(compose([piece("a")], headings=HEADINGS), 2)
    assert not is_thin(compose([piece("a")], headings=HEADINGS), 1)


def test_excerpts_are_cut_between_words_where_there_are_any() -> None:
    assert shortened("Water comes back, slowly.", 100) == "Water comes back, slowly."
    assert shortened("Water comes back, slowly.", 19) == "Water comes back…"
    assert shortened("물" * 50, 10) == "물" * 9 + "…"


def test_what_leads_the_front_page_leads_where_it_is_new() -> None:
    some = [piece("a", 1, order=9, featured=True), piece("b", 2, order=5), piece("c", 1, order=1)]
    made = compose(some, headings=HEADINGS, lead="b")
    assert [each.uuid for each in made.pieces] == ["b", "a", "c"]
    assert made.subject == "Headline b"
    assert compose(some, headings=HEADINGS, lead="b", sent={"b"}).pieces[0].uuid == "a"
    assert compose(some, headings=HEADINGS, lead="elsewhere").pieces[0].uuid == "a"


@given(pieces, st.randoms())
def test_another_lead_loses_nothing_and_another_order_says_who_chose_it(
    some: list[Piece], random: Random
) -> None:
    made = compose(some, headings=HEADINGS)
    lead = random.choice([each.uuid for each in made.pieces] or [""])
    led = led_by(made, lead)
    assert sorted(map(str, led.pieces)) == sorted(map(str, made.pieces))
    assert [each.uuid for each in led.pieces[:1]] == ([lead] if some else [])
    assert not led.is_led
    order = [each.uuid for each in led.pieces]
    assert arrange(made, order).is_led == (made.pieces != led.pieces)
    assert not arrange(led, order).is_led


def test_the_piece_that_led_goes_to_the_head_of_its_topic() -> None:
    some = [piece(f"{t}{o}", t, order=10 * o) for t in (1, 2, 3) for o in (1, 2)]
    made = compose([piece("lead", 1, order=99), *some], headings=HEADINGS)
    assert [each.uuid for each in led_by(made, "22").pieces] == [
        *("22", "32", "31", "lead", "12", "11", "21")
    ]


def test_composed_anew_keeps_the_lead_that_an_editor_chose() -> None:
    some = [piece("a", order=1), piece("b", order=2), piece("c", order=3)]
    first = arrange(compose(some[:2], headings=HEADINGS), ["a", "b"])
    again = recompose(compose(some, headings=HEADINGS, lead="c"), first)
    assert [each.uuid for each in again.pieces] == ["a", "c", "b"]
    assert (again.is_led, again.subject) == (True, "Headline a")
    without = recompose(compose(some[1:], headings=HEADINGS), first)
    assert (without.is_led, without.subject) == (False, "Headline c")
