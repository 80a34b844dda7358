"""From the blocks of a body to the HTML that is printed. Pure."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from itertools import zip_longest
from typing import Any

from handpress.lib import html
from handpress.lib.html import ROOT_MARK, SafeHtml, clean_html, clean_url, visible_text
from handpress.lib.text import fold
from handpress.newsroom.core.embeds import facade_of
from handpress.newsroom.core.marks import BACK, marked
from handpress.newsroom.core.markup import Tidier
from handpress.newsroom.core.notes import with_notes, without_note_marks, without_written_marks

_STANDFIRST_TEST = 60
_BEGINNING = 300
_PULL_FROM = 12
_AROUND_QUOTE = " \"'“”„‟‘’‚«»‹›「」『』…."
_FIGURE = re.compile(r"[+\-−–~≈±<>]?\s*[^\w\s]{0,2}\s*\d[\d.,’'\u00a0\u202f ]*\s*[^\w\s]{0,2}")


@dataclass(frozen=True, slots=True)
class Picture:
    """A picture in the sizes in which it is published; sources are (file name, width in px)."""

    sources: tuple[tuple[str, int], ...]
    width: int
    height: int
    alt: str
    credit: str


@dataclass(frozen=True, slots=True)
class BodyTools:
    """What rendering a body needs from outside: pictures by id, and the outlet's own address."""

    pictures: Mapping[int, Picture]
    own_address: str = ""


def render_body(blocks: Iterable[Mapping[str, Any]], tools: BodyTools) -> SafeHtml:
    """Render the raw blocks of a body ({"type", "value"}) to sanitised HTML, one per line.

    What was typed in a browser has CRLF for every line end; pages have LF. What the theme says
    in a body (the name of a table, the heading of its notes) stands there as a mark.
    """
    blocks = list(blocks)
    body = _Body(tools, _words_of_text(blocks))
    pieces = [_BLOCKS[block["type"]](block["value"], body) for block in blocks]
    whole = "\n".join(piece for piece in with_notes(pieces) if piece)
    return SafeHtml(whole.replace("\r\n", "\n"))


@dataclass(slots=True)
class _Body:
    """What is known while one body is rendered."""

    tools: BodyTools
    words: str
    tidier: Tidier = field(default_factory=Tidier)


def _words_of_text(blocks: Iterable[Mapping[str, Any]]) -> str:
    """Return the words of a body's text, folded, for its quotes to be looked up in."""
    if not any(block["type"] == "quote" for block in blocks):
        return ""
    texts = (block["value"] for block in blocks if block["type"] in {"text", "html"})
    return fold(" ".join(visible_text(text) for text in texts))


def needs_standfirst(excerpt: str, body_html: str) -> bool:
    """Say whether the excerpt is printed above the body: not when the body begins with it."""
    if not body_html:
        return True
    begin = fold(excerpt)[:_STANDFIRST_TEST]
    words = fold(visible_text(without_note_marks(body_html[:4000])))
    # A heading or a dateline may stand before it; a caption further down is another matter.
    return begin not in words[:_BEGINNING]


def image_ids(blocks: Iterable[Mapping[str, Any]]) -> list[int]:
    """Return the ids of the pictures that a body shows, in order."""
    return [
        block["value"]["image"]
        for block in blocks
        if block["type"] == "image" and block["value"].get("image")
    ]


def _plain(text: str) -> SafeHtml:
    return html.escape(html.without_marks(text))


def _text(value: str, body: _Body) -> str:
    return body.tidier.tidy(clean_html(value, own_address=body.tools.own_address))


def _quote(value: Mapping[str, str], body: _Body) -> str:
    lines = [line for line in value["text"].splitlines() if line.strip()]
    words = "".join(f"<p>{_plain(line)}</p>" for line in lines)
    by = value.get("attribution", "")
    who = f"<footer>{_plain(by)}</footer>" if by else ""
    # Words that stand in the text too are there for the eye alone: heard, they would come twice.
    pulled = ' class="pull" aria-hidden="true"' if _is_pulled(lines, body.words) else ""
    return f"<blockquote{pulled}>{words}{who}</blockquote>" if words else ""


