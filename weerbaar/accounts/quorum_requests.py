"""Asking the holders for a key: one's own, that of who is gone, or in a drill.

Whoever asks has a key pair already and reads its four words to each holder by telephone. A holder
who hears the right words opens his share in his own session, where it is sealed to that key at
once. Nothing of it is kept when the request is over.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from uuid import UUID

from sqlalchemy import ColumnElement, delete, insert, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from weerbaar.accounts import invitations, notices, quorum_cover, trail
from weerbaar.accounts.actors import SYSTEM, Actor, Role
from weerbaar.accounts.keys import KeysLocked, OpenKeys
from weerbaar.accounts.quorum_models import (
    QuorumApprovalRow,
    QuorumRequestRow,
    QuorumShareRow,
)
from weerbaar.accounts.quorum_shares import approved_place, held_place
from weerbaar.accounts.recipients import Person
from weerbaar.accounts.vault import TrustedKey, Vault
from weerbaar.crypto.quorum import open_share, seal_share

LIFE = timedelta(days=7)
ASKED, READY, REFUSED = "quorum_asked", "quorum_ready", "quorum_refused"
SUCCEEDED = "quorum_successor"
_SWEPT = 100


class Kind(StrEnum):
    """What a request is about, as rows name it."""

    OWN = "own"
    SUCCESSOR = "successor"
    DRILL = "drill"


class State(StrEnum):
    """How a request stands, as rows name it."""

    OPEN = "open"
    DONE = "done"
    REFUSED = "refused"
    EXPIRED = "expired"
    WITHDRAWN = "withdrawn"


class NotCovered(Exception):
    """The holders have no shares of this key, or too few of them can open theirs."""


class AlreadyAsked(Exception):
    """The same key was asked for, and that is not over yet."""


class RequestOver(Exception):
    """There is no such request, or not any more, or not for this holder."""


class WordsDiffer(Exception):
    """The four words that were heard are not those of the key that asks."""


class NotEnough(Exception):
    """Too few holders have approved."""


@dataclass(frozen=True, slots=True)
class Asked:
    """A request as a page shows it."""

    id: UUID
    kind: Kind
    owner_id: UUID
    for_id: UUID
    agreed_by: UUID | None
    expires_at: datetime
    approved: frozenset[UUID]
    helpers: frozenset[UUID]
    needed: int

    @property
    def is_ready(self) -> bool:
        """Whether the key can be taken now."""
        return len(self.approved) >= self.needed


def ask(
    session: Session,
    vault: Vault,
    actor: Actor,
    owner_id: UUID,
    now: datetime,
    *,
    kind: Kind = Kind.OWN,
    for_id: UUID | None = None,
) -> UUID:
    """Ask the holders for a key; they are told, and have a week.

    Args:
        session: the door commits.
        vault: key store and trust.
        actor: who asks for his own key, or the coordinator who agrees to a successor.
        owner_id: whose key.
        now: the instant, aware.
        kind: one's own, a successor's, or a drill.
        for_id: who receives it; the actor without.

    Raises:
        NotCovered: the holders cannot give this key back.
        AlreadyAsked: it was asked for already.
        NoKeysYet, KeyNotTrusted: who receives has no key that may be sealed to.
        KeyStoreGone: the key store cannot be reached.
    """
    receiver = for_id or actor.person_id
    assert receiver is not None
    cover = quorum_cover.covers(session, vault, [owner_id]).get(owner_id)
    key = vault.public_key_of(session, Person(receiver))
    agreed_by = None if kind is Kind.OWN else actor.person_id
    if cover is None:
        raise NotCovered
    helpers = cover.helpers - apart(session, owner_id, receiver, agreed_by)
    if len(helpers) < cover.needed:
        raise NotCovered
    if kind is Kind.OWN and cover.epoch == key.epoch:
        # It is the key he has.
        raise NotCovered
    request = QuorumRequestRow(
        kind=kind.value,
        state=State.OPEN.value,
        owner_id=owner_id,
        wrapping_id=cover.wrapping_id,
        for_id=receiver,
        for_epoch=key.epoch,
        agreed_by=agreed_by,
        expires_at=now + LIFE,
        created_day=now.date(),
    )
    try:
        with session.begin_nested():
            session.add(request)
            session.flush()
    except IntegrityError:
        raise AlreadyAsked from None
    trail.record(session, actor, f"quorum.ask-{kind}", "person", owner_id, now)
    for holder_id in helpers:
        notices.post(session, holder_id, ASKED, now, key=f"{ASKED}:{request.id}")
    if kind is not Kind.DRILL:
        without = (actor.person_id, receiver, *cover.helpers)
        notices.post_to_role(
            session, Role.COORDINATOR, ASKED, now, f"{ASKED}:{request.id}", without=without
        )
    if kind is Kind.SUCCESSOR:
        # He may not be gone at all.
        notices.post(session, owner_id, SUCCEEDED, now, key=f"{SUCCEEDED}:{request.id}")
    return request.id


def apart(
    session: Session, owner_id: UUID, receiver: UUID, agreed_by: UUID | None
) -> frozenset[UUID]:
    """Which holders do not help with a key, because they have a part in it already.

    That is who receives it, the coordinator who agreed, and of one's own key the coordinator whose
    link led to the pair that it is given to: whoever could be deceived once counts once.

    Args:
        session: where the trail is.
        owner_id: whose key.
        receiver: who is to get it.
        agreed_by: the coordinator who agrees, where it is not one's own.
    """
    by = agreed_by if owner_id != receiver else invitations.let_start_over(session, owner_id)
    return frozenset({receiver} if by is None else {receiver, by})


def for_person(session: Session, vault: Vault, person_id: UUID, now: datetime) -> list[Asked]:
    """The open requests by which somebody receives a key."""
    return _asked(session, vault, now, QuorumRequestRow.for_id == person_id)


def about(session: Session, vault: Vault, owner_id: UUID, now: datetime) -> list[Asked]:
    """The open requests for somebody's key."""
    return _asked(session, vault, now, QuorumRequestRow.owner_id == owner_id)


