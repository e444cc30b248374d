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


class Room:
    """Space for one plaintext that comes little by little: when it is padded, nothing is copied.

    Args:
        most: how many bytes of plaintext fit.
    """

    __slots__ = ("_bytes", "_most", "_view", "length")

    def __init__(self, most: int) -> None:
        self._most = most
        self.length = 0
        self._bytes = bytearray(padme(LENGTH_SIZE + most))
        self._view = memoryview(self._bytes)

    @property
    def is_full(self) -> bool:
        """Whether nothing more fits."""
        return self.length == self._most

    def take(self, some: memoryview) -> memoryview:
        """Take in what fits; gives what is left over."""
        fits = min(len(some), self._most - self.length)
        start = LENGTH_SIZE + self.length
        self._view[start : start + fits] = some[:fits]
        self.length += fits
        return some[fits:]

    def padded(self) -> memoryview:
        """What `pad` would give of it."""
        self._view[:LENGTH_SIZE] = self.length.to_bytes(LENGTH_SIZE, "big")
        return self._view[: padme(LENGTH_SIZE + self.length)]


def unpad(padded: bytes) -> bytes:
    """What was padded.

    Raises:
        CannotOpen: the bytes are not the padding of anything.
    """
    end = LENGTH_SIZE + int.from_bytes(padded[:LENGTH_SIZE], "big")
    if len(padded) != padme(end) or padded.count(0, end) != len(padded) - end:
        raise CannotOpen
    return padded[LENGTH_SIZE:end]
