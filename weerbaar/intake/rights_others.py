"""Words of a text that may name somebody else than the person it is about, and leaving them out.

Pure. What is found is a proposal: a capital in the middle of a sentence, an address, a number, and
the names of the staff. A confidant looks at it, because no list knows every name.
"""

import re
from collections.abc import Collection, Iterable
from dataclasses import dataclass

from weerbaar.intake import telling
from weerbaar.intake.content import Who
from weerbaar.intake.matching import Piece, fold
from weerbaar.intake.telling import SIGNIFICANT, Tell

_MAIL = re.compile(r"[\w.+-]+@[\w-]+(?:\.[\w-]+)+")
_NUMBER = re.compile(r"\+?\d(?:[\d\s().-]{7,}\d)")
_WORD = re.compile(r"[^\W\d_]+(?:['’\-][^\W\d_]+)*")  # noqa: RUF001 - phones type this apostrophe
_BETWEEN = frozenset({
    "van", "von", "de", "der", "den", "het", "ten", "ter", "te", "in", "op", "aan", "la", "el",
})  # fmt: skip
# Words that begin a sentence often and name nobody.
_ROWS = (
    "aan alle alleen als bij daar daarna dan dat de deze die dit door een eerst en er",
    "geen gisteren haar had heeft hem het hier hij hoe hun iedereen iemand ik in is je",
    "later maar melder men met mijn morgen na naar nadat niemand niet nog nu of om omdat",
    "onze ook op over politie sinds soms toen tot u uit vaak van vanaf vandaag veel",
    "volgens voor vorige waar wanneer want was wat we weer wel werd wie wij wil zal ze",
    "zegt zich zij zijn zo zou",
)
_USUAL = frozenset(word for row in _ROWS for word in row.split())
_ENDS = ".!?:;\n"
_STARTS = "\"'“‘„«(- \t"  # noqa: RUF001 - quotation marks as they are typed
LEFT_OUT = "[weggelaten]"
_LONGEST_ACRONYM = 5


@dataclass(frozen=True, repr=False)
class Other:
    """What may name somebody else; `sure` where it is proposed to leave it out."""

    text: str
    sure: bool

    def __repr__(self) -> str:
        return "<Other>"


def others(texts: Iterable[str], who: Who | None, staff: Collection[str]) -> list[Other]:
    """What in some texts may name others, each once, what is sure first.

    Args:
        texts: what would be given to the person.
        who: the person; what tells of himself is not among it.
        staff: names of those who work here.
    """
    own = telling.tell(who) if who is not None else Tell((), ())
    mine = {word for run in own.runs for word in run}
    colleagues = {word for name in staff for word in _WORD.findall(fold(name)) if len(word) > 1}
    colleagues -= _BETWEEN
    found: dict[str, Other] = {}
    for text in texts:
        for one in (*_addresses(text, own), *_names(text, mine, colleagues)):
            key = fold(one.text)
            if key not in found or one.sure:
                found[key] = one
    return sorted(found.values(), key=lambda one: (not one.sure, fold(one.text)))


def _addresses(text: str, own: Tell) -> Iterable[Other]:
    for mail in _MAIL.findall(text):
        yield Other(mail, sure=True)
    for number in _NUMBER.findall(text):
        digits = re.sub(r"\D", "", number)[-SIGNIFICANT:]
        if len(digits) == SIGNIFICANT and digits not in own.digits:
            yield Other(number.strip(), sure=True)


def _names(text: str, mine: set[str], colleagues: set[str]) -> Iterable[Other]:
    without = _MAIL.sub(lambda mail: " " * len(mail[0]), text)
    run: list[re.Match[str]] = []
    for word in [*_WORD.finditer(without), None]:
        if word is not None and _goes_on(without, run, word):
            run.append(word)
            continue
        yield from _named(without, run, mine, colleagues)
        run = [word] if word is not None and _begins(word[0], colleagues) else []


def _begins(word: str, colleagues: set[str]) -> bool:
    return word[0].isupper() or fold(word) in colleagues


def _goes_on(text: str, run: list[re.Match[str]], word: re.Match[str]) -> bool:
    """Whether a word belongs to the name before it: a capital, or a small word between two."""
    if (
        not run
        or text[run[-1].end() : word.start()].strip(" .")
        or ("." in text[run[-1].end() : word.start()] and len(run[-1][0]) > 1)
    ):
        return False
    return word[0][0].isupper() or word[0] in _BETWEEN


def _named(
    text: str, run: list[re.Match[str]], mine: set[str], colleagues: set[str]
) -> Iterable[Other]:
    while run and not run[-1][0][0].isupper() and fold(run[-1][0]) not in colleagues:
        run = run[:-1]
    first = bool(run) and _starts_sentence(text, run[0].start())
    if run and first and fold(run[0][0]) in _USUAL:
        run, first = run[1:], False
        while run and not run[0][0][0].isupper():
            run = run[1:]
    words = [fold(word[0]) for word in run]
    if not words or all(word in mine or word in _BETWEEN for word in words):
        return
    written = text[run[0].start() : run[-1].end()]
    acronym = len(run) == 1 and written.isupper() and len(written) <= _LONGEST_ACRONYM
    known = any(word in colleagues for word in words)
    yield Other(written, sure=known or not (acronym or (first and len(run) == 1)))


def _starts_sentence(text: str, place: int) -> bool:
    before = text[:place].rstrip(_STARTS)
    return not before or before[-1] in _ENDS


def leave_out(text: str, chosen: Iterable[str]) -> list[Piece]:
    """A text in pieces; those that are marked are left out.

    Args:
        text: what was written.
        chosen: words, names, addresses and numbers, blind to case and accents.
    """
    runs, digits = set(), set()
    for one in chosen:
        number = re.sub(r"\D", "", one)
        if len(number) >= SIGNIFICANT and not _WORD.search(one):
            digits.add(number[-SIGNIFICANT:])
            continue
        words = tuple(re.findall(r"[^\W_]+", fold(one)))
        if words:
            runs.add(words)
    found = telling.pieces(Tell(tuple(sorted(runs)), tuple(sorted(digits))), text)
    return found or [Piece(text, marked=False)]


def struck(text: str, chosen: Iterable[str]) -> str:
    """A text with what was chosen left out, and a mark in its place."""
    return "".join(LEFT_OUT if piece.marked else piece.text for piece in leave_out(text, chosen))
