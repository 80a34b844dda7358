"""Checks of the press and the site it prints."""

from __future__ import annotations

import os
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

from django.conf import settings

from handpress.desk.theming.check import sample_faults
from handpress.lib.findings import Finding
from handpress.press.queries import press_status
from handpress.press.site import latest_theme
from handpress.press.theme_faults import find_faults

# A server that runs prints within seconds; what waits longer is not being printed.
_PATIENCE = timedelta(minutes=10)


def check_theme() -> Iterator[Finding]:
    """Look whether the theme is there, and whether every page can be made with it."""
    files = latest_theme()
    faults = find_faults(files) or sample_faults(files)
    for fault in faults:
        yield Finding("theme", "fail", f"{fault.where}: {fault.problem}", fault.remedy)
    if not faults:
        based = "".join(f", based on {layer.name}" for layer in files.layers[1:])
        what = f"{files.name}{based}, {len(files.template_names)} templates."
        yield Finding("theme", "ok", what)


def check_folder() -> Iterator[Finding]:
    """Look whether pages can be written and moved into place."""
    folder: Path = settings.HANDPRESS.press.site_dir
    if not folder.is_dir():
        what = f"{folder} does not exist."
        yield Finding("site folder", "fail", what, f"mkdir {folder}")
        return
    if not os.access(folder, os.W_OK | os.X_OK):
        mend = f"Give it to the user who runs Handpress: chown -R USER {folder}"
        yield Finding("site folder", "fail", f"{folder} cannot be written.", mend)
        return
    strangers = [path for path in _upper_folders(folder) if is_other_disk(path, folder)]
    for path in strangers:
        what = f"{path} lies on another disk: pages cannot be moved into place in one step."
        yield Finding("site folder", "fail", what, "Mount the whole site folder there instead.")
    if not strangers:
        yield Finding("site folder", "ok", f"{folder} can be written.")


def _upper_folders(folder: Path) -> Iterator[Path]:
    for path in folder.iterdir():
        if path.is_dir():
            yield path
            yield from (below for below in path.iterdir() if below.is_dir())


def is_other_disk(path: Path, folder: Path) -> bool:
    """Say whether `path` is on another file system than `folder`."""
    return path.stat().st_dev != folder.stat().st_dev


def check_press() -> Iterator[Finding]:
    """Look whether what changed gets printed."""
    status = press_status()
    if status.failed_pages:
        names = ", ".join(status.failed_names)
        what = f"{status.failed_pages:,} pages could not be made: {names}."
        yield Finding("press", "fail", what, "`handpress press` tries again and says why.")
        return
    yield judge_press(
        pages=status.pages,
        waiting=status.marks + status.stale,
        last_run_at=status.last_run_at,
        now=datetime.now(UTC),
    )


def judge_press(
    *, pages: int, waiting: int, last_run_at: datetime | None, now: datetime
) -> Finding:
    """Return the finding for a press that printed `pages` and has `waiting` changes to print."""
    if last_run_at is None:
        return Finding("press", "warn", "nothing was printed yet.", "Run `handpress press`.")
    last = f"{pages:,} pages; last run {last_run_at:%Y-%m-%d %H:%M} UTC"
    if waiting and now - last_run_at > _PATIENCE:
        what = f"{waiting:,} changes wait and nobody prints them ({last})."
        mend = "Is `handpress serve` running? `handpress press` prints them now."
        return Finding("press", "warn", what, mend)
    return Finding("press", "ok", f"{last}{f'; {waiting:,} changes wait' if waiting else ''}.")
