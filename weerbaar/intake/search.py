"""Searching: the cases of the reader are opened in his session, looked through, and let go.

There is no index, sealed or otherwise, and nothing is kept from one search to the next. All words
must occur somewhere in a case: in its *who*, its *what*, one of its notes or other parts, or the
name of a file or what was said of it. Cases are taken a few at a time, the last worked on first, so
that the first are shown before the last are opened.
"""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from typing import NamedTuple
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from weerbaar.accounts import envelopes, trail
from weerbaar.accounts.actors import Actor
from weerbaar.accounts.envelopes import Kind
from weerbaar.accounts.keys import OpenKeys
from weerbaar.accounts.vault import Vault
from weerbaar.config.database import among
from weerbaar.intake import attachment_receiving, attachments, content, matching, part_contents
from weerbaar.intake.casefile import ENTRY, WHAT, WHO, keys_of
from weerbaar.intake.content import Entry, What, Who
from weerbaar.intake.listing import CaseLine
from weerbaar.intake.matching import Piece, Term
from weerbaar.intake.models import CaseAttachmentRow, CaseEntryRow, CaseRow
from weerbaar.intake.part_contents import Part
from weerbaar.intake.part_models import CasePartRow
from weerbaar.intake.parts import PART
from weerbaar.intake.search_filters import Filters

WHAT_PLACES = ("narrative", "request", "advice", "labels")
WHO_PLACES = (
    "name", "labels", "code_word", "safe_hours", "safe_windows", "may_identify_as",
    "if_other_answers",
)  # fmt: skip
FILE_PLACE = "attachment"

MOST_HITS = 50
MOST_SNIPPETS = 3
# Cases in the first step, and in each that follows: the first hits come soon, the rest quickly.
FIRST, NEXT = 100, 2_000


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
    """The hits, the last worked on first.

    `is_more` tells that there are others, which were not looked for; `damaged` how many records
    could not be opened and so were not looked through.
    """

    hits: tuple[Hit, ...]
    is_more: bool = False
    damaged: int = 0

    def __repr__(self) -> str:
        return "<Found>"


@dataclass(frozen=True)
class File:
    """A file of a case as it is searched: its name, and what was said of it."""

    case_id: str
    name: str
    note: str

    def __repr__(self) -> str:
        return "<File>"


Document = Who | What | Entry | File | Part
_From = Callable[[bytes], Document]


def _file_from(note: bytes) -> File:
    case_id, one = attachments.read_note(UUID(int=0), note)
    return File(case_id, one.name, one.note)


class _Read(NamedTuple):
    what: What
    places: list[tuple[str, str]]


@dataclass(slots=True)
class _Case:
    """A case in which a word may stand: opened bytes, until its step ends."""

    id: UUID
    is_open: bool
    what_record: UUID
    who_record: UUID | None
    mask: int = 0
    kept: list[tuple[_From, bytes]] = field(default_factory=list)


