"""Themes of a newsroom's own, written as text."""

from __future__ import annotations

from pathlib import Path

FACTS = 'based_on = "{based_on}"\n'


def write_theme(
    themes: Path, name: str, files: dict[str, str] | None = None, *, based_on: str = "broadsheet"
) -> Path:
    """Make a theme's folder; ``files`` are texts by their path below it."""
    folder = themes / name
    (folder / "static").mkdir(parents=True, exist_ok=True)
    (folder / "theme.toml").write_text(FACTS.format(based_on=based_on) if based_on else "")
    for path, text in (files or {}).items():
        file = folder / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, "utf-8")
    return folder
