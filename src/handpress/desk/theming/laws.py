"""What must stay true of every page, whatever it looks like: docs/theme.md, on one sample each."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import pairwise

from bs4 import BeautifulSoup

from handpress.desk.theming.samples import CAMPAIGN, PAGES, PITCH, POLICY, cards, render_page
from handpress.press.theme import Theme

Law = Callable[[BeautifulSoup, str], bool]
"""Says whether a page, by its name among the samples, keeps it."""

_LEADS_OUT = "https://gazette.example.org/"
_MARKED = {"moved", "gone"}
_MARK_WITHIN = 1024


def broken_laws(theme: Theme, name: str) -> Iterator[str]:
    """Yield the laws that a sample page breaks, in words."""
    html = render_page(theme, name)
    page = BeautifulSoup(html, "html.parser")
    laws = LAWS if name == "moved" else {**LAWS, **FRAMED}
    yield from (words for words, is_kept in laws.items() if not is_kept(page, name))
    if name in _MARKED and f'content="{name}"' not in html[:_MARK_WITHIN]:
        yield 'no <meta name="handpress"> within the first 1,024 bytes'


def _one_heading(page: BeautifulSoup, name: str) -> bool:
    levels = [int(found.name[1]) for found in page.select("h1, h2, h3, h4, h5, h6")]
    steps = all(after - before <= 1 for before, after in pairwise(levels))
    return levels.count(1) == 1 and steps


def _ids_once(page: BeautifulSoup, name: str) -> bool:
    ids = [str(found["id"]) for found in page.select("[id]")]
    return len(ids) == len(set(ids))


def _no_script(page: BeautifulSoup, name: str) -> bool:
    scripts = page.select("script:not([type='application/ld+json']), style, [style], iframe")
    return not scripts and not [
        key for tag in page.find_all(True) for key in tag.attrs if key.startswith("on")
    ]


def _policy_first(page: BeautifulSoup, name: str) -> bool:
    tags = page.head.find_all(True)[:2] if page.head else []
    return len(tags) == 2 and tags[0].has_attr("charset") and tags[1].get("content") == POLICY


def _one_style_sheet(page: BeautifulSoup, name: str) -> bool:
    return len(page.select("link[rel=stylesheet]")) == 1


def _leads_from_root(page: BeautifulSoup, name: str) -> bool:
    links = [str(tag[key]) for key in ("href", "src") for tag in page.select(f"[{key}]")]
    for tag in page.select("[srcset]"):
        links += [part.split()[0] for part in str(tag["srcset"]).split(",")]
    canonical = page.select_one("link[rel=canonical]")
    own = str(canonical["href"]) if canonical else ""
    allowed = (PAGES[name][1], "#", "mailto:", _LEADS_OUT)
    return all(link.startswith(allowed) or link == own for link in links)


def _pictures_have_text(page: BeautifulSoup, name: str) -> bool:
    needed = ("alt", "width", "height")
    return all(image.has_attr(key) for image in page.select("img") for key in needed)


def _skip_link(page: BeautifulSoup, name: str) -> bool:
    links, first = page.select("a.skip-link"), page.select_one("body a")
    return len(links) == 1 and links[0] is first and links[0].get("href") == "#main"


def _landmarks(page: BeautifulSoup, name: str) -> bool:
    once = ("body > header", "body > main#main", "body > footer")
    return all(len(page.select(each)) == 1 for each in once)


def _navs_named(page: BeautifulSoup, name: str) -> bool:
    labels = [
        str(nav.get("aria-label") or nav.get("aria-labelledby")) for nav in page.select("nav")
    ]
    return bool(labels) and "None" not in labels and len(labels) == len(set(labels))


def _appeal_and_pitch(page: BeautifulSoup, name: str) -> bool:
    parts = page.select("section.appeal, section.digest-pitch")
    said = [[tag.get_text() for tag in part.select("h1, h2, h3, h4, h5, h6, p")] for part in parts]
    appeal = [[CAMPAIGN["heading"], *CAMPAIGN[form]] for form in ("full", "compact")]
    return said == [*appeal, [PITCH["heading"], *PITCH["paragraphs"]]]


def _cards(page: BeautifulSoup, name: str) -> bool:
    """The text that a saved topic page is read back from."""
    if name not in {"topic", "topic-page", "topic-foreign"}:
        return True
    entries = page.select("main.h-feed .h-entry")
    said = [
        [[tag.get_text() for tag in entry.select(one)] for one in (".p-name", ".p-summary")]
        for entry in entries
    ]
    expected = [[[card["headline"]], [card["excerpt"]]] for card in cards("")]
    return said == expected and len(page.select("main.h-feed > h1.p-name")) == 1


def _articles(page: BeautifulSoup, name: str) -> bool:
    if not name.startswith("article"):
        return True
    needed = ".h-entry h1.p-name, .h-entry .p-summary, .h-entry .e-content, .h-entry .u-url"
    found = page.select(needed)
    return len(found) >= 4 and not page.select(".p-author .p-name")


LAWS: dict[str, Law] = {
    "not one h1, or a level of heading is left out": _one_heading,
    "an id stands there twice": _ids_once,
    "script, inline style or a frame": _no_script,
    "charset and policy do not stand first": _policy_first,
    "not one style sheet": _one_style_sheet,
    "an address does not lead from the root": _leads_from_root,
    "a picture without alt, width or height": _pictures_have_text,
}
"""Of every page."""

FRAMED: dict[str, Law] = {
    "no skip link as the first link, to #main": _skip_link,
    "landmarks header, main#main and footer are not there once each": _landmarks,
    "a nav without a label of its own": _navs_named,
    "appeal and pitch do not stand there word for word, in order": _appeal_and_pitch,
    "cards are not headline and excerpt alone, in order (microformats)": _cards,
    "an article lacks its microformats": _articles,
}
"""Of every page with masthead and footer."""
