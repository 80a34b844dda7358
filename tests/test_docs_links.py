"""The documentation holds together: links, pictures, and everything that it names is there."""

import re
from functools import cache
from pathlib import Path
from urllib.parse import unquote

import pytest
from django.core.management import get_commands

from handpress import cli
from handpress.press.registry import registry
from test_docs import parser_of

ROOT = Path(__file__).resolve().parent.parent
TOP = [ROOT / name for name in ("README.md", "ARCHITECTURE.md", "CHANGELOG.md", "CONTRIBUTING.md")]
PAGES = [*TOP, *sorted((ROOT / "docs").rglob("*.md"))]
LARGEST_PICTURE = 250_000
# How much of the README a reader sees without scrolling, in lines of a terminal or an editor.
FIRST_SCREEN = 30


def name_of(page: Path) -> str:
    return page.relative_to(ROOT).as_posix()


@cache
def text_of(page: Path) -> str:
    return page.read_text(encoding="utf-8")


def prose_of(page: Path) -> str:
    """Return a page without its examples: lines set off by four blanks, and code between marks."""
    text = re.sub(r"^ {4,}(?![-*\d]).*$", "", text_of(page), flags=re.MULTILINE)
    return re.sub(r"`[^`]*`", "", text)


def links_of(page: Path) -> list[tuple[str, str]]:
    """Return the relative links and pictures of a page as (path, anchor)."""
    targets = re.findall(r"\]\(([^)\s]+)\)", prose_of(page))
    local = [unquote(target) for target in targets if not re.match(r"[a-z]+:", target)]
    return [(path, anchor) for path, _, anchor in (target.partition("#") for target in local)]


def anchors_of(page: Path) -> set[str]:
    """Return the anchors that a page's headings are given on the web."""
    headings = re.findall(r"^#+ (.+)$", text_of(page), re.MULTILINE)
    bare = (re.sub(r"[^\w\- ]", "", heading.lower()) for heading in headings)
    return {heading.replace(" ", "-") for heading in bare}


def examples_of(page: Path) -> list[str]:
    """Return the command lines that a page shows, one string each, continued lines joined."""
    lines = re.findall(r"^ {4,}(.+(?:\\\n.+)*)$", text_of(page), re.MULTILINE)
    spans = re.findall(r"`([^`\n]+)`", text_of(page))
    return [line.replace("\\\n", " ") for line in [*lines, *spans]]


@pytest.mark.parametrize("page", PAGES, ids=name_of)
def test_every_link_leads_somewhere(page: Path) -> None:
    for path, anchor in links_of(page):
        target = (page.parent / path).resolve() if path else page
        assert target.exists(), f"{name_of(page)} leads to {path}"
        if anchor:
            assert anchor in anchors_of(target), f"{name_of(page)} leads to {path}#{anchor}"


def test_every_page_can_be_reached_from_the_table_of_contents() -> None:
    reached, waiting = set[Path](), [ROOT / "docs" / "index.md"]
    while waiting:
        page = waiting.pop()
        if page.suffix == ".md" and page not in reached:
            reached.add(page)
            waiting += [(page.parent / path).resolve() for path, _ in links_of(page) if path]
    assert [name_of(page) for page in PAGES if page not in reached | {ROOT / "README.md"}] == []
    assert (ROOT / "docs" / "index.md") in {
        (ROOT / path).resolve() for path, _ in links_of(ROOT / "README.md")
    }


def test_pictures_are_shown_described_and_light() -> None:
    shown = set()
    for page in PAGES:
        for words, path in re.findall(r"!\[([^\]]*)\]\(([^)]+)\)", text_of(page)):
            shown.add((page.parent / path).resolve())
            assert len(words) > 20, f"{name_of(page)}: {path} says too little to who cannot see it"
    pictures = {path for path in (ROOT / "docs" / "pictures").iterdir() if path.is_file()}
    assert shown == pictures
    assert {path.name for path in pictures if path.stat().st_size > LARGEST_PICTURE} == set()


def test_the_readme_begins_with_what_one_needs() -> None:
    first_screen = text_of(ROOT / "README.md").splitlines()[:FIRST_SCREEN]
    assert any("make demo" in line for line in first_screen)
    assert any("make test" in line for line in first_screen)
    assert any(line.startswith("![") for line in first_screen)


