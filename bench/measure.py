"""What a command costs: processor time and memory of a process and all its children."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

_SAMPLE_EVERY_S = 0.25


@dataclass(frozen=True, slots=True)
class Cost:
    """What one run took.

    ``cpu_s`` is user and system time of the process and every child it waited for.
    ``largest_mb`` is the peak of the largest single process (resident set, from the kernel);
    ``tree_mb`` the peak of all processes together, what they share counted once (PSS, sampled).
    """

    cpu_s: float
    wall_s: float
    largest_mb: float
    tree_mb: float


@dataclass(frozen=True, slots=True)
class Output:
    """What a run left behind: how many files, how many bytes in them."""

    files: int
    bytes: int


def run(command: Sequence[str], *, environ: Mapping[str, str] | None = None) -> Cost:
    """Run a command to its end and return what it took; its output is shown if it fails."""
    started = time.monotonic()
    process = subprocess.Popen(
        command,
        env={**os.environ, **(environ or {})},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
    )
    assert process.stdout is not None
    sampler = _Sampler(process.pid)
    output = _Reader(process.stdout)
    # wait4 counts the children that the process itself waited for; Popen.wait would not tell.
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    wall_s = time.monotonic() - started
    peak_mb = sampler.stop()
    if process.returncode:
        sys.stderr.buffer.write(output.text())
        raise SystemExit(f"{command[0]} ended with status {process.returncode}.")
    output.text()
    return Cost(usage.ru_utime + usage.ru_stime, wall_s, usage.ru_maxrss / 1024, peak_mb)


def weigh(folder: Path) -> Output:
    """Count the files of a folder and the bytes in them, the press's own workshop left out."""
    files = total = 0
    for place, names, found in os.walk(folder):
        names[:] = [name for name in names if name != ".press"]
        for name in found:
            files += 1
            total += Path(place, name).stat().st_size
    return Output(files, total)


def load_of_machine() -> str:
    """Say in words how busy the machine is with everything."""
    return f"load {os.getloadavg()[0]:.1f} on {os.cpu_count()} cores"


class _Reader:
    """Reads what a process says, so that it never waits for us."""

    def __init__(self, stream: object) -> None:
        self._stream = stream
        self._text = b""
        self._thread = threading.Thread(target=self._read, daemon=True)
        self._thread.start()

    def _read(self) -> None:
        self._text = self._stream.read()  # type: ignore[attr-defined]

    def text(self) -> bytes:
        self._thread.join()
        return self._text


class _Sampler:
    """Looks at the memory of a process and its children until it is stopped."""

    def __init__(self, pid: int) -> None:
        self._pid = pid
        self._peak_kb = 0
        self._is_over = threading.Event()
        self._thread = threading.Thread(target=self._look, daemon=True)
        self._thread.start()

    def stop(self) -> float:
        """Return the peak in MB."""
        self._is_over.set()
        self._thread.join()
        return self._peak_kb / 1024

    def _look(self) -> None:
        while not self._is_over.wait(_SAMPLE_EVERY_S):
            self._peak_kb = max(self._peak_kb, sum(_pss_kb(pid) for pid in _family(self._pid)))


def _family(pid: int) -> list[int]:
    found = [pid]
    try:
        for task in Path(f"/proc/{pid}/task").iterdir():
            for child in (task / "children").read_text().split():
                found += _family(int(child))
    except OSError:  # it has just ended
        pass
    return found


def _pss_kb(pid: int) -> int:
    try:
        text = Path(f"/proc/{pid}/smaps_rollup").read_text()
    except OSError:
        return 0
    _, _, rest = text.partition("\nPss:")
    return int(rest.split()[0]) if rest else 0
