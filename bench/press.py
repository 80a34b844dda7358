"""The full press against Hugo on the same corpus, in turns: `python bench/press.py --sizes 10000`.

Each run is a whole process looked at from outside, into a folder that does not exist before. The
newsroom is copied for each run, so that every press is its first. Nothing is removed until the
end: a file system that has just lost many files makes new ones slowly, which would fall on
whoever runs next. What the files alone cost (`bare.py`) is measured in the same round: no press
that writes them can cost less.
"""

from __future__ import annotations

import argparse
import os
import shutil
import sys
import tempfile
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median

import bare
import compare
import hugo_site
import load
import measure
from corpus import SEED, Corpus, digest_of

SMALL = 300
CPU_TARGET = 1 / 3
MEMORY_TARGET = 1 / 5
TARGETS_FROM = 100_000
ROUNDS = {True: 3, False: 2}
"""Rounds below TARGETS_FROM articles, and from there on."""


@dataclass(frozen=True, slots=True)
class Sides:
    """One corpus, ready for both sides."""

    size: int
    newsroom: Path
    hugo: Path


@dataclass(slots=True)
class Result:
    """What the runs on one corpus took, in order."""

    size: int
    hugo: list[measure.Cost] = field(default_factory=list)
    handpress: list[measure.Cost] = field(default_factory=list)
    bare: list[measure.Cost] = field(default_factory=list)
    hugo_output: measure.Output | None = None
    output: measure.Output | None = None


def prepare(folder: Path, size: int, *, seed: int = SEED) -> Sides:
    """Make newsroom and Hugo site of one size, unless they are there from an earlier call."""
    sides = Sides(size, folder / f"newsroom-{size}", folder / f"hugo-{size}")
    if not sides.newsroom.exists():
        say(f"Loading {size:,} articles into a newsroom")
        load.start(sides.newsroom, size, seed=seed)
    if not sides.hugo.exists():
        say(f"Writing {size:,} articles as Hugo's content")
        hugo_site.write_site(sides.hugo, Corpus(size, seed), *hugo_site.theme_files())
    return sides


def run_pairs(folder: Path, sides: Sides, *, rounds: int) -> Result:
    """Run both in turns; the last Handpress newsroom stays pressed."""
    result = Result(sides.size)
    for number in range(1, rounds + 1):
        newsroom, out = outputs(folder, sides.size, number)
        cost = run_hugo(sides.hugo, out)
        result.hugo.append(cost)
        say(f"{sides.size:,} round {number}: Hugo {told(cost)}; {measure.load_of_machine()}")
        shutil.copytree(sides.newsroom, newsroom)
        cost = run_press(newsroom)
        result.handpress.append(cost)
        say(f"{sides.size:,} round {number}: Handpress {told(cost)}; {measure.load_of_machine()}")
        cost = run_bare(newsroom / "site", folder / f"bare-{sides.size}-{number}")
        result.bare.append(cost)
        say(f"{sides.size:,} round {number}: files alone {told(cost)}")
        if number == 1:
            result.hugo_output = measure.weigh(out)
            result.output = measure.weigh(newsroom / "site")
    return result


def measure_size(folder: Path, size: int, rounds: int | None) -> Result:
    """Run as many pairs of one size as were asked for, or as many as it deserves."""
    return run_pairs(folder, prepare(folder, size), rounds=rounds or ROUNDS[size < TARGETS_FROM])


def outputs(folder: Path, size: int, number: int) -> tuple[Path, Path]:
    """Return the newsroom that a round presses, and the folder that Hugo builds into."""
    return folder / f"newsroom-{size}-run-{number}", folder / f"hugo-{size}-out-{number}"


def run_hugo(site: Path, out: Path) -> measure.Cost:
    """Build a Hugo site into ``out``."""
    program = hugo_site.find_hugo()
    assert program is not None
    os.sync()
    command = [program, "--quiet", "--source", str(site), "--destination", str(out)]
    return measure.run(command)


def run_press(newsroom: Path, *options: str) -> measure.Cost:
    """Press a newsroom with the command that everybody uses."""
    os.sync()
    verb = ["press", *(options or ("--all", "--no-compress"))]
    return measure.run([sys.executable, "-m", "handpress", "--newsroom", str(newsroom), *verb])


def run_bare(site: Path, copy: Path) -> measure.Cost:
    """Write the files of a pressed site again, with nothing else to do."""
    listed = copy.with_suffix(".txt")
    bare.list_files(site, listed)
    os.sync()
    return measure.run([sys.executable, "-SE", bare.__file__, str(listed), str(copy)])


