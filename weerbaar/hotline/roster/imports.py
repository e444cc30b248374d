"""Shifts from a file: it only adds, and a bad file is refused whole."""

import csv
import io
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy.orm import Session

from weerbaar.accounts import people
from weerbaar.accounts.actors import Actor
from weerbaar.accounts.vault import Vault
from weerbaar.face import spreadsheets
from weerbaar.hotline.roster import changes, rules, verbs
from weerbaar.hotline.roster.errors import ImportRefused, LineError
from weerbaar.hotline.roster.rules import Placed, Wish

HEADER = ("tier", "email", "start", "end")

NOT_A_TIME = "is not a date and time (YYYY-MM-DDTHH:MM, local or with an offset)"


@dataclass(frozen=True)
class Imported:
    """How many shifts a file added, and how many rows stood on the roster already."""

    added: int
    unchanged: int


@dataclass(frozen=True)
class Preview:
    """What a file would add to the roster of this version; `unchanged` rows stand there already."""

    added: tuple[Placed, ...]
    unchanged: int
    version: str


@dataclass(frozen=True)
class _Line:
    number: int
    wish: Wish


def import_shifts(
    session: Session, vault: Vault, actor: Actor, text: str, now: datetime
) -> Imported:
    """Add the shifts of a file to the roster; nothing is removed or changed by it.

    Args:
        session: the caller commits.
        vault: looks up mail addresses and opens people's cards.
        actor: who does it.
        text: the file, comma separated with the header `tier,email,start,end`; a byte order
            mark and either kind of line end are taken.
        now: the present instant, UTC.

    Raises:
        ImportRefused: with every error and its line; nothing was changed.
    """
    errors: list[LineError] = []
    wishes = _read_file(session, vault, text, errors)
    change = changes.begin(session, actor, now)
    added, unchanged = _place(session, wishes, errors)
    if errors:
        raise ImportRefused(errors)
    change.add(added)
    return Imported(len(added), unchanged)


def preview(session: Session, vault: Vault, text: str) -> Preview:
    """What the import of a file would do at this moment; nothing is changed.

    Args:
        session: any session.
        vault: looks up mail addresses and opens people's cards.
        text: the file, as for `import_shifts`.

    Raises:
        ImportRefused: with every error and its line.
    """
    errors: list[LineError] = []
    version = verbs.version(session)
    added, unchanged = _place(session, _read_file(session, vault, text, errors), errors)
    if errors:
        raise ImportRefused(errors)
    return Preview(tuple(added), unchanged, version)


def decode(content: bytes) -> str:
    """The text of a file.

    Args:
        content: as it was read.

    Raises:
        ImportRefused: it is not UTF-8 text.
    """
    try:
        return content.decode("utf-8")
    except UnicodeDecodeError as wrong:
        line = wrong.object[: wrong.start].count(b"\n") + 1
        raise ImportRefused([LineError(line, "is not UTF-8 text")]) from None


def _read_file(session: Session, vault: Vault, text: str, errors: list[LineError]) -> list[_Line]:
    rows = list(_rows(text, errors))
    return list(_wishes(_Persons(session, vault), rows, errors))


def _rows(text: str, errors: list[LineError]) -> Iterator[tuple[int, list[str]]]:
    """Line numbers and the four fields; what has another shape becomes an error."""
    reader = csv.reader(io.StringIO(text.removeprefix("\ufeff"), newline=""), strict=True)
    try:
        header = tuple(name.strip().lower() for name in next(reader, []))
        if header != HEADER:
            errors.append(LineError(1, _wrong_header(header)))
            return
        before = reader.line_num
        for row in reader:
            # A quoted field may span lines: a row is named by its first.
            number, before = before + 1, reader.line_num
            fields = [spreadsheets.plain(field.strip()) for field in row]
            if not any(fields):
                continue
            if len(fields) != len(HEADER):
                errors.append(LineError(number, f"has {len(fields)} columns, must have 4"))
                continue
            yield number, fields
    except csv.Error:
        errors.append(LineError(max(reader.line_num, 1), "is not proper CSV (check the quotes)"))


