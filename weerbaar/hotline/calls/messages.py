"""Spoken messages: heard of, fetched, sealed to the confidants, moved into a case or destroyed.

A message is believed to be at the provider until it is sealed here. Whatever is told of it (the
line's own request, the recording's callback, a list of the provider) only makes it known sooner:
the worker asks the provider itself, and goes on asking.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import delete, select, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from weerbaar.accounts import envelopes, notices, trail
from weerbaar.accounts.actors import Actor, Role
from weerbaar.accounts.envelopes import Kind, LongContent
from weerbaar.accounts.recipients import Group, GroupName
from weerbaar.accounts.vault import Vault
from weerbaar.crypto.errors import CannotOpen
from weerbaar.hotline.calls import traces
from weerbaar.hotline.calls.conversation import State
from weerbaar.hotline.calls.errors import NoSuchItem, NotAdmitted
from weerbaar.hotline.calls.models import (
    CallRow,
    MessageProblem,
    MessageState,
    ProviderLeftoverRow,
    TraceKind,
    VoiceMessageRow,
    WorkItemRow,
)
from weerbaar.intake import recordings

# After each try the next one, and then the last of these again and again.
PAUSES = tuple(timedelta(seconds=one) for one in (5, 10, 20, 40, 60, 120, 300, 900))
LEASE = timedelta(minutes=2)
# A line on which nothing was recorded this long after its end has no recording.
NONE_AFTER = timedelta(minutes=10)
# What could not be kept is tried again for so long, each day after the first hour.
REFUSED_PAUSES = (timedelta(minutes=15), timedelta(minutes=45), timedelta(days=1))
AT_ONCE = 5
PART = "message"
NOTICE_REFUSED = "recording_refused"
# One reading of the trail for whoever listens, stops, goes back and listens on.
ONE_LISTENING = timedelta(minutes=30)
_OPEN = (MessageState.AWAITED.value, MessageState.REFUSED.value)


@dataclass(frozen=True)
class Waiting:
    """A message to fetch. `line_sid` is the provider's id of the caller's line."""

    id: UUID
    call_id: UUID
    line_sid: str | None
    recording_sid: str | None

    def __repr__(self) -> str:
        return f"<Waiting {self.id}>"


@dataclass(frozen=True)
class Spoken:
    """A message as the page of its work shows it."""

    id: UUID
    state: MessageState
    problem: MessageProblem | None
    record_id: UUID | None


# ---- hearing of it -----------------------------------------------------------------------


def heard_of(session: Session, call: CallRow, sid: str | None, now: datetime) -> None:
    """A recording of a line is, or will be, at the provider; telling it twice changes nothing.

    Args:
        session: the caller commits.
        call: the line.
        sid: the provider's id of the recording; None where only the line is known.
        now: this instant, aware, UTC.
    """
    if sid is None:
        if _of(session, call.id):
            return
    elif _is_known(session, sid):
        return
    else:
        nameless = session.scalar(
            update(VoiceMessageRow)
            .where(
                VoiceMessageRow.call_id == call.id,
                VoiceMessageRow.recording_sid.is_(None),
                VoiceMessageRow.state == MessageState.AWAITED,
            )
            .values(recording_sid=sid, next_try_at=now, attempts=0)
            .returning(VoiceMessageRow.id)
            .execution_options(synchronize_session=False)
        )
        if nameless is not None:
            return
    on_postgres = session.get_bind().dialect.name == "postgresql"
    new = (postgresql.insert if on_postgres else sqlite.insert)(VoiceMessageRow)
    session.execute(
        new.values(
            id=uuid4(),
            call_id=call.id,
            recording_sid=sid,
            state=MessageState.AWAITED.value,
            attempts=0,
            next_try_at=now,
            created_day=now.date(),
        ).on_conflict_do_nothing()
    )


def _of(session: Session, call_id: UUID) -> list[VoiceMessageRow]:
    rows = select(VoiceMessageRow).where(VoiceMessageRow.call_id == call_id)
    return list(session.scalars(rows.order_by(VoiceMessageRow.created_day, VoiceMessageRow.id)))


def _is_known(session: Session, sid: str) -> bool:
    message = select(VoiceMessageRow.id).where(VoiceMessageRow.recording_sid == sid)
    left = select(ProviderLeftoverRow.sid).where(ProviderLeftoverRow.sid == sid)
    return session.execute(message).first() is not None or session.execute(left).first() is not None


def throw_away(session: Session, sid: str | None, now: datetime) -> None:
    """A recording that is no message (silence): it is deleted at the provider unheard.

    Args:
        session: the caller commits.
        sid: the provider's id; None where it is not known, then it is found by the comparison.
        now: this instant, aware, UTC.
    """
    if sid is None:
        return
    session.execute(
        delete(VoiceMessageRow).where(
            VoiceMessageRow.recording_sid == sid, VoiceMessageRow.state == MessageState.AWAITED
        )
    )
    if not _is_known(session, sid):
        traces.leave(session, TraceKind.RECORDING, [sid], now)


# ---- fetching ----------------------------------------------------------------------------


def due(session: Session, now: datetime) -> list[Waiting]:
    """Messages to fetch now, claimed for the length of a try; the worker commits.

    Args:
        session: the worker commits before it asks the provider.
        now: this instant, aware, UTC.
    """
    # While the caller is asked for a message it is not decided yet whether this is one.
    speaking = select(CallRow.id).where(CallRow.state == State.RECORDING)
    rows = session.scalars(
        select(VoiceMessageRow)
        .where(VoiceMessageRow.next_try_at <= now, VoiceMessageRow.call_id.not_in(speaking))
        .order_by(VoiceMessageRow.next_try_at)
        .limit(AT_ONCE)
        .with_for_update(skip_locked=True)
        .execution_options(populate_existing=True)
    ).all()
    for row in rows:
        row.next_try_at = now + LEASE
    session.flush()
    calls = select(CallRow.id, CallRow.provider_sid)
    found = session.execute(calls.where(CallRow.id.in_([row.call_id for row in rows])))
    lines = {row.id: row.provider_sid for row in found}
    return [Waiting(row.id, row.call_id, lines[row.call_id], row.recording_sid) for row in rows]


def not_yet(session: Session, message_id: UUID, now: datetime) -> None:
    """It could not be fetched now: again after a while, later each time.

    Args:
        session: the worker commits.
        message_id: which.
        now: this instant, aware, UTC.
    """
    row = _locked(session, message_id)
    if row is not None:
        row.next_try_at = now + PAUSES[min(row.attempts, len(PAUSES) - 1)]
        row.attempts += 1


def _locked(session: Session, message_id: UUID) -> VoiceMessageRow | None:
    # The telephone locks a line before what belongs to it: so does the worker.
    session.execute(
        select(CallRow.id)
        .join(VoiceMessageRow, VoiceMessageRow.call_id == CallRow.id)
        .where(VoiceMessageRow.id == message_id)
        .with_for_update(of=CallRow)
    )
    return session.scalar(
        select(VoiceMessageRow)
        .where(VoiceMessageRow.id == message_id, VoiceMessageRow.state.in_(_OPEN))
        .with_for_update()
        .execution_options(populate_existing=True)
    )


def named(session: Session, message_id: UUID, sids: Iterable[str], now: datetime) -> bool:
    """The provider lists these recordings of its line: the first unknown is this one.

    Args:
        session: the worker commits.
        message_id: which message had no name yet.
        sids: the provider's ids of the recordings of that line.
        now: this instant, aware, UTC.

    Returns:
        Whether there was an unknown one; further ones become messages of their own.
    """
    row = _locked(session, message_id)
    call = None if row is None else session.get(CallRow, row.call_id)
    fresh = [sid for sid in sids if not _is_known(session, sid)]
    if row is None or call is None or not fresh:
        return False
    for sid in fresh:
        heard_of(session, call, sid, now)
    return True


def is_long_over(session: Session, call_id: UUID, now: datetime) -> bool:
    """Whether a line ended so long ago that a recording of it would be listed by now."""
    call = session.get(CallRow, call_id)
    if call is None:
        return True
    # Without a time it ended more than an hour ago: its course is sealed.
    is_long_ago = call.ended_at is None or call.ended_at <= now - NONE_AFTER
    return call.state == State.ENDED and is_long_ago


def keep(
    session: Session,
    vault: Vault,
    message_id: UUID,
    sound: bytes,
    facts: dict[str, Any],
    now: datetime,
) -> UUID | None:
    """Seal what was fetched to the confidants; from now on the provider's copy is to be deleted.

    Args:
        session: the worker commits.
        vault: key store and trust.
        message_id: which.
        sound: the whole file.
        facts: media type, seconds, and when it was spoken; sealed with it.
        now: this instant, aware, UTC.

    Returns:
        The call whose work it belongs to; None when somebody else was quicker.

    Raises:
        KeyStoreGone: nothing can be sealed; it stays where it is.
        KeyNotTrusted: the same.
    """
    row = _locked(session, message_id)
    if row is None:
        return None
    row.record_id = envelopes.seal_long(
        session, vault, kind=Kind.RECORDING, part=PART, facts=facts, content=[sound],
        recipients=[Group(GroupName.CONFIDANTS)], now=now,
    )  # fmt: skip
    row.state, row.problem, row.next_try_at = MessageState.SEALED, None, None
    row.attempts = 0
    session.flush()
    traces.leave(session, TraceKind.RECORDING, [row.recording_sid], now)
    return row.call_id


def refuse(session: Session, message_id: UUID, problem: MessageProblem, now: datetime) -> None:
    """What came cannot be kept. It stays at the provider, is tried again, and people are told.

    Args:
        session: the worker commits.
        message_id: which.
        problem: why.
        now: this instant, aware, UTC.
    """
    row = _locked(session, message_id)
    if row is None:
        return
    if row.state != MessageState.REFUSED:
        row.attempts = 0
        for role in (Role.ADMIN, Role.COORDINATOR):
            notices.post_to_role(session, role, NOTICE_REFUSED, now, f"refused-{row.id}")
    pause = REFUSED_PAUSES[min(row.attempts, len(REFUSED_PAUSES) - 1)]
    row.state, row.problem = MessageState.REFUSED, problem
    row.attempts += 1
    row.next_try_at = now + pause


def missing(
    session: Session, message_id: UUID, problem: MessageProblem, now: datetime
) -> UUID | None:
    """The provider has no such recording, and never will.

    Args:
        session: the worker commits.
        message_id: which.
        problem: what it says.
        now: this instant, aware, UTC.

    Returns:
        The call, where this was its only message; None otherwise.
    """
    row = _locked(session, message_id)
    if row is None:
        return None
    row.state, row.problem, row.next_try_at = MessageState.MISSING, problem, None
    session.flush()
    traces.leave(session, TraceKind.RECORDING, [row.recording_sid], now)
    others = [one for one in _of(session, row.call_id) if one.id != row.id]
    return None if any(one.state != MessageState.MISSING for one in others) else row.call_id


# ---- listening ---------------------------------------------------------------------------


def of_item(session: Session, item_id: UUID) -> list[Spoken]:
    """The messages that belong to a piece of work and were not dealt with."""
    rows = session.scalars(
        select(VoiceMessageRow)
        .join(WorkItemRow, WorkItemRow.call_id == VoiceMessageRow.call_id)
        .where(WorkItemRow.id == item_id, VoiceMessageRow.state != MessageState.DONE)
        .order_by(VoiceMessageRow.created_day, VoiceMessageRow.id)
    )
    return [
        Spoken(
            row.id,
            MessageState(row.state),
            None if row.problem is None else MessageProblem(row.problem),
            row.record_id,
        )
        for row in rows
    ]


def listen(
    session: Session, vault: Vault, actor: Actor, item_id: UUID, message_id: UUID, now: datetime
) -> LongContent:
    """The sound of a message, for somebody who was admitted; a listening leaves a trail once.

    Args:
        session: the door commits, a first opening writes.
        vault: key store and trust.
        actor: who listens.
        item_id: the work it belongs to.
        message_id: which.
        now: this instant, aware, UTC.

    Raises:
        NoSuchItem: there is no such message to listen to.
        NotAdmitted: the reader cannot open it.
        KeysLocked: the session is locked.
        CannotOpen: it was damaged or destroyed.
    """
    found = [one for one in of_item(session, item_id) if one.id == message_id]
    if not found or found[0].record_id is None:
        raise NoSuchItem
    content = open_sealed(session, vault, actor, found[0].record_id)
    trail.record_once(
        session, actor, "message.listen", "voice_message", message_id, now, within=ONE_LISTENING
    )
    return content


def open_sealed(session: Session, vault: Vault, actor: Actor, record_id: UUID) -> LongContent:
    """A sealed message; raises NotAdmitted for who cannot open it."""
    try:
        return envelopes.open_long(
            session, vault, actor.keys, record_id, kind=Kind.RECORDING, part=PART
        )
    except envelopes.NotAReader:
        raise NotAdmitted from None


# ---- dealing with it ---------------------------------------------------------------------


def sealed_of(session: Session, call_id: UUID) -> list[UUID]:
    """The records of a call's messages that are sealed here, oldest first."""
    return [one.record_id for one in _of(session, call_id) if one.record_id is not None]


