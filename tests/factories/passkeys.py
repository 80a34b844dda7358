"""A passkey made of a few lines: what a phone's secure chip does, for tests without a browser."""

from __future__ import annotations

import json
import secrets
from hashlib import sha256
from typing import Any

from allauth.mfa.models import Authenticator
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from fido2.cose import ES256
from fido2.utils import websafe_encode
from fido2.webauthn import (
    AttestationObject,
    AttestedCredentialData,
    AuthenticatorData,
    CollectedClientData,
)

_FLAGS = AuthenticatorData.FLAG.UP | AuthenticatorData.FLAG.UV


class Passkey:
    """One credential for one host, whose owner is always there and proves it."""

    def __init__(self, host: str = "testserver") -> None:
        self.host = host
        self.id = secrets.token_bytes(16)
        self.key = ec.generate_private_key(ec.SECP256R1())
        self.user_handle = ""

    def register(self, options: dict[str, Any]) -> str:
        """Answer what a page asks of a browser when a passkey is to be added."""
        wanted = options["publicKey"]
        self.user_handle = wanted["user"]["id"]
        made = AttestedCredentialData.create(
            b"\0" * 16, self.id, ES256.from_cryptography_key(self.key.public_key())
        )
        data = self._data(_FLAGS | AuthenticatorData.FLAG.AT, made)
        client = self._client(CollectedClientData.TYPE.CREATE, wanted["challenge"])
        return self._answer(
            {
                "clientDataJSON": websafe_encode(client),
                "attestationObject": websafe_encode(AttestationObject.create("none", data, {})),
            }
        )

    def prove(self, options: dict[str, Any], *, is_verified: bool = True) -> str:
        """Answer what a page asks of a browser when somebody signs in."""
        flags = _FLAGS if is_verified else AuthenticatorData.FLAG.UP
        data = self._data(flags)
        client = self._client(CollectedClientData.TYPE.GET, options["publicKey"]["challenge"])
        signature = self.key.sign(data + sha256(client).digest(), ec.ECDSA(hashes.SHA256()))
        return self._answer(
            {
                "clientDataJSON": websafe_encode(client),
                "authenticatorData": websafe_encode(data),
                "signature": websafe_encode(signature),
                "userHandle": self.user_handle,
            }
        )

    def _data(self, flags: AuthenticatorData.FLAG, credential: Any = b"") -> AuthenticatorData:
        return AuthenticatorData.create(sha256(self.host.encode()).digest(), flags, 0, credential)

    def _client(self, kind: str, challenge: str) -> CollectedClientData:
        return CollectedClientData.create(kind, challenge, f"https://{self.host}")

    def _answer(self, response: dict[str, Any]) -> str:
        own = websafe_encode(self.id)
        return json.dumps(
            {
                "id": own,
                "rawId": own,
                "type": "public-key",
                "response": response,
                "clientExtensionResults": {},
            }
        )


def give_passkey(user: Any, name: str = "laptop") -> Passkey:
    """Give a user a passkey, as if it had been added on the desk."""
    passkey = Passkey()
    from allauth.account.utils import user_pk_to_url_str

    handle = websafe_encode(user_pk_to_url_str(user).encode())
    options = {"publicKey": {"user": {"id": handle}, "challenge": websafe_encode(b"x" * 32)}}
    credential = json.loads(passkey.register(options))
    Authenticator.objects.create(
        user=user, type="webauthn", data={"name": name, "credential": credential}
    )
    return passkey
