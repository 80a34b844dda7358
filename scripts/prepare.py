"""Make .venv and install the packages that requirements/ pins, unless that is already so.

    python3.11 scripts/prepare.py base    what running Handpress needs
    python3.11 scripts/prepare.py dev     that, and what working on it needs
    python3.11 scripts/prepare.py bench   that, and what the benchmarks compare with
    python3.11 scripts/prepare.py gates   dev, and what `make check-site` looks with

Needs nothing but Python's standard library, and no compiler: only ready-built wheels are taken,
and only those whose hashes are written down here. What FROM_SOURCE names comes without a wheel, and
is Python alone: the build tool that base.txt pins makes one of its source, which is checked too.
"""

import fcntl
import hashlib
import json
import os
import shutil
import subprocess
import sys
import tomllib
import venv
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
VENV = ROOT / ".venv"
PYTHON = VENV / "bin" / "python"
# Each set stands on those before it.
SETS = {
    "base": ["base"],
    "dev": ["base", "dev"],
    "bench": ["base", "dev", "bench"],
    "gates": ["base", "dev", "gates"],
}
FROM_SOURCE = "localstripe"
# Lies there while packages are unpacked, and after a run that was cut off.
BEGUN = VENV / "begun"
BAR_WIDTH = 24


class SetupError(Exception):
    """Setting up failed; the message says why and what to do."""


def main(arguments: list[str]) -> int:
    """Prepare the set named on the command line; return the exit status."""
    if len(arguments) != 1 or arguments[0] not in SETS:
        print(f"usage: prepare.py {'|'.join(SETS)}", file=sys.stderr)
        return 2
    try:
        with one_at_a_time():
            prepare(arguments[0])
    except SetupError as error:
        print(f"\nSetting up failed: {error}", file=sys.stderr)
        return 1
    return 0


