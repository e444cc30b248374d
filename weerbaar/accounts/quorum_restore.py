"""Taking a key that enough holders gave: the shares meet here, in the session of who asked."""

from datetime import datetime
from itertools import combinations
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from weerbaar.accounts import notices, quorum_requests, rotation, trail, wrappings
from weerbaar.accounts.actors import Actor
from weerbaar.accounts.keys import KeysLocked, OpenKeys
from weerbaar.accounts.keystore import SecretGone
from weerbaar.accounts.models import KeyWrappingRow
from weerbaar.accounts.quorum_models import QuorumApprovalRow
from weerbaar.accounts.quorum_requests import Asked, Kind, NotEnough, RequestOver
from weerbaar.accounts.quorum_shares import approved_place
from weerbaar.accounts.vault import Vault
from weerbaar.crypto.errors import CannotOpen
from weerbaar.crypto.quorum import join, open_share

GIVEN_UP = "key_given_up"


def mine(session: Session, vault: Vault, actor: Actor, request_id: UUID, now: datetime) -> Asked:
    """An open request by which the actor receives a key.

    Raises:
        RequestOver: there is none such.
    """
    assert actor.person_id is not None
    for one in quorum_requests.for_person(session, vault, actor.person_id, now):
        if one.id == request_id:
            return one
    raise RequestOver


def take(session: Session, vault: Vault, keys: OpenKeys | None, asked: Asked) -> OpenKeys:
    """Open a key with the shares that were given; nothing is changed.

    Args:
        session: where the shares are.
        vault: the second lock.
        keys: of who asked, the pair that was approved.
        asked: his request.

    Raises:
        KeysLocked: the session is locked.
        NotEnough: too few holders have approved.
        CannotOpen: the shares do not give the key.
        KeyStoreGone: the key store cannot be reached.
    """
    if keys is None:
        raise KeysLocked
    row = session.scalars(
        select(KeyWrappingRow)
        .where(
            KeyWrappingRow.person_id == asked.owner_id,
            KeyWrappingRow.kind == wrappings.Way.QUORUM.value,
        )
        .with_for_update()
    ).first()
    given = session.scalars(
        select(QuorumApprovalRow).where(QuorumApprovalRow.request_id == asked.id)
    ).all()
    if row is None or len(given) < asked.needed:
        raise NotEnough
    shares = []
    for one in given:
        place = approved_place(asked.id, one.holder_id, keys.person_id, keys.epoch)
        try:
            shares.append(open_share(keys.private, one.sealed_share, place))
        except CannotOpen:
            continue
    # One bad share must not stand in the way of enough good ones.
    for some in combinations(shares, asked.needed):
        try:
            return wrappings.open_with(vault, row, join(some))
        except CannotOpen:
            continue
        except SecretGone:
            break
    raise CannotOpen


def restore(session: Session, vault: Vault, actor: Actor, request_id: UUID, now: datetime) -> None:
    """Take one's own former key back; `rotation.go_on` moves what it opens to the present one.

    Args:
        session: the door commits.
        vault: key store and trust.
        actor: who asked, with open keys.
        request_id: of his request, approved by enough holders.
        now: the instant, aware.

    Raises:
        RequestOver: there is no such request.
        KeysLocked, NotEnough, CannotOpen, KeyStoreGone: as `take`.
    """
    asked = mine(session, vault, actor, request_id, now)
    if asked.kind is not Kind.OWN:
        raise RequestOver
    former = take(session, vault, actor.keys, asked)
    assert actor.keys is not None
    rotation.keep(session, vault, actor.keys, former, now)
    quorum_requests.done(session, request_id, now)
    wrappings.drop(session, vault, former.person_id, wrappings.Way.QUORUM, now)
    trail.record(session, actor, "quorum.restore", "person", former.person_id, now)


def give_up(session: Session, vault: Vault, actor: Actor, now: datetime) -> None:
    """Let one's former key go for good: what it alone opens stays closed for ever.

    Args:
        session: the door commits.
        vault: key store.
        actor: whose former key waits for the holders.
        now: the instant, aware.

    Raises:
        RequestOver: none waits.
    """
    assert actor.person_id is not None
    row = wrappings.find(session, actor.person_id, wrappings.Way.QUORUM)
    if row is None or actor.keys is None or row.epoch == actor.keys.epoch:
        raise RequestOver
    for one in quorum_requests.for_person(session, vault, actor.person_id, now):
        if one.owner_id == actor.person_id:
            quorum_requests.withdraw(session, actor, one.id, now)
    wrappings.remove(session, vault, [row], now)
    trail.record(session, actor, "quorum.give-up", "person", actor.person_id, now)
    notices.post(session, actor.person_id, GIVEN_UP, now)
