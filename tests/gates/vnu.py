"""The Nu HTML checker: every page, style sheet and drawing of the sites, not only a few."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator, Sequence
from pathlib import Path

from gates.bad import STYLE, good_page, spoilt
from gates.bench import Bench
from gates.gate import Bad, Finding, Gate
from gates.pages import SitePage
from gates.tools import packages_of_node

_READS = {"html": "page", "css": "style", "svg": "drawing"}
_LONGEST_QUOTE = 70

# A file has no origin, so that 'self' allows nothing to it; `requests_made` asks a browser.
_OF_FILES = "Resource violates Content Security Policy (meta tag)"


def _page(content: str, says: str) -> Bad:
    return Bad("page", content, says=says)


class Nu(Gate):
    """Errors and warnings both count; what is let pass is named in allowed.toml."""

    name = "Nu HTML checker"
    needs = ("java", "packages")
    controls: Sequence[Bad] = (
        _page(good_page(body="<p><div>x</div></p>"), "No “p” element in scope"),
        _page(spoilt("<title>A page with nothing wrong</title>", ""), "“title”"),
        _page(good_page(body='<img src="icon.svg">'), "“alt” attribute"),
        _page(good_page(body='<p align="left">x</p>'), "“align” attribute"),
        _page(good_page(body='<label for="none">x</label>'), "“for” attribute"),
        Bad("style", STYLE + "p { colour: red }", "bad.css", says="“colour”"),
        Bad("style", STYLE + "p { color: redd }", "bad.css", says="“redd”"),
        Bad("drawing", "<svg xmlns='http://www.w3.org/2000/svg'><p>x</p></svg>", "bad.svg"),
    )

    def reads(self, page: SitePage) -> bool:
        return page.suffix in _READS

    def look(self, bench: Bench, pages: Sequence[SitePage]) -> Iterator[Finding]:
        folder = bench.folder / "nu"
        shutil.rmtree(folder, ignore_errors=True)
        names = {_put(folder, number, page): page for number, page in enumerate(pages)}
        jar = packages_of_node() / "vnu-jar" / "build" / "dist" / "vnu.jar"
        options = "--format json --stdout --also-check-css --also-check-svg --exit-zero-always"
        command = [bench.tools["java"], "-Xss8m", "-jar", str(jar), *options.split(), str(folder)]
        done = bench.run(*command)
        for message in json.loads(done.stdout)["messages"]:
            if message["message"].startswith(_OF_FILES):
                continue
            page = names[Path(message["url"].removeprefix("file:")).name]
            yield Finding(_READS.get(page.suffix, "page"), str(page), _say(message))


def _put(folder: Path, number: int, page: SitePage) -> str:
    folder.mkdir(exist_ok=True)
    # Pages of the desk have no suffix.
    name = f"{number}.{page.suffix if page.suffix in _READS else 'html'}"
    (folder / name).write_bytes(page.content)
    return name


def _say(message: dict[str, str]) -> str:
    kind = message.get("subType") or message["type"]
    quote = " ".join(message.get("extract", "").split())[-_LONGEST_QUOTE:]
    return f"{kind}: {message['message']} … {quote}"
