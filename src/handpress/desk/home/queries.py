"""What the day at the outlet looks like. Each function asks a fixed, small number of queries,
whose cost follows what is shown and not the archive."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from django.contrib.contenttypes.models import ContentType
from django.db.models import Count, OuterRef, Q, Subquery
from wagtail.models import Revision, Task, WorkflowState

from handpress.archive.models import Placement
from handpress.desk.home.days import Day
from handpress.desk.home.links import edit_url
from handpress.donations.models import Campaign
from handpress.newsroom.core.addresses import UNKNOWN, microseconds
from handpress.newsroom.models import Article, Topic

SHOWN = 8
QUIET_DAYS = 30
_REVISIONS_LOOKED_AT = 200


@dataclass(frozen=True, slots=True)
class Line:
    """One line of a list: something that one can go to."""

    pk: int
    title: str
    at: datetime | None = None
    note: str = ""
    url: str = ""


@dataclass(frozen=True, slots=True)
class Lines:
    """The first lines of a list, and whether there are more."""

    shown: list[Line]
    has_more: bool = False


def _lines(found: Sequence[Line], limit: int = SHOWN) -> Lines:
    return Lines(list(found[:limit]), len(found) > limit)


# "live IN (true)" where others write "live": for a bare column SQLite would not look into the
# index, and read every article.


def has_public_articles() -> bool:
    """Return whether anything was ever published and still stands."""
    return Article.objects.filter(live__in=[True]).exists()


def published_on(day: Day, *, limit: int = 12) -> Lines:
    """Return the pieces published on a day, newest first. One of unknown date is of no day."""
    rows = (
        _public_since(day.start_us)
        .filter(sort_at_us__lt=day.end_us)
        .order_by("-sort_at_us", "-id")
        .values_list("pk", "headline", "published_at")[: limit + 1]
    )
    return _lines([Line(pk, headline, at) for pk, headline, at in rows], limit)


def published_by_day(days: Sequence[Day]) -> list[int]:
    """Return how many pieces were published on each of some days; one query."""
    counts = {
        f"day{n}": Count("pk", filter=Q(sort_at_us__gte=day.start_us, sort_at_us__lt=day.end_us))
        for n, day in enumerate(days)
    }
    found = _public_since(days[0].start_us).aggregate(**counts)
    return [found[name] for name in counts]


def _public_since(start_us: int) -> Any:
    rows = Article.objects.filter(live__in=[True], sort_at_us__gte=start_us)
    return rows.exclude(published_precision=UNKNOWN)


def scheduled_articles() -> Lines:
    """Return the articles that will publish themselves, the next first."""
    kind = ContentType.objects.get_for_model(Article)
    rows = Revision.objects.filter(content_type=kind, approved_go_live_at__isnull=False)
    some = rows.order_by("approved_go_live_at", "pk").values_list(
        "object_id", "object_str", "approved_go_live_at"
    )[: SHOWN + 1]
    return _lines([Line(int(pk), title, at) for pk, title, at in some])


def waiting_for(user: Any) -> tuple[bool, Lines]:
    """Return whether the user reviews anything at all, and what waits for it, the oldest first."""
    tasks = list(Task.objects.filter(active=True).specific())
    states = [task.get_task_states_user_can_moderate(user) for task in tasks]
    mine = [some for some in states if not some.query.is_empty()]
    if not mine:
        return False, Lines([])
    waiting = mine[0]
    for some in mine[1:]:
        waiting = waiting | some
    rows = waiting.select_related("revision", "workflow_state__requested_by")
    return True, _lines([_review(state) for state in rows.order_by("started_at")[: SHOWN + 1]])


def _review(state: Any) -> Line:
    revision, who = state.revision, state.workflow_state.requested_by
    model: Any = ContentType.objects.get_for_id(revision.content_type_id).model_class()
    return Line(
        int(revision.object_id),
        revision.object_str,
        state.started_at,
        f"from {who}" if who else "",
        edit_url(model, revision.object_id),
    )


def drafts_of(user: Any) -> Lines:
    """Return the unfinished articles that the user wrote at, the last touched first; three queries.

    An article stays the user's when somebody else saved it last. Looked for among the user's last
    revisions, so that a long career costs nothing, and among what they have sent for review.
    """
    kind = ContentType.objects.get_for_model(Article)
    last = Revision.objects.filter(user=user, content_type=kind).order_by("-pk")
    recent = last.values_list("object_id", "pk")[:_REVISIONS_LOOKED_AT]
    wrote = {int(pk): revision for pk, revision in reversed(recent)}
    states, sent = _reviews_of(user, kind, wrote)
    unfinished = Q(live=False) | Q(has_unpublished_changes=True)
    rows = Article.objects.filter(unfinished, pk__in=wrote.keys() | sent)
    found = rows.order_by("-latest_revision_id").values_list(
        "pk",
        "headline",
        "latest_revision__created_at",
        "latest_revision__approved_go_live_at",
        "live",
        "live_revision_id",
    )
    return _lines(
        [
            Line(pk, title, at, "scheduled" if goes_live else states.get(pk) or _state(live))
            for pk, title, at, goes_live, live, printed in found
            # What others change after the user's words were published is theirs.
            if not live or pk in sent or wrote[pk] > (printed or 0)
        ]
    )


def _state(live: bool) -> str:
    return "changes to a public piece" if live else ""


def _reviews_of(
    user: Any, kind: ContentType, pks: Iterable[int]
) -> tuple[dict[int, str], set[int]]:
    """Return how reviews stand, by article, and which articles the user has sent in."""
    words = {
        WorkflowState.STATUS_IN_PROGRESS: "waits for review",
        WorkflowState.STATUS_NEEDS_CHANGES: "changes are asked for",
    }
    wanted = Q(requested_by=user) | Q(object_id__in=[str(pk) for pk in pks])
    rows = WorkflowState.objects.filter(wanted, base_content_type=kind, status__in=words)
    found = list(rows.values_list("object_id", "status", "requested_by_id"))
    sent = {int(pk) for pk, _, who in found if who == user.pk}
    return {int(pk): words[status] for pk, status, _ in found}, sent


def quiet_topics(now: datetime) -> tuple[int, Lines]:
    """Return how many public topics there are, and those without a piece for a month.

    One index look-up a topic; the longest silent come first, and before them the empty ones.
    """
    newest = Placement.objects.filter(listing=OuterRef("pk")).order_by("-at_us", "-article_id")
    topics = Topic.objects.filter(live=True)
    rows = topics.annotate(newest_us=Subquery(newest.values("at_us")[:1]))
    limit = microseconds(now - timedelta(days=QUIET_DAYS))
    found = list(rows.values_list("pk", "name", "newest_us"))
    quiet = [row for row in found if row[2] is None or row[2] < limit]
    quiet.sort(key=lambda row: (row[2] is not None, row[2] or 0))
    return len(found), _lines([Line(pk, name, _moment(at_us)) for pk, name, at_us in quiet], 6)


def _moment(at_us: int | None) -> datetime | None:
    # Pieces of unknown date are sorted before all others, not dated.
    return datetime.fromtimestamp(at_us / 1_000_000, UTC) if at_us and at_us > 0 else None


def campaign_of_the_day(now: datetime) -> Campaign | None:
    """Return the campaign that is running, or the next one to come."""
    rows = Campaign.objects.filter(Q(is_running=True) | Q(starts_at__gt=now))
    return rows.order_by("-is_running", "starts_at", "pk").first()
