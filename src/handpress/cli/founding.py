"""`handpress init`, and the newsroom that `handpress demo` needs."""

from __future__ import annotations

import os
import re
import sys
import tomllib
from argparse import ArgumentParser
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import handpress
from handpress import conf
from handpress.conf.founding import Founded, found_newsroom
from handpress.desk.demo_options import add_demo_options
from handpress.lib.commands import is_djangos

_OPTIONS = {
    "name": "newsroom.name",
    "tagline": "newsroom.tagline",
    "language": "newsroom.language",
    "time_zone": "newsroom.time_zone",
    "address": "newsroom.address",
    "database": "database.url",
}

_DEMO_FOLDER = "demo"
# What the demo newsroom is called and how one gives to it stands with its articles.
_DEMO_CONTENT = Path(handpress.__file__).parent / "desk" / "demo" / "newsroom.toml"
_DEMO_ADDRESS = "http://127.0.0.1:{port}/"
_DEMO_PORT = 8000
_ADDRESS_VARIABLE = "HANDPRESS_NEWSROOM_ADDRESS"


def init(named: str | None, rest: list[str]) -> int:
    """Make a newsroom or finish one that was begun; return the exit status."""
    options = vars(_parser().parse_args([*([named] if named else []), *rest]))
    folder = Path(options["dir"])
    values = {name: options[key] for key, name in _OPTIONS.items() if options[key] is not None}
    is_new = not (folder / conf.SETTINGS_FILE).exists()
    if is_new:
        values.setdefault("newsroom.name", _name_from(folder))
    founded, _ = found(folder, values)
    if values and not is_new:
        _say(f"{conf.SETTINGS_FILE} was there already: the options given here were not written.")
    _report(founded)
    return 0


def found(folder: Path, values: Mapping[str, Any]) -> tuple[Founded, conf.Settings]:
    """Make the newsroom's files and folders, then its tables and the desk's own files."""
    from handpress.cli import enter, run_django

    founded, settings = found_newsroom(folder, values, os.environ)
    enter(founded.folder)
    status = run_django("prepare", [])
    if status:
        raise SystemExit(status)
    return founded, settings


def found_demo(named: str | None, rest: list[str]) -> tuple[str, list[str]]:
    """Make the demo's newsroom if need be; return its folder and the arguments.

    The folder is DIR, or --newsroom's, or ./demo. Its address has the port that is asked for: a
    new one keeps both, for one that is there this holds as long as it is served. Ends the program
    (2) before anything is made where an argument is wrong.
    """
    parser = ArgumentParser(prog="handpress demo")
    add_demo_options(parser)
    options, others = parser.parse_known_args(rest)
    if unknown := [word for word in others if not is_djangos(word)]:
        parser.error(f"unrecognized arguments: {' '.join(unknown)}")
    folder = Path(options.dir or named or _DEMO_FOLDER)
    if options.port and (folder / conf.SETTINGS_FILE).exists():
        _lead_to(options.port, conf.load(folder, os.environ).newsroom.address)
    found(folder, _demo_values(options.port or _DEMO_PORT))
    return str(folder), rest


def _lead_to(port: int, address: str) -> None:
    """Let links lead to a port of this machine, where the newsroom's address is of this machine."""
    if re.fullmatch(_DEMO_ADDRESS.format(port=r"\d+"), address):
        os.environ.setdefault(_ADDRESS_VARIABLE, _DEMO_ADDRESS.format(port=port))


def _demo_values(port: int) -> dict[str, Any]:
    content = tomllib.loads(_DEMO_CONTENT.read_text(encoding="utf-8"))
    given = {f"newsroom.{key}": content[key] for key in ("name", "tagline", "language")}
    given["newsroom.address"] = _DEMO_ADDRESS.format(port=port)
    if port != _DEMO_PORT:
        given["server.port"] = port
    # One throw-away password is enough to look around.
    given["desk.second_factor"] = "offered"
    giving = content["giving"]
    given["giving.contact_email"] = giving["contact_email"]
    for way in ("bank", "cheque"):
        given |= {f"giving.{way}.{key}": value for key, value in giving[way].items()}
    return given


def _parser() -> ArgumentParser:
    parser = ArgumentParser(
        prog="handpress init",
        description="Make a newsroom in the folder DIR: commented settings, a secret key, folders "
        "and the database. Asks nothing. Run again, it finishes what is missing and leaves "
        "everything else as it is.",
    )
    parser.add_argument("dir", metavar="DIR", help="a new or empty folder, or a newsroom")
    parser.add_argument("--name", help="the outlet's name (else made from the folder's)")
    parser.add_argument("--tagline", help="one line under the name")
    parser.add_argument("--language", help="language of the site's own words, such as en or pt-BR")
    parser.add_argument("--time-zone", help="such as Europe/Lisbon")
    parser.add_argument("--address", help="the public site's address, such as https://example.org/")
    parser.add_argument("--database", metavar="URL", help="sqlite:///… or postgresql://…")
    return parser


def _name_from(folder: Path) -> str:
    words = folder.resolve().name.replace("-", " ").replace("_", " ").split()
    return " ".join(word[:1].upper() + word[1:] for word in words) or "Newsroom"


def _report(founded: Founded) -> None:
    if founded.made:
        print(f"Made in {founded.folder}: {', '.join(founded.made)}")
    if founded.kept:
        print(f"There already, left as it is: {', '.join(founded.kept)}")
    here = "" if founded.folder == Path.cwd() else f"  cd {founded.folder}\n"
    print(
        f"\nThe newsroom is ready. What to do next:\n\n{here}"
        f"  edit {conf.SETTINGS_FILE}                   name, address, how readers give\n"
        "  handpress user add E-MAIL --superuser a link with which you join the desk\n"
        "  handpress import PATH...              bring saved pages in\n"
        "  handpress serve                       site and desk on this machine\n"
        "  handpress doctor                      is everything as it should be?"
    )


def _say(text: str) -> None:
    print(text, file=sys.stderr)
