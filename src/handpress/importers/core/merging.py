"""What a later copy of an imported article changes, and what an editor's own work keeps."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

from handpress.importers.core.incoming import IncomingArticle

WORDS = ("headline", "excerpt", "dateline", "source_name", "published_on")


def incoming_words(article: IncomingArticle) -> dict[str, Any]:
    """Return what the origin says of an article, as JSON can hold it."""
    return {
        "headline": article.headline,
        "excerpt": article.excerpt,
        "dateline": article.dateline,
        "source_name": article.source_name,
        "published_on": article.published_on.isoformat() if article.published_on else None,
        "topics": [article.topic_slug],
    }


def plan_changes(
    former: Mapping[str, Any], present: Mapping[str, Any], incoming: Mapping[str, Any]
) -> dict[str, Any]:
    """Return the words of an article to change: those that changed at the origin.

    ``former`` is what the origin said last time, ``present`` what the article says now. Where an
    editor has changed the words meanwhile, the editor's words stay.
    """
    return {
        word: incoming[word]
        for word in WORDS
        if incoming[word] != former.get(word)
        and present[word] == former.get(word)
        and incoming[word] != present[word]
    }


def day_of(words: Mapping[str, Any]) -> date | None:
    """Return the stated day among stored words."""
    stated = words.get("published_on")
    return date.fromisoformat(stated) if stated else None
