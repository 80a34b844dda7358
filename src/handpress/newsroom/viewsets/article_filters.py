"""What the list of articles can be narrowed to."""

from __future__ import annotations

from datetime import datetime, time, timedelta
from typing import Any

import django_filters
from django.contrib.contenttypes.models import ContentType
from django.db.models import CharField, Exists, OuterRef, Q, QuerySet
from django.db.models.functions import Cast
from wagtail.admin.filters import DateRangePickerWidget, WagtailFilterSet
from wagtail.models import Revision, WorkflowState

from handpress.newsroom.derive import newsroom_zone
from handpress.newsroom.models import Article, ArticleTopic, Source, Topic
from handpress.newsroom.outlet import writing_languages
from handpress.newsroom.widgets import language_name

STATES = [
    ("live", "on the site"),
    ("changed", "on the site, with unpublished changes"),
    ("draft", "draft"),
    ("scheduled", "scheduled"),
    ("review", "in review"),
    ("down", "taken down"),
]


class ArticleFilterSet(WagtailFilterSet):
    """By state, topic, source, language and day. Each is one condition on the rows' own table
    or a look into an index, so that the list costs the same number of queries whatever is chosen.
    """

    state = django_filters.ChoiceFilter(
        label="State", choices=STATES, method="narrow_to_state", empty_label="Any"
    )
    topic = django_filters.ModelChoiceFilter(
        label="Topic", queryset=Topic.objects.order_by("name"), method="narrow_to_topic"
    )
    source = django_filters.ModelChoiceFilter(label="Source", queryset=Source.objects.all())
    language = django_filters.ChoiceFilter(label="Language", choices=lambda: _languages())
    published_at = django_filters.DateFromToRangeFilter(
        label="Published", widget=DateRangePickerWidget, method="narrow_to_days"
    )

    class Meta:
        model = Article
        fields: list[str] = []

    def narrow_to_topic(
        self, rows: QuerySet[Article], name: str, topic: Topic
    ) -> QuerySet[Article]:
        """Keep the articles filed under a topic."""
        return rows.filter(Exists(ArticleTopic.objects.filter(article=OuterRef("pk"), topic=topic)))

    def narrow_to_days(self, rows: QuerySet[Article], name: str, days: slice) -> QuerySet[Article]:
        """Keep what was published in these days of the newsroom's calendar, both included."""
        zone = newsroom_zone()
        if days.start:
            rows = rows.filter(published_at__gte=_midnight(days.start, zone))
        if days.stop:
            end = _midnight(days.stop, zone) + timedelta(days=1)
            rows = rows.filter(published_at__lt=_midnight(end, zone))
        return rows

    def narrow_to_state(self, rows: QuerySet[Article], name: str, state: str) -> QuerySet[Article]:
        """Keep the articles of a state; see `STATES`."""
        match state:
            case "live":
                return rows.filter(live=True)
            case "changed":
                return rows.filter(live=True, has_unpublished_changes=True)
            case "draft":
                return rows.filter(live=False, last_published_at=None).exclude(pk__in=_scheduled())
            case "scheduled":
                return rows.filter(pk__in=_scheduled())
            case "review":
                return rows.filter(pk__in=_in_review())
        return rows.filter(Q(live=False, last_published_at__isnull=False))


def _midnight(day: Any, zone: Any) -> datetime:
    date = day.date() if isinstance(day, datetime) else day
    return datetime.combine(date, time(), zone)


def with_states(rows: QuerySet[Article]) -> QuerySet[Article]:
    """Have each row know whether it is scheduled and in review, without a query for each."""
    key = Cast(OuterRef("pk"), CharField())
    return rows.annotate(
        is_scheduled=Exists(_schedules().filter(object_id=key)),
        is_in_review=Exists(_reviews().filter(object_id=key)),
    )


def state_of(row: Any) -> str:
    """Return the state of a row of `with_states` in words, as short as a list needs them."""
    words = ["live" if row.live else "taken down" if row.last_published_at else "draft"]
    if row.live and row.has_unpublished_changes and not row.is_scheduled:
        words.append("draft")
    words += ["scheduled"] if row.is_scheduled else []
    words += ["in review"] if row.is_in_review else []
    return " + ".join(words) if row.live else words[-1]


def _kind() -> ContentType:
    return ContentType.objects.get_for_model(Article)


def _schedules() -> QuerySet[Revision]:
    return Revision.objects.filter(approved_go_live_at__isnull=False, content_type=_kind())


def _reviews() -> QuerySet[WorkflowState]:
    states = [WorkflowState.STATUS_IN_PROGRESS, WorkflowState.STATUS_NEEDS_CHANGES]
    return WorkflowState.objects.filter(content_type=_kind(), status__in=states)


def _scheduled() -> list[int]:
    """Of these there are few: their ids are found by an index and named."""
    return [int(pk) for pk in _schedules().values_list("object_id", flat=True)]


def _in_review() -> list[int]:
    return [int(pk) for pk in _reviews().values_list("object_id", flat=True)]


def _languages() -> list[tuple[str, str]]:
    """The outlet's languages, and those that articles are in."""
    used = Article.objects.exclude(language="").order_by().values_list("language", flat=True)
    tags = dict.fromkeys([*writing_languages(), *sorted(used.distinct())])
    return [(tag, language_name(tag)) for tag in tags]