@contextmanager
def one_at_a_time() -> Iterator[None]:
    """Wait until no other `make` sets up here: two would break each other's packages."""
    with Path(__file__).open("rb") as this:
        try:
            fcntl.flock(this, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            print("Another make is setting up here; waiting for it ...", flush=True)
            fcntl.flock(this, fcntl.LOCK_EX)
        yield


def prepare(wanted: str) -> None:
    """Bring .venv to the state that the set asks for; does nothing when it is there already.

    A stamp file holds the fingerprint of all that was installed, and is written last. Where an
    installation was cut off, packages may lie there in halves that pip cannot read: .venv is made
    afresh.
    """
    stamp = VENV / f"prepared-{wanted}"
    if stamp.is_file() and stamp.read_text() == fingerprint(wanted):
        return
    if BEGUN.exists() or venv_version() is None:
        make_venv()
    install_pinned(wanted)
    install_handpress()
    for name, members in SETS.items():
        if set(members) <= set(SETS[wanted]):
            (VENV / f"prepared-{name}").write_text(fingerprint(name))
    print(f"Ready: {VENV.name} holds what {names_of(requirement_files(wanted))} pin.")


def fingerprint(wanted: str) -> str:
    """Return a hash of everything that decides what an installation of this set looks like."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    facts = [
        str(ROOT),
        venv_version(),
        project["build-system"],
        project["project"],
        project["tool"]["setuptools"],
        *(path.read_text(encoding="utf-8") for path in requirement_files(wanted)),
    ]
    return hashlib.sha256(json.dumps(facts).encode()).hexdigest()


def venv_version() -> str | None:
    """Return the version of the Python in .venv, or None when there is none that can be used."""
    question = "import sys, pip; print(sys.version); sys.exit(sys.version_info < (3, 11))"
    try:
        answer = subprocess.run([PYTHON, "-c", question], capture_output=True, text=True)
    except OSError:
        return None
    return answer.stdout.strip() if answer.returncode == 0 else None


def make_venv() -> None:
    """Make .venv afresh with the Python that runs this script."""
    print(f"Making {VENV.name} with Python {sys.version.split()[0]} ...", flush=True)
    if VENV.exists():
        shutil.rmtree(VENV)
    try:
        import ensurepip  # noqa: F401  Debian leaves it out of its plain python3 package.
    except ImportError as error:
        package = f"python3.{sys.version_info.minor}-venv"
        raise SetupError(
            f"this Python cannot make virtual environments. On Debian: apt install {package}"
        ) from error
    venv.create(VENV, with_pip=True, symlinks=True)


def install_pinned(wanted: str) -> None:
    """Install the pinned packages of a set, each checked against its hash.

    Those of base.txt are there first, the build tool among them.
    """
    files = requirement_files(wanted)
    if files[1:]:
        install_files(files[:1])
    install_files(files)


def install_files(files: list[Path]) -> None:
    """Install what these locked files pin, in one run of pip."""
    command = pip("--require-hashes", "--only-binary", ":all:")
    if files[1:]:
        command += ["--no-binary", FROM_SOURCE, "--no-build-isolation"]
    for path in files:
        command += ["-r", str(path.relative_to(ROOT))]
    total = sum(len(pin_lines(path)) for path in files)
    print(f"Installing {total} packages from {names_of(files)} ...", flush=True)
    BEGUN.touch()
    with subprocess.Popen(
        command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    ) as process:
        assert process.stdout is not None
        tail = show_progress(process.stdout, total)
    if process.returncode >= 0:
        # pip came to an end by itself: what it could not install it has not begun to unpack.
        BEGUN.unlink()
    if process.returncode != 0:
        raise SetupError("pip says:\n" + "".join(tail))


def install_handpress() -> None:
    """Install the package itself in place, with the pinned build tool."""
    command = [*pip("--quiet", "--no-deps", "--no-build-isolation"), "-e", "."]
    result = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
    if result.returncode != 0:
        raise SetupError("pip says:\n" + result.stdout + result.stderr)


def pip(*options: str) -> list[str]:
    """Return the command line of `pip install` inside .venv."""
    return [str(PYTHON), "-m", "pip", "--disable-pip-version-check", "install", *options]


def show_progress(lines: Iterator[str], total: int) -> list[str]:
    """Draw a bar from pip's chatter (on a terminal only) and return its last lines.

    pip says "Collecting" once for each package, and installs them all at the end.
    """
    tail: list[str] = []
    done = 0
    for line in lines:
        tail = [*tail[-19:], line]
        if line.startswith(("Collecting ", "Requirement already satisfied: ", "Ignoring ")):
            done = min(done + 1, total)
            draw_bar(done, total, line.split()[-1 if line.startswith("Collecting") else 1])
        elif line.startswith("Installing collected packages"):
            draw_bar(total, total, "unpacking")
    if sys.stdout.isatty():
        print("\r\033[K", end="", flush=True)
    return tail


def draw_bar(done: int, total: int, doing: str) -> None:
    """Draw the bar over the one before it."""
    if sys.stdout.isatty():
        filled = BAR_WIDTH * done // max(total, 1)
        bar = "█" * filled + "·" * (BAR_WIDTH - filled)
        columns = shutil.get_terminal_size().columns
        print(f"\r\033[K{f'{bar} {done}/{total} {doing}'[: columns - 1]}", end="", flush=True)


def requirement_files(wanted: str) -> list[Path]:
    """Return the locked files of a set."""
    return [ROOT / "requirements" / f"{name}.txt" for name in SETS[wanted]]


def names_of(files: list[Path]) -> str:
    """Return locked files as a person would list them."""
    return " and ".join(str(path.relative_to(ROOT)) for path in files)


def pin_lines(path: Path) -> list[str]:
    """Return the lines of a locked file that each pin one package."""
    return [line for line in path.read_text(encoding="utf-8").splitlines() if line[:1].isalnum()]


if __name__ == "__main__":
    os.chdir(ROOT)
    sys.exit(main(sys.argv[1:]))
