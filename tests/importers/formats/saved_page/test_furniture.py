"""Pages of one archive that are read together tell each other what their boilerplate is."""

from dataclasses import replace

import pytest

from factories.saved_pages import FOOT, SamplePage, make_excerpt, make_page
from handpress.importers.core.incoming import RefusedFile, SavedPage
from handpress.importers.formats.saved_page import (
    learn_furniture,
    read_saved_page,
    read_saved_pages,
)

TOPICS = ("North Coast", "South Coast", "The Isles", "Upriver")
UNKNOWN_FOOT = ("Segel und Wind", make_excerpt(901), "Die Abendpost", make_excerpt(902))
"""It reads like two more articles."""


def make_archive(*, foot: tuple[str, ...] = FOOT, topics: int = 3) -> list[SamplePage]:
    return [
        make_page(topic=topic, first=number * 100, foot=foot)
        for number, topic in enumerate(TOPICS[:topics])
    ]


def read(*samples: SamplePage | str) -> list[SavedPage | RefusedFile]:
    return read_saved_pages(
        [
            (f"{n}.txt", sample.encode() if isinstance(sample, str) else sample.data())
            for n, sample in enumerate(samples)
        ]
    )


def read_all(*samples: SamplePage) -> list[SavedPage]:
    results = read(*samples)
    for sample, page in zip(samples, results, strict=True):
        assert isinstance(page, SavedPage), page
        assert page.text() == sample.text()
        assert [(one.headline, one.excerpt) for one in page.articles] == list(sample.articles)
    return [page for page in results if isinstance(page, SavedPage)]


def test_no_files_give_no_pages():
    assert read_saved_pages([]) == []


def test_pages_read_together_are_as_they_are_alone():
    archive = make_archive()
    alone = [read_saved_page(one.data(), name=f"{n}.txt") for n, one in enumerate(archive)]
    assert read_all(*archive) == alone


def test_a_foot_of_unknown_words_is_known_by_comparison():
    for page in read_all(*make_archive(foot=UNKNOWN_FOOT)):
        assert page.foot == UNKNOWN_FOOT
        assert page.pitch is not None
        assert page.pitch.blocks() == UNKNOWN_FOOT[2:]
        assert page.unplaced == UNKNOWN_FOOT[:2]


def test_a_foot_that_cannot_be_articles_needs_only_two_pages():
    foot = ("Segel und Wind", "Ohne Segel kein Blatt!", make_excerpt(901), *UNKNOWN_FOOT[2:])
    for page in read_all(*make_archive(foot=foot, topics=2)):
        assert page.foot == foot


@pytest.mark.parametrize("foot", [(), FOOT], ids=["bare", "with foot"])
def test_an_article_that_two_topics_share_stays_an_article(foot):
    one, two = make_archive(foot=foot, topics=2)
    two = replace(two, articles=(*two.articles, one.articles[-1]))
    read_all(one, two)


def test_a_shared_excerpt_under_two_headlines_stays_an_excerpt():
    one, two, three = make_archive()
    shared = one.articles[-1][1]
    two = replace(two, articles=(*two.articles, ("Another Headline For It", shared)))
    three = replace(three, articles=(*three.articles, ("A Third Headline For It", shared)))
    read_all(one, two, three)


@pytest.mark.parametrize("foot", [(), FOOT, UNKNOWN_FOOT], ids=["bare", "known", "unknown"])
def test_copies_of_one_topic_teach_nothing_false(foot):
    early = make_page(first=5, foot=foot)
    late = make_page(first=0, foot=foot)
    results = read(early, late, early)
    assert [isinstance(page, SavedPage) for page in results] == [True] * 3
    alone = read_saved_page(late.data(), name="1.txt")
    assert results[1] == alone


def test_pages_of_several_outlets_keep_their_own_feet():
    other = tuple(
        make_page(topic=f"{topic} Now", first=n * 90, foot=UNKNOWN_FOOT, lead_in=())
        for n, topic in enumerate(TOPICS)
    )
    pages = read_all(*make_archive(), *other)
    assert {page.foot for page in pages[:3]} == {FOOT}
    assert {page.foot for page in pages[3:]} == {UNKNOWN_FOOT}


def test_a_page_that_begins_alike_but_lacks_the_foot_is_cut_off():
    whole = make_archive()
    bare = make_page(topic="Upriver", foot=())
    results = read(*whole, bare)
    assert [isinstance(page, SavedPage) for page in results] == [True, True, True, False]
    assert "3 other pages" in str(results[3])
    assert "import it on its own" in str(results[3])
    assert len(read_saved_page(bare.data(), name="bare.txt").articles) == 15
    # A page that begins otherwise is another outlet's, and may well have no foot.
    assert isinstance(read(*whole, make_page(topic="Upriver", foot=(), lead_in=()))[3], SavedPage)


@pytest.mark.parametrize("blocks", range(1, len(UNKNOWN_FOOT)))
def test_a_page_cut_off_inside_a_known_foot_is_refused(blocks):
    cut = make_page(topic="Upriver", foot=UNKNOWN_FOOT[:blocks])
    refused = read(*make_archive(foot=UNKNOWN_FOOT), cut)[3]
    assert isinstance(refused, RefusedFile)
    assert "cut off" in refused.reason


def test_one_bad_file_among_many_harms_nobody():
    whole = make_archive()
    results = read(whole[0], "", whole[1], "\x00", whole[2])
    assert [isinstance(result, SavedPage) for result in results] == [True, False, True, False, True]
    assert [result.name for result in results] == [f"{n}.txt" for n in range(5)]


def test_furniture_may_be_learned_first_and_used_page_by_page():
    archive = make_archive(foot=UNKNOWN_FOOT)
    furniture = learn_furniture(page.data() for page in archive)
    page = read_saved_page(archive[0].data(), name="one.txt", furniture=furniture)
    assert page.foot == UNKNOWN_FOOT
    assert len(read_saved_page(archive[0].data(), name="one.txt").articles) == 17
