"""Passwords that whoever guesses tries first: long enough, and still no secret.

Two looks, both offline. The first is a rule of our own: a password that is nothing but common
words, runs over the keyboard and a few digits. The second is a list of passwords that leaked,
which an installation keeps as a file: `SHA-1:COUNT` on each line, in the order of the hashes, as
"Pwned Passwords" of haveibeenpwned.com is given out. No kinds of characters are asked for (NIST
SP 800-63B-4, 3.1.1.2: compare with a blocklist, impose no composition rules).
"""

import hashlib
import os
import unicodedata
from functools import cache
from pathlib import Path

MOST_WORDS, MOST_DIGITS, FEWEST_DIFFERENT = 3, 8, 5
# Of a word; a run over the keyboard is longer.
_SHORTEST = 2
_HASH = 40
# A line of the list is not longer: a hash, a colon, a count, the end.
_LONGEST_LINE = 64
_ROWS = (
    "abcdefghijklmnopqrstuvwxyz", "12345678901234567890", "qwertyuiop", "asdfghjkl", "zxcvbnm",
    "azertyuiop", "qsdfghjklm", "qazwsxedcrfvtgbyhnujmikolp", "1qaz2wsx3edc4rfv5tgb6yhn7ujm",
    "1q2w3e4r5t6y7u8i9o0p", "q1w2e3r4t5y6u7i8o9p0",
)  # fmt: skip
_TRIED = """
    wachtwoord wachtwoorden password passwort welkom welcome geheim secret admin administrator
    beheerder beheer login inloggen gebruiker user test testen toegang access root master letmein
    changeme default qwerty azerty iloveyou ikhouvanjou liefde schatje sunshine princess prinses
    monkey dragon football voetbal baseball superman batman pokemon starwars whatever trustno
    computer internet laptop telefoon vakantie zomer winter lente herfst januari februari maart
    april mei juni juli augustus september oktober november december maandag dinsdag woensdag
    donderdag vrijdag zaterdag zondag summer spring autumn january february march june july august
    october monday friday nederland holland amsterdam rotterdam utrecht denhaag eindhoven groningen
    ajax feyenoord psv oranje koning koningin gemeente gemeentehuis stadhuis raadhuis provincie
    burgemeester wethouder raadslid gedeputeerde statenlid raad college politiek weerbaar
    weerbaarbestuur vertrouwenspersoon hulplijn hotline mijn my het een ik ben hallo hello
    goedemorgen
"""
_WORDS = frozenset(_TRIED.split())
_READ_AS = str.maketrans("0134578@$!", "oieastbasi")


def is_common(password: str) -> bool:
    """Whether a password is made of what everybody tries.

    Args:
        password: as typed.
    """
    plain = unicodedata.normalize("NFKD", password.casefold())
    if len(set(plain)) < FEWEST_DIFFERENT:
        return True
    return _falls_apart(plain)


def _falls_apart(text: str) -> bool:
    """Whether nothing is left of a text besides a few common words, runs, digits and signs."""
    read = text.translate(_READ_AS)
    # By place: the fewest words and digits that reach it.
    reached: dict[int, tuple[int, int]] = {0: (0, 0)}
    for start in range(len(text)):
        if start not in reached:
            continue
        words, digits = reached[start]
        steps = {}
        if not text[start].isalpha():
            steps[start + 1] = (words, digits + text[start].isdigit())
        for end in range(start + _SHORTEST, len(text) + 1):
            if _is_run(text[start:end]) or {text[start:end], read[start:end]} & _WORDS:
                steps[end] = (words + 1, digits)
        for end, step in steps.items():
            if step[0] <= MOST_WORDS and step[1] <= MOST_DIGITS:
                reached[end] = min(reached.get(end, step), step)
    return len(text) in reached


def _is_run(piece: str) -> bool:
    return len(piece) > _SHORTEST and any(piece in row for row in _both_ways())


@cache
def _both_ways() -> tuple[str, ...]:
    return (*_ROWS, *(row[::-1] for row in _ROWS))


class NotAList(Exception):
    """The file is no list of SHA-1 hashes in their order."""


class BreachList:
    """A file of leaked passwords, searched where it lies: it may be larger than the memory.

    Args:
        path: of the file.

    Raises:
        NotAList: it cannot be read, or holds something else.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        try:
            with path.open("rb") as file:
                lines = [file.readline(_LONGEST_LINE) for _ in range(2)]
        except OSError:
            raise NotAList from None
        hashes = [line[:_HASH].upper() for line in lines if line]
        if not hashes or hashes != sorted(hashes) or not all(map(_is_line, lines[: len(hashes)])):
            raise NotAList

    def holds(self, password: str) -> bool:
        """Whether a password is in the list.

        Args:
            password: as typed.
        """
        typed = password.encode("utf-8", "surrogatepass")
        wanted = hashlib.sha1(typed, usedforsecurity=False).hexdigest().upper().encode()
        with self._path.open("rb") as file:
            low, high = 0, file.seek(0, os.SEEK_END)
            while low < high:
                middle = (low + high) // 2
                file.seek(max(0, middle - 1))
                if middle:
                    file.readline()
                start = file.tell()
                line = file.readline()
                if not line or line[:_HASH].upper() > wanted:
                    high = middle
                elif line[:_HASH].upper() == wanted:
                    return True
                else:
                    low = max(start + len(line), middle + 1)
        return False


def _is_line(line: bytes) -> bool:
    try:
        int(line[:_HASH], 16)
    except ValueError:
        return False
    return line[_HASH : _HASH + 1] in {b":", b"\r", b"\n", b""}
