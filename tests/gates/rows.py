"""What the gates' outlets hold, so that every page kind and every element has its page.

Called inside a newsroom's own process. The words are those of the demo newsroom, cut anew.
A kind of page that nothing here brings about is reported by the run: add its rows here.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from itertools import islice

from django.core.files.images import ImageFile

from gates.named import EXCERPT_WORDS, FIFTEEN, LONG, LONG_WORDS
from handpress.desk.demo.content import IMAGES, load
from handpress.desk.demo.values import DemoArticle
from handpress.digest.models import Pitch
from handpress.donations.actions import Gift, record_gift
from handpress.donations.actions.receipts import issue_receipt
from handpress.donations.actions.statements import bring_statement
from handpress.donations.core.receipts import recipient
from handpress.donations.models import Campaign, Rail, RailKind, Sponsor, SponsorState
from handpress.newsroom.actions import set_topics
from handpress.newsroom.blocks import BodyBlock
from handpress.newsroom.models import (
    Article,
    ArticleContributor,
    Contributor,
    Correction,
    NewsImage,
    PlainPage,
    Source,
    Topic,
)

_DAY = datetime(2026, 10, 1, 9, 0, tzinfo=UTC)
_TAG = re.compile(r"<[^>]+>")
_SPACE = re.compile(r"\s+")


def fill_demo() -> None:
    """Add to the demo newsroom what its editors have not done yet."""
    words = prose("en")
    _weigh(words)
    _odd_articles(words, "en")
    _old_addresses("en")


def fill_arabic() -> None:
    """Fill an outlet that publishes in Arabic, with a guest in English and one in Korean."""
    words = prose("ar")
    Campaign.objects.create(
        name="الشتاء",
        heading="نداء الشتاء: مكتبان بلا صحفيين",
        full_text="صار التبرّع ممكنًا من جديد.\nنحتاج إليكم قبل نهاية العام كي نبقى مفتوحين.",
        compact_text="صار التبرّع ممكنًا من جديد.\nساعدونا قبل نهاية العام.",
        starts_at=_DAY - timedelta(days=900),
    )
    _books()
    Pitch.objects.create(heading="رسالتنا كلّ صباح", text="لا أحد يقف بيننا وبينكم.")
    city = _topic("المدينة", "city", "أخبار المدينة ومينائها.")
    _topic("الميناء", "port", "")
    # Two full runs and a bit: a numbered page with one before it and one behind it.
    for number, excerpt in enumerate(cut(words, 70, count=33)):
        headline = " ".join(excerpt.split()[:8])
        _article(headline, [city], day=number, excerpt=excerpt, slug=f"dispatch-{number}")
    for language in ("en", "ko"):
        guest = next(one for one in load().articles if one.language == language)
        _article(
            guest.headline, [city], day=40, excerpt=guest.excerpt, slug=f"guest-{language}",
            body=[("text", block["html"]) for block in guest.blocks if block["type"] == "text"],
            language=language,
        )  # fmt: skip
    _odd_articles(words, "ar")
    _old_addresses("ar")


def _books() -> None:
    """Let two gifts have come, by the first way of the first sponsor, one with a receipt."""
    sponsor = Sponsor.objects.create(legal_name="جمعية القراء", state=SponsorState.LIVE)
    rail = Rail.objects.create(
        sponsor=sponsor,
        kind=RailKind.BANK,
        name="حساب المصرف",
        account_ref="DE89370400440532013000",
    )
    for key in ("1", "2"):
        gift = Gift(rail=rail, key=key, amount=125_000, currency="EUR", on=_DAY.date())
        movement, _ = record_gift(gift)
        if key == "1":
            issue_receipt(movement, now=_DAY, to=recipient("سلمى", "شارع الميناء ٧\nالمدينة"))
    table = "Date;Name;Description;Amount;Currency\n2026-11-02;سلمى;تبرّع;25.00;EUR\n"
    bring_statement(rail, table.encode(), file_name="كشف.csv")


def _weigh(words: list[str]) -> None:
    """Add the article and the topic that the budget is measured on."""
    long = iter(words)
    paragraphs = [" ".join(islice(long, 75)) for _ in range(LONG_WORDS // 75)]
    body = "".join(f"<p>{paragraph}</p>" for paragraph in paragraphs)
    _article("Three thousand words", [], day=2, slug=LONG, excerpt=paragraphs[0], body=body)
    topic = _topic("Fifteen excerpts", FIFTEEN, "As long as excerpts get.", position=900)
    for number, excerpt in enumerate(cut(words, EXCERPT_WORDS, count=15)):
        headline = " ".join(excerpt.split()[:12])
        _article(headline, [topic], day=number, excerpt=excerpt, slug=f"excerpt-{number}")


def _odd_articles(words: list[str], language: str) -> None:
    """Add an article with every block and element there can be, and one with nothing."""
    some = cut(words, 12, count=60)
    topic = Topic.objects.filter(live=True).order_by("position").first()
    assert topic
    source = Source.objects.create(name="Net Loft Gazette", url="https://gazette.example/")
    picture = _picture("rowing-boat.webp", some[1])
    everything = _article(
        some[0], [topic], day=3, slug="everything", excerpt=" ".join(some[1:6]),
        lead_image=picture, lead_image_alt=some[2], lead_image_caption=some[4],
        dateline=some[6], source=source, source_url="https://gazette.example/a?b=1&c=2",
        licence="CC BY-SA 4.0", body=_every_block(some[7:], picture),
    )  # fmt: skip
    PlainPage.objects.create(
        title=some[3], slug=f"every-block-{language}", description=some[4],
        body=_every_block(some[7:], picture), live=True,
    )  # fmt: skip
    person = Contributor.objects.create(name=" ".join(some[50].split()[:2]))
    ArticleContributor.objects.create(article=everything, contributor=person, role=some[51][:20])
    Correction.objects.create(article=everything, corrected_at=_DAY, note=some[52])
    # Known by its excerpt alone, from elsewhere, undated; in the outlet's own words "read on".
    _article(
        some[53], [topic], day=None, slug="excerpt-only", excerpt=" ".join(some[54:59]),
        source=source, source_url="https://gazette.example/b",
    )  # fmt: skip
    one_word = "Donaudampfschifffahrtsgesellschaftskapitänskajütenschlüssel"
    _article(one_word, [topic], day=4, slug="one-long-word", excerpt=f"{one_word} " * 3)


def _old_addresses(language: str) -> None:
    """Let an article and a topic move, and others go."""
    article = _article("Moved", [], day=5, slug=f"before-it-moved-{language}", excerpt="It moved.")
    article.slug = f"after-it-moved-{language}"
    article.save()
    _article("Gone", [], day=6, slug=f"gone-{language}", excerpt="It goes.").unpublish()
    _article("Deleted", [], day=7, slug=f"deleted-{language}", excerpt="It goes.").delete()
    topic = _topic("Renamed", f"before-{language}", "", position=950)
    topic.slug = f"after-{language}"
    topic.save()
    _topic("Taken down", f"taken-down-{language}", "", position=960).unpublish()
    _topic("Deleted", f"deleted-{language}", "", position=970).delete()


def _topic(name: str, slug: str, description: str, *, position: int = 10) -> Topic:
    return Topic.objects.create(
        name=name, slug=slug, description=description, position=position, live=True
    )


def _article(
    headline: str, topics: list[Topic], *, day: float | None, body: object = "", **values: object
) -> Article:
    blocks = [("text", body)] if isinstance(body, str) and body else body or []
    date: dict[str, object] = {"published_at": _DAY + timedelta(days=day or 0)}
    if day is None:
        date = {"published_precision": "unknown"}
    article = Article(headline=headline, body=blocks, live=True, **date, **values)
    article.save()
    set_topics(article, topics)
    return article


def _picture(file: str, credit: str) -> NewsImage:
    with (IMAGES / file).open("rb") as stream:
        return NewsImage.objects.create(
            title=file, credit=credit, file=ImageFile(stream, name=f"gates-{file}")
        )


def prose(language: str) -> list[str]:
    """Return all words of the demo's articles in a language, in their order, without markup."""
    articles = [article for article in load().articles if article.language == language]
    return [word for article in articles for text in _texts(article) for word in text.split()]