def into_case(
    session: Session, vault: Vault, actor: Actor, call_id: UUID, case_id: UUID, now: datetime
) -> bool:
    """Seal the messages of a call anew, with a case; the group's copies go with its work.

    Args:
        session: the door commits.
        vault: key store and trust.
        actor: who records the call; a reader of the case.
        call_id: whose messages.
        case_id: the case.
        now: this instant, aware, UTC.

    Returns:
        Whether all of them could be opened.

    Raises:
        NotYourCase: unknown, or not shared with this person.
        NotAdmitted: the actor cannot open them.
        KeysLocked: the session is locked.
    """
    whole = True
    for record_id in sealed_of(session, call_id):
        try:
            content = open_sealed(session, vault, actor, record_id)
            sound = list(content.read())
        except CannotOpen:
            whole = False
            continue
        recordings.keep(session, vault, actor, case_id, content.facts, sound, now)
    return whole


def settle(
    session: Session, vault: Vault, call_id: UUID, now: datetime, *, unheard_too: bool
) -> None:
    """The work of a call is done: the group's copies are destroyed for good.

    Args:
        session: the caller commits.
        vault: whose key store holds the secrets.
        call_id: whose messages.
        now: this instant, aware, UTC.
        unheard_too: whether what was not fetched yet is given up as well and deleted at the
            provider; without it becomes work again when it arrives.
    """
    for row in _of(session, call_id):
        if row.record_id is not None:
            envelopes.destroy(session, vault, row.record_id, now)
        elif row.state in _OPEN and (not unheard_too or row.recording_sid is None):
            continue
        row.record_id, row.state, row.next_try_at = None, MessageState.DONE, None
        session.flush()
        traces.leave(session, TraceKind.RECORDING, [row.recording_sid], now)
