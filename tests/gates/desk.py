"""The desk's own pages by the same measure: axe, the way by keyboard, nothing of anybody else."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import replace
from typing import TYPE_CHECKING

from gates.axe import Axe, all_modes
from gates.bad import good_page, restyled
from gates.bench import Bench, open_page, script
from gates.gate import Bad, Finding, Gate
from gates.keyboard import Keyboard, judge_stop, walk
from gates.outlets import DESK
from gates.pages import SitePage
from gates.requests_made import RequestsMade, watch
from gates.vnu import Nu

if TYPE_CHECKING:
    from playwright.sync_api import Page

# Further down a list, each row is like the one before.
_MOST_STOPS = 120
_RESTLESS_MS = 10_000
_CHECKED = {"skip", "ring", "hidden", "covered"}


class DeskGate(Gate):
    """A gate that looks at the desk's pages and at no others."""

    def reads(self, page: SitePage) -> bool:
        return page.kind == DESK


class DeskAxe(DeskGate):
    name = "desk: axe-core"
    needs = ("browser", "packages")
    controls: Sequence[Bad] = Axe.controls

    def look(self, bench: Bench, pages: Sequence[SitePage]) -> Iterator[Finding]:
        for page in pages:
            with bench.desk_window(page) as context:
                tab = settle(open_page(context, page))
                for mode, rule, what in all_modes(tab):
                    yield Finding(rule, str(page), what, mode)


class DeskNu(Nu):
    """The main part of our own views, as the server gives it; around it is Wagtail's frame."""

    name = "desk: Nu HTML checker"
    controls: Sequence[Bad] = tuple(
        bad for bad in Nu.controls if bad.check == "page" and bad.says != "“title”"
    )

    def reads(self, page: SitePage) -> bool:
        # Wagtail's lists and forms of tables are Wagtail's HTML.
        return page.kind == DESK and not page.path.endswith((" form", " list"))

    def look(self, bench: Bench, pages: Sequence[SitePage]) -> Iterator[Finding]:
        cut = [replace(page, content=main_part(page)) for page in pages]
        yield from super().look(bench, cut)


def main_part(page: SitePage) -> bytes:
    """Return a page's main part in a page that has nothing else."""
    main = re.search(rb"<main\b.*?</main>", page.content, re.DOTALL)
    kept = main[0] if main else page.content
    return b'<!doctype html><html lang="en"><head><title>x</title></head><body>%b</body>' % kept


class DeskKeyboard(DeskGate):
    """Script is on: the desk cannot do without."""

    name = "desk: keyboard"
    needs = ("browser",)
    controls: Sequence[Bad] = (
        *(bad for bad in Keyboard.controls if bad.check in _CHECKED),
        Bad("unreached", good_page(body='<div onclick="1" role="button">In short</div>')),
        restyled("ring", "summary:focus-visible { outline: 0 }"),
    )

    def look(self, bench: Bench, pages: Sequence[SitePage]) -> Iterator[Finding]:
        for page in pages:
            with bench.desk_window(page) as context:
                for check, what in _journey(settle(open_page(context, page))):
                    yield Finding(check, str(page), what)


class DeskRequests(DeskGate):
    name = "desk: requests"
    needs = ("browser",)
    controls: Sequence[Bad] = tuple(
        bad for bad in RequestsMade.controls if bad.check in {"third party", "broken"}
    )

    def look(self, bench: Bench, pages: Sequence[SitePage]) -> Iterator[Finding]:
        for page in pages:
            with bench.desk_window(page) as context:
                for check, what in watch(context, page):
                    if check in {"third party", "broken", "complaint"}:
                        yield Finding(check, str(page), what)


def find_desk_pages(bench: Bench) -> list[SitePage]:
    """Ask for every address of the desk, signed in and as a stranger; return those that are pages.

    Several addresses may lead to one page, and some to none, such as what scripts ask for. ``key``
    is "anyone" for a page that is for strangers.
    """
    found: dict[str, SitePage] = {}
    addresses = [page for outlet in bench.outlets for page in outlet.desk]
    for key in ("", "anyone"):
        with bench.desk_window(replace(addresses[0], key=key)) as context:
            for page in addresses:
                answer = context.request.get(page.url)
                if answer.status < 400 and "<html" in answer.text()[:2000]:
                    url = answer.url.partition("?")[0]
                    content = answer.body()
                    found.setdefault(url, replace(page, url=url, key=key, content=content))
    return list(found.values())


def settle(tab: Page) -> Page:
    """Wait until the desk's scripts have built what they build."""
    from playwright.sync_api import TimeoutError as NoRest

    # Where a script asks how far some work is, again and again, there is none.
    with suppress(NoRest):
        tab.wait_for_load_state("networkidle", timeout=_RESTLESS_MS)
    return tab


_A_MOMENT = "() => new Promise(done => setTimeout(done, 50))"
_HAS_MENU = "() => Boolean(document.querySelector('nav, [role=navigation]'))"
_COMES_INTO_MAIN = """async () => {
    for (let tries = 0; tries < 40; tries += 1) {
        if (document.activeElement.matches('main, main *')) return true;
        await new Promise(done => setTimeout(done, 50));
    }
    return false;
}"""
_UNREACHABLE = """() => [...document.querySelectorAll('[onclick], [role=button], [role=link]')]
    .filter(each => each.tabIndex < 0 && each.checkVisibility() && !each.closest('[inert]'))
    .map(each => each.outerHTML.slice(0, 80))"""


def _journey(tab: Page) -> Iterator[tuple[str, str]]:
    if tab.evaluate(_HAS_MENU):
        yield from _skip(tab)
    stops = walk(tab, most=_MOST_STOPS, pause=_A_MOMENT)
    for stop in stops:
        # WCAG 2.4.11 asks that not all of it is covered; more is asked of our own pages alone.
        yield from judge_stop(stop if stop["isHidden"] else {**stop, "covered": ""})
    for what in tab.evaluate(_UNREACHABLE):
        yield "unreached", what


def _skip(tab: Page) -> Iterator[tuple[str, str]]:
    """The first stop leads past the menu; a script of the desk may take its time."""
    tab.keyboard.press("Tab")
    first = tab.evaluate(script("focus.js"))
    if not first or not str(first["href"]).startswith("#"):
        yield "skip", f"the first stop is {first['name'] if first else 'nothing'}"
        return
    tab.keyboard.press("Enter")
    if not tab.evaluate(_COMES_INTO_MAIN):
        yield "skip", f"{first['name']} does not bring the focus into the page's main part"
    # Begin anew, with nothing in the address that would move the focus.
    tab.goto(tab.url.partition("#")[0])
    settle(tab)
