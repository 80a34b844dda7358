"""The handpress.toml that `handpress init` writes: every setting, its default, a sentence."""

from __future__ import annotations

import json
import textwrap
from collections.abc import Mapping
from typing import Any

from handpress.conf.declaring import Declared
from handpress.conf.schema import LISTS, TABLES, declared_settings

_HEAD = """\
# The settings of this newsroom. A line that begins with # is a note, or a setting that
# keeps its default: take the # away and write what you want. Then `handpress doctor`.
#
# Each setting may also come from the environment, which wins: server.port is
# HANDPRESS_SERVER_PORT. The database's address may come from the file that
# HANDPRESS_DATABASE_URL_FILE names.
"""


def render_settings(values: Mapping[str, Any]) -> str:
    """Return a commented handpress.toml; `values` maps names such as "newsroom.name"
    to what TOML would hold. All other settings are written as notes with their default."""
    parts = [_HEAD]
    for table, kind in TABLES.items():
        about = (kind.__doc__ or "").splitlines()[0]
        parts.append(f"\n# {about}\n[{table}]\n")
        parts.extend(_render_setting(declared, values) for declared in declared_settings(table))
        parts.extend(_render_list(each) for each in LISTS if each.rpartition(".")[0] == table)
    return "".join(parts)


def _render_list(table: str) -> str:
    """Return a table that may stand several times, as a note: what it is, and its settings."""
    about = (LISTS[table].__doc__ or "").splitlines()[0]
    lines = [f"{each.key} = {render_value(each.default)}" for each in declared_settings(table)]
    notes = [*textwrap.wrap(about, 88), f"[[{table}]]", *lines]
    return "\n" + "".join(f"# {note}\n" for note in notes)


def _render_setting(declared: Declared, values: Mapping[str, Any]) -> str:
    note = textwrap.fill(declared.help, 88, initial_indent="# ", subsequent_indent="# ")
    value = values.get(declared.name, declared.default)
    mark = "" if declared.name in values else "#"
    return f"\n{note}\n{mark}{declared.key} = {render_value(value)}\n"


def render_value(value: Any) -> str:
    """Return `value` as TOML writes it: as JSON does, but for one control character."""
    return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")
