"""The catalogues that come along are whole, and the tool that keeps them so finds what is not."""

from __future__ import annotations

import importlib.util
from io import BytesIO
from pathlib import Path
from types import ModuleType

import pytest
from babel.messages.catalog import Catalog
from babel.messages.pofile import read_po

ROOT = Path(__file__).parents[2]
LANGUAGES = ["ar", "en", "es", "fr", "ko"]


def _load() -> ModuleType:
    """The script is no package; it is loaded from its file."""
    spec = importlib.util.spec_from_file_location("translations", ROOT / "scripts/translations.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


tool = _load()


def catalogue(language: str) -> Catalog:
    file: Path = tool.catalogue_files()[language]
    return read_po(BytesIO(file.read_bytes()))


def test_five_languages_come_along():
    assert sorted(tool.catalogue_files()) == LANGUAGES


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_catalogue_holds_exactly_what_is_said_and_all_of_it(language: str):
    assert [str(m.id) for m in catalogue(language) if m.id] == list(tool.collect_texts())
    assert tool.unfinished(catalogue(language)) == []


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_catalogue_is_as_the_tool_writes_it(language: str):
    file: Path = tool.catalogue_files()[language]
    fresh = tool.updated(tool.collect_texts(), catalogue(language), language)
    assert tool.written(fresh, language) == file.read_bytes()


@pytest.mark.parametrize("language", [one for one in LANGUAGES if one != "en"])
def test_a_translation_is_one(language: str):
    """What reads as in English is a word that both languages have."""
    same = {str(m.id) for m in catalogue(language) if m.id and m.id == m.string}
    assert same <= {"Page {number}", "Notes", "Questions", "{names}, {name}"}


@pytest.mark.parametrize("language", ["ar", "ko"])
def test_a_translation_is_in_its_script(language: str):
    first, last = {"ar": ("\u0600", "\u06ff"), "ko": ("\uac00", "\ud7a3")}[language]
    for message in catalogue(language):
        text = str(message.string)
        if message.id and text != "{names}, {name}":
            assert any(first <= letter <= last for letter in text), text


# The tool -----------------------------------------------------------------------------------


def test_texts_are_found_in_templates_and_in_python():
    texts = tool.collect_texts()
    assert texts["By {names}"] == ["templates/article.html"]
    assert "archive/outputs.py" in texts["Page {number}"]
    assert texts["Table {number}"] == ["newsroom/article_page.py"]


def test_a_text_that_is_put_together_is_refused():
    assert list(tool.texts_of_template('{{ _("A \\"b\\"", lang) }}{{ _( "C" ) }}', "x")) == [
        'A "b"',
        "C",
    ]
    with pytest.raises(SystemExit, match=r"x\.html: _\( wants a text in double quotes"):
        list(tool.texts_of_template("{{ _(name) }}", "x.html"))


@pytest.mark.parametrize(
    ("said", "flags"),
    [("", ()), ("Seite", ()), ("{nummer}. Seite", ()), ("{number}. Seite", {"fuzzy"})],
)
def test_what_is_missing_doubtful_or_without_its_gap_is_found(said: str, flags: set[str]):
    faulty = Catalog(fuzzy=False)
    faulty.add("Page {number}", said, flags=flags)
    faulty.add("Give", "Spenden")
    assert tool.unfinished(faulty) == ["Page {number}"]


def test_a_change_of_texts_keeps_what_is_translated():
    former = Catalog(fuzzy=False)
    former.add("Give", "Spenden", user_comments=["A button."])
    former.add("Said no more", "Vorbei")
    fresh = tool.updated({"Topics": ["a.html"], "Give": ["b.html"]}, former, "de")
    assert [(m.id, m.string) for m in fresh if m.id] == [("Topics", ""), ("Give", "Spenden")]
    text = tool.written(fresh, "de").decode()
    assert '"Language: de\\n"' in text
    assert "# A button." in text
    assert "Vorbei" not in text
