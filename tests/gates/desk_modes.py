"""The main part of the desk's pages, as large as some need it and in the few colours of others.

Menu, header and side panels are Wagtail's, which has its own checks.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from gates.bench import DESKTOP, Bench, open_page, script
from gates.desk import DeskGate, settle
from gates.gate import Bad, Finding
from gates.layout import ZOOM_200, ZOOM_400, Layout
from gates.modes import ForcedColours
from gates.pages import SitePage

if TYPE_CHECKING:
    from playwright.sync_api import Page

_OURS = "() => { document.documentElement.dataset.ours = 'main' }"
_RESIZED = "() => new Promise((done) => setTimeout(done, 150))"


class DeskZoom(DeskGate):
    """Script is on: the desk cannot do without."""

    name = "desk: zoom"
    needs = ("browser",)
    controls: Sequence[Bad] = tuple(
        bad for bad in Layout.controls if bad.check in {"scrolls", "overlaps"}
    )[:3]

    def look(self, bench: Bench, pages: Sequence[SitePage]) -> Iterator[Finding]:
        for page in pages:
            with bench.desk_window(page) as context:
                tab = settle(open_page(context, page))
                tab.evaluate(_OURS)
                for mode, size in {"desktop": DESKTOP, "200%": ZOOM_200, "400%": ZOOM_400}.items():
                    for check, what in _resized(tab, size):
                        yield Finding(check, str(page), what, mode)


def _resized(tab: Page, size: tuple[int, int]) -> list[list[str]]:
    tab.set_viewport_size({"width": size[0], "height": size[1]})
    tab.evaluate(_RESIZED)
    found: list[list[str]] = tab.evaluate(script("layout.js"))["found"]
    return found


class DeskColours(DeskGate):
    name = "desk: forced colours"
    needs = ("browser",)
    controls: Sequence[Bad] = tuple(
        bad for bad in ForcedColours.controls if bad.check in {"text", "edge"}
    )

    def look(self, bench: Bench, pages: Sequence[SitePage]) -> Iterator[Finding]:
        for page in pages:
            for scheme in ("light", "dark"):
                options = {"forced_colors": "active", "color_scheme": scheme}
                with bench.desk_window(page, **options) as context:
                    tab = settle(open_page(context, page))
                    tab.evaluate(_OURS)
                    for check, what in tab.evaluate(script("forced.js")):
                        yield Finding(check, str(page), what, scheme)
