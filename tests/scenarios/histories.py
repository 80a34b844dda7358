"""Random histories of a paper: what editors do, when the press runs, and where it is killed."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from unittest import mock

from django.utils import timezone
from hypothesis import strategies as st

from factories.papers import START, Paper
from handpress.archive.models import FrontPage, FrontPick
from handpress.donations.models import Campaign
from handpress.newsroom.actions import publish_due, set_topics
from handpress.newsroom.models import (
    Article,
    ArticleContributor,
    ArticleRelated,
    ArticleTopic,
    Contributor,
    Correction,
    NavigationItem,
    Outlet,
    PlainPage,
    Source,
    Topic,
    TopicFeature,
)
from handpress.newsroom.topic_actions import merge_topics, move_topic, split_topic
from handpress.press import manifest
from handpress.press.store import SiteStore
from handpress.press.tasks import run_due

Step = tuple[str, int, int]
"""What happens, to whom (an index among what there is), and how (a number to choose by)."""

NAMES = ("Water", "Trade", "Housing", "Ports", "Schools")


class Killed(BaseException):
    """Stands for SIGKILL: nothing below catches it."""


def steps() -> st.SearchStrategy[list[Step]]:
    """Histories of up to twenty-five steps, written so that they shrink well."""
    step = st.tuples(st.sampled_from(sorted(_STEPS)), st.integers(0, 40), st.integers(0, 11))
    return st.lists(step, min_size=1, max_size=25)


def live_through(paper: Paper, history: Sequence[Step]) -> None:
    """Do every step to a paper that has a past; press at the end, as `handpress serve` would."""
    _give_a_past(paper)
    hours = 0
    for name, who, how in history:
        hours += 5
        _STEPS[name](Moment(paper, who, how, hours))
    paper.print()


def _give_a_past(paper: Paper) -> None:
    """Thirty-two articles in bulk on two topics, pressed: full pages and the beginning of one."""
    topics = [paper.topic(name) for name in NAMES[:2]]
    articles = Article.objects.bulk_create(
        Article(headline=f"Past {day}", live=True, published_at=START + timedelta(days=day * 5))
        for day in range(32)
    )
    ArticleTopic.objects.bulk_create(
        ArticleTopic(article=article, topic=topic, sort_order=order)
        for number, article in enumerate(articles)
        for order, topic in enumerate(topics[: 1 + number % 2])
    )
    paper.print()


@dataclass
class Moment:
    """One step under way."""

    paper: Paper
    who: int
    how: int
    hours: int

    def __post_init__(self) -> None:
        self.now = timezone.now() + timedelta(hours=self.hours)

    def one(self, model: Any, **where: Any) -> Any:
        """Return one of the rows there are, or None."""
        rows = list(model.objects.filter(**where).order_by("pk"))
        return rows[self.who % len(rows)] if rows else None


def _topics(moment: Moment) -> list[Topic]:
    names = {NAMES[(moment.who + i * moment.how) % len(NAMES)] for i in range(moment.how % 4)}
    return [moment.paper.topic(name) for name in sorted(names)]


def _create(moment: Moment) -> None:
    number = Article.objects.count()
    day = None if moment.how == 7 else 200 - moment.who if moment.how % 2 else 200 + number
    article = moment.paper.article(f"Story {moment.who}", day=day)
    set_topics(article, _topics(moment))


def _create_some(moment: Moment) -> None:
    topic = moment.paper.topic(NAMES[moment.how % 2])
    for number in range(moment.who % 8):
        set_topics(moment.paper.article(f"More {number}", day=number * 30), [topic])


def _edit(moment: Moment) -> None:
    if article := moment.one(Article):
        article.headline = f"Edited {moment.how}"
        article.excerpt = f"New words {moment.who}."
        article.save()


def _edit_draft(moment: Moment) -> None:
    if article := moment.one(Article):
        article.headline = f"Draft {moment.how}"
        revision = article.save_revision()
        if moment.how % 2:
            revision.publish()


def _retitle(moment: Moment) -> None:
    if article := moment.one(Article):
        article.slug = "" if moment.how % 3 == 0 else f"slug-{moment.who}-{moment.how % 4}"
        if not Article.objects.filter(slug=article.slug).exclude(pk=article.pk).exists():
            article.save()


def _redate(moment: Moment) -> None:
    if article := moment.one(Article):
        article.published_precision = ("exact", "day", "unknown")[moment.how % 3]
        article.published_at = START + timedelta(days=moment.how * 17)
        article.save()


def _refile(moment: Moment) -> None:
    if article := moment.one(Article):
        set_topics(article, _topics(moment))


def _unpublish(moment: Moment) -> None:
    if article := moment.one(Article, live=True):
        article.unpublish()


def _republish(moment: Moment) -> None:
    if article := moment.one(Article, live=False):
        article.save_revision().publish()


def _delete(moment: Moment) -> None:
    if article := moment.one(Article):
        article.delete()


def _delete_some(moment: Moment) -> None:
    ids = list(Article.objects.order_by("pk").values_list("pk", flat=True)[: moment.how])
    Article.objects.filter(pk__in=ids).delete()


def _credit(moment: Moment) -> None:
    if article := moment.one(Article):
        article.source = moment.paper.source(f"Source {moment.how % 2}")
        article.save()


def _rename_source(moment: Moment) -> None:
    if source := moment.one(Source):
        name = f"Renamed {moment.how}"
        if not Source.objects.filter(name=name).exists():
            source.name = name
            source.save()


def _correct(moment: Moment) -> None:
    if article := moment.one(Article):
        Correction.objects.create(
            article=article, corrected_at=START + timedelta(days=moment.how), note="Wrong, sorry."
        )


def _change_language(moment: Moment) -> None:
    model = Topic if moment.how % 3 == 0 else Article
    if row := moment.one(model):
        row.language = ("", "ar", "ko", "ja")[moment.how % 4]
        if model is Article:
            row.body = [("text", "<p>Words.[^1]</p><p>[^1]: A note.</p>")]
        row.save()


def _sign(moment: Moment) -> None:
    if article := moment.one(Article):
        person, _ = Contributor.objects.get_or_create(name=f"Person {moment.how % 3}")
        ArticleContributor.objects.get_or_create(article=article, contributor=person)


def _rename_topic(moment: Moment) -> None:
    if topic := moment.one(Topic):
        topic.name = f"{NAMES[moment.how % len(NAMES)]} anew"
        if moment.how % 2:
            topic.slug = f"topic-{moment.how}"
            if Topic.objects.filter(slug=topic.slug).exclude(pk=topic.pk).exists():
                return
        topic.save()


def _merge(moment: Moment) -> None:
    topic, other = moment.one(Topic), Topic.objects.order_by("-pk").first()
    if topic and other and topic.pk != other.pk:
        merge_topics(topic, into=other)


def _split(moment: Moment) -> None:
    topic, other = moment.one(Topic), Topic.objects.order_by("-pk").first()
    if topic and other and topic.pk != other.pk:
        rows = ArticleTopic.objects.filter(topic=topic).order_by("article_id")
        articles = list(rows.values_list("article_id", flat=True))[moment.how :]
        split_topic(topic, articles, into=other, keep=moment.who % 3 == 0)


def _move_topic(moment: Moment) -> None:
    if topic := moment.one(Topic):
        move_topic(topic, to=moment.how)


def _hide_topic(moment: Moment) -> None:
    if topic := moment.one(Topic, live=True):
        topic.unpublish()


def _show_topic(moment: Moment) -> None:
    if topic := moment.one(Topic, live=False):
        topic.save_revision().publish()


def _delete_topic(moment: Moment) -> None:
    if topic := moment.one(Topic):
        topic.delete()


def _schedule(moment: Moment) -> None:
    article = Article(headline=f"Embargo {moment.who}", live=False)
    article.go_live_at = moment.now + timedelta(hours=2 + moment.how)
    article.expire_at = moment.now + timedelta(hours=40) if moment.how % 2 else None
    article.save()
    article.save_revision().publish()


def _time_passes(moment: Moment) -> None:
    with mock.patch("django.utils.timezone.now", return_value=moment.now):
        publish_due(moment.now)


def _campaign(moment: Moment) -> None:
    start = moment.now - timedelta(hours=moment.how - 6)
    Campaign.objects.create(
        name="Drive",
        heading=f"Appeal {moment.how}",
        full_text="All of it.",
        compact_text="Some\nof it.",
        starts_at=start,
        ends_at=start + timedelta(hours=moment.who) if moment.who else None,
    )


def _campaigns_by_the_clock(moment: Moment) -> None:
    with (
        mock.patch("handpress.lib.clock.now", return_value=moment.now),
        mock.patch("django.utils.timezone.now", return_value=moment.now),
    ):
        run_due()


def _change_campaign(moment: Moment) -> None:
    if campaign := moment.one(Campaign):
        campaign.heading = f"Changed {moment.how}"
        campaign.save()


def _end_campaign(moment: Moment) -> None:
    if campaign := moment.one(Campaign):
        campaign.delete()


def _pin(moment: Moment) -> None:
    articles = list(Article.objects.order_by("pk"))
    if len(articles) > 1:
        one, other = articles[moment.who % len(articles)], articles[moment.how % len(articles)]
        if one.pk != other.pk:
            ArticleRelated.objects.get_or_create(article=one, other=other)


def _unpin(moment: Moment) -> None:
    if row := moment.one(ArticleRelated):
        row.delete()


def _feature(moment: Moment) -> None:
    article, topic = moment.one(Article), Topic.objects.order_by("-pk").first()
    if article and topic:
        TopicFeature.objects.get_or_create(topic=topic, article=article)


def _pick(moment: Moment) -> None:
    if article := moment.one(Article):
        front, _ = FrontPage.objects.get_or_create(pk=1)
        if moment.how % 3:
            FrontPick.objects.get_or_create(
                front_page=front, article=article, defaults={"sort_order": moment.how}
            )
        else:
            front.lead = article
            front.save()


def _page(moment: Moment) -> None:
    body = [("text", f"<p>Words {moment.how} <a href='/topics/'>all</a></p>")]
    page = PlainPage(title=f"About {moment.who % 3}", live=bool(moment.how % 4), body=body)
    page.is_in_footer = bool(moment.how % 2)
    if not PlainPage.objects.filter(title=page.title).exists():
        page.save()


def _change_page(moment: Moment) -> None:
    if page := moment.one(PlainPage):
        if moment.how % 4 == 0:
            page.delete()
        elif moment.how % 4 == 1 and page.live:
            page.unpublish()
        elif moment.how % 4 == 2:
            page.slug = f"page-{moment.who}-{moment.how}"
            page.save()
        else:
            page.title = f"Page {moment.how}"
            page.save_revision().publish()


def _outlet(moment: Moment) -> None:
    outlet, _ = Outlet.objects.get_or_create(pk=1)
    outlet.name = f"Paper {moment.how}"
    outlet.accent = ("", "#0b5394", "#38761d")[moment.how % 3]
    outlet.language = ("", "ar", "ko")[moment.who % 3]
    outlet.time_zone = ("", "Asia/Seoul", "America/Lima")[moment.how % 3]
    outlet.feeds_are_full = bool(moment.how % 2)
    outlet.shows_accounts = bool(moment.how % 3)
    outlet.full_appeal_on = ("everywhere", "front", "nowhere")[moment.who % 3]
    outlet.footer = "Printed\nby its readers." if moment.how % 2 else ""
    outlet.save()


def _navigate(moment: Moment) -> None:
    outlet, _ = Outlet.objects.get_or_create(pk=1)
    if moment.how % 4 == 0:
        outlet.navigation.all().delete()
        return
    aims: dict[str, Any] = {"topic": moment.one(Topic), "page": moment.one(PlainPage)}
    kind = ("topic", "page")[moment.how % 2]
    values = {kind: aims[kind]} if aims[kind] else {"url": "https://else.example/", "label": "Else"}
    NavigationItem.objects.create(outlet=outlet, sort_order=moment.who, **values)


def _press(moment: Moment) -> None:
    moment.paper.print()


def _press_all(moment: Moment) -> None:
    moment.paper.print(everything=True)


def _killed(moment: Moment) -> None:
    """Press and die at some write, rename, removal or commit; the next press starts anew."""
    left = [moment.who]

    def mortal(act: Callable[..., Any], *, after: bool = False) -> Callable[..., Any]:
        def call(*args: Any, **kwargs: Any) -> Any:
            left[0] -= 1
            if left[0] < 0 and not after:
                raise Killed
            result = act(*args, **kwargs)
            if left[0] < 0:
                raise Killed
            return result

        return call

    after = bool(moment.how % 2)
    with (
        mock.patch.object(SiteStore, "write", mortal(SiteStore.write, after=after)),
        mock.patch.object(SiteStore, "remove", mortal(SiteStore.remove, after=after)),
        mock.patch.object(SiteStore, "sync", mortal(SiteStore.sync, after=after)),
        mock.patch.object(manifest, "record", mortal(manifest.record, after=after)),
    ):
        try:
            moment.paper.print()
        except Killed:
            moment.paper.__post_init__()


_STEPS: dict[str, Callable[[Moment], None]] = {
    "create": _create,
    "create some": _create_some,
    "edit": _edit,
    "edit draft": _edit_draft,
    "retitle": _retitle,
    "redate": _redate,
    "refile": _refile,
    "unpublish": _unpublish,
    "republish": _republish,
    "delete": _delete,
    "delete some": _delete_some,
    "credit": _credit,
    "rename source": _rename_source,
    "correct": _correct,
    "change language": _change_language,
    "sign": _sign,
    "rename topic": _rename_topic,
    "merge topics": _merge,
    "split topic": _split,
    "move topic": _move_topic,
    "hide topic": _hide_topic,
    "show topic": _show_topic,
    "delete topic": _delete_topic,
    "schedule": _schedule,
    "time passes": _time_passes,
    "campaign": _campaign,
    "campaigns by the clock": _campaigns_by_the_clock,
    "change campaign": _change_campaign,
    "end campaign": _end_campaign,
    "pin": _pin,
    "unpin": _unpin,
    "feature": _feature,
    "pick": _pick,
    "page": _page,
    "change page": _change_page,
    "outlet": _outlet,
    "navigate": _navigate,
    "press": _press,
    "press all": _press_all,
    "press and be killed": _killed,
}
