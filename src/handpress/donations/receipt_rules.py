"""The rules of receipts, kept by the database itself, for SQLite and PostgreSQL.

Numbers follow on each other without a gap, a gift stands on one receipt that counts, with what is
left of it, and what was given out is never changed or taken away. What may be: a PDF is added to
a receipt that has none, and a receipt is made unreadable once its time is over, by throwing its
key away. They are put in place after every ``migrate``, like those of the books (`ledger_rules`).
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from django.db import connections

from handpress.donations.core.movements import GIFTS
from handpress.donations.models import Receipt

PREFIX = "receipt_rule__"
_TABLES = ("receipt", "receiptline")
_UNCHANGED = "receipts are never changed"
_MOVING = frozenset({"pdf", "pdf_sha256", "wrapped", "sealed"})

_COUNTS = (
    "r.kind <> 'void' AND NOT EXISTS (SELECT 1 FROM donations_receipt v WHERE v.voids_id = r.id)"
)
_GIFT_KINDS = ", ".join(f"'{kind.value}'" for kind in sorted(GIFTS))
_LEFT = """
    SELECT COALESCE(SUM(m.amount_minor), 0) FROM donations_movement m
    WHERE m.id = NEW.movement_id OR m.of_id = NEW.movement_id
       OR m.of_id IN (SELECT s.id FROM donations_movement s WHERE s.of_id = NEW.movement_id)"""
_IS_VOID = (
    "EXISTS (SELECT 1 FROM donations_receipt r WHERE r.id = NEW.receipt_id AND r.kind = 'void')"
)

# Table -> (what must not be, how it is said). NEW is the row that is to be added.
_RULES: dict[str, tuple[tuple[str, str], ...]] = {
    "receipt": (
        (
            "EXISTS (SELECT 1 FROM donations_receipt r WHERE r.id = NEW.id)",
            "a receipt stands there",
        ),
        (
            "NEW.number <> 1 + COALESCE((SELECT MAX(r.number) FROM donations_receipt r"
            " WHERE r.sponsor_id = NEW.sponsor_id AND r.fiscal_year = NEW.fiscal_year), 0)",
            "numbers follow on each other",
        ),
        ("NEW.kind <> 'void' AND NEW.total_minor <= 0", "a receipt is over something"),
        (
            "NEW.kind = 'void' AND NOT EXISTS (SELECT 1 FROM donations_receipt r"
            " WHERE r.id = NEW.voids_id AND r.kind <> 'void' AND r.sponsor_id = NEW.sponsor_id"
            " AND r.fiscal_year = NEW.fiscal_year AND r.currency = NEW.currency"
            " AND r.total_minor = -NEW.total_minor)",
            "a receipt is taken back whole, in the year that it is of",
        ),
    ),
    "receiptline": (
        (
            "EXISTS (SELECT 1 FROM donations_receiptline l WHERE l.id = NEW.id)",
            "a line stands there",
        ),
        (
            "NOT EXISTS (SELECT 1 FROM donations_receipt r, donations_movement m"  # noqa: S608
            " JOIN donations_rail w ON w.id = m.rail_id"
            " WHERE r.id = NEW.receipt_id AND m.id = NEW.movement_id"
            " AND m.currency = r.currency AND w.sponsor_id = r.sponsor_id"
            f" AND m.kind IN ({_GIFT_KINDS}))",
            "a line is of a gift to this sponsor",
        ),
        (
            f"NOT {_IS_VOID} AND (NEW.amount_minor <= 0 OR NEW.amount_minor <> ({_LEFT}))",
            "a line is what is left of the gift",
        ),
        (
            f"NOT {_IS_VOID} AND NEW.amount_minor + (SELECT COALESCE(SUM(l.amount_minor), 0)"  # noqa: S608
            " FROM donations_receiptline l WHERE l.receipt_id = NEW.receipt_id)"
            " > (SELECT r.total_minor FROM donations_receipt r"
            " WHERE r.id = NEW.receipt_id)",
            "the receipt is complete",
        ),
        (
            f"NOT {_IS_VOID} AND EXISTS (SELECT 1 FROM donations_receiptline l"  # noqa: S608
            " JOIN donations_receipt r ON r.id = l.receipt_id"
            " WHERE l.movement_id = NEW.movement_id AND r.id <> NEW.receipt_id"
            f" AND {_COUNTS})",
            "the gift stands on a receipt that counts",
        ),
        (
            f"{_IS_VOID} AND NOT EXISTS (SELECT 1 FROM donations_receiptline l"  # noqa: S608
            " JOIN donations_receipt v ON v.voids_id = l.receipt_id"
            " WHERE v.id = NEW.receipt_id AND l.movement_id = NEW.movement_id"
            " AND l.amount_minor = -NEW.amount_minor)",
            "a line is taken back as it was",
        ),
    ),
}
_WHOLE = {"receipt": "total_minor", "receiptline": "amount_minor"}


def _rules_of(table: str, vendor: str) -> tuple[tuple[str, str], ...]:
    # SQLite would keep a broken number in a column of whole ones.
    whole = (f"typeof(NEW.{_WHOLE[table]}) <> 'integer'", "amounts are whole")
    return (*_RULES[table], *((whole,) if vendor == "sqlite" else ()))


def _forbidden_change(vendor: str) -> str:
    """Return what an update of a receipt must not be: all but adding a PDF, and closing it."""
    differs = "IS NOT" if vendor == "sqlite" else "IS DISTINCT FROM"
    columns = sorted(str(field.column) for field in Receipt._meta.concrete_fields)
    frozen = [name for name in columns if name not in _MOVING]
    is_changed = " OR ".join(f"NEW.{name} {differs} OLD.{name}" for name in frozen)
    gets_pdf = (
        "OLD.wrapped <> '' AND LENGTH(OLD.pdf) = 0"
        " AND NEW.wrapped = OLD.wrapped AND NEW.sealed = OLD.sealed"
    )
    is_closed = (
        "NEW.wrapped = '' AND NEW.sealed = '' AND LENGTH(NEW.pdf) = 0"
        " AND NEW.pdf_sha256 = OLD.pdf_sha256"
    )
    return f"({is_changed}) OR NOT (({gets_pdf}) OR ({is_closed}))"


def _sqlite_statements(table: str) -> Iterator[str]:
    def trigger(event: str, body: str) -> Iterator[str]:
        name = f"{PREFIX}{table}__{event.lower()}"
        yield f"DROP TRIGGER IF EXISTS {name}"
        yield f"CREATE TRIGGER {name} BEFORE {event} ON donations_{table} BEGIN {body} END"

    def refusal(words: str, condition: str) -> str:
        return f"SELECT RAISE(ABORT, 'receipts: {words}') WHERE {condition}; "

    refusals = (refusal(words, condition) for condition, words in _rules_of(table, "sqlite"))
    yield from trigger("INSERT", "".join(refusals))
    change = _forbidden_change("sqlite") if table == "receipt" else "1"
    yield from trigger("UPDATE", refusal(_UNCHANGED, change))
    yield from trigger("DELETE", refusal(_UNCHANGED, "1"))


_REFUSE = "RAISE EXCEPTION 'receipts: %s' USING ERRCODE = 'integrity_constraint_violation';"


def _postgresql_statements(table: str) -> Iterator[str]:
    name, on = f"{PREFIX}{table}", f"donations_{table}"

    def refusal(words: str, condition: str) -> str:
        return f"IF {condition} THEN {_REFUSE % words} END IF;"

    refusals = " ".join(
        refusal(words, condition) for condition, words in _rules_of(table, "postgresql")
    )
    change = _forbidden_change("postgresql") if table == "receipt" else "true"
    any_row = f"EXISTS (SELECT 1 FROM {on})"  # noqa: S608
    for event, what, each, body in (
        ("insert", "INSERT", "ROW", f"{refusals} RETURN NEW;"),
        ("update", "UPDATE", "ROW", f"{refusal(_UNCHANGED, change)} RETURN NEW;"),
        ("delete", "DELETE", "ROW", _REFUSE % _UNCHANGED),
        ("truncate", "TRUNCATE", "STATEMENT", f"{refusal(_UNCHANGED, any_row)} RETURN NULL;"),
    ):
        yield (
            f"CREATE OR REPLACE FUNCTION {name}__{event}() RETURNS trigger LANGUAGE plpgsql AS "
            f"$body$ BEGIN {body} END $body$"
        )
        yield f"DROP TRIGGER IF EXISTS {name}__{event} ON {on}"
        yield (
            f"CREATE TRIGGER {name}__{event} BEFORE {what} ON {on} "
            f"FOR EACH {each} EXECUTE FUNCTION {name}__{event}()"
        )


def install_rules(using: str = "default") -> None:
    """Create or replace every trigger that keeps receipts."""
    connection = connections[using]
    make = _sqlite_statements if connection.vendor == "sqlite" else _postgresql_statements
    with connection.cursor() as cursor:
        for table in _TABLES:
            for statement in make(table):
                cursor.execute(statement)


def missing_rules(using: str = "default") -> list[str]:
    """Return the names of triggers that should stand guard and do not, sorted."""
    connection = connections[using]
    events: tuple[str, ...] = ("insert", "update", "delete")
    query = "SELECT name FROM sqlite_master WHERE type = 'trigger'"
    if connection.vendor != "sqlite":
        events = (*events, "truncate")
        # One that is switched off stands no guard.
        query = "SELECT tgname FROM pg_trigger WHERE NOT tgisinternal AND tgenabled = 'O'"
    with connection.cursor() as cursor:
        cursor.execute(query)
        present = {name for (name,) in cursor.fetchall()}
    wanted = {f"{PREFIX}{table}__{event}" for table in _TABLES for event in events}
    return sorted(wanted - present)


def install_after_migrate(app_config: Any, using: str, **kwargs: Any) -> None:
    """Install the rules once the tables exist (receiver of ``post_migrate``)."""
    present = set(connections[using].introspection.table_names())
    if {f"donations_{table}" for table in _TABLES} <= present:
        install_rules(using)
