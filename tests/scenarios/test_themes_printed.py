"""Themes at the press: chosen, edited, broken meanwhile, and read back."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from threading import Event
from typing import Any

import pytest

from factories.page_text import collapse_blanks, page_text
from factories.papers import Paper, fresh_site
from factories.saved_pages import make_page
from factories.themes import write_theme
from handpress.desk.importing import import_files, read_files
from handpress.lib import clock
from handpress.newsroom.models import Article, Topic
from handpress.press import tasks
from handpress.press.actions import Press
from handpress.press.previews import preview_response
from handpress.press.theme_faults import ThemeUnfit
from handpress.press.verify import verify_site

SEEDS = Path(__file__).resolve().parents[3] / "shared" / "seeds"
PITCH = "templates/frame/footer.html"


@pytest.fixture
def themes(settings: Any) -> Iterator[Path]:
    """The newsroom's folder of themes, with none in it afterwards."""
    folder: Path = settings.HANDPRESS.themes_folder
    folder.mkdir(exist_ok=True)
    yield folder
    shutil.rmtree(folder)


@pytest.fixture
def pressed(paper: Paper) -> Paper:
    paper.article("Story", ["Water"], day=1)
    paper.print()
    return paper


def choose(settings: Any, name: str) -> None:
    settings.HANDPRESS = replace(
        settings.HANDPRESS, press=replace(settings.HANDPRESS.press, theme=name)
    )


def restarted(paper: Paper) -> Press:
    """Return the press of the next process."""
    paper.press = Press(store=paper.press.store, workers=1)
    return paper.press


def test_another_theme_is_printed_whole(pressed: Paper, settings: Any, tmp_path: Path):
    choose(settings, "tabloid")
    press = restarted(pressed)
    assert {"index.html", "topics/water/index.html"} <= set(press.press().paths)
    assert verify_site(press).is_clean
    assert pressed.files() == fresh_site(tmp_path / "fresh")
    styles = [path for path in pressed.files() if path.endswith(".css")]
    assert [path.split(".")[0] for path in styles] == ["assets/forms", "assets/tabloid"]
    assert f'href="./{styles[1]}"' in pressed.read("index.html")


def test_a_theme_of_ones_own_says_what_it_changes(pressed: Paper, settings: Any, themes: Path):
    own = '{% include "tabloid/frame/footer.html" %}<!-- ours -->'
    po = 'msgid "Front page"\nmsgstr "Page one"\n'
    files = {PITCH: own, "static/mine.css": "p { color: red }"}
    files |= {"locale/en/LC_MESSAGES/theme.po": po}
    write_theme(themes, "mine", files, based_on="tabloid")
    choose(settings, "mine")
    press = restarted(pressed)
    press.press()
    page = pressed.read("index.html")
    assert "<!-- ours -->" in page
    assert "Page one" in page
    assert verify_site(press).is_clean


def test_what_is_edited_is_noticed_and_printed(pressed: Paper, settings: Any, themes: Path):
    write_theme(themes, "mine", {"static/mine.css": ".a {}"})
    choose(settings, "mine")
    press = restarted(pressed)
    press.press()
    assert press.changed_theme() is None
    assert pressed.print() == set()
    write_theme(themes, "mine", {"static/mine.css": ".a { color: red }"})
    assert press.changed_theme() is not None
    printed = pressed.print()
    assert {"index.html", "topics/water/index.html"} <= printed
    assert press.changed_theme() is None
    assert verify_site(press).is_clean
    # A note beside the files that pages are made from is nobody's business.
    (themes / "mine" / "README.md").write_text("Ours.")
    assert press.changed_theme() is None
    # And what only one page is made from changes one page.
    write_theme(themes, "mine", {"templates/404.html": '{% extends "broadsheet/404.html" %} '})
    assert pressed.print() <= {"404.html"}


def test_the_background_notices_by_itself(
    pressed: Paper, settings: Any, themes: Path, monkeypatch: pytest.MonkeyPatch
):
    write_theme(themes, "mine")
    choose(settings, "mine")
    press = restarted(pressed)
    press.press()
    monkeypatch.setattr(tasks, "Press", lambda: press)
    monkeypatch.setattr(tasks, "_DUE_EVERY_S", 0.0)
    monkeypatch.setattr(tasks, "_LOOK_EVERY_S", 0.0)
    stop, looks = Event(), iter(range(40))

    def after_some_looks() -> None:
        number = next(looks, None)
        if number == 3:
            write_theme(themes, "mine", {PITCH: "<footer>Ours</footer>"})
        if number is None:
            stop.set()

    monkeypatch.setattr(tasks, "run_due", after_some_looks)
    tasks.work_forever(stop)
    assert "<footer>Ours</footer>" in pressed.read("index.html")


