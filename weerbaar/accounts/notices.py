"""Notices to people: an outbox of content-free codes, read in the application.

What leaves the house by SMS or mail is in `deliveries`; who carries it is plugged in by the roof.
"""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID, uuid4

from sqlalchemy import insert, or_, select, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from weerbaar.accounts.actors import Role, roles_of
from weerbaar.accounts.models import NoticeRow, PersonRow


@dataclass(frozen=True, slots=True)
class Notice:
    """A notice as it stands in the outbox."""

    id: UUID
    person_id: UUID
    code: str
    posted_at: datetime


def post(
    session: Session, person_id: UUID, code: str, now: datetime, key: str | None = None
) -> bool:
    """Put a notice in the outbox.

    Args:
        session: the session that does the work the notice is about.
        person_id: to whom.
        code: a fixed code whose text names nobody and nothing.
        now: the instant, aware.
        key: what makes it the same notice; the same key is never posted twice to one person.

    Returns:
        Whether a notice was posted now.
    """
    row = {"id": uuid4(), "person_id": person_id, "code": code, "key": key, "posted_at": now}
    if key is None:
        session.execute(insert(NoticeRow).values(**row))
        return True
    posted = session.execute(
        insert_once(session, NoticeRow)
        .values(**row)
        .on_conflict_do_nothing(index_elements=["person_id", "key"])
        .returning(NoticeRow.id)
    ).first()
    return posted is not None


def insert_once(session: Session, table: type) -> "postgresql.Insert | sqlite.Insert":
    """An insert that can say what happens on a conflict, for the engine of the session."""
    on_postgres = session.get_bind().dialect.name == "postgresql"
    return postgresql.insert(table) if on_postgres else sqlite.insert(table)


def unread(session: Session, person_id: UUID) -> list[Notice]:
    """What a person has not read yet, oldest first."""
    return _notices(session, NoticeRow.person_id == person_id, NoticeRow.read_at.is_(None))


def _notices(session: Session, *conditions: object) -> list[Notice]:
    wanted = select(NoticeRow.id, NoticeRow.person_id, NoticeRow.code, NoticeRow.posted_at)
    rows = session.execute(
        wanted.where(*conditions).order_by(NoticeRow.posted_at, NoticeRow.id)  # type: ignore[arg-type]
    )
    return [Notice(*row) for row in rows]


def mark_read(session: Session, person_id: UUID, ids: Collection[UUID], now: datetime) -> None:
    """Note that a person has read these notices of his own."""
    session.execute(
        update(NoticeRow)
        .where(NoticeRow.id.in_(ids), NoticeRow.person_id == person_id, NoticeRow.read_at.is_(None))
        .values(read_at=now)
    )


def fall_back_to_day(session: Session, prefixes: Collection[str]) -> None:
    """Let the instants of notices fall back to their day: they would tell when it was.

    Args:
        session: the caller commits.
        prefixes: how the keys of these notices begin.
    """
    rows = session.scalars(
        select(NoticeRow).where(or_(*(NoticeRow.key.startswith(one) for one in prefixes)))
    )
    for row in rows:
        row.posted_at = _day(row.posted_at)
        row.sent_at = None if row.sent_at is None else _day(row.sent_at)
        row.read_at = None if row.read_at is None else _day(row.read_at)
    session.flush()


def _day(instant: datetime) -> datetime:
    return instant.replace(hour=0, minute=0, second=0, microsecond=0)


def post_to_role(
    session: Session,
    role: Role,
    code: str,
    now: datetime,
    key: str | None = None,
    *,
    without: Collection[UUID | None] = (),
) -> bool:
    """Post a notice to everybody active with a role.

    Args:
        session: the session that does the work the notice is about.
        role: to whom.
        code: a fixed code.
        now: the instant, aware.
        key: as for `post`.
        without: who is not told, because he did it or it is about him.

    Returns:
        Whether it was news to anybody.
    """
    news = False
    people = session.execute(
        select(PersonRow.id, PersonRow.roles).where(PersonRow.state == "active")
    ).all()
    for person_id, roles in people:
        if role in roles_of(roles) and person_id not in without:
            news = post(session, person_id, code, now, key) or news
    return news
