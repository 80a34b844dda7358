"""What is wrong with a theme's files, with file and line: what can be told without any page."""

from __future__ import annotations

import re
from collections.abc import Iterator
from difflib import get_close_matches
from io import BytesIO

import minijinja

from handpress.conf.faults import Fault
from handpress.press.theme_files import SHIPPED, Layer, ThemeFiles, catalogue_file

_ASKS_FOR = re.compile(r"\{%-?\+?\s*(extends|include|import|from)\s+([\"'])(.*?)\2([^%]*)")
_COMMENT = re.compile(r"/\*.*?\*/", re.DOTALL)
_STRING = re.compile(r'"(?:[^"\\\n]|\\.)*"' + r"|'(?:[^'\\\n]|\\.)*'")
URL = re.compile(r"""url\(\s*(["']?)([^"')]*)\1\s*\)""")
_PO_LINE = re.compile(
    r"""\s*(\#|$|((msgid|msgid_plural|msgctxt|msgstr(\[\d+\])?)\s*)?"(?:[^"\\]|\\.)*"\s*$)"""
)
_GAP = re.compile(r"\{\w+\}")


class ThemeUnfit(RuntimeError):
    """A theme that pages cannot be printed with; ``faults`` names all that was found."""

    def __init__(self, name: str, faults: tuple[Fault, ...]) -> None:
        self.name = name
        self.faults = faults
        super().__init__(name, faults)

    def __str__(self) -> str:
        lines = "\n".join(f"  - {fault}" for fault in self.faults)
        return (
            f"The theme “{self.name}” cannot be used as it is. Nothing was printed, and the site "
            f"stays as it was:\n{lines}"
        )


def find_faults(files: ThemeFiles) -> tuple[Fault, ...]:
    """Return everything that keeps pages from being printed with a theme."""
    if files.reading_faults or not files.layers:
        return files.reading_faults
    # A gap in an outer file says little while the files themselves are at fault.
    return tuple(_of_templates(files)) + tuple(_of_styles(files)) + tuple(_of_words(files))


def template_fault(files: ThemeFiles, error: minijinja.TemplateError, page: str = "") -> Fault:
    """Return what a template's error says, at the place where it happened."""
    while isinstance(error.__cause__, minijinja.TemplateError):
        error = error.__cause__
    found = files.find(error.name or "")
    place = found[0].place(f"templates/{found[1]}", error.line or 0) if found else "the theme"
    what = error.detail or error.message
    remedy = ""
    if error.kind == "OutOfFuel":
        what, remedy = "it does not come to an end", "Let loops go over what the page is given."
    problem = f"{what} (on {page})." if page else f"{what}."
    if error.kind == "UndefinedError":
        remedy = "docs/theme.md lists what each template gets."
    return Fault(place, problem, remedy)


def _of_templates(files: ThemeFiles) -> Iterator[Fault]:
    environment = minijinja.Environment(loader=files.load, trim_blocks=True, lstrip_blocks=True)
    for layer in files.layers:
        for path, text in layer.templates.items():
            name = f"{layer.name}/{path}"
            try:
                environment.undeclared_variables_in_template(name)
            except minijinja.TemplateError as error:
                yield template_fault(files, error)
            yield from _of_references(files, layer, path, text)
    if "base.html" not in files.template_names:
        remedy = 'Say what the theme is based on in theme.toml: based_on = "broadsheet".'
        yield Fault(files.layers[0].place("templates"), "there is no base.html.", remedy)


def _of_references(files: ThemeFiles, layer: Layer, path: str, text: str) -> Iterator[Fault]:
    for asked in _ASKS_FOR.finditer(text):
        word, name, rest = asked[1], asked[3], asked[4]
        place = layer.place(f"templates/{path}", text.count("\n", 0, asked.start()) + 1)
        found = files.find(name)
        if found is None and "ignore missing" not in rest:
            near = get_close_matches(name, files.template_names, n=1)
            remedy = f"Did you mean “{near[0]}”?" if near else "docs/theme.md lists the templates."
            yield Fault(place, f"there is no template “{name}”.", remedy)
        elif found and word == "extends" and found == (layer, path):
            remedy = f'Name the parent\'s: {{% extends "{layer.based_on or "PARENT"}/{path}" %}}.'
            yield Fault(place, "the template extends itself.", remedy)


def _of_styles(files: ThemeFiles) -> Iterator[Fault]:
    if not files.styles:
        yield Fault(files.layers[0].place("static"), "there is no style sheet.", "Add a .css file.")
    if "icon.svg" not in files.static:
        yield Fault(files.layers[0].place("static"), "there is no icon.svg.", "Add the icon.")
    for name, (layer, data) in files.styles.items():
        text = data.decode("utf-8", "replace")
        for offset, problem, remedy in _of_style(files, _COMMENT.sub(_blank, text)):
            line = text.count("\n", 0, offset) + 1
            yield Fault(layer.place(f"static/{name}", line), problem, remedy)


def _of_style(files: ThemeFiles, text: str) -> Iterator[tuple[int, str, str]]:
    """Yield offset, problem and remedy for a style sheet without its comments."""
    if (at := text.find("@import")) >= 0:
        yield at, "@import asks for a second file.", "Put the rules into a .css file of the theme."
    for asked in URL.finditer(text):
        target = asked[2].partition("#")[0].partition("?")[0]
        if target and target not in files.static:
            problem = f"“{asked[2][:60]}” is no file of static/."
            yield asked.start(), problem, "Pages ask nobody else; put the file there and name it."
    bare = _STRING.sub(_blank, text)
    if "/*" in bare:
        yield bare.find("/*"), "a comment is not closed.", "Close it with */."
        return
    depth = 0
    for brace in re.finditer(r"[{}]", bare):
        depth += 1 if brace[0] == "{" else -1
        if depth < 0:
            yield brace.start(), "a “}” closes nothing.", "Remove it."
            return
    if depth:
        yield len(bare.rstrip()), f"{depth} “{{” are not closed.", "Close them with “}”."


def _blank(found: re.Match[str]) -> str:
    """Keep the lines and the length, so that places stay where they are."""
    return re.sub(r"[^\n]", " ", found[0])


def _of_words(files: ThemeFiles) -> Iterator[Fault]:
    from babel.messages.pofile import PoFileError, read_po

    # Babel takes a while to load, and tests hold what comes along.
    for layer in (one for one in files.layers if one.folder.parent != SHIPPED):
        for language, data in layer.catalogues.items():
            file = catalogue_file(language)
            lines = data.decode("utf-8", "replace").splitlines()
            broken = [number for number, line in enumerate(lines, 1) if not _PO_LINE.match(line)]
            for number in broken:
                problem = f"“{lines[number - 1][:60]}” is no line of a catalogue."
                yield Fault(layer.place(file, number), problem, 'Lines read like: msgstr "Give".')
            try:
                messages = [] if broken else read_po(BytesIO(data), abort_invalid=True)
            except (PoFileError, ValueError, LookupError) as error:
                yield Fault(layer.place(file), f"the catalogue cannot be read ({error}).", "")
                continue
            for message in messages:
                text, said = str(message.id), str(message.string)
                if not message.id or not said or message.fuzzy:
                    continue
                if sorted(_GAP.findall(text)) != sorted(_GAP.findall(said)):
                    problem = f"“{said[:60]}” has not the gaps of “{text[:60]}”."
                    remedy = "Words in {braces} stay as they are."
                    yield Fault(layer.place(file, message.lineno or 0), problem, remedy)
