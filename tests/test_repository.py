"""House rules that hold for every file in the repository."""

import ast
import re
import subprocess
import sys
import tomllib
from collections.abc import Callable, Iterator
from functools import cache
from hashlib import blake2b
from importlib.metadata import packages_distributions
from pathlib import Path

import pytest
from django.core.management import call_command

ROOT = Path(__file__).resolve().parent.parent
LOCKED = ["base", "dev", "bench", "gates"]

# A letter in brackets keeps a pattern from finding itself.
PLACES_ON_ONE_MACHINE = re.compile(r"(?<![\w.])/(wor[k]|roo[t])/|/tm[p]/(bash|hp)|[.]pyen[v]")
REGISTRY_HOSTS = re.compile(r"py[p]i[.]org|pythonhosted[.]or[g]|npmjs[.](org|co[m])|deb[.]debia[n]")
LOOSE_ENDS = re.compile(r"\b(TO[D]O|FIX[M]E|XX[X])\b")
# Trade names and catchwords that have no place here, as digests: else this file would hold them.
UNWANTED_WORDS = {
    "3b50b4ceb5d2",
    "69b6b95df39e",
    "7c43d5808a01",
    "7f63b01c829d",
    "8295f8a75170",
    "a50eebedd1e8",
    "a5aa462c6c3b",
    "aac34206112d",
    "ad3793355599",
    "b540834cc1a4",
    "bcd109dbcae4",
    "c11a535b0e45",
    "ded565c9bbf5",
    "ebb45bddef46",
}


def tracked_files() -> Iterator[Path]:
    """Give every file that is in git; without git, every file that could be."""
    for path in _list_files():
        if (ROOT / path).is_file() and not (ROOT / path).is_symlink():
            yield path


@cache
def _list_files() -> tuple[Path, ...]:
    try:
        command = ["git", "-C", str(ROOT), "ls-files", "-z"]
        result = subprocess.run(command, capture_output=True, check=True)
    except (OSError, subprocess.CalledProcessError):
        made = {".git", ".venv", "demo", "build", "dist", "__pycache__"}
        every = (path.relative_to(ROOT) for path in ROOT.rglob("*"))
        return tuple(path for path in every if not made & set(path.parts) and path.suffix)
    return tuple(Path(name) for name in result.stdout.decode().split("\0") if name)


def text_of(path: Path) -> str:
    """Return a file's text, or nothing when it holds none."""
    content = (ROOT / path).read_bytes()
    try:
        return "" if b"\0" in content else content.decode("utf-8")
    except UnicodeDecodeError:
        return ""


def places(is_wrong: Callable[[str], bool]) -> list[str]:
    """Return every line in the repository that is wrong, with its place."""
    return [
        f"{path}:{number}: {line.strip()[:100]}"
        for path in tracked_files()
        for number, line in enumerate(text_of(path).splitlines(), start=1)
        if is_wrong(line)
    ]


def python_files(*folders: str) -> list[Path]:
    """Return the Python files under the folders."""
    return [
        path for path in tracked_files() if path.suffix == ".py" and path.parts[0] in set(folders)
    ]


def digest(word: str) -> str:
    """Return the form in which an unwanted word is written down."""
    return blake2b(word.encode(), digest_size=6).hexdigest()


def has_unwanted_word(line: str) -> bool:
    """Tell whether a line holds one of UNWANTED_WORDS."""
    words = re.findall(r"\b[A-Za-z]{2,12}\b", line)
    return any({digest(word), digest(word.lower())} & UNWANTED_WORDS for word in words)


def test_no_place_on_one_machine_is_named() -> None:
    assert places(lambda line: bool(PLACES_ON_ONE_MACHINE.search(line))) == []


def test_no_package_registry_is_named() -> None:
    assert places(lambda line: bool(REGISTRY_HOSTS.search(line))) == []


def test_no_loose_ends_are_left() -> None:
    assert places(lambda line: bool(LOOSE_ENDS.search(line))) == []


def test_no_unwanted_word_is_used() -> None:
    assert places(has_unwanted_word) == []


def test_python_files_are_of_a_size_to_read() -> None:
    sizes = {str(path): len(text_of(path).splitlines()) for path in python_files("src", "tests")}
    assert {path: size for path, size in sizes.items() if size > 500} == {}


def test_no_module_is_a_drawer_for_everything() -> None:
    drawers = {"utils", "helpers", "common", "base", "manager"}
    assert [path for path in python_files("src") if drawers & set(path.with_suffix("").parts)] == []


