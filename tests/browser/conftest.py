"""A real browser on a real `handpress serve`. Skipped, and says so, where there is no browser."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from newsrooms import make_newsroom
from prepared import copy_desk_files, copy_filled
from servers import free_port, wait_until

if TYPE_CHECKING:
    from playwright.sync_api import Browser

BROWSERS = (
    # Without a window's own pages, a page is there in a third of the time.
    "chromium-headless-shell",
    "chromium",
    "chromium-browser",
    "google-chrome",
    "google-chrome-stable",
)
USER, PASSWORD = "editor", "a long enough phrase"
# No word to anybody but the server under test.
ALONE = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
    "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1, EXCLUDE localhost",
]

_FIRST_ROWS = f"""
from handpress.accounts.models import User
from handpress.newsroom.actions import set_topics
from handpress.newsroom.models import Article, Topic
User.objects.create_superuser("{USER}", "editor@proof.example", "{PASSWORD}")
topic = Topic.objects.create(name="Water")
article = Article(
    headline="An old story",
    excerpt="It begins.\\u00a0",
    body=[("text", "<p>It ends with a space.\\u00a0</p>")],
    live=True,
)
article.save()
set_topics(article, [topic])
"""


def find_browser() -> str:
    """Return the path of the system's browser, or skip the tests that need one."""
    if "HANDPRESS_TEST_SERVER" in os.environ:
        pytest.skip("the browser tests run on SQLite alone; tests/desk does the same on both")
    if find_spec("playwright") is None:
        pytest.skip("BROWSER TESTS: the package playwright is not installed")
    for name in BROWSERS:
        if path := shutil.which(name):
            return path
    pytest.skip(f"BROWSER TESTS: no browser is installed ({', '.join(BROWSERS)})")


@dataclass
class Served:
    """A newsroom that is being served."""

    folder: Path
    url: str


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    path = find_browser()
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=ALONE)
        yield browser
        browser.close()


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """One newsroom with an editor, a topic and an article, served until the module is done."""
    find_browser()
    folder = make_newsroom(tmp_path_factory.mktemp("browser") / "newsroom")
    copy_filled("browser", _FIRST_ROWS, folder / "newsroom.sqlite3")
    copy_desk_files(folder)
    port = free_port()
    environ = {
        **os.environ,
        "HANDPRESS_NEWSROOM": str(folder),
        "HANDPRESS_NEWSROOM_ADDRESS": f"http://127.0.0.1:{port}/",
        "HANDPRESS_SERVER_PORT": str(port),
    }
    handpress = [sys.executable, "-m", "handpress"]
    log = folder / "var" / "log"
    with log.open("w") as out:
        serve = [*handpress, "serve", "--workers", "1"]
        process = subprocess.Popen(serve, env=environ, stdout=out, stderr=out)
    try:
        wait_until(lambda: process.poll() is not None or (folder / "site/index.html").exists())
        assert process.poll() is None, log.read_text()
        yield Served(folder, f"http://127.0.0.1:{port}/")
    finally:
        process.terminate()
        assert process.wait(20) == 0, log.read_text()
    assert "Traceback" not in log.read_text(), log.read_text()
