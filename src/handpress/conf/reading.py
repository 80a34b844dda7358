"""Read handpress.toml and the environment into one checked object."""

from __future__ import annotations

import os
import re
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import replace
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from handpress.conf import secret
from handpress.conf.addresses import PostgresqlAddress, SqliteAddress
from handpress.conf.declaring import Declared
from handpress.conf.faults import Fault, SettingsError, WrongValueError, guess_meant
from handpress.conf.lists import read_list, variables_of
from handpress.conf.mail import MailSettings, check_relay
from handpress.conf.mailbox import check_mailbox
from handpress.conf.schema import (
    ALL_SETTINGS,
    LISTS,
    NEEDED_TOGETHER,
    TABLES,
    GivingSettings,
    PressSettings,
    Settings,
    declared_settings,
)

SETTINGS_FILE = "handpress.toml"
NEWSROOM_VARIABLE = "HANDPRESS_NEWSROOM"
# The value of that variable which says that no newsroom is meant, wherever one stands.
NO_NEWSROOM = os.devnull

# Kubernetes puts these beside a service named "handpress"; tests have their own.
_FOREIGN_VARIABLE = re.compile(r"HANDPRESS_(SERVICE|PORT|TEST|BENCH)(_.*)?")

Environment = Mapping[str, str]
Values = dict[str, dict[str, Any]]


def find_newsroom(start: Path, environ: Environment) -> Path | None:
    """Return the newsroom's folder: what HANDPRESS_NEWSROOM names, else the nearest
    folder from `start` upward that holds a handpress.toml, else None."""
    named = environ.get(NEWSROOM_VARIABLE)
    if named == NO_NEWSROOM:
        return None
    if named:
        return (start / named).resolve()
    start = start.resolve()
    return next((at for at in (start, *start.parents) if (at / SETTINGS_FILE).is_file()), None)


def load(folder: Path, environ: Environment) -> Settings:
    """Return the settings of the newsroom in `folder`, checked.

    A setting comes from its HANDPRESS_ variable if that is set and not empty (secrets also
    from the file that ..._FILE names), else from handpress.toml, else from its default.
    Raises SettingsError with everything that is wrong, not just the first fault. Reads
    files and changes nothing.
    """
    folder = folder.resolve()
    faults: list[Fault] = []
    text = _read_file(folder, faults)
    document = _parse(text, faults)
    settings = build(folder, document, environ, faults, lines=_find_lines(text))
    key = secret.load_secret_key(folder, environ, faults)
    if faults:
        raise SettingsError(faults)
    return Settings(folder=folder, secret_key=key, **settings)


def build(
    folder: Path,
    document: dict[str, Any],
    environ: Environment,
    faults: list[Fault],
    *,
    lines: Mapping[str, int],
) -> dict[str, Any]:
    """Return the tables of Settings, made from `document` and `environ`; faults are added."""
    written = dict(_flatten(document, faults, lines))
    lists = {name: written.pop(name)[1] for name in LISTS if name in written}
    _check_variables(environ, lists, faults)
    values: Values = {table: {} for table in TABLES}
    given: set[str] = set()
    for declared in ALL_SETTINGS:
        source = _read_variable(declared, environ, faults) or written.get(declared.name)
        if source is None:
            continue
        where, raw, is_text = source
        try:
            if is_text:
                raw = declared.kind.from_text(raw)
            values[declared.table][declared.key] = declared.kind.take(raw)
        except WrongValueError as wrong:
            faults.append(Fault(where, wrong.problem, wrong.remedy))
        given.add(declared.name)
    _check_complete(values, given, faults)
    tables = _assemble(values)
    for name, raw in lists.items():
        tables |= _add_list(tables, name, raw, environ, faults, lines)
    press: PressSettings = tables["press"]
    tables["press"] = replace(press, site_dir=folder / press.site_dir)
    _check_together(folder, tables, faults)
    return tables


