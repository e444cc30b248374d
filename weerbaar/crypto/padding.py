"""Padmé padding: sizes in steps (Nikitin et al., PETS 2019, "Reducing Metadata Leakage")."""

from weerbaar.crypto.errors import CannotOpen

LEAST = 256
_LENGTH = 4


def padme(length: int) -> int:
    """The padded size of a length: at most 12 % more, and few sizes in all."""
    if length <= LEAST:
        return LEAST
    exponent = length.bit_length() - 1
    low_bits = exponent - exponent.bit_length()
    mask = (1 << low_bits) - 1
    return (length + mask) & ~mask


def pad(plaintext: bytes) -> bytes:
    """The plaintext behind its length, filled up with zeros to a step."""
    size = padme(_LENGTH + len(plaintext))
    return (len(plaintext).to_bytes(_LENGTH, "big") + plaintext).ljust(size, b"\0")


def unpad(padded: bytes) -> bytes:
    """What was padded.

    Raises:
        CannotOpen: the bytes are not the padding of anything.
    """
    length = int.from_bytes(padded[:_LENGTH], "big")
    if (
        len(padded) != padme(_LENGTH + length)
        or padded.count(0, _LENGTH + length) != len(padded) - _LENGTH - length
    ):
        raise CannotOpen
    return padded[_LENGTH : _LENGTH + length]
