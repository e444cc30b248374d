"""Calling an official back: the confidant's telephone first, then the official's.

The official's number is held for two minutes at most, under a token that only the provider's
addresses carry and a secret of the key store. It opens for one leg of the provider, in one step;
the secret is destroyed as soon as the official's telephone is answered or done. Doors commit.
"""

import secrets
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from uuid import UUID, uuid4

from sqlalchemy import select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from weerbaar.accounts import destruction, envelopes, people, trail
from weerbaar.accounts.actors import Actor
from weerbaar.accounts.envelopes import Kind
from weerbaar.accounts.keystore import SecretGone
from weerbaar.accounts.recipients import Group, GroupName
from weerbaar.accounts.vault import Vault
from weerbaar.crypto import held
from weerbaar.crypto.errors import CannotOpen
from weerbaar.hotline.calls import conversation, items, numbers
from weerbaar.hotline.calls.conversation import HOLD, BackEvent, BackState, LegEvent, LegState
from weerbaar.hotline.calls.errors import AlreadyBegun, NoPhone, NoSuchCallBack, PersonBusy
from weerbaar.hotline.calls.gate import Reason
from weerbaar.hotline.calls.line import TOKEN_BYTES, insert_into, move_leg
from weerbaar.hotline.calls.models import CallBackRow, LegRow

KEY_BYTES = 32
# Whoever begins a call-back places it at once; what is not placed by then is given up.
NOT_PLACED_AFTER = timedelta(seconds=20)
# How often a word may be tried in one call-back; then the agreed plan is followed.
MOST_WORD_TRIES = 3


class NumberGone(Exception):
    """The number is held no longer, or not for this leg."""


@dataclass(frozen=True)
class Begun:
    """A call-back that is written down and can be placed, once, by who holds this."""

    id: UUID
    token: str = field(repr=False)
    key: str = field(repr=False)
    phone: str = field(repr=False)


def begin(
    session: Session,
    vault: Vault,
    actor: Actor,
    *,
    number: str,
    hotline: str,
    now: datetime,
    item_id: UUID | None = None,
    call_back_id: UUID | None = None,
    reason: Reason | None = None,
    reason_text: str = "",
) -> Begun:
    """Write down a call-back and hold the number for it; the door commits, then places it.

    A page carries the id of the call-back that it may begin: sent twice, it begins one.

    Args:
        session: the door commits.
        vault: whose key store gives the destruction secret.
        actor: the confidant who will talk.
        number: the official's, opened in the confidant's session.
        hotline: the number of the house, E.164.
        now: this instant, aware, UTC.
        item_id: the piece of work it belongs to, if any.
        call_back_id: made with the page; a new one without.
        reason: why it is made outside what was agreed; the trail has the code.
        reason_text: in the confidant's words; sealed to the confidants, for work without a case.

    Raises:
        AlreadyBegun: this one was begun before, or another of this person is under way.
        numbers.NotCallable: not a Dutch number that may be called.
        NoPhone: the confidant has no telephone here.
        PersonBusy: the confidant is being rung or talks.
        KeyStoreGone: nothing can be held.
    """
    person_id = actor.person_id
    if person_id is None:
        raise NoPhone
    official = numbers.dutch(number, hotline=hotline)
    phone = people.phones(session, vault, {person_id}).get(person_id)
    if phone is None:
        raise NoPhone
    _refuse_second(session, person_id, call_back_id)
    release_expired(session, vault, now)
    call_back_id, key = call_back_id or uuid4(), secrets.token_urlsafe(KEY_BYTES)
    secret_id, secret = vault.keystore.take()
    row = CallBackRow(
        id=call_back_id,
        token=secrets.token_urlsafe(TOKEN_BYTES),
        state=BackState.CALLING.value,
        next_deadline=conversation.next_back_deadline(BackState.CALLING, now),
        person_id=person_id,
        item_id=item_id,
        held=held.hold(key.encode(), secret, official.encode(), _binding(call_back_id)),
        held_secret_id=secret_id,
        held_until=now + HOLD,
        started_at=now,
        created_day=now.date(),
    )
    if reason_text and item_id is not None:
        row.reason_record = envelopes.seal(
            session, vault, kind=Kind.CALL_BACK, plaintext=reason_text.encode(),
            recipients=[Group(GroupName.CONFIDANTS)], now=now,
        )  # fmt: skip
    session.add(row)
    try:
        session.flush()
    except IntegrityError:
        # The same page, sent twice at once.
        raise AlreadyBegun(call_back_id) from None
    if not _claim(session, row, now):
        raise PersonBusy
    if reason is not None:
        trail.record(
            session, actor, "call_back.outside", "call_back", call_back_id, now,
            outcome=reason.value,
        )  # fmt: skip
    trail.record(session, actor, "call_back.begin", "call_back", call_back_id, now)
    return Begun(call_back_id, row.token, key, phone)


