"""The demo newsroom's values as rows, as if its editors had written them on the desk."""

from __future__ import annotations

import secrets
from collections.abc import Callable
from datetime import datetime
from typing import Any

from django.core.files.images import ImageFile
from django.db import transaction

from handpress.accounts.models import User
from handpress.desk.demo.content import IMAGES, load
from handpress.desk.demo.values import Block, DemoArticle, DemoImage, DemoNewsroom, DemoPage
from handpress.desk.demo_giving import add_gifts
from handpress.desk.demo_readers import add_editions, add_readers
from handpress.digest.models import Pitch
from handpress.donations.days import today
from handpress.donations.models import Campaign
from handpress.lib import clock
from handpress.newsroom.core.addresses import microseconds
from handpress.newsroom.models import (
    Article,
    ArticleContributor,
    ArticleTopic,
    Contributor,
    Correction,
    NewsImage,
    Outlet,
    PlainPage,
    Source,
    Topic,
)

EDITOR = "demo"

Notify = Callable[[int], None]


def fill_newsroom(*, notify: Notify = lambda count: None) -> int:
    """Fill an empty newsroom with the invented outlet; return how many articles it has.

    All or nothing; a newsroom that has articles is left as it is.
    """
    if Article.objects.exists():
        return 0
    demo = load()
    with transaction.atomic():
        writer = _Writer(demo)
        for article in reversed(demo.articles):
            writer.write(article)
            notify(1)
        for page in demo.pages:
            writer.write_page(page)
        _add_campaign(demo)
        first = today().replace(day=1)
        Outlet(footer="\n".join(demo.footer), shows_accounts=True, accounts_until=first).save()
        add_gifts(clock.now())
        add_readers(clock.now())
        add_editions(clock.now())
    return len(demo.articles)


def renew_login() -> tuple[str, str]:
    """Give the demo's editor a new throw-away password; return user name and password."""
    password = secrets.token_urlsafe(12)
    user, _ = User.objects.get_or_create(
        username=EDITOR,
        defaults={"email": "demo@example.org", "is_staff": True, "is_superuser": True},
    )
    user.set_password(password)
    user.save()
    return EDITOR, password


def _add_campaign(demo: DemoNewsroom) -> None:
    campaign, pitch = demo.campaign, demo.pitch
    Campaign.objects.create(
        name=campaign.heading[:120],
        heading=campaign.heading,
        full_text="\n".join(campaign.full),
        compact_text="\n".join(campaign.compact),
        language=_tag(campaign.language, demo),
        starts_at=campaign.starts_at,
        ends_at=_never_over(campaign.ends_at),
        currency=campaign.currency,
        goal_minor=campaign.goal_minor,
        raised_minor=campaign.raised_minor,
        monthly_costs=[[cost.label, cost.amount_minor] for cost in campaign.monthly_costs],
    )
    Pitch.objects.create(
        heading=pitch.heading,
        text="\n".join(pitch.paragraphs),
        language=_tag(pitch.language, demo),
    )


def _never_over(ends_at: datetime) -> datetime | None:
    """A demo that is tried after the campaign's last day shows its appeal all the same."""
    return ends_at if ends_at > clock.now() else None


def _tag(language: str, demo: DemoNewsroom) -> str:
    """An empty tag stands for the outlet's own language."""
    return "" if language == demo.language else language


class _Writer:
    """Writes articles with all that they refer to, made once."""

    def __init__(self, demo: DemoNewsroom) -> None:
        self.demo = demo
        self.topics = {
            topic.slug: Topic.objects.create(
                slug=topic.slug,
                name=topic.name,
                description=topic.description,
                language=_tag(topic.language, demo),
                position=10 * number,
            )
            for number, topic in enumerate(demo.topics, start=1)
        }
        self.sources = {
            source.slug: Source.objects.create(
                slug=source.slug,
                name=source.name,
                url=source.url,
                description=source.description,
            )
            for source in demo.sources
        }
        self.contributors = {
            person.slug: Contributor.objects.create(
                slug=person.slug, name=person.name, description=person.bio
            )
            for person in demo.contributors
        }
        self.images: dict[str, NewsImage] = {}

    def write(self, demo: DemoArticle) -> None:
        """Write one article with its topics, contributors and corrections."""
        article = Article(
            headline=demo.headline,
            slug=demo.slug,
            excerpt=demo.excerpt,
            body=[self._block(block) for block in demo.blocks],
            dateline=demo.dateline,
            language=_tag(demo.language, self.demo),
            published_at=demo.published_at,
            published_precision=demo.precision,
            sort_at_us=microseconds(demo.sort_at),
            source=self.sources.get(demo.source),
            source_url=demo.source_url,
            credit_line=demo.credit,
            licence=demo.licence,
            live=True,
            first_published_at=demo.sort_at,
            last_published_at=demo.sort_at,
        )
        if demo.image:
            article.lead_image = self._image(demo.image)
            article.lead_image_alt = demo.image.alt
            article.lead_image_caption = demo.image.caption
        article.save()
        self._relate(article, demo)

    def write_page(self, demo: DemoPage) -> None:
        """Write one plain page."""
        PlainPage.objects.create(
            title=demo.title,
            slug=demo.slug,
            description=demo.description,
            position=demo.position,
            body=[self._block(block) for block in demo.blocks],
            live=True,
        )

    def _relate(self, article: Article, demo: DemoArticle) -> None:
        ArticleTopic.objects.bulk_create(
            ArticleTopic(article=article, topic=self.topics[slug], sort_order=order)
            for order, slug in enumerate(demo.topics)
        )
        ArticleContributor.objects.bulk_create(
            ArticleContributor(
                article=article,
                contributor=self.contributors[byline.slug],
                role=byline.role,
                sort_order=order,
            )
            for order, byline in enumerate(demo.contributors)
        )
        Correction.objects.bulk_create(
            Correction(article=article, corrected_at=one.corrected_at, note=one.note)
            for one in demo.corrections
        )

    def _image(self, image: DemoImage) -> NewsImage:
        if image.file not in self.images:
            path = IMAGES / image.file
            with path.open("rb") as stream:
                self.images[image.file] = NewsImage.objects.create(
                    title=path.stem.replace("-", " ").capitalize(),
                    description=image.alt[:255],
                    credit=image.credit,
                    file=ImageFile(stream, name=path.name),
                )
        return self.images[image.file]

    def _block(self, block: Block) -> tuple[str, Any]:
        kind = block["type"]
        if kind == "image":
            return kind, self._image_block(block)
        return kind, _VALUES[kind](block)

    def _image_block(self, block: Block) -> dict[str, Any]:
        words = {key: block.get(key, "") for key in ("alt", "caption", "credit")}
        return {"image": self._image(DemoImage(file=block["file"], **words)), **words}


_VALUES: dict[str, Callable[[Block], Any]] = {
    "text": lambda block: block["html"],
    "quote": lambda block: {"text": block["text"], "attribution": block.get("attribution", "")},
    "code": lambda block: {"text": block["text"]},
    "table": lambda block: {
        "data": [block["header"], *block["rows"]],
        "first_row_is_table_header": True,
        "first_col_is_header": False,
        "table_caption": block.get("caption", ""),
    },
}
