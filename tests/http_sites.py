"""A folder of files as a web site, asked the way a server would ask."""

from __future__ import annotations

import gzip
import os
from pathlib import Path

from handpress.lib.http import Answer, FileFolder, SiteRules

PAGE = b"<!doctype html><title>Peace</title>" + b"<p>No news is bad news.</p>" * 40
MISSING = (
    b'<a href="./">Home</a> <a href=\'./topics/\'>Topics</a> <img srcset="./a.png 1x, ./b.png 2x">'
)


class Site:
    """A folder under test, asked the way a server would."""

    def __init__(self, root: Path, **options: object) -> None:
        self.root = root
        self.now_s = 100.0
        self.folder = self.open(**options)

    def open(self, **options: object) -> FileFolder:
        given = {"rules": SiteRules(), "clock": lambda: self.now_s, **options}
        return FileFolder(self.root, **given)  # type: ignore[arg-type]

    def write(self, path: str, data: bytes = PAGE, *, age_s: float = 0.0) -> Path:
        file = self.root / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(data)
        if age_s:
            moment = file.stat().st_mtime - age_s
            os.utime(file, (moment, moment))
        return file

    def pack(self, path: str) -> None:
        """Write the compressed siblings of a page, as the press does."""
        data = (self.root / path).read_bytes()
        self.write(f"{path}.gz", gzip.compress(data, mtime=0))
        self.write(f"{path}.br", b"br:" + data)

    def ask(self, path: str, method: str = "GET", **headers: str) -> Answer:
        sent = {name.replace("_", "-"): value for name, value in headers.items()}
        return self.folder.answer(method, path, sent.get)


def header(answer: Answer, name: str) -> str | None:
    found = [value for each, value in answer.headers if each == name]
    assert len(found) <= 1, f"{name} is sent twice"
    return found[0] if found else None
