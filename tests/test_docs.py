"""The documentation names every command, option and setting, and nothing that is not there."""

import argparse
import json
import re
from importlib import import_module
from pathlib import Path

import pytest
from django.core.management import get_commands, load_command_class

from handpress import cli
from handpress.cli.founding import _parser as init_parser
from handpress.conf.declaring import Declared
from handpress.conf.schema import ALL_SETTINGS, LISTS, TABLES, declared_settings
from handpress.lib.commands import Verb

DOCS = Path(__file__).parent.parent / "docs"
COMMANDS = (DOCS / "commands.md").read_text(encoding="utf-8")
SETTINGS = (DOCS / "settings.md").read_text(encoding="utf-8")

LISTED = [each for table in LISTS for each in declared_settings(table)]

# Told once for all verbs.
COMMON_OPTIONS = {"--help", "--traceback", "--newsroom"}


def section(verb: str) -> str:
    """Return what docs/commands.md says about a verb."""
    found = re.search(rf"^## handpress {verb}\b.*?(?=^## |\Z)", COMMANDS, re.DOTALL | re.MULTILINE)
    assert found, f"docs/commands.md has no section “handpress {verb}”"
    return found[0]


def parser_of(verb: str) -> argparse.ArgumentParser:
    if verb == "init":
        return init_parser()
    command = load_command_class(get_commands()[verb], verb)
    parser: argparse.ArgumentParser = command.create_parser("handpress", verb)
    return parser


def options_of(verb: str) -> set[str]:
    shown = [each for each in parser_of(verb)._actions if each.help != argparse.SUPPRESS]
    long = {option for each in shown for option in each.option_strings if option[:2] == "--"}
    return long - COMMON_OPTIONS


@pytest.mark.parametrize("verb", cli.VERBS)
def test_every_verb_has_a_section(verb: str) -> None:
    assert section(verb)


def test_no_section_is_about_a_verb_that_is_not() -> None:
    assert re.findall(r"^## handpress (\w+)", COMMANDS, re.MULTILINE) == list(cli.VERBS)


@pytest.mark.parametrize("verb", [verb for verb in cli.VERBS if verb != "manage"])
def test_every_option_is_named_and_no_other(verb: str) -> None:
    named = set(re.findall(r"^\| `(--[\w-]+)` \|", section(verb), re.MULTILINE))
    assert named == options_of(verb)


def test_every_command_of_our_own_is_named() -> None:
    for name, app in get_commands().items():
        if str(app).startswith("handpress."):
            assert f"handpress {name}" in COMMANDS or f"handpress manage {name}" in COMMANDS


def test_every_command_of_our_own_behaves_like_the_others() -> None:
    for name, app in get_commands().items():
        if str(app).startswith("handpress."):
            module = import_module(f"{app}.management.commands.{name}")
            assert issubclass(module.Command, Verb), name
            assert module.Command.help


def test_every_exit_status_is_explained() -> None:
    for status in (cli.DONE, cli.FAILED, cli.MISUSED, cli.INTERRUPTED, cli.PIPE_CLOSED):
        assert f"\n| {status} | " in COMMANDS


def row_of(declared: Declared) -> tuple[list[str], str, str]:
    """Return the variables, the default and the words that docs/settings.md gives a setting."""
    found = re.search(rf"^\| `{re.escape(declared.name)}` \|.*$", SETTINGS, re.MULTILINE)
    assert found, f"docs/settings.md does not name {declared.name}"
    _, _, variables, default, words, _ = found[0].split("|")
    return re.findall(r"`(\w+)`", variables), default.strip(), words.strip()


def variables_of(declared: Declared, variable: str) -> list[str]:
    return [variable, f"{variable}_FILE"] if declared.kind.is_secret else [variable]


@pytest.mark.parametrize("declared", ALL_SETTINGS, ids=lambda declared: declared.name)
def test_every_setting_is_named_with_its_variable_and_default(declared: Declared) -> None:
    variables, default, words = row_of(declared)
    assert variables == variables_of(declared, declared.variable)
    assert default == f"`{json.dumps(declared.default)}`"
    assert words


@pytest.mark.parametrize("declared", LISTED, ids=lambda declared: declared.name)
def test_every_setting_of_a_list_is_named_too(declared: Declared) -> None:
    variables, default, words = row_of(declared)
    expected = variables_of(declared, declared.variable_of("NAME"))
    assert variables == ([] if declared.key == "name" else expected)
    assert default == f"`{json.dumps(declared.default)}`"
    assert words


def test_no_setting_is_named_that_is_not() -> None:
    named = re.findall(r"^\| `([\w.]+)` \|", SETTINGS, re.MULTILINE)
    assert sorted(named) == sorted(declared.name for declared in (*ALL_SETTINGS, *LISTED))
    assert re.findall(r"^##+ \[([\w.]+)\]", SETTINGS, re.MULTILINE) == list(TABLES)
    assert re.findall(r"^##+ \[\[([\w.]+)\]\]", SETTINGS, re.MULTILINE) == list(LISTS)


def test_links_between_pages_lead_somewhere() -> None:
    for page in DOCS.rglob("*.md"):
        for target in re.findall(r"\]\(([^)#:]+)(?:#[^)]*)?\)", page.read_text(encoding="utf-8")):
            assert (page.parent / target).exists(), f"{page.name} leads to {target}"
