"""Appointments to come back to a case: on which day, what, and for which of its readers.

What is to be done is sealed. In the clear stands for whom something waits and until which day, so
that he can be reminded with nobody signed in; the reminder says no more than that.
"""

from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from uuid import UUID

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from weerbaar.accounts import envelopes, notices, people, trail
from weerbaar.accounts.actors import Actor
from weerbaar.accounts.envelopes import Kind
from weerbaar.accounts.house import House
from weerbaar.accounts.recipients import Person
from weerbaar.accounts.vault import Vault
from weerbaar.config.clock import local
from weerbaar.intake import casefile, part_contents, parts
from weerbaar.intake.casefile import WORKS, keys_of
from weerbaar.intake.errors import CaseworkRefused, NothingToRecord
from weerbaar.intake.part_contents import Bond, FollowUp
from weerbaar.intake.part_models import CasePartRow, CaseWaitingRow

NOTICE = "follow-up"
# Reminders go out from this hour of the local day on.
MORNING = 8
# A reminder that a worker could not give in all that time is given no more.
LATEST = timedelta(days=7)
FURTHEST = timedelta(days=730)


class FollowUpRefused(CaseworkRefused):
    """The day lies before today, or more than two years ahead."""


class NotForHim(CaseworkRefused):
    """This person does not read the case, or does not work here any more."""


class DoneAlready(CaseworkRefused):
    """It was done before."""


@dataclass(frozen=True, repr=False)
class Appointment:
    """An appointment that is not done yet; `is_late` from the day after on."""

    record: UUID
    case_id: UUID
    person_id: UUID
    due_on: date
    text: str
    is_late: bool

    def __repr__(self) -> str:
        return f"<Appointment {self.record}>"


def plan(
    session: Session,
    vault: Vault,
    actor: Actor,
    case_id: UUID,
    text: str,
    person_id: UUID,
    due_on: date,
    now: datetime,
) -> UUID:
    """Make an appointment to come back to a case, for oneself or another reader.

    Args:
        session: the database.
        vault: public keys and the key store.
        actor: a reader of the case.
        case_id: the case.
        text: what is to be done; sealed to every reader of the *what* part.
        person_id: for whom.
        due_on: the local day.
        now: the present instant, aware.

    Raises:
        NotYourCase: unknown, or not shared with whoever plans.
        NothingToRecord: the text is empty.
        FollowUpRefused: the day lies before today, or too far ahead.
        NotForHim: he does not read the case.
    """
    row = casefile.case_row(session, case_id, lock=True)
    casefile.open_what(session, vault, keys_of(actor), row)
    today = local(now).date()
    if not text.strip():
        raise NothingToRecord
    if not today <= due_on <= today + FURTHEST:
        raise FollowUpRefused
    if person_id not in for_whom(session, case_id):
        raise NotForHim
    part = FollowUp(
        case_id=str(case_id), at=now, by=str(keys_of(actor).person_id), text=text.strip(),
        person=str(person_id), due_on=due_on,
    )  # fmt: skip
    record = parts.add(session, vault, actor, row, part, now)
    session.add(CaseWaitingRow(part_id=record, person_id=person_id, due_on=due_on))
    session.flush()
    trail.record(session, actor, "follow_up.plan", "case", case_id, now)
    return record


def for_whom(session: Session, case_id: UUID) -> frozenset[UUID]:
    """Who can have an appointment of a case: who reads what happened, and works here."""
    row = casefile.case_row(session, case_id)
    readers = {one.person_id for one in casefile.readers(session, row) if one.what}
    return people.with_role(session, *WORKS) & readers