def for_holder(session: Session, vault: Vault, person_id: UUID, now: datetime) -> list[Asked]:
    """The open requests that wait for a holder's answer."""
    found = _asked(session, vault, now, QuorumRequestRow.for_id != person_id)
    return [one for one in found if person_id in one.helpers - one.approved]


def _asked(
    session: Session, vault: Vault, now: datetime, *conditions: ColumnElement[bool]
) -> list[Asked]:
    rows = session.scalars(
        select(QuorumRequestRow)
        .where(*conditions, QuorumRequestRow.state == State.OPEN.value)
        .order_by(QuorumRequestRow.created_day, QuorumRequestRow.id)
    ).all()
    if not rows:
        return []
    covers = quorum_cover.covers(session, vault)
    approved: dict[UUID, set[UUID]] = {}
    for one in session.execute(
        select(QuorumApprovalRow.request_id, QuorumApprovalRow.holder_id).where(
            QuorumApprovalRow.request_id.in_([row.id for row in rows])
        )
    ):
        approved.setdefault(one.request_id, set()).add(one.holder_id)
    found = []
    for row in rows:
        cover = None if row.owner_id is None else covers.get(row.owner_id)
        if cover is None or row.owner_id is None or row.expires_at is None:
            continue
        if row.expires_at > now and row.wrapping_id == cover.wrapping_id:
            without = apart(session, row.owner_id, row.for_id, row.agreed_by)
            found.append(
                Asked(
                    row.id, Kind(row.kind), row.owner_id, row.for_id, row.agreed_by,
                    row.expires_at, frozenset(approved.get(row.id, ())),
                    cover.helpers - without, cover.needed,
                )
            )  # fmt: skip
    return found


def look_up(
    session: Session, vault: Vault, holder_id: UUID, request_id: UUID, now: datetime
) -> Asked:
    """An open request that waits for a holder.

    Raises:
        RequestOver: there is none such for him.
    """
    for one in for_holder(session, vault, holder_id, now):
        if one.id == request_id:
            return one
    raise RequestOver


def key_that_asks(session: Session, vault: Vault, request_id: UUID) -> TrustedKey:
    """The key pair that a request would be answered to.

    Raises:
        RequestOver: who asks has another key pair by now.
        NoKeysYet, KeyNotTrusted: it may not be sealed to.
    """
    row = session.get(QuorumRequestRow, request_id)
    if row is None:
        raise RequestOver
    key = vault.public_key_of(session, Person(row.for_id))
    if key.epoch != row.for_epoch:
        raise RequestOver
    return key


