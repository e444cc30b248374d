"""Enquiries about the tour: entered by anybody of the staff, sealed to the tour, never traced back.

A registrar may ask about the tour while he rings the hotline. So that the two worlds never meet, an
enquiry keeps neither where it came from nor who wrote it down, not even in the trail.
"""

import json
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from enum import StrEnum
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from weerbaar.accounts import envelopes, notices, trail
from weerbaar.accounts.actors import SYSTEM, Actor, Role
from weerbaar.accounts.envelopes import Kind
from weerbaar.accounts.recipients import Group, GroupName
from weerbaar.accounts.vault import Stores, Vault
from weerbaar.config.clock import local
from weerbaar.tour import activities, places
from weerbaar.tour.activities import Step
from weerbaar.tour.errors import EnquiryClosed, GovernmentUnknown, NoSuchEnquiry
from weerbaar.tour.notes import SAME_READING, admitted
from weerbaar.tour.stages import OVER, Stage, State
from weerbaar.tour.working_models import EnquiryRow, EnquiryState

SCHEMA = 1
LONGEST = 8_000
# How long an enquiry stays after it was answered.
KEPT = timedelta(days=180)
_OPEN = (EnquiryState.NEW.value, EnquiryState.ASSIGNED.value)


class SetAside(StrEnum):
    """Why a mail was not taken in whole: who answers looks in the mailbox of the tour."""

    TOO_LARGE = "too-large"
    NO_TEXT = "no-text"
    UNREADABLE = "unreadable"
    SHORTENED = "shortened"
    ATTACHMENTS = "attachments"


@dataclass(frozen=True)
class Question:
    """What somebody wants to know, and how to reach him; its repr shows nobody."""

    text: str = field(repr=False)
    name: str = field(default="", repr=False)
    reach: str = field(default="", repr=False)
    set_aside: SetAside | None = None


@dataclass(frozen=True)
class Enquiry:
    """An enquiry that was opened; without `question` it could not be."""

    id: UUID
    code: str | None
    state: EnquiryState
    officer_id: UUID | None
    activity_id: UUID | None
    day: date
    closed_day: date | None
    question: Question | None = field(default=None, repr=False)

    @property
    def is_open(self) -> bool:
        """Whether somebody still waits for an answer."""
        return self.closed_day is None


def enter(
    session: Session, vault: Vault, question: Question, code: str | None, now: datetime
) -> UUID:
    """Keep an enquiry for the people of the tour, and tell them that there is one.

    Of a text that is longer than `LONGEST` the beginning is kept, and that it was shortened.

    Args:
        session: the caller commits.
        vault: key store and keyring.
        question: what somebody wants to know.
        code: of the government, where it is known.
        now: the instant, aware.

    Raises:
        NoSuchGovernment: no government has the code.
        KeyStoreGone: it cannot be sealed, and so it is not kept.
    """
    place = None if code is None else places.place(code)
    shortened = SetAside.SHORTENED if len(question.text) > LONGEST else None
    document = {
        "schema": SCHEMA,
        "text": question.text[:LONGEST],
        "name": question.name,
        "reach": question.reach,
        "set_aside": question.set_aside or shortened,
    }
    enquiry_id = envelopes.seal(
        session,
        vault,
        kind=Kind.TOUR_ENQUIRY,
        plaintext=json.dumps(document, ensure_ascii=False).encode(),
        recipients=[Group(GroupName.TOUR)],
        now=now,
    )
    session.add(
        EnquiryRow(
            id=enquiry_id,
            code=None if place is None else place.code,
            state=EnquiryState.NEW.value,
            created_day=local(now).date(),
        )
    )
    session.flush()
    version, digest = envelopes.stamp(session, enquiry_id)
    # The house itself stands in the trail: who wrote it down may just have answered a call.
    trail.record(
        session, SYSTEM, "tour.enquiry", "envelope", enquiry_id, now,
        version=version, digest=digest,
    )  # fmt: skip
    notices.post_to_role(
        session, Role.TOUR_OFFICER, "tour_enquiry", now, f"tour-enquiry:{enquiry_id}"
    )
    return enquiry_id


def listing(
    session: Session, vault: Vault, actor: Actor, now: datetime, *, only_open: bool = True
) -> list[Enquiry]:
    """The enquiries, the oldest first; each reading is trailed.

    Args:
        session: the door commits before it answers.
        vault: key store and keyring.
        actor: who reads, with an unlocked session.
        now: the instant, aware.
        only_open: leave out what was answered.

    Raises:
        KeysLocked, NotAdmitted: as for notes.
    """
    admitted(session, actor)
    query = select(EnquiryRow)
    if only_open:
        query = query.where(EnquiryRow.state.in_(_OPEN))
    rows = session.scalars(query.order_by(EnquiryRow.created_day, EnquiryRow.id)).all()
    damaged: list[UUID] = []
    opened = dict(
        envelopes.open_many(
            session, vault, actor.keys, [row.id for row in rows],
            kind=Kind.TOUR_ENQUIRY, damaged=damaged,
        )
    )  # fmt: skip
    for each in opened:
        trail.record_once(
            session, actor, "tour.read", "tour_enquiry", each, now, within=SAME_READING
        )
    return [_enquiry(row, opened.get(row.id)) for row in rows]


