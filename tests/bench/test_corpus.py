"""The benchmarks' corpus: the same for the same size and seed, and shaped like a real archive."""

import re
import sys
from collections import Counter
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

BENCH = Path(__file__).resolve().parents[2] / "bench"
SIZE = 400


@pytest.fixture(scope="module")
def corpus() -> Iterator[ModuleType]:
    """The module bench/corpus.py; the benchmarks are scripts, not a package."""
    sys.path.insert(0, str(BENCH))
    try:
        yield import_module("corpus")
    finally:
        sys.path.remove(str(BENCH))
        for name in ("corpus", "words"):
            sys.modules.pop(name, None)


@pytest.fixture(scope="module")
def made(corpus: ModuleType) -> Any:
    return corpus.Corpus(SIZE)


@pytest.fixture(scope="module")
def articles(made: Any) -> list[Any]:
    return list(made.articles())


def words_of(html: str) -> list[str]:
    return re.sub(r"<[^>]*>", " ", html).split()


def test_size_and_seed_decide_every_byte(corpus: ModuleType) -> None:
    first = corpus.digest_of(corpus.Corpus(20))
    assert corpus.digest_of(corpus.Corpus(20)) == first
    assert corpus.digest_of(corpus.Corpus(21))[0] != first[0]
    assert corpus.digest_of(corpus.Corpus(20, seed=1))[0] != first[0]


def test_an_article_does_not_depend_on_those_made_before_it(made: Any, articles: list[Any]) -> None:
    assert made.article(123).as_json() == articles[123].as_json()


def test_it_comes_oldest_first_over_twelve_years(articles: list[Any]) -> None:
    dates = [article.published_at for article in articles]
    assert dates == sorted(dates)
    assert (dates[-1] - dates[0]).days > 11 * 365


def test_articles_published_later_are_newer(made: Any, articles: list[Any]) -> None:
    later = [made.article(SIZE + n) for n in range(3)]
    dates = [articles[-1].published_at, *(article.published_at for article in later)]
    assert dates == sorted(set(dates))


def test_addresses_and_identities_are_unique(articles: list[Any]) -> None:
    assert len({article.slug for article in articles}) == SIZE
    assert len({article.uuid for article in articles}) == SIZE


def test_slugs_are_what_the_newsroom_would_make_of_them(articles: list[Any]) -> None:
    assert [a.slug for a in articles if not re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)*", a.slug)] == []
    assert max(len(article.slug) for article in articles) <= 90


def test_texts_have_the_length_of_news(articles: list[Any]) -> None:
    lengths = [len(words_of(article.body)) for article in articles]
    assert min(lengths) > 550
    assert max(lengths) < 950
    assert 650 < sum(lengths) / SIZE < 850
    assert {len(article.excerpt.split()) for article in articles} == {111}  # and the dots


def test_bodies_pack_like_prose(corpus: ModuleType) -> None:
    assert 2.0 < corpus.digest_of(corpus.Corpus(20))[2] < 3.0


def test_bodies_stay_as_they_are_when_they_are_cleaned(articles: list[Any]) -> None:
    from handpress.lib.html import clean_html

    for article in articles[:20]:
        assert clean_html(article.body) == article.body


def test_topics_follow_a_few_that_hold_most(made: Any, articles: list[Any]) -> None:
    assert len(made.topics) == len({topic.slug for topic in made.topics}) == 200
    filed = Counter(slug for article in articles for slug in article.topics)
    assert 2.0 < filed.total() / SIZE < 2.3
    assert all(len(set(article.topics)) == len(article.topics) for article in articles)
    largest = {topic.slug for topic in made.topics[:20]}
    assert sum(filed[slug] for slug in largest) > filed.total() / 2


def test_sources_and_contributors_are_known(made: Any, articles: list[Any]) -> None:
    assert len({source.slug for source in made.sources}) == 80
    assert len(set(made.contributors)) == 50
    assert {article.source for article in articles} <= {source.slug for source in made.sources}
    credited = {name for article in articles for name in article.contributors}
    assert credited <= set(made.contributors)


def test_some_articles_are_corrected_after_they_appeared(articles: list[Any]) -> None:
    corrected = [article for article in articles if article.correction]
    assert 0 < len(corrected) < SIZE / 20
    assert all(article.correction[0] > article.published_at for article in corrected)
