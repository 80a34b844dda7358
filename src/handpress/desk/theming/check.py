"""Going through a theme as a reader, a machine and a translator would: what is wrong with it."""

from __future__ import annotations

import re
from collections.abc import Iterator

import minijinja

from handpress.conf.faults import Fault
from handpress.desk.theming.laws import broken_laws
from handpress.desk.theming.samples import PAGES, render_page
from handpress.lib.findings import Finding
from handpress.newsroom.core.colours import TEXT_CONTRAST, contrast
from handpress.press.catalogues import SOURCE_LANGUAGE, Catalogues
from handpress.press.core.tokens import Token, find_tokens, read_tokens
from handpress.press.render import Renderer, gather_frame_facts
from handpress.press.site import as_if_themed
from handpress.press.theme import Theme
from handpress.press.theme_faults import find_faults, template_fault
from handpress.press.theme_files import SHIPPED, Layer, ThemeFiles, catalogue_file
from handpress.press.theme_trial import try_theme

LANGUAGES = ("en", "ar")
"""Samples are those of an outlet of each: one direction, then the other."""

_SAID = re.compile(r'\b_\(\s*"((?:[^"\\]|\\.)*)"')
_TEXTS, _GROUNDS, _WHITE = ("ink", "soft", "accent"), ("paper", "wash"), "#ffffff"
_SHOWN = 5


def check_files(files: ThemeFiles) -> Iterator[Finding]:
    """Go through a theme without a newsroom's rows: files, sample pages, colours, words."""
    if faults := find_faults(files) or sample_faults(files):
        yield from (_told("files", fault) for fault in faults)
        return
    yield Finding("files", "ok", f"{_names(files)}, {len(files.template_names)} templates.")
    yield from _or_well(
        "pages", _broken(files), f"{len(PAGES)} samples in {' and '.join(LANGUAGES)} keep the laws."
    )
    yield from _or_well("contrast", _weak_colours(files), "text can be read in light and dark.")
    yield from _or_well("words", _untranslated(files), "all that it says is translated.")


def check_rows(files: ThemeFiles) -> Iterator[Finding]:
    """Make the newsroom's own newest pages of every kind with a theme; print none."""
    with as_if_themed(files) as site:
        faults = try_theme(Renderer(site, gather_frame_facts()))
    yield from _or_well(
        "newsroom", (_told("newsroom", one) for one in faults), "its own pages can be made."
    )


def sample_faults(files: ThemeFiles) -> tuple[Fault, ...]:
    """Return what the templates trip over on the sample pages, each place once."""
    faults: dict[str, Fault] = {}
    for language in LANGUAGES:
        theme = Theme(files, language)
        for name in PAGES:
            try:
                render_page(theme, name)
            except minijinja.TemplateError as error:
                fault = template_fault(files, error, f"the sample “{name}”")
                faults.setdefault(fault.where, fault)
    return tuple(faults.values())


def _told(check: str, fault: Fault) -> Finding:
    return Finding(check, "fail", f"{fault.where}: {fault.problem}", fault.remedy)


def _or_well(check: str, found: Iterator[Finding], well: str) -> Iterator[Finding]:
    findings = list(found)
    yield from findings or [Finding(check, "ok", well)]


def _names(files: ThemeFiles) -> str:
    return ", based on ".join(layer.name for layer in files.layers)


def _broken(files: ThemeFiles) -> Iterator[Finding]:
    """Say each broken law once, with the first pages that break it."""
    places: dict[str, list[str]] = {}
    for language in LANGUAGES:
        theme = Theme(files, language)
        for name in PAGES:
            for law in broken_laws(theme, name):
                places.setdefault(law, []).append(f"{name} ({language})")
    for law, pages in places.items():
        more = f" and {len(pages) - _SHOWN} more" if len(pages) > _SHOWN else ""
        what = f"{law}: {', '.join(pages[:_SHOWN])}{more}."
        yield Finding("pages", "fail", what, "See “What must stay true” in docs/theme.md.")