def _refuse_second(session: Session, person_id: UUID, call_back_id: UUID | None) -> None:
    if call_back_id is not None and session.get(CallBackRow, call_back_id) is not None:
        raise AlreadyBegun(call_back_id)
    running = session.scalar(
        select(CallBackRow.id).where(
            CallBackRow.person_id == person_id, CallBackRow.next_deadline.is_not(None)
        )
    )
    if running is not None:
        raise AlreadyBegun(running)


def reason_of(session: Session, vault: Vault, actor: Actor, record_id: UUID) -> str:
    """Why a call-back was made all the same, in the words of who made it; empty where unreadable.

    Args:
        session: the door commits, a first opening writes.
        vault: the key store.
        actor: the reader.
        record_id: the envelope of the reason.
    """
    try:
        return envelopes.open_one(
            session, vault, actor.keys, record_id, kind=Kind.CALL_BACK
        ).decode()
    except (envelopes.NotAReader, CannotOpen):
        return ""


def try_word(session: Session, row: CallBackRow) -> bool:
    """Count one try of a word that the other said; whether it may be made. Two tabs share them."""
    counted = session.execute(
        update(CallBackRow)
        .where(CallBackRow.id == row.id, CallBackRow.word_tries < MOST_WORD_TRIES)
        .values(word_tries=CallBackRow.word_tries + 1)
        .returning(CallBackRow.word_tries)
        .execution_options(synchronize_session=False)
    ).first()
    session.refresh(row)
    return counted is not None


def _binding(call_back_id: UUID) -> bytes:
    return f"call-back:{call_back_id}:official".encode()


def _claim(session: Session, row: CallBackRow, now: datetime) -> bool:
    claimed = session.execute(
        insert_into(session, LegRow)
        .values(
            id=uuid4(),
            call_back_id=row.id,
            number=1,
            person_id=row.person_id,
            state=LegState.WAITING.value,
            placed_at=now,
        )
        .on_conflict_do_nothing()
        .returning(LegRow.id)
    ).first()
    return claimed is not None


# ---- placing -----------------------------------------------------------------------------


def sending(session: Session, call_back_id: UUID) -> bool:
    """Claim the one time the provider is asked; the door commits before asking.

    From here on the leg is *unknown* until the provider or a callback says more.
    """
    claimed = session.execute(
        update(LegRow)
        .where(LegRow.call_back_id == call_back_id, LegRow.state == LegState.WAITING)
        .values(state=LegState.UNKNOWN.value)
        .returning(LegRow.id)
        .execution_options(synchronize_session=False)
    ).first()
    return claimed is not None


def placed(session: Session, call_back_id: UUID, sid: str, now: datetime) -> None:
    """The provider gave the leg an id."""
    row = _locked(session, CallBackRow.id == call_back_id)
    if row is None or row.state == BackState.ENDED:
        return
    row.leg_sid = row.leg_sid or sid
    leg = leg_of(session, row)
    leg.provider_sid = leg.provider_sid or sid
    move_leg(leg, LegEvent.CREATED, now)


def not_placed(session: Session, vault: Vault, call_back_id: UUID, now: datetime) -> None:
    """The provider answered no: nobody is rung."""
    row = _locked(session, CallBackRow.id == call_back_id)
    if row is not None:
        end(session, vault, row, BackEvent.CONFIDANT_LOST, LegEvent.PROVIDER_ERROR, now)


