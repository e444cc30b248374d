"""Two people changed one part of a case: what each made of every field. Pure.

The page that changes a case carries a digest of what stood in each field when it was opened. So it
is known afterwards what its writer changed and what somebody else did, and no older text is kept.
"""

import difflib
import hashlib
import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from weerbaar.intake.matching import Piece

# Where both texts can stay, one after the other; of a list both choices.
BOTH_FIT = frozenset({
    "narrative", "request", "advice", "types", "word_plan", "safe_windows", "if_other_answers",
})  # fmt: skip
# Longer texts are shown beside each other without marks: comparing them takes too long.
MOST_WORDS = 4_000
_DIGEST_BYTES = 8
_STOOD = re.compile(r"([a-z_]+):([0-9a-f]{16})")
_WORDS = re.compile(r"\s*\S+|\s+$")


class Side(StrEnum):
    """Whose text stays."""

    THEIRS = "theirs"
    MINE = "mine"
    BOTH = "both"


@dataclass(frozen=True)
class Meeting:
    """What became of a case that two people changed.

    Args:
        asked: fields that both changed: the writer chooses.
        taken: fields that somebody else changed and the writer did not: theirs stay.
    """

    asked: tuple[str, ...]
    taken: tuple[str, ...]


def stood(values: Mapping[str, Any]) -> str:
    """What stands in each field, as digests for the page to carry."""
    return " ".join(f"{name}:{_digest(value)}" for name, value in values.items())


def meet(
    mine: Mapping[str, Any],
    theirs: Mapping[str, Any],
    stood_there: str,
    *,
    unseen: Collection[str] = (),
) -> Meeting:
    """Field by field: who changed it since the writer opened the page.

    A field of which no digest came along counts as changed by both.

    Args:
        mine: what the writer filled in, by field.
        theirs: what is stored now.
        stood_there: the digests of what stood there when he began.
        unseen: fields of which the page never shows what is stored; filled in, they are asked.
    """
    digests = dict(_STOOD.findall(stood_there))
    asked, taken = [], []
    for name in mine.keys() & theirs.keys():
        one, other = _digest(mine[name]), _digest(theirs[name])
        if name in unseen:
            if one != _digest(""):
                asked.append(name)
        elif one == other or digests.get(name) == other:
            continue
        elif digests.get(name) == one:
            taken.append(name)
        else:
            asked.append(name)
    order = list(mine)
    return Meeting(tuple(sorted(asked, key=order.index)), tuple(sorted(taken, key=order.index)))


def settle(side: Side, mine: Any, theirs: Any) -> Any:
    """The value that stays."""
    if side is Side.MINE:
        return mine
    if side is Side.THEIRS:
        return theirs
    if isinstance(mine, list):
        return [*theirs, *(one for one in mine if one not in theirs)]
    return "\n\n".join(filter(None, (theirs, mine)))


def marked(theirs: str, mine: str) -> tuple[list[Piece], list[Piece]]:
    """Both texts in pieces; what stands in one of them alone is marked."""
    one, other = _WORDS.findall(theirs), _WORDS.findall(mine)
    if len(one) + len(other) > MOST_WORDS:
        return [Piece(theirs, marked=False)], [Piece(mine, marked=False)]
    matcher = difflib.SequenceMatcher(
        None, [word.strip() for word in one], [word.strip() for word in other], autojunk=False
    )
    left: list[Piece] = []
    right: list[Piece] = []
    for tag, start, stop, begin, end in matcher.get_opcodes():
        for pieces, words in ((left, one[start:stop]), (right, other[begin:end])):
            if words:
                pieces.append(Piece("".join(words), marked=tag != "equal"))
    return left, right


def _digest(value: Any) -> str:
    if isinstance(value, list | tuple):
        plain = "\x1f".join(sorted(value))
    elif isinstance(value, bool):
        plain = "yes" if value else ""
    else:
        plain = value or ""
    return hashlib.sha256(plain.encode()).hexdigest()[: 2 * _DIGEST_BYTES]