def check_sameness(folder: Path) -> int:
    """Press a small corpus on both sides and compare what they print; return how many pages."""
    sides = prepare(folder, SMALL)
    result = run_pairs(folder, sides, rounds=1)
    assert result.output is not None
    newsroom, out = outputs(folder, SMALL, 1)
    compared, found = compare.differences(newsroom / "site", out)
    if found:
        raise SystemExit("The two sides do not print the same:\n" + "\n".join(found[:20]))
    return compared


def print_identity(sizes: list[int], *, seed: int = SEED) -> None:
    """Print what the corpora are."""
    print("\n| articles | corpus | sha256 | packs to |\n| --- | --- | --- | --- |")
    for size in sizes:
        sha256, total, ratio = digest_of(Corpus(size, seed))
        print(f"| {size:,} | {total / 1e6:,.1f} MB | {sha256[:16]}… | 1/{ratio:.2f} |")


def print_table(results: list[Result]) -> None:
    """Print medians, ratios and what was written."""
    print(
        "\n| articles | | CPU | wall | largest process | all processes | files | bytes |\n"
        "| --- | --- | --- | --- | --- | --- | --- | --- |"
    )
    for result in results:
        for name, runs, output in (
            ("Hugo", result.hugo, result.hugo_output),
            ("Handpress", result.handpress, result.output),
            ("its files alone", result.bare, result.output),
        ):
            assert output is not None
            print(
                f"| {result.size:,} | {name} | {_median(runs, 'cpu_s'):.1f} s "
                f"| {_median(runs, 'wall_s'):.1f} s | {_median(runs, 'largest_mb'):,.0f} MB "
                f"| {_median(runs, 'tree_mb'):,.0f} MB | {output.files:,} "
                f"| {output.bytes / 1e6:,.1f} MB |"
            )
        print(
            f"| {result.size:,} | ratio | {_ratio(result, 'cpu_s'):.2f} "
            f"| {_ratio(result, 'wall_s'):.2f} | {_ratio(result, 'largest_mb'):.3f} "
            f"| {_ratio(result, 'tree_mb'):.3f} | | |"
        )
        print(
            f"| {result.size:,} | ratio of the files alone "
            f"| {_ratio(result, 'cpu_s', result.bare):.2f} "
            f"| {_ratio(result, 'wall_s', result.bare):.2f} | | | | |"
        )
    for result in results:
        if result.size >= TARGETS_FROM:
            _print_verdict("CPU", _ratio(result, "cpu_s"), CPU_TARGET, result.size)
            _print_verdict("memory", _ratio(result, "tree_mb"), MEMORY_TARGET, result.size)


def _print_verdict(what: str, ratio: float, target: float, size: int) -> None:
    word = "reached" if ratio <= target else "MISSED"
    print(f"\n{what} at {size:,}: {ratio:.3f} of Hugo's, to be at most {target:.3f}: {word}")


def _median(runs: list[measure.Cost], name: str) -> float:
    return median(getattr(run, name) for run in runs)


def _ratio(result: Result, name: str, ours: list[measure.Cost] | None = None) -> float:
    """Return the median of the ratios of the pairs."""
    pairs = zip(ours or result.handpress, result.hugo, strict=True)
    return median(getattr(ours, name) / getattr(theirs, name) for ours, theirs in pairs)


def told(cost: measure.Cost) -> str:
    """Return a cost in words."""
    return (
        f"CPU {cost.cpu_s:.2f} s, wall {cost.wall_s:.1f} s, "
        f"{cost.largest_mb:,.0f} MB in one process, {cost.tree_mb:,.0f} MB in all"
    )


def say(text: str) -> None:
    """Tell how far the work is."""
    print(text, file=sys.stderr, flush=True)


def main() -> int:
    """Run the pairs and print the table."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--sizes", type=int, nargs="+", default=[10_000])
    parser.add_argument("--rounds", type=int, help="pairs per size (default: 3, 2 from 100,000)")
    parser.add_argument("--folder", type=Path, help="work here and leave everything in place")
    options = parser.parse_args()
    if hugo_site.find_hugo() is None:
        print("SKIPPED: bench/press.py needs Hugo (`make bench` installs it).")
        return 0
    with tempfile.TemporaryDirectory(prefix="handpress-bench-") as scratch:
        folder = (options.folder or Path(scratch)).resolve()
        folder.mkdir(parents=True, exist_ok=True)
        compared = check_sameness(folder)
        print(f"{compared} pages of {SMALL} articles read the same on both sides.")
        results = [measure_size(folder, size, options.rounds) for size in options.sizes]
        print_identity(options.sizes)
        print_table(results)
    return 0


if __name__ == "__main__":
    sys.exit(main())
