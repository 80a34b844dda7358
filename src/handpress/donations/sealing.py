"""What donors told about themselves, encrypted: a key for each, and one that encrypts the keys.

The newsroom's key is a file beside ``secret.key``: ``keys/donors.key``, made when it is first
needed. A line is a key (Fernet); the first one encrypts, all of them can read, and the last one
also makes the marks by which an address is found. Who is erased is listed in
``keys/erased-donors``, by number alone, so that a restored database forgets them once more.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import os
from collections.abc import Iterator, Mapping
from pathlib import Path
from uuid import UUID

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from django.conf import settings


class KeysUnusable(RuntimeError):
    """The newsroom's key for donors is missing or another; nothing is lost, and nothing is read."""


class Forgotten(LookupError):
    """The donor was erased: nobody can read what was there."""


def key_file() -> Path:
    """Return where the newsroom's key for donors lies."""
    return Path(settings.HANDPRESS.folder) / "keys" / "donors.key"


def erased_file() -> Path:
    """Return where it is written down who was erased."""
    return Path(settings.HANDPRESS.folder) / "keys" / "erased-donors"


def make_key() -> None:
    """Make the newsroom's key, readable by its owner alone, unless there is one."""
    file = key_file()
    file.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    new = file.with_name(f".donors-{os.getpid()}-{os.urandom(4).hex()}")
    _write(new, Fernet.generate_key() + b"\n")
    try:
        # Whole or not at all, and whoever comes second finds the first one's.
        os.link(new, file)
    except FileExistsError:
        return
    finally:
        new.unlink()


def new_donor_key() -> tuple[Fernet, str]:
    """Return a new donor's key, and the same as it is stored."""
    key = Fernet.generate_key()
    return Fernet(key), _master().encrypt(key).decode()


def seal(facts: Mapping[str, str], key: Fernet) -> str:
    """Encrypt what a donor told."""
    return key.encrypt(json.dumps(dict(facts), ensure_ascii=False).encode()).decode()


def unseal(sealed: str, wrapped_key: str) -> dict[str, str]:
    """Read what a donor told; raises `Forgotten` after erasing, `KeysUnusable` without the key."""
    if not wrapped_key:
        raise Forgotten
    text = donor_key(wrapped_key).decrypt(sealed)
    return {str(name): str(value) for name, value in json.loads(text).items()}


def donor_key(wrapped_key: str) -> Fernet:
    """Return a donor's key as it can be used."""
    try:
        return Fernet(_master().decrypt(wrapped_key))
    except InvalidToken:
        raise KeysUnusable(
            f"{key_file()} is not the key that these donors were kept with. Put back the one "
            "from your backup; nothing was changed."
        ) from None


def seal_text(text: str) -> str:
    """Encrypt a text that is nobody's in particular."""
    return _master().encrypt(text.encode()).decode()


def unseal_text(sealed: str) -> str:
    """Read such a text; raises `KeysUnusable` without the key."""
    try:
        return _master().decrypt(sealed).decode()
    except InvalidToken:
        raise KeysUnusable(f"{key_file()} is not the key that this was kept with.") from None


def mark_of(address_key: str) -> str:
    """Return what an address is found by: the same for the same one, and nobody can read it."""
    secret = hashlib.sha256(b"handpress.donor.mark" + _lines()[-1]).digest()
    return hmac.new(secret, address_key.encode(), "sha256").hexdigest()


def note_erased(donor: UUID) -> None:
    """Write down, on the disk, that a donor is erased, before the row is."""
    file = erased_file()
    file.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    descriptor = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    with os.fdopen(descriptor, "wb") as stream:
        stream.write(f"{donor}\n".encode())
        stream.flush()
        os.fsync(stream.fileno())


def erased_donors() -> Iterator[UUID]:
    """Yield who was ever erased; a line that is no number is left out."""
    try:
        lines = erased_file().read_text("utf-8").split()
    except FileNotFoundError:
        return
    for line in lines:
        try:
            yield UUID(line)
        except ValueError:
            continue


def _master() -> MultiFernet:
    try:
        return MultiFernet([Fernet(line) for line in _lines()])
    except ValueError:
        raise KeysUnusable(f"{key_file()} holds something that is no key.") from None


def _lines() -> list[bytes]:
    try:
        lines = key_file().read_bytes().split()
    except FileNotFoundError:
        raise KeysUnusable(
            f"{key_file()} is missing. Put back the one from your backup; nothing was changed."
        ) from None
    if not lines:
        raise KeysUnusable(f"{key_file()} is empty. Put back the one from your backup.")
    return lines


def _write(file: Path, content: bytes) -> None:
    descriptor = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "wb") as stream:
        stream.write(content)
        stream.flush()
        os.fsync(stream.fileno())
