"""The recovery code: 128 bits that a person keeps on paper and types back without fear of slips.

Twenty-six characters of Crockford's base 32 (no I, L, O or U) and two that check them. The whole
is a multiple of the prime 1021, so that every single wrong character, and every two that changed
places, is seen as a slip of the finger and not as a wrong code.
"""

import hmac
import re
import secrets
from dataclasses import dataclass, field

ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
CODE_BYTES = 16
LENGTH = 26
CHECK_LENGTH = 2
_GROUP = 4
_PRIME = 1021
_CHECK_RANGE = len(ALPHABET) ** CHECK_LENGTH
_READ_AS = str.maketrans({"O": "0", "I": "1", "L": "1"})
_VALUES = {letter: value for value, letter in enumerate(ALPHABET)}
# Spaces, and whatever a keyboard makes of a dash.
_BETWEEN = re.compile(r"[\s\-_.\u00ad\u2010-\u2015\u2212]")


class NotARecoveryCode(Exception):
    """This is not a recovery code: a character is missing or was mistyped."""

    def __init__(self) -> None:
        super().__init__("not a recovery code")


@dataclass(frozen=True, slots=True, eq=False)
class RecoveryCode:
    """128 bits that a person keeps on paper."""

    value: bytes = field(repr=False)

    def __post_init__(self) -> None:
        if len(self.value) != CODE_BYTES:
            raise NotARecoveryCode

    @classmethod
    def new(cls) -> "RecoveryCode":
        """A random code."""
        return cls(secrets.token_bytes(CODE_BYTES))

    @classmethod
    def parse(cls, text: str) -> "RecoveryCode":
        """The code somebody typed; case, spaces and dashes do not matter, O is 0, I and L are 1.

        Raises:
            NotARecoveryCode: it is too short or long, or its check characters do not fit.
        """
        letters = _BETWEEN.sub("", text).upper().translate(_READ_AS)
        if len(letters) != LENGTH + CHECK_LENGTH or not _VALUES.keys() >= set(letters):
            raise NotARecoveryCode
        whole = 0
        for letter in letters:
            whole = whole * len(ALPHABET) + _VALUES[letter]
        number, check = divmod(whole, _CHECK_RANGE)
        if check != _check(number) or number >> (8 * CODE_BYTES):
            raise NotARecoveryCode
        return cls(number.to_bytes(CODE_BYTES, "big"))

    def text(self) -> str:
        """The code as it is shown: groups of four."""
        number = int.from_bytes(self.value, "big")
        whole = number * _CHECK_RANGE + _check(number)
        letters = "".join(
            ALPHABET[whole >> (5 * place) & 31] for place in reversed(range(LENGTH + CHECK_LENGTH))
        )
        return "-".join(letters[place : place + _GROUP] for place in range(0, len(letters), _GROUP))

    def __eq__(self, other: object) -> bool:
        return isinstance(other, RecoveryCode) and hmac.compare_digest(other.value, self.value)

    def __hash__(self) -> int:
        return hash(self.value)

    def __repr__(self) -> str:
        return "<RecoveryCode>"


def _check(number: int) -> int:
    return -number * _CHECK_RANGE % _PRIME
