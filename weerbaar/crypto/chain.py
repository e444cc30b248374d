"""The chain of the trail: each row is bound to the one before it."""

import hashlib
import hmac

from weerbaar.crypto.encoding import encode

START = bytes(32)


def link(key: bytes, previous: bytes, row: bytes) -> bytes:
    """The MAC of a row: HMAC-SHA256 over the previous MAC and the row.

    Args:
        key: the trail's key.
        previous: the MAC of the row before; `START` for the first.
        row: the row, unambiguously encoded (see `encoding.encode`).
    """
    return hmac.digest(key, encode("weerbaar trail", previous, row), hashlib.sha256)