@dataclass(repr=False)
class Search:
    """A search that goes on step by step; see `begin`."""

    session: Session
    vault: Vault
    keys: OpenKeys
    asked: list[Term]
    filters: Filters
    cases: list[_Case]
    most: int | None
    damaged: list[UUID] = field(default_factory=list)

    def __repr__(self) -> str:
        return "<Search>"

    def steps(self) -> Iterator[Found]:
        """What is found, step by step; the door commits between two of them.

        Raises:
            KeyStoreGone: the key store cannot be reached.
        """
        given, start, size = 0, 0, FIRST
        while start < len(self.cases):
            told = len(self.damaged)
            hits = self._step(self.cases[start : start + size])
            # What was looked through is let go.
            for case in self.cases[start : start + size]:
                case.kept.clear()
            start, size = start + size, NEXT
            room = len(hits) if self.most is None else self.most - given
            is_more = len(hits) > room or (len(hits) == room and start < len(self.cases))
            given += len(hits[:room])
            damaged = len(self.damaged) - told
            is_full = given == self.most
            yield Found(tuple(hits[:room]), is_more=is_more and is_full, damaged=damaged)
            if is_full:
                return

    def _step(self, cases: list[_Case]) -> list[Hit]:
        sieve = matching.Sieve(self.asked)
        left = self._open_what(sieve, {case.what_record: case for case in cases})
        if left:
            left = self._open_who(sieve, left)
        if left and self.asked:
            self._open_more(sieve, CaseEntryRow, Kind.CASE_NOTE, ENTRY, content.entry_from, left)
            self._open_more(
                sieve, CaseAttachmentRow, Kind.ATTACHMENT, attachment_receiving.PART, _file_from,
                left,
            )  # fmt: skip
            self._open_more(
                sieve, CasePartRow, Kind.CASE_PART, PART, part_contents.from_bytes, left
            )
        whole = [case for case in left if case.mask == sieve.everything]
        found = [(case, read) for case in whole if (read := self._read(case)) is not None]
        found.sort(key=lambda pair: (pair[1].what.last_contact, pair[0].id), reverse=True)
        return [_hit(self.asked, case, read) for case, read in found]

    def _open_what(self, sieve: matching.Sieve, cases: dict[UUID, _Case]) -> list[_Case]:
        left = []
        for record, plaintext in self._opened(list(cases), Kind.CASE_WHAT, WHAT):
            if not self.filters.may_fit(plaintext):
                continue
            case = cases[record]
            case.mask |= sieve(plaintext)
            case.kept.append((content.what_from, plaintext))
            left.append(case)
        return left

    def _open_who(self, sieve: matching.Sieve, cases: list[_Case]) -> list[_Case]:
        by_record = {case.who_record: case for case in cases if case.who_record is not None}
        wanted = None if self.filters.of_who else sieve
        seen: list[_Case] = []
        for record, plaintext in self._opened(list(by_record), Kind.CASE_WHO, WHO, wanted):
            case = by_record[record]
            case.mask |= sieve(plaintext)
            case.kept.append((content.who_from, plaintext))
            seen.append(case)
        return seen if self.filters.of_who else cases

    def _open_more(
        self,
        sieve: matching.Sieve,
        table: type[CaseEntryRow | CaseAttachmentRow | CasePartRow],
        kind: Kind,
        part: str,
        read: _From,
        cases: list[_Case],
    ) -> None:
        """Open what a case may have many of, and keep those in which a word may stand."""
        by_id = {case.id: case for case in cases}
        dialect, columns = self.session.get_bind().dialect.name, table.__table__.c
        wanted = among(dialect, columns.case_id, [one.bytes for one in by_id])
        owners = dict(self.session.execute(select(columns.id, columns.case_id).where(wanted)).all())
        for record, plaintext in self._opened(list(owners), kind, part, sieve):
            case = by_id[owners[record]]
            case.mask |= sieve(plaintext)
            case.kept.append((read, plaintext))

    def _opened(
        self,
        records: list[UUID],
        kind: Kind,
        part: str,
        wanted: Callable[[bytes], object] | None = None,
    ) -> Iterator[tuple[UUID, bytes]]:
        if not records:
            return iter(())
        return envelopes.open_many(
            self.session, self.vault, self.keys, records, kind=kind, part=part,
            damaged=self.damaged, wanted=wanted,
        )  # fmt: skip

    def _read(self, case: _Case) -> _Read | None:
        """A case field by field; None when it does not fit, or words stood around the fields."""
        documents = [read(plaintext) for read, plaintext in case.kept]
        documents = [document for document in documents if document.case_id == str(case.id)]
        what = next((one for one in documents if isinstance(one, What)), None)
        who = next((one for one in documents if isinstance(one, Who)), None)
        if what is None or not self.filters.fit(what, who):
            return None
        mask = 0
        places: list[tuple[str, str]] = []
        for document in documents:
            for place, text in _texts(document):
                there = matching.held(self.asked, text)
                if there & ~mask or (there and len(places) < MOST_SNIPPETS):
                    places.append((place, text))
                mask |= there
        return _Read(what, places) if mask == (1 << len(self.asked)) - 1 else None


def begin(
    session: Session,
    vault: Vault,
    actor: Actor,
    q: str,
    now: datetime,
    *,
    filters: Filters | None = None,
    most: int | None = MOST_HITS,
) -> Search:
    """Make ready to search the cases of this person; the searching leaves a trail.

    Args:
        session: the database.
        vault: the key store.
        actor: the reader.
        q: words; those between quotation marks must stand together.
        now: the present instant, aware.
        filters: by what it is narrowed; with filters alone every case that fits is found.
        most: after so many hits the search ends; None goes on to the last case.
    """
    keys, asked, filters = keys_of(actor), matching.terms(q), filters or Filters()
    cases: list[_Case] = []
    if asked or filters.any:
        cases = _in_order(session, keys, filters)
        trail.record(session, actor, "case.search", "caseload", None, now)
    return Search(session, vault, keys, asked, filters, cases, most)


def search(
    session: Session,
    vault: Vault,
    actor: Actor,
    q: str,
    now: datetime,
    *,
    filters: Filters | None = None,
    most: int | None = MOST_HITS,
) -> Found:
    """The same as `begin`, to its end at once."""
    going = begin(session, vault, actor, q, now, filters=filters, most=most)
    steps = list(going.steps())
    hits = tuple(hit for step in steps for hit in step.hits)
    return Found(hits, any(step.is_more for step in steps), len(going.damaged))


def _in_order(session: Session, keys: OpenKeys, filters: Filters) -> list[_Case]:
    """The cases that this reader can open, by the day they were worked on last."""
    rows = session.execute(
        select(CaseRow.id, CaseRow.is_open, CaseRow.what_record, CaseRow.who_record)
        .where(envelopes.is_reader(session, keys, CaseRow.what_record))
        .order_by(CaseRow.worked_day.desc(), CaseRow.id.desc())
    )
    return [
        _Case(row.id, row.is_open, row.what_record, row.who_record)
        for row in rows
        if row.what_record is not None and filters.fit_state(is_open=row.is_open)
    ]


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


def _texts(document: Document) -> Iterable[tuple[str, str]]:
    """The texts of a document that a person wrote or chose, with the code of each place."""
    if isinstance(document, Entry):
        return [(document.kind.value, document.text)]
    if isinstance(document, File):
        return [(FILE_PLACE, document.name), (FILE_PLACE, document.note)]
    if isinstance(document, Part):
        return [(document.SORT.value, text) for text in document.texts()]
    if isinstance(document, What):
        return [(name, getattr(document, name)) for name in WHAT_PLACES]
    texts = [(name, str(getattr(document, name))) for name in WHO_PLACES]
    return [*texts, *(("number", _written(number)) for number in sorted(document.numbers))]


def _written(number: str) -> str:
    """A number in both notations that people type."""
    return f"{number.replace('+31', '0', 1)} {number}" if number.startswith("+31") else number
