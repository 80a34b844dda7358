"""Checks of the database: can it be reached, does it keep what it is given, is it whole."""

from __future__ import annotations

from collections.abc import Iterator

from django.conf import settings
from django.db import Error, connection

from handpress.conf import Settings
from handpress.desk.readiness import newer_migrations, pending_migrations
from handpress.lib.findings import Finding
from handpress.press.triggers import missing_triggers

# As PRAGMA answers; handpress.project sets them on every connection.
_DURABLE_SQLITE = {
    "journal_mode": ("wal", "readers would wait for writers"),
    "synchronous": (2, "a power cut could undo what was acknowledged"),
    "foreign_keys": (1, "records could point at nothing"),
    "recursive_triggers": (1, "a change could stay unprinted"),
    "secure_delete": (1, "what was erased would stay in the file"),
}
_DURABLE_POSTGRESQL = {
    "fsync": "a power cut could destroy the database",
    "full_page_writes": "a power cut could destroy pages of the database",
    "synchronous_commit": "a power cut could undo what was acknowledged",
}
_PREPARE = "Run `handpress manage prepare`."


def check_database() -> Iterator[Finding]:
    """Look whether the database answers and is set to lose nothing."""
    newsroom: Settings = settings.HANDPRESS
    place = str(newsroom.database.url)
    try:
        connection.ensure_connection()
    except Error as error:
        reason = (str(error).strip().splitlines() or ["no reason given"])[0]
        mend = f"Look at [database] in {newsroom.folder}/handpress.toml, and whether it runs."
        yield Finding("database", "fail", f"{place} cannot be reached: {reason}", mend)
        return
    is_sqlite = connection.vendor == "sqlite"
    unsafe = list(_unsafe_sqlite() if is_sqlite else _unsafe_postgresql())
    yield from unsafe
    if not unsafe:
        yield Finding("database", "ok", f"{place} answers and keeps what it is given.")


def _unsafe_sqlite() -> Iterator[Finding]:
    for name, (wanted, danger) in _DURABLE_SQLITE.items():
        found = _ask(f"PRAGMA {name}")
        if found != wanted:
            what = f"{name} is {found} instead of {wanted}: {danger}."
            mend = "Keep the file on a local disk; network folders cannot do this."
            yield Finding("database", "fail", what, mend)


def _unsafe_postgresql() -> Iterator[Finding]:
    for name, danger in _DURABLE_POSTGRESQL.items():
        found = str(_ask(f"SHOW {name}"))
        if found == "off":
            mend = f"Set {name} = on in postgresql.conf."
            yield Finding("database", "fail", f"{name} is off: {danger}.", mend)
    encoding = str(_ask("SHOW server_encoding"))
    if encoding != "UTF8":
        mend = "Create the database anew with ENCODING 'UTF8'."
        yield Finding("database", "fail", f"its encoding is {encoding}, not UTF8.", mend)


def _ask(question: str) -> object:
    with connection.cursor() as cursor:
        cursor.execute(question)
        row = cursor.fetchone()
    return row[0] if row else None


def check_tables() -> Iterator[Finding]:
    """Look whether the tables are those of this version."""
    newer, pending = newer_migrations(), pending_migrations()
    if newer:
        what = f"they are those of a later version ({_some(newer)}): this one may spoil them."
        mend = "Run that version of the program, or restore the backup made before the upgrade."
        yield Finding("tables", "fail", what, mend)
    elif pending:
        what = f"{len(pending)} changes of the tables are missing ({_some(pending)})."
        yield Finding("tables", "fail", what, f"{_PREPARE} It is safe to run again.")
    else:
        yield Finding("tables", "ok", "they are those of this version.")


def _some(names: list[str]) -> str:
    return ", ".join(names[:3]) + (" …" if len(names) > 3 else "")


def check_triggers() -> Iterator[Finding]:
    """Look whether every change of a row will be marked for the press."""
    missing = missing_triggers()
    if missing:
        what = (
            f"{len(missing)} triggers are missing ({_some(missing)}): some changes stay unprinted."
        )
        mend = f"{_PREPARE} Then `handpress press --all`."
        yield Finding("change marks", "fail", what, mend)
    else:
        yield Finding("change marks", "ok", "every change will be marked for the press.")
