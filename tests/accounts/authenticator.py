"""A device that makes passkeys and touches them, as WebAuthn Level 3 says that one answers."""

import hashlib
import hmac
import json
import secrets
from base64 import urlsafe_b64decode, urlsafe_b64encode
from dataclasses import dataclass, field
from typing import Any

import cbor2
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec

ORIGIN, RP_ID = "http://localhost:8070", "localhost"
PRESENT, VERIFIED, ATTESTED = 0x01, 0x04, 0x40


def written(raw: bytes) -> str:
    return urlsafe_b64encode(raw).decode().rstrip("=")


def bytes_of(text: str) -> bytes:
    return urlsafe_b64decode(text + "=" * (-len(text) % 4))


@dataclass
class Credential:
    """One passkey on the device."""

    id: bytes = field(default_factory=lambda: secrets.token_bytes(32))
    handle: bytes = b""
    key: ec.EllipticCurvePrivateKey = field(
        default_factory=lambda: ec.generate_private_key(ec.SECP256R1())
    )
    prf_key: bytes = field(default_factory=lambda: secrets.token_bytes(32))
    count: int = 0

    def cose(self) -> bytes:
        """The public key, ES256 (RFC 9053, section 2.1)."""
        numbers = self.key.public_key().public_numbers()
        x, y = (one.to_bytes(32, "big") for one in (numbers.x, numbers.y))
        return cbor2.dumps({1: 2, 3: -7, -1: 1, -2: x, -3: y})


@dataclass
class Authenticator:
    """A device; `counts` is how far its counter goes at each touch."""

    has_prf: bool = True
    counts: int = 1
    made: list[Credential] = field(default_factory=list)

    def make(self, options: dict[str, Any], **wrong: Any) -> tuple[str, bytes | None]:
        """Make a passkey: the answer as the page's script sends it, and the PRF output."""
        one = Credential(handle=bytes_of(options["user"]["id"]))
        self.made.append(one)
        data = self._data(one, PRESENT | VERIFIED | ATTESTED, **wrong)
        data += bytes(16) + len(one.id).to_bytes(2, "big") + one.id + one.cose()
        attestation = cbor2.dumps({"fmt": "none", "attStmt": {}, "authData": data})
        client = self._client("webauthn.create", options, **wrong)
        return _answer(one, clientDataJSON=client, attestationObject=attestation), self._prf(
            one, options
        )

    def touch(
        self, options: dict[str, Any], one: Credential | None = None, **wrong: Any
    ) -> tuple[str, bytes | None]:
        """Touch a passkey, the newest without: the answer, and the PRF output."""
        one = one or self.made[-1]
        one.count += self.counts
        flags = wrong.pop("flags", PRESENT | VERIFIED)
        data = self._data(one, flags, **wrong)
        client = self._client("webauthn.get", options, **wrong)
        signed = data + hashlib.sha256(client).digest()
        signature = one.key.sign(wrong.get("signed", signed), ec.ECDSA(hashes.SHA256()))
        said = _answer(
            one,
            clientDataJSON=client,
            authenticatorData=data,
            signature=signature,
            userHandle=wrong.get("handle", one.handle),
        )
        return said, self._prf(one, options)

    def _data(self, one: Credential, flags: int, *, rp_id: str = RP_ID, **_wrong: Any) -> bytes:
        digest = hashlib.sha256(rp_id.encode()).digest()
        return digest + bytes([flags]) + one.count.to_bytes(4, "big")

    def _client(self, usual: str, options: dict[str, Any], **wrong: Any) -> bytes:
        return json.dumps({
            "type": wrong.get("kind", usual),
            "challenge": wrong.get("challenge", options["challenge"]),
            "origin": wrong.get("origin", ORIGIN),
            "crossOrigin": wrong.get("framed", False),
        }).encode()  # fmt: skip

    def _prf(self, one: Credential, options: dict[str, Any]) -> bytes | None:
        if not self.has_prf:
            return None
        asked = options["extensions"]["prf"]
        each = asked.get("evalByCredential", {}).get(written(one.id), asked["eval"])
        # Level 3, section 10.1.4: what a page gives is hashed with a fixed prefix first.
        salt = hashlib.sha256(b"WebAuthn PRF\0" + bytes_of(each["first"])).digest()
        return hmac.digest(one.prf_key, salt, hashlib.sha256)


def _answer(one: Credential, **response: bytes) -> str:
    return json.dumps({
        "id": written(one.id),
        "rawId": written(one.id),
        "type": "public-key",
        "response": {name: written(value) for name, value in response.items()},
        "clientExtensionResults": {},
    })  # fmt: skip
