"""A value held for a moment, under a one-time token that only an address carries.

Key = HKDF-SHA256(token || destruction secret). The database keeps neither: when the token has been
used or the secret destroyed, nobody can read the value again.
"""

from weerbaar.crypto import frame
from weerbaar.crypto.encoding import encode
from weerbaar.crypto.envelope import SECRET_SIZE
from weerbaar.crypto.errors import CannotOpen
from weerbaar.crypto.frame import Suite, mark
from weerbaar.crypto.padding import pad, unpad

SHORTEST_TOKEN = 16

_HEAD = mark(Suite.HELD)
_ROOT = b"weerbaar held"


def hold(token: bytes, secret: bytes, plaintext: bytes, binding: bytes) -> bytes:
    """Seal a value under a token and a destruction secret, padded.

    Args:
        token: one-time and random, at least 16 bytes.
        secret: the destruction secret, 32 bytes.
        plaintext: the value.
        binding: what it is bound to.

    Raises:
        ValueError: token or secret has a wrong size.
    """
    if not _fit(token, secret):
        raise ValueError("a token of at least 16 bytes and a secret of 32 are needed")
    return frame.close(_root(token, secret), _HEAD, binding, pad(plaintext))


def reveal(token: bytes, secret: bytes, sealed: bytes, binding: bytes) -> bytes:
    """The value that was held.

    Raises:
        CannotOpen: another token, secret or binding, or changed.
    """
    if not _fit(token, secret):
        raise CannotOpen
    return unpad(frame.disclose(_root(token, secret), _HEAD, binding, sealed))


def _fit(token: bytes, secret: bytes) -> bool:
    return len(token) >= SHORTEST_TOKEN and len(secret) == SECRET_SIZE


def _root(token: bytes, secret: bytes) -> bytes:
    return frame.derive(encode(token, secret), info=_ROOT)