def give_up_waiting(session: Session, vault: Vault, now: datetime) -> int:
    """End what was written down and never placed, so that the person is free again."""
    stale = select(LegRow.call_back_id).where(
        LegRow.state == LegState.WAITING, LegRow.placed_at <= now - NOT_PLACED_AFTER
    )
    return _end_all(
        session, vault, session.scalars(stale).all(), BackEvent.CONFIDANT_LOST,
        LegEvent.NEVER_PLACED, now,
    )  # fmt: skip


# ---- the confidant's telephone -----------------------------------------------------------


def by_token(session: Session, token: str) -> CallBackRow | None:
    """The call-back of a token, locked until the door commits."""
    return _locked(session, CallBackRow.token == token)


def by_id(session: Session, call_back_id: UUID) -> CallBackRow | None:
    """A call-back by its id, locked until the door commits."""
    return _locked(session, CallBackRow.id == call_back_id)


def _locked(session: Session, condition: object) -> CallBackRow | None:
    return session.scalar(
        select(CallBackRow)
        .where(condition)  # type: ignore[arg-type]
        .with_for_update()
        .execution_options(populate_existing=True)
    )


def leg_of(session: Session, row: CallBackRow) -> LegRow:
    """The confidant's leg of a call-back."""
    return session.scalars(select(LegRow).where(LegRow.call_back_id == row.id)).one()


def picked_up(session: Session, row: CallBackRow, sid: str, now: datetime) -> bool:
    """Somebody, or a voicemail, picked up; whether the question may be asked."""
    if row.state == BackState.ENDED or not _is_leg(row, sid):
        return False
    leg = leg_of(session, row)
    leg.provider_sid = leg.provider_sid or sid
    move_leg(leg, LegEvent.PICKED_UP, now)
    return True


def _is_leg(row: CallBackRow, sid: str) -> bool:
    # The first leg that asks is the one; a create that timed out is found again here.
    row.leg_sid = row.leg_sid or sid
    return bool(sid) and row.leg_sid == sid


def progress(
    session: Session, vault: Vault, row: CallBackRow, *, status: str, sid: str, now: datetime
) -> None:
    """The provider says how the confidant's telephone fares, in any order.

    Args:
        session: the door commits.
        vault: whose key store holds the secret.
        row: the locked call-back.
        status: the provider's word.
        sid: the provider's id of the leg.
        now: this instant, aware, UTC.
    """
    if not _is_leg(row, sid):
        return
    leg = leg_of(session, row)
    leg.provider_sid = leg.provider_sid or sid
    final = conversation.FINAL_WORDS.get(status)
    if final is not None:
        end(session, vault, row, BackEvent.CONFIDANT_LOST, final, now)
    elif status == "ringing":
        move_leg(leg, LegEvent.RINGS, now)


def refuse(session: Session, vault: Vault, row: CallBackRow, key: str, now: datetime) -> None:
    """The confidant pressed another key than 1, or none."""
    event = {"2": LegEvent.PRESS_2, "": LegEvent.SILENCE}.get(key, LegEvent.WRONG_KEY)
    if row.state == BackState.CALLING:
        end(session, vault, row, BackEvent.CONFIDANT_LOST, event, now)


def connect(
    session: Session, vault: Vault, row: CallBackRow, *, key: str, sid: str, now: datetime
) -> str:
    """The confidant pressed 1: the number to connect with, for this leg alone.

    Args:
        session: the door commits.
        vault: whose key store holds the secret.
        row: the locked call-back.
        key: the one-time token of the address.
        sid: the provider's id of the leg that asks.
        now: this instant, aware, UTC.

    Raises:
        NumberGone: another leg, too late, or used.
    """
    if not _is_leg(row, sid) or row.state == BackState.ENDED:
        raise NumberGone
    if row.held is None or row.held_secret_id is None or row.held_until is None:
        raise NumberGone
    if now >= row.held_until:
        raise NumberGone
    try:
        secret = vault.keystore.get(row.held_secret_id)
        number = held.reveal(key.encode(), secret, row.held, _binding(row.id)).decode()
    except (SecretGone, CannotOpen):
        raise NumberGone from None
    move_leg(leg_of(session, row), LegEvent.PRESS_1, now)
    if _move(row, BackEvent.PRESS_1, now) and row.item_id is not None:
        # From here on it is a try: the official's telephone is rung.
        row.tried_at = items.begun_quarter(now)
    return number


