"""`handpress theme`: a beginning that passes, a list, and checks that find what is wrong."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core.management import call_command

from factories.papers import Paper
from factories.themes import write_theme
from handpress.desk.theming.check import check_files
from handpress.lib.findings import Finding
from handpress.press.theme_files import SHIPPED, known_themes
from handpress.press.theme_reading import read_theme

SHIPPED_NAMES = sorted(folder.name for folder in SHIPPED.iterdir() if folder.is_dir())


@pytest.fixture
def themes(settings: Any) -> Iterator[Path]:
    """The newsroom's folder of themes: not there before, nor afterwards."""
    folder: Path = settings.HANDPRESS.themes_folder
    yield folder
    shutil.rmtree(folder, ignore_errors=True)


def handpress_theme(*words: str) -> tuple[int, str, str]:
    """Run the command; return exit status, results and what was said."""
    out, err, status = StringIO(), StringIO(), 0
    try:
        call_command("theme", *words, stdout=out, stderr=err)
    except SystemExit as leaving:
        status = int(leaving.code or 0)
    return status, out.getvalue(), err.getvalue()


def adding(template: str, more: str) -> str:
    """Return a template that says what its parent does, and more."""
    head = f'{{% extends "broadsheet/{template}" %}}{{% block main %}}{{{{ super() }}}}'
    return f"{head}{more}{{% endblock %}}"


def wrong(themes: Path, name: str = "mine") -> list[Finding]:
    return [one for one in check_files(read_theme(name, themes)) if one.state != "ok"]


def only_wrong(themes: Path) -> Finding:
    (finding,) = wrong(themes)
    return finding


# new --------------------------------------------------------------------------------------------


@pytest.mark.django_db
@pytest.mark.parametrize("based_on", SHIPPED_NAMES)
def test_a_beginning_passes_every_check_at_once(themes: Path, paper: Paper, based_on: str):
    paper.article("Story", ["Water"], day=1)
    status, files, said = handpress_theme("new", "harbour-mail", "--based-on", based_on)
    assert status == 0
    assert str(themes / "harbour-mail" / "theme.toml") in files
    assert 'theme = "harbour-mail"' in said
    assert [layer.name for layer in read_theme("harbour-mail", themes).layers][:2] == [
        "harbour-mail",
        based_on,
    ]
    status, found, _ = handpress_theme("check", "harbour-mail")
    assert (status, "0 to look at, 0 failed" in found) == (0, True), found
    # It says what can be done in every file, and its style sheet changes something.
    for file in files.split():
        text = Path(file).read_text()
        assert "#" in text or "/*" in text
    assert "--accent" in (themes / "harbour-mail" / "static" / "harbour-mail.css").read_text()


def test_a_beginning_follows_the_theme_in_use_unless_told(themes: Path):
    status, files, _ = handpress_theme("new", "mine", "--json")
    assert status == 0
    assert json.loads(files)["based_on"] == "broadsheet"
    assert sorted(path.name for path in themes.iterdir()) == ["mine"]


@pytest.mark.parametrize(
    "name",
    ["../out", "/etc/x", "a b", "Mine", "x" * 41, ".mine", "frame", "a\nb", "tabloid", "ä", "-x"],
)
def test_names_that_a_theme_cannot_have(themes: Path, name: str):
    status, files, said = handpress_theme("new", "--", name)
    assert (status, files) == (1, "")
    assert "Nothing was changed." in said
    assert not themes.exists()


def test_what_is_there_is_left_alone(themes: Path):
    folder = write_theme(themes, "mine", {"static/a.css": ".mine {}"})
    status, _, said = handpress_theme("new", "mine")
    assert status == 1
    assert "is there already" in said
    assert (folder / "static" / "a.css").read_text() == ".mine {}"
    (themes / "gone").symlink_to(themes / "nowhere")
    assert handpress_theme("new", "gone")[0] == 1


def test_a_parent_that_is_not_there(themes: Path):
    status, _, said = handpress_theme("new", "mine", "--based-on", "nowhere")
    assert status == 1
    assert "There are: broadsheet, tabloid." in said
    assert not themes.exists()


@pytest.mark.parametrize("words", [("new",), ("list", "--based-on", "tabloid")])
def test_misuse(words: tuple[str, ...]):
    assert handpress_theme(*words)[0] == 2


# list -------------------------------------------------------------------------------------------


def test_the_list_tells_whose_a_theme_is_and_which_is_in_use(themes: Path):
    write_theme(themes, "mine", based_on="tabloid")
    write_theme(themes, "lost", based_on="nowhere")
    _, listed, _ = handpress_theme("list")
    lines = listed.splitlines()
    assert [line.split()[0] for line in lines if line[:2] == "* "] == ["*"]
    assert next(line for line in lines if line.startswith("  mine")).endswith(
        "based on tabloid, broadsheet"
    )
    assert "there is no theme “nowhere”" in listed
    assert "comes along  based on broadsheet; Tabloid: " in listed
    facts = {one["name"]: one for one in json.loads(handpress_theme("list", "--json")[1])}
    assert list(facts) == ["lost", "mine", *SHIPPED_NAMES]
    assert facts["broadsheet"]["in_use"]
    assert facts["tabloid"]["comes_along"]
    assert all(facts[name]["about"] for name in SHIPPED_NAMES)


def test_only_folders_are_themes(tmp_path: Path):
    (tmp_path / "notes.txt").write_text("")
    (tmp_path / ".git").mkdir()
    assert list(known_themes(tmp_path)) == SHIPPED_NAMES


# check ------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", SHIPPED_NAMES)
def test_what_comes_along_passes(tmp_path: Path, name: str):
    assert wrong(tmp_path, name) == []


