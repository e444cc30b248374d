"""The frame of everything sealed under a symmetric key, and how every format begins.

    format (1 byte) | suite (1) | [key name] | key id (32) | nonce (12) | ciphertext and tag

For each place a key of its own is expanded from the root (HKDF-Expand, RFC 5869): its first 32
bytes are the AES-256-GCM key, the other 32 are the key id. The associated data is everything
before the nonce, and the place.

Why nonces are safe: a key serves one place only, where hardly more than one content is ever
sealed (two writers at once, or the same place sealed anew), and each gets 96 random bits.

Why the key id is long: AES-GCM alone does not commit to its key, and a ciphertext can be made
that opens to different texts under two keys. The key id is a hash of the key that nobody can
make two keys agree on; it tells nothing of the key, and differs from place to place.
"""

import hmac
import secrets
from enum import IntEnum

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.hkdf import HKDF, HKDFExpand

from weerbaar.crypto.errors import CannotOpen

FORMAT = 1
ROOT_SIZE = 32
KEY_ID_SIZE = 32
NONCE_SIZE = 12
TAG_SIZE = 16

_SHA256 = hashes.SHA256()
_LABEL = b"weerbaar frame"


class Suite(IntEnum):
    """The second byte of a ciphertext: by which recipe it was made. A number is never reused."""

    TO_KEY_PAIR = 1  # X-Wing, HKDF-SHA256, AES-256-GCM in HPKE
    CONTENT = 2  # this and the following: HKDF-SHA256 and AES-256-GCM
    CHUNK = 3
    REWRAPPED_HALF = 4
    PRIVATE_KEY = 5
    SERVICE = 6
    HELD = 7


def mark(suite: Suite) -> bytes:
    """Format version and suite: how a ciphertext begins."""
    return bytes((FORMAT, suite))


def derive(material: bytes, *, info: bytes, salt: bytes | None = None) -> bytes:
    """A root key from secret material: HKDF-SHA256 (RFC 5869), 32 bytes."""
    return HKDF(_SHA256, ROOT_SIZE, salt, info).derive(material)


def fresh(size: int) -> bytes:
    """Random bytes for a nonce or a stream; the stored vectors put their own here."""
    return secrets.token_bytes(size)


def key_for(root: bytes, head: bytes, place: bytes) -> tuple[bytes, AESGCM]:
    """The head with its key id, and the cipher, of one place.

    Args:
        root: a pseudorandom key of 32 bytes.
        head: format, suite and, where the suite has one, the name of the root.
        place: what the key is for, unambiguously encoded.
    """
    material = HKDFExpand(_SHA256, ROOT_SIZE + KEY_ID_SIZE, _LABEL + head + place).derive(root)
    return head + material[ROOT_SIZE:], AESGCM(material[:ROOT_SIZE])


def close(root: bytes, head: bytes, place: bytes, plaintext: bytes) -> bytes:
    """Seal under a root key, in one place. Pad before, where the length tells something.

    Args:
        root: a pseudorandom key of 32 bytes.
        head: format, suite and, where the suite has one, the name of the root.
        place: what it is bound to, unambiguously encoded.
        plaintext: what to seal.
    """
    head, cipher = key_for(root, head, place)
    nonce = fresh(NONCE_SIZE)
    return head + nonce + cipher.encrypt(nonce, plaintext, head + place)


def disclose(root: bytes, head: bytes, place: bytes, sealed: bytes) -> bytes:
    """Open what `close` sealed.

    Raises:
        CannotOpen: another key or place, or changed.
    """
    head, cipher = key_for(root, head, place)
    start = len(head)
    if not hmac.compare_digest(sealed[:start], head):
        raise CannotOpen
    nonce_end = start + NONCE_SIZE
    return decrypt(cipher, sealed[start:nonce_end], sealed[nonce_end:], head + place)


def decrypt(cipher: AESGCM, nonce: bytes, sealed: bytes, associated: bytes) -> bytes:
    """AES-GCM with the one way to fail.

    Raises:
        CannotOpen: it does not open.
    """
    try:
        return cipher.decrypt(nonce, sealed, associated)
    except (InvalidTag, ValueError):
        raise CannotOpen from None
