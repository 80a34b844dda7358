"""From the blocks of a body to the HTML that is printed. Pure."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from handpress.lib.html import (
    ROOT_MARK,
    SafeHtml,
    clean_html,
    clean_url,
    escape,
    visible_text,
)
from handpress.newsroom.core.embeds import facade_of

_STANDFIRST_TEST = 60


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

    What was typed in a browser has CRLF for every line end; pages have LF.
    """
    pieces = (_BLOCKS[block["type"]](block["value"], tools) for block in blocks)
    return SafeHtml("\n".join(piece for piece in pieces if piece).replace("\r\n", "\n"))


def needs_standfirst(excerpt: str, body_html: str) -> bool:
    """Say whether the excerpt is printed above the body: not when the body begins with it."""
    if not body_html:
        return True
    begin = _folded(excerpt)[:_STANDFIRST_TEST]
    return begin not in _folded(visible_text(body_html[:4000]))


def image_ids(blocks: Iterable[Mapping[str, Any]]) -> list[int]:
    """Return the ids of the pictures that a body shows, in order."""
    return [
        block["value"]["image"]
        for block in blocks
        if block["type"] == "image" and block["value"].get("image")
    ]


def _folded(text: str) -> str:
    return " ".join(text.split()).casefold()


def _text(value: str, tools: BodyTools) -> str:
    return clean_html(value, own_address=tools.own_address)


def _quote(value: Mapping[str, str], tools: BodyTools) -> str:
    lines = value["text"].replace("\r\n", "\n").split("\n")
    words = "".join(f"<p>{escape(line)}</p>" for line in lines if line.strip())
    by = value.get("attribution", "")
    who = f"<footer>{escape(by)}</footer>" if by else ""
    return f"<blockquote>{words}{who}</blockquote>" if words else ""


def _image(value: Mapping[str, Any], tools: BodyTools) -> str:
    picture = tools.pictures.get(value.get("image") or 0)
    if picture is None:
        return ""
    alt = "" if value.get("decorative") else (value.get("alt") or picture.alt)
    caption, credit = value.get("caption", ""), value.get("credit") or picture.credit
    lines: list[str] = [escape(caption)] if caption else []
    lines += [f"<small>{escape(credit)}</small>"] if credit else []
    below = f"<figcaption>{' '.join(lines)}</figcaption>" if lines else ""
    return f"<figure>{_img(picture, alt)}{below}</figure>"


def _img(picture: Picture, alt: str) -> str:
    largest = picture.sources[-1][0]
    srcset = ", ".join(f"{ROOT_MARK}images/{name} {width}w" for name, width in picture.sources)
    return (
        f'<img src="{ROOT_MARK}images/{largest}" srcset="{srcset}" '
        f'sizes="(min-width: 45rem) 42rem, 100vw" width="{picture.width}" '
        f'height="{picture.height}" alt="{escape(alt)}" loading="lazy" decoding="async">'
    )


def _embed(value: Mapping[str, str], tools: BodyTools) -> str:
    """A card with a link: nothing is fetched from elsewhere, neither now nor by the reader."""
    facade = facade_of(value.get("url", ""))
    url = clean_url(facade.url if facade else value.get("url", ""), own_address=tools.own_address)
    if not url:
        return ""
    title = value.get("title") or url
    note = f"<p>{escape(value['note'])}</p>" if value.get("note") else ""
    link = f'<a href="{escape(url)}" rel="noopener noreferrer">{escape(title)}</a>'
    whose = f" <small>{escape(facade.provider)}</small>" if facade else ""
    return f'<div class="embed"><p>{link}{whose}</p>{note}</div>'


def _table(value: Mapping[str, Any], tools: BodyTools) -> str:
    rows = [[cell or "" for cell in row] for row in value.get("data") or []]
    if not rows:
        return ""
    caption = value.get("table_caption") or ""
    title = f"<caption>{escape(caption)}</caption>" if caption else ""
    head = ""
    if value.get("first_row_is_table_header", True):
        cells = "".join(f'<th scope="col">{escape(cell)}</th>' for cell in rows.pop(0))
        head = f"<thead><tr>{cells}</tr></thead>"
    first_is_header = value.get("first_col_is_header", False)
    body = "".join(_row(row, first_is_header=first_is_header) for row in rows)
    # A region that scrolls must be reachable by keyboard and say what it is (WCAG 2.1.1, 4.1.2).
    label = f' aria-label="{escape(caption)}"' if caption else ' aria-label="…"'
    return (
        f'<div class="table-scroll" role="region" tabindex="0"{label}>'
        f"<table>{title}{head}<tbody>{body}</tbody></table></div>"
    )


def _row(cells: list[str], *, first_is_header: bool) -> str:
    out = []
    for number, cell in enumerate(cells):
        is_header = first_is_header and number == 0
        out.append(
            f'<th scope="row">{escape(cell)}</th>' if is_header else f"<td>{escape(cell)}</td>"
        )
    return f"<tr>{''.join(out)}</tr>"


def _code(value: Mapping[str, str], tools: BodyTools) -> str:
    return f"<pre><code>{escape(value.get('text', ''))}</code></pre>"


_BLOCKS: dict[str, Callable[[Any, BodyTools], str]] = {
    "text": _text,
    "quote": _quote,
    "image": _image,
    "embed": _embed,
    "table": _table,
    "code": _code,
    "html": _text,
}
