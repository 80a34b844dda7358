"""Mail: how fast an edition goes out, against Postfix's own tools and against Django.

    python bench/digest.py                      10,000 readers, SQLite, three rounds
    python bench/digest.py --postgresql         on a PostgreSQL server of its own, on the disk
    python bench/digest.py --readers 1000 100000 500000

In each round everybody sends messages of 30 kB, one after the other, to the same sink on this
machine, so that ratios hold on a busy machine too. Postfix's programs are Debian's, unpacked and
not installed. Tables go to stdout as Markdown.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

HERE = Path(__file__).parent
sys.path.insert(0, str(HERE.parent / "tests"))

from faults.cluster import Cluster  # noqa: E402
from mail.postfix import Postfix, Programs, find_programs  # noqa: E402
from newsrooms import make_newsroom  # noqa: E402
from servers import free_port  # noqa: E402

SESSIONS = 20
CONNECTIONS = 50
"""Ours: each waits for the disk once a message, and meanwhile others say theirs."""
BYTES = 30_000


@dataclass(frozen=True, slots=True)
class Run:
    """One sender's run."""

    messages: int
    wall_s: float
    cpu_s: float
    rss_mb: float

    @property
    def rate(self) -> float:
        """Messages a second."""
        return self.messages / self.wall_s

    @property
    def cpu_ms(self) -> float:
        """Processor time of the sending process for each message."""
        return 1000 * self.cpu_s / self.messages


class Bench:
    """A newsroom to send from, and programs to compare with."""

    def __init__(self, folder: Path, programs: Programs, cluster: Cluster | None) -> None:
        self.folder = folder
        self.programs = programs
        url = "sqlite:///newsroom.sqlite3"
        if cluster:
            url = cluster.url("handpress")
            subprocess.run(
                ["psql", "-q", cluster.url("postgres"), "-c", "CREATE DATABASE handpress"],
                check=True,
            )
        self.newsroom = make_newsroom(folder / "newsroom", url)
        self.part("prepare")

    def part(self, name: str, **order: Any) -> dict[str, Any]:
        """Run a part of the benchmark in a process of its own; return what it says."""
        environment = {**os.environ, "HANDPRESS_NEWSROOM": str(self.newsroom)}
        environment["DJANGO_SETTINGS_MODULE"] = "handpress.project.settings"
        done = subprocess.run(
            [sys.executable, str(HERE / "digest_parts.py"), name, json.dumps(order)],
            env=environment,
            stdout=subprocess.PIPE,
            text=True,
            check=True,
        )
        answer: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
        return answer

    def source(self, port: int, count: int) -> Run:
        """Send with Postfix's smtp-source: the same bytes to everybody, nothing written down."""
        command = [str(self.programs.source), "-d", "-s", str(SESSIONS), "-m", str(count)]
        command += ["-l", str(BYTES), "-f", "a@example.org", "-t", "b@example.com"]
        started = datetime.now(UTC)
        process = subprocess.Popen(
            [*command, f"inet:127.0.0.1:{port}"], env=self.programs.environment
        )
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
        wall_s = (datetime.now(UTC) - started).total_seconds()
        assert process.returncode == 0, "smtp-source failed"
        return Run(count, wall_s, usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024)

    def sender(self, name: str, port: int, count: int, **order: Any) -> Run:
        """Send with a part of the benchmark."""
        said = self.part(name, port=port, count=count, sessions=CONNECTIONS, bytes=BYTES, **order)
        return Run(said["messages"], said["wall_s"], said["cpu_s"], said["rss_mb"])


