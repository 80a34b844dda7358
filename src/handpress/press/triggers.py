"""Database triggers that mark changed rows, whoever changes them and however.

A mark is written inside the transaction of the change itself, also for bulk statements and raw
SQL, so no code path can forget it. SQLite drops a table's triggers when Django rebuilds the
table in a migration; they are therefore put in place after every ``migrate``.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from django.apps import apps
from django.db import connections

from handpress.press.models import Mark
from handpress.press.registry import registry

_PREFIX = "press_mark__"


@dataclass(frozen=True, slots=True)
class _Watched:
    label: str
    table: str
    column: str
    is_nullable: bool

    @property
    def name(self) -> str:
        return f"{_PREFIX}{self.table}__{self.label}"


def _watched() -> Iterator[_Watched]:
    seen = set()
    for watch in registry.watches:
        for model_name, column in watch.columns:
            meta = apps.get_model(model_name)._meta
            field = next(f for f in meta.concrete_fields if f.column == column)
            row = _Watched(watch.label, meta.db_table, column, field.null)
            if row not in seen:
                seen.add(row)
                yield row


def _sqlite_statements(row: _Watched, marks: str) -> Iterator[str]:
    def insert(side: str) -> str:
        value = f'{side}."{row.column}"'
        only = f" WHERE {value} IS NOT NULL" if row.is_nullable else ""
        return f"INSERT INTO {marks} (label, row_id) SELECT '{row.label}', {value}{only};"

    changed = f"INSERT INTO {marks} (label, row_id) SELECT '{row.label}', OLD.\"{row.column}\" "
    changed += f'WHERE OLD."{row.column}" IS NOT NEW."{row.column}"'
    changed += f' AND OLD."{row.column}" IS NOT NULL;' if row.is_nullable else ";"
    bodies = {
        "INSERT": insert("NEW"),
        "DELETE": insert("OLD"),
        "UPDATE": insert("NEW") + " " + changed,
    }
    for event, body in bodies.items():
        name = f"{row.name}__{event.lower()}"
        yield f'DROP TRIGGER IF EXISTS "{name}"'
        yield f'CREATE TRIGGER "{name}" AFTER {event} ON "{row.table}" BEGIN {body} END'


def _postgresql_statements(row: _Watched, marks: str) -> Iterator[str]:
    insert = f"INSERT INTO {marks} (label, row_id) SELECT '{row.label}', "
    new, old = f'NEW."{row.column}"', f'OLD."{row.column}"'
    new += f" WHERE {new} IS NOT NULL" if row.is_nullable else ""
    old += f" WHERE {old} IS NOT NULL" if row.is_nullable else ""
    yield f"""
        CREATE OR REPLACE FUNCTION "{row.name}"() RETURNS trigger LANGUAGE plpgsql AS $body$
        BEGIN
            IF TG_OP <> 'DELETE' THEN
                {insert} {new};
            END IF;
            IF TG_OP = 'DELETE'
               OR (TG_OP = 'UPDATE' AND OLD."{row.column}" IS DISTINCT FROM NEW."{row.column}") THEN
                {insert} {old};
            END IF;
            RETURN NULL;
        END $body$"""
    yield f'DROP TRIGGER IF EXISTS "{row.name}" ON "{row.table}"'
    yield f"""CREATE TRIGGER "{row.name}" AFTER INSERT OR UPDATE OR DELETE ON "{row.table}"
              FOR EACH ROW EXECUTE FUNCTION "{row.name}"()"""


def _names(row: _Watched, vendor: str) -> list[str]:
    if vendor == "sqlite":
        return [f"{row.name}__{event}" for event in ("insert", "delete", "update")]
    return [row.name]


def install_triggers(using: str = "default") -> None:
    """Create or replace every trigger that the registered watches need."""
    connection = connections[using]
    make = _sqlite_statements if connection.vendor == "sqlite" else _postgresql_statements
    with connection.cursor() as cursor:
        for row in _watched():
            for statement in make(row, Mark._meta.db_table):
                cursor.execute(statement)


def missing_triggers(using: str = "default") -> list[str]:
    """Return the names of triggers that should exist and do not, sorted."""
    connection = connections[using]
    query = "SELECT name FROM sqlite_master WHERE type = 'trigger'"
    if connection.vendor != "sqlite":
        query = "SELECT tgname FROM pg_trigger WHERE NOT tgisinternal"
    with connection.cursor() as cursor:
        cursor.execute(query)
        present = {name for (name,) in cursor.fetchall()}
    wanted = {name for row in _watched() for name in _names(row, connection.vendor)}
    return sorted(wanted - present)


def install_after_migrate(app_config: Any, using: str, **kwargs: Any) -> None:
    """Install the triggers once all watched tables exist (receiver of ``post_migrate``)."""
    present = set(connections[using].introspection.table_names())
    tables = {row.table for row in _watched()} | {Mark._meta.db_table}
    if tables <= present:
        install_triggers(using)
