"""Recordings that the telephone's provider encrypted for us: one RSA key, one AES key each.

The provider's own documentation decrypts without ever checking the tag. Here nothing comes out
that was not authenticated.
"""

import re
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


_PEM = re.compile(rb"-----BEGIN ([A-Z ]+)-----.+?-----END \1-----", re.DOTALL)


class RecordingKey:
    """The private keys whose public halves the provider encrypts recordings to, newest first.

    The provider names the public key by an id of its own, which no key tells: each key is tried. A
    wrong one does not open the content key, or a content key that does not open the sound.
    """

    __slots__ = ("_keys",)

    def __init__(self, pem: bytes) -> None:
        """Read the present key, and earlier ones behind it.

        Args:
            pem: RSA private keys as PEM, without a password, one after the other.

        Raises:
            CannotOpen: there is none, or one of them is something else.
        """
        blocks = [found.group(0) for found in _PEM.finditer(pem)]
        if not blocks:
            raise CannotOpen
        self._keys = tuple(_private_key(one) for one in blocks)

    def __repr__(self) -> str:
        return "<RecordingKey>"

    @property
    def sizes(self) -> tuple[int, ...]:
        """The length of each key, in bits."""
        return tuple(key.key_size for key in self._keys)

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
        for key in self._keys:
            try:
                return AESGCM(key.decrypt(wrapped, oaep)).decrypt(nonce, content, None)
            except (ValueError, InvalidTag):
                continue
        raise CannotOpen


def _private_key(pem: bytes) -> RSAPrivateKey:
    try:
        key = load_pem_private_key(pem, None)
    except (ValueError, TypeError, UnsupportedAlgorithm):
        raise CannotOpen from None
    if not isinstance(key, RSAPrivateKey):
        raise CannotOpen
    return key


def _bytes(details: Mapping[str, object], names: tuple[str, ...]) -> bytes:
    for name in names:
        value = details.get(name)
        if isinstance(value, str):
            try:
                return b64decode(value, validate=True)
            except (NotBase64, ValueError):
                break
    raise CannotOpen
