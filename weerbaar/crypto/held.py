"""A value held for a moment, under a one-time token that only an address carries.

Key = HKDF-SHA256(token || destruction secret). The database keeps neither: when the token has been
used or the secret destroyed, nobody can read the value again.
"""

import secrets

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from weerbaar.crypto.encoding import encode
from weerbaar.crypto.envelope import NONCE_SIZE
from weerbaar.crypto.errors import CannotOpen
from weerbaar.crypto.padding import pad, unpad

_HEAD = bytes((1, 1))


def hold(token: bytes, secret: bytes, plaintext: bytes, binding: bytes) -> bytes:
    """Seal a value under a token and a destruction secret.

    Args:
        token: one-time and random, at least 16 bytes.
        secret: the destruction secret.
        plaintext: the value.
        binding: what it is bound to.
    """
    nonce = secrets.token_bytes(NONCE_SIZE)
    sealed = _cipher(token, secret, binding).encrypt(nonce, pad(plaintext), _HEAD + binding)
    return _HEAD + nonce + sealed


def reveal(token: bytes, secret: bytes, sealed: bytes, binding: bytes) -> bytes:
    """The value that was held.

    Raises:
        CannotOpen: another token, secret or binding, or changed.
    """
    if sealed[:2] != _HEAD:
        raise CannotOpen
    try:
        padded = _cipher(token, secret, binding).decrypt(
            sealed[2 : 2 + NONCE_SIZE], sealed[2 + NONCE_SIZE :], _HEAD + binding
        )
    except (InvalidTag, ValueError):
        raise CannotOpen from None
    return unpad(padded)


def _cipher(token: bytes, secret: bytes, binding: bytes) -> AESGCM:
    if len(token) < 16 or len(secret) != 32:  # noqa: PLR2004 - sizes of token and secret
        raise CannotOpen
    key = HKDF(hashes.SHA256(), length=32, salt=None, info=encode("weerbaar held", binding)).derive(
        encode(token, secret)
    )
    return AESGCM(key)