def _move(row: CallBackRow, event: BackEvent, now: datetime) -> bool:
    state = conversation.move_back(BackState(row.state), event)
    if state is None:
        return False
    row.state = state.value
    row.next_deadline = conversation.next_back_deadline(state, now)
    if state is BackState.ENDED:
        row.ended_at = now
    return True


def end(
    session: Session,
    vault: Vault,
    row: CallBackRow,
    event: BackEvent,
    leg_event: LegEvent,
    now: datetime,
    *,
    ended_by: str | None = None,
) -> None:
    """End a call-back: the number goes, the person is free; repeating it changes nothing.

    Args:
        session: the door commits.
        vault: whose key store holds the secret.
        row: the locked call-back.
        event: what ended it.
        leg_event: what that is to the confidant's leg.
        now: this instant, aware, UTC.
        ended_by: what the machine saw, when it is not the leg's event.
    """
    if not _move(row, event, now):
        return
    row.ended_by = row.ended_by or ended_by or leg_event.value
    release(session, vault, row, now)
    leg = leg_of(session, row)
    if not move_leg(leg, leg_event, now):
        move_leg(leg, LegEvent.OVER, now)


# ---- the official's telephone ------------------------------------------------------------


def official(
    session: Session, vault: Vault, row: CallBackRow, *, status: str, sid: str, now: datetime
) -> None:
    """The provider says how the official's telephone fares; answered or done, the number goes."""
    row.official_sid = row.official_sid or sid or None
    if status == "in-progress":
        _move(row, BackEvent.OFFICIAL_ANSWERED, now)
        release(session, vault, row, now)
    elif status in conversation.FINAL_WORDS:
        release(session, vault, row, now)


def release(session: Session, vault: Vault, row: CallBackRow, now: datetime) -> None:
    """Destroy what is held."""
    if row.held_secret_id is None:
        return
    destruction.give_up(session, vault, [row.held_secret_id], now)
    row.held = row.held_secret_id = row.held_until = None


def release_expired(session: Session, vault: Vault, now: datetime) -> int:
    """Destroy every number that has been held long enough."""
    expired = session.scalars(
        select(CallBackRow)
        .where(CallBackRow.held_until <= now)
        .with_for_update(skip_locked=True)
        .execution_options(populate_existing=True)
    ).all()
    for row in expired:
        release(session, vault, row, now)
    return len(expired)


# ---- the watchdog, and the confidant afterwards ------------------------------------------


def end_overdue(session: Session, vault: Vault, now: datetime) -> int:
    """End the call-backs whose deadline passed."""
    overdue = select(CallBackRow.id).where(CallBackRow.next_deadline <= now)
    return _end_all(
        session, vault, session.scalars(overdue).all(), BackEvent.OVERDUE, LegEvent.OVERDUE, now
    )


def _end_all(
    session: Session,
    vault: Vault,
    ids: Iterable[UUID | None],
    event: BackEvent,
    leg_event: LegEvent,
    now: datetime,
) -> int:
    rows = session.scalars(
        select(CallBackRow)
        .where(CallBackRow.id.in_([one for one in ids if one is not None]))
        .with_for_update(skip_locked=True)
        .execution_options(populate_existing=True)
    ).all()
    for row in rows:
        end(session, vault, row, event, leg_event, now)
    return len(rows)


def mine(session: Session, actor: Actor, call_back_id: UUID) -> CallBackRow:
    """A call-back of the person who asks.

    Raises:
        NoSuchCallBack: there is none, or it is somebody else's.
    """
    row = session.get(CallBackRow, call_back_id)
    if row is None or actor.person_id is None or row.person_id != actor.person_id:
        raise NoSuchCallBack
    return row
