"""What one needs to understand a night that went wrong.

With HANDPRESS_TEST_KEEP=FOLDER the database notes every change of a delivery, mail servers every
word, and senders what they ask of the ledger, all with the moment in seconds; where a test fails,
all that is copied into the folder.
"""

from __future__ import annotations

import os
import shutil
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from faults.stage import Stage, Tables

FOLDER = os.environ.get("HANDPRESS_TEST_KEEP", "")
HAS_FAILED = pytest.StashKey[bool]()

_COLUMNS = "at float, reader bigint, was int, by_was bigint, became int, by_now bigint"
_VALUES = "OLD.subscriber_id, OLD.state, OLD.worker, NEW.state, NEW.worker"
_ON_SQLITE = (
    "DROP TRIGGER IF EXISTS told",
    f"CREATE TRIGGER told AFTER UPDATE ON digest_delivery BEGIN"
    f" INSERT INTO history VALUES ((julianday('now') - 2440587.5) * 86400, {_VALUES}); END",
)
_ON_POSTGRESQL = (
    "CREATE OR REPLACE FUNCTION tell() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN"
    f" INSERT INTO history VALUES (extract(epoch FROM clock_timestamp()), {_VALUES});"
    " RETURN NULL; END $$",
    "CREATE OR REPLACE TRIGGER told AFTER UPDATE ON digest_delivery"
    " FOR EACH ROW EXECUTE FUNCTION tell()",
)


def begin_history(tables: Tables) -> None:
    """Let the database note what becomes of deliveries from now on."""
    if FOLDER:
        tables.run("DROP TABLE IF EXISTS history")
        tables.run(f"CREATE TABLE history ({_COLUMNS})")
        for statement in _ON_POSTGRESQL if isinstance(tables.database, str) else _ON_SQLITE:
            tables.run(statement)


def keep(stage: Stage, name: str) -> None:
    """Copy all that was noted on a stage into the folder, beside the history."""
    if FOLDER:
        target = Path(FOLDER, name)
        shutil.copytree(stage.folder, target, dirs_exist_ok=True)
        rows = stage.tables.run("SELECT * FROM history ORDER BY at")
        lines = [f"{at:.6f} r{reader} {' '.join(map(str, more))}" for at, reader, *more in rows]
        (target / "history").write_text("\n".join(lines))
