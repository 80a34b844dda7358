"""The keys that sign mail: files in the newsroom's folder, one for each selector.

What lies in ``keys/dkim`` signs: ``hp1.pem`` is published under ``hp1._domainkey.<domain>``. A key
is replaced by putting a new one beside it, publishing that, and taking the old one away.
"""

from __future__ import annotations

import os
from pathlib import Path

from django.conf import settings

from handpress.mail.core.dkim import ED25519, RSA, BadKeyError, Key, Signer, new_key, read_key
from handpress.mail.envelopes import own_domain

FIRST_SELECTORS = (("hp1", RSA), ("hp2", ED25519))
"""RSA goes everywhere; Ed25519 beside it, for those who verify it."""


class UnusableKey(RuntimeError):
    """A key's file is there and cannot be used; nothing is sent unsigned by accident."""


def keys_folder() -> Path:
    """Return where the keys lie."""
    return Path(settings.HANDPRESS.folder) / "keys" / "dkim"


def signers() -> tuple[Signer, ...]:
    """Return what signs mail, RSA first; none where no keys were made, since the relay signs."""
    files = sorted(keys_folder().glob("*.pem"))
    found = [Signer(own_domain(), file.stem, _read(file)) for file in files]
    return tuple(sorted(found, key=lambda each: (each.kind != RSA, each.selector)))


def _read(file: Path) -> Key:
    try:
        return read_key(file.read_bytes())
    except (OSError, BadKeyError) as error:
        raise UnusableKey(f"{file.name} in {file.parent} cannot sign mail: {error}") from error


def missing_keys() -> list[str]:
    """Return the selectors whose keys `make_keys` would make."""
    folder = keys_folder()
    return [name for name, _ in FIRST_SELECTORS if not (folder / f"{name}.pem").exists()]


def make_keys() -> list[str]:
    """Make the keys that are missing, readable by their owner alone; return new selectors."""
    folder = keys_folder()
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    missing = missing_keys()
    for selector, kind in FIRST_SELECTORS:
        if selector in missing:
            _write(folder / f"{selector}.pem", new_key(kind))
    return missing


def _write(file: Path, pem: bytes) -> None:
    descriptor = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "wb") as stream:
        stream.write(pem)
        stream.flush()
        os.fsync(stream.fileno())
