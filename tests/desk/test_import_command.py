"""`handpress import`: what it takes, what it refuses, and that it accounts for every article."""

from __future__ import annotations

import json
import os
import random
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from django.apps import apps
from django.core.management import call_command
from wagtail.log_actions import log

from factories.page_text import collapse_blanks, page_text
from factories.papers import Paper
from factories.saved_pages import (
    FOOT,
    FOREIGN_FOOT,
    NBSP,
    SamplePage,
    make_excerpt,
    make_headline,
    make_page,
)
from handpress.digest.models import Pitch
from handpress.donations.models import Campaign
from handpress.newsroom.models import Article, Topic
from handpress.press.models import Mark

ACCENTED = make_page(topic="Région des Marées").text().replace("council", "conseil général à Noël")
COUNTS = {"found", "imported", "unchanged", "updated", "refused"}

pytestmark = pytest.mark.django_db


class Outcome:
    """What one run of the command left: exit status, both streams, and the account in JSON."""

    def __init__(self, status: int, out: str, err: str) -> None:
        self.status, self.out, self.err = status, out, err

    @property
    def account(self) -> dict[str, Any]:
        account: dict[str, Any] = json.loads(self.out)
        for name in ("articles", "pages", "topics", "appeals", "pitches"):
            tally = account[name]
            assert tally.keys() == COUNTS
            assert tally["found"] == sum(tally[each] for each in COUNTS - {"found"})
        assert account["pages"]["refused"] == len(account["refusals"])
        return account

    @property
    def articles(self) -> dict[str, int]:
        """Return how many articles became of what, where there are any."""
        return {name: count for name, count in self.account["articles"].items() if count}


@pytest.fixture
def bring(capsys: pytest.CaptureFixture[str]) -> Callable[..., Outcome]:
    def run(*words: str | Path) -> Outcome:
        capsys.readouterr()
        status = 0
        try:
            call_command("import", *map(str, words))
        except SystemExit as leaving:
            status = int(leaving.code or 0)
        return Outcome(status, *capsys.readouterr())

    return run


def everything() -> dict[str, list[tuple[Any, ...]]]:
    """Return every row of the newsroom's own tables."""
    models = [model for app in apps.get_app_configs() for model in app.get_models()]
    own = [model for model in models if model.__module__.startswith("handpress.")]
    return {m._meta.label: list(m._default_manager.order_by("pk").values_list()) for m in own}


def save(folder: Path, page: SamplePage | bytes, name: str = "page.txt") -> Path:
    file = folder / name
    file.write_bytes(page if isinstance(page, bytes) else page.data())
    return file


# What is refused --------------------------------------------------------------------------

WHOLE = make_page().data()
REFUSED = {
    "empty": (b"", "The file is empty."),
    "blank": (b" \n\n\t\n", "The file is empty."),
    "binary": (random.Random(1).randbytes(40_000), "not plain text"),
    "an image": (b"\x89PNG\r\n\x1a\n" + bytes(400), "seems to be an image"),
    "cut inside an excerpt": (WHOLE[: len(WHOLE) // 2], "cut off"),
    "cut after a headline": (make_page(foot=[]).data() + b"\n\nOne More Headline", "cut off"),
    "cut inside the foot": (WHOLE[:-40], "cut off"),
    "Latin-1": (ACCENTED.encode("latin-1", "ignore"), "seems to be Latin-1"),
    "UTF-16": (make_page().text().encode("utf-16"), "seems to be UTF-16"),
    "HTML": (b"<!doctype html>\n<title>North</title>\n\n<p>Text.</p>\n", "HTML"),
    "CSV": (b"date,topic\n2019-05-04,North\n2019-05-05,South\n", "not a saved topic page"),
    "prose": ("\n\n".join(make_excerpt(n) for n in range(8)).encode(), "saved topic page"),
    "no article": ("\n\n".join(["North Coast", *FOOT]).encode(), "holds no article"),
}


@pytest.mark.parametrize("case", REFUSED)
@pytest.mark.parametrize("options", [(), ("--dry-run",), ("--json",)], ids=" ".join)
def test_what_is_no_such_page_is_refused_in_words_and_changes_nothing(
    bring: Callable[..., Outcome], tmp_path: Path, case: str, options: tuple[str, ...]
):
    data, words = REFUSED[case]
    file = save(tmp_path, data)
    before = everything()
    outcome = bring(file, *options)
    assert outcome.status == 1
    assert words in outcome.err
    assert "Refused: page.txt: " in outcome.err
    assert "Nothing was taken from this file." in outcome.err
    assert everything() == before
    if "--json" in options:
        [refusal] = outcome.account["refusals"]
        assert words in refusal["reason"]
        assert refusal["remedy"]
        assert outcome.articles == {}


def make_fifo(folder: Path) -> Path:
    os.mkfifo(folder / "pipe.txt")
    return folder / "pipe.txt"


def make_symlink_loop(folder: Path) -> Path:
    (folder / "one.txt").symlink_to(folder / "two.txt")
    (folder / "two.txt").symlink_to(folder / "one.txt")
    return folder / "one.txt"


def make_huge_file(folder: Path) -> Path:
    file = folder / "huge.txt"
    with file.open("wb") as stream:
        stream.truncate(65 * 2**20)
    return file


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (lambda folder: folder / "nowhere.txt", "There is no such file."),
        (make_symlink_loop, "There is no such file."),
        (make_fifo, "This is not a file."),
        (lambda folder: Path("/dev/null"), "This is not a file."),
        (make_huge_file, "larger than 64 MiB"),
        # It opens, and fails when it is read.
        (lambda folder: Path("/proc/self/mem"), "It cannot be read (Input/output error)."),
        (lambda folder: folder / ("long" * 100), "It cannot be read (File name too long)."),
    ],
)
def test_what_cannot_be_read_is_refused_and_the_rest_is_imported(
    bring: Callable[..., Outcome], tmp_path: Path, make: Callable[[Path], Path], words: str
):
    before = everything()
    path = make(tmp_path)
    alone = bring(path, "--json")
    assert (alone.status, alone.articles) == (1, {})
    assert words in alone.err
    assert everything() == before
    together = bring(save(tmp_path, make_page()), path, "--json")
    assert together.status == 1
    assert together.articles == {"found": 15, "imported": 15}
    assert together.account["pages"]["refused"] == 1


