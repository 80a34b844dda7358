"""Slugs: always there, always unique, always fit to be a file's name."""

from __future__ import annotations

import re

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from factories.papers import Paper, undone
from handpress.newsroom.models import Article, Contributor, Source, Topic
from handpress.newsroom.slugs import is_slug, unique_slugs

pytestmark = pytest.mark.django_db
NAMES = st.sampled_from(["a", "a-2", "a-2-2", "a-3", "b", "b-2", "ab", "a-b"])


@settings(deadline=None, database=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(there=st.sets(NAMES), wanted=st.lists(NAMES, max_size=7))
def test_whatever_is_there_everyone_gets_a_slug_of_their_own(there: set[str], wanted: list[str]):
    with undone():
        Contributor.objects.bulk_create(Contributor(name=name, slug=name) for name in there)
        given = unique_slugs(Contributor, wanted)
    assert len(set(given)) == len(wanted)
    assert there.isdisjoint(given)
    for slug, own in zip(wanted, given, strict=True):
        assert re.fullmatch(rf"{slug}(-[2-9])?", own)
    first = wanted[:1]
    assert given[:1] == first or first[0] in there


def test_headlines_that_come_again_in_one_import_get_numbers(paper: Paper):
    paper.article("Letters")
    kept = paper.article("Letters")
    Article.objects.filter(slug="letters").delete()
    made = Article.objects.bulk_create(Article(headline="Letters") for _ in range(3))
    assert [article.slug for article in made] == ["letters", "letters-3", "letters-4"]
    assert kept.slug == "letters-2"


def test_the_cost_does_not_grow_with_what_is_there(paper: Paper):
    counts = []
    for _ in range(2):
        Article.objects.bulk_create(Article(headline="Letters") for _ in range(60))
        with CaptureQueriesContext(connection) as captured:
            unique_slugs(Article, ["letters", "letters", "weather"])
        counts.append(len(captured))
    assert counts == [2, 2]


@pytest.mark.parametrize("model", [Topic, Source, Contributor])
def test_every_name_makes_a_slug(model: type[Topic] | type[Source] | type[Contributor]):
    names = ["South Coast", "South  coast!", "항구", "مرفأ", "?!", "Index", "CON", "x" * 150]
    rows = [model(name=name) for name in names]
    for row in rows:
        row.save()
    slugs = [row.slug for row in rows]
    assert len(set(slugs)) == len(slugs)
    assert all(is_slug(slug) for slug in slugs)
    assert slugs[:2] == ["south-coast", "south-coast-2"]


def test_a_slug_stays_when_the_headline_changes(paper: Paper):
    article = paper.article("Bridge opens on Tuesday")
    article.headline = "Bridge opens on Wednesday"
    article.save()
    assert article.slug == "bridge-opens-on-tuesday"


def test_an_emptied_slug_is_made_anew_from_the_headline(paper: Paper):
    article = paper.article("Bridge opens on Tuesday")
    article.headline, article.slug = "Bridge opens on Wednesday", ""
    article.save()
    assert article.slug == "bridge-opens-on-wednesday"


def test_saving_again_and_again_leaves_the_slug_alone(paper: Paper):
    paper.article("Letters")
    second = paper.article("Letters")
    for _ in range(3):
        second.save()
    assert second.slug == "letters-2"
