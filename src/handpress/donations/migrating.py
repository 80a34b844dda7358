"""What guards books and receipts stands aside while a migration rebuilds their tables.

SQLite rebuilds a table to change it: it drops the old one and names the new one like it. It
refuses that while a trigger of any other table speaks of the one that is gone for the moment.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django.db import connections
from django.db.migrations import Migration

from handpress.donations import ledger_rules, receipt_rules

_PREFIXES = (ledger_rules.PREFIX, receipt_rules.PREFIX)


def stand_aside(
    app_config: Any, using: str, plan: Iterable[tuple[Migration, bool]] = (), **kwargs: Any
) -> None:
    """Take the triggers away where tables of this app change (receiver of ``pre_migrate``).

    They are put back when all is migrated. Where that breaks off, they are missing until
    ``migrate`` is run once more; `handpress doctor` says so.
    """
    connection = connections[using]
    changes = any(migration.app_label == "donations" for migration, _ in plan)
    if connection.vendor != "sqlite" or not changes:
        return
    with connection.cursor() as cursor:
        cursor.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'")
        for (name,) in cursor.fetchall():
            if name.startswith(_PREFIXES):
                cursor.execute(f'DROP TRIGGER "{name}"')
