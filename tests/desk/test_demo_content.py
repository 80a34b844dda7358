"""The demo newsroom holds together: nothing dangles, nothing repeats, every sum is right."""

from __future__ import annotations

import contextlib
import io
import re
import unicodedata
from collections import Counter
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from handpress.desk.demo.content import HERE, IMAGES, count_words, load
from handpress.desk.demo.values import DemoArticle, DemoImage
from handpress.lib.html import clean_html, visible_text

NEWSROOM = load()
ARTICLES = NEWSROOM.articles
BY_SLUG = {article.slug: article for article in ARTICLES}
TODAY = datetime(2026, 11, 21, 23, 59, tzinfo=UTC)
each_article = pytest.mark.parametrize("article", ARTICLES, ids=lambda article: article.slug)


def body_words(article: DemoArticle) -> int:
    texts = [visible_text(b["html"]) for b in article.blocks if b["type"] == "text"]
    texts += [b["text"] for b in article.blocks if b["type"] == "quote"]
    return sum(count_words(text, article.language) for text in texts)


def pictures(article: DemoArticle) -> list[DemoImage]:
    found = [article.image] if article.image else []
    for block in article.blocks:
        if block["type"] == "image":
            found.append(DemoImage(**{k: v for k, v in block.items() if k != "type"}))
    return found


def all_strings(value: Any) -> list[str]:
    if isinstance(value, str):
        return [value]
    if isinstance(value, dict):
        return [s for item in value.values() for s in all_strings(item)]
    if isinstance(value, (list, tuple)):
        return [s for item in value for s in all_strings(item)]
    if hasattr(value, "__dataclass_fields__"):
        return [s for name in value.__dataclass_fields__ for s in all_strings(getattr(value, name))]
    return []


def test_there_is_a_paper_of_about_sixty_articles_over_years() -> None:
    assert 55 <= len(ARTICLES) <= 70
    years = Counter(a.published_at.year for a in ARTICLES if a.published_at)
    assert set(years) == set(range(2021, 2027))
    assert min(years.values()) >= 5


def test_newest_first_and_some_from_this_week() -> None:
    moments = [a.sort_at for a in ARTICLES]
    assert moments == sorted(moments, reverse=True)
    assert TODAY - timedelta(days=1) < moments[0] < TODAY
    assert sum(moment > TODAY - timedelta(days=7) for moment in moments) >= 5


def test_precision_of_dates() -> None:
    counts = Counter(a.precision for a in ARTICLES)
    assert counts["day"] == 2
    assert counts["unknown"] == 1
    assert all((a.published_at is None) == (a.precision == "unknown") for a in ARTICLES)
    assert all(a.sort_at.utcoffset() is not None for a in ARTICLES)


def test_nothing_is_called_the_same() -> None:
    assert len({a.headline for a in ARTICLES}) == len(ARTICLES)
    assert len({a.excerpt for a in ARTICLES}) == len(ARTICLES)
    for rows in (ARTICLES, NEWSROOM.topics, NEWSROOM.sources, NEWSROOM.contributors):
        slugs = [row.slug for row in rows]
        assert len(set(slugs)) == len(slugs)
        assert all(re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)*", slug) for slug in slugs)


@each_article
def test_references_lead_somewhere(article: DemoArticle) -> None:
    assert 1 <= len(article.topics) <= 3
    assert set(article.topics) <= {t.slug for t in NEWSROOM.topics}
    assert {c.slug for c in article.contributors} <= {c.slug for c in NEWSROOM.contributors}
    assert bool(article.source) != bool(article.contributors)
    for link in re.findall(r'href="([^"]+)"', "".join(all_strings(article.blocks))):
        slug = link.rpartition("/")[2].removesuffix(".html")
        assert BY_SLUG[slug].sort_at < article.sort_at
        moment = BY_SLUG[slug].published_at
        assert moment is not None
        assert link == f"/{moment:%Y/%m}/{slug}.html"


