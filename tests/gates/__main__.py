"""`make check-site`: prove the pressed site and the desk accessible, valid and light.

Exit 0 when nothing was found and every control was caught, 1 otherwise, 2 when misused.
"""

from __future__ import annotations

import argparse
import shutil
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from gates import report, shots
from gates.all_gates import CLOCK, GATES, LANES
from gates.bad import BadSite, serving_controls
from gates.bench import Bench
from gates.gate import Allowance, Gate, Outcome, read_allowances
from gates.outlets import Outlet, serving_outlets
from gates.pages import choose
from gates.run import faults_of_the_run, run_gates
from gates.tools import find_tools, lock_packages_of_node
from handpress.lib.progress import Progress, progress

PICTURES = Path(tempfile.gettempdir()) / "handpress-check-site"
"""Where the pictures of the last run lie, unless DIR is named."""


def main(arguments: list[str]) -> int:
    """Run what the command line asks for; return the exit status."""
    options = _parser().parse_args(arguments)
    if options.lock:
        return lock_packages_of_node()
    names = {gate.name: gate for gate in GATES}
    if unknown := set(options.gate) - set(names):
        there_are = "\n  ".join(names)
        print(f"No gate is called {', '.join(unknown)}. There are:\n  {there_are}", file=sys.stderr)
        return 2
    gates = [names[name] for name in options.gate] or list(GATES)
    with tempfile.TemporaryDirectory(prefix="handpress-check-site-") as temporary:
        folder = options.keep.resolve() if options.keep else Path(temporary)
        return _Run(folder, options.keep or PICTURES, gates).go(shows_all=options.all)


class _Run:
    """One run over its folders."""

    def __init__(self, folder: Path, keep: Path, gates: Sequence[Gate]) -> None:
        self.folder = folder
        self.pictures = keep / "pictures"
        self.gates = gates
        self.is_whole = len(gates) == len(GATES)
        self.notes: list[str] = []
        self.bench: Callable[[], Bench]

    def go(self, *, shows_all: bool) -> int:
        """Look, tell, and return the exit status."""
        began = time.monotonic()
        tools, allowances = find_tools(), read_allowances()
        newsrooms, work = (self._fresh(name) for name in ("newsrooms", "work"))
        self._say("Making, pressing and serving three newsrooms ...")
        with serving_outlets(newsrooms) as outlets, serving_controls() as controls:
            self.bench = lambda: Bench(tools, outlets, work)
            outcomes = self._look(controls, allowances)
            faults = faults_of_the_run(outlets, outcomes, allowances) if self.is_whole else []
            if self.is_whole and "browser" not in tools.missing:
                self._shoot(outlets)
            # Told before the servers end, which raises where one of them failed meanwhile.
            most = None if shows_all else report.MOST_SHOWN
            for line in report.closing_report(outcomes, self.notes, faults, most=most):
                print(line, flush=True)
        print(f"\n{time.monotonic() - began:.0f} seconds.")
        print(report.closing_line(outcomes, faults))
        return 1 if faults or any(outcome.has_failed for outcome in outcomes) else 0

    def _fresh(self, name: str) -> Path:
        folder = self.folder / name
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(parents=True)
        return folder

    def _look(self, controls: BadSite, allowances: Sequence[Allowance]) -> list[Outcome]:
        """Go through the gates, two lanes of them side by side."""
        outcomes: dict[str, Outcome] = {}

        def go_through(lane: Sequence[Gate]) -> None:
            # A browser belongs to the thread that started it.
            bench = self.bench()
            chosen = [gate for gate in lane if gate in self.gates]
            try:
                for outcome in run_gates(bench, controls, chosen, allowances):
                    outcomes[outcome.gate] = outcome
                    work.update()
            finally:
                self.notes += bench.notes
                bench.close()

        work: Progress[None] = progress(len(self.gates), "Gates")
        with work, ThreadPoolExecutor() as pool:
            for future in [pool.submit(go_through, lane) for lane in LANES]:
                future.result()
            pool.submit(go_through, CLOCK).result()
        return [outcomes[gate.name] for gate in self.gates]

    def _shoot(self, outlets: Sequence[Outlet]) -> None:
        shutil.rmtree(self.pictures, ignore_errors=True)
        pages = shots.one_of_each(choose(page for one in outlets for page in one.pages))
        bench = self.bench()
        try:
            with progress(shots.count(pages), "Pictures") as work:
                shots.shoot(bench, pages, self.pictures, notify=work.update)
        finally:
            bench.close()
        self.notes.append(f"Pictures of every page kind: {self.pictures}/index.html")

    def _say(self, words: str) -> None:
        print(words, file=sys.stderr, flush=True)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="make check-site", description=(__doc__ or "").partition("\n")[0]
    )
    parser.add_argument(
        "--keep", type=Path, metavar="DIR", help="leave newsrooms and pictures of the pages in DIR"
    )
    parser.add_argument(
        "--gate", action="append", default=[], metavar="NAME", help="go through this one alone"
    )
    parser.add_argument("--all", action="store_true", help="show every finding, not the first few")
    parser.add_argument(
        "--lock", action="store_true", help="pin what requirements/node/package.json asks for"
    )
    return parser


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
