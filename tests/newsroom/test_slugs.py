"""Slugs: no two rows share one, and no row stands in its own way."""

import pytest

from handpress.newsroom.models import Article, Topic

pytestmark = pytest.mark.django_db


def test_the_second_of_a_name_is_told_apart():
    slugs = []
    for _ in range(3):
        article = Article(headline="Peace?")
        article.save()
        slugs.append(article.slug)
    assert slugs == ["peace", "peace-2", "peace-3"]


def test_in_bulk_too():
    articles = Article.objects.bulk_create(Article(headline="Peace!") for _ in range(3))
    assert [article.slug for article in articles] == ["peace", "peace-2", "peace-3"]


@pytest.mark.parametrize(
    "row", [Article(headline="The ferry", live=False), Topic(name="The ferry")]
)
def test_a_draft_saved_again_without_a_slug_keeps_its_own(row: Article | Topic):
    # The desk saves a draft every few seconds, and the form's slug stays empty meanwhile.
    for _ in range(3):
        row.slug = ""
        row.full_clean()
        row.save()
        assert row.slug == "the-ferry"


def test_a_row_that_takes_back_its_name_meets_others_all_the_same():
    Article(headline="The ferry", live=False).save()
    draft = Article(headline="The boat", live=False)
    draft.save()
    draft.headline, draft.slug = "The ferry", ""
    draft.full_clean()
    draft.save()
    assert draft.slug == "the-ferry-2"
