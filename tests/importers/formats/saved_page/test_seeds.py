"""The two real saved pages that the product comes from; they lie beside the repository."""

from datetime import date
from pathlib import Path

import pytest

from handpress.importers.core.incoming import SavedPage
from handpress.importers.core.openings import read_republishing_note
from handpress.importers.formats.saved_page import read_saved_page, read_saved_pages

REPOSITORY = Path(__file__).resolve().parents[4]
SEEDS = REPOSITORY.parent / "shared" / "seeds"
FILES = [(path.name, path.read_bytes()) for path in sorted(SEEDS.glob("*.txt"))]

pytestmark = pytest.mark.skipif(
    len(FILES) != 2,
    reason="the two seed pages are not in ../shared/seeds: NOT TESTED on real pages",
)


@pytest.fixture(params=["alone", "together"], scope="module")
def pages(request: pytest.FixtureRequest) -> list[SavedPage]:
    if request.param == "alone":
        return [read_saved_page(data, name=name) for name, data in FILES]
    results = read_saved_pages(FILES)
    assert all(isinstance(page, SavedPage) for page in results)
    return [page for page in results if isinstance(page, SavedPage)]


def test_two_topics_and_thirty_articles(pages):
    assert [page.topic_name for page in pages] == [
        data.decode().split("\n\n")[1] for _, data in FILES
    ]
    assert [len(page.articles) for page in pages] == [15, 15]
    assert len({one.remote_id for page in pages for one in page.articles}) == 30


def test_the_parts_make_the_file_again_byte_for_byte(pages):
    for (_, data), page in zip(FILES, pages, strict=True):
        assert page.appeal is not None
        assert page.pitch is not None
        assert page.unplaced == ()
        blocks = [*page.lead_in, page.topic_name]
        for article in page.articles:
            blocks += [article.headline, article.excerpt]
        blocks += [*page.appeal.blocks(), *page.pitch.blocks()]
        assert "\n\n".join(blocks).encode() == data
        assert page.text().encode() == data


def test_both_have_one_appeal_and_one_pitch(pages):
    assert pages[0].appeal == pages[1].appeal
    assert pages[0].pitch == pages[1].pitch
    assert [len(pages[0].appeal.full), len(pages[0].appeal.compact)] == [2, 3]
    assert len(pages[0].pitch.paragraphs) == 1


def test_one_note_and_two_datelines(pages):
    places = {"dated": [], "placed": []}
    for number, page in enumerate(pages):
        for one in page.articles:
            place = (number, one.position)
            places["dated"] += [place] if one.published_on or one.source_name else []
            places["placed"] += [place] if one.dateline else []
    assert places == {"dated": [(0, 1)], "placed": [(0, 11), (1, 3)]}


def test_the_note_and_the_datelines_are_what_the_text_says(pages):
    first = pages[0].articles[0]
    note = read_republishing_note(first.excerpt)
    assert note is not None
    assert first.published_on == date(2019, 11, 19)
    assert first.excerpt[: note.end].count(first.source_name) == 1
    assert first.excerpt[note.end :].startswith("The ")
    for article in (pages[0].articles[10], pages[1].articles[2]):
        assert article.excerpt.startswith(f"{article.dateline} — ")
