"""What readers ask of every page: no motion; their own few colours."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from gates.bad import restyled
from gates.bench import DESKTOP, Bench, open_page, script
from gates.gate import Bad, Finding, Gate
from gates.keyboard import judge_stop, walk
from gates.pages import SitePage

_BUTTON = '<p><a class="button" href="one.html">Give</a></p>'


class Motion(Gate):
    name = "reduced motion"
    needs = ("browser",)
    controls: Sequence[Bad] = (
        restyled("moves", "a { transition: color .3s }"),
        restyled("moves", "html { scroll-behavior: smooth }"),
        restyled(
            "moves",
            "@keyframes k { to { opacity: .5 } } h1::after { content: '.'; animation: k 2s }",
        ),
    )

    def look(self, bench: Bench, pages: Sequence[SitePage]) -> Iterator[Finding]:
        with bench.window(DESKTOP, java_script_enabled=False, reduced_motion="reduce") as context:
            for page in pages:
                tab = open_page(context, page)
                for check, what in tab.evaluate(script("motion.js")):
                    yield Finding(check, str(page), what)
                tab.close()


class ForcedColours(Gate):
    name = "forced colours"
    needs = ("browser",)
    controls: Sequence[Bad] = (
        restyled("text", ".card { forced-color-adjust: none; color: #888; background: #999 }"),
        restyled("edge", ".button { background: #060; color: #fff; padding: 1rem }", body=_BUTTON),
        restyled("ring", "a:focus-visible { outline: 0; box-shadow: 0 0 0 3px red }"),
    )

    def look(self, bench: Bench, pages: Sequence[SitePage]) -> Iterator[Finding]:
        for scheme in ("light", "dark"):
            options = {"java_script_enabled": False, "color_scheme": scheme}
            with bench.window(DESKTOP, forced_colors="active", **options) as context:
                for page in pages:
                    tab = open_page(context, page)
                    found = [tuple(each) for each in tab.evaluate(script("forced.js"))]
                    # The ring is the same line in both.
                    for stop in walk(tab) if scheme == "light" else ():
                        found += [each for each in judge_stop(stop) if each[0] == "ring"]
                    for check, what in found:
                        yield Finding(check, str(page), what, scheme)
                    tab.close()
