"""Reading a theme from the disk, with a suspicious eye: its files may come from anybody."""

from __future__ import annotations

import os
import re
import stat
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from handpress.conf.faults import Fault, guess_meant
from handpress.press.theme_files import (
    AFTER,
    CATALOGUE,
    FACTS_FILE,
    INSTEAD,
    SHIPPED,
    Layer,
    ThemeFiles,
    find_folder,
    is_theme_name,
    known_themes,
)

_STATIC_NAME = re.compile(r"[A-Za-z0-9][\w.-]*(/[A-Za-z0-9][\w.-]*)*", re.ASCII)
_FACTS = {"name": "", "about": "", "based_on": "", "style": AFTER}
_PARTS = ("templates", "static", "locale")
_MOST_BYTES = 4_000_000
_MOST_FILES = 500
_LINE_OF_TOML = re.compile(r"at line (\d+)")
_LEFT_BEHIND = ("~", ".bak", ".orig", ".swp", ".tmp")
"""Endings of what editors leave beside the files that they work on."""


def read_theme(name: str, own: Path) -> ThemeFiles:
    """Read a theme and those it is based on. Faults are collected, never raised."""
    layers: list[Layer] = []
    faults: list[Fault] = []
    wanted, asked_by = name, "press.theme"
    while wanted:
        if wanted in [layer.name for layer in layers]:
            way = " → ".join([*(layer.name for layer in layers), wanted])
            problem = f"themes are based on each other in a circle: {way}."
            faults.append(Fault(asked_by, problem, "Let one of them be based on no other."))
            break
        folder = find_folder(wanted, own)
        if folder is None:
            faults.append(_unknown(wanted, own, asked_by))
            break
        layer = _read_layer(wanted, folder, faults)
        layers.append(layer)
        wanted, asked_by = layer.based_on, layer.place(FACTS_FILE, _line_of(folder, "based_on"))
    return ThemeFiles(name, tuple(layers), tuple(faults))


def _unknown(name: str, own: Path, asked_by: str) -> Fault:
    known = known_themes(own)
    meant = guess_meant(name, known)
    hint = f"Did you mean “{meant}”?" if meant else f"There are: {', '.join(known)}."
    return Fault(asked_by, f"there is no theme “{name}”.", hint)


def theme_stamp(name: str, own: Path, files: ThemeFiles | None) -> tuple[object, ...]:
    """Return what tells one state of a theme's files from the next, without reading them."""
    names = list(
        dict.fromkeys([name, *(layer.name for layer in files.layers)] if files else [name])
    )
    names += [files.layers[-1].based_on] if files and files.layers else []
    stamp: list[object] = []
    for each in filter(is_theme_name, names):
        for base in (own, SHIPPED):
            folder = str(base / each)
            for part in (FACTS_FILE, *_PARTS):
                stamp += sorted(_states(f"{folder}/{part}"))
    return tuple(stamp)


def _states(path: str) -> Iterator[tuple[str, int, int]]:
    """Yield path, time and size of a file, or of all files below a folder; each press looks."""
    try:
        found = os.scandir(path)
    except NotADirectoryError:
        status = os.lstat(path)
        yield path, status.st_mtime_ns, status.st_size
        return
    except OSError:
        return
    with found:
        for entry in found:
            if entry.is_dir(follow_symlinks=False):
                yield from _states(entry.path)
            else:
                status = entry.stat(follow_symlinks=False)
                yield entry.path, status.st_mtime_ns, status.st_size


_kept: dict[tuple[str, Path], tuple[tuple[object, ...], ThemeFiles]] = {}


def theme_files(name: str, own: Path) -> ThemeFiles:
    """Return a theme as it is now: the same object as long as none of its files has changed."""
    kept = _kept.get((name, own))
    if kept and kept[0] == theme_stamp(name, own, kept[1]):
        return kept[1]
    before = theme_stamp(name, own, kept[1] if kept else None)
    files = read_theme(name, own)
    # What changed while it was read is read again next time.
    is_steady = before == theme_stamp(name, own, kept[1] if kept else None)
    stamp = theme_stamp(name, own, files) if is_steady else ()
    if kept and _is_same(kept[1], files):
        files = kept[1]
    _kept[name, own] = (stamp, files)
    return files


def _is_same(one: ThemeFiles, other: ThemeFiles) -> bool:
    """Say whether only times have changed: what was made of the one serves for the other."""
    faults = one.reading_faults + other.reading_faults
    return not faults and one.layers == other.layers


# Reading ------------------------------------------------------------------------------------


def _walk(folder: Path) -> Iterator[tuple[str, Path, os.stat_result]]:
    """Yield the files that a theme is made of: (path below its folder, path, what the disk says).

    Links are told as links: `_read_layer` refuses those that lead out of the folder.
    """
    facts = folder / FACTS_FILE
    if facts.is_file():
        yield FACTS_FILE, facts, facts.stat()
    for part in _PARTS:
        for where, folders, names in os.walk(folder / part):
            folders[:] = sorted(one for one in folders if not one.startswith("."))
            links = [one for one in folders if Path(where, one).is_symlink()]
            for name in sorted([*names, *links]):
                path = Path(where, name)
                below = path.relative_to(folder).as_posix()
                if name.startswith(".") or name.endswith(_LEFT_BEHIND):
                    continue
                if part == "locale" and not below.endswith(CATALOGUE):
                    continue
                yield below, path, path.lstat()