def test_a_file_that_one_may_not_read(tmp_path: Path, bring: Callable[..., Outcome]):
    file = save(tmp_path, make_page())
    tmp_path.chmod(0o755)
    file.chmod(0)
    with pytest.MonkeyPatch.context() as patch:
        if os.geteuid() == 0:
            # To whom everything is allowed, nothing is refused.
            patch.setattr(Path, "open", _refuse_to_open)
        outcome = bring(file)
    assert outcome.status == 1
    assert "It cannot be read (Permission denied)." in outcome.err
    assert not Article.objects.exists()


def _refuse_to_open(path: Path, *args: Any, **options: Any) -> Any:
    raise PermissionError(13, "Permission denied", str(path))


@pytest.mark.parametrize("make", [lambda f: f, lambda f: f / "deep"])
def test_a_folder_without_a_page(
    bring: Callable[..., Outcome], tmp_path: Path, make: Callable[[Path], Path]
):
    make(tmp_path).mkdir(exist_ok=True)
    (tmp_path / "notes.md").write_text("No page.")
    outcome = bring(make(tmp_path))
    assert (outcome.status, outcome.out) == (2, "")
    assert "No saved page (*.txt) was found there. Nothing was changed." in outcome.err


@pytest.mark.parametrize("options", [(), ("--dry-run",)], ids=" ".join)
def test_a_copy_cut_off_after_a_sentence_is_known_by_the_whole_one(
    bring: Callable[..., Outcome], tmp_path: Path, options: tuple[str, ...]
):
    bring(save(tmp_path, make_page()))
    last = make_page().articles[6][1]
    cut = WHOLE[: WHOLE.index(last.encode()) + len(last[: last.index(". ") + 1].encode())]
    assert not WHOLE[len(cut) :].startswith(b"\n")
    before = everything()
    outcome = bring(save(tmp_path, cut, "cut.txt"), *options)
    assert outcome.status == 1
    assert "cut.txt: The file seems to be cut off" in outcome.err
    assert everything() == before


def test_a_page_that_may_be_cut_off_after_a_sentence_is_told(
    bring: Callable[..., Outcome], tmp_path: Path
):
    bare = save(tmp_path, make_page(foot=[]), "bare.txt")
    outcome = bring(bare, save(tmp_path, make_page(topic="South", first=40), "whole.txt"))
    assert outcome.status == 0
    assert "Note: bare.txt: nothing stands below the last article." in outcome.err
    assert "whole.txt" not in outcome.err


# What is taken ----------------------------------------------------------------------------

TAKEN = {
    "as usual": make_page(),
    "without boilerplate": make_page(foot=[]),
    "with other boilerplate": make_page(foot=FOREIGN_FOOT),
    "one article": make_page(articles=1),
    "one article and nothing else": make_page(articles=1, lead_in=[], foot=[]),
    "two hundred": make_page(articles=200),
}


