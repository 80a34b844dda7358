"""`handpress theme`: what the site looks like; new, list, check."""

from __future__ import annotations

from argparse import ArgumentParser
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand
from django.db import Error

from handpress.desk.theming.check import check_files, check_rows
from handpress.desk.theming.starter import StarterError, begin_theme
from handpress.lib.commands import Verb
from handpress.lib.findings import Finding, is_failure, render_findings
from handpress.press.theme_files import SHIPPED, ThemeFiles, known_themes
from handpress.press.theme_reading import read_theme

_STEPS = ("new", "list", "check")
_DONE, _FAILED, _MISUSED = 0, 1, 2


class Command(Verb, BaseCommand):
    """Begins a theme, lists those there are, and goes through one."""

    help = (
        "Begin a theme of your own (new NAME), list those there are (list), or go through one as "
        "readers, machines and translators would (check [NAME], else the one in use)."
    )
    has_json = True

    def add_options(self, parser: ArgumentParser) -> None:
        parser.add_argument("step", choices=_STEPS, help="what to do")
        parser.add_argument("name", nargs="?", default="", help="the theme: its folder's name")
        parser.add_argument("--based-on", default="", help="new: the theme it is to follow")

    def run(self, options: dict[str, Any]) -> int:
        step, name, based_on = options["step"], options["name"], options["based_on"]
        if based_on and step != "new":
            self.say("--based-on goes with `handpress theme new NAME`.")
            return _MISUSED
        if step == "list":
            return self._list()
        if step == "check":
            return self._check(name or settings.HANDPRESS.press.theme)
        if not name:
            self.say("What shall it be called? handpress theme new NAME")
            return _MISUSED
        return self._new(name, based_on or settings.HANDPRESS.press.theme)

    def _new(self, name: str, based_on: str) -> int:
        try:
            files = begin_theme(name, based_on=based_on, themes=_themes())
        except StarterError as refusal:
            self.say(f"{refusal} Nothing was changed.")
            return _FAILED
        lines = "\n".join(f"  {file}" for file in files)
        data = {"name": name, "based_on": based_on, "files": list(map(str, files))}
        self.print_result(lines, data)
        self.say(
            f"Change them, look with `handpress theme check {name}`, and print with "
            f'theme = "{name}" under [press] in handpress.toml. docs/theme.md tells the rest.'
        )
        return _DONE

    def _list(self) -> int:
        themes = [_facts(name, folder) for name, folder in known_themes(_themes()).items()]
        self.print_result("\n".join(map(_line, themes)), themes)
        return _DONE

    def _check(self, name: str) -> int:
        files = read_theme(name, _themes())
        findings = list(check_files(files))
        if not is_failure(findings):
            findings += _of_newsroom(files)
        self.stdout.write(f"{render_findings(findings, as_json=self.wants_json)}\n")
        return _FAILED if is_failure(findings) else _DONE


def _of_newsroom(files: ThemeFiles) -> Iterator[Finding]:
    try:
        yield from check_rows(files)
    except Error as error:
        what = f"the newsroom's own pages could not be tried ({error})."
        yield Finding("newsroom", "warn", what, "`handpress doctor` looks for the cause.")


def _themes() -> Path:
    folder: Path = settings.HANDPRESS.themes_folder
    return folder


def _facts(name: str, folder: Path) -> dict[str, Any]:
    files = read_theme(name, _themes())
    first = files.layers[0] if files.layers else None
    return {
        "name": name,
        "title": first.title if first else "",
        "about": first.about if first else "",
        "based_on": [layer.name for layer in files.layers[1:]],
        "comes_along": folder.parent == SHIPPED,
        "in_use": name == settings.HANDPRESS.press.theme,
        "faults": [str(fault) for fault in files.reading_faults],
    }


def _line(theme: dict[str, Any]) -> str:
    mark = "*" if theme["in_use"] else " "
    origin = "comes along" if theme["comes_along"] else "your own"
    based = ", ".join(theme["based_on"])
    words = f"{mark} {theme['name']:<20} {origin:<12} {f'based on {based}; ' if based else ''}"
    words += ": ".join(filter(None, (theme["title"], theme["about"])))
    return "\n".join([words.rstrip(" ;"), *(f"    {fault}" for fault in theme["faults"])])
