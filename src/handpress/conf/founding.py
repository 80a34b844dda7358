"""Make a newsroom's folder. What is there already is never touched."""

from __future__ import annotations

import os
import secrets
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from handpress.conf.addresses import SqliteAddress
from handpress.conf.faults import Fault, SettingsError
from handpress.conf.reading import SETTINGS_FILE, Environment, build, load
from handpress.conf.sample import render_settings
from handpress.conf.schema import Settings
from handpress.conf.secret import SECRET_FILE

# Half-written files of a run that was cut off; they count for nothing.
_DRAFT = ".handpress-draft-"

_IGNORED = """\
# Not for a repository: keys, records of people, and what is made from them.
/secret.key
/keys/
/editions.log
/*.sqlite3
/*.sqlite3-*
/media/
/site/
/var/
"""


class FoundingError(Exception):
    """No newsroom can be made here; the message says why and what would help."""


@dataclass(slots=True)
class Founded:
    """What was made and what was there already, by name."""

    folder: Path
    made: list[str] = field(default_factory=list)
    kept: list[str] = field(default_factory=list)


def found_newsroom(
    folder: Path, values: Mapping[str, Any], environ: Environment
) -> tuple[Founded, Settings]:
    """Make the files and folders of a newsroom, without its tables; return them and its settings.

    `values` maps names such as "newsroom.name" to what handpress.toml shall hold; it is
    not looked at where that file exists. Each file appears whole or not at all and in an order
    that lets a second run finish what a first left. Raises FoundingError when the folder cannot
    be used and SettingsError when the settings are wrong; in both cases nothing was changed that
    would stand in the way of trying again.
    """
    folder = folder.resolve()
    founded = Founded(folder)
    try:
        _check_place(folder)
        if not (folder / SETTINGS_FILE).exists():
            _check_values(folder, render_settings(values), environ)
        folder.mkdir(parents=True, exist_ok=True)
        _write_once(founded, SETTINGS_FILE, render_settings(values), 0o600)
        _write_once(founded, SECRET_FILE, secrets.token_urlsafe(50) + "\n", 0o600)
        _write_once(founded, ".gitignore", _IGNORED, 0o644)
        settings = load(folder, environ)
        _make_folders(founded, settings)
        for draft in folder.glob(f"{_DRAFT}*"):
            draft.unlink()
    except OSError as error:
        raise FoundingError(
            f"{error.filename or folder} cannot be written ({error.strerror}). "
            "Nothing that was there has been changed. Choose a folder that you may write to."
        ) from error
    return founded, settings


def _check_place(folder: Path) -> None:
    if not folder.exists():
        return
    if not folder.is_dir():
        raise FoundingError(f"{folder} is a file. Name a folder for the newsroom.")
    if (folder / SETTINGS_FILE).exists():
        return
    strangers = sorted(path.name for path in folder.iterdir() if not path.name.startswith(_DRAFT))
    if strangers:
        some = ", ".join(strangers[:3]) + (" …" if len(strangers) > 3 else "")
        raise FoundingError(
            f"{folder} is not empty ({some}) and not a newsroom (it has no {SETTINGS_FILE}). "
            "Nothing was changed. Name a new or an empty folder."
        )


def _check_values(folder: Path, text: str, environ: Environment) -> None:
    faults: list[Fault] = []
    build(folder, tomllib.loads(text), environ, faults, lines={})
    if faults:
        # The file is not written yet, so its name would only puzzle.
        raise SettingsError(
            replace(fault, where=fault.where.removeprefix(f"{SETTINGS_FILE}, ")) for fault in faults
        )


def _write_once(founded: Founded, name: str, text: str, mode: int) -> None:
    """Write a file that appears whole; one that exists stays as it is."""
    path = founded.folder / name
    if path.exists():
        founded.kept.append(name)
        return
    draft = founded.folder / f"{_DRAFT}{secrets.token_hex(8)}"
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode)
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    _put_in_place(draft, path)
    founded.made.append(name)
    _sync_folder(founded.folder)


def _put_in_place(draft: Path, path: Path) -> None:
    try:
        # A link, unlike a rename, never takes the place of what is there.
        path.hardlink_to(draft)
    except FileExistsError:
        draft.unlink()
        raise
    except OSError:
        # Some disks know no links; what is there was looked at a moment ago.
        draft.rename(path)
    else:
        draft.unlink()


def _make_folders(founded: Founded, settings: Settings) -> None:
    """Make the folders, and an empty database file that only its owner may read."""
    for path, mode in _folders(settings):
        name = f"{path.relative_to(founded.folder)}/"
        if path.is_dir():
            founded.kept.append(name)
        else:
            path.mkdir(mode=mode, parents=True)
            founded.made.append(name)
    address = settings.database.url
    if isinstance(address, SqliteAddress):
        file = address.file(settings.folder)
        file.parent.mkdir(parents=True, exist_ok=True)
        # The log files that SQLite puts beside it take over its mode.
        if not file.exists():
            os.close(os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600))
            founded.made.append(file.name)
    _sync_folder(settings.folder)


def _folders(settings: Settings) -> Iterator[tuple[Path, int]]:
    # Originals may hold what a camera wrote about a place: not for other users here.
    yield settings.media_folder, 0o700
    yield settings.press.site_dir, 0o755
    yield settings.var_folder, 0o700


def _sync_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