def test_only_the_sanitiser_makes_html() -> None:
    unsafe = re.compile(r"\bmark_safe\b|\|\s*safe\b")
    sources = [path for path in tracked_files() if path.parts[0] == "src"]
    assert [str(path) for path in sources if unsafe.search(text_of(path))] == []


def test_the_licence_is_there() -> None:
    assert text_of(Path("LICENSE")).startswith("BSD 3-Clause License")
    assert "The Handpress authors" in text_of(Path("LICENSE"))
    assert _project()["license"] == "BSD-3-Clause"


@pytest.mark.django_db
def test_every_change_of_a_model_has_its_migration() -> None:
    call_command("makemigrations", check=True, dry_run=True)


@pytest.mark.parametrize("name", LOCKED)
def test_requirements_are_pinned_by_hash_and_name_no_index(name: str) -> None:
    locked = text_of(Path("requirements", f"{name}.txt"))
    assert "://" not in locked
    assert re.findall(r"^-", locked, re.MULTILINE) == []
    pins = re.split(r"\n(?=[a-z0-9])", locked.strip())
    assert pins
    assert [pin for pin in pins if not re.match(r"[a-z0-9.-]+==\S+ ", pin)] == []
    assert [pin for pin in pins if not re.search(r"--hash=sha256:[0-9a-f]{64}\b", pin)] == []


@pytest.mark.parametrize("name", LOCKED)
def test_everything_asked_for_is_pinned(name: str) -> None:
    assert _asked_for(name) <= _pins(name).keys()


def test_the_sets_agree_on_versions() -> None:
    base = _pins("base")
    for name in ("dev", "bench", "gates"):
        differing = {
            package: (version, base[package])
            for package, version in _pins(name).items()
            if package in base and base[package] != version
        }
        assert differing == {}


def test_what_is_imported_is_asked_for() -> None:
    # Migrations are written by Django, and name what the models' parents came from.
    sources = [path for path in python_files("src") if "migrations" not in path.parts]
    assert _undeclared(sources, _asked_for("base")) == {}
    for_work = _asked_for("base") | _asked_for("dev") | _asked_for("build")
    assert _undeclared(python_files("tests", "scripts"), for_work) == {}


def test_the_documentation_names_every_make_target() -> None:
    targets = re.findall(r"^([a-z][a-z-]*):.*## ", text_of(Path("Makefile")), re.MULTILINE)
    assert "setup" in targets
    pages = "\n".join(text_of(path) for path in tracked_files() if path.suffix == ".md")
    assert [target for target in targets if f"make {target}" not in pages] == []


def test_links_between_pages_of_the_documentation_lead_somewhere() -> None:
    broken = [
        f"{page}: {target}"
        for page in tracked_files()
        if page.suffix == ".md"
        for target in re.findall(r"\]\(([^)#:\s]+)(?:#[^)]*)?\)", text_of(page))
        if not (ROOT / page.parent / target).exists()
    ]
    assert broken == []


def _project() -> dict[str, object]:
    project: dict[str, object] = tomllib.loads(text_of(Path("pyproject.toml")))["project"]
    return project


def _asked_for(name: str) -> set[str]:
    lines = text_of(Path("requirements", f"{name}.in")).splitlines()
    names = (re.match(r"[A-Za-z0-9][A-Za-z0-9._-]*", line) for line in lines)
    return {_normal(found.group()) for found in names if found}


def _pins(name: str) -> dict[str, set[str]]:
    """Return the pinned versions of each package; several when they depend on the platform."""
    pins: dict[str, set[str]] = {}
    locked = text_of(Path("requirements", f"{name}.txt"))
    for package, version in re.findall(r"^([a-z0-9.-]+)==(\S+)", locked, re.MULTILINE):
        pins.setdefault(_normal(package), set()).add(version)
    return pins


def _undeclared(paths: list[Path], declared: set[str]) -> dict[str, set[str]]:
    """Return imports from packages that are not asked for, as {path: names}."""
    providers = packages_distributions()
    own = {path.stem for path in python_files("tests")} | {"handpress", "tests"}
    own |= {part for path in python_files("tests") for part in path.parent.parts}
    found: dict[str, set[str]] = {}
    for path in paths:
        for name in _imported(path) - own - set(sys.stdlib_module_names):
            if not {_normal(provider) for provider in providers.get(name, [])} & declared:
                found.setdefault(str(path), set()).add(name)
    return found


def _imported(path: Path) -> set[str]:
    names: set[str] = set()
    for node in ast.walk(ast.parse(text_of(path))):
        if isinstance(node, ast.Import):
            names |= {alias.name.partition(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            names.add(node.module.partition(".")[0])
    return names


def _normal(package: str) -> str:
    return re.sub(r"[-_.]+", "-", package).lower()
