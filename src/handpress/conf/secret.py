"""Secrets: from a variable, from the file a variable names, or from secret.key."""

from __future__ import annotations

import stat
from collections.abc import Mapping
from pathlib import Path

from handpress.conf.faults import Fault

SECRET_FILE = "secret.key"  # noqa: S105  (the name of the file, not a secret)
_VARIABLE = "HANDPRESS_SECRET_KEY"
VARIABLES = (_VARIABLE, f"{_VARIABLE}_FILE")

_LEAST_LENGTH = 50


def read_text_or_file(name: str, environ: Mapping[str, str], faults: list[Fault]) -> str:
    """Return the secret in the variable `name` or in the file that `name`_FILE names, or ""."""
    text, path = environ.get(name, ""), environ.get(f"{name}_FILE", "")
    if text and path:
        problem = f"{name} and {name}_FILE are both set."
        faults.append(Fault(f"{name}_FILE", problem, "Keep one of the two."))
        return ""
    if not path:
        return text
    try:
        return Path(path).read_text(encoding="utf-8").strip()
    except (OSError, UnicodeDecodeError) as error:
        reason = getattr(error, "strerror", None) or "it is not text"
        problem = f"the file {path} cannot be read ({reason})."
        faults.append(Fault(f"{name}_FILE", problem, "Name a file that you may read."))
        return ""


def load_secret_key(folder: Path, environ: Mapping[str, str], faults: list[Fault]) -> str:
    """Return the key that signs sessions and links; whatever is wrong with it is added."""
    before = len(faults)
    key = read_text_or_file(_VARIABLE, environ, faults)
    where = _VARIABLE
    if not key and len(faults) == before:
        where = SECRET_FILE
        key = _read_key_file(folder, faults)
    if key and (len(key) < _LEAST_LENGTH or len(set(key)) < 10):
        problem = f"the key is too easy to guess ({len(key)} signs)."
        remedy = f"Give at least {_LEAST_LENGTH} random signs; `handpress init` makes such a key."
        faults.append(Fault(where, problem, remedy))
    return key


def _read_key_file(folder: Path, faults: list[Fault]) -> str:
    path = folder / SECRET_FILE
    try:
        mode = stat.S_IMODE(path.stat().st_mode)
        key = path.read_text(encoding="utf-8").strip()
    except FileNotFoundError:
        remedy = f"`handpress init {folder}` makes one, and leaves the rest as it is."
        faults.append(Fault(SECRET_FILE, f"there is none in {folder}.", remedy))
        return ""
    except (OSError, UnicodeDecodeError) as error:
        reason = getattr(error, "strerror", None) or "it is not text"
        remedy = f"Make {path} a file that you may read."
        faults.append(Fault(SECRET_FILE, f"it cannot be read ({reason}).", remedy))
        return ""
    if mode & 0o077:
        problem = f"other users of this machine may read it (mode {mode:o})."
        faults.append(Fault(SECRET_FILE, problem, f"Run `chmod 600 {path}`."))
    if not key:
        remedy = f"Remove {path} and run `handpress init {folder}`; everyone signs in anew."
        faults.append(Fault(SECRET_FILE, "it is empty.", remedy))
    return key