def main() -> int:
    """Run what can be run here."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--readers", type=int, nargs="+", default=[10_000])
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--postgresql", action="store_true")
    parser.add_argument("--no-postfix", action="store_true", help="leave the real Postfix out")
    options = parser.parse_args()
    programs = find_programs()
    if programs is None:
        print("SKIPPED: no benchmark of mail ran: smtp-source and smtp-sink are missing.")
        print("`scripts/unpack-postfix` fetches Debian's package and unpacks it, uninstalled.")
        return 0
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="handpress-bench-")))
        cluster = Cluster() if options.postgresql else None
        if cluster:
            stack.callback(cluster.remove)
        bench = Bench(folder, programs, cluster)
        print(f"{datetime.now(UTC):%Y-%m-%d}, {'PostgreSQL' if cluster else 'SQLite'}\n")
        compare(bench, options.readers[0], options.rounds)
        if not options.no_postfix:
            into_postfix(bench, stack, min(2_000, options.readers[0]))
        grow(bench, options.readers)
    return 0


def compare(bench: Bench, count: int, rounds: int) -> None:
    """Let all send to smtp-sink, in turn, and print medians."""
    few = max(200, count // 10)
    players: dict[str, Callable[[int], Run]] = {
        "smtp-source, 20 sessions (the limit)": lambda port: bench.source(port, count),
        "Handpress": lambda port: bench.sender("durable", port, count, dkim="none"),
        "Handpress, Ed25519": lambda port: bench.sender("durable", port, count, dkim="ed25519"),
        "Handpress, RSA-2048": lambda port: bench.sender("durable", port, few, dkim="rsa"),
        "Django, one connection kept open": lambda port: bench.sender("django", port, few),
    }
    runs: dict[str, list[Run]] = {name: [] for name in players}
    for number in range(rounds):
        for name, play in players.items():
            print(f"round {number + 1} of {rounds}: {name}", file=sys.stderr)
            with bench.programs.sink(free_port()) as port:
                runs[name].append(play(port))
    print_table(f"{count:,} messages of 30 kB", runs)


def into_postfix(bench: Bench, stack: ExitStack, count: int) -> None:
    """Send into a real Postfix that throws away what it has taken into its queue."""
    runs: dict[str, list[Run]] = {}
    postfix = stack.enter_context(Postfix.running(bench.programs, bench.folder / "postfix"))
    for name, play in (
        ("smtp-source, 20 sessions", lambda: bench.source(postfix.port, count)),
        ("Handpress", lambda: bench.sender("durable", postfix.port, count, dkim="none")),
    ):
        print(f"real Postfix: {name}", file=sys.stderr)
        runs[name] = [play()]
    print_table(f"{count:,} messages into a real Postfix on the same machine", runs)


def grow(bench: Bench, sizes: list[int]) -> None:
    """Freeze, send, kill and resume with more and more readers."""
    print("\n| readers | freezing | messages/s | CPU/message | memory | resumed after a kill |")
    print("| --- | --- | --- | --- | --- | --- |")
    for size in sizes:
        print(f"{size:,} readers", file=sys.stderr)
        with bench.programs.sink(free_port()) as port:
            said = bench.part("grow", port=port, count=size, sessions=CONNECTIONS, bytes=BYTES)
        figures = [f"{size:,}", f"{said['freeze_s']:.1f} s", f"{said['rate']:,.0f}"]
        figures += [f"{said['cpu_ms']:.3f} ms", f"{said['rss_mb']:.0f} MB"]
        print(f"| {' | '.join(figures)} | {said['resume_s']:.1f} s |")


def print_table(title: str, runs: dict[str, list[Run]]) -> None:
    """Print medians, and the ratio to the first in the same round."""
    first = next(iter(runs.values()))
    print(f"\n| {title} | messages/s | of the first | CPU/message, least | memory |")
    print("| --- | --- | --- | --- | --- |")
    for name, those in runs.items():
        ratios = [one.rate / base.rate for one, base in zip(those, first, strict=True)]
        print(
            f"| {name} | {statistics.median(one.rate for one in those):,.0f} "
            f"| {statistics.median(ratios):.2f} | {min(one.cpu_ms for one in those):.3f} ms "
            f"| {max(one.rss_mb for one in those):.0f} MB |"
        )


if __name__ == "__main__":
    sys.exit(main())
