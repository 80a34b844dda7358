"""A theme: a folder of templates and static files, and the fingerprint of all of them."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import minijinja

import handpress
from handpress.press.catalogues import Catalogues

_AT_ROOT = {"favicon.ico"}
_FORMS = "forms.css"


@dataclass(frozen=True)
class Theme:
    """A theme in ``folder``: ``templates/``, ``static/`` and, for translations, ``locale/``.

    ``colours`` are (name, #rrggbb) pairs that take the place of the style sheet's own.
    """

    folder: Path
    language: str
    colours: tuple[tuple[str, str], ...] = ()

    @cached_property
    def environment(self) -> minijinja.Environment:
        """The compiled templates; an undefined name is an error, never an empty string."""
        return minijinja.Environment(
            loader=minijinja.load_from_path([str(self.folder / "templates")]),
            undefined_behavior="strict",
            trim_blocks=True,
            lstrip_blocks=True,
            globals={
                "_": self.words.translate,
                "said": self.words.said,
                "back": self.words.back,
            },
        )

    @cached_property
    def words(self) -> Catalogues:
        """The theme's own words, in the outlet's language and in those of articles."""
        return Catalogues(self.folder / "locale", self.language)

    def translate(self, text: str, language: str = "", **values: object) -> str:
        """Return one of the theme's own texts in ``language``, else in the outlet's."""
        return self.words.translate(text, language, **values)

    @cached_property
    def static(self) -> dict[str, tuple[str, bytes]]:
        """Static files: name -> (path in the site, bytes). Paths carry the content's hash."""
        base = self.folder / "static"
        found = {}
        for file in sorted(p for p in base.rglob("*") if p.is_file()):
            name = file.relative_to(base).as_posix()
            data = file.read_bytes()
            if name == _FORMS:
                # What pages with a form need beyond: one file with the rest, one request.
                data = (base / self._style).read_bytes() + data
            if file.suffix == ".css":
                data += colour_rules(self.colours)
            found[name] = (_asset_path(name, data), data)
        return found

    @cached_property
    def assets(self) -> dict[str, str]:
        """What templates ask for: the paths of style sheets and icon from the site's root."""
        css = self.static[self._style][0]
        forms = self.static[_FORMS][0] if _FORMS in self.static else css
        return {"css": css, "forms": forms, "icon": self.static["icon.svg"][0]}

    @cached_property
    def _style(self) -> str:
        files = (self.folder / "static").rglob("*.css")
        names = sorted(file.relative_to(self.folder / "static").as_posix() for file in files)
        return next(name for name in names if name != _FORMS)

    @cached_property
    def fingerprint(self) -> str:
        """Changes whenever any file of the theme, or Handpress itself, changes."""
        digest = hashlib.sha256(f"{handpress.__version__} {self.colours}".encode())
        for file in sorted(p for p in self.folder.rglob("*") if p.is_file()):
            digest.update(file.relative_to(self.folder).as_posix().encode())
            digest.update(hashlib.sha256(file.read_bytes()).digest())
        return digest.hexdigest()


def _asset_path(name: str, data: bytes) -> str:
    if name in _AT_ROOT:
        return name
    stem, dot, ending = name.rpartition(".")
    return f"assets/{stem}.{hashlib.sha256(data).hexdigest()[:10]}{dot}{ending}"


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
