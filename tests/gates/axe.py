"""axe-core: WCAG 2.0, 2.1 and 2.2, A and AA, and what axe calls good practice."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from gates.bad import good_page, restyled, spoilt
from gates.bench import DESKTOP, PHONE, Bench, open_page
from gates.gate import Bad, Finding, Gate
from gates.pages import SitePage
from gates.tools import packages_of_node

if TYPE_CHECKING:
    from playwright.sync_api import Page

STANDARDS = "wcag2a wcag2aa wcag21a wcag21aa wcag22aa best-practice".split()
SCHEMES: tuple[Literal["light", "dark"], ...] = ("light", "dark")
# Half-way from light to dark, colours are neither; what never ends is not waited for.
_REPAINTED = """async () => {
    const frame = () => new Promise(requestAnimationFrame);
    await frame();
    await frame();
    const ends = each => Number.isFinite(each.effect?.getComputedTiming().endTime);
    const moves = document.getAnimations().filter(ends).map(each => each.finished);
    await Promise.race([Promise.allSettled(moves), new Promise(done => setTimeout(done, 1000))]);
}"""
_RUN = "standards => axe.run(document, {resultTypes: ['violations'], runOnly: standards})"


@cache
def _axe(packages: Path) -> str:
    return (packages / "axe-core" / "axe.min.js").read_text("utf-8")


def load_axe(tab: Page) -> None:
    """Bring axe into the page that is shown."""
    # Without a value of its own: the last statement's would be sent over as a whole.
    tab.evaluate(f"{_axe(packages_of_node())}; 0")


def violations(tab: Page) -> Iterator[tuple[str, str]]:
    """Yield rule and element of whatever axe finds wrong with what is shown."""
    result: dict[str, Any] = tab.evaluate(_RUN, STANDARDS)
    for violation in result["violations"]:
        for node in violation["nodes"]:
            selector = " ".join(map(str, node["target"]))
            faults = [*node["any"], *node["all"], *node["none"]]
            details = faults[0]["message"] if faults else violation["help"]
            yield violation["id"], f"{selector}: {details}"


def all_modes(tab: Page) -> Iterator[tuple[str, str, str]]:
    """Yield mode, rule and element, on phone and desktop, in the light and in the dark."""
    load_axe(tab)
    for (width, height), size in ((PHONE, "phone"), (DESKTOP, "desktop")):
        tab.set_viewport_size({"width": width, "height": height})
        for scheme in SCHEMES:
            tab.emulate_media(color_scheme=scheme)
            tab.evaluate(_REPAINTED)
            for rule, what in violations(tab):
                yield f"{size}, {scheme}", rule, what


class Axe(Gate):
    name = "axe-core"
    needs = ("browser", "packages")
    controls: Sequence[Bad] = (
        Bad("image-alt", good_page(body='<p><img src="icon.svg" width="40" height="40"></p>')),
        Bad("heading-order", good_page(body="<h4>Two levels down</h4>")),
        Bad("html-has-lang", spoilt('<html lang="en">', "<html>")),
        Bad("valid-lang", good_page(body='<p lang="xx-nowhere">?</p>')),
        Bad("landmark-one-main", spoilt("<main", "<div").replace("</main>", "</div>")),
        Bad("link-name", good_page(body='<p><a href="one.html"></a></p>')),
        restyled("color-contrast", ".p-summary { color: #999 }"),
        # Wrong in the dark alone, and on a phone alone: the modes are really gone through.
        restyled(
            "color-contrast",
            "@media (prefers-color-scheme: dark) { .p-summary { color: #444 } }",
        ),
        restyled(
            "color-contrast",
            "@media (max-width: 500px) { .p-summary { color: #999; background: #fff } }",
        ),
        restyled(
            "target-size",
            "i a { display: inline-block; font-size: 9px; line-height: 10px; padding: 0 }",
            body='<p><i><a href="one.html">a</a><a href="two.html">b</a></i></p>',
        ),
    )

    def look(self, bench: Bench, pages: Sequence[SitePage]) -> Iterator[Finding]:
        with bench.window() as context:
            for page in pages:
                tab = open_page(context, page)
                for mode, rule, what in all_modes(tab):
                    yield Finding(rule, str(page), what, mode)
                tab.close()