_LOOP, _END = "{% for n in range(90000) %}", "{% endfor %}"
ENDLESS = _LOOP * 4 + _END * 4
BROKEN = [
    ({PITCH: "<p>\n{% if %}"}, "themes/mine/templates/frame/footer.html, line 2: unexpected"),
    ({PITCH: '{% include "nowhere.html" %}'}, "there is no template “nowhere.html”"),
    # What only shows when a page is made: a name that is not there, on the one kind that asks.
    (
        {
            "templates/article.html": '{% extends "broadsheet/article.html" %}\n'
            "{% block main %}\n{{ article.headlin }}{% endblock %}"
        },
        "themes/mine/templates/article.html, line 3: `article.headlin` is undefined",
    ),
    ({"static/mine.css": "a {"}, "themes/mine/static/mine.css, line 1"),
    (
        {PITCH: ENDLESS},
        "themes/mine/templates/frame/footer.html, line 1: it does not come to an end",
    ),
]


@pytest.mark.parametrize(("files", "said"), BROKEN)
def test_a_broken_theme_leaves_the_site_as_it_was(
    pressed: Paper, settings: Any, themes: Path, files: dict[str, str], said: str
):
    before = pressed.files()
    write_theme(themes, "mine", files)
    choose(settings, "mine")
    press = restarted(pressed)
    pressed.article("Later", ["Water"], day=2)
    with pytest.raises(ThemeUnfit) as refusal:
        press.press()
    assert said in str(refusal.value)
    assert "the site stays as it was" in str(refusal.value)
    assert pressed.files() == before
    # Nothing is lost: with the fault mended, all that waited is printed.
    shutil.rmtree(themes / "mine")
    write_theme(themes, "mine")
    press = restarted(pressed)
    assert "2021/01/later.html" in press.press().paths
    assert verify_site(press).is_clean


@pytest.mark.parametrize(("files", "said"), BROKEN)
def test_while_a_theme_is_broken_publishing_goes_on_with_it_as_it_was(
    pressed: Paper, settings: Any, themes: Path, files: dict[str, str], said: str, caplog: Any
):
    write_theme(themes, "mine", {PITCH: "<footer>One</footer>"})
    choose(settings, "mine")
    press = restarted(pressed)
    press.press()
    caplog.clear()
    write_theme(themes, "mine", files)
    pressed.article("Later", ["Water"], day=2)
    assert "2021/01/later.html" in pressed.print()
    assert "<footer>One</footer>" in pressed.read("2021/01/later.html")
    told = [getattr(record, "fault", "") for record in caplog.records]
    assert [fault for fault in told if said in fault]
    assert len(told) == 1
    # Told once, not with every look.
    pressed.article("Even later", ["Water"], day=3)
    pressed.print()
    assert len(caplog.records) == 1
    shutil.rmtree(themes / "mine")
    write_theme(themes, "mine", {PITCH: "<footer>Two</footer>"})
    assert "index.html" in pressed.print()
    assert "<footer>Two</footer>" in pressed.read("index.html")
    assert verify_site(press).is_clean


def test_a_theme_that_is_not_there_prints_nothing(pressed: Paper, settings: Any):
    before = pressed.files()
    choose(settings, "nowhere")
    with pytest.raises(ThemeUnfit, match="there is no theme “nowhere”"):
        restarted(pressed).press()
    assert pressed.files() == before


def test_a_preview_says_what_is_wrong_with_the_theme(pressed: Paper, settings: Any, themes: Path):
    write_theme(themes, "mine", {PITCH: "{% if %}"})
    article = Article.objects.get()
    choose(settings, "tabloid")
    assert b"Story" in preview_response("article", article).content
    choose(settings, "mine")
    said = preview_response("article", article).content.decode()
    assert "themes/mine/templates/frame/footer.html, line 1" in said
    assert "What you write is safe" in said


# Read back -------------------------------------------------------------------------------------


def read_back(paper: Paper, files: list[Path]) -> Iterator[tuple[Path, str]]:
    assert import_files(read_files(files), now=clock.now()).refusals == []
    paper.print()
    for file in files:
        topic = Topic.objects.get(name=file.read_text("utf-8").split("\n\n")[1])
        yield file, page_text(paper.read(f"topics/{topic.slug}/index.html"))


def test_an_invented_page_survives_the_round_trip_in_the_second_theme(
    paper: Paper, settings: Any, tmp_path: Path
):
    choose(settings, "tabloid")
    file = tmp_path / "page.txt"
    file.write_bytes(make_page().data())
    ((_, text),) = read_back(paper, [file])
    assert text == "\n\n".join(collapse_blanks(block) for block in make_page().blocks())


@pytest.mark.skipif(not SEEDS.is_dir(), reason="the two real saved pages are not beside this tree")
def test_the_two_real_pages_survive_the_round_trip_in_the_second_theme(paper: Paper, settings: Any):
    choose(settings, "tabloid")
    for file, text in read_back(paper, sorted(SEEDS.glob("*.txt"))):
        assert text == file.read_text("utf-8")
