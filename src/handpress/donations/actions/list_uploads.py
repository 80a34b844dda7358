"""Lists of donors that were brought to the desk: kept for a day, encrypted, until taken over.

A list lies below ``var/donor-lists``: its bytes under a key of its own, and beside them what was
chosen about it. Nothing of it stands in the database before it is taken over.
"""

from __future__ import annotations

import json
import re
import secrets
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import asdict, dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from cryptography.fernet import InvalidToken
from django.conf import settings

from handpress.donations import sealing
from handpress.donations.actions.donors import have_key
from handpress.donations.lists import NotAList
from handpress.lib import clock

KEPT_FOR = timedelta(days=1)
_TOKEN = re.compile(r"[0-9a-f]{32}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Upload:
    """A list as it was brought, and what was chosen. ``sheet`` is what the last look found, or what
    taking it over came to; ``choices`` are values of forms."""

    token: str
    name: str
    at: str
    wrapped_key: str
    choices: dict[str, Any] = field(default_factory=dict)
    sheet: dict[str, Any] = field(default_factory=dict)
    is_done: bool = False


def keep_upload(name: str, data: bytes) -> Upload:
    """Keep a list; raises `sealing.KeysUnusable`. Older ones are thrown away."""
    have_key()
    forget_uploads(clock.now())
    key, wrapped = sealing.new_donor_key()
    upload = Upload(
        token=secrets.token_hex(16),
        name=name[:200],
        at=clock.now().isoformat(),
        wrapped_key=wrapped,
    )
    folder = _folder()
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    _write(folder / upload.token, key.encrypt(data))
    _note(upload)
    return upload


def find_upload(token: str) -> Upload | None:
    """Return a list that was kept; None where there is none, or none any more."""
    if not _TOKEN.fullmatch(token):
        return None
    try:
        values = json.loads((_folder() / f"{token}.json").read_text("utf-8"))
        return Upload(**values)
    except (OSError, ValueError, TypeError):
        return None


def data_of(upload: Upload) -> bytes:
    """Return the bytes of a list. Raises `NotAList` where they are gone, `sealing.KeysUnusable`."""
    try:
        sealed = (_folder() / upload.token).read_bytes()
        return sealing.donor_key(upload.wrapped_key).decrypt(sealed)
    except (OSError, InvalidToken):
        raise NotAList("The list is not here any more. Please bring it once more.") from None


def note_choices(upload: Upload, choices: dict[str, Any], sheet: dict[str, Any]) -> Upload:
    """Keep what was chosen and what it would come to."""
    upload = replace(upload, choices=choices, sheet=sheet)
    _note(upload)
    return upload


def note_done(upload: Upload, sheet: dict[str, Any]) -> Upload:
    """Keep what taking the list over came to; the list itself goes."""
    upload = replace(upload, sheet=sheet, is_done=True)
    _note(upload)
    _remove(_folder() / upload.token)
    return upload


def throw_away(upload: Upload) -> None:
    """Forget a list."""
    _remove(_folder() / upload.token)
    _remove(_folder() / f"{upload.token}.json")


def forget_uploads(now: datetime) -> int:
    """Forget lists that are a day old; return how many."""
    old = [each for each in _all() if now - datetime.fromisoformat(each.at) > KEPT_FOR]
    for upload in old:
        throw_away(upload)
    return len(old)


_next_look = datetime.min.replace(tzinfo=UTC)


def tidy_uploads(now: datetime) -> None:
    """Forget old lists, looking once an hour; cheap to be called at any time."""
    global _next_look
    if now >= _next_look:
        _next_look = now + timedelta(hours=1)
        forget_uploads(now)


def _all() -> Iterator[Upload]:
    for file in sorted(_folder().glob("*.json")):
        if upload := find_upload(file.stem):
            yield upload


def _note(upload: Upload) -> None:
    _write(_folder() / f"{upload.token}.json", json.dumps(asdict(upload)).encode())


def _write(file: Path, content: bytes) -> None:
    new = file.with_name(f"{file.name}.new")
    new.touch(mode=0o600)
    new.write_bytes(content)
    new.replace(file)


def _remove(file: Path) -> None:
    with suppress(OSError):
        file.unlink()


def _folder() -> Path:
    return Path(settings.HANDPRESS.var_folder) / "donor-lists"