@pytest.mark.parametrize("case", TAKEN)
def test_every_kind_of_page_is_taken_whole_and_only_once(
    bring: Callable[..., Outcome], paper: Paper, tmp_path: Path, case: str
):
    page = TAKEN[case]
    file, count = save(tmp_path, page), len(page.articles)
    before = everything()
    trial = bring(file, "--json", "--dry-run")
    assert everything() == before
    first = bring(file, "--json")
    assert (first.status, first.articles) == (0, {"found": count, "imported": count})
    assert {**trial.account, "dry_run": False} == first.account
    stored = Article.objects.order_by("-sort_at_us").values_list("headline", "excerpt")
    assert tuple(stored) == page.articles
    assert not any(a.published_at for a in Article.objects.all())
    paper.print()

    again = bring(file, "--json")
    assert (again.status, again.articles) == (0, {"found": count, "unchanged": count})
    assert again.account["pages"]["unchanged"] == 1
    assert not Mark.objects.exists()


def test_ten_thousand_articles(bring: Callable[..., Outcome], tmp_path: Path):
    page = make_page(articles=10_000)
    outcome = bring(save(tmp_path, page), "--json")
    assert outcome.articles == {"found": 10_000, "imported": 10_000}
    stored = Article.objects.order_by("-sort_at_us").values_list("headline", "excerpt")
    assert tuple(stored) == page.articles


def test_a_folder_of_pages_in_whatever_case_they_are_named(
    bring: Callable[..., Outcome], tmp_path: Path
):
    (tmp_path / "deep").mkdir()
    save(tmp_path, make_page(topic="North Coast"))
    save(tmp_path / "deep", make_page(topic="South Coast", first=20), "SOUTH.TXT")
    save(tmp_path, b"no page", "notes.md")
    (tmp_path / "deep" / "loop").symlink_to(tmp_path)
    make_fifo(tmp_path)
    outcome = bring(tmp_path, "--json")
    assert (outcome.status, outcome.articles) == (0, {"found": 30, "imported": 30})


def test_one_bad_page_among_good_ones(bring: Callable[..., Outcome], tmp_path: Path):
    good = save(tmp_path, make_page())
    bad = save(tmp_path, WHOLE[:3000], "half.txt")
    outcome = bring(good, bad)
    assert outcome.status == 1
    assert "Refused: half.txt: " in outcome.err
    assert Article.objects.count() == 15
    lines = dict(line.strip().split(None, 1) for line in outcome.out.splitlines()[1:3])
    assert lines == {"articles": "15         15          0          0          0",
                     "pages": "2          1          0          0          1"}  # fmt: skip


def test_no_path_is_misuse():
    from django.core.management.base import CommandError

    with pytest.raises(CommandError, match="PATH"):
        call_command("import")


# The same page, later ---------------------------------------------------------------------


def later(page: SamplePage) -> SamplePage:
    """Two new on top, the fourth edited, the sixth retitled, the last two fallen off the page."""
    articles = [(make_headline(n), make_excerpt(n)) for n in (900, 901)] + list(page.articles)
    headline, excerpt = articles[5]
    articles[5] = (headline, f"{excerpt} And a last sentence.{NBSP}")
    articles[7] = (f"{articles[7][0]}, Corrected", articles[7][1])
    return SamplePage(page.lead_in, page.topic, tuple(articles[:-2]), page.foot)


def text_after_press(paper: Paper, page: SamplePage) -> str:
    paper.print()
    topic = Topic.objects.get(name=page.topic)
    return page_text(paper.read(topic.path))


def text_of(page: SamplePage) -> str:
    return "\n\n".join(collapse_blanks(block) for block in page.blocks())


def test_a_later_copy_updates_and_adds_and_the_page_reads_as_it_does(
    bring: Callable[..., Outcome], paper: Paper, tmp_path: Path
):
    first = make_page()
    bring(save(tmp_path, first))
    assert text_after_press(paper, first) == text_of(first)
    addresses = dict(Article.objects.values_list("excerpt", "path"))

    outcome = bring(save(tmp_path, later(first), "later.txt"), "--json")
    assert outcome.articles == {"found": 15, "imported": 2, "unchanged": 11, "updated": 2}
    assert text_after_press(paper, later(first)) == text_of(later(first))
    assert Article.objects.count() == 17
    for path in addresses.values():
        assert (paper.folder / path).exists()

    again = bring(tmp_path / "later.txt", "--json")
    assert again.articles == {"found": 15, "unchanged": 15}


