"""The site folder: files appear whole or not at all, and only when their bytes change."""

from __future__ import annotations

import ctypes
import os
from collections import OrderedDict
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

TEMPORARY = ".press"
PACKED = (".br", ".gz")
_OPEN_FOLDERS = 256


class SiteStore:
    """Writes and removes files below one folder. Not shared between processes.

    A file is written under a temporary name in ``.press`` and renamed, so that a reader sees
    the old bytes or the new ones. Durability is the caller's: see `sync`.
    """

    def __init__(self, root: Path) -> None:
        self.root = root
        self._folders: OrderedDict[str, int] = OrderedDict()
        self._temporary = ""

    def open(self) -> SiteStore:
        """Make the folder ready for writing; may be called again."""
        folder = self.root / TEMPORARY
        folder.mkdir(parents=True, exist_ok=True)
        self._temporary = str(folder / f"page-{os.getpid()}")
        return self

    def close(self) -> None:
        """Let go of the folders that are held open."""
        while self._folders:
            os.close(self._folders.popitem()[1])

    def read(self, path: str) -> bytes | None:
        """Return a file's bytes, or None when it is not there."""
        try:
            file = os.open(self.root / path, os.O_RDONLY | os.O_NOFOLLOW)
        except (FileNotFoundError, NotADirectoryError):
            return None
        with os.fdopen(file, "rb") as stream:
            return stream.read()

    def write(self, path: str, data: bytes, *, fresh: bool = False) -> bool:
        """Give ``path`` these bytes; return whether anything had to change.

        ``fresh`` says that the caller knows the site to be empty, so nothing is read first.
        """
        folder, _, name = path.rpartition("/")
        if not fresh and self._holds(path, data):
            return False
        handle = self._folder(folder)
        file = os.open(self._temporary, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o644)
        try:
            _write_all(file, data)
        finally:
            os.close(file)
        if not fresh:
            self._drop_packed(name, handle)
        os.rename(self._temporary, name, dst_dir_fd=handle)
        return True

    def write_packed(self, path: str, data: bytes) -> None:
        """Write a compressed sibling of a page; it is as new as the bytes it was made from."""
        folder, _, name = path.rpartition("/")
        file = os.open(self._temporary, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o644)
        try:
            _write_all(file, data)
        finally:
            os.close(file)
        os.rename(self._temporary, name, dst_dir_fd=self._folder(folder))

    def remove(self, path: str) -> None:
        """Remove a file, its compressed siblings and the folders that become empty."""
        for name in (*(path + ending for ending in PACKED), path):
            with suppress(FileNotFoundError, NotADirectoryError):
                (self.root / name).unlink()
        folder = Path(path).parent
        while folder != Path():
            self._forget(str(folder))
            try:
                (self.root / folder).rmdir()
            except OSError:
                return
            folder = folder.parent

    def sweep_temporary(self) -> None:
        """Remove what killed writers left behind. Only the holder of the press lock may."""
        for file in (self.root / TEMPORARY).glob("page-*"):
            file.unlink(missing_ok=True)

    def files(self) -> Iterator[str]:
        """Yield the path of every page file, without the press's own and compressed siblings."""
        for folder, names, files in os.walk(self.root):
            names[:] = sorted(n for n in names if n != TEMPORARY)
            base = os.path.relpath(folder, self.root)
            for name in sorted(files):
                path = name if base == "." else f"{base}/{name}"
                if not self._is_packed_sibling(path):
                    yield path

    def sync(self) -> None:
        """Bring everything written so far to the disk (one ``syncfs``, see syncfs(2))."""
        handle = os.open(self.root, os.O_RDONLY)
        try:
            _syncfs(handle)
        finally:
            os.close(handle)

    def _holds(self, path: str, data: bytes) -> bool:
        try:
            file = os.open(self.root / path, os.O_RDONLY | os.O_NOFOLLOW)
        except OSError:
            return False
        try:
            if os.fstat(file).st_size != len(data):
                return False
            with os.fdopen(os.dup(file), "rb") as stream:
                return stream.read() == data
        finally:
            os.close(file)

    def _is_packed_sibling(self, path: str) -> bool:
        return path.endswith(PACKED) and (self.root / path[:-3]).is_file()

    def _drop_packed(self, name: str, handle: int) -> None:
        for ending in PACKED:
            with suppress(FileNotFoundError):
                os.unlink(name + ending, dir_fd=handle)

    def _folder(self, folder: str) -> int:
        handle = self._folders.get(folder)
        if handle is not None:
            self._folders.move_to_end(folder)
            return handle
        full = self.root / folder
        full.mkdir(parents=True, exist_ok=True)
        handle = os.open(full, os.O_RDONLY | os.O_DIRECTORY)
        self._folders[folder] = handle
        if len(self._folders) > _OPEN_FOLDERS:
            os.close(self._folders.popitem(last=False)[1])
        return handle

    def _forget(self, folder: str) -> None:
        handle = self._folders.pop(folder, None)
        if handle is not None:
            os.close(handle)


def _write_all(file: int, data: bytes) -> None:
    view = memoryview(data)
    while view:
        view = view[os.write(file, view) :]


def _syncfs(handle: int) -> None:
    try:
        syncfs = ctypes.CDLL(None, use_errno=True).syncfs
    except (AttributeError, OSError):
        os.sync()
        return
    if syncfs(handle) != 0:
        number = ctypes.get_errno()
        raise OSError(number, f"the site could not be brought to the disk: {os.strerror(number)}")