# What the architecture page lists -----------------------------------------------------------


def rows_of_table(head: str) -> list[list[str]]:
    """Return the rows of the table in ARCHITECTURE.md whose first column is called ``head``."""
    text = text_of(ROOT / "ARCHITECTURE.md")
    found = re.search(rf"^\| {head} \|.*\n\|[- |]+\n((?:\|.*\n)+)", text, re.MULTILINE)
    assert found, f"ARCHITECTURE.md has no table of {head}s"
    return [
        [cell.strip() for cell in line.strip("|").split(" | ")] for line in found[1].splitlines()
    ]


def app_of(function: object) -> str:
    return str(getattr(function, "__module__", "")).split(".")[1]


def test_every_page_kind_is_listed_with_its_app_and_template() -> None:
    listed = {
        cells[0].strip("`"): (cells[1].strip("`"), re.findall(r"`([\w./-]+)`", cells[3]))
        for cells in rows_of_table("page kind")
    }
    assert listed.keys() == registry.kinds.keys()
    for name, kind in registry.kinds.items():
        app, templates = listed[name]
        assert app == app_of(kind.load), name
        assert templates[:1] == ([kind.template] if kind.template else []), name


def test_every_frame_part_is_listed_with_its_app_and_template() -> None:
    listed = {
        cells[0].strip("`"): (cells[1].strip("`"), cells[2].strip("`| "))
        for cells in rows_of_table("frame part")
    }
    assert listed == {
        name: (app_of(part.context), part.template) for name, part in registry.parts.items()
    }


def test_every_package_is_described() -> None:
    listed = {cells[0].strip("`") for cells in rows_of_table("package in `src/handpress`")}
    packages = {
        path.name
        for path in (ROOT / "src" / "handpress").iterdir()
        if path.is_dir() and any(file.suffix != ".pyc" for file in path.rglob("*.*"))
    }
    assert listed == packages - {"__pycache__"}


def test_everything_named_in_the_code_is_there() -> None:
    sources = {path: path.read_text(encoding="utf-8") for path in (ROOT / "tests").rglob("*.py")}
    tests = set(re.findall(r"def (test_\w+)", "\n".join(sources.values())))
    for page in [ROOT / "ARCHITECTURE.md", *sorted((ROOT / "docs" / "adr").glob("*.md"))]:
        for name in re.findall(r"`(test_\w+)`", text_of(page)):
            assert name in tests, f"{name_of(page)} names {name}"
        for name in re.findall(r"`((?:src|tests|docs|bench|scripts)/[\w./-]+)`", text_of(page)):
            assert (ROOT / name).exists(), f"{name_of(page)} names {name}"


# What can be typed --------------------------------------------------------------------------

COMMAND = re.compile(
    r"(?:^|[\s/])handpress +(?:--newsroom \S+ +)?(?P<verb>[a-z]+)(?P<rest>[^|#;&]*)"
)


def options_of(verb: str) -> set[str]:
    options = {option for action in parser_of(verb)._actions for option in action.option_strings}
    return options | {"--newsroom"}


@pytest.mark.parametrize("page", PAGES, ids=name_of)
def test_every_command_shown_exists_with_its_options(page: Path) -> None:
    for line in examples_of(page):
        for command in COMMAND.finditer(line):
            verb, words = command["verb"], command["rest"].split()
            assert verb in cli.VERBS, f"{name_of(page)}: {line}"
            if verb == "manage":
                named = words[0] if words else ""
                assert named in {"help", "COMMAND", *get_commands()}, f"{name_of(page)}: {line}"
                continue
            shown = {word.partition("=")[0] for word in words if word.startswith("--")}
            assert shown <= options_of(verb), f"{name_of(page)}: {line}"


@pytest.mark.parametrize("page", PAGES, ids=name_of)
def test_every_make_target_shown_exists(page: Path) -> None:
    targets = set(re.findall(r"^([a-z][a-z-]*):", text_of(ROOT / "Makefile"), re.MULTILINE))
    shown = {name for line in examples_of(page) for name in re.findall(r"^make ([a-z-]+)", line)}
    assert shown <= targets, name_of(page)
