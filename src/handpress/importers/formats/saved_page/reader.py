"""From a saved topic page to values; see the package for what such a page is."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import replace

from handpress.importers.core.incoming import (
    IncomingArticle,
    RefusedFile,
    SavedPage,
    words_key,
)
from handpress.importers.core.openings import (
    REACH,
    read_dateline,
    read_republishing_note,
)
from handpress.importers.formats.saved_page import refusals
from handpress.importers.formats.saved_page.anatomy import (
    check_last_excerpt,
    find_end_of_articles,
    find_topic,
)
from handpress.importers.formats.saved_page.blocks import (
    Block,
    read_as_articles,
    split_blocks,
    texts_of,
)
from handpress.importers.formats.saved_page.decoding import decode
from handpress.importers.formats.saved_page.foot import (
    AppealSpan,
    find_appeal,
    find_closing_sections,
    read_foot,
)
from handpress.importers.formats.saved_page.furniture import Furniture, learn_from_blocks
from handpress.importers.formats.saved_page.refusals import Refusal
from handpress.lib.text import slugify

KIND = "saved-page"


def read_saved_page(data: bytes, *, name: str, furniture: Furniture | None = None) -> SavedPage:
    """Read one saved topic page; ``name`` is what messages call it.

    ``furniture`` is what ``learn_furniture`` found in the files of the same import. Time is linear
    in the size of the file. Raise RefusedFile for whatever is not such a page, or not all of it.
    """
    try:
        return _read_blocks(_load_blocks(data, name), name, furniture or Furniture())
    except Refusal as refusal:
        raise RefusedFile(name, refusal.reason, refusal.remedy) from None


def learn_furniture(files: Iterable[bytes]) -> Furniture:
    """Learn from the files of an import what its pages have in common; pass by unreadable ones.

    Keeps no more than the foot of one page for each kind of foot.
    """
    return learn_from_blocks(_readable(files))


def read_saved_pages(files: Sequence[tuple[str, bytes]]) -> list[SavedPage | RefusedFile]:
    """Read the files (name, data) of one import with what they teach about each other, in order."""
    furniture = learn_furniture(data for _, data in files)
    results: list[SavedPage | RefusedFile] = []
    for name, data in files:
        try:
            results.append(read_saved_page(data, name=name, furniture=furniture))
        except RefusedFile as refused:
            results.append(refused)
    return results


def _readable(files: Iterable[bytes]) -> Iterable[list[Block]]:
    for data in files:
        try:
            yield _load_blocks(data, "")
        except Refusal:
            continue


def _load_blocks(data: bytes, name: str) -> list[Block]:
    text = decode(data, name=name)
    blocks = split_blocks(text)
    if not blocks:
        raise refusals.empty()
    opening = blocks[0].text.lstrip()[:200].lower()
    if opening.startswith(("<!doctype", "<html", "<head", "<body", "<?xml", "<rss", "<feed")):
        raise refusals.page_source("the page's source (HTML or XML)")
    if len(blocks) == 1 and "\n" in blocks[0].text:
        raise refusals.no_blank_lines()
    return blocks


def _read_blocks(blocks: list[Block], name: str, furniture: Furniture) -> SavedPage:
    topic = find_topic(blocks)
    if topic is None:
        raise refusals.no_articles()
    body = topic + 1
    shared = furniture.foot_start(blocks, body)
    if shared == len(blocks):
        furniture.refuse_cut_foot(blocks)
    span = find_appeal(blocks, topic)
    end = find_end_of_articles(blocks, body, _find_foot(blocks, body, span, shared))
    if end == len(blocks):
        furniture.refuse_cut_page(blocks, topic)
        check_last_excerpt(blocks[body + 1 : end : 2])
    foot = read_foot(blocks, end, span, is_shared=shared < len(blocks))
    topic_name = blocks[topic].text
    return SavedPage(
        name=name,
        lead_in=texts_of(blocks[:topic]),
        topic_name=topic_name,
        topic_slug=slugify(topic_name),
        articles=tuple(_read_articles(blocks[body:end], topic_name)),
        foot=texts_of(blocks[end:]),
        appeal=foot.appeal,
        pitch=foot.pitch,
        unplaced=foot.unplaced,
    )


def _find_foot(blocks: Sequence[Block], body: int, span: AppealSpan | None, shared: int) -> int:
    if span is None:
        return shared if shared < len(blocks) else find_closing_sections(blocks, body)
    # Pages may share their oldest article, too: what stands above the appeal is that, or a menu.
    if shared < span.first and not read_as_articles(texts_of(blocks[shared : span.first])):
        return shared
    return span.first


def _read_articles(blocks: Sequence[Block], topic_name: str) -> list[IncomingArticle]:
    topic_slug = slugify(topic_name)
    articles = [
        _read_article(headline.text, excerpt.text, position, topic_name, topic_slug)
        for position, (headline, excerpt) in enumerate(
            zip(blocks[::2], blocks[1::2], strict=True), 1
        )
    ]
    return _part_namesakes(articles)


def _read_article(
    headline: str, excerpt: str, position: int, topic_name: str, topic_slug: str
) -> IncomingArticle:
    note = read_republishing_note(excerpt)
    headline_key = words_key(headline)
    return IncomingArticle(
        kind=KIND,
        remote_id=headline_key,
        headline_key=headline_key,
        excerpt_key=words_key(excerpt),
        topic_name=topic_name,
        topic_slug=topic_slug,
        position=position,
        headline=headline,
        excerpt=excerpt,
        dateline=read_dateline(excerpt[note.end if note else 0 :][:REACH]),
        source_name=note.source_name if note else "",
        published_on=note.published_on if note else None,
    )


def _part_namesakes(articles: Sequence[IncomingArticle]) -> list[IncomingArticle]:
    """Give all articles remote ids of their own; of one headline, the oldest keeps the plain one.

    The page grows at the top, so the oldest has most likely been imported under its headline.
    """
    headlines: set[str] = set()
    times: Counter[str] = Counter()
    parted = []
    for article in reversed(articles):
        words = article.headline_key + article.excerpt_key
        times[words] += 1
        if article.headline_key in headlines:
            number = [str(times[words])] if times[words] > 1 else []
            remote_id = words_key(article.headline, article.excerpt, *number)
            article = replace(article, remote_id=remote_id)
        headlines.add(article.headline_key)
        parted.append(article)
    return parted[::-1]