def approve(
    session: Session, vault: Vault, actor: Actor, request_id: UUID, words: str, now: datetime
) -> bool:
    """Give one's share to who asks, after hearing the four words of his key.

    Args:
        session: the door commits.
        vault: key store and trust.
        actor: a holder with open keys.
        request_id: of an open request that waits for him.
        words: the four words as he typed them.
        now: the instant, aware.

    Returns:
        Whether enough holders have approved now.

    Raises:
        KeysLocked: the session is locked.
        RequestOver: it does not wait for him (any more).
        WordsDiffer: these are not the words of the key that asks.
        CannotOpen: his share was damaged.
        KeyStoreGone: the key store cannot be reached.
    """
    keys = actor.keys
    if keys is None:
        raise KeysLocked
    locked = session.scalars(
        select(QuorumRequestRow)
        .where(QuorumRequestRow.id == request_id, QuorumRequestRow.state == State.OPEN.value)
        .with_for_update()
    ).first()
    if locked is None:
        raise RequestOver
    asked = look_up(session, vault, keys.person_id, request_id, now)
    key = key_that_asks(session, vault, request_id)
    if words.casefold().split() != key.public.words().split():
        raise WordsDiffer
    share = _own_share(session, keys, locked)
    place = approved_place(request_id, keys.person_id, locked.for_id, key.epoch)
    session.execute(
        insert(QuorumApprovalRow).values(
            request_id=request_id,
            holder_id=keys.person_id,
            sealed_share=seal_share(key.public, share, place),
        )
    )
    trail.record(session, actor, "quorum.approve", "quorum-request", request_id, now)
    if len(asked.approved) + 1 < asked.needed:
        return False
    notices.post(session, asked.for_id, READY, now, key=f"{READY}:{request_id}")
    return True


def _own_share(session: Session, keys: OpenKeys, request: QuorumRequestRow) -> bytes:
    row = session.scalars(
        select(QuorumShareRow).where(
            QuorumShareRow.wrapping_id == request.wrapping_id,
            QuorumShareRow.holder_id == keys.person_id,
            QuorumShareRow.holder_epoch == keys.epoch,
        )
    ).first()
    if row is None:
        raise RequestOver
    place = held_place(row.wrapping_id, row.holder_id, row.holder_epoch)
    return open_share(keys.private, row.sealed_share, place)


def refuse(session: Session, vault: Vault, actor: Actor, request_id: UUID, now: datetime) -> None:
    """End a request that a holder does not trust; one is enough, and everybody concerned is told.

    Args:
        session: the door commits.
        vault: key store and trust.
        actor: a holder.
        request_id: of an open request that waits for him.
        now: the instant, aware.

    Raises:
        RequestOver: it does not wait for him (any more).
    """
    assert actor.person_id is not None
    asked = look_up(session, vault, actor.person_id, request_id, now)
    _end(session, [asked.id], State.REFUSED, now)
    trail.record(session, actor, "quorum.refuse", "quorum-request", request_id, now)
    key = f"{REFUSED}:{request_id}"
    notices.post(session, asked.for_id, REFUSED, now, key)
    notices.post_to_role(session, Role.COORDINATOR, REFUSED, now, key, without=(actor.person_id,))


def withdraw(session: Session, actor: Actor, request_id: UUID, now: datetime) -> None:
    """Take back a request of one's own, or one that one agreed to.

    Args:
        session: the door commits.
        actor: who asked, or agreed.
        request_id: of an open request.
        now: the instant, aware.

    Raises:
        RequestOver: it is not his, or over.
    """
    row = session.get(QuorumRequestRow, request_id)
    mine = row is not None and actor.person_id in {row.for_id, row.agreed_by}
    if row is None or not mine or row.state != State.OPEN.value:
        raise RequestOver
    _end(session, [request_id], State.WITHDRAWN, now)
    trail.record(session, actor, "quorum.withdraw", "quorum-request", request_id, now)


def done(session: Session, request_id: UUID, now: datetime) -> None:
    """Note that the key was taken; the shares that were given for it go.

    Args:
        session: the caller commits.
        request_id: of an open request.
        now: the instant, aware.
    """
    _end(session, [request_id], State.DONE, now)


def expire(session: Session, now: datetime) -> list[UUID]:
    """End the requests whose week is over; the worker's verb commits.

    Args:
        session: the worker's.
        now: the instant, aware.

    Returns:
        Which requests ended.
    """
    over = list(
        session.scalars(
            select(QuorumRequestRow.id)
            .where(QuorumRequestRow.expires_at <= now)
            .limit(_SWEPT)
            .with_for_update(skip_locked=True)
        )
    )
    _end(session, over, State.EXPIRED, now)
    for one in over:
        trail.record(session, SYSTEM, "quorum.expire", "quorum-request", one, now)
    return over


def _end(session: Session, ids: Iterable[UUID], state: State, now: datetime) -> None:
    wanted = list(ids)
    session.execute(delete(QuorumApprovalRow).where(QuorumApprovalRow.request_id.in_(wanted)))
    for row in session.scalars(select(QuorumRequestRow).where(QuorumRequestRow.id.in_(wanted))):
        row.state, row.expires_at, row.ended_day = state.value, None, now.date()
    session.flush()
