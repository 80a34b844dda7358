"""Followers by feed: rows, bounds, merging, and what an application notes of a request."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest

from factories.papers import Paper
from handpress.archive.feed_readers import MOST_NAMES, keep_feed_readers
from handpress.archive.models import FeedReader
from handpress.lib import clock
from handpress.newsroom.followers import followers_of, in_words
from handpress.newsroom.models import Topic
from handpress.newsroom.topic_actions import merge_topics
from handpress.project import application
from handpress.project.options import ServeOptions

WATER = "/topics/water/feed.xml"


def test_the_newest_number_of_each_service_is_added_up(paper: Paper):
    water = paper.topic("Water")
    keep_feed_readers([(WATER, "lector", 12), (WATER, "ink", 3), ("/feed.xml", "lector", 90)])
    keep_feed_readers([(WATER, "lector", 10)])
    found = followers_of([water.pk])[water.pk]
    assert found["feed"] == 13
    assert in_words(found) == "at least 13 by feed, as their reading services say"


def test_what_was_said_long_ago_counts_no_more(paper: Paper, monkeypatch: pytest.MonkeyPatch):
    water = paper.topic("Water")
    keep_feed_readers([(WATER, "lector", 12)])
    later = clock.now() + timedelta(days=40)
    monkeypatch.setattr("handpress.lib.clock.now", lambda: later)
    assert followers_of([water.pk]) == {water.pk: {}}
    keep_feed_readers([(WATER, "ink", 1)])
    assert not FeedReader.objects.filter(name="lector").exists()


def test_feeds_that_there_are_not_and_names_without_end_are_not_kept(paper: Paper):
    paper.topic("Water")
    strange = ["/topics/none/feed.xml", "/topics/../feed.xml", "/x/feed.xml", "/topics/W/feed.xml"]
    assert keep_feed_readers([(path, "lector", 5) for path in strange]) == 0
    for start in (0, 500):
        keep_feed_readers([(WATER, f"bot{n}", 5) for n in range(start, start + 500)])
    assert FeedReader.objects.count() == MOST_NAMES


def test_a_merged_topic_brings_its_readers_along(paper: Paper):
    water, wells = paper.topic("Water"), paper.topic("Wells")
    said = [(WATER, "lector", 12), (WATER, "ink", 3), ("/topics/wells/feed.xml", "lector", 5)]
    keep_feed_readers(said)
    merge_topics(water, into=wells)
    assert followers_of([wells.pk])[wells.pk] == {"feed": 20}
    # Its feed goes on at the former address, and counts for the topic that it is now.
    keep_feed_readers([(WATER, "ink", 9)])
    assert followers_of([wells.pk])[wells.pk] == {"feed": 26}
    assert Topic.objects.count() == 1


def test_only_what_a_service_says_of_a_feed_that_is_there_is_noted(tmp_path: Path):
    site = tmp_path / "site"
    (site / "topics/water").mkdir(parents=True)
    for name in ("feed.xml", "topics/water/feed.xml", "index.html"):
        (site / name).write_text("<feed/>")
    static, scratch = tmp_path / "static", tmp_path / "scratch"
    static.mkdir()
    scratch.mkdir()
    options = ServeOptions(
        host="127.0.0.1",
        port=0,
        workers=1,
        site_folder=site,
        static_folder=static,
        scratch_folder=scratch,
    )
    app = application.Application(options)
    for path in ("/feed.xml", WATER, "/index.html", "/none/feed.xml"):
        for agent in ("Lector/1.0 (12 subscribers)", "A browser"):
            headers = {"user-agent": agent, "x-forwarded-for": "192.0.2.1"}
            scope = SimpleNamespace(method="GET", query_string="", headers=headers)
            app.answer_file(cast(Any, scope), path)
    assert app._feed_readers.take() == [("/feed.xml", "lector", 12), (WATER, "lector", 12)]
