"""A theme at work: its templates compiled, its static files as they are published, its words."""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass
from functools import cache, cached_property
from pathlib import Path

import minijinja

import handpress
from handpress.conf.faults import Fault
from handpress.press.catalogues import Catalogues
from handpress.press.core.tokens import read_tokens
from handpress.press.theme_faults import URL, find_faults
from handpress.press.theme_files import FORMS, ThemeFiles
from handpress.press.theme_reading import read_theme

# What browsers take where a style sheet sets none.
_UNSET = {"paper": "#ffffff", "paper_dark": "#000000"}
_AT_ROOT = {"favicon.ico"}
# What the engine does for one page, step by step: less than a second. Ours take some thousands.
_MOST_STEPS = 20_000_000


@dataclass(frozen=True)
class Theme:
    """The files of a theme, for an outlet's language and colours.

    ``colours`` are (name, #rrggbb) pairs that take the place of the style sheet's own.
    """

    files: ThemeFiles
    language: str
    colours: tuple[tuple[str, str], ...] = ()

    @classmethod
    def in_folder(cls, folder: Path, language: str) -> Theme:
        """Return the theme in a folder that lies beside those it may be based on."""
        return cls(read_theme(folder.name, folder.parent), language)

    @cached_property
    def faults(self) -> tuple[Fault, ...]:
        """What keeps pages from being printed with this theme, as far as its files tell."""
        return find_faults(self.files)

    @cached_property
    def environment(self) -> minijinja.Environment:
        """The compiled templates; an undefined name is an error, never an empty string.

        So is a page that does not come to an end: who waits for it would print no other.
        """
        environment = minijinja.Environment(
            loader=self.files.load,
            undefined_behavior="strict",
            trim_blocks=True,
            lstrip_blocks=True,
            globals={
                "_": self.words.translate,
                "said": self.words.said,
                "back": self.words.back,
                "tokens": self.tokens,
            },
        )
        environment.fuel = _MOST_STEPS
        return environment

    @cached_property
    def words(self) -> Catalogues:
        """The theme's own words, in the outlet's language and in those of articles."""
        return Catalogues([layer.catalogues for layer in self.files.layers], self.language)

    def translate(self, text: str, language: str = "", **values: object) -> str:
        """Return one of the theme's own texts in ``language``, else in the outlet's."""
        return self.words.translate(text, language, **values)

    @cached_property
    def static(self) -> dict[str, tuple[str, bytes]]:
        """Static files: name -> (path in the site, bytes). Paths carry the content's hash.

        All style sheets are one: those of the parents, the theme's own, the outlet's colours. Pages
        with a form get `FORMS` along with it.
        """
        found = {name: (_asset_path(name, data), data) for name, data in self.files.static.items()}
        paths = {name: path for name, (path, _) in found.items()}
        styles = self.files.styles
        parts = {name: _with_paths(data, paths) for name, (_, data) in styles.items()}
        for name in (self._style_name, FORMS) if FORMS in parts else (self._style_name,):
            chosen = (data for each, data in parts.items() if name == FORMS or each != FORMS)
            sheet = b"".join([*chosen, colour_rules(self.colours)])
            found[name] = (_asset_path(name, sheet), sheet)
        return found

    @cached_property
    def tokens(self) -> dict[str, str]:
        """The colours that pages have, by name; those for dark screens with ``_dark`` behind it."""
        sheet = self.static[self._style_name][1]
        return {**_UNSET, **read_tokens(sheet.decode("utf-8", "replace"))}

    @property
    def _style_name(self) -> str:
        return f"{self.files.name}.css"

    @cached_property
    def assets(self) -> dict[str, str]:
        """What templates ask for: paths from the site's root, of ``css``, ``icon``, ``forms`` (the
        style sheet of pages with a form), and of every static file by its name."""
        paths = {name: path for name, (path, _) in self.static.items()}
        css = paths[self._style_name]
        return {**paths, "css": css, "forms": paths.get(FORMS, css), "icon": paths["icon.svg"]}

    @cached_property
    def fingerprint(self) -> str:
        """Changes whenever any file of the theme, or of Handpress itself, changes."""
        known = f"{own_code()} {self.colours} {self.files.fingerprint}"
        return hashlib.sha256(known.encode()).hexdigest()


@cache
def own_code() -> str:
    """Return what tells one state of Handpress from the next, also where its version is the same.

    A clone that is brought up to date prints what its new code makes.
    """
    digest = hashlib.sha256()
    own = Path(handpress.__file__).parent
    for path in sorted(own.rglob("*.py")):
        digest.update(str(path.relative_to(own)).encode() + b"\0")
        digest.update(hashlib.sha256(path.read_bytes()).digest())
    return digest.hexdigest()


def _asset_path(name: str, data: bytes) -> str:
    if name in _AT_ROOT:
        return name
    stem, dot, ending = name.rpartition(".")
    if not dot:
        stem, ending = name, ""
    return f"assets/{stem}.{hashlib.sha256(data).hexdigest()[:10]}{dot}{ending}"


def _with_paths(sheet: bytes, paths: dict[str, str]) -> bytes:
    """Return a style sheet in which ``url(...)`` leads to where the file is published.

    The sheet itself is published in ``assets/``.
    """
    if b"url(" not in sheet:
        return sheet

    def lead(found: re.Match[str]) -> str:
        name, mark, rest = found[2].partition("#")
        path = paths.get(name)
        return f'url("../{path}{mark}{rest}")' if path else found[0]

    return URL.sub(lead, sheet.decode("utf-8", "replace")).encode()


def colour_rules(colours: tuple[tuple[str, str], ...]) -> bytes:
    """Return the CSS that puts an outlet's colours in place of the theme's, in its own layer.

    Names that end in ``_dark`` are for dark screens.
    """
    light = "".join(f"--{name}:{value};" for name, value in colours if not name.endswith("_dark"))
    dark = "".join(
        f"--{name.removesuffix('_dark')}:{value};"
        for name, value in colours
        if name.endswith("_dark")
    )
    # Not for dark screens: there the theme's own dark colours would be the former rule, and lose.
    rules = (
        f"@media not screen and (prefers-color-scheme:dark){{:root{{{light}}}}}" if light else ""
    )
    if dark:
        rules += f"@media screen and (prefers-color-scheme:dark){{:root{{{dark}}}}}"
    return f"@layer tokens{{{rules}}}\n".encode() if rules else b""