def _read_file(folder: Path, faults: list[Fault]) -> str:
    path = folder / SETTINGS_FILE
    try:
        # utf-8-sig: some editors put a mark before the first letter.
        return path.read_bytes().decode("utf-8-sig")
    except FileNotFoundError:
        remedy = f"`handpress init {folder}` makes a newsroom there."
        faults.append(Fault(SETTINGS_FILE, f"there is none in {folder}.", remedy))
    except UnicodeDecodeError as error:
        line = error.object[: error.start].count(b"\n") + 1
        where = f"{SETTINGS_FILE}, line {line}"
        faults.append(Fault(where, "this is not UTF-8 text.", "Save the file as UTF-8."))
    except OSError as error:
        remedy = f"Make {path} a file that you may read."
        faults.append(Fault(SETTINGS_FILE, f"it cannot be read ({error.strerror}).", remedy))
    return ""


def _parse(text: str, faults: list[Fault]) -> dict[str, Any]:
    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        found = re.fullmatch(r"(.*?) \(at (.*)\)", str(error), re.DOTALL)
        what, place = found.groups() if found else (str(error), "end of document")
        if place == "end of document":
            lines = text.rstrip().split("\n")
            place = f"line {len(lines)}, column {len(lines[-1]) + 1}"
        faults.append(
            Fault(
                f"{SETTINGS_FILE}, {place}",
                f"this is not TOML: {what[:1].lower()}{what[1:]}.",
                'A line reads `key = value`; text stands in "quotes", numbers and true or '
                "false without.",
            )
        )
        return {}


def _find_lines(text: str) -> dict[str, int]:
    """Return the line on which each table and key stands; tomllib does not tell."""
    lines: dict[str, int] = {}
    table = ""
    seen: dict[str, int] = {}
    for number, line in enumerate(text.splitlines(), start=1):
        if item := re.match(r"\s*\[\[\s*([\w.\- \"']+?)\s*\]\]", line):
            name = re.sub(r"[\s\"']", "", item[1])
            table = f"{name}[{seen.get(name, 0)}]"
            seen[name] = seen.get(name, 0) + 1
            lines.setdefault(name, number)
            lines.setdefault(table, number)
        elif header := re.match(r"\s*\[\s*([\w.\- \"']+?)\s*\]", line):
            table = re.sub(r"[\s\"']", "", header[1])
            lines.setdefault(table, number)
        elif key := re.match(r"\s*([\w\-\"'.]+)\s*=", line):
            name = re.sub(r"[\"']", "", key[1])
            lines.setdefault(f"{table}.{name}" if table else name, number)
    return lines


Source = tuple[str, Any, bool]


def _flatten(
    document: dict[str, Any], faults: list[Fault], lines: Mapping[str, int], table: str = ""
) -> Iterator[tuple[str, Source]]:
    """Yield (setting, (where, value, False)) and add a fault for all that is not known."""
    known = {one.key for one in declared_settings(table)} if table else set()
    inner = {name for name in TABLES if name.rpartition(".")[0] == table}
    for key, value in document.items():
        name = f"{table}.{key}" if table else key
        where = _place(name, lines)
        if name in inner:
            if isinstance(value, dict):
                yield from _flatten(value, faults, lines, name)
            else:
                remedy = f"Write [{name}] on a line of its own and its settings below."
                faults.append(Fault(where, "this is the name of a table.", remedy))
        elif key in known or name in LISTS:
            yield name, (where, value, False)
        else:
            remedy = _suggest(key, table, known, inner)
            kind = "table" if isinstance(value, dict) else "setting"
            faults.append(Fault(where, f"there is no such {kind}.", remedy))


def _add_list(
    tables: dict[str, Any],
    name: str,
    raw: object,
    environ: Environment,
    faults: list[Fault],
    lines: Mapping[str, int],
) -> dict[str, Any]:
    """Return the table that holds the list, with what the list holds."""
    outer, _, key = name.rpartition(".")
    before = len(faults)
    read = read_list(
        declared_settings(name), raw, environ, faults, place=lambda at: _place(at, lines)
    )
    if len(faults) > before:
        return {}
    items = [(where, LISTS[name](**values)) for where, values in read]
    for where, item in items:
        faults.extend(check_relay(item, _place(where, lines)))
    return {outer: replace(tables[outer], **{key: tuple(item for _, item in items)})}