def said_anew(page: SamplePage) -> SamplePage:
    """A later copy whose appeal and pitch say something else."""
    changes = {"Spring": "Autumn", "for a month": "for a year", "Towers fall": "Masts fall"}
    text = "\n\n".join(page.foot)
    for former, present in changes.items():
        assert former in text
        text = text.replace(former, present)
    foot = tuple(text.split("\n\n"))
    return replace(later(page), foot=foot)


def test_a_later_copy_brings_the_words_of_its_foot_too(
    bring: Callable[..., Outcome], paper: Paper, tmp_path: Path
):
    first = make_page()
    anew = said_anew(first)
    files = [save(tmp_path, first), save(tmp_path, anew, "later.txt")]
    bring(files[0])
    outcome = bring(files[1], "--json")
    assert outcome.account["appeals"]["updated"] == 1
    assert outcome.account["pitches"]["updated"] == 1
    assert "not shown" not in outcome.err
    assert text_after_press(paper, anew) == text_of(anew)
    before = everything()
    again = bring(files[1], "--json").account
    assert again["appeals"]["unchanged"] == again["pitches"]["unchanged"] == 1
    assert everything() == before
    # The former words are known, too: nothing goes back and forth.
    bring(files[0])
    assert Campaign.objects.get(is_running=True).heading == anew.foot[0]


def test_what_an_editor_changed_in_the_foot_stays(
    bring: Callable[..., Outcome], paper: Paper, tmp_path: Path
):
    first = make_page()
    bring(save(tmp_path, first))
    for row in (Campaign.objects.get(), Pitch.objects.get()):
        row.heading = "Our own words"
        row.save()
        log(row, "wagtail.edit")
    account = bring(save(tmp_path, said_anew(first), "later.txt"), "--json").account
    assert account["appeals"]["imported"] == account["pitches"]["imported"] == 1
    assert len(account["notes"]) == 2
    assert Campaign.objects.get(is_running=True).heading == "Our own words"
    assert Pitch.objects.get(is_shown=True).heading == "Our own words"


def test_what_an_editor_changed_stays(bring: Callable[..., Outcome], paper: Paper, tmp_path: Path):
    page = make_page()
    bring(save(tmp_path, page))
    # One that the later copy changes too, and one that it leaves as it was.
    for headline, excerpt in (page.articles[3], page.articles[8]):
        article = Article.objects.get(headline=headline, excerpt=excerpt)
        article.excerpt = f"Our own words for {article.pk}."
        article.save()
    outcome = bring(save(tmp_path, later(page), "later.txt"), "--json")
    assert outcome.articles == {"found": 15, "imported": 2, "unchanged": 12, "updated": 1}
    assert Article.objects.filter(excerpt__startswith="Our own words").count() == 2


def test_an_article_dated_on_the_desk_stays_dated(
    bring: Callable[..., Outcome], paper: Paper, tmp_path: Path
):
    from datetime import UTC, datetime

    page = make_page()
    bring(save(tmp_path, page))
    article = Article.objects.get(headline=page.articles[0][0])
    article.published_precision, article.published_at = "day", datetime(2019, 5, 4, tzinfo=UTC)
    article.save()
    again = bring(tmp_path / "page.txt", "--json")
    assert again.articles == {"found": 15, "unchanged": 15}
    article.refresh_from_db()
    assert article.path.startswith("2019/05/")


def test_two_topics_that_share_articles(
    bring: Callable[..., Outcome], paper: Paper, tmp_path: Path
):
    north = make_page(topic="North Coast", first=0)
    trade = make_page(topic="Trade", first=10)
    files = [save(tmp_path, north, "north.txt"), save(tmp_path, trade, "trade.txt")]
    outcome = bring(*files, "--json")
    assert outcome.articles == {"found": 30, "imported": 25, "updated": 5}
    assert text_after_press(paper, north) == text_of(north)
    assert text_after_press(paper, trade) == text_of(trade)
    shared = Article.objects.get(headline=make_headline(12))
    assert [row.topic.name for row in shared.article_topics.all()] == ["North Coast", "Trade"]
    again = bring(*files, "--json")
    assert again.articles == {"found": 30, "unchanged": 30}


def test_an_appeal_that_is_not_shown_is_told(bring: Callable[..., Outcome], tmp_path: Path):
    bring(save(tmp_path, make_page()))
    other = save(tmp_path, make_page(topic="South", first=40, foot=FOREIGN_FOOT), "south.txt")
    outcome = bring(other)
    assert outcome.status == 0
    assert "Note: south.txt: its appeal was stored but is not shown" in outcome.err
    assert "Note: south.txt: its digest pitch was stored but is not shown" in outcome.err
