"""How long the book of readers takes to answer: 500,000 of them, on SQLite or PostgreSQL.

    .venv/bin/python bench/readers.py                        SQLite, in a temporary folder
    .venv/bin/python bench/readers.py --postgresql           a server of its own
    .venv/bin/python bench/readers.py --readers 100000
    .venv/bin/python bench/readers.py --import               bring them in as a list, and time it

Each page of the desk is asked for seven times by a signed-in administrator, through all of
Django; the median and the slowest are printed, and the least time of processor that one took (of
this process: with PostgreSQL, the server's comes on top). Importing and exporting are timed once.
"""

from __future__ import annotations

import argparse
import os
import random
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parent.parent / "tests"))

import django

from newsrooms import make_newsroom, use_newsroom
from postgres import SupervisedServer
from prepared import on_server

ROUNDS = 7
NOW = datetime.now(UTC)
HOSTS = ["gmail.com", "outlook.com", "naver.com", "orange.fr", "example.org", "example.net"]


def main() -> int:
    """Make the readers, ask for the pages, print a table."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--readers", type=int, default=500_000)
    parser.add_argument("--postgresql", action="store_true")
    parser.add_argument("--import", dest="imports", action="store_true", help="by an import")
    parser.add_argument("--folder", type=Path, help="work here, and leave everything in place")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="handpress-bench-") as scratch:
        server = SupervisedServer() if options.postgresql else None
        try:
            folder = (options.folder or Path(scratch)) / "newsroom"
            _measure(folder, on_server(server.url, "postgres") if server else "", options)
        finally:
            if server:
                server.stop()
    return 0


def _measure(folder: Path, url: str, options: argparse.Namespace) -> None:
    newsroom = make_newsroom(folder, url) if url else make_newsroom(folder)
    use_newsroom(newsroom)
    django.setup()
    from django.core.management import call_command
    from django.db import connection

    call_command("migrate", verbosity=0)
    count = options.readers
    _note(f"making {count:,} readers")
    print("| what | median | slowest | processor |\n| --- | --- | --- | --- |")
    if options.imports:
        _time(f"import of {count:,}", lambda: _import(count), rounds=1)
    else:
        _fill(count)
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("ANALYZE")
    _ask()


_COLUMNS = (
    "uuid, address, address_key, domain, state, frequency, language, origin, created_at, "
    "confirmed_at, left_at, left_by"
)
# By the database itself: as an import, half a million take minutes.
_ROWS = {
    "sqlite": """
        WITH RECURSIVE counted(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM counted WHERE i < %s),
        reader AS (
            SELECT i, (abs(random()) %% 1000000) || '.' || i AS name, abs(random()) %% 100 AS dice,
                datetime('now', '-' || (abs(random()) %% 900) || ' days',
                    '-' || (abs(random()) %% 86400) || ' seconds') AS at
            FROM counted
        )
        SELECT lower(hex(randomblob(16))), {values}, at, at,
            CASE WHEN dice < 10 THEN datetime(at, '+9 days') END, '' FROM reader""",
    "postgresql": """
        WITH reader AS (
            SELECT i, floor(random() * 1000000) || '.' || i AS name, floor(random() * 100) AS dice,
                now() - random() * interval '900 days' AS at
            FROM generate_series(1, %s) AS i
        )
        SELECT gen_random_uuid(), {values}, at, at,
            CASE WHEN dice < 10 THEN at + interval '9 days' END, '' FROM reader""",
}
_HOST = "CASE i %% 3 WHEN 0 THEN 'gmail.com' WHEN 1 THEN 'naver.com' ELSE 'example.org' END"
_ADDRESS = f"name || '@' || {_HOST}"
_VALUES = (
    f"{_ADDRESS}, {_ADDRESS}, {_HOST}, CASE WHEN dice < 10 THEN 3 WHEN dice < 12 THEN 2 "
    "ELSE 1 END, 1 + (i %% 3) / 2, '', 'csv'"
)


def _fill(count: int) -> None:
    from django.db import connection

    rows = _ROWS[connection.vendor].format(values=_VALUES)
    with connection.cursor() as cursor:
        cursor.execute(f"INSERT INTO digest_subscriber ({_COLUMNS}) {rows}", [count])


def _import(count: int) -> None:
    from handpress.digest.actions.importing import import_readers

    import_readers(_readers(count), origin="csv")


def _readers(count: int) -> Iterator[Any]:
    from handpress.digest.core.incoming import IncomingReader, Standing

    rng = random.Random(8)
    standings = [Standing.ACTIVE, Standing.LEFT, Standing.PAUSED]
    for number in range(count):
        joined_at = NOW - timedelta(days=rng.expovariate(1 / 300))
        standing = rng.choices(standings, [88, 10, 2])[0]
        yield IncomingReader(
            number,
            f"{rng.choice('abcdefghijklmnopqrstuvwxyz')}{rng.randrange(10**6)}.{number}"
            f"@{rng.choice(HOSTS)}",
            standing,
            joined_at=joined_at,
            left_at=joined_at + timedelta(days=10) if standing is Standing.LEFT else None,
            frequency=rng.choice(["daily", "daily", "weekly"]),
        )


def _ask() -> None:
    from django.contrib.auth import get_user_model
    from django.test import Client
    from django.test.utils import setup_test_environment

    from handpress.digest.models import Subscriber
    from handpress.digest.views.book import lines_of

    setup_test_environment()
    client = Client()
    client.force_login(get_user_model().objects.create_superuser("a", "a@example.org", "x" * 20))
    some = Subscriber.objects.order_by("pk")[Subscriber.objects.count() // 2]
    book = "/desk/digest/readers/"
    pages = {
        "the book, with totals and growth": book,
        "part of an address": f"{book}results/?q=77.1",
        "part that nobody has": f"{book}results/?q=zzzzzz",
        "whole address": f"{book}results/?q={some.address}",
        "active, weekly": f"{book}results/?state=1&frequency=2",
        "has left": f"{book}results/?state=3",
        "the last page": f"{book}results/?p=999999",
        "one reader": f"{book}{some.pk}/",
        "unreachable": "/desk/digest/unreachable/",
    }
    for words, path in pages.items():
        _time(words, lambda path=path: _get(client, path))
    _time("export", lambda: [None for _ in lines_of(Subscriber.objects.all())], rounds=1)
    _time("sign-up, form to answer", lambda: _sign_up(client))
    _time("one-click leave", lambda: _leave(client))


def _get(client: Any, path: str) -> None:
    assert client.get(path).status_code == 200, path


def _sign_up(client: Any) -> None:
    address = f"new{time.perf_counter_ns()}@example.org"
    network = f"2001:db8:{random.randrange(65536):x}::1"
    assert client.post("/-/subscribe", {"address": address}, REMOTE_ADDR=network).status_code == 200


def _leave(client: Any) -> None:
    from handpress.digest.core.tokens import token_of
    from handpress.digest.models import Subscriber

    reader = Subscriber.objects.filter(state=1).first()
    assert reader is not None
    assert client.post(f"/-/unsubscribe/{token_of(reader.uuid)}").status_code == 200


def _time(words: str, act: Callable[[], Any], rounds: int = ROUNDS) -> None:
    taken, spent = [], []
    for _ in range(rounds):
        begin, used = time.perf_counter(), time.process_time()
        act()
        taken.append(time.perf_counter() - begin)
        spent.append(time.process_time() - used)
    print(
        f"| {words} | {statistics.median(taken):.3f} s | {max(taken):.3f} s | {min(spent):.3f} s |",
        flush=True,
    )


def _note(text: str) -> None:
    print(text, file=sys.stderr, flush=True)


if __name__ == "__main__":
    os.environ.setdefault("PYTHONHASHSEED", "0")
    sys.exit(main())
