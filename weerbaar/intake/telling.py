"""Words that tell who it is, found in a text that is to be shared without it. Pure.

Whole words, blind to case and accents: the names of the person from three letters on, his
municipality or province by every name it has, and his numbers in any notation.
"""

import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from weerbaar.governments import registry
from weerbaar.intake.attachments import Attachment
from weerbaar.intake.caseview import CaseView
from weerbaar.intake.content import Who
from weerbaar.intake.matching import Piece, fold, folded_with_origin
from weerbaar.intake.part_contents import Part

SHORTEST = 3
# Between the parts of a surname: marking them would mark half the language.
_BETWEEN = frozenset({"van", "von", "der", "den", "des", "het", "ten", "ter", "vander", "les"})
_WORD = re.compile(r"[^\W_]+")
_DIGITS = re.compile(r"\+?\d(?:[\d\s().+/-]*\d)?")
# A Dutch number without its trunk zero or country code; longer ones abroad tell enough by these.
SIGNIFICANT = 9


@dataclass(frozen=True, repr=False)
class Tell:
    """What to look for: runs of folded words, and the last digits of numbers."""

    runs: tuple[tuple[str, ...], ...]
    digits: tuple[str, ...]

    def __repr__(self) -> str:
        return "<Tell>"


def tell(who: Who) -> Tell:
    """What tells of a person, from the *who* part of his case."""
    runs = {
        (word,)
        for word in _WORD.findall(fold(who.name))
        if len(word) >= SHORTEST and word not in _BETWEEN and not word.isdigit()
    }
    for name in registry.names(who.organisation):
        run = tuple(_WORD.findall(fold(name)))
        # People leave out what stands in front of 's-Gravenhage.
        runs.add(run[1:] if run[0] == "s" else run)
    numbers = {re.sub(r"\D", "", number)[-SIGNIFICANT:] for number in who.numbers}
    return Tell(tuple(sorted(filter(None, runs))), tuple(sorted(numbers)))


def pieces(wanted: Tell, text: str) -> list[Piece]:
    """A text in pieces, marked where it tells of the person; empty where it tells nothing."""
    spans = sorted([*_words(wanted, text), *_numbers(wanted, text)])
    found: list[Piece] = []
    place = 0
    for begin, end in spans:
        if end <= place:
            continue
        if begin > place:
            found.append(Piece(text[place:begin], marked=False))
        found.append(Piece(text[max(begin, place) : end], marked=True))
        place = end
    if found and place < len(text):
        found.append(Piece(text[place:], marked=False))
    return found


@dataclass(frozen=True, repr=False)
class Told:
    """A text of a case that tells of the person: the code of its place, and when it was written."""

    place: str
    at: datetime
    pieces: tuple[Piece, ...]

    def __repr__(self) -> str:
        return f"<Told {self.place}>"


STORY = ("narrative", "request", "advice")
HELD = "held"


def in_case(
    view: CaseView,
    files: Iterable[Attachment] = (),
    more: Iterable[Part] = (),
    held: str = "",
) -> list[Told]:
    """The texts of a case that would be shared with *what* and tell who it is.

    Args:
        view: the case, as a reader of both parts sees it.
        files: those of its files that could be shared too, whose names may tell.
        more: the parts that go with *what*.
        held: why the case is held, if it is; it goes with *what* too.
    """
    if view.who is None:
        return []
    wanted = tell(view.who)
    texts = [(name, view.what.opened_at, getattr(view.what, name)) for name in STORY]
    texts.append((HELD, view.what.opened_at, held))
    texts += [(entry.kind.value, entry.at, entry.text) for entry in view.entries]
    texts += [("attachment", one.at, text) for one in files for text in (one.name, one.note)]
    texts += [(part.SORT.value, part.at, text) for part in more for text in part.texts()]
    found = ((place, at, pieces(wanted, text)) for place, at, text in texts)
    return [Told(place, at, tuple(marked)) for place, at, marked in found if marked]


def _words(wanted: Tell, text: str) -> list[tuple[int, int]]:
    folded, origin = folded_with_origin(text)
    words = [(one.group(), one.start(), one.end()) for one in _WORD.finditer(folded)]
    places: dict[str, list[int]] = {}
    for place, (word, _start, _end) in enumerate(words):
        places.setdefault(word, []).append(place)
    spans = []
    for run in wanted.runs:
        for first in places.get(run[0], ()):
            last = first + len(run) - 1
            if tuple(word for word, _start, _end in words[first : last + 1]) == run:
                end = origin[words[last][2] - 1] + 1
                while end < len(text) and unicodedata.combining(text[end]):
                    end += 1
                spans.append((origin[words[first][1]], end))
    return spans


def _numbers(wanted: Tell, text: str) -> list[tuple[int, int]]:
    spans = []
    for run in _DIGITS.finditer(text):
        origin = [place for place in range(run.start(), run.end()) if text[place].isdecimal()]
        written = "".join(text[place] for place in origin)
        for number in wanted.digits:
            found = written.find(number)
            while found >= 0:
                begin = _with_prefix(written, found)
                spans.append((origin[begin], origin[found + len(number) - 1] + 1))
                found = written.find(number, found + 1)
    return spans


def _with_prefix(written: str, found: int) -> int:
    """Where a number begins, with its trunk zero or its country code."""
    for prefix in ("00310", "0031", "310", "31", "0"):
        if written[:found].endswith(prefix):
            return found - len(prefix)
    return found
