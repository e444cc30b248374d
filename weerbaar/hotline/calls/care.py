"""After-care: who of the experts by experience can be called by a confidant after a heavy call."""

from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from weerbaar.accounts import people
from weerbaar.accounts.actors import Actor, Role
from weerbaar.accounts.vault import Vault
from weerbaar.hotline.calls import call_backs
from weerbaar.hotline.calls.call_backs import Begun
from weerbaar.hotline.calls.conversation import State
from weerbaar.hotline.calls.models import CallRow, LegRow
from weerbaar.hotline.roster import verbs as roster

ACTIVE = "active"


class NoSuchPeer(Exception):
    """There is no such expert by experience, or no telephone of his."""


@dataclass(frozen=True)
class Peer:
    """Somebody who has been through it himself."""

    id: UUID
    name: str = field(repr=False)
    phone: str = field(repr=False)
    on_duty: bool


def peers(session: Session, vault: Vault, actor: Actor, now: datetime) -> list[Peer]:
    """Who can be called, those on duty first, then by name.

    Args:
        session: any session.
        vault: opens names and telephones.
        actor: who asks; never one of them.
        now: this instant, aware, UTC.
    """
    duty = {one.person_id for one in roster.on_duty(session, now)}
    found = [
        Peer(one.id, one.name, one.phone, one.id in duty)
        for one in people.cards(session, vault).values()
        if one.state == ACTIVE and Role.PEER in one.roles and one.id != actor.person_id
        if one.phone is not None
    ]
    return sorted(found, key=lambda one: not one.on_duty)


def heavy_calls(session: Session, actor: Actor) -> frozenset[UUID]:
    """The calls of people in acute danger (key 9) that a person took, as long as that is kept.

    An hour after its end the course of a call is sealed, and nothing of this is known any more.

    Args:
        session: any session.
        actor: who took them.
    """
    return frozenset(
        session.scalars(
            select(CallRow.id)
            .join(LegRow, LegRow.call_id == CallRow.id)
            .where(
                CallRow.state == State.ENDED,
                CallRow.acute_since.is_not(None),
                LegRow.person_id == actor.person_id,
                LegRow.accepted_at.is_not(None),
            )
        )
    )


def begin(
    session: Session, vault: Vault, actor: Actor, peer_id: UUID, *, hotline: str, now: datetime
) -> Begun:
    """Write down a call to a peer, as a call-back of nobody's case; the door commits and places.

    Nothing tells it from any other call-back: that it was after-care is kept nowhere.

    Args:
        session: the door commits.
        vault: opens the telephone, holds the number.
        actor: the confidant, whose own telephone is rung first.
        peer_id: whom to call.
        hotline: the number of the house, which the peer sees; E.164.
        now: this instant, aware, UTC.

    Raises:
        NoSuchPeer: there is none, or he has no telephone.
        numbers.NotCallable, NoPhone, PersonBusy, KeyStoreGone: as for any call-back.
    """
    phones = {one.id: one.phone for one in peers(session, vault, actor, now)}
    if peer_id not in phones:
        raise NoSuchPeer
    return call_backs.begin(session, vault, actor, number=phones[peer_id], hotline=hotline, now=now)
