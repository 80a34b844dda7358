"""Giving: webhooks answered, books written and asked, companies compared, receipts made.

    python bench/giving.py                           SQLite, all of it, some minutes
    python bench/giving.py --postgresql              on a PostgreSQL server of its own, on the disk
    python bench/giving.py --only webhooks entries
    python bench/giving.py --postings 100000

Webhooks are signed by Stripe's own code and sent to a real `handpress serve`, background and all,
at a steady rate whether or not it keeps up; what it then asks, a company on this machine answers.
In turns with them the same bodies go to a view in the same server that stores one row. Entries are
written in turns with bare rows. Tables go to stdout as Markdown.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
from collections import Counter
from collections.abc import Sequence
from contextlib import ExitStack, nullcontext
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

HERE = Path(__file__).parent
sys.path.insert(0, str(HERE.parent / "tests"))

from giving_load import Hook, Watch, is_ready, send  # noqa: E402

from faults.cluster import Cluster  # noqa: E402
from newsrooms import make_newsroom  # noqa: E402
from servers import free_port, wait_until  # noqa: E402

PARTS = ("webhooks", "entries", "reconciling", "receipts", "million")
WARM_S = 3
WEB_PROCESSES = 2


class Bench:
    """A newsroom to give to."""

    def __init__(self, folder: Path, cluster: Cluster | None) -> None:
        self.folder = folder
        self.url = cluster.url("handpress") if cluster else "sqlite:///newsroom.sqlite3"
        if cluster:
            _psql(cluster, "CREATE DATABASE handpress")
            # The server of the tests forgets on purpose; this one must not.
            _psql(cluster, "ALTER DATABASE handpress SET synchronous_commit = on")
        self.newsroom = make_newsroom(folder / "newsroom", self.url)
        self.company_port = free_port()
        self.environment = {
            **os.environ,
            "HANDPRESS_NEWSROOM": str(self.newsroom),
            "DJANGO_SETTINGS_MODULE": "giving_peer.settings",
            "PYTHONPATH": os.pathsep.join([str(HERE), os.environ.get("PYTHONPATH", "")]),
            "BENCH_COMPANY": f"http://127.0.0.1:{self.company_port}",
        }
        self.part("prepare")

    def part(self, name: str, **order: Any) -> dict[str, Any]:
        """Run a part of the benchmark in a process of its own; return what it says."""
        print(f"{name} {order or ''}", file=sys.stderr)
        done = subprocess.run(
            [sys.executable, str(HERE / "giving_parts.py"), name, json.dumps(order)],
            env=self.environment,
            stdout=subprocess.PIPE,
            text=True,
            check=True,
        )
        answer: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
        return answer

    def start(self, stack: ExitStack, *command: str) -> Path:
        """Start a program that ends with the stack; return where it writes what it says."""
        log = self.folder / f"log-{len(list(self.folder.glob('log-*')))}"
        with log.open("w") as file:
            process = subprocess.Popen(
                [sys.executable, *command],
                env=self.environment,
                stdin=subprocess.DEVNULL,
                stdout=file,
                stderr=file,
            )
        stack.callback(process.wait)
        stack.callback(process.terminate)
        return log


def _psql(cluster: Cluster, statement: str) -> None:
    subprocess.run(["psql", "-q", cluster.url("postgres"), "-c", statement], check=True)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run what is asked for."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--only", nargs="+", choices=PARTS, default=PARTS, metavar="PART")
    parser.add_argument("--postgresql", action="store_true")
    parser.add_argument("--rate", type=int, default=50, help="webhooks a second")
    parser.add_argument("--seconds", type=int, default=20)
    parser.add_argument("--rounds", type=int, default=2)
    parser.add_argument("--postings", type=int, default=1_000_000)
    options = parser.parse_args(arguments)
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="handpress-bench-")))
        cluster = Cluster() if options.postgresql else None
        if cluster:
            stack.callback(cluster.remove)
        engine = "PostgreSQL" if cluster else "SQLite"
        print(f"{datetime.now(UTC):%Y-%m-%d}, {engine}, load {os.getloadavg()[0]:.1f}")
        bench = Bench(folder, cluster)
        for name in PARTS:
            if name in options.only:
                globals()[f"run_{name}"](bench, options)
        print(f"\nLoad at the end: {os.getloadavg()[0]:.1f}")
    return 0


def run_webhooks(bench: Bench, options: argparse.Namespace) -> None:
    """Send webhooks and the peer's rows, in turns, at a steady rate.

    First the company answers, so that the background asks and books meanwhile; then nobody does.
    """
    told = bench.part("rail")
    port = free_port()
    hook = Hook(port, f"/-/company/{told['hook']}", told["secret"])
    peer = Hook(port, "/-/peer", told["secret"])
    watch = Watch(bench.url, bench.newsroom)
    with ExitStack() as stack:
        serve = ("-m", "django", "serve", "--port", str(port), "--workers", str(WEB_PROCESSES))
        log = bench.start(stack, *serve)
        wait_until(lambda: "Serving at" in log.read_text())
        wait_until(lambda: is_ready(peer, WEB_PROCESSES))
        with ExitStack() as company:
            program = str(HERE / "giving_peer" / "company.py")
            bench.start(company, program, str(bench.company_port))
            for each in (peer, hook):
                send(each, options.rate, options.rate * WARM_S)
            watch.wait_until_done()
            heard, lags = _in_turns(peer, hook, options, watch)
        told = bench.part("booked")
        stored, _ = _in_turns(peer, hook, options)
    assert told["faults"] == [], told["faults"]
    wanted = options.rate * (options.rounds * options.seconds + WARM_S)
    head = "p50 | p95 | p99 | longest | turned away at first"
    print(f"\n| {options.rate} a second for {options.seconds} s | {head} |")
    print("| --- | --- | --- | --- | --- | --- |")
    _rows("webhooks stored and answered, while others are asked about and booked", heard)
    _rows("the same, while the company answers nothing", stored)
    _row("from being sent to being booked", lags)
    print(f"\n{told['gifts']:,} of {wanted:,} gifts stand in the books, none twice.")


@dataclass
class Taken:
    """How long ours and the peer's waited for their answers; how many were turned away first."""

    waited: dict[str, list[float]] = field(default_factory=lambda: {"peer": [], "ours": []})
    refused: Counter[str] = field(default_factory=Counter)


