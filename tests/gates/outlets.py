"""The newsrooms that are looked at: the demo, in each theme, and one that publishes in Arabic;
really served."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from gates.donors import donor_answers
from gates.pages import SitePage, address
from gates.readers import reader_answers
from servers import free_port, wait_until

TESTS = Path(__file__).parents[1]
DESK = "desk"
USER, PASSWORD = "gatekeeper", "a phrase that is long enough"

_GIVING = {
    "HANDPRESS_GIVING_CONTACT_EMAIL": "gifts@example.org",
    "HANDPRESS_GIVING_BANK_ACCOUNT_HOLDER": "جمعيّة القرّاء",
    "HANDPRESS_GIVING_BANK_IBAN": "GB82WEST12345698765432",
}
_MANIFEST = """
from handpress.newsroom.models import Article
from handpress.donations.models import Campaign
from handpress.digest.models import Pitch
from handpress.press.models import PrintedPage
from handpress.press.registry import registry
from gates.desk_pages import desk_pages
from gates.giving_rows import donor_links
rows = PrintedPage.objects.filter(is_gone=False).order_by("kind", "path")
campaign, pitch = Campaign.objects.get(is_running=True), Pitch.objects.get(is_shown=True)
articles = Article.objects.filter(live=True)
print(json.dumps({
    "kinds": sorted(registry.kinds),
    "files": list(rows.values_list("kind", "key", "path")),
    # An excerpt with which the body begins is not printed twice.
    "articles": {path: [headline, excerpt if shows or not body else ""]
                 for path, headline, excerpt, shows, body in articles.values_list(
                     "path", "headline", "excerpt", "has_standfirst", "body_html")},
    "appeal": [campaign.heading, *campaign.full_text.splitlines(),
               campaign.heading, *campaign.compact_text.splitlines()],
    **desk_pages(),
    "links": donor_links(),
    "pitch": [pitch.heading, *pitch.text.splitlines()],
}))
"""


@dataclass(frozen=True, slots=True)
class Words:
    """What a site must say, taken from the rows: the articles by path, appeal and pitch."""

    articles: dict[str, tuple[str, str]]
    appeal: tuple[str, ...]
    pitch: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Outlet:
    """A newsroom that is being served, and what was printed there."""

    name: str
    folder: Path
    url: str
    kinds: frozenset[str]
    pages: tuple[SitePage, ...]
    words: Words
    desk: tuple[SitePage, ...] = ()
    faults: tuple[str, ...] = ()
    answers: tuple[SitePage, ...] = ()


@contextmanager
def serving_outlets(folder: Path) -> Iterator[list[Outlet]]:
    """Make all newsrooms in a folder, press them, and serve them until the end of the block."""
    with ThreadPoolExecutor() as pool, ExitStack() as stack:
        made = [pool.submit(_make, _Newsroom(folder / name), fill) for name, fill in MAKERS.items()]
        yield [stack.enter_context(_serving(*future.result())) for future in made]


class _Newsroom:
    """A folder, and `handpress` acting on it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}/"
        own = {k: v for k, v in os.environ.items() if not k.startswith("HANDPRESS_")}
        self.environ = {
            **own,
            "PYTHONPATH": str(TESTS),
            "HANDPRESS_NEWSROOM": str(folder),
            "HANDPRESS_NEWSROOM_ADDRESS": self.url,
            "HANDPRESS_SERVER_PORT": str(self.port),
        }

    def command(self, *words: str | Path) -> list[str]:
        return [sys.executable, "-m", "handpress", *map(str, words)]

    def run(self, *words: str | Path) -> str:
        done = subprocess.run(
            self.command(*words), env=self.environ, capture_output=True, text=True
        )
        if done.returncode:
            raise RuntimeError(f"handpress {' '.join(map(str, words))} failed:\n{done.stderr}")
        return done.stdout

    def act(self, code: str) -> str:
        return self.run("manage", "shell", "--no-imports", "-c", code)


def _make_tabloid(newsroom: _Newsroom) -> None:
    newsroom.environ["HANDPRESS_PRESS_THEME"] = "tabloid"
    newsroom.run("demo", newsroom.folder, "--no-serve")
    newsroom.act("from gates.rows import fill_demo; fill_demo()")
    newsroom.act("from gates.giving_rows import *; fill_practice()")


