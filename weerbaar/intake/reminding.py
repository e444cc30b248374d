"""Reminding of what has a last day or hour: each stage is told once to each person."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy.orm import Session

from weerbaar.accounts import notices
from weerbaar.accounts.actors import Role
from weerbaar.accounts.house import House


@dataclass(frozen=True)
class Reminder:
    """One notice that is due.

    Args:
        code: its text, of the closed list.
        key: of what and of which stage; the same key is never told twice to one person.
        person_id: whom it waits for; None where it waits for nobody by name.
        coordinators: whether every coordinator is told.
    """

    code: str
    key: str
    person_id: UUID | None = None
    coordinators: bool = False


# Takes the session and the instant.
Due = Callable[[Session, datetime], Iterable[Reminder]]


def remind(house: House, now: datetime, due: Due) -> int:
    """Tell of everything that is due in a register; it commits by itself.

    Args:
        house: the database.
        now: the present instant, aware.
        due: what is due; asked in one session.

    Returns:
        Of how much somebody was to be told, whether or not he was before.
    """
    told = 0
    with house.database.session() as session:
        for one in due(session, now):
            if one.person_id is not None:
                notices.post(session, one.person_id, one.code, now, key=one.key)
            if one.coordinators:
                notices.post_to_role(session, Role.COORDINATOR, one.code, now, one.key)
            told += 1
        session.commit()
    return told
