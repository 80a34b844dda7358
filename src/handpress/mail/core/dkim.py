"""DKIM signatures (RFC 6376), with RSA (RFC 8301) and Ed25519 (RFC 8463).

Relaxed canonicalisation of header and body, no ``l=``. The message comes already in canonical
form (`wire`), so that signing a message is one digest and one operation of the key.
"""

from __future__ import annotations

import re
from base64 import b64encode
from collections.abc import Sequence
from dataclasses import dataclass, field
from hashlib import sha256

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, generate_private_key

from handpress.mail.core.headers import canonical

Key = RSAPrivateKey | Ed25519PrivateKey
RSA, ED25519 = "rsa", "ed25519"
_LEAST_BITS, _MOST_BITS = 2048, 4096
_PADDING, _HASH = PKCS1v15(), hashes.SHA256()
_COLUMNS = 72


class BadKeyError(ValueError):
    """What was given is no private key that mail can be signed with."""


@dataclass(frozen=True, slots=True)
class Signer:
    """One key and where its public half is found: ``<selector>._domainkey.<domain>``."""

    domain: str
    selector: str
    key: Key = field(repr=False)

    @property
    def kind(self) -> str:
        """Which algorithm, as a key's record names it."""
        return RSA if isinstance(self.key, RSAPrivateKey) else ED25519

    @property
    def record_name(self) -> str:
        """The name under which the public key is published."""
        return f"{self.selector}._domainkey.{self.domain}"

    @property
    def record(self) -> str:
        """The TXT record to publish there."""
        return f"v=DKIM1; k={self.kind}; p={b64encode(_public(self.key)).decode()}"

    def sign(self, data: bytes) -> bytes:
        """Return the signature of what a verifier will put together."""
        if isinstance(self.key, RSAPrivateKey):
            return self.key.sign(data, _PADDING, _HASH)
        return self.key.sign(sha256(data).digest())


def _public(key: Key) -> bytes:
    if isinstance(key, RSAPrivateKey):
        return key.public_key().public_bytes(
            serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo
        )
    return key.public_key().public_bytes_raw()


def new_key(kind: str) -> bytes:
    """Make a private key (RSA of 2048 bits, or Ed25519) and return it as PEM."""
    key: Key
    if kind == RSA:
        key = generate_private_key(public_exponent=65537, key_size=_LEAST_BITS)
    else:
        key = Ed25519PrivateKey.generate()
    return key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )


def read_key(pem: bytes) -> Key:
    """Return the private key in a PEM; raise BadKeyError where it will not do."""
    try:
        key = serialization.load_pem_private_key(pem, password=None)
    except (ValueError, TypeError, UnsupportedAlgorithm):
        raise BadKeyError("this is no private key in PEM form without a password") from None
    if isinstance(key, Ed25519PrivateKey):
        return key
    if not isinstance(key, RSAPrivateKey):
        raise BadKeyError("mail is signed with RSA or Ed25519 keys only")
    if not _LEAST_BITS <= key.key_size <= _MOST_BITS:
        raise BadKeyError(f"an RSA key of {key.key_size} bits is refused by many who receive mail")
    return key


@dataclass(frozen=True, slots=True)
class Seal:
    """All of a signature but what differs from message to message."""

    signer: Signer
    _wire: bytes
    _canonical: bytes

    @classmethod
    def of(cls, signer: Signer, names: Sequence[str], at: int) -> Seal:
        """Prepare to sign the fields called ``names``, in this order, at this Unix time."""
        listed = _folded(":".join(names))
        start = (
            f"DKIM-Signature: v=1; a={signer.kind}-sha256; c=relaxed/relaxed;\r\n"
            f" d={signer.domain}; s={signer.selector}; t={at};\r\n h={listed};\r\n bh="
        )
        return cls(signer, start.encode(), canonical(start).encode())

    def field(self, signed: bytes, body_hash: bytes) -> bytes:
        """Return the whole field, with its end, over canonical fields and the body's digest."""
        digest = b64encode(body_hash)
        data = b"%b%b%b; b=" % (signed, self._canonical, digest)
        value = b64encode(self.signer.sign(data))
        lines = [value[at : at + _COLUMNS] for at in range(0, len(value), _COLUMNS)]
        return b"%b%b;\r\n b=%b\r\n" % (self._wire, digest, b"\r\n ".join(lines))


def _folded(names: str) -> str:
    """Break a list of names at colons, none of its lines too long."""
    lines = re.findall(rf".{{1,{_COLUMNS}}}(?::|$)", names)
    return "\r\n  ".join(lines)
