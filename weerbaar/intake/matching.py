# ruff: noqa: RUF001 - apostrophes and letters that look alike are the subject
"""Finding words in opened text: pure, quick, and blind to case, accents and kinds of quotes.

Every word of a question must occur somewhere in the case; words between quotation marks must
occur together. A word may be a part of a longer one: *dreig* finds *bedreiging*.
"""

import re
import unicodedata
from dataclasses import dataclass

from weerbaar.intake import numbers

MOST_WORDS = 12
AROUND = 60

# Letters that Unicode does not take apart, and the quotes that phones type for an apostrophe.
_PLAIN = {
    "ø": "o", "Ø": "o", "đ": "d", "Đ": "d", "ł": "l", "Ł": "l", "ı": "i",
    "ß": "ss", "ẞ": "ss", "æ": "ae", "Æ": "ae", "œ": "oe", "Œ": "oe", "ð": "d", "þ": "th",
    "’": "'", "‘": "'", "ʼ": "'", "`": "'", "´": "'",
    "“": '"', "”": '"', "„": '"', "«": '"', "»": '"',
}  # fmt: skip
# Letters of western Europe with their accent, straight to the letter without it.
_PLAIN.update(
    (chr(code), unicodedata.normalize("NFKD", chr(code))[0])
    for code in range(0x00C0, 0x0100)
    if unicodedata.decomposition(chr(code))
)
# The accents that stay behind when letters are taken apart.
_ACCENTS = [chr(code) for code in range(0x0300, 0x0370)]

_TERM = re.compile(r'"([^"]*)"|(\(?\+?\d[\d ().-]{7,}\d)|(\S+)')


def fold(text: str) -> str:
    """A text as it is compared: lower case, without accents, one kind of apostrophe."""
    if text.isascii():
        return text.lower().replace("`", "'")
    # Looking for each odd letter in the whole text is far quicker than looking at each letter.
    for odd, plain in _PLAIN.items():
        if odd in text:
            text = text.replace(odd, plain)
    if text.isascii():
        return text.lower()
    text = unicodedata.normalize("NFKD", text)
    for accent in _ACCENTS:
        if accent in text:
            text = text.replace(accent, "")
    return text.casefold()


@dataclass(frozen=True, repr=False)
class Term:
    """One word or phrase: the ways in which it may stand in a text, folded.

    `needles` are the words of a phrase one by one, as bytes where that can be: a record in which
    one of them is missing cannot hold the phrase, whatever stands between the words.
    """

    ways: tuple[str, ...]
    needles: tuple[str, ...]

    def __repr__(self) -> str:
        return "<Term>"


def terms(question: str) -> list[Term]:
    """What must be found, each once and in the order of asking.

    A telephone number is one term, however it is written, and is found in every notation.
    """
    kept: dict[str, Term] = {}
    for phrase, number, word in _TERM.findall(fold(question)):
        for term in _number(number) if number else [_word(phrase or word)]:
            if term:
                kept.setdefault(term.ways[0], term)
    return list(kept.values())[:MOST_WORDS]


def _word(typed: str) -> Term | None:
    text = " ".join(typed.split()).strip('"').strip()
    # A backslash or a quotation mark is written differently in JSON: nothing is sifted by it.
    needles = tuple(filter(None, re.split(r'[\s"\\]+', text)))
    return Term(ways=(text,), needles=needles) if text else None


def _number(typed: str) -> list[Term | None]:
    try:
        e164 = numbers.e164(typed)
    except numbers.NotATelephoneNumber:
        return [_word(piece) for piece in typed.split()]
    written = numbers.national(e164)
    ways = dict.fromkeys((e164, typed, written, re.sub(r"\D", "", written)))
    return [Term(ways=tuple(ways), needles=())]


class Sieve:
    """Tells from the raw bytes of a sealed document which terms it may hold.

    It reads JSON as plain text, so it may say yes where a field says no; it never says no where
    a field says yes. That keeps taking documents apart to the few that matter.
    """

    def __init__(self, asked: list[Term]) -> None:
        self._asked = [self._groups(term) for term in asked]
        self.everything = (1 << len(asked)) - 1

    @staticmethod
    def _groups(term: Term) -> tuple[tuple[tuple[str, bytes], ...], bool]:
        """The pieces to look for, and whether all of them are needed or one is enough."""
        pieces = term.needles or term.ways
        return tuple((piece, piece.encode()) for piece in pieces), bool(term.needles)

    def __call__(self, plaintext: bytes) -> int:
        """One bit for each term that may be there."""
        mask = 0
        if plaintext.isascii():
            lowered = plaintext.lower()
            for bit, (pieces, every) in enumerate(self._asked):
                if every:
                    for _, piece in pieces:
                        if piece not in lowered:
                            break
                    else:
                        mask |= 1 << bit
                elif any(piece in lowered for _, piece in pieces):
                    mask |= 1 << bit
            return mask
        text = fold(plaintext.decode())
        for bit, (pieces, every) in enumerate(self._asked):
            test = all if every else any
            if test(piece in text for piece, _ in pieces):
                mask |= 1 << bit
        return mask


def held(asked: list[Term], text: str) -> int:
    """One bit for each term that stands in a field's text."""
    folded = " ".join(fold(text).split())
    mask = 0
    for bit, term in enumerate(asked):
        if any(way in folded for way in term.ways):
            mask |= 1 << bit
    return mask


@dataclass(frozen=True, repr=False)
class Piece:
    """A stretch of a snippet, marked where it is a word that was asked for."""

    text: str
    marked: bool

    def __repr__(self) -> str:
        return "<Piece>"


def snippet(asked: list[Term], text: str) -> list[Piece]:
    """The surroundings of the first word found in a text, with every word found marked."""
    flat = " ".join(text.split())
    folded, origin = folded_with_origin(flat)
    spans = _spans(asked, folded)
    if not spans:
        return []
    first = origin[spans[0][0]]
    start = max(0, first - AROUND)
    stop = min(len(flat), first + 2 * AROUND)
    start = flat.rfind(" ", 0, start) + 1 if start else 0
    pieces = [Piece("… ", marked=False)] if start else []
    place = start
    for left, right in spans:
        begin, end = max(origin[left], place), min(origin[right - 1] + 1, stop)
        if end <= begin:
            continue
        if begin > place:
            pieces.append(Piece(flat[place:begin], marked=False))
        pieces.append(Piece(flat[begin:end], marked=True))
        place = end
    if place < stop:
        pieces.append(Piece(flat[place:stop], marked=False))
    if stop < len(flat):
        pieces.append(Piece(" …", marked=False))
    return pieces


def folded_with_origin(text: str) -> tuple[str, list[int]]:
    """A folded text, and of each of its letters the place in the text it came from."""
    # Folding may make one letter two.
    letters: list[str] = []
    origin: list[int] = []
    for place, letter in enumerate(text):
        for plain in fold(letter):
            letters.append(plain)
            origin.append(place)
    return "".join(letters), origin


def _spans(asked: list[Term], folded: str) -> list[tuple[int, int]]:
    found = set()
    for term in asked:
        for way in term.ways:
            place = folded.find(way)
            while place >= 0:
                found.add((place, place + len(way)))
                place = folded.find(way, place + len(way))
    return sorted(found)
