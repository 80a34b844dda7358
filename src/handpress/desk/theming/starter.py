"""The beginning of a theme: a commented folder that changes little and passes every check."""

from __future__ import annotations

import os
import re
import shutil
import tempfile
from pathlib import Path

from handpress.press.theme_files import SHIPPED, find_folder, is_theme_name, known_themes

_NAME = re.compile(r"[a-z][a-z0-9-]{0,39}")

_FACTS = """\
# What the theme is called where people choose one, and a line about it.
name = "{title}"
about = ""

# Whatever this folder does not hold comes from the theme named here. A file that lies here takes
# the place of the file of the same name there: copy one from there and change it.
based_on = "{based_on}"

# "after": the style sheet below comes after the parent's. "instead": it takes its place.
style = "after"
"""
# Readers get it as it stands, comments and all: so they are few.
_STYLE = """\
/* Colours: the only place for them. Text needs a contrast of 4.5 on --paper and --wash, white the
   same on --button. `handpress theme check {name}` counts. Keep the layers: see docs/theme.md. */
@layer tokens {{
  :root {{ --accent: #0b4a6f; --button: #0b4a6f }}
  @media screen and (prefers-color-scheme: dark) {{
    :root {{ --accent: #9fd0ee; --button: #1f618d }}
  }}
}}

@layer components {{
  .story > h3 a, .card > h2 a {{ text-decoration-thickness: 2px }}
}}
"""
_PLAIN_PAGE = """\
{{#- Plain pages, such as About: the parent's, with a place to add to. `super()` prints what the
    parent has there. docs/theme.md lists every template and what it gets. -#}}
{{% extends "{based_on}/page.html" %}}
{{% block main %}}
{{{{ super() }}}}
{{% endblock %}}
"""
_WORDS = """\
# The theme's words where they differ from the parent's: an entry for each, by its English.
# Entries without "#" count, such as these with theirs removed:
#
# msgid "Give"
# msgstr "Chip in"
msgid ""
msgstr ""
"Language: en\\n"
"MIME-Version: 1.0\\n"
"Content-Type: text/plain; charset=utf-8\\n"
"Content-Transfer-Encoding: 8bit\\n"
"""


class StarterError(RuntimeError):
    """The theme cannot be begun; the message says why. Nothing was written."""


def begin_theme(name: str, *, based_on: str, themes: Path) -> list[Path]:
    """Make a theme's folder and return its files. It is there whole, or not at all."""
    _refuse_name(name, themes)
    if find_folder(based_on, themes) is None:
        raise StarterError(
            f"There is no theme “{based_on}”. There are: {', '.join(known_themes(themes))}."
        )
    themes.mkdir(exist_ok=True)
    work = Path(tempfile.mkdtemp(prefix=".new-theme-", dir=themes))
    try:
        files = _write(work, name, based_on)
        work.chmod(0o755)
        # Fails where somebody has made that folder meanwhile and put something into it.
        work.rename(themes / name)
    except OSError as error:
        shutil.rmtree(work, ignore_errors=True)
        raise StarterError(f"{themes / name} cannot be made ({error.strerror}).") from error
    return [themes / name / file for file in files]


def _refuse_name(name: str, themes: Path) -> None:
    if not _NAME.fullmatch(name) or not is_theme_name(name):
        raise StarterError(
            f"“{name}” cannot be a theme's name: it becomes a folder and part of addresses. Use "
            "small letters, digits and “-”, beginning with a letter, forty at most."
        )
    if (SHIPPED / name).exists():
        raise StarterError(
            f"“{name}” comes along. Give yours another name, and base it on that one: "
            f"handpress theme new my-{name} --based-on {name}"
        )
    if os.path.lexists(themes / name):
        raise StarterError(f"{themes / name} is there already; it was left as it is.")


def _write(folder: Path, name: str, based_on: str) -> list[str]:
    title = name.replace("-", " ").capitalize()
    values = {"name": name, "title": title, "based_on": based_on}
    files = {
        "theme.toml": _FACTS.format(**values),
        f"static/{name}.css": _STYLE.format(**values),
        "templates/page.html": _PLAIN_PAGE.format(**values),
        "locale/en/LC_MESSAGES/theme.po": _WORDS,
    }
    for file, text in files.items():
        path = folder / file
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, "utf-8")
    return list(files)
