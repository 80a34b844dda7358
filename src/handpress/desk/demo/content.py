"""The demo newsroom as plain values: ``newsroom.toml``, ``articles/``, ``pages/``, ``images/``.

An article or a page is one file: TOML between two lines of ``+++``, then a body in CommonMark. Its
name is the slug. A block quote becomes a quote (its last line, if it begins with a dash, says who
is speaking); a fence marked ``image`` or ``table`` holds that block as TOML, one marked ``code``
holds plain text; a link to ``article:slug`` leads to that article. No Django here: the desk
turns these values into rows.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Sequence
from datetime import UTC, date, datetime, time
from itertools import pairwise
from pathlib import Path
from typing import Any

from markdown_it import MarkdownIt
from markdown_it.token import Token

from handpress.desk.demo.values import (
    Block,
    DemoArticle,
    DemoByline,
    DemoCampaign,
    DemoContributor,
    DemoCorrection,
    DemoCost,
    DemoImage,
    DemoNewsroom,
    DemoPage,
    DemoPitch,
    DemoSource,
    DemoTopic,
)
from handpress.lib.money import parse_amount

HERE = Path(__file__).parent
IMAGES = HERE / "images"
MIN_EXCERPT_WORDS = 75

_MARKDOWN = MarkdownIt("commonmark", {"html": False})
_FRONT = re.compile(r"\A\+\+\+\n(.*?)\n\+\+\+\n(.*)\Z", re.DOTALL)
_SENTENCE_END = re.compile(r"(?<=[.!?؟])\s+|(?<=[.!?؟][”’»])\s+")
_ARTICLE_LINK = re.compile(r'href="article:([^"]+)"')


def load() -> DemoNewsroom:
    """Read the whole demo newsroom; articles come newest first, by ``sort_at``."""
    data = tomllib.loads((HERE / "newsroom.toml").read_text("utf-8"))
    files = {path.stem: path for path in (HERE / "articles").glob("*.md")}
    parts = {slug: _split(path) for slug, path in files.items()}
    addresses = {slug: _address(slug, front) for slug, (front, _) in parts.items()}
    articles = [_article(slug, *part, addresses) for slug, part in parts.items()]
    pitch = data.pop("pitch")
    pages = [_page(path, addresses) for path in (HERE / "pages").glob("*.md")]
    return DemoNewsroom(
        topics=tuple(DemoTopic(**row) for row in data.pop("topics")),
        sources=tuple(DemoSource(**row) for row in data.pop("sources")),
        contributors=tuple(DemoContributor(**row) for row in data.pop("contributors")),
        articles=tuple(sorted(articles, key=lambda a: (a.sort_at, a.slug), reverse=True)),
        pages=tuple(sorted(pages, key=lambda page: page.position)),
        footer=tuple(data.pop("footer")),
        campaign=_campaign(data.pop("campaign")),
        pitch=DemoPitch(pitch["heading"], tuple(pitch["paragraphs"]), pitch["language"]),
        **data,
    )


def count_words(text: str, language: str = "en") -> int:
    """Count words; in Korean, whose words carry more, five characters stand for two words."""
    if language == "ko":
        return round(len("".join(text.split())) / 2.5)
    return len(text.split())


def _split(path: Path) -> tuple[dict[str, Any], str]:
    match = _FRONT.match(path.read_text("utf-8"))
    if not match:
        raise ValueError(f"{path.name}: no front matter between lines of +++")
    return tomllib.loads(match[1]), match[2]


def _published(front: dict[str, Any]) -> tuple[datetime | None, str]:
    """Say when, and how exactly; a bare day becomes its noon, which is that day almost anywhere."""
    moment: date | None = front.get("published_at")
    if moment is None:
        return None, "unknown"
    if isinstance(moment, datetime):
        return moment, "exact"
    return datetime.combine(moment, time(12), UTC), "day"


def _address(slug: str, front: dict[str, Any]) -> str:
    moment, _ = _published(front)
    return f"/{moment:%Y/%m}/{slug}.html" if moment else f"/articles/{slug}.html"


def _article(slug: str, front: dict[str, Any], body: str, addresses: dict[str, str]) -> DemoArticle:
    tokens = _MARKDOWN.parse(body)
    language = front.get("language", "en")
    published_at, precision = _published(front)
    enough = front.get("excerpt_words", MIN_EXCERPT_WORDS)
    return DemoArticle(
        slug=slug,
        headline=front["headline"],
        excerpt=front.get("excerpt") or _opening(tokens, language, enough),
        has_own_excerpt="excerpt" in front,
        language=language,
        published_at=published_at,
        precision=precision,
        sort_at=published_at or front["sort_at"],
        dateline=front.get("dateline", ""),
        topics=tuple(front["topics"]),
        contributors=tuple(DemoByline(**row) for row in front.get("contributors", [])),
        source=front.get("source", ""),
        source_url=front.get("source_url", ""),
        credit=front.get("credit", ""),
        licence=front.get("licence", ""),
        image=DemoImage(**front["image"]) if "image" in front else None,
        blocks=tuple(_blocks(tokens, addresses)),
        corrections=tuple(DemoCorrection(**row) for row in front.get("corrections", [])),
    )


def _page(path: Path, addresses: dict[str, str]) -> DemoPage:
    front, body = _split(path)
    blocks = tuple(_blocks(_MARKDOWN.parse(body), addresses))
    return DemoPage(slug=path.stem, blocks=blocks, **front)


def _campaign(row: dict[str, Any]) -> DemoCampaign:
    costs = tuple(DemoCost(c["label"], c["amount"] * 100) for c in row.pop("monthly_costs"))
    goal_minor = parse_amount(str(row.pop("goal")), row["currency"])
    raised_minor = parse_amount(str(row.pop("raised")), row["currency"])
    full, compact = tuple(row.pop("full")), tuple(row.pop("compact"))
    return DemoCampaign(
        full=full,
        compact=compact,
        goal_minor=goal_minor,
        raised_minor=raised_minor,
        monthly_costs=costs,
        **row,
    )


def _opening(tokens: Sequence[Token], language: str, enough: int) -> str:
    """Join whole sentences of the opening paragraphs until there are ``enough`` words."""
    text = ""
    for opener, inline in pairwise(tokens):
        if opener.type == "fence" or opener.type == "heading_open":
            break
        for sentence in _SENTENCE_END.split(_plain(inline)) if inline.type == "inline" else ():
            if count_words(text, language) >= enough:
                return text
            text = f"{text} {sentence}".strip()
    return text


def _plain(inline: Token) -> str:
    children = inline.children or []
    return "".join("\n" if c.type == "softbreak" else c.content for c in children)


def _blocks(tokens: Sequence[Token], addresses: dict[str, str]) -> list[Block]:
    blocks: list[Block] = []
    run: list[Token] = []
    quote: list[str] | None = None
    for token in tokens:
        if token.type in ("fence", "blockquote_open"):
            _flush(run, blocks, addresses)
        if token.type == "fence":
            blocks.append(_fence(token))
        elif token.type == "blockquote_open":
            quote = []
        elif token.type == "blockquote_close" and quote is not None:
            text, _, who = "\n".join(quote).partition("\n— ")
            blocks.append({"type": "quote", "text": text, "attribution": who})
            quote = None
        elif quote is None:
            run.append(token)
        elif token.type == "inline":
            quote.append(_plain(token))
    _flush(run, blocks, addresses)
    return blocks


def _flush(run: list[Token], blocks: list[Block], addresses: dict[str, str]) -> None:
    if not run:
        return
    html = _MARKDOWN.renderer.render(run, _MARKDOWN.options, {})
    linked = _ARTICLE_LINK.sub(lambda match: f'href="{addresses[match[1]]}"', html)
    blocks.append({"type": "text", "html": linked.strip()})
    run.clear()


def _fence(token: Token) -> Block:
    if token.info == "code":
        return {"type": "code", "text": token.content.rstrip("\n")}
    return {"type": token.info, **tomllib.loads(token.content)}
