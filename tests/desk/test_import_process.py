"""`handpress import` as real processes: its exit status, its streams, and what a kill leaves."""

from __future__ import annotations

from pathlib import Path

import pytest

from command_line import CommandLine
from factories.page_text import collapse_blanks, page_text
from factories.saved_pages import make_page

STORED = """
from handpress.newsroom.models import Article, ArticleTopic
from handpress.importers.models import ImportRecord
from handpress.donations.models import Campaign
from handpress.digest.models import Pitch
articles = Article.objects.order_by("-sort_at_us").values_list("headline", "excerpt")
tables = (ArticleTopic, ImportRecord, Campaign, Pitch)
print(json.dumps([list(articles), [table.objects.count() for table in tables]]))
"""


@pytest.fixture
def handpress(prepared_newsroom: Path) -> CommandLine:
    return CommandLine(prepared_newsroom)


def test_killed_half_way_and_run_again_it_is_as_if_run_once(handpress: CommandLine, tmp_path: Path):
    page = make_page(articles=3000)
    file = tmp_path / "page.txt"
    file.write_bytes(page.data())
    # It tells every five hundred articles: killed early, in the middle, and about to commit.
    for steps in (1, 3, 6):
        process = handpress.start_chatty("import", file)
        assert process.stderr is not None
        with process, process.stderr:
            for _ in range(steps):
                assert "Importing articles: " in process.stderr.readline()
            process.kill()
    account = handpress.account("import", file)
    assert account["articles"]["imported"] in {0, 3000}
    stored, counts = handpress.ask(STORED)
    assert [tuple(row) for row in stored] == list(page.articles)
    assert counts == [3000, 3000, 1, 1]
    assert handpress.account("import", file)["articles"]["unchanged"] == 3000


def test_from_file_to_page_by_the_command_line_alone(handpress: CommandLine, tmp_path: Path):
    page = make_page()
    good, bad = tmp_path / "good.txt", tmp_path / "bad.txt"
    good.write_bytes(page.data())
    bad.write_bytes(page.data()[:2000])
    refused = handpress.run("import", bad, status=1)
    assert "Refused: bad.txt: " in refused.stderr
    assert handpress.run("import", tmp_path / "none", status=1).stderr.count("Refused: ") == 1
    handpress.run("import", status=2)
    (tmp_path / "empty").mkdir()
    handpress.run("import", tmp_path / "empty", status=2)
    assert handpress.account("press")["written"] > 0
    before = handpress.files()

    trial = handpress.account("import", good, "--dry-run")
    assert (trial["dry_run"], trial["articles"]["imported"]) == (True, 15)
    assert handpress.account("press")["written"] == 0
    assert handpress.files() == before

    handpress.run("import", good)
    handpress.run("press")
    text = page_text(handpress.files()["topics/north-coast/index.html"].decode())
    assert text == "\n\n".join(collapse_blanks(block) for block in page.blocks())
    assert handpress.account("press", "--verify")["clean"]
