"""The way through a page by keyboard alone, with script switched off."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import pairwise
from typing import TYPE_CHECKING, Any

from gates.bad import restyled, spoilt
from gates.bench import DESKTOP, PHONE, Bench, open_page, script
from gates.gate import Bad, Finding, Gate
from gates.pages import SitePage

if TYPE_CHECKING:
    from playwright.sync_api import Page

Stop = Mapping[str, Any]

MOST_STOPS = 400
_MOST_PAUSES = 20
_MOST_INSIDE = {"iframe": 200, "date": 6, "time": 6, "datetime-local": 8}
"""How often the focus goes on within what the page sees as one: a frame's links, a day's parts."""
LEAST_RING_PX = 2
LEAST_RING_CONTRAST = 3.0

_LOW = '<p class="low"><a href="one.html">Low down</a></p>'
_COVER = (
    ".low { position: absolute; inset-block-start: 760px } "
    ".cover { position: fixed; inset: auto 0 0; block-size: 12rem; background: #eee }"
)


def walk(tab: Page, *, most: int = MOST_STOPS, pause: str = "") -> list[Stop]:
    """Press Tab from the top of the page until it has been gone through; return each stop.

    ``pause`` is a script to wait for after each, where a page's own scripts move things.
    """
    stops: list[Stop] = []
    inside = 0
    while len(stops) < most:
        tab.keyboard.press("Tab")
        stop: Stop | None = tab.evaluate(script("focus.js"))
        for _ in range(_MOST_PAUSES if pause else 0):
            if stop is None or not (stop["isHidden"] or _is_bare_frame(stop)):
                break
            tab.evaluate(pause)
            stop = tab.evaluate(script("focus.js"))
        if stop is None or (stops and stop["number"] == stops[0]["number"]):
            return stops
        if stops and stop["number"] == stops[-1]["number"]:
            inside += 1
            if inside < max(_MOST_INSIDE.get(stop[name], 0) for name in ("tag", "type")):
                continue
            return [*stops, {**stop, "is_trap": True}]
        inside = 0
        stops.append(stop)
    return stops


def _is_bare_frame(stop: Stop) -> bool:
    """A page learns a moment later that the focus has gone into a frame."""
    return bool(stop["tag"] == "iframe" and stop["ring"] < LEAST_RING_PX)


def judge_stop(stop: Stop) -> Iterator[tuple[str, str]]:
    """Yield what is wrong with one place where the focus comes to rest."""
    name = stop["name"]
    if stop.get("is_trap"):
        yield "trap", f"{name} does not let the focus go"
    if not stop["isSeen"]:
        yield "hidden", f"{name} has the focus and is not seen"
    elif stop["ring"] < LEAST_RING_PX:
        yield "ring", f"{name} shows no outline while it has the focus"
    elif stop["ringContrast"] < LEAST_RING_CONTRAST:
        yield "ring", f"{name} has an outline with a contrast of {stop['ringContrast']:.1f}"
    if stop["covered"] and not stop["isTall"]:
        yield "covered", f"{name} is covered by {stop['covered']}"


def judge_order(stops: Sequence[Stop]) -> Iterator[tuple[str, str]]:
    """Yield where the focus goes another way than a reader's eye (WCAG 2.4.3)."""
    for before, after in pairwise(stops):
        if after["number"] < before["number"]:
            yield "order", f"{after['name']} comes after {before['name']}, which it precedes"
        elif before["region"] == after["region"] and _goes_back(before, after):
            yield "order", f"{after['name']} stands before {before['name']} and comes after it"


def _goes_back(before: Stop, after: Stop) -> bool:
    """Up, but not into the next column; or back on the same line."""
    is_above = after["bottom"] <= before["top"] + 2
    is_level = after["top"] < before["bottom"] - 2 and before["top"] < after["bottom"] - 2
    if before["isRtl"]:
        is_ahead, is_behind = (
            after["right"] <= before["left"] + 2,
            after["left"] >= before["right"] - 2,
        )
    else:
        is_ahead, is_behind = (
            after["left"] >= before["right"] - 2,
            after["right"] <= before["left"] + 2,
        )
    return (is_above and not is_ahead) or (is_level and is_behind)


