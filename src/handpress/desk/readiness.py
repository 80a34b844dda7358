"""Bring the database's tables and the desk's own files up to date with the program."""

from __future__ import annotations

import hashlib
import io
import shutil
from pathlib import Path
from typing import Any

import django
import wagtail
from django.conf import settings
from django.contrib.staticfiles.finders import get_finders
from django.core.management import call_command
from django.core.management.commands.migrate import Command as Migrate
from django.db import connection
from django.db.migrations.executor import MigrationExecutor

import handpress
from handpress.lib.progress import Progress, progress

_STAMP = ".made-by"


def pending_migrations() -> list[str]:
    """Return the migrations that the database has not seen yet, in order; reads only."""
    executor = MigrationExecutor(connection)
    plan = executor.migration_plan(executor.loader.graph.leaf_nodes())
    return [f"{migration.app_label}.{migration.name}" for migration, _ in plan]


def newer_migrations() -> list[str]:
    """Return what a later version did to the database that this one knows nothing of; reads only.

    Numbers below our last are no sign of one: what was done in many steps may become one.
    """
    loader = MigrationExecutor(connection).loader
    known: dict[str, str] = {}
    for app, name in loader.disk_migrations:
        known[app] = max(known.get(app, ""), name)
    return sorted(
        f"{app}.{name}"
        for app, name in loader.applied_migrations
        if (app, name) not in loader.disk_migrations and name > known.get(app, name)
    )


def migrate_database() -> int:
    """Apply what is pending, each migration in a transaction; return how many there were.

    A run that is cut off is finished by the next.
    """
    pending = pending_migrations()
    work: Progress[Any] = progress(len(pending), "Preparing the database")
    with work:
        call_command(_Migrate(work), interactive=False, verbosity=0, skip_checks=True)
    return len(pending)


class _Migrate(Migrate):
    """Django's command, counting instead of printing."""

    def __init__(self, work: Progress[Any]) -> None:
        super().__init__(stdout=io.StringIO())
        self._work = work

    def migration_progress_callback(
        self, action: str, migration: Any | None = None, fake: bool = False
    ) -> None:
        if action == "apply_success":
            self._work.update()


def collect_desk_files() -> int:
    """Copy the desk's style sheets and scripts to where the server takes them from.

    Does nothing where this version's are there. Returns how many files were copied.
    """
    if are_desk_files_fresh():
        return 0
    target = Path(settings.STATIC_ROOT)
    # Beside the old ones and then in their place, so that no moment has half of them.
    fresh = target.with_name(f"{target.name}.new")
    shutil.rmtree(fresh, ignore_errors=True)
    fresh.mkdir(parents=True)
    copied = _copy_desk_files(fresh)
    (fresh / _STAMP).write_text(_version(), encoding="utf-8")
    shutil.rmtree(target, ignore_errors=True)
    fresh.rename(target)
    return copied


def are_desk_files_fresh() -> bool:
    """Say whether the desk's files that the server takes are those of this version."""
    stamp = Path(settings.STATIC_ROOT) / _STAMP
    return stamp.exists() and stamp.read_text(encoding="utf-8") == _version()


def _copy_desk_files(target: Path) -> int:
    seen: set[str] = set()
    found = [each for finder in get_finders() for each in finder.list([])]
    for name, storage in progress(found, "Copying the desk's files"):
        if name in seen:
            continue  # the first finder wins, as with collectstatic
        seen.add(name)
        path = target / name
        path.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(storage.path(name), path)
    return len(seen)


def _version() -> str:
    parts = (handpress.__version__, wagtail.__version__, django.__version__)
    apps = ",".join(settings.INSTALLED_APPS)
    digest = hashlib.sha256(apps.encode() + _own_files()).hexdigest()[:12]
    return f"handpress {parts[0]}, wagtail {parts[1]}, django {parts[2]}, apps {digest}\n"


def _own_files() -> bytes:
    """Return what tells one state of our own style sheets and scripts from the next.

    A clone that is brought up to date may have others without a new version.
    """
    own = Path(__file__).parent.parent
    return b"".join(
        path.read_bytes() for path in sorted(own.glob("*/static/**/*")) if path.is_file()
    )
