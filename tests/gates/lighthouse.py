"""Lighthouse, as on a phone on a slow line: two pages, performance by the median of five runs."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from statistics import median
from typing import Any

from gates.bad import good_page
from gates.bench import ALONE, HERE, Bench
from gates.gate import Bad, Finding, Gate
from gates.pages import SitePage
from gates.tools import packages_of_node

RUNS = 5
LEAST_PERFORMANCE = 0.95
KINDS = ("topic", "article")
OUTLET = "demo"
_ALL = ("accessibility", "best-practices", "seo")
_ANYTHING = "default-src * 'unsafe-inline'"
_SHY = '<meta name="robots" content="noindex">'
_SLOW = "<script>for (const end = Date.now() + 3000; Date.now() < end;);</script>"
_POOR = (
    '<p style="color: #aaa">pale</p><img src="nowhere.png"><a href="#">click here</a>'
    '<script>document.write("<p>late</p>"); undefinedFunction()</script>'
)


class Lighthouse(Gate):
    name = "Lighthouse"
    needs = ("browser", "node", "packages")
    controls: Sequence[Bad] = (
        Bad("performance", good_page(head=_SLOW, policy=_ANYTHING)),
        # Poor in all that it asks for beside speed; looked at once.
        *(Bad(check, good_page(head=_SHY, body=_POOR, policy=_ANYTHING)) for check in _ALL),
    )

    def reads(self, page: SitePage) -> bool:
        return page.outlet == OUTLET and page.kind in KINDS and page.is_html and not page.mark

    def look(self, bench: Bench, pages: Sequence[SitePage]) -> Iterator[Finding]:
        groups = _group(pages)
        heaviest = [max(group, key=lambda page: len(page.content)) for group in groups]
        for group, page, result in zip(groups, heaviest, _run(bench, heaviest), strict=True):
            bench.note(f"Lighthouse, {page}: {_line(result)}")
            for check, what in _judge(result):
                yield from (
                    Finding(check, str(one), what)
                    for one in (group if page.kind == "control" else [page])
                )


def _group(pages: Sequence[SitePage]) -> list[list[SitePage]]:
    """Group the pages of which only one is looked at: of one kind and outlet, or all the same."""
    groups: dict[tuple[object, ...], list[SitePage]] = {}
    for page in pages:
        key = (page.content,) if page.kind == "control" else (page.outlet, page.kind)
        groups.setdefault(key, []).append(page)
    return list(groups.values())


def _judge(result: dict[str, Any]) -> Iterator[tuple[str, str]]:
    if result["error"]:
        yield "no answer", result["error"]
        return
    for category in _ALL:
        score = result["scores"][category]
        if (score or 0) < 1:
            yield category, f"{_percent(score)}: {'; '.join(result['losses'][category])}"
    middle = median(result["performance"])
    if middle < LEAST_PERFORMANCE:
        runs = ", ".join(map(_percent, result["performance"]))
        losses = "; ".join(result["losses"]["performance"])
        yield "performance", f"{_percent(middle)} of {runs}: {losses}"


def _run(bench: Bench, pages: Sequence[SitePage]) -> list[dict[str, Any]]:
    asked = [{"url": page.url, "runs": 1 if page.kind == "control" else RUNS} for page in pages]
    job = {"browser": bench.tools["browser"], "flags": list(ALONE), "pages": asked}
    driver = HERE / "js" / "lighthouse.mjs"
    done = bench.run(bench.tools["node"], driver, packages_of_node(), given=json.dumps(job))
    if done.returncode:
        raise RuntimeError(f"Lighthouse failed:\n{done.stderr[-2000:]}")
    results: list[dict[str, Any]] = json.loads(done.stdout)
    return results


def _percent(score: float | None) -> str:
    return f"{100 * (score or 0):.0f}"


def _line(result: dict[str, Any]) -> str:
    runs = "/".join(map(_percent, result["performance"]))
    rest = " ".join(f"{name} {_percent(result['scores'][name])}" for name in _ALL)
    figures = ", ".join(f"{name} {value}" for name, value in result["figures"].items())
    return f"performance {runs}, {rest} ({figures})"
