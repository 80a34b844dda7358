"""The pages about signing in speak the desk's language: every word of theirs is translated."""

from __future__ import annotations

import gettext
import io
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from babel.messages.extract import extract
from babel.messages.mofile import read_mo
from babel.messages.pofile import read_po
from django.utils.translation import override
from django.utils.translation.template import templatize

from accounts.conftest import Visit
from factories.visitors import words_of
from handpress import accounts

FOLDER = Path(accounts.__file__).parent
LANGUAGES = ("ar", "es", "fr", "ko")
KEYWORDS: dict[str, Any] = {
    "_": None,
    "gettext": None,
    "gettext_lazy": None,
    "ngettext": (1, 2),
    "pgettext": ((1, "c"), 2),
    "npgettext": ((1, "c"), 2, 3),
}
MARKS = re.compile(r"%\(\w+\)[sd]|%s|\{\w+\}")


def sources() -> Iterator[bytes]:
    """Yield Python files as they are, and templates as what Python would look like."""
    for path in sorted(FOLDER.rglob("*.py")):
        yield path.read_bytes()
    for path in sorted([*FOLDER.rglob("*.html"), *FOLDER.rglob("*.txt")]):
        yield templatize(path.read_text(encoding="utf-8")).encode()


@cache
def words() -> frozenset[Any]:
    """Return all that is marked for translation."""
    found: set[Any] = set()
    for source in sources():
        for _, message, _, _ in extract("python", io.BytesIO(source), keywords=KEYWORDS):
            found.add(_key(message))
    return frozenset(found)


def _key(message: Any) -> Any:
    return message if isinstance(message, str) else tuple(message)


def read(language: str, name: str) -> dict[Any, Any]:
    """Return a catalogue's words and what is said for them."""
    with (folder_of(language) / name).open("rb") as file:
        catalogue = read_po(file) if name.endswith(".po") else read_mo(file)
    return {_key(each.id): _key(each.string) for each in catalogue if each.id}


def folder_of(language: str) -> Path:
    return FOLDER / "locale" / language / "LC_MESSAGES"


def test_words_are_found() -> None:
    assert len(words()) > 240
    assert {"Sign in to the desk", "Not saved: you are not signed in"} <= words()


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_word_is_translated_with_its_marks(language: str) -> None:
    kept = read(language, "django.po")
    assert set(kept) == words()
    for word, said in kept.items():
        ours = (word,) if isinstance(word, str) else word
        theirs = (said,) if isinstance(said, str) else said
        assert all(theirs), word
        for each in theirs:
            assert sorted(MARKS.findall(each)) == sorted(MARKS.findall(ours[-1])), word


@pytest.mark.parametrize("language", LANGUAGES)
def test_what_is_compiled_is_what_is_written(language: str) -> None:
    assert read(language, "django.mo") == read(language, "django.po")
    with (folder_of(language) / "django.mo").open("rb") as file:
        assert gettext.GNUTranslations(file).gettext("Passkeys") != "Passkeys"


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("language", "heading", "direction"),
    [
        ("es", "Entrar en la redacción", "ltr"),
        ("fr", "Se connecter à la rédaction", "ltr"),
        ("ko", "편집국 로그인", "ltr"),
        ("ar", "الدخول إلى غرفة الأخبار", "rtl"),
    ],
)
def test_the_way_in_speaks_the_desks_language(
    language: str, heading: str, direction: str, visit: Visit
) -> None:
    with override(language):
        page = visit().get("/desk/sign-in/")
    assert heading in words_of(page)
    assert f'<html lang="{language}" dir="{direction}"' in page.content.decode()
