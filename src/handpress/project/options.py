"""What `handpress serve` was asked for: one value that every process of it is given."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True, kw_only=True)
class ServeOptions:
    """Where to listen, what to serve, and what to do besides.

    `address` is the site's public one, "" while it is not known. `static_folder` holds the
    desk's own files. `scratch_folder` is emptied at every start. `background` is the dotted name
    of a function that works until the event it is given is set; "" for none.
    """

    host: str
    port: int
    workers: int
    site_folder: Path
    static_folder: Path
    scratch_folder: Path
    address: str = ""
    behind_proxy: bool = False
    background: str = "handpress.project.work.work_forever"

    @property
    def is_https(self) -> bool:
        """Whether readers come by https, whoever ends it."""
        return self.address.startswith("https://")

    @property
    def url(self) -> str:
        """The address on which this machine answers, for a person to open."""
        host = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(self.host, self.host)  # noqa: S104
        return f"http://[{host}]:{self.port}/" if ":" in host else f"http://{host}:{self.port}/"
