"""The site folder: files appear whole or not at all, and only when their bytes change."""

from __future__ import annotations

import ctypes
import errno
import os
import time
from collections import OrderedDict
from collections.abc import Iterator, Sequence
from contextlib import suppress
from pathlib import Path
from stat import S_ISREG

TEMPORARY = ".press"
# A page until it is whole. What begins with a dot is never served.
_HALF = ".page-"
PACKED = (".br", ".gz")
_OPEN_FOLDERS = 256
_NOT_A_FILE = {errno.ENOENT, errno.ENOTDIR, errno.EISDIR, errno.ELOOP}


class ForeignFolder(RuntimeError):
    """The site folder holds somebody else's files; nothing was changed."""


def checked(path: str) -> str:
    """Return a path below the site folder, or raise ValueError for one that leads elsewhere."""
    if path.startswith("/") or not path or ".." in path.split("/") or "\x00" in path:
        raise ValueError(f"not a path inside the site: {path!r}")
    return path


class SiteStore:
    """Writes and removes files below one folder. Not shared between processes.

    A file is written beside its place under a hidden name and renamed, so that a reader sees the
    old bytes or the new ones. (Beside it, because a rename from folder to folder takes a lock of
    the whole file system, and files made in one folder crowd one part of the disk.) Durability is
    the caller's: see `sync`.
    """

    def __init__(self, root: Path) -> None:
        self.root = root
        # Joining paths as objects costs more than opening the file.
        self._root = f"{root}/"
        self._folders: OrderedDict[str, int] = OrderedDict()
        self._temporary = ""
        self._journal = -1

    def open(self) -> SiteStore:
        """Make the folder ready for writing; may be called again."""
        folder = self.root / TEMPORARY
        folder.mkdir(parents=True, exist_ok=True)
        self._temporary = f"{_HALF}{os.getpid()}"
        return self

    def close(self) -> None:
        """Let go of what is held open."""
        self._close_journal()
        while self._folders:
            os.close(self._folders.popitem()[1])

    def read(self, path: str) -> bytes | None:
        """Return a file's bytes, or None when it is not there."""
        try:
            file = os.open(self._root + checked(path), os.O_RDONLY | os.O_NOFOLLOW)
            with os.fdopen(file, "rb") as stream:
                return stream.read()
        except OSError as error:
            if error.errno in _NOT_A_FILE:
                return None
            raise

    def write(self, path: str, data: bytes, *, fresh: bool = False) -> bool:
        """Give ``path`` these bytes; return whether anything had to change.

        ``fresh`` says that the caller knows the site to be empty, so nothing is read first.
        """
        folder, _, name = checked(path).rpartition("/")
        if not fresh and self._holds(path, data):
            return False
        handle = self._folder(folder)
        self._write_temporary(data, handle)
        if not fresh:
            self._drop_packed(name, handle)
        try:
            os.rename(self._temporary, name, src_dir_fd=handle, dst_dir_fd=handle)
        except IsADirectoryError:
            # Somebody put a folder where a page belongs: it is kept, but out of the way.
            aside = self.root / TEMPORARY / f"aside-{time.time_ns()}"
            os.rename(name, aside, src_dir_fd=handle)
            os.rename(self._temporary, name, src_dir_fd=handle, dst_dir_fd=handle)
        return True

    def _write_temporary(self, data: bytes, folder: int) -> None:
        flags = os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_NOFOLLOW
        file = os.open(self._temporary, flags, 0o644, dir_fd=folder)
        try:
            _write_all(file, data)
        except OSError:
            with suppress(OSError):
                os.unlink(self._temporary, dir_fd=folder)
            raise
        finally:
            os.close(file)

    def note(self, paths: Sequence[str]) -> None:
        """Write down, before they are written, which files are about to be.

        After a crash this tells a page that was written but never recorded from a file that
        somebody else put there.
        """
        lines = "".join(f"{path}\n" for path in paths).encode()
        if self._journal < 0:
            name = f"{self.root}/{TEMPORARY}/journal-{os.getpid()}"
            flags = os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_NOFOLLOW
            self._journal = os.open(name, flags, 0o644)
        _write_all(self._journal, lines)

    def noted(self) -> Iterator[str]:
        """Yield every path that unfinished runs were about to write."""
        for file in (self.root / TEMPORARY).glob("journal-*"):
            with file.open(encoding="utf-8", errors="replace") as lines:
                yield from (line.rstrip("\n") for line in lines if line.endswith("\n"))

    def forget_journal(self) -> None:
        """A run has ended and recorded all that it wrote."""
        self._close_journal()
        for file in (self.root / TEMPORARY).glob("journal-*"):
            file.unlink(missing_ok=True)

    def refuse_foreign_folder(self) -> None:
        """Refuse to press into a folder that holds somebody else's files and no mark of ours."""
        if (self.root / TEMPORARY).is_dir() or not self.root.is_dir():
            return
        if any(not entry.name.startswith(".") for entry in self.root.iterdir()):
            raise ForeignFolder(
                f"{self.root} holds files that Handpress did not print. Nothing was changed. "
                "Move them away, or name another folder as site_dir in handpress.toml."
            )

    def _close_journal(self) -> None:
        if self._journal >= 0:
            os.close(self._journal)
            self._journal = -1

    def write_packed(self, path: str, data: bytes) -> None:
        """Write a compressed sibling of a page; it is as new as the bytes it was made from."""
        folder, _, name = checked(path).rpartition("/")
        workshop = self._folder(TEMPORARY)
        self._write_temporary(data, workshop)
        place = self._folder(folder)
        os.rename(self._temporary, name, src_dir_fd=workshop, dst_dir_fd=place)

    def remove(self, path: str) -> None:
        """Remove a file, its compressed siblings and the folders that become empty."""
        for name in (*(checked(path) + ending for ending in PACKED), path):
            with suppress(FileNotFoundError, NotADirectoryError, IsADirectoryError):
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
        places = {path.rpartition("/")[0] for path in self.noted()}
        for place in {*places, TEMPORARY}:
            for file in (self.root / place).glob(f"{_HALF}*"):
                file.unlink(missing_ok=True)

    def files(self) -> Iterator[str]:
        """Yield the path of every page file, without the press's own and compressed siblings."""
        for folder, names, files in os.walk(self.root):
            # What begins with a dot is the press's own or the operator's: .well-known, .git, ...
            names[:] = sorted(n for n in names if not n.startswith("."))
            base = os.path.relpath(folder, self.root)
            for name in sorted(n for n in files if not n.startswith(".")):
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
            file = os.open(self._root + path, os.O_RDONLY | os.O_NOFOLLOW)
        except OSError:
            return False
        try:
            status = os.fstat(file)
            if not S_ISREG(status.st_mode) or status.st_size != len(data):
                return False
            return os.read(file, len(data) + 1) == data
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
