"""Searching: every case of the reader is opened in his session, looked through, and let go.

There is no index, sealed or otherwise, and nothing is kept from one search to the next. All words
must occur somewhere in a case: in its *who*, its *what*, or one of its notes.
"""

from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, NamedTuple
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from weerbaar.accounts import envelopes, trail
from weerbaar.accounts.actors import Actor
from weerbaar.accounts.envelopes import Kind
from weerbaar.accounts.keys import OpenKeys
from weerbaar.accounts.vault import Vault
from weerbaar.config.database import among
from weerbaar.intake import content, matching
from weerbaar.intake.casefile import ENTRY, WHAT, WHO, keys_of
from weerbaar.intake.content import Entry, What, Who
from weerbaar.intake.listing import CaseLine
from weerbaar.intake.matching import Piece, Term
from weerbaar.intake.models import CaseEntryRow, CaseRow

WHAT_PLACES = ("narrative", "request", "advice", "labels")
WHO_PLACES = (
    "name", "labels", "code_word", "safe_hours", "safe_windows", "may_identify_as",
    "if_other_answers",
)  # fmt: skip

MOST_HITS = 50
MOST_SNIPPETS = 3


@dataclass(frozen=True, repr=False)
class Snippet:
    """Where a word was found: the code of the field, and the text around it."""

    place: str
    pieces: tuple[Piece, ...]

    def __repr__(self) -> str:
        return f"<Snippet {self.place}>"


@dataclass(frozen=True, repr=False)
class Hit:
    """A case in which every word occurs."""

    line: CaseLine
    snippets: tuple[Snippet, ...]

    def __repr__(self) -> str:
        return f"<Hit {self.line.case_id}>"


@dataclass(frozen=True, repr=False)
class Found:
    """The hits, last contact first; `count` is how many there are, also beyond those given.

    `damaged` tells how many records could not be opened and so were not looked through.
    """

    hits: tuple[Hit, ...]
    count: int
    damaged: int = 0

    def __repr__(self) -> str:
        return "<Found>"


class _Read(NamedTuple):
    what: What
    documents: list[Who | What | Entry]
    places: list[tuple[str, str]]


_From = Callable[[bytes], Who | What | Entry]


class _Source(NamedTuple):
    """One kind of record that may hold a word."""

    kind: Kind
    part: str
    read: _From


SOURCES = (
    _Source(Kind.CASE_WHAT, WHAT, content.what_from),
    _Source(Kind.CASE_WHO, WHO, content.who_from),
    _Source(Kind.CASE_NOTE, ENTRY, content.entry_from),
)


@dataclass(slots=True)
class _Case:
    """A case in which a word may stand: opened bytes, until the search ends."""

    id: UUID
    is_open: bool
    what_record: UUID | None
    mask: int = 0
    kept: list[tuple[_From, bytes]] = field(default_factory=list)


def search(session: Session, vault: Vault, actor: Actor, q: str, now: datetime) -> Found:
    """The cases of this person in which every word of a question occurs.

    Args:
        session: the database.
        vault: the key store.
        actor: the reader.
        q: words; those between quotation marks must stand together.
        now: the present instant, aware.
    """
    keys = keys_of(actor)
    asked = matching.terms(q)
    if not asked:
        return Found((), 0)
    damaged: list[UUID] = []
    cases = _sifted(session, vault, keys, matching.Sieve(asked), damaged)
    opened = [(case, read) for case in cases if (read := _read(asked, case)) is not None]
    trail.record(session, actor, "case.search", "caseload", None, now)
    opened.sort(key=lambda pair: (pair[1].what.last_contact, pair[0].id), reverse=True)
    hits = tuple(_hit(asked, case, read) for case, read in opened[:MOST_HITS])
    return Found(hits, len(opened), len(damaged))