@each_article
def test_a_republished_article_says_whence(article: DemoArticle) -> None:
    if not article.source:
        assert [article.source_url, article.credit, article.licence] == ["", "", ""]
        return
    source = next(s for s in NEWSROOM.sources if s.slug == article.source)
    assert article.source_url.startswith(source.url)
    assert article.credit
    assert article.licence


@each_article
def test_lengths(article: DemoArticle) -> None:
    assert 70 <= count_words(article.excerpt, article.language) <= 160
    assert 100 <= body_words(article) <= 1600
    assert "\n" not in article.excerpt
    assert "*" not in article.excerpt
    for opening, closing in ("“”", "«»"):
        assert article.excerpt.count(opening) == article.excerpt.count(closing)
    assert article.blocks[0]["type"] == "text"


@each_article
def test_an_excerpt_that_is_not_its_own_opens_the_body(article: DemoArticle) -> None:
    opening = " ".join(visible_text(b["html"]) for b in article.blocks if b["type"] == "text")
    assert opening.startswith(article.excerpt[:60]) or article.has_own_excerpt
    assert article.has_own_excerpt or article.excerpt[-1] in ".!?؟”’»"


def test_there_are_long_reads_and_short_ones() -> None:
    lengths = [body_words(article) for article in ARTICLES]
    assert sum(length >= 900 for length in lengths) >= 10
    assert sum(350 <= length <= 700 for length in lengths) >= 20
    assert sum(length < 300 for length in lengths) >= 18
    for article in ARTICLES:
        if body_words(article) >= 900:
            kinds = {block["type"] for block in article.blocks}
            assert article.image
            assert "quote" in kinds
            assert sum(b.get("html", "").count("<h2>") for b in article.blocks) >= 3
            assert "table" in kinds or "image" in kinds or "<li>" in str(article.blocks)


@pytest.mark.parametrize(
    ("topic", "language", "script"),
    [("shipyard-people", "ko", "HANGUL"), ("lantern-quarter", "ar", "ARABIC")],
)
def test_two_topics_speak_another_language(topic: str, language: str, script: str) -> None:
    assert next(t for t in NEWSROOM.topics if t.slug == topic).language == language
    filed = [a for a in ARTICLES if topic in a.topics]
    assert len(filed) >= 4
    for article in filed:
        assert article.language == language
        assert article.topics[0] == topic
        letters = [c for c in article.headline + article.excerpt if c.isalpha()]
        foreign = sum(unicodedata.name(c).startswith(script) for c in letters)
        assert foreign > 0.9 * len(letters)


def test_every_topic_has_a_history() -> None:
    assert len(NEWSROOM.topics) == 8
    for topic in NEWSROOM.topics:
        moments = [a.sort_at for a in ARTICLES if topic.slug in a.topics]
        assert len(moments) >= 6
        assert max(moments) - min(moments) > timedelta(days=3 * 365)
        assert topic.description


def test_everybody_listed_appears() -> None:
    assert {c.slug for a in ARTICLES for c in a.contributors} == {
        c.slug for c in NEWSROOM.contributors
    }
    assert {a.source for a in ARTICLES if a.source} == {s.slug for s in NEWSROOM.sources}


def test_corrections_come_after_the_article() -> None:
    corrected = [a for a in ARTICLES if a.corrections]
    assert len(corrected) >= 2
    for article in corrected:
        assert article.published_at is not None
        assert all(c.note and c.corrected_at > article.published_at for c in article.corrections)


def test_pictures_exist_are_described_and_small() -> None:
    files = {path.name: path for path in IMAGES.glob("*.webp")}
    used = [picture for article in ARTICLES for picture in pictures(article)]
    assert {picture.file for picture in used} == set(files)
    assert len([a for a in ARTICLES if a.image]) >= 14
    for picture in used:
        assert 40 <= len(picture.alt) <= 500
        assert 0 < len(picture.caption) <= 500
        assert picture.credit
    assert sum(path.stat().st_size for path in files.values()) < 1_500_000
    for path in files.values():
        with Image.open(path) as image:
            assert image.width == 1600
            assert image.format == "WEBP"


