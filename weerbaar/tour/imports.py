"""An administration from elsewhere: taking it in only adds, and a bad file is refused whole."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from uuid import UUID, uuid4

from sqlalchemy.orm import Session

from weerbaar.accounts import trail
from weerbaar.accounts.actors import Actor
from weerbaar.accounts.vault import Vault
from weerbaar.config.clock import local
from weerbaar.face.fields import read_day
from weerbaar.tour import activities, contacts, matching, stages, tables
from weerbaar.tour.contacts import Contact, ContactRole
from weerbaar.tour.matching import Match
from weerbaar.tour.models import ActivityRow, MoveRow
from weerbaar.tour.places import Place
from weerbaar.tour.stages import Stage, State

# The columns, by every name they may have; only the first must be there.
COLUMNS: Mapping[str, tuple[str, ...]] = {
    "government": ("gemeente", "gemeente of provincie", "naam", "code", "government"),
    "conversation": ("gesprek", "conversation"),
    "conversation_day": ("dag gesprek", "datum gesprek", "conversation_day"),
    "session": ("sessie", "session"),
    "session_day": ("dag sessie", "datum sessie", "session_day"),
    "training": ("training",),
    "training_day": ("dag training", "datum training", "training_day"),
    "head": ("burgemeester", "commissaris", "burgemeester of commissaris", "head"),
    "clerk": ("griffier", "clerk"),
    "clerk_mail": ("e-mail griffier", "mail griffier", "clerk_mail"),
}
STATES: Mapping[str, State] = {
    "niet benaderd": State.NOT_APPROACHED,
    "uitgenodigd": State.INVITED,
    "aangeboden": State.OFFERED,
    "aanvaard": State.ACCEPTED,
    "gepland": State.PLANNED,
    "gehouden": State.HELD,
    "gevoerd": State.HELD,
    "ja": State.HELD,
    "uitgesteld": State.POSTPONED,
    "afgezien": State.DECLINED,
    "overgeslagen": State.SKIPPED,
    **{state.value: state for state in State},
}


@dataclass(frozen=True)
class LineError:
    """What is wrong with a line: a fixed code, and what of it may be shown."""

    line: int
    code: str
    text: str = ""
    candidates: tuple[str, ...] = ()


class ImportRefused(Exception):
    """The file cannot be taken in; nothing was changed."""

    def __init__(self, errors: Iterable[LineError]) -> None:
        self.errors = sorted(errors, key=lambda each: each.line)
        super().__init__(f"{len(self.errors)} errors")


@dataclass(frozen=True)
class Added:
    """One stage that a line adds; `code`: under which it is kept, of a merged one its own."""

    line: int
    place: Place
    code: str
    stage: Stage
    state: State
    on_day: date | None


@dataclass(frozen=True)
class Person:
    """One contact person that a line adds, kept under `code`."""

    line: int
    place: Place
    code: str
    contact: Contact = field(repr=False)


@dataclass(frozen=True)
class Preview:
    """What a file would do; `renamed`: what was written, and the government of today."""

    stages: tuple[Added, ...]
    people: tuple[Person, ...]
    unchanged: int
    renamed: tuple[tuple[str, str], ...]


def preview(session: Session, vault: Vault, content: bytes, now: datetime) -> Preview:
    """What taking in a file would do at this moment; nothing is changed.

    Args:
        session: any session.
        vault: the service keys, for the contact persons there are.
        content: the file, CSV or XLSX.
        now: the instant, aware.

    Raises:
        ImportRefused: with every error and its line.
    """
    reading = _Reading(session, vault, local(now).date())
    reading.read(content)
    if reading.errors:
        raise ImportRefused(reading.errors)
    return Preview(
        tuple(reading.stages), tuple(reading.people), reading.unchanged,
        tuple(dict.fromkeys(reading.renamed)),
    )  # fmt: skip


def take_in(session: Session, vault: Vault, actor: Actor, content: bytes, now: datetime) -> Preview:
    """Add what a file tells; nothing is removed or changed by it.

    Args:
        session: the caller commits.
        vault: the service keys.
        actor: who does it.
        content: the file, CSV or XLSX.
        now: the instant, aware.

    Returns:
        What was added.

    Raises:
        ImportRefused: with every error and its line; nothing was changed.
    """
    found = preview(session, vault, content, now)
    today = local(now).date()
    for each in found.stages:
        activity_id = _add(session, each, today)
        trail.record(
            session, actor, "tour.import", "tour_activity", activity_id, now,
            outcome=each.state.value,
        )  # fmt: skip
    for person in found.people:
        contacts.put(session, vault, actor, person.code, person.contact, now)
    return found


def _add(session: Session, each: Added, today: date) -> UUID:
    # An administration tells where things stand, not every step on the way there.
    activity_id = uuid4()
    session.add(
        ActivityRow(
            id=activity_id, code=each.code, stage=each.stage.value, state=each.state.value,
            on_day=each.on_day, personal=False, has_details=False, version=1, created_day=today,
        )
    )  # fmt: skip
    session.flush()
    session.add(
        MoveRow(
            activity_id=activity_id, number=1, state=each.state.value, on_day=each.on_day, day=today
        )
    )
    session.flush()
    return activity_id


class _Reading:
    """Reads one file against what there is."""

    def __init__(self, session: Session, vault: Vault, today: date) -> None:
        self._session, self._vault, self._today = session, vault, today
        self.errors: list[LineError] = []
        self.stages: list[Added] = []
        self.people: list[Person] = []
        self.unchanged = 0
        self.renamed: list[tuple[str, str]] = []
        self._seen: dict[str, int] = {}

    def read(self, content: bytes) -> None:
        """Read it whole."""
        try:
            rows = tables.read(content)
        except tables.NotATable as wrong:
            self.errors.append(LineError(wrong.line, wrong.code))
            return
        if not rows:
            self.errors.append(LineError(1, "empty"))
            return
        (first, names), *lines = rows
        columns = self._columns(first, names)
        if self.errors:
            return
        for line, cells in lines:
            row = {
                column: cells[number] if number < len(cells) else ""
                for column, number in columns.items()
            }
            self._line(line, row)

    def _columns(self, line: int, names: list[str]) -> dict[str, int]:
        known = {name: column for column, every in COLUMNS.items() for name in every}
        found: dict[str, int] = {}
        for number, name in enumerate(names):
            if not name:
                continue
            column = known.get(" ".join(name.casefold().split()))
            if column is None:
                self.errors.append(LineError(line, "unknown-column", name))
            elif column in found:
                self.errors.append(LineError(line, "column-twice", name))
            else:
                found[column] = number
        if "government" not in found and not self.errors:
            self.errors.append(LineError(line, "no-government-column"))
        return found

    def _line(self, line: int, row: Mapping[str, str]) -> None:
        written = row["government"]
        match = matching.match(written)
        if match.place is None:
            code = "which-government" if match.candidates else "no-government"
            self.errors.append(LineError(line, code, written, match.candidates))
            return
        place = match.place
        # Merged municipalities each have a line of their own, in an older list and here.
        if match.code in self._seen:
            self.errors.append(
                LineError(line, "government-twice", f"{written} ({self._seen[match.code]})")
            )
            return
        self._seen[match.code] = line
        if match.renamed:
            self.renamed.append((written, place.label))
        for stage in Stage:
            self._stage(line, match, stage, row)
        self._people(line, match, row)

    def _stage(self, line: int, match: Match, stage: Stage, row: Mapping[str, str]) -> None:
        place = match.place
        assert place is not None
        word = " ".join(row.get(stage.value, "").casefold().split())
        written = row.get(f"{stage.value}_day", "")
        on_day = read_day(written) if written else None
        if written and on_day is None:
            self.errors.append(LineError(line, "no-day", written))
            return
        if not word and on_day is None:
            return
        state = STATES.get(word) if word else self._by_day(on_day)
        if state is None or state not in stages.MOVES[stage]:
            self.errors.append(LineError(line, "no-state", row.get(stage.value, "")))
            return
        wrong = self._wrong_day(state, on_day)
        if wrong is not None:
            self.errors.append(LineError(line, wrong, written))
            return
        if state is State.NOT_APPROACHED:
            return
        kept = on_day if state in stages.WITH_DAY else None
        present = activities.of_codes(self._session, [match.code])
        own = [each for each in present if each.stage is stage]
        if any((each.state, each.on_day) == (state, kept) for each in own):
            self.unchanged += 1
        elif own and stage is not Stage.TRAINING:
            self.errors.append(LineError(line, "stands-otherwise", place.label))
        else:
            self.stages.append(Added(line, place, match.code, stage, state, kept))

    def _by_day(self, on_day: date | None) -> State | None:
        if on_day is None:
            return None
        return State.HELD if on_day <= self._today else State.PLANNED

    def _wrong_day(self, state: State, on_day: date | None) -> str | None:
        if state in stages.WITH_DAY and on_day is None:
            return "day-missing"
        if state is State.HELD and on_day is not None and on_day > self._today:
            return "day-ahead"
        return None

    def _people(self, line: int, match: Match, row: Mapping[str, str]) -> None:
        place = match.place
        assert place is not None
        there = {
            each.role: each
            for each in contacts.of_place(self._session, self._vault, place)
            if each.code == match.code
        }
        head, clerk = contacts.roles_for(place)
        for role, name, mail in self._named(row, head, clerk):
            known = there.get(role)
            if known is None:
                self.people.append(Person(line, place, match.code, Contact(role, name, mail)))
            elif known.name == name and mail in {"", known.mail}:
                self.unchanged += 1
            else:
                self.errors.append(LineError(line, "contact-otherwise", place.label))

    @staticmethod
    def _named(
        row: Mapping[str, str], head: ContactRole, clerk: ContactRole
    ) -> Iterator[tuple[ContactRole, str, str]]:
        if row.get("head"):
            yield head, row["head"], ""
        if row.get("clerk"):
            yield clerk, row["clerk"], row.get("clerk_mail", "")
