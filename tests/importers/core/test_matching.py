"""Articles that come again: the same, edited, retitled, or new under an old headline."""

from hypothesis import given, settings
from hypothesis import strategies as st

from factories.saved_pages import SamplePage, make_excerpt
from handpress.importers.core.incoming import IncomingArticle
from handpress.importers.core.matching import KnownArticle, MatchKind, match_articles
from handpress.importers.formats.saved_page import read_saved_page

ONE, TWO, THREE = (make_excerpt(n) for n in (1, 2, 3))


def read(*pairs: tuple[str, str]) -> tuple[IncomingArticle, ...]:
    page = SamplePage(lead_in=(), topic="North Coast", articles=pairs, foot=())
    return read_saved_page(page.data(), name="page.txt").articles


def remember(*pairs: tuple[str, str]) -> list[KnownArticle]:
    return [
        KnownArticle(
            id=number,
            remote_id=match.remote_id,
            headline_key=match.article.headline_key,
            excerpt_key=match.article.excerpt_key,
            excerpt=match.article.excerpt,
        )
        for number, match in enumerate(match_articles(read(*pairs), []), 1)
    ]


def outcome(incoming: tuple[IncomingArticle, ...], known: list[KnownArticle]) -> list[object]:
    return [(match.kind.value, match.known_id) for match in match_articles(incoming, known)]


def test_what_is_not_known_is_new():
    assert outcome(read(("Boats", ONE), ("Wells", TWO)), []) == [("new", None), ("new", None)]


def test_equal_words_are_the_same_article():
    known = remember(("Boats", ONE), ("Wells", TWO))
    assert outcome(read(("Wells", TWO), ("BOATS", ONE.upper())), known) == [
        ("same", 2),
        ("same", 1),
    ]


def test_a_known_headline_over_an_edited_excerpt():
    known = remember(("Boats", ONE))
    edited = ONE.replace("last week", "this week") + " So it was decided."
    assert outcome(read(("Boats", edited)), known) == [("edited", 1)]


def test_a_known_excerpt_under_a_new_headline():
    known = remember(("Boats", ONE))
    matches = match_articles(read(("Ships", ONE)), known)
    assert [(match.kind, match.known_id) for match in matches] == [(MatchKind.RETITLED, 1)]
    assert matches[0].remote_id == known[0].remote_id


def test_this_weeks_column_does_not_overwrite_last_weeks():
    texts = ["The boats came home early.", "No rain fell, and the well sank."]
    known = remember(("This Week", texts[0]))
    matches = match_articles(read(("This Week", texts[1])), known)
    assert [(match.kind, match.known_id) for match in matches] == [(MatchKind.NEW, None)]
    assert matches[0].remote_id != known[0].remote_id


def test_columns_on_one_page_are_told_apart():
    known = remember(("This Week", TWO), ("This Week", ONE))
    later = read(("This Week", THREE), ("This Week", TWO))
    assert outcome(later, known) == [("new", None), ("same", 1)]
    ids = {match.remote_id for match in match_articles(later, known)}
    assert len(ids | {one.remote_id for one in known}) == 3


def test_an_article_listed_twice_stays_two():
    page = (("Boats", ONE), ("Wells", TWO), ("Boats", ONE))
    known = remember(*page)
    assert len({one.remote_id for one in known}) == 3
    assert outcome(read(*page), known) == [("same", 1), ("same", 2), ("same", 3)]
    assert outcome(read(*page[1:]), known) == [("same", 2), ("same", 3)]


WORDS = st.sampled_from(["Boats", "Wells", "This Week"])
PAIRS = st.lists(st.tuples(WORDS, st.sampled_from([ONE, TWO, THREE])), min_size=1, max_size=6)


@given(PAIRS, PAIRS)
@settings(deadline=None)
def test_nothing_is_given_away_twice(former, later):
    known = remember(*former)
    matches = match_articles(read(*later), known)
    given_away = [match.known_id for match in matches if match.known_id is not None]
    assert len(set(given_away)) == len(given_away)
    assert len({match.remote_id for match in matches}) == len(matches)
    taken = {one.remote_id for one in known}
    assert not any(match.remote_id in taken for match in matches if match.kind == MatchKind.NEW)


@given(PAIRS)
@settings(deadline=None)
def test_the_same_page_again_is_the_same(pairs):
    known = remember(*pairs)
    assert outcome(read(*pairs), known) == [("same", n) for n in range(1, len(pairs) + 1)]