@each_article
def test_the_body_survives_the_sanitiser(article: DemoArticle) -> None:
    texts = [block["html"] for block in article.blocks if block["type"] == "text"]
    words = visible_text(" ".join(texts))
    for block in article.blocks:
        if block["type"] == "text":
            cleaned = clean_html(block["html"])
            assert visible_text(cleaned) == visible_text(block["html"])
            assert set(re.findall(r"<(\w+)", block["html"])) <= set(
                "p h2 ul ol li em strong a".split()
            )
        elif block["type"] == "table":
            assert all(len(row) == len(block["header"]) for row in block["rows"])
            assert block["caption"]
        elif block["type"] == "quote":
            assert block["text"]
            assert block["attribution"] or block["text"] in words
        else:
            assert block["type"] in {"image", "code"}


def test_text_is_typeset() -> None:
    plain = [s for a in ARTICLES for s in all_strings([b for b in a.blocks if b["type"] != "code"])]
    for text in [*plain, *all_strings(NEWSROOM.campaign), *all_strings(NEWSROOM.pitch)]:
        bare = re.sub(r"<[^>]+>", "", text)
        assert "'" not in bare
        assert '"' not in bare
        assert "  " not in bare
        assert "](" not in bare


def test_only_example_hosts_are_named() -> None:
    for path in HERE.rglob("*.[mt]*[dl]"):
        for host in re.findall(r"https?://([^/\"\s)]+)", path.read_text("utf-8")):
            assert host.endswith(".example")
    assert NEWSROOM.giving["contact_email"].endswith(".example")


def test_the_campaign_adds_up() -> None:
    campaign = NEWSROOM.campaign
    assert campaign.starts_at < TODAY < campaign.ends_at
    assert campaign.full
    assert campaign.compact
    assert campaign.full != campaign.compact
    month = sum(cost.amount_minor for cost in campaign.monthly_costs)
    assert f"{month // 100:,}" in campaign.full[-1]
    assert f"{campaign.goal_minor // 100:,}" in campaign.full[-1]
    assert NEWSROOM.pitch.heading
    assert NEWSROOM.pitch.paragraphs


def test_the_account_number_checks() -> None:
    bank = NEWSROOM.giving["bank"]
    turned = bank["iban"][4:] + bank["iban"][:4]
    assert int("".join(str(int(c, 36)) for c in turned)) % 97 == 1
    assert re.fullmatch(r"[A-Z]{6}[A-Z0-9]{2}([A-Z0-9]{3})?", bank["bic"])
    assert NEWSROOM.giving["cheque"]["address"]


def test_tables_with_a_total_add_up() -> None:
    taps = _table("what-412-kitchen-taps-told-us", 0)
    pipes = _table("live-numbers-lead-pipes", 0)
    retests = _table("live-numbers-lead-pipes", 1)
    marks = _table("ottoline-fenwick-1941-2026", 0)
    for rows, columns in ((taps, (1, 2)), (pipes, (1, 2, 4)), (retests, (1, 2, 3)), (marks, (1,))):
        for column in columns:
            numbers = [int(row[column].replace(",", "")) for row in rows]
            assert sum(numbers[:-1]) == numbers[-1]


def test_the_printed_program_prints_what_it_says(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    figures, program, output = (
        b["text"] for b in BY_SLUG["check-our-sums"].blocks if b["type"] == "code"
    )
    monkeypatch.chdir(tmp_path)
    Path("certificates.csv").write_text(figures + "\n", "utf-8")
    printed = io.StringIO()
    with contextlib.redirect_stdout(printed):
        exec(compile(program, "program", "exec"), {})
    assert printed.getvalue().rstrip("\n") == output


def _table(slug: str, number: int) -> list[list[str]]:
    tables = [b for b in BY_SLUG[slug].blocks if b["type"] == "table"]
    rows: list[list[str]] = tables[number]["rows"]
    return rows


def test_pages_stand_by_themselves_with_words_at_the_foot() -> None:
    assert [page.slug for page in NEWSROOM.pages] == ["about", "contact"]
    assert all(page.description and page.blocks for page in NEWSROOM.pages)
    assert len(NEWSROOM.footer) == 2