def _texts(article: DemoArticle) -> Iterator[str]:
    yield article.excerpt
    for block in article.blocks:
        if block["type"] == "text":
            plain = _TAG.sub(" ", block["html"].replace("&amp;", "and"))
            yield _SPACE.sub(" ", plain)


def cut(words: list[str], length: int, *, count: int) -> list[str]:
    """Cut words into ``count`` pieces; begin again from a later word where they run out."""
    pieces = []
    for number in range(count):
        start = (number * length + number // max(1, len(words) // length)) % len(words)
        pieces.append(" ".join((words + words)[start : start + length]))
    return pieces


def _every_block(some: list[str], picture: NewsImage) -> list[tuple[str, object]]:
    """A body with each kind of block that an editor can write."""
    words_of_it = {"alt": some[3], "caption": some[4], "credit": some[5]}
    blocks: list[tuple[str, object]] = [
        ("text", _rich_text(some)),
        ("image", {"image": picture, **words_of_it}),
        ("quote", {"text": some[13], "attribution": some[14]}),
        ("embed", {"url": "https://film.example/7", "title": some[15], "note": "12 min"}),
        ("code", {"text": "for each in kettle:\n    pour(each, into=cup, until='full')"}),
        ("table", _table(some[16:], columns=7)),
        ("html", _legacy_html(some[33:])),
    ]
    missing = set(BodyBlock().child_blocks) - {kind for kind, _ in blocks}
    assert not missing, f"tests/gates/rows.py writes no block of the kinds {sorted(missing)}"
    return blocks


def _table(texts: list[str], *, columns: int) -> dict[str, object]:
    cells = [text.split()[0] for text in texts[:columns]]
    rows = [[str(1000 * row + column) for column in range(columns)] for row in range(1, 5)]
    return {
        "data": [cells, *rows],
        "first_row_is_table_header": True,
        "first_col_is_header": True,
        "table_caption": texts[columns],
    }


def _rich_text(some: list[str]) -> str:
    link = '<a href="https://example.org/a-rather-long-address-of-somebody-else">'
    return (
        f"<h2>{some[0]}</h2><p>{some[1]} <b>{some[2]}</b> <i>{some[3]}</i> {link}{some[4]}</a> "
        f"H<sub>2</sub>O, m<sup>2</sup>, <s>{some[5]}</s>, <code>kettle.pour()</code></p>"
        f"<h3>{some[6]}</h3><ul><li>{some[7]}</li><li>{some[8]}</li></ul>"
        f"<h4>{some[9]}</h4><ol><li>{some[10]}</li><li>{some[11]}</li></ol><hr/>"
        f"<blockquote>{some[12]}</blockquote>"
    )


def _legacy_html(some: list[str]) -> str:
    """Every other element that the sanitiser lets through, used as it is meant."""
    return (
        f"<p><abbr title='{some[0]}'>ABC</abbr> <cite>{some[1]}</cite> <dfn>{some[2]}</dfn> "
        f"<em>{some[3]}</em> <strong>{some[4]}</strong> <mark>{some[5]}</mark> <q>{some[6]}</q> "
        "<kbd>Ctrl</kbd> <samp>42</samp> <var>x</var> <del>1</del> <ins>2</ins> <u>3</u> "
        "<small>4</small> <span lang='ko'>부두</span> <bdi>أ</bdi> <bdo dir='rtl'>abc</bdo> "
        "<ruby>漢<rp>(</rp><rt>kan</rt><rp>)</rp></ruby> <time datetime='2026-10-01'>1</time>"
        "<sup id='r1'><a href='#n1'>1</a></sup></p>"
        f"<dl><dt>{some[7]}</dt><dd>{some[8]}</dd></dl>"
        f"<details><summary>{some[9]}</summary><p>{some[0]}</p></details>"
        "<pre>one\n  two</pre><figure><blockquote><p>A figure</p></blockquote>"
        f"<figcaption>{some[1]}</figcaption></figure>"
        f"<ol><li id='n1'>{some[2]} <a href='#r1'>↩</a></li></ol>"
    )
