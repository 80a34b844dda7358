"""The books of the practice company: an SQLite file of its own, as a company's are elsewhere.

It keeps what a company keeps, and nothing about donors. Times are seconds since 1970, sums minor
units.
"""

from __future__ import annotations

import secrets
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path

_TABLES = """
CREATE TABLE IF NOT EXISTS payment (
    id TEXT PRIMARY KEY, key TEXT NOT NULL UNIQUE, reference TEXT NOT NULL, words TEXT NOT NULL,
    minor INTEGER NOT NULL, currency TEXT NOT NULL, state TEXT NOT NULL, code TEXT NOT NULL,
    is_monthly INTEGER NOT NULL, is_for_later INTEGER NOT NULL, mandate TEXT NOT NULL,
    done_url TEXT NOT NULL, left_url TEXT NOT NULL, at INTEGER NOT NULL
);
CREATE TABLE IF NOT EXISTS mandate (id TEXT PRIMARY KEY, is_active INTEGER NOT NULL);
CREATE TABLE IF NOT EXISTS moved (
    number INTEGER PRIMARY KEY AUTOINCREMENT, id TEXT NOT NULL, kind TEXT NOT NULL,
    of TEXT NOT NULL, key TEXT NOT NULL, minor INTEGER NOT NULL, currency TEXT NOT NULL,
    at INTEGER NOT NULL, reference TEXT NOT NULL
);
CREATE UNIQUE INDEX IF NOT EXISTS moved_once ON moved (key) WHERE key <> '';
"""
FEE_PERMILLE, FEE_FIXED = 14, 25


@dataclass(frozen=True, slots=True)
class Payment:
    """Something that was begun or charged."""

    id: str
    key: str
    reference: str
    words: str
    minor: int
    currency: str
    state: str
    code: str
    is_monthly: bool
    is_for_later: bool
    mandate: str
    done_url: str
    left_url: str
    at: int


@dataclass(frozen=True, slots=True)
class Moved:
    """Money that moved."""

    number: int
    id: str
    kind: str
    of: str
    key: str
    minor: int
    currency: str
    at: int
    reference: str


