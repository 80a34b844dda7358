"""A saved topic page, imported and pressed, says what it said before: character for character."""

from __future__ import annotations

from pathlib import Path

import pytest

from factories.page_text import collapse_blanks, page_text
from factories.papers import Paper
from factories.saved_pages import make_page
from handpress.desk.importing import import_files, read_files
from handpress.lib import clock
from handpress.newsroom.models import Article, Topic

SEEDS = Path(__file__).resolve().parents[3] / "shared" / "seeds"


def round_trip(paper: Paper, files: list[Path]) -> dict[str, str]:
    """Import files and press; return the text of the topic page of each file, by file name."""
    outcome = import_files(read_files(files), now=clock.now())
    assert outcome.refusals == []
    assert outcome.sheet.articles.is_balanced
    paper.print()
    result = {}
    for file in files:
        name = file.read_text(encoding="utf-8").split("\n\n")[1]
        topic = Topic.objects.get(name=name)
        result[file.name] = page_text(paper.read(f"topics/{topic.slug}/index.html"))
    return result


def test_an_invented_page_survives_the_round_trip(paper: Paper, tmp_path: Path):
    file = tmp_path / "page.txt"
    file.write_bytes(make_page().data())
    expected = "\n\n".join(collapse_blanks(block) for block in make_page().blocks())
    assert round_trip(paper, [file])[file.name] == expected
    stored = [tuple(row) for row in Article.objects.values_list("headline", "excerpt")]
    assert sorted(stored) == sorted(make_page().articles)


@pytest.mark.skipif(not SEEDS.is_dir(), reason="the two real saved pages are not beside this tree")
def test_the_two_real_pages_survive_the_round_trip(paper: Paper):
    files = sorted(SEEDS.glob("*.txt"))
    assert len(files) == 2
    texts = round_trip(paper, files)
    for file in files:
        assert texts[file.name] == file.read_text(encoding="utf-8")
    assert Article.objects.filter(published_at__isnull=False).count() == 1
    assert Article.objects.count() == 30
    undated = Article.objects.filter(published_at__isnull=True).values_list("path", flat=True)
    assert all(path.startswith("articles/") for path in undated)
    assert "dt-published" not in paper.read(undated[0])


@pytest.mark.skipif(not SEEDS.is_dir(), reason="the two real saved pages are not beside this tree")
def test_importing_the_real_pages_again_changes_nothing(paper: Paper):
    files = sorted(SEEDS.glob("*.txt"))
    round_trip(paper, files)
    again = import_files(read_files(files), now=clock.now())
    assert again.sheet.articles.as_json() == {
        "found": 30,
        "imported": 0,
        "unchanged": 30,
        "updated": 0,
        "refused": 0,
    }
    assert paper.print() == set()
