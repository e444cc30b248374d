"""Recordings that the telephone's provider encrypted for us: one RSA key, one AES key each.

The provider's own documentation decrypts without ever checking the tag. Here nothing comes out
that was not authenticated.
"""

from base64 import b64decode
from binascii import Error as NotBase64
from collections.abc import Mapping

from cryptography.exceptions import InvalidTag, UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.serialization import load_pem_private_key

from weerbaar.crypto.errors import CannotOpen

NONCE_SIZE = 12
# The provider's callback, its documentation and its specification spell the fields differently.
KEY_NAMES = ("encrypted_cek", "encryption_cek")
NONCE_NAMES = ("iv", "encryption_iv")


class RecordingKey:
    """The private key whose public half the provider encrypts recordings to."""

    __slots__ = ("_key",)

    def __init__(self, pem: bytes) -> None:
        """Read a key.

        Args:
            pem: an RSA private key as PEM, without a password.

        Raises:
            CannotOpen: it is none.
        """
        try:
            key = load_pem_private_key(pem, None)
        except (ValueError, TypeError, UnsupportedAlgorithm):
            raise CannotOpen from None
        if not isinstance(key, RSAPrivateKey):
            raise CannotOpen
        self._key = key

    def __repr__(self) -> str:
        return "<RecordingKey>"

    def open(self, details: Mapping[str, object], content: bytes) -> bytes:
        """The sound of one recording.

        RSAES-OAEP with SHA-256 gives the content key, AES-256-GCM the sound; the tag is the last
        16 bytes (the provider's "Voice Recording Encryption").

        Args:
            details: what the provider says of the encryption, in any of its three spellings.
            content: the encrypted file.

        Raises:
            CannotOpen: another key, details that say nothing, or the file was changed.
        """
        wrapped, nonce = _bytes(details, KEY_NAMES), _bytes(details, NONCE_NAMES)
        if len(nonce) != NONCE_SIZE:
            raise CannotOpen
        oaep = padding.OAEP(padding.MGF1(hashes.SHA256()), hashes.SHA256(), None)
        try:
            return AESGCM(self._key.decrypt(wrapped, oaep)).decrypt(nonce, content, None)
        except (ValueError, InvalidTag):
            raise CannotOpen from None


def _bytes(details: Mapping[str, object], names: tuple[str, ...]) -> bytes:
    for name in names:
        value = details.get(name)
        if isinstance(value, str):
            try:
                return b64decode(value, validate=True)
            except (NotBase64, ValueError):
                break
    raise CannotOpen
