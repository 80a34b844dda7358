"""The corpus as a Handpress newsroom on SQLite, loaded in bulk: `python bench/load.py DIR SIZE`.

Rows go through the project's own models, which sanitise every body as they do in real life.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import redirect_stdout
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import outlet
from corpus import SEED, Article, Corpus

FIRST_ID = 251
"""The next article joins a sitemap file of 500 that is about half full, as on an average day."""
_AT_ONCE = 500


def found_newsroom(folder: Path) -> None:
    """Make an empty newsroom with the project's own command."""
    from handpress.cli import main

    folder.mkdir(parents=True)
    (folder / "handpress.toml").write_text(_settings(), encoding="utf-8")
    with redirect_stdout(sys.stderr):
        if main(["init", str(folder)]):
            raise SystemExit("handpress init failed")


def _settings() -> str:
    """Return a handpress.toml; JSON's strings and lists of strings are TOML's too."""
    about = {"name": outlet.NAME, "tagline": outlet.TAGLINE, "address": outlet.ADDRESS}
    giving = outlet.GIVING
    tables: dict[str, Mapping[str, Any]] = {
        "newsroom": {**about, "language": "en", "time_zone": "UTC"},
        "giving": {"contact_email": giving["contact_email"]},
        "giving.bank": giving["bank"],
        "giving.cheque": giving["cheque"],
    }
    lines = []
    for name, values in tables.items():
        lines.append(f"[{name}]")
        lines += [f"{key} = {json.dumps(value)}" for key, value in values.items()]
    return "\n".join(lines) + "\n"


def start(folder: Path, size: int, *, seed: int = SEED) -> float:
    """Make and load a newsroom in a process of its own; return articles per CPU second."""
    command = [sys.executable, __file__, str(folder), str(size), "--seed", str(seed)]
    answer = subprocess.run(command, stdout=subprocess.PIPE, check=True)
    told = json.loads(answer.stdout)
    return float(told["articles"] / told["cpu_s"])


def enter_newsroom(folder: Path) -> None:
    """Let Django work on this newsroom, once in a process."""
    import django

    os.environ["HANDPRESS_NEWSROOM"] = str(folder)
    os.environ["DJANGO_SETTINGS_MODULE"] = "handpress.project.settings"
    django.setup()


def load_corpus(corpus: Corpus) -> float:
    """Write the corpus, a few hundred articles at a time; return CPU seconds without its making."""
    from django.db import transaction

    from handpress.lib.batches import batched
    from handpress.lib.progress import progress

    spent = 0.0
    with transaction.atomic():
        loader = Loader(corpus)
        with progress(corpus.size, "Loading articles") as work:
            for some in batched(corpus.articles(), _AT_ONCE):
                started = time.process_time()
                loader.add(some)
                spent += time.process_time() - started
                work.update(len(some))
    return spent


class Loader:
    """Writes articles of a corpus; its topics, sources, contributors and appeal come first."""

    def __init__(self, corpus: Corpus) -> None:
        from handpress.digest.models import Pitch
        from handpress.donations.models import Campaign
        from handpress.newsroom.models import Contributor, Source, Topic

        start = datetime(2025, 1, 1, tzinfo=UTC)
        self.topics = {}
        for place, topic in enumerate(corpus.topics, start=1):
            row = Topic.objects.create(
                name=topic.name,
                slug=topic.slug,
                description=topic.description,
                position=place,
                uuid=topic.uuid,
            )
            self.topics[topic.slug] = row.pk
        self.sources = {}
        for source in corpus.sources:
            fields = {"url": source.url, "credit_line": source.credit_line}
            row = Source.objects.create(
                name=source.name, slug=source.slug, licence=source.licence, **fields
            )
            self.sources[source.slug] = row.pk
        people = [Contributor.objects.create(name=name) for name in corpus.contributors]
        self.people = {person.name: person.pk for person in people}
        Campaign.objects.create(
            name="Bench",
            heading=outlet.HEADING,
            full_text="\n".join(outlet.FULL),
            compact_text="\n".join(outlet.COMPACT),
            starts_at=start,
        )
        Pitch.objects.create(heading=outlet.PITCH_HEADING, text="\n".join(outlet.PITCH))

    def add(self, some: Sequence[Article]) -> None:
        """Write some articles with all that belongs to them."""
        from handpress.newsroom import models

        models.Article.objects.bulk_create(
            [unsaved_row(article, self.sources[article.source]) for article in some]
        )
        models.ArticleTopic.objects.bulk_create(
            models.ArticleTopic(
                article_id=FIRST_ID + article.number, topic_id=self.topics[slug], sort_order=order
            )
            for article in some
            for order, slug in enumerate(article.topics)
        )
        models.ArticleContributor.objects.bulk_create(
            models.ArticleContributor(
                article_id=FIRST_ID + article.number,
                contributor_id=self.people[name],
                sort_order=order,
            )
            for article in some
            for order, name in enumerate(article.contributors)
        )
        models.Correction.objects.bulk_create(_corrections(some))


def unsaved_row(article: Article, source_id: int) -> Any:
    """Return the row of one article, not yet saved."""
    from handpress.newsroom.models import Article as Row

    return Row(
        pk=FIRST_ID + article.number,
        uuid=article.uuid,
        headline=article.headline,
        slug=article.slug,
        excerpt=article.excerpt,
        body=json.dumps([{"type": "html", "value": article.body}]),
        dateline=article.dateline,
        published_at=article.published_at,
        first_published_at=article.published_at,
        last_published_at=article.published_at,
        source_id=source_id,
        source_url=article.source_url,
        live=True,
    )


def _corrections(some: Sequence[Article]) -> Iterator[Any]:
    from handpress.newsroom.models import Correction

    for article in some:
        if article.correction:
            moment, note = article.correction
            yield Correction(article_id=FIRST_ID + article.number, corrected_at=moment, note=note)


def main() -> int:
    """Make the newsroom and print what loading took, as JSON."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("folder", type=Path)
    parser.add_argument("size", type=int)
    parser.add_argument("--seed", type=int, default=SEED)
    options = parser.parse_args()
    if not (options.folder / "handpress.toml").exists():
        found_newsroom(options.folder)
    enter_newsroom(options.folder)
    spent = load_corpus(Corpus(options.size, options.seed))
    print(f"{options.size / spent:,.0f} articles loaded per CPU second", file=sys.stderr)
    print(json.dumps({"articles": options.size, "cpu_s": spent}))
    return 0


if __name__ == "__main__":
    sys.exit(main())
