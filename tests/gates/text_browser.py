"""A browser of words alone, with no style at all: everything is there, and in order."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from bs4 import BeautifulSoup

from gates.bad import APPEAL, spoilt
from gates.bench import Bench
from gates.gate import Bad, Finding, Gate
from gates.outlets import Words
from gates.pages import SitePage

_SPACE = re.compile(r"\s+")
# What the controls ought to say; for a real page it comes from the newsroom's rows.
_CONTROL = Words(
    {"bad.html": ("The well is full again", "It rained for a week, and the water stands")},
    ("The roof leaks", "Help us mend it."),
    ("By mail", "Every morning."),
)
_APPEAL_FIRST = spoilt(APPEAL, "").replace("<main", f"{APPEAL}<main")


class TextBrowser(Gate):
    name = "text browser"
    needs = ("w3m",)
    controls: Sequence[Bad] = (
        Bad("missing", spoilt("It rained for a week, and the water stands", "<canvas></canvas>")),
        Bad("missing", spoilt('<h1 class="p-name">The well is full again', '<h1 class="p-name">')),
        Bad("missing", spoilt("Every morning.", '<img src="icon.svg" alt="">')),
        Bad("order", _APPEAL_FIRST),
        Bad("no heading", spoilt('<h1 class="p-name">The well is full again</h1>', "")),
    )

    def look(self, bench: Bench, pages: Sequence[SitePage]) -> Iterator[Finding]:
        for page in pages:
            said = _squeezed(_dump(bench, page))
            words = bench.words(page) or _CONTROL
            for check, what in _read(page, said, words):
                yield Finding(check, str(page), what)


def _read(page: SitePage, said: str, words: Words) -> Iterator[tuple[str, str]]:
    heading = BeautifulSoup(page.text, "html.parser").h1
    if heading is None or _squeezed(heading.get_text()) not in said:
        yield "no heading", "the page does not say what it is"
        return
    expected = [heading.get_text()]
    if page.path in words.articles and not page.mark:
        expected = list(words.articles[page.path])
    if page.mark != "moved":
        expected += [*words.appeal, *words.pitch]
    at = 0
    for text in map(_squeezed, expected):
        found = said.find(text, at)
        if found >= 0:
            at = found + len(text)
        elif text in said:
            yield "order", f"“{text[:40]}” comes too early"
        else:
            yield "missing", f"“{text[:40]}” is not there"


def _dump(bench: Bench, page: SitePage) -> str:
    # A page that has moved would be followed; it is to be read where it stands.
    text = page.text.replace('http-equiv="refresh"', 'name="refresh"')
    options = ["-dump", "-T", "text/html", "-I", "UTF-8", "-O", "UTF-8", "-cols", "80"]
    return bench.run(bench.tools["w3m"], *options, given=text).stdout


def _squeezed(text: str) -> str:
    """Without any white space: lines of Korean break within words."""
    return _SPACE.sub("", text)