class Keyboard(Gate):
    name = "keyboard"
    needs = ("browser",)
    controls: Sequence[Bad] = (
        Bad("skip", spoilt('<a class="skip" href="#main">Skip to content</a>\n', "")),
        Bad("skip", spoilt('href="#main"', 'href="#mian"')),
        Bad("order", spoilt('<a href="two.html">', '<a href="two.html" tabindex="1">')),
        restyled("order", "nav ul { display: flex; flex-direction: row-reverse }"),
        restyled("order", "main { display: flex; flex-direction: column-reverse }", body=_LOW),
        Bad("unreached", spoilt('<a href="two.html">', '<a href="two.html" tabindex="-1">')),
        restyled("ring", "a:focus-visible { outline: 0 }"),
        restyled("ring", "a:focus-visible { outline-color: #ddd }"),
        restyled("hidden", ".p-name + p + p a { opacity: 0 }"),
        restyled("covered", _COVER, body=f'{_LOW}<div class="cover">Give</div>'),
        Bad("fold", spoilt("<summary>", '<summary tabindex="-1">')),
        restyled(
            "target",
            "i a { font-size: 9px; line-height: 1 }",
            body='<p><i><a href="one.html">a</a> <a href="two.html">b</a></i></p>',
        ),
    )

    def look(self, bench: Bench, pages: Sequence[SitePage]) -> Iterator[Finding]:
        for size, width in ((PHONE, "phone"), (DESKTOP, "desktop")):
            with bench.window(size, java_script_enabled=False) as context:
                for page in pages:
                    tab = open_page(context, page)
                    for check, what in self._journey(tab, has_frame=page.mark != "moved"):
                        yield Finding(check, str(page), what, width)
                    tab.close()

    def _journey(self, tab: Page, *, has_frame: bool) -> Iterator[tuple[str, str]]:
        targets: list[Stop] = tab.evaluate(script("interactive.js"))
        stops = walk(tab)
        for stop in stops:
            yield from judge_stop(stop)
        yield from judge_order(stops)
        reached = {stop["number"] for stop in stops}
        for target in targets:
            if target["number"] not in reached:
                yield "unreached", target["name"]
            if target["small"]:
                yield "target", f"{target['name']} is {target['small']} and has neighbours"
        yield from self._fold(tab)
        if has_frame:
            yield from self._skip(tab, stops)

    def _fold(self, tab: Page) -> Iterator[tuple[str, str]]:
        """Whatever can be folded is folded and unfolded by both keys."""
        for number in range(tab.locator("summary").count()):
            summary = tab.locator("summary").nth(number)
            if not _reach(tab, number):
                yield "fold", "a part that can be folded is not reached by keyboard"
                continue
            is_open = "e => e.parentElement.open"
            before = summary.evaluate(is_open)
            for key, wanted in (("Enter", not before), ("Space", before)):
                tab.keyboard.press(key)
                if summary.evaluate(is_open) != wanted:
                    yield "fold", f"{key} does not fold {summary.inner_text()[:40]!r}"

    def _skip(self, tab: Page, stops: Sequence[Stop]) -> Iterator[tuple[str, str]]:
        """The first stop leads past everything that every page has, to where the words begin."""
        first = stops[0] if stops else {"href": "", "name": "nothing"}
        if not str(first["href"]).startswith("#"):
            yield "skip", f"the first stop is {first['name']}, which leads past nothing"
            return
        tab.reload()
        tab.keyboard.press("Tab")
        tab.keyboard.press("Enter")
        if not tab.evaluate("() => document.activeElement.matches('main, main *')"):
            yield "skip", f"{first['name']} does not bring the focus into the page's main part"


def _reach(tab: Page, number: int) -> bool:
    """Move the focus to the summary of this number by Tab alone."""
    tab.evaluate("() => document.activeElement.blur()")
    tab.reload()
    question = "n => document.activeElement === document.querySelectorAll('summary')[n]"
    for _ in range(MOST_STOPS):
        tab.keyboard.press("Tab")
        if tab.evaluate(question, number):
            return True
        if tab.evaluate("() => document.activeElement === document.body"):
            return False
    return False
