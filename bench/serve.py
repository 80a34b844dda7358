"""How `handpress serve` sends pages, beside nginx on the same folder: `python bench/serve.py`.

Both send the same pages with the same headers to the same client (wrk, 64 connections that stay
open, a browser's headers), in turns, so that a neighbour's noise falls on both. What is compared
is the processor time a request costs the server, which hardly depends on what else the machine
does, then requests per second and the slowest hundredth, which do.

Needs wrk and nginx; without them it says so and ends with status 0.
"""

from __future__ import annotations

import argparse
import gzip
import os
import random
import re
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from statistics import median

PAGES = 200
PAGE_BYTES = 9_000
CONNECTIONS = 64
HEADERS = {
    "Accept": "text/html,application/xhtml+xml,application/xml;q=0.9,image/webp,*/*;q=0.8",
    "Accept-Language": "en-GB,en;q=0.9,ko;q=0.7",
    "Cache-Control": "max-age=0",
    "Sec-Fetch-Dest": "document",
    "Sec-Fetch-Mode": "navigate",
    "Sec-Fetch-Site": "same-origin",
    "Sec-Fetch-User": "?1",
    "Upgrade-Insecure-Requests": "1",
    "User-Agent": "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0",
}
CASES = {"plain": "identity", "gzip": "gzip"}


@dataclass(frozen=True)
class Run:
    """One run of wrk against one server."""

    per_second: float
    p99_ms: float
    cpu_us: float


