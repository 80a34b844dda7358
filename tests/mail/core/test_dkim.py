"""DKIM signatures, judged by programs that others wrote."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa

from handpress.mail.core.dkim import ED25519, RSA, BadKeyError, Signer, new_key, read_key
from handpress.mail.core.headers import unstructured
from handpress.mail.core.wire import compile_message, slot
from mail.core.test_wire import HEADERS, VALUES
from mail.verifiers import dkimpy_verdicts, opendkim_accepts


@pytest.fixture(scope="module")
def signers() -> list[Signer]:
    return [
        Signer("example.org", "hp1", read_key(new_key(RSA))),
        Signer("example.org", "hp2", read_key(new_key(ED25519))),
    ]


def message(signers: list[Signer]) -> bytes:
    subject = unstructured(
        "물이 돌아온다: water comes back to the harbour, after a dry year and a half"
    )
    headers = [(n, subject if n == "Subject" else v) for n, v in HEADERS]
    text = f". dot\nFrom here  on \t\n\n\nLeave: {slot('unsubscribe_url')} \n"
    html = f'<p>Café  &amp; 물</p>\n\n<a href="{slot("unsubscribe_url")}">Leave</a>\n\n'
    compiled = compile_message(
        headers=headers, text=text, html=html, signers=signers, signed_at=1_795_000_000
    )
    return compiled.build(VALUES)


def test_dkimpy_accepts_both_signatures(signers: list[Signer]) -> None:
    assert dkimpy_verdicts(message(signers), signers) == [True, True]


def test_opendkim_accepts_the_signature(signers: list[Signer], tmp_path: Path) -> None:
    assert opendkim_accepts(message(signers[:1]), signers, tmp_path)


@pytest.mark.parametrize(
    ("was", "becomes"),
    [
        (b"digest@example.org>", b"digest@example.net>"),
        (b"To: <reader@", b"To: <raeder@"),
        (b"List-Unsubscribe: <https://example.org", b"List-Unsubscribe: <https://example.com"),
        (b"Message-ID: <d-1-2", b"Message-ID: <d-1-3"),
        (b"=2E dot", b"=2E dog"),
        (b">Leave<", b">Leavf<"),
        (b"\r\nMIME-Version", b"\r\nFrom: Someone <else@example.com>\r\nMIME-Version"),
        (b"\r\nMIME-Version", b"\r\nSubject: Another\r\nMIME-Version"),
    ],
)
def test_one_changed_byte_or_added_field_is_noticed(
    signers: list[Signer], tmp_path: Path, was: bytes, becomes: bytes
) -> None:
    good = message(signers[:1])
    assert good.count(was) >= 1
    bad = good.replace(was, becomes, 1)
    assert dkimpy_verdicts(bad, signers) == [False]
    assert not opendkim_accepts(bad, signers, tmp_path)


def test_the_unsubscribe_fields_are_under_the_signature(signers: list[Signer]) -> None:
    head = message(signers).partition(b"\r\n\r\n")[0].replace(b"\r\n ", b"").replace(b" ", b"")
    for listed in head.split(b"DKIM-Signature:")[1:]:
        names = listed.partition(b"h=")[2].partition(b";")[0].split(b":")
        assert {b"list-unsubscribe", b"message-id", b"to", b"content-type"} < set(names)
        assert names.count(b"from") == 2


def test_a_key_survives_being_written_down(tmp_path: Path) -> None:
    for kind in (RSA, ED25519):
        pem = new_key(kind)
        signer = Signer("example.org", "hp1", read_key(pem))
        assert signer.kind == kind
        assert signer.record.startswith(f"v=DKIM1; k={kind}; p=")
        assert pem.decode() not in repr(signer)


def _pem(key: object) -> bytes:
    return key.private_bytes(  # type: ignore[attr-defined]
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )


@pytest.mark.parametrize(
    "pem",
    [
        b"",
        b"-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n",
        json.dumps({"key": 1}).encode(),
        _pem(rsa.generate_private_key(public_exponent=65537, key_size=1024)),
        _pem(ec.generate_private_key(ec.SECP256R1())),
    ],
    ids=["nothing", "rubbish", "another form", "too short", "another kind"],
)
def test_keys_that_will_not_do_are_refused(pem: bytes) -> None:
    with pytest.raises(BadKeyError):
        read_key(pem)
