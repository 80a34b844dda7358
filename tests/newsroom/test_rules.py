"""What the database itself refuses, whoever writes to it."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction
from django.db.models import Model

from factories.papers import START, Paper
from handpress.digest.models import Pitch
from handpress.donations.models import Campaign
from handpress.newsroom.models import (
    Article,
    ArticleContributor,
    ArticleTopic,
    Contributor,
    Correction,
    Redirect,
    Source,
    Topic,
    TopicAlias,
)

pytestmark = pytest.mark.django_db


def write(row: Model, **columns: Any) -> None:
    """Change columns behind Django's back."""
    values = [
        connection.ops.adapt_datetimefield_value(value) if isinstance(value, datetime) else value
        for value in columns.values()
    ]
    names = ", ".join(f'"{name}" = %s' for name in columns)
    sql = f'UPDATE "{row._meta.db_table}" SET {names} WHERE "{row._meta.pk.column}" = %s'
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(sql, [*values, row.pk])


@pytest.fixture
def rows(paper: Paper) -> dict[str, Model]:
    """Two of everything that has a rule."""
    made: dict[str, Model] = {}
    for number, name in enumerate(("first", "second")):
        article = paper.article(name, day=number)
        topic, person = paper.topic(name), Contributor.objects.create(name=name)
        start = START + timedelta(days=number)
        made |= {
            f"{name} article": article,
            f"{name} topic": topic,
            f"{name} source": paper.source(name),
            f"{name} contributor": person,
            f"{name} filing": ArticleTopic.objects.create(article=article, topic=topic),
            f"{name} credit": ArticleContributor.objects.create(
                article=article, contributor=person
            ),
            f"{name} correction": Correction.objects.create(
                article=article, corrected_at=START, note=name
            ),
            f"{name} redirect": Redirect.objects.create(path=f"{name}.html"),
            f"{name} alias": TopicAlias.objects.create(slug=f"{name}-alias"),
            f"{name} campaign": Campaign.objects.create(
                name=name, heading="H", full_text="F", compact_text="C", starts_at=start
            ),
            f"{name} pitch": Pitch.objects.create(heading=name, text="T", is_shown=number == 0),
        }
    return made


@pytest.mark.parametrize(
    ("name", "columns"),
    [
        ("first article", {"headline": ""}),
        ("first article", {"slug": ""}),
        ("first article", {"published_precision": "roughly"}),
        ("first article", {"sort_at_us": None}),
        ("first article", {"published_at": None}),
        ("first article", {"published_precision": "unknown"}),
        ("second article", {"slug": "first"}),
        ("first topic", {"name": ""}),
        ("second topic", {"slug": "first"}),
        ("second source", {"slug": "first"}),
        ("second source", {"name": "first"}),
        ("second contributor", {"slug": "first"}),
        ("first correction", {"note": ""}),
        ("first redirect", {"path": ""}),
        ("second redirect", {"path": "first.html"}),
        ("second alias", {"slug": "first-alias"}),
        ("first campaign", {"ends_at": START}),
        ("first campaign", {"ends_at": START - timedelta(days=1)}),
        ("first campaign", {"is_running": True}),
        ("first pitch", {"heading": ""}),
        ("second pitch", {"is_shown": True}),
    ],
)
def test_a_row_that_cannot_be_is_refused(
    rows: dict[str, Model], name: str, columns: dict[str, Any]
):
    with pytest.raises(IntegrityError):
        write(rows[name], **columns)


@pytest.mark.parametrize("column", ["path", "uuid"])
def test_what_is_an_articles_own_is_no_others(rows: dict[str, Model], column: str):
    with pytest.raises(IntegrityError), transaction.atomic():
        value = getattr(rows["first article"], column)
        Article.objects.filter(pk=rows["second article"].pk).update(**{column: value})


def test_nothing_is_filed_or_credited_twice(rows: dict[str, Model]):
    for again in (
        ArticleTopic(article=rows["first article"], topic=rows["first topic"]),
        ArticleContributor(article=rows["first article"], contributor=rows["first contributor"]),
    ):
        with pytest.raises(IntegrityError), transaction.atomic():
            again.save()


def test_a_form_that_does_not_know_its_rows_yet_files_nothing_twice(rows: dict[str, Model]):
    article, topic = rows["first article"], rows["first topic"]
    assert isinstance(article, Article)
    stored = article.article_topics.get()
    correction = article.corrections.get()
    article.article_topics = [stored, ArticleTopic(topic=topic)]
    article.corrections = [correction, Correction(note=correction.note)]
    article.save()
    assert [each.pk for each in Article.objects.get(pk=article.pk).article_topics.all()] == [
        stored.pk
    ]
    assert article.corrections.count() == 1


@pytest.mark.parametrize("name", ["first source", "first contributor"])
def test_who_is_named_cannot_be_deleted(rows: dict[str, Model], name: str):
    article = rows["first article"]
    assert isinstance(article, Article)
    article.source = Source.objects.get(name="first")
    article.save()
    with pytest.raises(IntegrityError), transaction.atomic():
        rows[name].delete()


def test_rows_that_belong_to_an_article_leave_with_it(rows: dict[str, Model]):
    rows["first article"].delete()
    for model in (ArticleTopic, ArticleContributor, Correction):
        assert model._default_manager.count() == 1
    rows["second topic"].delete()
    assert not ArticleTopic.objects.exists()
    assert Article.objects.count() == 1
    assert Topic.objects.count() == 1