def main() -> int:
    """Run the benchmark and print its table."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--seconds", type=int, default=3)
    parser.add_argument("--serve", nargs=2, metavar=("FOLDER", "PORT"), help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.serve:
        return _serve(Path(options.serve[0]), int(options.serve[1]))
    missing = [name for name in ("wrk", "nginx") if _find(name) is None]
    if missing:
        print(f"SKIPPED: bench/serve.py needs {' and '.join(missing)}.")
        return 0
    with tempfile.TemporaryDirectory(prefix="handpress-bench-") as folder:
        _compare(Path(folder), options.rounds, options.seconds)
    return 0


def _find(name: str) -> str | None:
    return shutil.which(name) or shutil.which(name, path="/usr/sbin:/sbin")


def _compare(folder: Path, rounds: int, seconds: int) -> None:
    site = folder / "site"
    _write_pages(site)
    scripts = {case: _write_script(folder, case) for case in CASES}
    found: dict[tuple[str, str], list[Run]] = {}
    with _nginx(folder, site) as nginx, _handpress(folder, site) as ours:
        for number in range(rounds):
            for case, script in scripts.items():
                for name, (process, port) in {"nginx": nginx, "handpress": ours}.items():
                    print(f"\rround {number + 1} of {rounds} ", end="", file=sys.stderr)
                    run = _measure(process, port, script, seconds)
                    found.setdefault((case, name), []).append(run)
        memory = {"nginx": _memory(nginx[0].pid), "handpress": _memory(ours[0].pid)}
    print(file=sys.stderr)
    _print_table(found, memory)


def _write_pages(site: Path) -> None:
    """Write articles whose words follow no language but compress about like prose."""
    dice = random.Random(20261121)
    syllables = "an bel cor dan el fer go hal in jor ka lu mi ne or pa qui ra sol ter".split()
    words = ["".join(dice.choices(syllables, k=dice.randint(1, 4))) for _ in range(3_000)]
    folder = site / "2019" / "11"
    folder.mkdir(parents=True)
    for number in range(PAGES):
        page = '<!doctype html><html lang="en"><title>Article</title><body>'
        while len(page) < PAGE_BYTES:
            page += f"<p>{' '.join(dice.choices(words, k=80))}</p>\n"
        path = folder / f"article-{number}.html"
        path.write_text(page[:PAGE_BYTES], encoding="ascii")
        Path(f"{path}.gz").write_bytes(gzip.compress(path.read_bytes(), 6, mtime=0))


def _write_script(folder: Path, case: str) -> Path:
    fields = {**HEADERS, "Accept-Encoding": CASES[case]}
    table = ",".join(f'["{name}"]="{value}"' for name, value in fields.items())
    path = folder / f"{case}.lua"
    path.write_text(
        f"local n, h = 0, {{{table}}}\n"
        f"request = function() n = (n + 1) % {PAGES}\n"
        'return wrk.format("GET", "/2019/11/article-" .. n .. ".html", h) end\n'
    )
    return path


@contextmanager
def _nginx(folder: Path, site: Path) -> Iterator[tuple[subprocess.Popen[bytes], int]]:
    from handpress.lib.http import SiteRules

    port = _free_port()
    rules = SiteRules().headers("/page.html", "text/html; charset=utf-8")
    headers = "\n".join(f'add_header {n} "{v}";' for n, v in rules if n != "server")
    own = folder / "nginx"
    own.mkdir()
    places = "client_body proxy fastcgi uwsgi scgi".split()
    config = own / "nginx.conf"
    config.write_text(
        f"worker_processes auto; daemon off; pid {own}/pid; error_log {own}/errors;\n"
        "events { worker_connections 4096; }\n"
        "http { types { text/html html; } charset utf-8; access_log off; sendfile on;\n"
        "tcp_nopush on; gzip_static on; gzip_vary on; keepalive_requests 100000000;\n"
        + "".join(f"{place}_temp_path {own}/{place};\n" for place in places)
        + f"server {{ listen 127.0.0.1:{port} backlog=4096; root {site};\n{headers}\n}} }}\n"
    )
    if os.getuid() == 0:  # as root nginx would become nobody, who may not read our folder
        config.write_text("user root;\n" + config.read_text())
    command = [_find("nginx") or "nginx", "-c", str(config), "-p", str(own), "-e", f"{own}/errors"]
    with _running(command, port) as process:
        yield process, port


@contextmanager
def _handpress(folder: Path, site: Path) -> Iterator[tuple[subprocess.Popen[bytes], int]]:
    port = _free_port()
    with _running([sys.executable, __file__, "--serve", str(site), str(port)], port) as process:
        yield process, port


def _serve(site: Path, port: int) -> int:
    """Be the server: web processes as ever, no background work, no newsroom."""
    from handpress.project.options import ServeOptions
    from handpress.project.server import serve

    os.environ["DJANGO_SETTINGS_MODULE"] = "handpress.project.settings"
    options = ServeOptions(
        host="127.0.0.1",
        port=port,
        workers=0,
        site_folder=site,
        static_folder=site,
        scratch_folder=site.parent / "scratch",
        background="",
    )
    return serve(options, say=lambda text: None)


@contextmanager
def _running(command: list[str], port: int) -> Iterator[subprocess.Popen[bytes]]:
    process = subprocess.Popen(command)
    try:
        _wait_for(port)
        time.sleep(3)  # until Django is loaded, which would count as the pages' cost
        yield process
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(15)


def _wait_for(port: int) -> None:
    for _ in range(300):
        try:
            socket.create_connection(("127.0.0.1", port), 1).close()
        except OSError:
            time.sleep(0.1)
        else:
            return
    raise SystemExit(f"Nothing listens on port {port}.")


def _free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port: int = server.getsockname()[1]
        return port


def _measure(process: subprocess.Popen[bytes], port: int, script: Path, seconds: int) -> Run:
    _wrk(port, script, 1)
    before = _cpu_s(process.pid)
    output = _wrk(port, script, seconds)
    spent = _cpu_s(process.pid) - before
    if trouble := re.search(r"(Non-2xx.*|Socket errors.*)", output):
        raise SystemExit(f"wrk met trouble: {trouble[1]}")
    count = int(_take(r"(\d+) requests in", output)[1])
    slowest = _take(r"99%\s+([\d.]+)(us|ms|s)", output)
    scale = {"us": 0.001, "ms": 1.0, "s": 1000.0}[slowest[2]]
    rate = float(_take(r"Requests/sec:\s+([\d.]+)", output)[1])
    return Run(rate, float(slowest[1]) * scale, spent / count * 1e6)


def _wrk(port: int, script: Path, seconds: int) -> str:
    command = f"wrk -t1 -c{CONNECTIONS} -d{seconds}s --latency -s {script} http://127.0.0.1:{port}/"
    return subprocess.run(command.split(), capture_output=True, text=True, check=True).stdout


def _take(pattern: str, text: str) -> re.Match[str]:
    match = re.search(pattern, text)
    if match is None:
        raise SystemExit(f"wrk did not say {pattern}:\n{text}")
    return match


def _family(pid: int) -> list[int]:
    found = [pid]
    for task in Path(f"/proc/{pid}/task").iterdir():
        for child in (task / "children").read_text().split():
            found += _family(int(child))
    return found


def _cpu_s(pid: int) -> float:
    """Return the processor time that a process and its children have used."""
    ticks = 0
    for each in _family(pid):
        fields = Path(f"/proc/{each}/stat").read_text().rpartition(")")[2].split()
        ticks += int(fields[11]) + int(fields[12])
    return ticks / os.sysconf("SC_CLK_TCK")


def _memory(pid: int) -> float:
    """Return the memory of a process and its children in MB, what they share counted once."""
    total = 0
    for each in _family(pid):
        total += int(_take(r"Pss:\s+(\d+)", Path(f"/proc/{each}/smaps_rollup").read_text())[1])
    return total / 1024


def _print_table(found: dict[tuple[str, str], list[Run]], memory: dict[str, float]) -> None:
    rounds = len(next(iter(found.values())))
    print(
        f"\n{PAGES} pages of {PAGE_BYTES / 1000:g} kB, wrk -c{CONNECTIONS}, medians of {rounds}\n"
    )
    print("| pages | server | CPU per request | p99 | requests/s | memory |")
    print("| --- | --- | --- | --- | --- | --- |")
    for case in CASES:
        for name in ("nginx", "handpress"):
            runs = found[case, name]
            print(
                f"| {case} | {name} | {median(run.cpu_us for run in runs):.1f} µs "
                f"| {median(run.p99_ms for run in runs):.1f} ms "
                f"| {median(run.per_second for run in runs):,.0f} | {memory[name]:.0f} MB |"
            )
        pairs = list(zip(found[case, "handpress"], found[case, "nginx"], strict=True))
        print(
            f"| {case} | ratio | {median(a.cpu_us / b.cpu_us for a, b in pairs):.2f} "
            f"| {median(a.p99_ms / b.p99_ms for a, b in pairs):.2f} "
            f"| {median(a.per_second / b.per_second for a, b in pairs):.2f} "
            f"| {memory['handpress'] / memory['nginx']:.0f} |"
        )


if __name__ == "__main__":
    sys.exit(main())
