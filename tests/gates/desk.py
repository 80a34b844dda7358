"""The desk's own pages by the same measure: axe, the way by keyboard, nothing of anybody else."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from gates.axe import Axe, all_modes
from gates.bad import good_page, restyled
from gates.bench import Bench, open_page
from gates.gate import Bad, Finding, Gate
from gates.keyboard import Keyboard, judge_stop, walk
from gates.outlets import DESK
from gates.pages import SitePage
from gates.requests_made import RequestsMade, watch

if TYPE_CHECKING:
    from playwright.sync_api import Page

_CHECKED = {"skip", "ring", "hidden", "covered"}


class DeskAxe(Gate):
    name = "desk: axe-core"
    needs = ("browser", "packages")
    controls: Sequence[Bad] = Axe.controls

    def reads(self, page: SitePage) -> bool:
        return page.kind == DESK

    def look(self, bench: Bench, pages: Sequence[SitePage]) -> Iterator[Finding]:
        for page in pages:
            with bench.desk_window(page) as context:
                tab = settle(open_page(context, page))
                for mode, rule, what in all_modes(tab):
                    yield Finding(rule, str(page), what, mode)


class DeskKeyboard(Gate):
    """Script is on: the desk cannot do without."""

    name = "desk: keyboard"
    needs = ("browser",)
    controls: Sequence[Bad] = (
        *(bad for bad in Keyboard.controls if bad.check in _CHECKED),
        Bad("unreached", good_page(body='<div onclick="1" role="button">In short</div>')),
        restyled("ring", "summary:focus-visible { outline: 0 }"),
    )

    def reads(self, page: SitePage) -> bool:
        return page.kind == DESK

    def look(self, bench: Bench, pages: Sequence[SitePage]) -> Iterator[Finding]:
        for page in pages:
            with bench.desk_window(page) as context:
                for check, what in _journey(settle(open_page(context, page))):
                    yield Finding(check, str(page), what)


class DeskRequests(Gate):
    name = "desk: requests"
    needs = ("browser",)
    controls: Sequence[Bad] = tuple(
        bad for bad in RequestsMade.controls if bad.check in {"third party", "broken"}
    )

    def reads(self, page: SitePage) -> bool:
        return page.kind == DESK

    def look(self, bench: Bench, pages: Sequence[SitePage]) -> Iterator[Finding]:
        for page in pages:
            with bench.desk_window(page) as context:
                for check, what in watch(context, page):
                    if check in {"third party", "broken", "complaint"}:
                        yield Finding(check, str(page), what)


def settle(tab: Page) -> Page:
    """Wait until the desk's scripts have built what they build."""
    tab.wait_for_load_state("networkidle")
    return tab


_UNREACHABLE = """() => [...document.querySelectorAll('[onclick], [role=button], [role=link]')]
    .filter(each => each.tabIndex < 0 && each.checkVisibility() && !each.closest('[inert]'))
    .map(each => each.outerHTML.slice(0, 80))"""


def _journey(tab: Page) -> Iterator[tuple[str, str]]:
    stops = walk(tab)
    for stop in stops:
        yield from judge_stop(stop)
    if not stops or not str(stops[0]["href"]).startswith("#"):
        yield "skip", f"the first stop is {stops[0]['name'] if stops else 'nothing'}"
    else:
        tab.reload()
        settle(tab).keyboard.press("Tab")
        tab.keyboard.press("Enter")
        if not tab.evaluate("() => document.activeElement.matches('main, main *')"):
            yield "skip", f"{stops[0]['name']} does not bring the focus into the page's main part"
    for what in tab.evaluate(_UNREACHABLE):
        yield "unreached", what
