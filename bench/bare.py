"""The least that printing can cost: the files of a site, written by a loop that does nothing else.

    python bench/bare.py FILES COPY

FILES lists names and sizes (`list_files`); the bytes are zeros. As the press does it, each file is
written under a temporary name and renamed. Nothing is looked up, made, compared or noted.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path


def list_files(site: Path, into: Path) -> None:
    """Write size in bytes, folder and name of each file, the press's own workshop left out."""
    with into.open("w") as lines:
        for place, folders, names in os.walk(site):
            folders[:] = [name for name in folders if name != ".press"]
            inside = os.path.relpath(place, site)
            for name in names:
                lines.write(f"{Path(place, name).stat().st_size}\t{inside}\t{name}\n")


def write(listed: Path, copy: Path) -> None:
    """Write the files of a list into a folder that does not exist yet."""
    lines = (line.split("\t") for line in listed.read_text().splitlines())
    files = [(int(size), inside, name) for size, inside, name in lines]
    zeros = memoryview(bytes(max(size for size, _, _ in files)))
    for inside in {inside for _, inside, _ in files}:
        (copy / inside).mkdir(parents=True, exist_ok=True)
    flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL
    for size, inside, name in files:
        path = f"{copy}/{inside}/{name}"
        descriptor = os.open(f"{path}.new", flags, 0o644)
        os.write(descriptor, zeros[:size])
        os.close(descriptor)
        os.rename(f"{path}.new", path)  # noqa: PTH104 - a Path would cost as much as the renaming


if __name__ == "__main__":
    write(Path(sys.argv[1]), Path(sys.argv[2]))
