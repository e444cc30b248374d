"""People from a file: every line is checked first, and nothing is taken away."""

import csv
import io
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from sqlalchemy.orm import Session

from weerbaar.accounts import people
from weerbaar.accounts.actors import Actor, Role
from weerbaar.accounts.people import PersonCard
from weerbaar.accounts.telephones import PhoneProblem, PhoneRefused, staff_phone
from weerbaar.accounts.vault import Vault

HEADER = ("email", "name", "roles", "phone")
SEPARATOR = "|"

_PHONE_TEXTS = {
    PhoneProblem.NOT_A_NUMBER: "het telefoonnummer klopt niet",
    PhoneProblem.NOT_DUTCH: "het telefoonnummer is niet Nederlands",
    PhoneProblem.NOT_MOBILE_OR_LANDLINE: "het telefoonnummer is niet mobiel en niet vast",
    PhoneProblem.HOTLINE: "het telefoonnummer is dat van de hulplijn zelf",
}


@dataclass(frozen=True, slots=True)
class LineError:
    """What is wrong on one line of the file; nothing of the line itself is in it."""

    line: int
    text: str


class ImportRefused(Exception):
    """The file is refused whole; every error is named with its line, and nothing was changed."""

    def __init__(self, errors: list[LineError]) -> None:
        self.errors = sorted(errors, key=lambda one: one.line)
        super().__init__("\n".join(f"regel {one.line}: {one.text}" for one in self.errors))


@dataclass(frozen=True, slots=True)
class Change:
    """Somebody who was there already and of whom something changed: `name`, `roles`, `phone`."""

    line: int
    person_id: UUID
    fields: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Imported:
    """What an import did."""

    added: tuple[UUID, ...]
    changed: tuple[Change, ...]
    unchanged: int


@dataclass(frozen=True, slots=True)
class _Line:
    line: int
    mail: str = field(repr=False)
    name: str = field(repr=False)
    roles: frozenset[Role]
    phone: str = field(repr=False)


def import_people(
    session: Session,
    vault: Vault,
    actor: Actor,
    content: str | bytes,
    now: datetime,
    hotline_number: str,
) -> Imported:
    """Take people in from a file with the header `email,name,roles,phone`.

    New people become invited accounts whose phone can ring at once. Of people who are there
    already a changed name or phone is taken over and roles are added; an import takes nothing
    away: no person, no role, and an empty phone leaves the phone there is.

    Args:
        session: where people are.
        vault: its keyring.
        actor: who imports.
        content: the file, UTF-8 with or without a byte order mark; roles separated by `|`.
        now: the instant, aware.
        hotline_number: the hotline in E.164, which nobody may have as his phone.

    Raises:
        ImportRefused: one or more lines cannot be used; all are named, nothing was changed.
    """
    errors: list[LineError] = []
    lines = [_checked(row, errors, hotline_number) for row in _rows(content, errors)]
    wanted = [one for one in lines if one is not None]
    _refuse_doubles(wanted, errors)
    present = _present(session, vault)
    errors.extend(
        LineError(one.line, "deze persoon is vertrokken en komt niet via een import terug")
        for one in wanted
        if (card := present.get(people.normal_mail(one.mail))) and card.state == people.LEFT
    )
    if errors:
        raise ImportRefused(errors)
    added, changed, unchanged = [], [], 0
    for one in wanted:
        card = present.get(people.normal_mail(one.mail))
        if card is None:
            added.append(
                people.invite(
                    session,
                    vault,
                    actor,
                    mail=one.mail,
                    name=one.name,
                    roles=one.roles,
                    phone=one.phone,
                    now=now,
                    hotline_number=hotline_number,
                )
            )
            continue
        fields = people.change(
            session,
            vault,
            actor,
            card.id,
            now,
            hotline_number=hotline_number,
            name=one.name,
            roles=card.roles | one.roles,
            phone=one.phone or None,
        )
        if fields:
            changed.append(Change(one.line, card.id, fields))
        else:
            unchanged += 1
    return Imported(tuple(added), tuple(changed), unchanged)


def _present(session: Session, vault: Vault) -> dict[str, PersonCard]:
    return {people.normal_mail(card.mail): card for card in people.cards(session, vault).values()}


def _rows(content: str | bytes, errors: list[LineError]) -> Iterator[tuple[int, list[str]]]:
    text = _decoded(content, errors)
    if text is None:
        return
    reader = csv.reader(io.StringIO(text, newline=""), strict=True)
    headed = False
    end = 0
    try:
        for row in reader:
            # A quoted field may go on over several lines: the first one is named.
            start, end = end + 1, reader.line_num
            if not any(one.strip() for one in row):
                continue
            if headed:
                yield start, [one.strip() for one in row]
            elif tuple(one.strip().casefold() for one in row) == HEADER:
                headed = True
            else:
                errors.append(LineError(start, f"de kopregel moet zijn: {','.join(HEADER)}"))
                return
    except csv.Error:
        errors.append(LineError(end + 1, "aanhalingstekens of leestekens kloppen niet"))
        return
    if not headed:
        errors.append(LineError(1, f"de kopregel moet zijn: {','.join(HEADER)}"))


def _decoded(content: str | bytes, errors: list[LineError]) -> str | None:
    if isinstance(content, str):
        return content.removeprefix("\ufeff")
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as failed:
        line = content.count(b"\n", 0, failed.start) + 1
        errors.append(LineError(line, "het bestand is geen UTF-8"))
        return None


def _checked(
    numbered: tuple[int, list[str]], errors: list[LineError], hotline_number: str
) -> _Line | None:
    line, row = numbered
    if len(row) != len(HEADER):
        errors.append(LineError(line, f"er staan {len(row)} velden in plaats van {len(HEADER)}"))
        return None
    mail, name, codes, phone = row
    found: list[str] = []
    if not people.is_mail(mail):
        found.append("het mailadres klopt niet")
    if not people.is_name(name):
        found.append("de naam ontbreekt of klopt niet")
    roles = _roles(codes, found)
    if phone:
        try:
            phone = staff_phone(phone, hotline_number)
        except PhoneRefused as refused:
            found.append(_PHONE_TEXTS[refused.problem])
    elif Role.CONFIDANT in roles:
        found.append("een vertrouwenspersoon heeft een telefoonnummer nodig")
    errors.extend(LineError(line, text) for text in found)
    return None if found else _Line(line, mail, name, roles, phone)


def _roles(codes: str, found: list[str]) -> frozenset[Role]:
    known = {role.value: role for role in Role}
    wanted = [one.strip().casefold() for one in codes.split(SEPARATOR) if one.strip()]
    if not wanted:
        found.append("er is geen rol genoemd")
    if any(one not in known for one in wanted):
        found.append(f"een rol is onbekend; bekend zijn: {', '.join(known)}")
    return frozenset(known[one] for one in wanted if one in known)


def _refuse_doubles(lines: list[_Line], errors: list[LineError]) -> None:
    first: dict[str, int] = {}
    for one in lines:
        seen = first.setdefault(people.normal_mail(one.mail), one.line)
        if seen != one.line:
            errors.append(LineError(one.line, f"dit mailadres staat ook op regel {seen}"))
