"""Links between cases about one incident. Who reads one of them learns that there is another.

Each case holds one half of a link, sealed to its own readers: no table says which two belong
together. What the other case is about is for its own readers; anybody else is told whom to ask.
"""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy.orm import Session

from weerbaar.accounts import people, trail
from weerbaar.accounts.actors import Actor
from weerbaar.accounts.vault import Vault
from weerbaar.intake import casefile, content, parts
from weerbaar.intake.casefile import WORKS, keys_of
from weerbaar.intake.errors import CaseworkRefused, NotYourCase
from weerbaar.intake.part_contents import Link


class LinkRefused(CaseworkRefused):
    """A case is not linked to itself, nor twice to the same one."""


@dataclass(frozen=True, repr=False)
class Linked:
    """The other case, as a reader of this one may know it.

    Args:
        record: the half of this case.
        case_id: of the other, for its readers; None for anybody else.
        title: of the other, for its readers.
        ask: who can be asked about it; nobody where it was destroyed.
        at: since when they are linked.
    """

    record: UUID
    case_id: UUID | None
    title: str
    ask: tuple[UUID, ...]
    at: datetime

    def __repr__(self) -> str:
        return f"<Linked {self.record}>"


def link(
    session: Session, vault: Vault, actor: Actor, case_id: UUID, other: UUID, now: datetime
) -> None:
    """Link two cases that are about one incident.

    Args:
        session: the database.
        vault: public keys and the key store.
        actor: a reader of both cases.
        case_id: the one.
        other: the other.
        now: the present instant, aware.

    Raises:
        NotYourCase: one of them is unknown, or not shared with this person.
        LinkRefused: they are one case, or linked already.
    """
    if case_id == other:
        raise LinkRefused
    # Always in one order: two who link the same cases at once do not wait for each other.
    rows = {one: casefile.case_row(session, one, lock=True) for one in sorted((case_id, other))}
    for row in rows.values():
        casefile.open_what(session, vault, keys_of(actor), row)
    if any(
        one.other_case == str(other) for _record, one in _halves(session, vault, actor, case_id)
    ):
        raise LinkRefused
    for one, to in ((case_id, other), (other, case_id)):
        half = Link(case_id=str(one), at=now, by=str(keys_of(actor).person_id), other_case=str(to))
        parts.add(session, vault, actor, rows[one], half, now)
        trail.record(session, actor, "case.link", "case", one, now)


def unlink(
    session: Session, vault: Vault, actor: Actor, case_id: UUID, record: UUID, now: datetime
) -> None:
    """Take a link away. Where the other case is gone, or not his to read, its half stays there.

    Args:
        session: the database.
        vault: the key store.
        actor: a reader of this case.
        case_id: this case.
        record: its half of the link.
        now: the present instant, aware.

    Raises:
        NotYourCase: there is no such link for this person.
    """
    _row, half = parts.one(session, vault, keys_of(actor), record, Link, case_id=case_id)
    parts.destroy(session, vault, [record], now, actor=actor)
    trail.record(session, actor, "case.unlink", "case", case_id, now)
    other = UUID(half.other_case)
    for theirs, one in _halves(session, vault, actor, other):
        if one.other_case == str(case_id):
            parts.destroy(session, vault, [theirs], now, actor=actor)
            trail.record(session, actor, "case.unlink", "case", other, now)


def of_case(session: Session, vault: Vault, actor: Actor, case_id: UUID) -> list[Linked]:
    """The cases linked to this one, as far as this reader may know; the door has opened the case.

    Args:
        session: the database; the door commits, a first opening writes.
        vault: the key store.
        actor: the reader.
        case_id: the case.
    """
    here = people.with_role(session, *WORKS)
    found = []
    for record, half in _halves(session, vault, actor, case_id):
        other = UUID(half.other_case)
        try:
            row = casefile.case_row(session, other)
        except NotYourCase:
            found.append(Linked(record, None, "", (), half.at))
            continue
        try:
            title = content.title(casefile.open_what(session, vault, keys_of(actor), row))
        except NotYourCase:
            ask = _whom_to_ask(half, [
                one.person_id for one in casefile.readers(session, row)
                if one.what and one.person_id in here
            ])  # fmt: skip
            found.append(Linked(record, None, "", ask, half.at))
        else:
            found.append(Linked(record, other, title, (), half.at))
    return found


def _whom_to_ask(half: Link, readers: list[UUID]) -> tuple[UUID, ...]:
    """Who linked them, as long as he reads the other case; else everybody who does."""
    made = UUID(half.by)
    return (made,) if made in readers else tuple(readers)


def _halves(session: Session, vault: Vault, actor: Actor, case_id: UUID) -> list[tuple[UUID, Link]]:
    return parts.of_case(session, vault, keys_of(actor), case_id, Link)
