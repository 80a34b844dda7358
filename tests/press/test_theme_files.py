"""A theme on the disk: what takes the place of what, and what is refused, with file and line."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from factories.themes import write_theme
from handpress.press.theme import Theme, own_code
from handpress.press.theme_faults import find_faults
from handpress.press.theme_files import SHIPPED, is_theme_name, known_themes
from handpress.press.theme_reading import read_theme, theme_files


def faults(themes: Path, name: str = "mine") -> list[str]:
    return [str(fault) for fault in find_faults(read_theme(name, themes))]


def only_fault(themes: Path, name: str = "mine") -> str:
    (fault,) = faults(themes, name)
    return fault


# What takes the place of what ---------------------------------------------------------------


def test_a_file_takes_the_place_of_the_parents_and_the_others_stay(tmp_path: Path):
    write_theme(tmp_path, "mine", {"templates/frame/pitch.html": "{{ pitch.heading }} by mail"})
    theme = Theme(read_theme("mine", tmp_path), "en")
    render = theme.environment.render_template
    assert theme.faults == ()
    assert render("frame/pitch.html", pitch={"heading": "News"}) == "News by mail"
    assert "Skip to content" in theme.files.load("frame/masthead.html")  # type: ignore[operator]


def test_a_template_extends_and_includes_those_of_its_parent(tmp_path: Path):
    own = '{% extends "broadsheet/404.html" %}{% block main %}Lost? {{ super() }}{% endblock %}'
    write_theme(tmp_path, "mine", {"templates/404.html": own})
    write_theme(
        tmp_path,
        "ours",
        {"templates/frame/footer.html": '{% include "mine/frame/footer.html" %}'},
        based_on="mine",
    )
    files = read_theme("ours", tmp_path)
    assert find_faults(files) == ()
    assert [layer.name for layer in files.layers] == ["ours", "mine", "broadsheet"]
    # What a parent has not, the one below it has.
    assert files.find("mine/frame/footer.html") == (files.layers[2], "frame/footer.html")
    assert files.find("404.html") == (files.layers[1], "404.html")


def test_what_a_parent_extends_is_the_childs_too(tmp_path: Path):
    base = '{% extends "broadsheet/base.html" %}{% block head %}<!-- ours -->{% endblock %}'
    write_theme(tmp_path, "mine", {"templates/base.html": base})
    assert faults(tmp_path) == []
    files = read_theme("mine", tmp_path)
    assert '{% extends "base.html" %}' in (files.load("404.html") or "")
    assert files.load("base.html") == base


def test_a_style_sheet_comes_after_that_of_the_parent(tmp_path: Path):
    write_theme(tmp_path, "mine", {"static/mine.css": "@layer base { a { color: red } }"})
    theme = Theme(read_theme("mine", tmp_path), "en", (("accent", "#123456"),))
    path, sheet = theme.static["mine.css"]
    text = sheet.decode()
    sheets = {name for name in theme.static if name.endswith(".css")}
    assert sheets == {"mine.css", "forms.css"}
    assert path.startswith("assets/mine.")
    assert path == theme.assets["css"]
    own, outlet = text.index("a { color: red }"), text.index("--accent:#123456")
    assert text.startswith("@layer reset, tokens, base")
    assert own < outlet


def test_a_style_sheet_takes_the_place_of_the_parents_by_its_name_or_by_word(tmp_path: Path):
    write_theme(tmp_path, "mine", {"static/broadsheet.css": ".a{}"})
    write_theme(tmp_path, "ours", {"static/x.css": ".b{}"})
    with (tmp_path / "ours" / "theme.toml").open("a") as facts:
        facts.write('style = "instead"\n')
    for name, css in (("mine", b".a{}"), ("ours", b".b{}")):
        assert Theme(read_theme(name, tmp_path), "en").static[f"{name}.css"][1] == css
        assert faults(tmp_path, name) == []


def test_pages_with_a_form_get_one_sheet_with_what_forms_need(tmp_path: Path):
    write_theme(tmp_path, "mine", {"static/forms.css": ".form{}", "static/zebra.css": ".zebra{}"})
    theme = Theme(read_theme("mine", tmp_path), "en", (("accent", "#123456"),))
    plain, forms = theme.static["mine.css"][1].decode(), theme.static["forms.css"][1].decode()
    assert ".form{}" not in plain
    assert forms.index(".zebra{}") < forms.index(".form{}") < forms.index("#123456")
    assert theme.assets["forms"] == theme.static["forms.css"][0]
    write_theme(tmp_path, "ours", {"static/ours.css": ".ours{}"}, based_on="mine")
    with (tmp_path / "ours" / "theme.toml").open("a") as facts:
        facts.write('style = "instead"\n')
    ours = Theme(read_theme("ours", tmp_path), "en")
    assert ours.static["ours.css"][1] == b".ours{}"
    assert ours.static["forms.css"][1] == b".ours{}.form{}"


def test_pictures_of_a_style_sheet_are_found_where_they_are_published(tmp_path: Path):
    css = '.a { background: url("deep/wave.svg#top") } .b { mask: url(#own) }'
    write_theme(tmp_path, "mine", {"static/mine.css": css, "static/deep/wave.svg": "<svg/>"})
    theme = Theme(read_theme("mine", tmp_path), "en")
    where = theme.assets["deep/wave.svg"]
    assert where.startswith("assets/deep/wave.")
    text = theme.static["mine.css"][1].decode()
    assert f'url("../{where}#top")' in text
    assert "url(#own)" in text
    assert theme.faults == ()


def test_words_are_said_differently_one_by_one(tmp_path: Path):
    po = 'msgid "Give"\nmsgstr "Je donne"\n'
    write_theme(tmp_path, "mine", {"locale/fr/LC_MESSAGES/theme.po": po})
    theme = Theme(read_theme("mine", tmp_path), "fr")
    assert theme.translate("Give") == "Je donne"
    assert theme.translate("Front page") == "À la une"
    assert theme.translate("Give", "es") == Theme.in_folder(SHIPPED / "broadsheet", "es").translate(
        "Give"
    )


def test_what_editors_leave_behind_is_no_part_of_a_theme(tmp_path: Path):
    folder = write_theme(tmp_path, "mine")
    before = read_theme("mine", tmp_path).fingerprint
    for name in ("templates/.home.html.swp", "templates/home.html~", "static/.DS_Store", "notes"):
        (folder / name).parent.mkdir(exist_ok=True)
        (folder / name).write_text("{% nonsense")
    files = read_theme("mine", tmp_path)
    assert find_faults(files) == ()
    assert files.fingerprint == before


def test_a_newsroom_may_have_its_own_of_a_name_that_comes_along(tmp_path: Path):
    write_theme(tmp_path, "tabloid")
    assert known_themes(tmp_path)["tabloid"] == tmp_path / "tabloid"
    assert [layer.name for layer in read_theme("tabloid", tmp_path).layers] == [
        "tabloid",
        "broadsheet",
    ]


# What is kept, and what is read again ---------------------------------------------------------


def test_an_unchanged_theme_is_read_once_and_a_changed_one_again(tmp_path: Path):
    write_theme(tmp_path, "parent")
    write_theme(tmp_path, "mine", based_on="parent")
    first = theme_files("mine", tmp_path)
    assert theme_files("mine", tmp_path) is first
    write_theme(tmp_path, "parent", {"static/a.css": ".a{}"})
    second = theme_files("mine", tmp_path)
    assert second is not first
    os.utime(tmp_path / "parent" / "static" / "a.css", ns=(1, 1))
    assert theme_files("mine", tmp_path) is second
    (tmp_path / "mine" / "theme.toml").write_text('based_on = "broadsheet"\n')
    third = theme_files("mine", tmp_path)
    assert [layer.name for layer in third.layers] == ["mine", "broadsheet"]


def test_a_theme_that_appears_is_found(tmp_path: Path):
    assert "no theme “mine”" in only_fault(tmp_path)
    assert find_faults(theme_files("mine", tmp_path))
    write_theme(tmp_path, "mine")
    assert find_faults(theme_files("mine", tmp_path)) == ()


# Faults -----------------------------------------------------------------------------------------


def test_a_theme_or_a_parent_that_is_not_there(tmp_path: Path):
    assert only_fault(tmp_path, "tabliod") == (
        "press.theme: there is no theme “tabliod”. Did you mean “tabloid”?"
    )
    write_theme(tmp_path, "mine", based_on="brodsheet")
    assert only_fault(tmp_path) == (
        "themes/mine/theme.toml, line 1: there is no theme “brodsheet”. Did you mean “broadsheet”?"
    )


def test_themes_in_a_circle(tmp_path: Path):
    for name, other in (("mine", "ours"), ("ours", "theirs"), ("theirs", "mine")):
        write_theme(tmp_path, name, based_on=other)
    assert "mine → ours → theirs → mine" in only_fault(tmp_path)
    write_theme(tmp_path, "alone", based_on="alone")
    assert "alone → alone" in only_fault(tmp_path, "alone")


@pytest.mark.parametrize(
    ("facts", "said"),
    [
        ("name = “x”", "line 1: it is not TOML"),
        ('name = "x"\nbased_no = "broadsheet"', "line 2: “based_no” means nothing here. Did you"),
        ("based_on = 7", "line 1: based_on must be a text"),
        ('based_on = "../broadsheet"', "line 1: “../broadsheet” is not the name of a theme"),
        ('based_on = "broadsheet"\nstyle = "before"', "line 2: “before” is neither"),
    ],
)
def test_facts_that_cannot_be_read(tmp_path: Path, facts: str, said: str):
    write_theme(tmp_path, "mine")
    (tmp_path / "mine" / "theme.toml").write_text(facts)
    assert f"themes/mine/theme.toml, {said}" in "\n".join(faults(tmp_path))


@pytest.mark.parametrize(
    ("template", "said"),
    [
        ("<p>\n{% if %}", "404.html, line 2: unexpected end of block."),
        ('\n\n{% extends "bass.html" %}', "line 3: there is no template “bass.html”. Did you"),
        ('{% include "../../secret.key" %}', "line 1: there is no template “../../secret.key”."),
        ('{% include "/etc/passwd" %}', "line 1: there is no template “/etc/passwd”."),
        ('{% extends "404.html" %}', '{% extends "broadsheet/404.html" %}.'),
        ('{% from "marcos.html" import story %}', "Did you mean “macros.html”?"),
    ],
)  # fmt: skip
def test_templates_with_faults(tmp_path: Path, template: str, said: str):
    write_theme(tmp_path, "mine", {"templates/404.html": template})
    assert said in only_fault(tmp_path)


def test_a_template_that_may_be_missing(tmp_path: Path):
    write_theme(tmp_path, "mine", {"templates/404.html": '{% include "x.html" ignore missing %}'})
    assert faults(tmp_path) == []


@pytest.mark.parametrize(
    ("css", "said"),
    [
        ("a {}\n@import 'x.css';", "mine.css, line 2: @import asks for a second file."),
        ("a {}\nb { mask: url(https://x.example/a) }", "line 2: “https://x.example/a” is no"),
        ("a { background: url(data:image/png;base64,AA) }", "is no file of static/"),
        ("a {}\nb { color: red\n", "line 2: 1 “{” are not closed."),
        ("a {}\n}\n", "line 2: a “}” closes nothing."),
        ("a {}\n/* b {", "line 2: a comment is not closed."),
    ],
)  # fmt: skip
def test_style_sheets_with_faults(tmp_path: Path, css: str, said: str):
    write_theme(tmp_path, "mine", {"static/mine.css": css})
    assert said in only_fault(tmp_path)


def test_braces_in_comments_and_texts_count_for_nothing(tmp_path: Path):
    css = "/* { @import url(x) */ a::before { content: \"{\" } b::after { content: '/*' }"
    write_theme(tmp_path, "mine", {"static/mine.css": css})
    assert faults(tmp_path) == []


@pytest.mark.parametrize(
    ("po", "said"),
    [
        ('msgid "Give"\nmsgstr "Donner\n', "theme.po, line 2: “msgstr \"Donner” is no line"),
        ('msgid "By {names}"\nmsgstr "Par {name}"\n', "line 1: “Par {name}” has not the gaps"),
    ],
)  # fmt: skip
def test_catalogues_with_faults(tmp_path: Path, po: str, said: str):
    write_theme(tmp_path, "mine", {"locale/pt_BR/LC_MESSAGES/theme.po": po})
    assert said in only_fault(tmp_path)
    assert "locale/pt_BR/LC_MESSAGES" in only_fault(tmp_path)


def test_a_theme_that_stands_alone_needs_what_pages_are_made_of(tmp_path: Path):
    write_theme(tmp_path, "mine", {"templates/404.html": "?"}, based_on="")
    found = "\n".join(faults(tmp_path))
    assert "there is no base.html. Say what the theme is based on" in found
    assert "there is no style sheet." in found
    assert "there is no icon.svg." in found


# Hostile folders --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "name", ["..", ".", "", "../x", "a/b", "a\\b", ".hidden", "a\0b", "frame", "x" * 65, "/etc"]
)
def test_names_that_are_none(tmp_path: Path, name: str):
    assert not is_theme_name(name)
    if name:
        assert "there is no theme" in only_fault(tmp_path, name)


def test_links_that_lead_out_are_not_followed(tmp_path: Path):
    (tmp_path / "secret.key").write_text("s3cret")
    folder = write_theme(tmp_path / "themes", "mine", {"templates/a.html": "a"})
    (folder / "static" / "key.txt").symlink_to(tmp_path / "secret.key")
    (folder / "templates" / "key.html").symlink_to("../../../secret.key")
    (folder / "static" / "all").symlink_to(tmp_path)
    (folder / "static" / "inside.txt").symlink_to("../templates/a.html")
    found = faults(tmp_path / "themes")
    assert [one.partition(": ")[2].split(".")[0] for one in found] == [
        "it is a link that leads out of the theme's folder"
    ] * 3
    files = read_theme("mine", tmp_path / "themes")
    assert files.layers[0].static == {"inside.txt": b"a"}
    assert "s3cret" not in str(files.layers[0].templates)


def test_what_is_no_file_is_not_opened(tmp_path: Path):
    folder = write_theme(tmp_path, "mine")
    os.mkfifo(folder / "static" / "pipe.css")
    assert only_fault(tmp_path) == (
        "themes/mine/static/pipe.css: it is no file. Put plain files there, and folders of them."
    )


@pytest.mark.parametrize("name", ["a b.png", "ä.png", 'x".png', "-x.png", "a%2fb.png"])
def test_static_files_have_names_that_are_addresses(tmp_path: Path, name: str):
    write_theme(tmp_path, "mine", {f"static/{name}": ""})
    assert "the file cannot be called so" in only_fault(tmp_path)


def test_a_file_that_readers_would_wait_for_is_refused(tmp_path: Path):
    folder = write_theme(tmp_path, "mine")
    with (folder / "static" / "big.png").open("wb") as file:
        file.truncate(5_000_000)
    assert "it has 5,000,000 bytes" in only_fault(tmp_path)


def test_text_that_is_not_utf8(tmp_path: Path):
    folder = write_theme(tmp_path, "mine", {"templates/404.html": ""})
    (folder / "templates" / "404.html").write_bytes(b"<p>\n\xff")
    assert "themes/mine/templates/404.html, line 2: it is not UTF-8." in only_fault(tmp_path)


def test_other_code_of_the_same_version_prints_anew(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    module = tmp_path / "press" / "dates.py"
    module.parent.mkdir()
    monkeypatch.setattr("handpress.__file__", str(tmp_path / "__init__.py"))
    states = set()
    for code in ("one", "two", "one"):
        module.write_text(code)
        states.add(own_code.__wrapped__())
    assert len(states) == 2
