"""The content security policy of every page, as header and as <meta>, by Google's CSP Evaluator."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence

from bs4 import BeautifulSoup

from gates.bad import POLICY, good_page
from gates.bench import HERE, Bench, ask
from gates.gate import Bad, Finding, Gate
from gates.pages import SitePage
from gates.tools import packages_of_node

_HEADER = "Content-Security-Policy"
_GOOD = f"{POLICY}; frame-ancestors 'none'"


def _with_header(check: str, policy: str) -> Bad:
    return Bad(check, good_page(), headers=((_HEADER, policy),))


class Policy(Gate):
    name = "CSP evaluator"
    needs = ("node", "packages")
    controls: Sequence[Bad] = (
        Bad("no header", good_page()),
        _with_header("header", "script-src 'self' 'unsafe-inline'; object-src 'none'"),
        _with_header("header", "default-src https:"),
        _with_header("header", "object-src 'none'; script-src 'none'; base-ur 'none'"),
        Bad(
            "meta",
            good_page(policy=POLICY.replace("default-src 'none'", "default-src *")),
            headers=((_HEADER, _GOOD),),
        ),
        _with_header("differ", f"{POLICY}; media-src *; frame-ancestors 'none'"),
    )

    def reads(self, page: SitePage) -> bool:
        return page.is_html or page.suffix == "svg"

    def look(self, bench: Bench, pages: Sequence[SitePage]) -> Iterator[Finding]:
        asked: list[tuple[SitePage, str, str]] = []
        for page in pages:
            header = ask(page.url).headers.get(_HEADER.lower(), "")
            meta = _meta(page)
            if not header:
                yield Finding("no header", str(page), "is served without a policy")
                continue
            asked.append((page, "header", header))
            # A page that has moved is not sent as a page.
            if meta and page.mark != "moved":
                asked.append((page, "meta", meta))
                if _directives(header) != _directives(meta) | {"frame-ancestors": "'none'"}:
                    yield Finding("differ", str(page), f"header {header}, but meta {meta}")
        for (page, where, policy), found in zip(asked, _evaluate(bench, asked), strict=True):
            for what in found:
                yield Finding(where, str(page), f"{what} in {policy}")


def _meta(page: SitePage) -> str:
    tag = BeautifulSoup(page.text, "html.parser").find("meta", {"http-equiv": _HEADER})
    return str(tag["content"]) if tag else ""


def _directives(policy: str) -> dict[str, str]:
    parts = (part.split(maxsplit=1) for part in policy.split(";") if part.strip())
    return {name: rest[0] if rest else "" for name, *rest in parts}


def _evaluate(bench: Bench, asked: Sequence[tuple[SitePage, str, str]]) -> list[list[str]]:
    given = json.dumps([policy for _, _, policy in asked])
    driver = HERE / "js" / "policy.mjs"
    done = bench.run(bench.tools["node"], driver, packages_of_node(), given=given)
    answer: list[list[str]] = json.loads(done.stdout)
    return answer
