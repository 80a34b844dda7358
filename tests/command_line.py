"""`handpress` as its owner uses it: real processes on a newsroom folder."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

# Progress is told at every step, so that a test can wait for one.
_CHATTY = """
import sys
from handpress.cli import main
from handpress.lib import progress
progress.QUIET_S = progress.LINE_EVERY_S = 0.0
sys.exit(main())
"""


class CommandLine:
    """One newsroom and the command that acts on it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.environ = {**os.environ, "HANDPRESS_NEWSROOM": str(folder)}

    def run(self, *words: str | Path, status: int = 0) -> subprocess.CompletedProcess[str]:
        """Run a verb to its end, which must be the one that is expected."""
        command = [sys.executable, "-m", "handpress", *map(str, words)]
        done = subprocess.run(
            command, env=self.environ, capture_output=True, text=True, check=False
        )
        assert done.returncode == status, done.stderr
        return done

    def account(self, *words: str | Path, status: int = 0) -> Any:
        """Run a verb with --json; return the one object that it prints."""
        return json.loads(self.run(*words, "--json", status=status).stdout)

    def start_chatty(self, *words: str | Path) -> subprocess.Popen[str]:
        """Start a verb that tells every step on stderr."""
        return subprocess.Popen(
            [sys.executable, "-c", _CHATTY, *map(str, words)],
            env=self.environ,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            text=True,
        )

    def ask(self, code: str) -> Any:
        """Run Python in the newsroom; return what it prints, read as JSON."""
        done = self.run("manage", "shell", "--no-imports", "-c", f"import json\n{code}")
        return json.loads(done.stdout)

    def files(self) -> dict[str, bytes]:
        """Return every page and picture of the site, without compressed copies."""
        site = self.folder / "site"
        return {
            str(path.relative_to(site)): path.read_bytes()
            for path in sorted(site.rglob("*"))
            if path.is_file() and ".press" not in path.parts and path.suffix not in {".br", ".gz"}
        }
