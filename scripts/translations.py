"""Bring the theme's catalogues (.po) up to date with the texts that templates and Python say.

    translations.py             add new texts, drop those that nobody says any more
    translations.py de pt-BR    begin catalogues for more languages too
    translations.py --check     change nothing; fail if a catalogue is out of date or incomplete

What is missing or doubtful (fuzzy) in each is counted. Texts already translated stay as they are.
"""

from __future__ import annotations

import argparse
import re
import sys
from collections.abc import Iterable, Iterator
from io import BytesIO
from pathlib import Path
from typing import Any

from babel.messages.catalog import Catalog
from babel.messages.extract import extract_python
from babel.messages.pofile import read_po, write_po

SOURCE = Path(__file__).resolve().parent.parent / "src" / "handpress"
THEME = SOURCE / "themes" / "broadsheet"
SOURCE_LANGUAGE = "en"

_SAID_IN_TEMPLATE = re.compile(r'\b_\(\s*(?:"((?:[^"\\]|\\.)*)"|(.{0,30}))', re.DOTALL)
_HEADER = """\
msgid ""
msgstr ""
"Language: {language}\\n"
"MIME-Version: 1.0\\n"
"Content-Type: text/plain; charset=utf-8\\n"
"Content-Transfer-Encoding: 8bit\\n"

"""

Texts = dict[str, list[str]]
"""What is said, and in which files; in the order of the files."""


def collect_texts(source: Path = SOURCE, theme: Path = THEME) -> Texts:
    """Return every text that the theme or Python says to readers."""
    texts: Texts = {}
    for file in sorted((theme / "templates").rglob("*.*")):
        for text in texts_of_template(file.read_text("utf-8"), str(file)):
            _note(texts, text, file.relative_to(theme).as_posix())
    for file in sorted(source.rglob("*.py")):
        with file.open("rb") as stream:
            found: Iterable[Any] = extract_python(stream, {"translate": None}, (), {})
            for _, _, said, _ in found:
                text = said[0] if isinstance(said, tuple) else said
                if text and isinstance(text, str):
                    _note(texts, text, file.relative_to(source).as_posix())
    return texts


def texts_of_template(template: str, name: str) -> Iterator[str]:
    """Yield what a template says. A text that is put together cannot be found, so it is refused."""
    for found in _SAID_IN_TEMPLATE.finditer(template):
        if found[1] is None:
            raise SystemExit(f'{name}: _( wants a text in double quotes, not "{found[2]}".')
        yield found[1].replace('\\"', '"')


def _note(texts: Texts, text: str, file: str) -> None:
    places = texts.setdefault(text, [])
    if file not in places:
        places.append(file)


def catalogue_files(theme: Path = THEME) -> dict[str, Path]:
    """Return the catalogues that there are, by language."""
    files = sorted((theme / "locale").glob("*/LC_MESSAGES/theme.po"))
    return {file.parts[-3]: file for file in files}


def updated(texts: Texts, former: Catalog, language: str) -> Catalog:
    """Return a catalogue of exactly these texts, with the translations that there were."""
    fresh = Catalog(fuzzy=False)
    for text, places in texts.items():
        known = former.get(text)
        said = str(known.string) if known else ""
        fresh.add(
            text,
            said or (text if language == SOURCE_LANGUAGE else ""),
            locations=[(place, None) for place in places],  # type: ignore[misc]
            flags={"fuzzy"} if known and known.fuzzy else (),
            user_comments=known.user_comments if known else (),
        )
    return fresh


def written(catalogue: Catalog, language: str) -> bytes:
    """Return the bytes of a catalogue. Without dates: they change when nothing else does."""
    stream = BytesIO()
    write_po(stream, catalogue, width=100, omit_header=True, include_lineno=False)
    return _HEADER.format(language=language.replace("_", "-")).encode() + stream.getvalue()


def unfinished(catalogue: Catalog) -> list[str]:
    """Return the texts that are not translated, or doubtful, or lack or invent a {gap}."""
    return [str(m.id) for m in catalogue if m.id and not _is_finished(str(m.id), m)]


def _is_finished(text: str, message: object) -> bool:
    said = str(getattr(message, "string", ""))
    return bool(said) and not getattr(message, "fuzzy", False) and _gaps(text) == _gaps(said)


def _gaps(text: str) -> list[str]:
    return sorted(re.findall(r"\{\w+\}", text))


def main(arguments: Iterable[str]) -> int:
    """Do as the command line says; return the exit status."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("languages", nargs="*", help="languages to begin, such as de or pt-BR")
    parser.add_argument("--check", action="store_true", help="change nothing")
    options = parser.parse_args(list(arguments))
    files = catalogue_files()
    for language in options.languages:
        name = language.replace("-", "_")
        files.setdefault(name, THEME / "locale" / name / "LC_MESSAGES" / "theme.po")
    texts = collect_texts()
    status = 0
    for language, file in files.items():
        data = file.read_bytes() if file.exists() else b""
        catalogue = updated(texts, read_po(BytesIO(data)), language)
        wanted, missing = written(catalogue, language), unfinished(catalogue)
        is_stale = wanted != data
        print(f"{language}: {len(texts)} texts, {len(missing)} to translate")
        if options.check:
            status |= int(is_stale or bool(missing))
        elif is_stale:
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_bytes(wanted)
    return status


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