def _weak_colours(files: ThemeFiles) -> Iterator[Finding]:
    sheets = [(layer, name, data.decode()) for name, (layer, data) in files.styles.items()]
    for layer, name, text in sheets:
        for token in find_tokens(text):
            place = layer.place(f"static/{name}", text.count("\n", 0, token.offset) + 1)
            yield from _of_token(token, place)
    found = read_tokens("\n".join(text for _, _, text in sheets))
    for scheme, words in (("", "in light"), ("_dark", "in dark")):
        for text, ground in ((text, ground) for text in _TEXTS for ground in _GROUNDS):
            one, other = found.get(text + scheme), found.get(ground + scheme)
            yield from _weak(f"--{text} on --{ground}", words, one, other)
        yield from _weak("white on --button", words, _WHITE, found.get(f"button{scheme}"))


def _of_token(token: Token, place: str) -> Iterator[Finding]:
    if not token.is_layered:
        what = f"{place}: --{token.name} is set outside of @layer tokens."
        mend = "Set it in @layer tokens { … }, or the outlet's own colours have no effect."
        yield Finding("contrast", "fail", what, mend)
    if not token.is_colour:
        what = f"{place}: the contrast of --{token.name} ({token.value}) cannot be counted."
        yield Finding("contrast", "warn", what, "Write it as #rrggbb.")


def _weak(pair: str, scheme: str, one: str | None, other: str | None) -> Iterator[Finding]:
    if not one or not other:
        what = f"{pair}, {scheme}: the colour is not set."
        yield Finding("contrast", "warn", what, "The desk counts with these names.")
    elif (ratio := contrast(one, other)) < TEXT_CONTRAST:
        # Cut, not rounded: 4.46 is not 4.5.
        what = f"{pair}, {scheme}: {one} on {other} has a contrast of {int(ratio * 100) / 100}."
        yield Finding("contrast", "fail", what, f"It must be at least {TEXT_CONTRAST}.")


def _untranslated(files: ThemeFiles) -> Iterator[Finding]:
    """Compare what the theme's templates say with the catalogues of all its languages."""
    said = {text for layer in files.layers for text in _texts(layer)}
    languages = {tag for layer in files.layers for tag in layer.catalogues} - {SOURCE_LANGUAGE}
    for language in sorted(languages):
        known = Catalogues([layer.catalogues for layer in files.layers], language).words()
        if missing := sorted(said - known.keys()):
            listed = ", ".join(f"“{text[:40]}”" for text in missing[:_SHOWN])
            what = f"{language}: {len(missing)} without translation: {listed}."
            yield Finding("words", "warn", what, f"Say them in {catalogue_file(language)}.")
    yield from _idle_words(files)


def _idle_words(files: ThemeFiles) -> Iterator[Finding]:
    """Find what own catalogues translate and nobody says: mostly a text with a slip in it."""
    known = {text for layer in files.layers for text in _texts(layer)}
    for layer in files.layers:
        # Python says some too; the catalogues that come along hold exactly all that is said.
        if layer.folder.parent == SHIPPED:
            known |= Catalogues([layer.catalogues], SOURCE_LANGUAGE).words().keys()
    for layer in _own(files):
        for language in layer.catalogues:
            texts = Catalogues([layer.catalogues], language).words().keys()
            for text in sorted(texts - known):
                what = f"{layer.place(catalogue_file(language))}: nobody says “{text[:60]}”."
                yield Finding("words", "warn", what, "Texts are those of the templates, exactly.")


def _own(files: ThemeFiles) -> list[Layer]:
    return [layer for layer in files.layers if layer.folder.parent != SHIPPED]


def _texts(layer: Layer) -> Iterator[str]:
    for text in layer.templates.values():
        yield from (found[1].replace('\\"', '"') for found in _SAID.finditer(text))
