"""Keys of companies: in a file of their own or in the environment, never in the database.

``keys/rails/<name>.toml`` holds them, one line each (``secret_key = "…"``), readable by its
owner alone; ``HANDPRESS_RAIL_<NAME>_<FIELD>`` comes before it. The database knows the name only.
"""

from __future__ import annotations

import os
import re
import stat
import tomllib
from collections.abc import Iterable, Mapping
from pathlib import Path

from django.conf import settings

NAME = re.compile(r"[a-z][a-z0-9_-]{0,39}")


class SecretsUnusable(ValueError):
    """Keys are missing or cannot be read; the message says which and where they belong."""


def secrets_file(name: str) -> Path:
    """Return where the keys of this name lie."""
    return Path(settings.HANDPRESS.folder) / "keys" / "rails" / f"{name}.toml"


def read_secrets(name: str, fields: Iterable[str]) -> Mapping[str, str]:
    """Return the keys of this name; raises `SecretsUnusable` where one is missing or empty."""
    if not NAME.fullmatch(name):
        raise SecretsUnusable("A name of keys has small letters, figures, - and _ alone.")
    kept = _from_file(secrets_file(name))
    found = {field: _from_environment(name, field) or kept.get(field, "") for field in fields}
    missing = [field for field, value in found.items() if not value]
    if missing:
        raise SecretsUnusable(
            f"{' and '.join(missing)} missing: write {'it' if len(missing) == 1 else 'them'} into "
            f"{secrets_file(name)}, or set {_variable(name, missing[0])}."
        )
    return found


def _from_environment(name: str, field: str) -> str:
    return os.environ.get(_variable(name, field), "").strip()


def _variable(name: str, field: str) -> str:
    return f"HANDPRESS_RAIL_{name}_{field}".upper().replace("-", "_")


def _from_file(file: Path) -> Mapping[str, str]:
    try:
        text = file.read_text("utf-8")
        mode = file.stat().st_mode
    except FileNotFoundError:
        return {}
    except (OSError, UnicodeDecodeError):
        raise SecretsUnusable(f"{file} cannot be read.") from None
    if mode & (stat.S_IRWXG | stat.S_IRWXO):
        raise SecretsUnusable(f"{file} can be read by others: chmod 600 {file}")
    try:
        read = tomllib.loads(text)
    except tomllib.TOMLDecodeError:
        # The parser's words would quote a line, and with it a key.
        raise SecretsUnusable(f'{file} is no TOML; a line is name = "value".') from None
    return {field: value.strip() for field, value in read.items() if isinstance(value, str)}
