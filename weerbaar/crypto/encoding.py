"""Unambiguous bytes from several values: each is preceded by its kind and its length."""

from struct import Struct
from uuid import UUID

Part = bytes | str | int | UUID | None

_LEAD = Struct(">cI")


def encode(*parts: Part) -> bytes:
    """One byte string from which every part could be read back; no two lists give the same.

    Args:
        parts: bytes, texts, whole numbers of at most 64 bits, UUIDs, or nothing.
    """
    pieces = []
    for part in parts:
        kind, data = _one(part)
        pieces.append(_LEAD.pack(kind, len(data)) + data)
    return b"".join(pieces)


def _one(part: Part) -> tuple[bytes, bytes]:
    if isinstance(part, bytes):
        return b"b", part
    if isinstance(part, str):
        return b"s", part.encode()
    if isinstance(part, UUID):
        return b"u", part.bytes
    if part is None:
        return b"n", b""
    return b"i", part.to_bytes(8, "big", signed=True)