def assign(
    session: Session, actor: Actor, enquiry_id: UUID, officer_id: UUID, now: datetime
) -> None:
    """Let somebody answer an enquiry, and tell him.

    Args:
        session: the caller commits.
        actor: who assigns.
        enquiry_id: which.
        officer_id: who answers it.
        now: the instant, aware.

    Raises:
        NoSuchEnquiry: there is none.
        EnquiryClosed: it was answered already.
    """
    row = _open_row(session, enquiry_id)
    row.state, row.officer_id = EnquiryState.ASSIGNED.value, officer_id
    session.flush()
    if officer_id != actor.person_id:
        key = f"tour-enquiry:{enquiry_id}:{officer_id}"
        notices.post(session, officer_id, "tour_enquiry", now, key)
    trail.record(session, actor, "tour.assign", "tour_enquiry", enquiry_id, now)


def answer(session: Session, actor: Actor, enquiry_id: UUID, now: datetime) -> None:
    """Say that an enquiry was answered.

    Args:
        session: the caller commits.
        actor: who answered.
        enquiry_id: which.
        now: the instant, aware.

    Raises:
        NoSuchEnquiry, EnquiryClosed: as for `assign`.
    """
    row = _open_row(session, enquiry_id)
    row.state, row.closed_day = EnquiryState.ANSWERED.value, local(now).date()
    session.flush()
    trail.record(session, actor, "tour.answer", "tour_enquiry", enquiry_id, now)


def turn(session: Session, actor: Actor, enquiry_id: UUID, code: str | None, now: datetime) -> UUID:
    """Turn an enquiry into a conversation: the one that is going on, or a new one.

    Args:
        session: the caller commits.
        actor: who does it.
        enquiry_id: which.
        code: of the government, where the enquiry does not say.
        now: the instant, aware.

    Returns:
        The conversation.

    Raises:
        NoSuchEnquiry, EnquiryClosed: as for `assign`.
        GovernmentUnknown: neither says which government.
        MoveNotAllowed: the conversation was declined or left out; it goes on by a move.
    """
    row = _open_row(session, enquiry_id)
    known = row.code or code
    if not known:
        raise GovernmentUnknown
    place = places.place(known)
    going_on = [
        each.id
        for each in activities.of_codes(session, place.codes)
        if each.stage is Stage.CONVERSATION and each.state not in OVER
    ]
    if going_on:
        activity_id = going_on[0]
    else:
        step = Step(State.INVITED, officer_id=row.officer_id or actor.person_id)
        activity_id = activities.begin(session, actor, place.code, Stage.CONVERSATION, step, now)
    row.code, row.activity_id = place.code, activity_id
    row.state, row.closed_day = EnquiryState.TURNED.value, local(now).date()
    session.flush()
    trail.record(session, actor, "tour.turn", "tour_enquiry", enquiry_id, now)
    return activity_id


def destroy_old(stores: Stores, now: datetime) -> int:
    """Destroy enquiries that were closed half a year ago, for good; the worker's act.

    Args:
        stores: database and vault.
        now: the instant, aware.

    Returns:
        How many were destroyed.
    """
    with stores.database.session() as session:
        rows = session.scalars(
            select(EnquiryRow)
            .where(EnquiryRow.closed_day <= local(now).date() - KEPT)
            .with_for_update(skip_locked=True)
        ).all()
        for row in rows:
            session.delete(row)
            session.flush()
            envelopes.destroy(session, stores.vault, row.id, now)
        session.commit()
    return len(rows)


def _open_row(session: Session, enquiry_id: UUID) -> EnquiryRow:
    row = session.get(EnquiryRow, enquiry_id, with_for_update=True, populate_existing=True)
    if row is None:
        raise NoSuchEnquiry
    if row.closed_day is not None:
        raise EnquiryClosed
    return row


def _enquiry(row: EnquiryRow, content: bytes | None) -> Enquiry:
    question = None
    if content is not None:
        document = json.loads(content)
        # Those of earlier days do not say whether something was left out.
        left = document.get("set_aside")
        question = Question(
            document["text"], document["name"], document["reach"],
            None if left is None else SetAside(left),
        )  # fmt: skip
    return Enquiry(
        row.id, row.code, EnquiryState(row.state), row.officer_id, row.activity_id,
        row.created_day, row.closed_day, question,
    )  # fmt: skip