def finish(
    session: Session,
    vault: Vault,
    actor: Actor,
    case_id: UUID,
    record: UUID,
    came_of_it: str,
    now: datetime,
) -> None:
    """Note that an appointment is done, or is not needed any more.

    Args:
        session: the database.
        vault: the key store.
        actor: a reader of the case.
        case_id: the case.
        record: which appointment.
        came_of_it: what came of it; may be empty.
        now: the present instant, aware.

    Raises:
        NotYourCase: there is no such appointment for this person.
        DoneAlready: somebody did it before.
    """
    _row, part = parts.one(session, vault, keys_of(actor), record, FollowUp, case_id=case_id)
    if part.done_at is not None:
        raise DoneAlready
    done = replace(
        part, done_at=now, done_by=str(keys_of(actor).person_id), came_of_it=came_of_it.strip()
    )
    parts.change(session, vault, actor, record, done, now)
    session.execute(delete(CaseWaitingRow).where(CaseWaitingRow.part_id == record))
    trail.record(session, actor, "follow_up.finish", "case", case_id, now)


def of_case(
    session: Session, vault: Vault, actor: Actor, case_id: UUID
) -> list[tuple[UUID, FollowUp]]:
    """The appointments of a case by their day, done ones too; the door has opened the case."""
    found = parts.of_case(session, vault, keys_of(actor), case_id, FollowUp)
    return sorted(found, key=lambda pair: (pair[1].due_on, pair[1].at))


def waiting(session: Session, vault: Vault, actor: Actor, now: datetime) -> list[Appointment]:
    """What is still to be done in the cases of this reader, the earliest day first.

    Args:
        session: the database; the door commits, a first opening writes.
        vault: the key store.
        actor: the reader; others' appointments in his cases are among them.
        now: the present instant, aware.
    """
    rows = session.execute(
        select(CaseWaitingRow.part_id, CaseWaitingRow.due_on, CasePartRow.case_id)
        .join(CasePartRow, CasePartRow.id == CaseWaitingRow.part_id)
        .where(CasePartRow.bond == Bond.WHAT.value)
        .order_by(CaseWaitingRow.due_on, CaseWaitingRow.part_id)
    ).all()
    case_of = {row.part_id: row.case_id for row in rows}
    today = local(now).date()
    opened = {}
    for record, plaintext in envelopes.open_many(
        session, vault, keys_of(actor), list(case_of), kind=Kind.CASE_PART, part=parts.PART,
        damaged=[],
    ):  # fmt: skip
        part = part_contents.from_bytes(plaintext)
        if isinstance(part, FollowUp) and part.case_id == str(case_of[record]):
            opened[record] = part
    return [
        Appointment(
            row.part_id, row.case_id, UUID(opened[row.part_id].person), row.due_on,
            opened[row.part_id].text, row.due_on < today,
        )
        for row in rows if row.part_id in opened
    ]  # fmt: skip


def remind(house: House, now: datetime) -> int:
    """The worker's duty: tell on the morning of its day for whom an appointment waits.

    Where he reads the case no longer, everybody who does is told.

    Returns:
        How many reminders were posted now.
    """
    if local(now).hour < MORNING:
        return 0
    today = local(now).date()
    with house.database.session() as session:
        rows = session.execute(
            select(CaseWaitingRow.part_id, CaseWaitingRow.person_id, CaseWaitingRow.due_on)
            .join(CasePartRow, CasePartRow.id == CaseWaitingRow.part_id)
            .where(
                CasePartRow.bond == Bond.WHAT.value,
                CaseWaitingRow.due_on <= today,
                CaseWaitingRow.due_on > today - LATEST,
            )
        ).all()
        here = people.with_role(session, *WORKS)
        posted = 0
        for row in rows:
            readers = {
                one.recipient.person_id
                for one in envelopes.readers(session, row.part_id)
                if isinstance(one.recipient, Person) and one.has_key
            } & here
            told = {row.person_id} & readers or readers
            key = f"{NOTICE}:{row.part_id}:{row.due_on.isoformat()}"
            posted += sum(notices.post(session, one, NOTICE, now, key=key) for one in sorted(told))
        session.commit()
    return posted
