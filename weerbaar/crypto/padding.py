"""Padmé padding: sizes in steps (Nikitin et al., PETS 2019, "Reducing Metadata Leakage")."""

from weerbaar.crypto.errors import CannotOpen

LEAST = 256
LENGTH_SIZE = 4


def padme(length: int) -> int:
    """The padded size of a length, in bytes: at most 12 % more, and few sizes in all."""
    if length <= LEAST:
        return LEAST
    exponent = length.bit_length() - 1
    low_bits = exponent - exponent.bit_length()
    mask = (1 << low_bits) - 1
    return (length + mask) & ~mask


def pad(plaintext: bytes) -> bytes:
    """The plaintext behind its length, filled up with zeros to a step."""
    size = padme(LENGTH_SIZE + len(plaintext))
    return (len(plaintext).to_bytes(LENGTH_SIZE, "big") + plaintext).ljust(size, b"\0")


def unpad(padded: bytes) -> bytes:
    """What was padded.

    Raises:
        CannotOpen: the bytes are not the padding of anything.
    """
    end = LENGTH_SIZE + int.from_bytes(padded[:LENGTH_SIZE], "big")
    if len(padded) != padme(end) or padded.count(0, end) != len(padded) - end:
        raise CannotOpen
    return padded[LENGTH_SIZE:end]
