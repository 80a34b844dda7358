"""Do both sides print the same? Compares a Handpress site with Hugo's of the same corpus.

Compared is what a reader or a machine sees: visible text in order, titles and descriptions, the
links, the articles on all pages of a topic, feeds, the addresses in sitemaps. Not compared: white
space, how characters are escaped, and the names of a topic's numbered pages.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from html.parser import HTMLParser
from pathlib import Path
from xml.etree import ElementTree

_ALONE = (
    "index.html",
    "404.html",
    "topics/index.html",
    "donate/index.html",
    "subscribe/index.html",
    "digest/index.html",
)
_ATOM = "{http://www.w3.org/2005/Atom}"
_MAP = "{http://www.sitemaps.org/schemas/sitemap/0.9}"


def differences(ours: Path, theirs: Path) -> tuple[int, list[str]]:
    """Return how many pages were compared, and a sentence for each that differs."""
    compared = 0
    found = []
    for path, read in _pages(ours):
        compared += 1
        if not (theirs / path).is_file():
            found.append(f"{path}: Hugo did not print it")
        elif (left := read(ours / path)) != (right := read(theirs / path)):
            found.append(f"{path}: {_first_difference(left, right)}")
    for topic in sorted(path.name for path in (ours / "topics").iterdir() if path.is_dir()):
        if _headlines(ours / "topics" / topic) != _headlines(theirs / "topics" / topic):
            found.append(f"topics/{topic}/: not the same articles on all its pages")
    if (left := _addresses(ours)) != (right := _addresses(theirs)):
        found.append(f"sitemaps: {sorted(left ^ right)[:3]} on one side only")
    return compared, found


Reader = Callable[[Path], list[str]]


def _pages(site: Path) -> Iterator[tuple[str, Reader]]:
    """Yield the pages that both sides have under the same name, and how to read each."""
    for path in _ALONE:
        yield path, visible_text
    for file in sorted([*site.glob("[0-9]*/*/*.html"), *site.glob("topics/*/index.html")]):
        yield str(file.relative_to(site)), _all_of
    for file in sorted([site / "feed.xml", *site.glob("topics/*/feed.xml")]):
        yield str(file.relative_to(site)), _entries


def visible_text(file: Path) -> list[str]:
    """Return the texts of a page in order, white space folded, without those of its head."""
    return _read(file).texts


def _all_of(file: Path) -> list[str]:
    page = _read(file)
    return [*page.about, *page.texts]


def _headlines(folder: Path) -> set[str]:
    """Return the headlines of a topic, of however many pages and however numbered."""
    return {headline for file in folder.rglob("*.html") for headline in _read(file).headlines}


def _read(file: Path) -> _Page:
    page = _Page()
    page.feed(file.read_text(encoding="utf-8"))
    page.close()
    return page


class _Page(HTMLParser):
    """Gathers what a page says."""

    def __init__(self) -> None:
        super().__init__()
        self.texts: list[str] = []
        self.headlines: list[str] = []
        self.about: list[str] = []
        self._path: list[str] = []
        self._is_headline = False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        values = dict(attrs)
        if tag == "meta" and (name := values.get("name") or values.get("property")):
            self.about.append(f"{name}: {values.get('content')}")
        elif tag == "link" and values.get("rel") == "canonical":
            self.about.append(f"canonical: {values.get('href')}")
        elif tag not in {"meta", "link"}:
            self._path.append(tag)
            if tag == "a" and values.get("rel") not in {"next", "prev"}:
                self.texts.append(f"to {values.get('href')}")
            if values.get("class") == "p-name" and tag == "h2":
                self._is_headline = True

    def handle_endtag(self, tag: str) -> None:
        while self._path and self._path.pop() != tag:
            pass
        if tag == "h2":
            self._is_headline = False

    def handle_data(self, data: str) -> None:
        text = " ".join(data.split())
        if not text:
            return
        if self._path[-1:] == ["script"]:
            self.about += sorted(re.findall(r'"[^"]*"', text))
        elif "head" in self._path:
            self.about.append(text)
        else:
            self.texts.append(text)
            if self._is_headline:
                self.headlines.append(text)


def _entries(file: Path) -> list[str]:
    root = ElementTree.parse(file).getroot()
    return [
        " ".join((node.text or node.get("href") or node.get("term") or "").split())
        for node in root.iter()
        if node.tag != f"{_ATOM}id" and node.tag.startswith(_ATOM)
    ]


def _addresses(site: Path) -> set[str]:
    """Return the addresses of pages in all sitemaps of a site."""
    found = set()
    for file in site.glob("sitemap*.xml"):
        for url in ElementTree.parse(file).getroot().iter(f"{_MAP}url"):
            found.add(url.findtext(f"{_MAP}loc") or "")
    return found


def _first_difference(left: list[str], right: list[str]) -> str:
    for ours, theirs in zip(left, right, strict=False):
        if ours != theirs:
            return f"“{ours[:90]}” here, “{theirs[:90]}” there"
    longer = left if len(left) > len(right) else right
    return f"only on one side: “{longer[min(len(left), len(right))][:90]}”"
