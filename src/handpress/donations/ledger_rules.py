"""The rules of the books, kept by the database itself, for SQLite and PostgreSQL.

A foreign key that is looked at when a transaction ends keeps out what is not sealed; triggers keep
out the rest: whoever writes, and by whatever means, cannot write what does not balance, nor change
what is written. SQLite drops a table's triggers when Django rebuilds the table in a
migration; so they are put in place after every ``migrate``, like the press's, and stand aside
before it (`donations.migrating`).

A table that is emptied while it holds nothing loses nothing, and is let be: Django empties all
tables between tests.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from django.db import connections

PREFIX = "ledger_rule__"
_FROZEN = ("account", "entry", "posting", "movement", "seal")
"""Tables to which rows are added and nothing else is done."""

_OF_GIFT = """
    SELECT COALESCE(SUM(m.amount_minor), 0) FROM donations_movement m
    WHERE m.id = NEW.of_id OR m.of_id = NEW.of_id
       OR m.of_id IN (SELECT s.id FROM donations_movement s WHERE s.of_id = NEW.of_id)"""

# Table -> (what must not be, how it is said). NEW is the row that is to be added.
_RULES: dict[str, tuple[tuple[str, str], ...]] = {
    "account": (
        (
            "EXISTS (SELECT 1 FROM donations_account a WHERE a.id = NEW.id OR a.code = NEW.code)",
            "there is such an account",
        ),
    ),
    "entry": (
        (
            "EXISTS (SELECT 1 FROM donations_entry e WHERE e.number = NEW.number)",
            "an entry stands there",
        ),
        (
            "EXISTS (SELECT 1 FROM donations_seal s WHERE s.number = NEW.number)",
            "a seal stands there",
        ),
    ),
    "posting": (
        (
            "EXISTS (SELECT 1 FROM donations_posting p WHERE p.id = NEW.id)",
            "a posting stands there",
        ),
        (
            "NEW.currency <> (SELECT a.currency FROM donations_account a"
            " WHERE a.id = NEW.account_id)",
            "a posting is in its account’s currency",
        ),
        (
            "EXISTS (SELECT 1 FROM donations_entry e JOIN donations_seal s"
            " ON s.number = e.seal_id WHERE e.number = NEW.entry_id)",
            "the entry is sealed",
        ),
    ),
    "movement": (
        (
            "EXISTS (SELECT 1 FROM donations_movement m WHERE m.id = NEW.id)",
            "a movement stands there",
        ),
        (
            "EXISTS (SELECT 1 FROM donations_movement m WHERE m.rail_id = NEW.rail_id"
            " AND m.kind = NEW.kind AND m.remote_id = NEW.remote_id)",
            "this movement is there already",
        ),
        (
            "NEW.of_id IS NOT NULL AND NOT EXISTS (SELECT 1 FROM donations_movement m"
            " WHERE m.id = NEW.of_id AND m.currency = NEW.currency)",
            "what is given back is in the gift’s currency",
        ),
        (
            f"NEW.kind IN ('refund', 'cheque_bounce') AND ({_OF_GIFT}) + NEW.amount_minor < 0",
            "more than is left of the gift",
        ),
        (
            "NEW.kind = 'reversal' AND NOT EXISTS (SELECT 1 FROM donations_movement m"
            " WHERE m.id = NEW.of_id AND m.kind <> 'reversal'"
            " AND m.amount_minor = -NEW.amount_minor AND m.fee_minor = -NEW.fee_minor)",
            "a reversal takes back exactly what was there",
        ),
    ),
    "seal": (
        (
            "NEW.previous <> COALESCE((SELECT s.hash FROM donations_seal s"
            " WHERE s.number = NEW.number - 1), '')"
            " OR (NEW.number <> 1 AND NOT EXISTS (SELECT 1 FROM donations_seal s"
            " WHERE s.number = NEW.number - 1))"
            " OR EXISTS (SELECT 1 FROM donations_seal s WHERE s.number >= NEW.number)",
            "a seal follows on the last",
        ),
        (
            "(SELECT COUNT(*) FROM donations_posting p WHERE p.entry_id = NEW.number) < 2",
            "an entry has two postings at least",
        ),
        (
            "EXISTS (SELECT 1 FROM donations_posting p WHERE p.entry_id = NEW.number"
            " GROUP BY p.currency HAVING SUM(p.amount_minor) <> 0)",
            "the entry does not balance",
        ),
        (
            "NOT EXISTS (SELECT 1 FROM donations_movement m WHERE m.entry_id = NEW.number"
            " AND m.amount_minor - m.fee_minor = (SELECT COALESCE(SUM(p.amount_minor), 0)"
            " FROM donations_posting p JOIN donations_account a ON a.id = p.account_id"
            " WHERE p.entry_id = NEW.number AND a.role = 'rail' AND a.rail_id = m.rail_id"
            " AND p.currency = m.currency))",
            "the entry is not that of its movement",
        ),
    ),
}
_ONLY_SQLITE = (("typeof(NEW.amount_minor) <> 'integer'", "amounts are whole"),)
"""SQLite would keep a broken number, or a word, in a column of whole numbers."""


def _rules_of(table: str, vendor: str) -> tuple[tuple[str, str], ...]:
    extra = _ONLY_SQLITE if vendor == "sqlite" and table in {"posting", "movement"} else ()
    return (*_RULES[table], *extra)


def _sqlite_statements(table: str) -> Iterator[str]:
    def trigger(event: str, body: str) -> Iterator[str]:
        name = f"{PREFIX}{table}__{event.lower()}"
        yield f"DROP TRIGGER IF EXISTS {name}"
        yield f"CREATE TRIGGER {name} BEFORE {event} ON donations_{table} BEGIN {body} END"

    refusals = "".join(
        f"SELECT RAISE(ABORT, 'ledger: {words}') WHERE {condition}; "
        for condition, words in _rules_of(table, "sqlite")
    )
    yield from trigger("INSERT", refusals)
    for event in ("UPDATE", "DELETE"):
        yield from trigger(event, "SELECT RAISE(ABORT, 'ledger: nothing is changed here');")


_REFUSE = "RAISE EXCEPTION 'ledger: %s' USING ERRCODE = 'integrity_constraint_violation';"


def _postgresql_statements(table: str) -> Iterator[str]:
    name, on = f"{PREFIX}{table}", f"donations_{table}"
    refusals = " ".join(
        f"IF {condition} THEN {_REFUSE % words} END IF;"
        for condition, words in _rules_of(table, "postgresql")
    )
    yield _function(f"{name}__insert", f"{refusals} RETURN NEW;")
    yield _function(f"{name}__change", _REFUSE % "nothing is changed here")
    if_any = f"IF EXISTS (SELECT 1 FROM {on}) THEN"  # noqa: S608
    refusal = _REFUSE % "nothing is changed here"
    yield _function(f"{name}__truncate", f"{if_any} {refusal} END IF; RETURN NULL;")
    for event, what, each in (
        ("insert", "INSERT", "ROW"),
        ("change", "UPDATE OR DELETE", "ROW"),
        ("truncate", "TRUNCATE", "STATEMENT"),
    ):
        yield f"DROP TRIGGER IF EXISTS {name}__{event} ON {on}"
        yield (
            f"CREATE TRIGGER {name}__{event} BEFORE {what} ON {on} "
            f"FOR EACH {each} EXECUTE FUNCTION {name}__{event}()"
        )


def _function(name: str, body: str) -> str:
    return (
        f"CREATE OR REPLACE FUNCTION {name}() RETURNS trigger LANGUAGE plpgsql AS "
        f"$body$ BEGIN {body} END $body$"
    )


def install_rules(using: str = "default") -> None:
    """Create or replace every trigger that keeps the books."""
    connection = connections[using]
    make = _sqlite_statements if connection.vendor == "sqlite" else _postgresql_statements
    with connection.cursor() as cursor:
        for table in _FROZEN:
            for statement in make(table):
                cursor.execute(statement)


def missing_rules(using: str = "default") -> list[str]:
    """Return the names of triggers that should stand guard and do not, sorted."""
    connection = connections[using]
    events = ("insert", "update", "delete")
    query = "SELECT name FROM sqlite_master WHERE type = 'trigger'"
    if connection.vendor != "sqlite":
        events = ("insert", "change", "truncate")
        # One that is switched off stands no guard.
        query = "SELECT tgname FROM pg_trigger WHERE NOT tgisinternal AND tgenabled = 'O'"
    with connection.cursor() as cursor:
        cursor.execute(query)
        present = {name for (name,) in cursor.fetchall()}
    wanted = {f"{PREFIX}{table}__{event}" for table in _FROZEN for event in events}
    return sorted(wanted - present)


def install_after_migrate(app_config: Any, using: str, **kwargs: Any) -> None:
    """Install the rules once the tables exist (receiver of ``post_migrate``)."""
    present = set(connections[using].introspection.table_names())
    if {f"donations_{table}" for table in _FROZEN} <= present:
        install_rules(using)