def _read_layer(name: str, folder: Path, faults: list[Fault]) -> Layer:
    facts = _read_facts(name, folder, faults)
    parts: dict[str, dict[str, Any]] = {"templates": {}, "static": {}, "locale": {}}
    layer = Layer(name, folder, facts["name"], facts["about"], facts["based_on"], facts["style"])
    for number, (below, path, status) in enumerate(_walk(folder)):
        if number >= _MOST_FILES:
            problem = f"it has more than {_MOST_FILES} files."
            faults.append(Fault(layer.place(""), problem, "Keep there what pages are made from."))
            break
        part, _, rest = below.partition("/")
        if part not in parts:
            continue
        if (data := _read_file(layer, below, path, status, faults)) is None:
            continue
        if part == "templates":
            text = _decode(layer, below, data, faults)
            parts[part][rest] = text
        elif part == "static" and not _STATIC_NAME.fullmatch(rest):
            remedy = "Use letters without accents, digits, “.”, “_” and “-”: it becomes an address."
            faults.append(Fault(layer.place(below), "the file cannot be called so.", remedy))
        else:
            parts[part][rest.split("/")[0].replace("_", "-") if part == "locale" else rest] = data
    return Layer(
        name, folder, layer.title, layer.about, layer.based_on, layer.style,
        parts["templates"], parts["static"], parts["locale"],
    )  # fmt: skip


def _read_file(
    layer: Layer, below: str, path: Path, status: os.stat_result, faults: list[Fault]
) -> bytes | None:
    """Return a file's bytes; None, and a fault, where it is not a plain file of the folder."""
    problem = remedy = ""
    inside = layer.folder.resolve()
    try:
        if stat.S_ISLNK(status.st_mode):
            real = path.resolve(strict=True)
            status = real.stat()
            if inside not in real.parents:
                problem = "it is a link that leads out of the theme's folder."
                remedy = "Put the file itself there: whatever it leads to would be published."
        if not problem and not stat.S_ISREG(status.st_mode):
            problem, remedy = "it is no file.", "Put plain files there, and folders of them."
        if not problem and status.st_size > _MOST_BYTES:
            problem = f"it has {status.st_size:,} bytes, and {_MOST_BYTES:,} are the most."
            remedy = "Readers would wait for it; make it smaller."
        if not problem:
            return path.read_bytes()
    except OSError as error:
        problem, remedy = f"it cannot be read ({error.strerror}).", "Let Handpress's user read it."
    faults.append(Fault(layer.place(below), problem, remedy))
    return None


def _decode(layer: Layer, below: str, data: bytes, faults: list[Fault]) -> str:
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        faults.append(Fault(layer.place(below, line), "it is not UTF-8.", "Save it as UTF-8."))
        return data.decode("utf-8", "replace")


def _read_facts(name: str, folder: Path, faults: list[Fault]) -> dict[str, str]:
    file, where = folder / FACTS_FILE, Layer(name, folder).place
    if not file.is_file():
        return dict(_FACTS)
    try:
        found = tomllib.loads(file.read_text("utf-8"))
    except (OSError, UnicodeDecodeError) as error:
        faults.append(Fault(where(FACTS_FILE), f"it cannot be read ({error}).", ""))
        return dict(_FACTS)
    except tomllib.TOMLDecodeError as error:
        line = _LINE_OF_TOML.search(str(error))
        place = where(FACTS_FILE, int(line[1]) if line else 0)
        remedy = 'A line reads like: based_on = "broadsheet".'
        faults.append(Fault(place, f"it is not TOML ({error}).", remedy))
        return dict(_FACTS)
    for key in list(found):
        if fault := _fact_fault(key, found[key]):
            faults.append(Fault(where(FACTS_FILE, _line_of(folder, key)), *fault))
            del found[key]
    return _FACTS | found


def _fact_fault(key: str, value: object) -> tuple[str, str] | None:
    if key not in _FACTS:
        meant = guess_meant(key, _FACTS)
        hint = f"Did you mean “{meant}”?" if meant else f"It takes {', '.join(_FACTS)}."
        return f"“{key}” means nothing here.", hint
    if not isinstance(value, str):
        return f"{key} must be a text.", 'Write it in "quotes".'
    if key == "based_on" and value and not is_theme_name(value):
        return f"“{value}” is not the name of a theme.", 'Give its folder: "broadsheet".'
    if key == "style" and value not in (AFTER, INSTEAD):
        return f"“{value}” is neither of the two that are possible.", f'"{AFTER}" or "{INSTEAD}".'
    return None


def _line_of(folder: Path, key: str) -> int:
    """Return the line of ``theme.toml`` that sets a key, or 0."""
    try:
        lines = (folder / FACTS_FILE).read_text("utf-8").splitlines()
    except (OSError, UnicodeDecodeError):
        return 0
    starts = re.compile(rf'\s*"?{re.escape(key)}"?\s*=')
    return next((number for number, line in enumerate(lines, 1) if starts.match(line)), 0)
