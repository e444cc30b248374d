"""The mark by which a colleague names a case on the telephone: three words to say aloud. Pure.

It holds the first forty bits of the case's id, which are random, and eight bits that show a
mishearing. So it stands in no row of its own, and no case is found by trying marks.
"""

import hashlib
import re
from uuid import UUID

# Of a UUID of version 4 the first 48 bits are random (RFC 9562, section 5.4).
SEED_LENGTH = 10
WORDS = 3
_BYTES, _CHECK = 5, 1
_CONSONANTS = "bdfghjklmnprstvz"
_VOWELS = "aiou"
_LETTERS = 5
_UUID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}")


def seed_of(case_id: UUID) -> str:
    """What a mark holds of a case's id: ten hexadecimal digits."""
    return case_id.hex[:SEED_LENGTH]


def words_of(seed: str) -> str:
    """A seed as three words to say aloud (proquints, arXiv 0901.4016)."""
    raw = bytes.fromhex(seed)
    whole = raw + hashlib.sha256(raw).digest()[:_CHECK]
    return " ".join(
        _word(int.from_bytes(whole[place : place + 2], "big")) for place in range(0, len(whole), 2)
    )


def seed_from(typed: str) -> str | None:
    """The seed of a mark as somebody typed it, or of a whole id or address of a case.

    Args:
        typed: three words, with or without spaces, in any case; or a text with an id in it.

    Returns:
        None where it is no mark: a word was misheard or left out.
    """
    text = typed.strip().lower()
    whole = _UUID.search(text)
    if whole is not None:
        return seed_of(UUID(whole[0]))
    letters = re.sub(r"[\s\-.,]+", "", text)
    if len(letters) != WORDS * _LETTERS:
        return None
    numbers = [
        _number(letters[place : place + _LETTERS]) for place in range(0, len(letters), _LETTERS)
    ]
    if None in numbers:
        return None
    raw = b"".join((number or 0).to_bytes(2, "big") for number in numbers)
    seed = raw[:_BYTES].hex()
    return seed if words_of(seed).replace(" ", "") == letters else None


def bounds(seed: str) -> tuple[UUID, UUID]:
    """The first and the last id that begin with a seed."""
    left = 32 - SEED_LENGTH
    return UUID(seed + "0" * left), UUID(seed + "f" * left)


def _word(number: int) -> str:
    return (
        _CONSONANTS[number >> 12 & 15]
        + _VOWELS[number >> 10 & 3]
        + _CONSONANTS[number >> 6 & 15]
        + _VOWELS[number >> 4 & 3]
        + _CONSONANTS[number & 15]
    )


def _number(word: str) -> int | None:
    number = 0
    for place, letter in enumerate(word):
        letters, bits = (_VOWELS, 2) if place % 2 else (_CONSONANTS, 4)
        found = letters.find(letter)
        if found < 0:
            return None
        number = number << bits | found
    return number
