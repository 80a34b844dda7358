"""Tiny papers for tests: rows made by name, a site pressed into a folder, and what was printed."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from django.db import transaction

from handpress.newsroom.actions import set_topics
from handpress.newsroom.models import Article, Source, Topic
from handpress.press.actions import Press, PressReport
from handpress.press.models import Mark, PressState, PrintedPage, StalePage
from handpress.press.store import SiteStore

START = datetime(2021, 1, 4, 9, 0, tzinfo=UTC)


@dataclass
class Paper:
    """A newsroom in the test database and a site folder of its own."""

    folder: Path
    press: Press = field(init=False)

    def __post_init__(self) -> None:
        self.press = Press(store=SiteStore(self.folder), workers=1)

    def topic(self, name: str, **values: Any) -> Topic:
        """Return the topic of this name, made public if it is new."""
        topic = Topic.objects.filter(name=name).first()
        return topic or Topic.objects.create(name=name, **values)

    def article(
        self, headline: str, topics: Sequence[str] = (), *, day: float | None = 0, **values: Any
    ) -> Article:
        """Make a public article, ``day`` days after the paper began; None: of unknown date."""
        values.setdefault("excerpt", f"What {headline} is about, in a sentence or two.")
        if day is None:
            values.setdefault("published_precision", "unknown")
        else:
            values.setdefault("published_at", START + timedelta(days=day))
        article = Article(headline=headline, live=True, **values)
        article.save()
        set_topics(article, [self.topic(name) for name in topics])
        return article

    def source(self, name: str) -> Source:
        """Return the source of this name."""
        return Source.objects.get_or_create(name=name)[0]

    def print(self, **options: Any) -> set[str]:
        """Press; return the paths whose bytes changed."""
        return set(self.run(**options).paths)

    def run(self, **options: Any) -> PressReport:
        """Press; return the report."""
        return self.press.press(**options)

    def read(self, path: str) -> str:
        """Return a page's text as it stands in the folder."""
        return (self.folder / path).read_text(encoding="utf-8")

    def files(self) -> dict[str, bytes]:
        """Return every file of the site with its bytes."""
        return files_in(self.folder)


def files_in(folder: Path) -> dict[str, bytes]:
    """Return path and bytes of every file that the press printed into a folder."""
    store = SiteStore(folder)
    return {path: store.read(path) or b"" for path in store.files()}


@contextmanager
def undone() -> Iterator[None]:
    """Run something in the database and undo it."""
    with transaction.atomic():
        yield
        transaction.set_rollback(True)


def fresh_site(folder: Path) -> dict[str, bytes]:
    """Return what a press that remembers nothing prints from the rows as they are now."""
    with undone():
        for model in (Mark, StalePage, PrintedPage, PressState):
            model.objects.all().delete()
        Press(store=SiteStore(folder), workers=1).press(everything=True)
    return files_in(folder)
