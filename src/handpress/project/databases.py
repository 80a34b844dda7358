"""Django's database setting, from the address in handpress.toml."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from handpress.conf import DatabaseAddress, PostgresqlAddress, SqliteAddress

# Measured by cutting the power: synchronous=NORMAL lost up to 867 acknowledged rows a cut,
# FULL none. secure_delete wipes what is erased; recursive_triggers lets the press's marks be
# written when REPLACE deletes a row. `handpress doctor` and a test look at each of them.
SQLITE_PRAGMAS = {
    "journal_mode": "wal",
    "synchronous": 2,  # FULL
    "foreign_keys": 1,
    "recursive_triggers": 1,
    "secure_delete": 1,
}


def database_setting(address: DatabaseAddress, folder: Path) -> dict[str, Any]:
    """Return what Django's DATABASES needs for the newsroom in `folder`."""
    if isinstance(address, SqliteAddress):
        return _sqlite(address, folder)
    return _postgresql(address, folder)


def _sqlite(address: SqliteAddress, folder: Path) -> dict[str, Any]:
    pragmas = "; ".join(f"PRAGMA {name} = {value}" for name, value in SQLITE_PRAGMAS.items())
    return {
        "ENGINE": "django.db.backends.sqlite3",
        "NAME": str(address.file(folder)),
        # Closing the last connection rewrites the write-ahead log; not after every request.
        "CONN_MAX_AGE": 60,
        "OPTIONS": {
            "init_command": pragmas,
            "timeout": 20,
            "transaction_mode": "IMMEDIATE",
            # Each savepoint is a statement of its own. Of the 128 that Python keeps ready, they
            # would push out those that come again.
            "cached_statements": 512,
        },
    }


def _postgresql(address: PostgresqlAddress, folder: Path) -> dict[str, Any]:
    options: dict[str, Any] = {"application_name": "handpress", **dict(address.options)}
    if "passfile" in options:
        options["passfile"] = str(folder / options["passfile"])
    return {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": address.name,
        "USER": address.user,
        "PASSWORD": address.password,
        "HOST": address.host,
        "PORT": str(address.port or ""),
        "CONN_MAX_AGE": 60,
        "CONN_HEALTH_CHECKS": True,
        "OPTIONS": options,
    }
