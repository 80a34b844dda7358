"""Hugo's site is written so that Hugo can read it; the benchmark sees that it prints the same."""

from __future__ import annotations

import sys
import tomllib
from importlib import import_module
from pathlib import Path

import pytest

BENCH = Path(__file__).resolve().parent.parent.parent / "bench"


def test_the_settings_can_be_read_and_the_theme_is_this_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.syspath_prepend(str(BENCH))
    hugo_site, corpus = import_module("hugo_site"), import_module("corpus")
    for name in ("hugo_site", "corpus"):
        monkeypatch.delitem(sys.modules, name)

    hugo_site.write_site(tmp_path / "site", corpus.Corpus(5, 1), *hugo_site.theme_files())

    params = tomllib.loads((tmp_path / "site" / "hugo.toml").read_text("utf-8"))["params"]
    for called in ("css", "forms", "icon"):
        assert (tmp_path / "site" / "static" / params[called]).is_file()
    layouts = tmp_path / "site" / "layouts"
    alone = [path.stem for path in (tmp_path / "site" / "content").glob("[a-z]*.html")]
    assert alone
    assert all((layouts / f"{name}.html").is_file() for name in alone)