def _place(name: str, lines: Mapping[str, int]) -> str:
    at = name
    while at and at not in lines:
        at = at.rpartition(".")[0]
    line = f", line {lines[at]}" if at else ""
    return f"{SETTINGS_FILE}{line}, {name}"


def _suggest(key: str, table: str, known: set[str], inner: set[str]) -> str:
    lists = {name for name in LISTS if name.rpartition(".")[0] == table}
    tables = {name.rpartition(".")[2]: name for name in (*inner, *lists)}
    if meant := guess_meant(key, [*known, *tables]):
        return f"Did you mean {meant}?" if meant in known else f"Did you mean [{tables[meant]}]?"
    if elsewhere := [one for one in ALL_SETTINGS if one.key == key]:
        return f"{key} belongs under [{elsewhere[0].table}]."
    if known:
        return f"[{table}] has {', '.join(sorted(known))}."
    return f"The tables are {', '.join(f'[{name}]' for name in TABLES)}."


def _check_variables(
    environ: Environment, lists: Mapping[str, object], faults: list[Fault]
) -> None:
    known = {NEWSROOM_VARIABLE, *secret.VARIABLES}
    for table, raw in lists.items():
        known.update(variables_of(declared_settings(table), raw))
    for declared in ALL_SETTINGS:
        known.add(declared.variable)
        if declared.kind.is_secret:
            known.add(f"{declared.variable}_FILE")
    for name in environ:
        if name.startswith("HANDPRESS_") and name not in known:
            if _FOREIGN_VARIABLE.fullmatch(name):
                continue
            meant = guess_meant(name, known)
            remedy = f"Did you mean {meant}?" if meant else "Take it out of the environment."
            faults.append(Fault(name, "there is no such setting.", remedy))


def _read_variable(declared: Declared, environ: Environment, faults: list[Fault]) -> Source | None:
    name = declared.variable
    # Empty counts as not set: that is how compose files hand over what nobody filled in.
    text = environ.get(name, "")
    if declared.kind.is_secret:
        text = secret.read_text_or_file(name, environ, faults)
    return (name, text, True) if text else None


def _check_complete(values: Values, given: set[str], faults: list[Fault]) -> None:
    for table, needed in NEEDED_TOGETHER.items():
        if not any(values[table].values()):
            continue
        for key in needed:
            if not values[table].get(key) and not (
                f"{table}.{key}" in given and key not in values[table]
            ):
                remedy = "Fill it in, or empty the whole table to leave this way of giving out."
                faults.append(Fault(f"{table}.{key}", "this is missing.", remedy))


def _assemble(values: Values) -> dict[str, Any]:
    tables: dict[str, Any] = {
        name: kind(**values[name]) for name, kind in TABLES.items() if "." not in name
    }
    ways = {
        way: TABLES[f"giving.{way}"](**values[f"giving.{way}"])
        for way in ("bank", "cheque")
        if any(values[f"giving.{way}"].values())
    }
    tables["giving"] = GivingSettings(**values["giving"], **ways)
    return tables


def _check_together(folder: Path, tables: dict[str, Any], faults: list[Fault]) -> None:
    mail: MailSettings = tables["mail"]
    faults.extend(check_mailbox(tables["mailbox"]))
    if mail.relays and not mail.from_address:
        remedy = 'Write the address that mail comes from, such as "digest@example.org".'
        faults.append(Fault("mail.from_address", "this is missing, and there is a relay.", remedy))
    if mail.relays and not tables["newsroom"].address:
        remedy = "The links in a mail must lead somewhere: write the public site's address."
        faults.append(Fault("newsroom.address", "this is missing, and there is a relay.", remedy))
    address = tables["database"].url
    if isinstance(address, SqliteAddress):
        for public in (tables["press"].site_dir, folder / "media"):
            if address.file(folder).is_relative_to(public):
                problem = f"the database would lie in {public}, a folder of files for readers."
                remedy = 'Keep it apart: "sqlite:///newsroom.sqlite3".'
                faults.append(Fault("database.url", problem, remedy))
    if isinstance(address, PostgresqlAddress) and find_spec("psycopg") is None:
        remedy = "Install it with `pip install 'handpress[postgresql]'`."
        faults.append(Fault("database.url", "PostgreSQL needs the package psycopg.", remedy))