def _make_demo(newsroom: _Newsroom) -> None:
    newsroom.run("demo", newsroom.folder, "--no-serve")
    newsroom.act("from gates.rows import fill_demo; fill_demo()")
    newsroom.act("from gates.mail_rows import fill_mail; fill_mail()")
    newsroom.act("from gates.giving_rows import *; fill_practice(); fill_companies()")
    newsroom.act("from gates.debit_rows import fill_debits; fill_debits()")
    newsroom.act(
        "from handpress.accounts.models import User\n"
        f"User.objects.create_superuser({USER!r}, 'gatekeeper@example.org', {PASSWORD!r})"
    )


def _make_arabic(newsroom: _Newsroom) -> None:
    newsroom.environ.update(_GIVING)
    names = ["--name", "صحيفة الميناء", "--tagline", "أخبار المدينة لأهلها", "--language", "ar"]
    newsroom.run("init", newsroom.folder, *names)
    newsroom.act("from gates.rows import fill_arabic; fill_arabic()")
    newsroom.act("from gates.giving_rows import *; fill_practice()")


WITH_DESK = "demo"
"""The outlet whose desk is looked at."""

MAKERS: dict[str, Callable[[_Newsroom], None]] = {
    "demo": _make_demo,
    "arabic": _make_arabic,
    "tabloid": _make_tabloid,
}


def _make(newsroom: _Newsroom, fill: Callable[[_Newsroom], None]) -> tuple[_Newsroom, Any]:
    fill(newsroom)
    newsroom.run("press")
    return newsroom, json.loads(newsroom.act(f"import json\n{_MANIFEST}"))


@contextmanager
def _serving(newsroom: _Newsroom, facts: dict[str, Any]) -> Iterator[Outlet]:
    log = newsroom.folder / "var" / "log"
    with log.open("w") as out:
        command = newsroom.command("serve", "--workers", "1")
        process = subprocess.Popen(
            command, env=newsroom.environ, stdin=subprocess.DEVNULL, stdout=out, stderr=out
        )
    try:
        wait_until(lambda: process.poll() is not None or "Serving at" in log.read_text())
        if process.poll() is not None:
            raise RuntimeError(f"handpress serve ended:\n{log.read_text()}")
        outlet = _outlet(newsroom, facts)
        asked = (outlet.name, newsroom.url, newsroom.folder)
        answers = (*reader_answers(*asked), *donor_answers(*asked, facts["links"]))
        yield replace(outlet, answers=answers)
    finally:
        process.terminate()
        process.wait(20)
    if "Traceback" in log.read_text():
        raise RuntimeError(f"handpress serve failed meanwhile:\n{log.read_text()}")


def _outlet(newsroom: _Newsroom, facts: dict[str, Any]) -> Outlet:
    name = newsroom.folder.name
    pages = [
        SitePage(name, kind, path, address(newsroom.url, path), _read(newsroom, path), key)
        for kind, key, path in facts["files"]
    ]
    articles = {
        path: (headline, excerpt) for path, (headline, excerpt) in facts["articles"].items()
    }
    words = Words(articles, tuple(facts["appeal"]), tuple(facts["pitch"]))
    desk: tuple[SitePage, ...] = ()
    faults: tuple[str, ...] = ()
    if name == WITH_DESK:
        desk = tuple(_desk_page(newsroom, *each) for each in facts["pages"].items())
        faults = tuple(
            f"the desk's {gap}: give an example in tests/gates/desk_pages.py"
            for gap in facts["unknown"]
        )
    kinds = frozenset(facts["kinds"])
    return Outlet(name, newsroom.folder, newsroom.url, kinds, tuple(pages), words, desk, faults)


def _desk_page(newsroom: _Newsroom, name: str, path: str) -> SitePage:
    return SitePage(DESK, DESK, name, newsroom.url + path, b"")


def _read(newsroom: _Newsroom, path: str) -> bytes:
    return (newsroom.folder / "site" / path).read_bytes()


def uncovered_kinds(outlets: Sequence[Outlet], seen: set[str]) -> list[str]:
    """Say which page kinds no page was printed of, and which no gate read."""
    registered = {kind for outlet in outlets for kind in outlet.kinds}
    printed = {page.kind for outlet in outlets for page in outlet.pages}
    missing = [
        f"page kind “{kind}”: none was printed; give tests/gates/rows.py what it needs"
        for kind in sorted(registered - printed)
    ]
    unread = [
        f"page kind “{kind}”: no gate reads it; see tests/gates/all_gates.py"
        for kind in sorted(printed - seen)
    ]
    return missing + unread
