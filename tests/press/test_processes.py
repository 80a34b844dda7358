"""The press as real processes on a real database file: several at work, and killed."""

from __future__ import annotations

import json
import os
import random
import signal
import subprocess
import sys
import time
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest

_FILL = """
from datetime import UTC, datetime, timedelta
from handpress.newsroom.models import Article, ArticleTopic, Topic
names = {f"t{n}": f"Topic {n}" for n in range(4)}
topics = [Topic.objects.get_or_create(slug=s, defaults={"name": n})[0] for s, n in names.items()]
first = Article.objects.count()
rows = Article.objects.bulk_create(
    Article(headline=f"Story {n}", excerpt="Words. " * 40, live=True,
            published_at=datetime(2015, 1, 1, tzinfo=UTC) + timedelta(hours=n * 7))
    for n in range(first, first + COUNT)
)
ArticleTopic.objects.bulk_create(
    ArticleTopic(article=a, topic=topics[n % 4], sort_order=0) for n, a in enumerate(rows)
)
"""


class Newsroom:
    """A newsroom folder driven through the command line, as its owner would."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.environ = {**os.environ, "HANDPRESS_NEWSROOM": str(folder)}

    def command(self, *words: str) -> list[str]:
        return [sys.executable, "-m", "handpress", *words]

    def run(self, *words: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            self.command(*words), env=self.environ, capture_output=True, text=True, check=True
        )

    def fill(self, count: int) -> None:
        self.run("manage", "shell", "--no-imports", "-c", _FILL.replace("COUNT", str(count)))

    def press(self, *words: str) -> dict[str, Any]:
        return json.loads(self.run("press", "--json", *words).stdout)

    def start_press(self, *words: str) -> subprocess.Popen[bytes]:
        return subprocess.Popen(
            self.command("press", *words),
            env=self.environ,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )

    def files(self) -> dict[str, bytes]:
        site = self.folder / "site"
        return {
            str(path.relative_to(site)): path.read_bytes()
            for path in sorted(site.rglob("*"))
            if path.is_file() and ".press" not in path.parts
        }


@pytest.fixture
def newsroom(prepared_newsroom: Path) -> Newsroom:
    return Newsroom(prepared_newsroom)


def test_several_processes_print_what_one_prints(newsroom: Newsroom):
    newsroom.fill(1500)
    newsroom.environ["HANDPRESS_PRESS_WORKERS"] = "3"
    assert newsroom.press("--no-compress")["written"] > 1600
    many = newsroom.files()
    newsroom.environ["HANDPRESS_PRESS_WORKERS"] = "1"
    assert newsroom.press("--all", "--no-compress")["written"] == 0
    assert newsroom.files() == many
    assert newsroom.press("--verify")["clean"]


def test_killed_at_any_instant_it_resumes_and_the_site_is_right(newsroom: Newsroom):
    chance = random.Random(20211)
    newsroom.environ["HANDPRESS_PRESS_WORKERS"] = "2"
    newsroom.fill(1200)
    kills = 0
    for attempt in range(6):
        process = newsroom.start_press(*(["--all"] if attempt % 2 else []))
        time.sleep(chance.uniform(0.4, 1.6))
        kills += process.poll() is None
        _kill_group(process)
        assert not _half_pages(newsroom)
        if attempt == 3:
            newsroom.fill(50)
    assert kills >= 2
    newsroom.press()
    assert newsroom.press("--verify")["clean"]


def _kill_group(process: subprocess.Popen[bytes]) -> None:
    with suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()


def _half_pages(newsroom: Newsroom) -> list[str]:
    return [
        path
        for path, data in newsroom.files().items()
        if path.endswith(".html") and not data.rstrip().endswith(b"</html>")
    ]