def test_a_fault_in_the_files_ends_the_check(themes: Path):
    write_theme(themes, "mine", {"templates/404.html": "{% if %}"})
    status, found, _ = handpress_theme("check", "mine")
    assert status == 1
    assert "themes/mine/templates/404.html, line 1" in found
    assert handpress_theme("check", "nowhere")[0] == 1


def test_a_name_that_is_not_there_is_found_without_a_single_row(themes: Path):
    own = '{% extends "broadsheet/subscribe.html" %}\n{% block main %}{{ feedz }}{% endblock %}'
    write_theme(themes, "mine", {"templates/subscribe.html": own})
    finding = only_wrong(themes)
    assert finding.what.startswith("themes/mine/templates/subscribe.html, line 2: `feedz` is")
    assert "“subscribe”" in finding.what


@pytest.mark.django_db
def test_the_newsrooms_own_pages_are_tried(themes: Path, paper: Paper):
    paper.article("Story", ["Water"], day=1)
    own = adding("article.html", '{% if article.headline == "Story" %}{{ oops }}{% endif %}')
    write_theme(themes, "mine", {"templates/article.html": own})
    status, found, _ = handpress_theme("check", "mine")
    assert status == 1
    assert "`oops` is undefined (on 2021/01/story.html)" in " ".join(found.split())


DARK = "@media screen and (prefers-color-scheme: dark)"
_FOOTER = '{% include "broadsheet/frame/footer.html" %}'
_EMPTY = '{% extends "base.html" %}{% block main %}<main id="main"><h1>x</h1></main>{% endblock %}'
_SECOND = '{% block head %}<link rel="stylesheet" href="{{ root }}x">{% endblock %}'
BAD = {
    "not one h1": ("404.html", '{% extends "base.html" %}'),
    "an id stands there twice": ("frame/footer.html", f'{_FOOTER}<i id="main"></i>'),
    "script, inline style": ("frame/footer.html", f'{_FOOTER}<i style="x"></i>'),
    "script, inline style or": ("frame/footer.html", f'{_FOOTER}<i onclick="x"></i>'),
    "an address does not": ("frame/footer.html", f'{_FOOTER}<a href="https://x.example/">x</a>'),
    "a picture without alt": ("frame/footer.html", f'{_FOOTER}<img src="{{{{ root }}}}a">'),
    "no skip link": ("frame/masthead.html", '<header><nav aria-label="a"></nav></header>'),
    "landmarks header": ("frame/footer.html", '<div><nav aria-label="a"></nav></div>'),
    "a nav without a label": ("frame/footer.html", "<footer><nav></nav></footer>"),
    "appeal and pitch": ("frame/pitch.html", '<section class="digest-pitch">x</section>'),
    "cards are not headline": ("topic.html", _EMPTY),
    "an article lacks its": ("article.html", _EMPTY),
    "no <meta name": ("gone.html", '{% extends "404.html" %}'),
    "not one style sheet": ("base.html", '{% extends "broadsheet/base.html" %}' + _SECOND),
    "charset and policy": ("moved.html", "<html><head><title>x</title></head><h1>x</h1>"),
}
"""A theme that breaks each law."""


@pytest.mark.parametrize("law", BAD)
def test_a_broken_law_is_found(tmp_path: Path, law: str):
    template, text = BAD[law]
    write_theme(tmp_path, "mine", {f"templates/{template}": text})
    assert [one for one in wrong(tmp_path) if one.what.startswith(law) and one.check == "pages"]


@pytest.mark.parametrize(
    ("css", "said"),
    [
        ("@layer tokens { :root { --soft: #999999 } }", "#999999 on #fdfcf8 has a contrast of 2.7"),
        (
            f"@layer tokens {{ {DARK} {{ :root {{ --ink: #444444 }} }} }}",
            "--ink on --paper, in dark",
        ),
        ("@layer tokens { :root { --button: #ffcc00 } }", "white on --button, in light"),
        ("\n:root { --accent: #000000 }", "line 2: --accent is set outside of @layer tokens"),
        (
            "@layer tokens { :root { --accent: hsl(0 90% 20%) } }",
            "--accent (hsl(0 90% 20%)) cannot",
        ),
    ],
)
def test_colours_that_cannot_be_read_are_found(tmp_path: Path, css: str, said: str):
    write_theme(tmp_path, "mine", {"static/mine.css": css})
    assert [one for one in wrong(tmp_path) if said in one.what and one.check == "contrast"]


def test_words_without_translation_are_found(tmp_path: Path):
    own = adding("404.html", '{{ _("Ask us") }}')
    write_theme(tmp_path, "mine", {"templates/404.html": own})
    found = wrong(tmp_path)
    assert [one.what for one in found] == [
        f"{language}: 1 without translation: “Ask us”." for language in ("ar", "es", "fr", "ko")
    ]
    assert {one.state for one in found} == {"warn"}
    po = 'msgid "Ask us"\nmsgstr "Écrivez-nous"\n'
    write_theme(tmp_path, "mine", {"locale/fr/LC_MESSAGES/theme.po": po})
    assert [one.what[:2] for one in wrong(tmp_path)] == ["ar", "es", "ko"]


def test_words_that_nobody_says_are_found(tmp_path: Path):
    po = 'msgid "Skip to contents"\nmsgstr "Jump"\n\nmsgid "Page {number}"\nmsgstr "P. {number}"\n'
    write_theme(tmp_path, "mine", {"locale/en/LC_MESSAGES/theme.po": po})
    finding = only_wrong(tmp_path)
    assert "nobody says “Skip to contents”" in finding.what
