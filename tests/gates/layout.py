"""Room for the words: 200% and 400% zoom, more space between letters and lines."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

from gates.bad import restyled
from gates.bench import DESKTOP, PHONE, Bench, open_page, script
from gates.gate import Bad, Finding, Gate
from gates.pages import SitePage

if TYPE_CHECKING:
    from playwright.sync_api import Page

# What a window of 1280 by 1024 pixels shows at 200% and at 400%.
ZOOM_200, ZOOM_400 = (640, 512), (320, 256)
# WCAG 2.2, 1.4.12.
SPACED = (
    "* { line-height: 1.5 !important; letter-spacing: .12em !important; "
    "word-spacing: .16em !important } p { margin-block-end: 2em !important }"
)
_ADD_STYLE = """style => {
    document.head.append(document.createElement('style'));
    document.head.lastChild.textContent = style;
}"""
_CLAMPED = (
    "display: -webkit-box; -webkit-box-orient: vertical; -webkit-line-clamp: 1; overflow: hidden; "
    "inline-size: 12rem"
)
_WIDE = '<p class="p">Wide</p>'
_ROW = f'<p class="row">{"One thing to say, and another. " * 9}</p>'
_TIGHT = "inline-size: 14rem; block-size: 11rem; font-size: 1rem; line-height: 1"


class Layout(Gate):
    name = "zoom and spacing"
    needs = ("browser",)
    controls: Sequence[Bad] = (
        restyled("scrolls", ".p { inline-size: 700px; border: 1px solid }", body=_WIDE),
        restyled("scrolls", ".p { inline-size: 500px; border: 1px solid }", body=_WIDE),
        restyled("cut", ".card { block-size: 1.7rem; overflow: hidden }"),
        restyled("cut", f".card {{ {_CLAMPED} }}"),  # ... and no link leads to the whole.
        restyled("cut", "body { overflow-x: clip } .p { translate: -3rem }", body=_WIDE),
        restyled("overlaps", "main > p { block-size: 1.2rem }"),
        restyled("lost", "@media (max-width: 700px) { .card { display: none } }"),
        # Wrong with more space alone.
        restyled("cut", f".row {{ {_TIGHT}; overflow: hidden }}", body=_ROW),
        restyled("overlaps", f".row {{ {_TIGHT} }}", body=f"{_ROW}<p>The next thing</p>"),
    )

    def look(self, bench: Bench, pages: Sequence[SitePage]) -> Iterator[Finding]:
        # Policies would refuse the reader's own spacing, as no browser does.
        with bench.window(DESKTOP, java_script_enabled=False, bypass_csp=True) as context:
            for page in pages:
                tab = open_page(context, page)
                for mode, check, what in _try_all(tab):
                    yield Finding(check, str(page), what, mode)
                tab.close()


def _try_all(tab: Page) -> Iterator[tuple[str, str, str]]:
    modes = {"desktop": DESKTOP, "phone": PHONE, "200%": ZOOM_200, "400%": ZOOM_400}
    at_first = _measure(tab)
    for mode, size in modes.items():
        yield from _judge(tab, mode, size, at_first)
    tab.evaluate(_ADD_STYLE, SPACED)
    for mode, size in (("phone, spaced", PHONE), ("desktop, spaced", DESKTOP)):
        yield from _judge(tab, mode, size, at_first)


def _judge(
    tab: Page, mode: str, size: tuple[int, int], at_first: dict[str, Any]
) -> Iterator[tuple[str, str, str]]:
    tab.set_viewport_size({"width": size[0], "height": size[1]})
    now = _measure(tab)
    for check, what in now["found"]:
        yield mode, check, what
    seen = {number for number, _ in now["seen"]}
    for number, words in at_first["seen"]:
        if number not in seen:
            yield mode, "lost", f"“{words}” is not to be seen any more"


def _measure(tab: Page) -> dict[str, Any]:
    result: dict[str, Any] = tab.evaluate(script("layout.js"))
    return result
