"""Two foreign programs that verify DKIM signatures: dkimpy and OpenDKIM, as Debian has them."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Sequence
from functools import cache
from pathlib import Path
from shutil import which

import pytest

from handpress.mail.core.dkim import Signer

_DEBIANS_PYTHON = "/usr/bin/python3"
_DKIMPY = """
import dkim, json, sys
records = json.loads(sys.argv[1])
message = sys.stdin.buffer.read()
def look_up(name, timeout=5):
    return records[name.decode().rstrip(".")].encode()
signatures = message.partition(b"\\r\\n\\r\\n")[0].lower().count(b"dkim-signature:")
def verdict(n):
    try:
        return dkim.DKIM(message).verify(idx=n, dnsfunc=look_up)
    except dkim.ValidationError:
        return False
found = [verdict(n) for n in range(signatures)]
print(json.dumps(found))
"""


@cache
def _has_dkimpy() -> bool:
    if not Path(_DEBIANS_PYTHON).exists():
        return False
    command = [_DEBIANS_PYTHON, "-c", "import dkim, nacl"]
    return subprocess.run(command, capture_output=True, env={}).returncode == 0


def dkimpy_verdicts(message: bytes, signers: Sequence[Signer]) -> list[bool]:
    """Return for each signature whether dkimpy accepts it, from the top."""
    if not _has_dkimpy():
        pytest.skip("dkimpy is not here (apt install python3-dkim python3-nacl)")
    records = json.dumps({each.record_name: each.record for each in signers})
    command = [_DEBIANS_PYTHON, "-W", "ignore", "-c", _DKIMPY, records]
    result = subprocess.run(command, input=message, capture_output=True, env={})
    assert result.returncode == 0, result.stderr.decode()
    return list(json.loads(result.stdout))


def opendkim_accepts(message: bytes, signers: Sequence[Signer], folder: Path) -> bool:
    """Tell whether OpenDKIM accepts the message."""
    program = which("opendkim", path="/usr/sbin:/usr/bin")
    if program is None:
        pytest.skip("OpenDKIM is not here (apt install opendkim)")
    keys = folder / "keys.txt"
    keys.write_text("".join(f"{each.record_name} {each.record}\n" for each in signers))
    (folder / "opendkim.conf").write_text(f"Mode v\nTestPublicKeys {keys}\n")
    (folder / "message.eml").write_bytes(message)
    command = [
        program,
        "-x",
        str(folder / "opendkim.conf"),
        "-t",
        str(folder / "message.eml"),
        "-vv",
    ]
    result = subprocess.run(command, capture_output=True, text=True)
    said = result.stdout + result.stderr
    print(said, file=sys.stderr)
    return "verification (s=" in said and "succeeded" in said
