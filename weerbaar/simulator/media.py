"""Recordings: their facts and their sound, encrypted where the account asks for it (section 9)."""

import os
import struct
from base64 import b64decode, b64encode
from dataclasses import dataclass, field
from datetime import datetime

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.serialization import load_pem_public_key

RATE = 8000


@dataclass(frozen=True)
class RecordingKey:
    """The account's public key for recordings, and the provider's name for it (`CR...`)."""

    sid: str
    public: RSAPublicKey = field(repr=False)

    @classmethod
    def load(cls, sid: str, pem: bytes) -> "RecordingKey":
        """Read a public key in PEM.

        Raises:
            TypeError, ValueError: it is no RSA key.
        """
        public = load_pem_public_key(pem)
        if not isinstance(public, RSAPublicKey):
            raise TypeError("recordings are encrypted to an RSA key")
        return cls(sid, public)


@dataclass(frozen=True)
class Encryption:
    """How one recording is encrypted: its own key, wrapped, and the initial vector."""

    key_sid: str
    wrapped: str
    iv: str
    cek: bytes = field(repr=False)

    @classmethod
    def to(cls, key: RecordingKey) -> "Encryption":
        """A fresh key for one recording: RSAES-OAEP with SHA-256 twice, AES-256-GCM."""
        cek, iv = AESGCM.generate_key(256), os.urandom(12)
        wrap = padding.OAEP(padding.MGF1(hashes.SHA256()), hashes.SHA256(), None)
        wrapped = b64encode(key.public.encrypt(cek, wrap)).decode()
        return cls(key.sid, wrapped, b64encode(iv).decode(), cek)


@dataclass
class Recording:
    """One recording; `media` is False once it was deleted (the metadata stays 40 days)."""

    sid: str
    call_sid: str
    created: datetime
    seconds: int
    words: str = ""
    source: str = "RecordVerb"
    status: str = "processing"
    media: bool = True
    encryption: Encryption | None = None
    error_code: int | None = None

    def content(self) -> bytes:
        """What is fetched: the sound, or the sound encrypted with the tag as its last 16 bytes."""
        if self.encryption is None:
            return self.wav()
        return AESGCM(self.encryption.cek).encrypt(b64decode(self.encryption.iv), self.wav(), None)

    def wav(self) -> bytes:
        """The sound: 8 kHz, 16 bits, as long as was spoken; words are heard as their letters."""
        size = 2 * RATE * self.seconds
        spoken = self.words.encode()
        data = (spoken * -(-size // len(spoken)))[:size] if spoken else bytes(size)
        head = struct.pack("<4sI4s4sIHHIIHH", b"RIFF", 36 + len(data), b"WAVE", b"fmt ", 16, 1, 1, RATE, 2 * RATE, 2, 16)  # fmt: skip  # noqa: E501
        return head + struct.pack("<4sI", b"data", len(data)) + data