def _is_pulled(lines: Iterable[str], words: str) -> bool:
    quoted = fold(" ".join(lines)).strip(_AROUND_QUOTE)
    return len(quoted) >= _PULL_FROM and quoted in words


def _image(value: Mapping[str, Any], body: _Body) -> str:
    picture = body.tools.pictures.get(value.get("image") or 0)
    if picture is None:
        return ""
    alt = "" if value.get("decorative") else (value.get("alt") or picture.alt)
    caption, credit = value.get("caption", ""), value.get("credit") or picture.credit
    lines: list[str] = [_plain(caption)] if caption else []
    lines += [f"<small>{_plain(credit)}</small>"] if credit else []
    below = f"<figcaption>{' '.join(lines)}</figcaption>" if lines else ""
    return f"<figure>{_img(picture, alt)}{below}</figure>"


def _img(picture: Picture, alt: str) -> str:
    largest = picture.sources[-1][0]
    srcset = ", ".join(f"{ROOT_MARK}images/{name} {width}w" for name, width in picture.sources)
    return (
        f'<img src="{ROOT_MARK}images/{largest}" srcset="{srcset}" '
        f'sizes="(min-width: 45rem) 42rem, 100vw" width="{picture.width}" '
        f'height="{picture.height}" alt="{_plain(alt)}" loading="lazy" decoding="async">'
    )


def _embed(value: Mapping[str, str], body: _Body) -> str:
    """A card with a link: nothing is fetched from elsewhere, neither now nor by the reader."""
    facade = facade_of(value.get("url", ""))
    address = facade.url if facade else value.get("url", "")
    url = clean_url(address, own_address=body.tools.own_address)
    if not url:
        return ""
    title = value.get("title") or url
    note = f'<p dir="auto">{_plain(value["note"])}</p>' if value.get("note") else ""
    link = f'<a href="{html.escape(url)}" rel="noopener noreferrer">{_plain(title)}</a>'
    whose = f" <small>{_plain(facade.provider)}</small>" if facade else ""
    return f'<div class="embed"><p dir="auto">{link}{whose}</p>{note}</div>'


def _table(value: Mapping[str, Any], body: _Body) -> str:
    rows = [[cell or "" for cell in row] for row in value.get("data") or []]
    if not rows:
        return ""
    caption = html.without_marks(value.get("table_caption") or "")
    title = f"<caption>{html.escape(caption)}</caption>" if caption else ""
    head = rows.pop(0) if value.get("first_row_is_table_header", True) else []
    first_is_header = value.get("first_col_is_header", False)
    figures = _columns_of_figures(rows)
    above = _row(head, figures, headers=len(head), scope="col")
    lines = "".join(_row(row, figures, headers=int(first_is_header), scope="row") for row in rows)
    return body.tidier.scroller(without_written_marks(caption)) + (
        f"<table{marked(BACK) if not caption else ''}>{title}"
        f"{f'<thead>{above}</thead>' if head else ''}<tbody>{lines}</tbody></table></div>"
    )


def _columns_of_figures(rows: Iterable[Iterable[str]]) -> set[int]:
    """Return the columns that hold nothing but numbers: they are set flush at their end."""
    columns = enumerate(zip_longest(*rows, fillvalue=""))
    filled = ((number, [cell for cell in cells if cell.strip()]) for number, cells in columns)
    return {number for number, cells in filled if cells and all(map(_FIGURE.fullmatch, cells))}


def _row(cells: list[str], figures: set[int], *, headers: int, scope: str) -> str:
    out = []
    for number, cell in enumerate(cells):
        kind = ' class="figure"' if number in figures else ""
        if number < headers:
            out.append(f'<th scope="{scope}"{kind}>{_plain(cell)}</th>')
        else:
            out.append(f"<td{kind}>{_plain(cell)}</td>")
    return f"<tr>{''.join(out)}</tr>"


def _code(value: Mapping[str, str], body: _Body) -> str:
    """Code reads from left to right, and is no language that could be translated or hyphenated."""
    return f'<pre dir="ltr" translate="no"><code>{_plain(value.get("text", ""))}</code></pre>'


_BLOCKS: dict[str, Callable[[Any, _Body], str]] = {
    "text": _text,
    "quote": _quote,
    "image": _image,
    "embed": _embed,
    "table": _table,
    "code": _code,
    "html": _text,
}