def _in_turns(
    peer: Hook, hook: Hook, options: argparse.Namespace, watch: Watch | None = None
) -> tuple[Taken, list[float]]:
    """Return how long each waited, and with ``watch`` when what was told had been booked."""
    taken = Taken()
    lags: list[float] = []
    for number in range(options.rounds):
        for name, where in (("peer", peer), ("ours", hook)):
            print(f"round {number + 1} of {options.rounds}: {name}", file=sys.stderr)
            with watch.watching() if watch else nullcontext():
                sent = send(where, options.rate, options.rate * options.seconds)
                if watch:
                    watch.wait_until_done()
            taken.waited[name] += sent.waited
            taken.refused[name] += sent.refused
            if watch and name == "ours":
                lags += watch.lags(sent.due)
    return taken, lags


def _rows(words: str, taken: Taken) -> None:
    ours, peer = taken.waited["ours"], taken.waited["peer"]
    _row(words, ours, taken.refused["ours"])
    _row("a plain view that stores one row, in turns with them", peer, taken.refused["peer"])
    ratios = [
        f"{_quantile(ours, each) / _quantile(peer, each):.1f}" for each in (0.5, 0.95, 0.99, 1)
    ]
    print(f"| ratio | {' | '.join(ratios)} | |")


def _row(words: str, seconds: Sequence[float], refused: int | str = "") -> None:
    figures = [f"{1000 * _quantile(seconds, each):,.0f} ms" for each in (0.5, 0.95, 0.99, 1)]
    print(f"| {words} | {' | '.join(figures)} | {refused} |")


def _quantile(values: Sequence[float], part: float) -> float:
    ranked = sorted(values)
    return ranked[min(len(ranked) - 1, int(part * len(ranked)))]


def run_entries(bench: Bench, options: argparse.Namespace) -> None:
    """Write sealed entries and bare rows, in turns."""
    told = bench.part("entries", rounds=5, count=200)
    assert told["faults"] == [], told["faults"]
    ratios = [bare / ours for ours, bare in zip(told["sealed"], told["bare"], strict=True)]
    print(
        "\n| each in a transaction of its own | a second, median | of the peer | processor, least |"
    )
    print("| --- | --- | --- | --- |")
    for words, name, ratio in (
        ("a movement with its sealed entry", "sealed", statistics.median(ratios)),
        ("a bare row", "bare", 1),
    ):
        rate, cpu_ms = 1 / statistics.median(told[name]), 1000 * min(told[f"{name}_cpu"])
        print(f"| {words} | {rate:,.0f} | {ratio:.2f} | {cpu_ms:.2f} ms |")


def run_million(bench: Bench, options: argparse.Namespace) -> None:
    """Ask large books what the desk asks."""
    told = bench.part("million", postings=options.postings, rounds=5)
    assert told["balance"] == 0
    print(f"\nFilled in {told['filled_s']:.0f} s.\n")
    print(f"| {told['postings']:,} postings | median | slowest | processor, least | queries |")
    print("| --- | --- | --- | --- | --- |")
    for words, asked in told["asked"].items():
        wall, cpu = asked["wall"], asked["cpu"]
        print(
            f"| {words} | {statistics.median(wall):.2f} s | {max(wall):.2f} s "
            f"| {min(cpu):.2f} s | {asked['queries']} |"
        )


def run_reconciling(bench: Bench, options: argparse.Namespace) -> None:
    """Compare books with the practice company's list."""
    told = bench.part("reconciling", movements=10_000, rounds=3)
    print(f"\n| {told['theirs']:,} movements compared | |\n| --- | --- |")
    print(f"| median | {statistics.median(told['wall']):.2f} s |")
    print(f"| processor, least | {min(told['cpu']):.2f} s |")
    print(f"| queries | {told['queries']} |")
    print(f"| differences where there are none | {told['alarms']} |")
    print(f"| classes of faults found, of {told['classes']} | {told['found']} |")


def run_receipts(bench: Bench, options: argparse.Namespace) -> None:
    """Write receipts and make their PDFs."""
    told = bench.part("receipts", count=100)
    print("\n| 100 receipts | p50 | p95 | longest |\n| --- | --- | --- | --- |")
    both = [text + pdf for text, pdf in zip(told["text"], told["pdf"], strict=True)]
    for words, some in (
        ("written, numbered, sealed", told["text"]),
        ("PDF/UA, made and sealed", told["pdf"]),
        ("both", both),
    ):
        figures = [f"{1000 * _quantile(some, each):,.0f} ms" for each in (0.5, 0.95, 1)]
        print(f"| {words} | {' | '.join(figures)} |")


if __name__ == "__main__":
    sys.exit(main())
