"""What drafts and former versions of articles say they are filed under.

A revision holds the topics of its article as they were when it was saved. The desk's form opens
the latest one, and publishing it files the article as it says. So a topic that was merged is read
as the one it is part of now, in any revision; and after a split, the revisions that may still be
published are told of it.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping
from typing import Any

from django.contrib.contenttypes.models import ContentType
from django.db.models import Q
from wagtail.models import Revision, TaskState

from handpress.lib.batches import batched
from handpress.newsroom.models import Article, MergedTopic

Filings = list[dict[str, Any]]
"""Rows of ``ArticleTopic`` as a revision holds them, in order."""

Refile = Callable[[int, Filings], Filings | None]
"""Gets an article's id and filings; returns the new ones, or None where nothing changes."""

_FILINGS = "article_topics"
_AT_ONCE = 200


def with_merged_topics(content: Mapping[str, Any]) -> dict[str, Any]:
    """Return a revision's content in which no topic is named that was merged; one query."""
    filings: Filings = content.get(_FILINGS) or []
    named = {int(filing["topic"]) for filing in filings if filing.get("topic")}
    rows = MergedTopic.objects.filter(former_id__in=named) if named else MergedTopic.objects.none()
    for former, topic in rows.values_list("former_id", "topic_id"):
        filings = exchanged(filings, former, topic) or filings
    return {**content, _FILINGS: filings}


def exchanged(filings: Filings, old: int, new: int) -> Filings | None:
    """Put one topic in the place of another; None where the other is not among them."""
    named = [filing.get("topic") for filing in filings]
    if old not in named:
        return None
    if new in named:
        return [filing for filing in filings if filing.get("topic") != old]
    return [
        {**filing, "topic": new} if filing.get("topic") == old else filing for filing in filings
    ]


def refile_drafts(articles: Collection[int], refile: Refile) -> int:
    """Change what the drafts of these articles are filed under; return how many changed.

    Drafts are the revisions that may still be published as they stand: the latest, what is
    scheduled, and what waits for approval. Former versions stay what they were.
    """
    changed = 0
    for some in batched(sorted(articles), _AT_ONCE):
        revisions = Revision.objects.filter(
            _current(some),
            content_type=ContentType.objects.get_for_model(Article),
            object_id__in=map(str, some),
        )
        changed += _rewrite(revisions.only("pk", "object_id", "content").order_by("pk"), refile)
    return changed


def _current(articles: Iterable[int]) -> Q:
    latest = Article.objects.filter(pk__in=articles).values("latest_revision_id")
    waiting = TaskState.objects.filter(status=TaskState.STATUS_IN_PROGRESS).values("revision_id")
    return Q(pk__in=latest) | Q(approved_go_live_at__isnull=False) | Q(pk__in=waiting)


def _rewrite(revisions: Iterable[Revision], refile: Refile) -> int:
    changed = []
    for revision in revisions:
        filings = refile(int(revision.object_id), revision.content.get(_FILINGS) or [])
        if filings is not None:
            revision.content[_FILINGS] = filings
            changed.append(revision)
    Revision.objects.bulk_update(changed, ["content"], batch_size=100)
    return len(changed)
