"""A person's own sessions: which there are, ending one, and closing everything at once."""

import hashlib
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from sqlalchemy import Select, select
from sqlalchemy.orm import Session

from weerbaar.accounts import notices, sessions, trail
from weerbaar.accounts.actors import Actor, Role
from weerbaar.accounts.devices import Device
from weerbaar.accounts.models import SessionRow
from weerbaar.accounts.sessions import Seat
from weerbaar.accounts.vault import Vault

PANIC = "panic"


class NoSuchSession(Exception):
    """This person has no such session (any more)."""


@dataclass(frozen=True, slots=True)
class OwnSession:
    """A session as its owner sees it; `reference` names it in a form and opens nothing."""

    reference: str = field(repr=False)
    device: Device
    started_at: datetime
    active_at: datetime
    locked: bool
    here: bool


def listing(session: Session, vault: Vault, here: Seat, now: datetime) -> list[OwnSession]:
    """The sessions that have not ended, this one first, then as they were used last.

    Args:
        session: where sessions are.
        vault: its service keys.
        here: the session that asks.
        now: the instant, aware.

    Raises:
        CannotOpen: a row was damaged or moved.
    """
    rows = session.scalars(_living(here.person_id, now).order_by(SessionRow.active_at.desc()))
    found = [
        OwnSession(
            reference=_reference(row),
            device=sessions.device_of_row(vault, row),
            started_at=row.started_at,
            active_at=row.active_at,
            locked=row.locked_at is not None or now - row.active_at >= sessions.IDLE,
            here=bytes(row.id) == here.id,
        )
        for row in rows
    ]
    return sorted(found, key=lambda one: not one.here)


def end(
    session: Session, vault: Vault, actor: Actor, here: Seat, reference: str, now: datetime
) -> None:
    """End one of one's other sessions for good.

    Args:
        session: the door commits.
        vault: key store and keyring.
        actor: whose sessions.
        here: the session that asks; it ends by signing out.
        reference: of `listing`.
        now: the instant, aware.

    Raises:
        NoSuchSession: there is none, or it is this one.
    """
    rows = session.scalars(_living(here.person_id, now))
    found = [row.id for row in rows if row.id != here.id and _reference(row) == reference]
    if not found:
        raise NoSuchSession
    sessions.forget(session, vault, found, now)
    trail.record(session, actor, "sessions.end", "person", here.person_id, now)


def end_others(session: Session, vault: Vault, actor: Actor, here: Seat, now: datetime) -> None:
    """End all of one's sessions but this one.

    Args:
        session: the door commits.
        vault: key store and keyring.
        actor: whose sessions.
        here: the session that stays.
        now: the instant, aware.
    """
    sessions.sign_out_everywhere(session, vault, here.person_id, now, but=here)
    trail.record(session, actor, "sessions.end", "person", here.person_id, now)


def close_everything(session: Session, vault: Vault, person_id: UUID, now: datetime) -> None:
    """End every session of a person, with all keys, and let the coordinators know that one did.

    Args:
        session: the door commits.
        vault: key store and keyring.
        person_id: who is in a hurry.
        now: the instant, aware.
    """
    sessions.sign_out_everywhere(session, vault, person_id, now)
    trail.record(session, Actor(person_id), "sessions.panic", "person", person_id, now)
    key = f"{PANIC}:{person_id}:{now:%Y%m%d%H%M}"
    notices.post_to_role(session, Role.COORDINATOR, PANIC, now, key=key, without={person_id})


def _living(person_id: UUID, now: datetime) -> Select[SessionRow]:
    return select(SessionRow).where(
        SessionRow.person_id == person_id, SessionRow.ended_at.is_(None), SessionRow.ends_at > now
    )


def _reference(row: SessionRow) -> str:
    return hashlib.sha256(b"own session" + bytes(row.id)).hexdigest()