class PracticeBook:
    """What the practice company knows; every method is one transaction of its own file."""

    def __init__(self, file: Path | str) -> None:
        self._file = sqlite3.connect(
            file, timeout=30, isolation_level=None, check_same_thread=False
        )
        self._file.execute("PRAGMA journal_mode = WAL")
        self._file.executescript(_TABLES)

    def close(self) -> None:
        """Close the file."""
        self._file.close()

    @contextmanager
    def _writing(self) -> Iterator[sqlite3.Connection]:
        self._file.execute("BEGIN IMMEDIATE")
        try:
            yield self._file
        except BaseException:
            self._file.execute("ROLLBACK")
            raise
        self._file.execute("COMMIT")

    # --- what is asked of it ----------------------------------------------------------------

    def open_payment(self, payment: Payment) -> Payment:
        """Write something down that was asked for; what has the same key is the same."""
        with self._writing() as file:
            known = self._payment("key", payment.key)
            if known:
                return known
            _insert(file, "payment", payment)
        return payment

    def payment(self, name: str) -> Payment | None:
        """Return a payment by its name."""
        return self._payment("id", name)

    def payments_for(self, reference: str, since: int) -> list[Payment]:
        """Return the payments of a reference that were asked for since then, the last one first."""
        rows = self._file.execute(
            "SELECT * FROM payment WHERE reference = ? AND at >= ? ORDER BY rowid DESC",
            [reference, since],
        )
        return [_payment_of(row) for row in rows]

    def movements_of(self, capture: str) -> list[Moved]:
        """Return a capture and all that is about it."""
        rows = self._file.execute(
            "SELECT * FROM moved WHERE id = ? OR of = ? ORDER BY number", [capture, capture]
        )
        return [Moved(*row) for row in rows]

    def movements(self, since: int, until: int, after: int, most: int) -> list[Moved]:
        """Return a page of all that moved in [since, until), after a number."""
        rows = self._file.execute(
            "SELECT * FROM moved WHERE at >= ? AND at < ? AND number > ? ORDER BY number LIMIT ?",
            [since, until, after, most],
        )
        return [Moved(*row) for row in rows]

    def is_active(self, mandate: str) -> bool:
        """Say whether a mandate may be used."""
        row = self._file.execute("SELECT is_active FROM mandate WHERE id = ?", [mandate]).fetchone()
        return bool(row and row[0])

    # --- what happens there --------------------------------------------------------------------

    def pay(self, name: str, at: datetime) -> None:
        """Let a donor pay, or agree; once."""
        with self._writing() as file:
            payment = self._payment("id", name)
            if payment is None or payment.state != "open":
                return
            mandate = payment.mandate
            if payment.is_monthly and not mandate:
                mandate = _name("pm")
                file.execute("INSERT INTO mandate VALUES (?, 1)", [mandate])
            file.execute(
                "UPDATE payment SET state = 'done', mandate = ? WHERE id = ?", [mandate, name]
            )
            if not payment.is_for_later:
                self._take(file, payment, at)

    def charge(self, payment: Payment, at: datetime, code: str = "") -> Payment:
        """Take a gift by a mandate, or refuse it with a code; the same key is asked for once."""
        with self._writing() as file:
            known = self._payment("key", payment.key)
            if known:
                return known
            if not self.is_active(payment.mandate):
                code = "mandate_ended"
            payment = replace(payment, state="failed" if code else "done", code=code)
            _insert(file, "payment", payment)
            if not code:
                self._take(file, payment, at)
        return payment

    def fail(self, name: str, code: str) -> None:
        """Let a payment come to nothing; one that was made stays made."""
        with self._writing() as file:
            file.execute(
                "UPDATE payment SET state = 'failed', code = ? WHERE id = ? AND state = 'open'",
                [code, name],
            )

    def move(
        self, kind: str, of: str, minor: int, currency: str, at: datetime, *, key: str = ""
    ) -> str:
        """Let money move that is about a capture; the same key moves it once; return its name."""
        with self._writing() as file:
            known = file.execute("SELECT id FROM moved WHERE key = ? AND key <> ''", [key])
            if found := known.fetchone():
                return str(found[0])
            name = _name(kind[:2])
            _insert(file, "moved", Moved(0, name, kind, of, key, minor, currency, _s(at), ""))
        return name

    def give_back(self, capture: str, minor: int, currency: str, at: datetime, key: str) -> bool:
        """Give some of a capture back, once for a key; False where less is left of it."""
        with self._writing() as file:
            row = file.execute("SELECT 1 FROM moved WHERE key = ?", [key]).fetchone()
            if row is None:
                if minor > self.left_of(capture):
                    return False
                moved = Moved(0, _name("re"), "refund", capture, key, -minor, currency, _s(at), "")
                _insert(file, "moved", moved)
        return True

    def left_of(self, capture: str) -> int:
        """Return what is left of a capture; nothing where there is none."""
        (sum_,) = self._file.execute(
            "SELECT COALESCE(SUM(minor), 0) FROM moved WHERE (id = ? OR of = ?) AND kind <> 'fee'",
            [capture, capture],
        ).fetchone()
        return int(sum_)

    def balance(self) -> dict[str, int]:
        """Return what lies there, by currency."""
        rows = self._file.execute("SELECT currency, SUM(minor) FROM moved GROUP BY currency")
        return {str(code): int(minor) for code, minor in rows}

    def end_mandate(self, mandate: str) -> None:
        """Let a mandate be used no more."""
        with self._writing() as file:
            file.execute("UPDATE mandate SET is_active = 0 WHERE id = ?", [mandate])

    def _take(self, file: sqlite3.Connection, payment: Payment, at: datetime) -> None:
        capture = f"cap_{payment.id}"
        fee = payment.minor * FEE_PERMILLE // 1000 + FEE_FIXED
        stamp, code, ref = _s(at), payment.currency, payment.reference
        _insert(
            file, "moved", Moved(0, capture, "capture", "", "", payment.minor, code, stamp, ref)
        )
        if fee < payment.minor:
            name = f"fee_{payment.id}"
            _insert(file, "moved", Moved(0, name, "fee", capture, "", -fee, code, stamp, ""))

    def _payment(self, column: str, value: str) -> Payment | None:
        row = self._file.execute(
            f"SELECT * FROM payment WHERE {column} = ?",  # noqa: S608 - a name of ours
            [value],
        ).fetchone()
        return _payment_of(row) if row else None


def new_payment_name() -> str:
    """Return a name for a payment that nobody can guess."""
    return _name("pay")


def _name(prefix: str) -> str:
    return f"{prefix}_{secrets.token_hex(12)}"


def _s(at: datetime) -> int:
    return int(at.astimezone(UTC).timestamp())


def _payment_of(row: tuple[object, ...]) -> Payment:
    values = dict(zip(Payment.__slots__, row, strict=True))
    for name in ("is_monthly", "is_for_later"):
        values[name] = bool(values[name])
    return Payment(**values)  # type: ignore[arg-type]


def _insert(file: sqlite3.Connection, table: str, row: Payment | Moved) -> None:
    names = [name for name in type(row).__slots__ if name != "number"]
    marks = ", ".join("?" * len(names))
    file.execute(
        f"INSERT INTO {table} ({', '.join(names)}) VALUES ({marks})",  # noqa: S608 - names of ours
        [getattr(row, name) for name in names],
    )