def _wrong_header(header: tuple[str, ...]) -> str:
    wanted = ",".join(HEADER)
    if not header:
        return f"the file is empty; the first line must be {wanted}"
    if len(header) == 1 and ";" in header[0]:
        return f"the columns are separated by semicolons; use commas: {wanted}"
    if len(header) == 1 and "\t" in header[0]:
        return f"the columns are separated by tabs; use commas: {wanted}"
    missing = [name for name in HEADER if name not in header]
    extra = sum(name not in HEADER for name in header)
    facts = [f"missing: {', '.join(missing)}"] if missing else []
    facts += [f"{extra} unknown columns"] if extra else []
    return f"the header must be {wanted} ({'; '.join(facts) or 'in this order'})"


class _Persons:
    """Who belongs to a mail address, each looked up once."""

    def __init__(self, session: Session, vault: Vault) -> None:
        self._session = session
        self._vault = vault
        self._found: dict[str, UUID | None] = {}
        self._takers = verbs.takers(session)

    def look_up(self, mail: str, problems: list[str]) -> UUID | None:
        """The person, or None with a problem added."""
        if mail not in self._found:
            self._found[mail] = people.by_mail(self._session, self._vault, mail)
        person_id = self._found[mail]
        if person_id is None:
            problems.append("no person has this mail address")
            return None
        if person_id not in self._takers:
            problems.append("this person has no role that takes calls")
        return person_id


def _wishes(
    persons: _Persons, rows: Iterable[tuple[int, list[str]]], errors: list[LineError]
) -> Iterator[_Line]:
    for number, (tier, mail, start, end) in rows:
        problems: list[str] = []
        person_id = persons.look_up(mail, problems)
        if not _is_tier(tier):
            problems.append(f"tier must be a whole number from 1 to {rules.HIGHEST_TIER}")
        first, last = _read("start", start, problems), _read("end", end, problems)
        if first is not None and last is not None and not rules.in_order(first, last):
            problems.append("the shift ends before it starts")
        errors.extend(LineError(number, problem) for problem in problems)
        if not problems and person_id is not None and first is not None and last is not None:
            yield _Line(number, Wish(int(tier), person_id, first, last))


def _is_tier(text: str) -> bool:
    return re.fullmatch(r"[1-9][0-9]?", text) is not None


def _read(name: str, value: str, problems: list[str]) -> rules.Reading | None:
    try:
        return rules.read(value)
    except rules.NotATime:
        problems.append(f"{name} {NOT_A_TIME}")
        return None


def _place(
    session: Session, lines: list[_Line], errors: list[LineError]
) -> tuple[list[Placed], int]:
    """What the lines add and how many stand already, earliest shift first."""
    if not lines:
        return [], 0
    by_person: dict[UUID, list[Placed]] = {}
    origin: dict[Placed, int] = {}
    for shift in verbs.standing_of(
        session,
        {line.wish.person_id for line in lines},
        min(line.wish.start.first for line in lines),
        max(line.wish.end.last for line in lines),
    ):
        by_person.setdefault(shift.person_id, []).append(shift)
    added: list[Placed] = []
    unchanged = 0
    for line in sorted(lines, key=lambda each: rules.by_wall(each.wish)):
        own = by_person.setdefault(line.wish.person_id, [])
        if rules.standing_for(line.wish, own) is not None:
            unchanged += 1
            continue
        try:
            placed = rules.place(line.wish, own)
        except rules.Overlaps as overlaps:
            errors.append(LineError(line.number, _overlap(overlaps.shift, origin)))
            continue
        origin[placed] = line.number
        own.append(placed)
        added.append(placed)
    return added, unchanged


def _overlap(shift: Placed, origin: dict[Placed, int]) -> str:
    if shift in origin:
        return f"overlaps line {origin[shift]}: one person is never in two shifts at once"
    return "overlaps a shift of the same person that is on the roster already"