def _sifted(
    session: Session,
    vault: Vault,
    keys: OpenKeys,
    sieve: matching.Sieve,
    damaged: list[UUID],
) -> list[_Case]:
    """The cases whose opened bytes may hold every word, each with its story."""
    found: dict[UUID, tuple[_Source, bytes]] = {}
    for source in SOURCES:
        for record, plaintext in envelopes.open_many(
            session, vault, keys, kind=source.kind, part=source.part, damaged=damaged, wanted=sieve
        ):
            found[record] = source, plaintext
    cases: dict[UUID, _Case] = {}
    for record, case in _cases_of(session, found).items():
        source, plaintext = found[record]
        one = cases.setdefault(case.id, case)
        one.mask |= sieve(plaintext)
        one.kept.append((source.read, plaintext))
    whole = [case for case in cases.values() if case.mask == sieve.everything]
    # A case that is found by its number or a note still needs its title.
    untold = {case.what_record: case for case in whole if case.what_record not in found}
    for record, plaintext in envelopes.open_many(
        session, vault, keys, [one for one in untold if one], kind=Kind.CASE_WHAT, part=WHAT,
        damaged=[],
    ):  # fmt: skip
        untold[record].kept.append((content.what_from, plaintext))
    return whole


def _cases_of(session: Session, records: Collection[UUID]) -> dict[UUID, _Case]:
    """To which case each record belongs; one that is no part of any is left out."""
    dialect, wanted = session.get_bind().dialect.name, [one.bytes for one in records]
    columns = CaseRow.id, CaseRow.is_open, CaseRow.what_record
    table, entry = CaseRow.__table__.c, CaseEntryRow.__table__.c
    queries: tuple[Any, ...] = (
        select(CaseRow.what_record, *columns).where(among(dialect, table.what_record, wanted)),
        select(CaseRow.who_record, *columns).where(among(dialect, table.who_record, wanted)),
        select(CaseEntryRow.id, *columns)
        .join(CaseRow, CaseRow.id == CaseEntryRow.case_id)
        .where(among(dialect, entry.id, wanted)),
    )
    return {
        row[0]: _Case(row[1], row[2], row[3])
        for query in queries
        for row in session.execute(query).all()
    }


def _read(asked: list[Term], case: _Case) -> _Read | None:
    """A case field by field; None when a word stood only in the form around the fields."""
    documents = [read(plaintext) for read, plaintext in case.kept]
    documents = [document for document in documents if document.case_id == str(case.id)]
    what = next((one for one in documents if isinstance(one, What)), None)
    if what is None:
        return None
    mask = 0
    places: list[tuple[str, str]] = []
    for document in documents:
        for place, text in _texts(document):
            there = matching.held(asked, text)
            if there & ~mask or (there and len(places) < MOST_SNIPPETS):
                places.append((place, text))
            mask |= there
    everything = (1 << len(asked)) - 1
    return _Read(what, documents, places) if mask == everything else None


def _hit(asked: list[Term], case: _Case, read: _Read) -> Hit:
    line = CaseLine(
        case.id,
        content.title(read.what),
        read.what.urgency,
        read.what.last_contact,
        case.is_open,
    )
    # That a word is the code word is enough: it is not shown again.
    snippets = (
        Snippet(place, () if place == "code_word" else tuple(matching.snippet(asked, text)))
        for place, text in read.places
    )
    return Hit(line, tuple(snippets))


def _texts(document: Who | What | Entry) -> Iterable[tuple[str, str]]:
    """The texts of a document that a person wrote or chose, with the code of each place."""
    if isinstance(document, Entry):
        return [(document.kind.value, document.text)]
    if isinstance(document, What):
        return [(name, getattr(document, name)) for name in WHAT_PLACES]
    texts = [(name, str(getattr(document, name))) for name in WHO_PLACES]
    return [*texts, *(("number", _written(number)) for number in sorted(document.numbers))]


def _written(number: str) -> str:
    """A number in both notations that people type."""
    return f"{number.replace('+31', '0', 1)} {number}" if number.startswith("+31") else number
