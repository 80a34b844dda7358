"""What several pages of the archive show: topics in their order, feeds to follow."""

from __future__ import annotations

from collections.abc import Mapping

from handpress.lib.html import SafeHtml
from handpress.newsroom.cards import (
    topic_url,
)
from handpress.press.site import site_facts
from handpress.press.sql import Row, fetch


def live_topics(*, first: int | None = None) -> list[Row]:
    """Return (id, name, slug, language, description) of public topics, in order."""
    return fetch(_LIVE_TOPICS) if first is None else fetch(f"{_LIVE_TOPICS} LIMIT %s", [first])


_LIVE_TOPICS = """
    SELECT id, name, slug, language, description FROM newsroom_topic
    WHERE live ORDER BY position, name, id
"""


def feeds_to(root: str, *, topic: str = "", slug: str = "") -> tuple[Mapping[str, str], ...]:
    """Return the feeds that a page points to from ``root``: its topic's first, then of all."""
    feeds = [{"title": site_facts().name, "url": SafeHtml(f"{root}feed.xml")}]
    if slug:
        feeds.insert(0, {"title": topic, "url": SafeHtml(f"{topic_url(slug, root)}feed.xml")})
    return tuple(feeds)
