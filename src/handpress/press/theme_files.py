"""A theme as it lies on the disk: its folder, those it is based on, and every file of them, read
at one moment.

A file of a theme takes the place of the file of the same name in the themes it is based on.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache, cached_property
from pathlib import Path

import handpress
from handpress.conf.faults import Fault

SHIPPED = Path(handpress.__file__).parent / "themes"
FACTS_FILE = "theme.toml"
CATALOGUE = "LC_MESSAGES/theme.po"
AFTER, INSTEAD = "after", "instead"

_NAME = re.compile(r"\w[\w-]{0,63}")
FORMS = "forms.css"
"""What pages with a form need beyond the style sheet: they get both as one file."""


@dataclass(frozen=True, slots=True)
class Layer:
    """One folder of a theme. Names are paths below ``templates/`` and ``static/``, with "/"."""

    name: str
    folder: Path
    title: str = ""
    about: str = ""
    based_on: str = ""
    style: str = AFTER
    templates: Mapping[str, str] = field(default_factory=dict)
    static: Mapping[str, bytes] = field(default_factory=dict)
    catalogues: Mapping[str, bytes] = field(default_factory=dict)

    def place(self, file: str, line: int = 0) -> str:
        """Return how a file of this theme is named to people."""
        where = f"themes/{self.name}/{file}"
        return f"{where}, line {line}" if line else where


@dataclass(frozen=True, eq=False)
class ThemeFiles:
    """A theme and those it is based on, the theme itself first; and what is wrong with them."""

    name: str
    layers: tuple[Layer, ...]
    reading_faults: tuple[Fault, ...] = ()

    def find(self, template: str) -> tuple[Layer, str] | None:
        """Return the layer and the path that a template's name means, or None.

        ``article.html`` is that of the first theme which has one; ``broadsheet/article.html``
        that of the theme named, or of the first below it.
        """
        name, _, below = template.partition("/")
        named = [layer.name for layer in self.layers]
        start, path = (named.index(name), below) if name in named else (0, template)
        for layer in self.layers[start:]:
            if path in layer.templates:
                return layer, path
        return None

    def load(self, template: str) -> str | None:
        """Return a template's text by its name; None where there is none."""
        found = self.find(template)
        return found[0].templates[found[1]] if found else None

    @cached_property
    def template_names(self) -> list[str]:
        """Every template that pages can ask for, without a theme's name before it."""
        return sorted({name for layer in self.layers for name in layer.templates})

    @cached_property
    def static(self) -> dict[str, bytes]:
        """Static files but for style sheets, each as the first theme which has it says."""
        found: dict[str, bytes] = {}
        for layer in reversed(self.layers):
            found |= {name: data for name, data in layer.static.items() if not _is_style(name)}
        return found

    @cached_property
    def styles(self) -> dict[str, tuple[Layer, bytes]]:
        """The style sheets that are joined into one, in their order: those of the parents first.

        `FORMS` comes last, and is for pages with a form alone.
        """
        found: dict[str, tuple[Layer, bytes]] = {}
        for layer in reversed(self.layers):
            if layer.style == INSTEAD:
                found = {name: each for name, each in found.items() if name == FORMS}
            sheets = ((name, data) for name, data in layer.static.items() if _is_style(name))
            found |= {name: (layer, data) for name, data in sheets}
        return dict(sorted(found.items(), key=lambda each: each[0] == FORMS))

    @cached_property
    def fingerprint(self) -> str:
        """Changes whenever a file changes that pages are made from."""
        digest = hashlib.sha256()
        for layer in self.layers:
            digest.update(f"{layer.name} {layer.style}\n".encode())
            for part in (layer.templates, layer.static, layer.catalogues):
                for name, data in part.items():
                    raw = data.encode() if isinstance(data, str) else data
                    digest.update(name.encode() + b"\0" + hashlib.sha256(raw).digest())
        return digest.hexdigest()


def _is_style(name: str) -> bool:
    return name.endswith(".css")


def catalogue_file(language: str) -> str:
    """Return where a theme keeps its words in a language, below its folder."""
    return f"locale/{language.replace('-', '_')}/{CATALOGUE}"


def is_theme_name(name: str) -> bool:
    """Say whether a theme may have this name: one folder, and none that templates lie in.

    `frame/masthead.html` must mean one thing.
    """
    return bool(_NAME.fullmatch(name)) and name not in _folders_of_templates()


@cache
def _folders_of_templates() -> frozenset[str]:
    return frozenset(path.name for path in SHIPPED.glob("*/templates/*") if path.is_dir())


def find_folder(name: str, own: Path) -> Path | None:
    """Return a theme's folder: one of the newsroom's own, else one that comes along, or None."""
    if not is_theme_name(name):
        return None
    return next((base / name for base in (own, SHIPPED) if (base / name).is_dir()), None)


def known_themes(own: Path) -> dict[str, Path]:
    """Return every theme there is, by name: the newsroom's own, then those that come along."""
    found: dict[str, Path] = {}
    for base in (own, SHIPPED):
        for folder in sorted(base.iterdir()) if base.is_dir() else ():
            if folder.is_dir() and is_theme_name(folder.name):
                found.setdefault(folder.name, folder)
    return found
