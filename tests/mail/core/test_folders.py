"""Names of folders on the wire (RFC 3501, 5.1.3)."""

from __future__ import annotations

import re
from base64 import b64decode

import pytest
from hypothesis import given
from hypothesis import strategies as st

from handpress.mail.core.folders import wire_name


@pytest.mark.parametrize(
    ("name", "wire"),
    [
        ("INBOX", "INBOX"),
        ("Bounces/2026", "Bounces/2026"),
        ("A & B", "A &- B"),
        # The example of the RFC.
        ("~peter/mail/台北/日本語", "~peter/mail/&U,BTFw-/&ZeVnLIqe-"),
        ("Rückläufer", "R&APw-ckl&AOQ-ufer"),
        ("📬", "&2D3c7A-"),
        # Written so by hand, as one had to before.
        ("R&APw-ckl&AOQ-ufer", "R&APw-ckl&AOQ-ufer"),
        ("R&APw-ck & mehr", "R&-APw-ck &- mehr"),
    ],
)
def test_known_names(name: str, wire: str) -> None:
    assert wire_name(name) == wire


@given(st.text(alphabet=st.characters(codec="utf-16"), max_size=30).filter(lambda t: "&" not in t))
def test_every_name_is_ascii_and_comes_back(name: str) -> None:
    wire = wire_name(name)
    assert wire.isascii()

    def decoded(found: re.Match[str]) -> str:
        octets = found[1].replace(",", "/")
        return b64decode(octets + "=" * (-len(octets) % 4)).decode("utf-16-be")

    assert re.sub("&([^-]*)-", decoded, wire) == name
