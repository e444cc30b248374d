"""Invitations: a link that works once, within 72 hours, and makes an account of an invited person.

TOTP secret and recovery code are derived from the link (`links`), so that a page loaded again, or
shown again with errors, shows the same ones.
"""

import base64
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from sqlalchemy import Select, select
from sqlalchemy.orm import Session

from weerbaar.accounts import (
    links,
    notices,
    passkeys,
    people,
    sessions,
    signin,
    trail,
    wrappings,
)
from weerbaar.accounts.actors import Actor, Role
from weerbaar.accounts.keys import OpenKeys
from weerbaar.accounts.links import LinkOver, Purpose
from weerbaar.accounts.models import PersonRow, TrailRow
from weerbaar.accounts.passkeys import Made
from weerbaar.accounts.vault import Vault
from weerbaar.accounts.wrappings import Stretched, Way
from weerbaar.crypto.wrapping import RecoveryCode

TOTP_BYTES = 20
RECOVERY_BYTES = 16

_ACCEPTED, _STARTED = "invitation.accept", "person.start-over"
STARTS_OVER, STARTED_OVER = "account_starts_over", "colleague_starts_over"


class NotInvitable(Exception):
    """Only somebody whose account is not in use yet can be invited."""


class OneWayOnly(Exception):
    """A private key is kept in two ways at least."""


@dataclass(frozen=True, slots=True)
class NewPasskey:
    """The passkey that somebody joins with, proved; `prf` is None from a device without PRF."""

    made: Made
    prf: bytes | None = field(repr=False)
    label: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class Invitation:
    """What the page of a link shows: whose it is, and what he is to write down."""

    id: UUID
    person_id: UUID
    name: str = field(repr=False)
    mail: str = field(repr=False)
    totp_secret: str = field(repr=False)
    recovery: RecoveryCode = field(repr=False)
    # False for somebody who had an account and starts over.
    is_first: bool = True


def invite(session: Session, vault: Vault, actor: Actor, person_id: UUID, now: datetime) -> str:
    """A new link for an invited person; an older one of his no longer works.

    Args:
        session: the door commits.
        vault: key store.
        actor: who invites.
        person_id: who is invited.
        now: the instant, aware.

    Returns:
        The token of the link; only its hash is kept.

    Raises:
        NotInvitable: the account is in use, or its person has left.
        KeyStoreGone: the key store cannot be reached.
    """
    return _link(session, vault, actor, person_id, now, state=people.INVITED)


def start_over(session: Session, vault: Vault, actor: Actor, person_id: UUID, now: datetime) -> str:
    """A link for somebody who can open his account no more: new password, app, code and key pair.

    Until it is used everything stays as it was; then every session, password and recovery code of
    before is gone, and the person counts as a newcomer. What his former key opened comes back by
    the holders of shares alone (`quorum_requests`).

    Args:
        session: the door commits.
        vault: key store.
        actor: a coordinator, for somebody else.
        person_id: who starts over.
        now: the instant, aware.

    Returns:
        The token of the link; only its hash is kept.

    Raises:
        NotInvitable: the account is not in use, or it is the actor's own.
        KeyStoreGone: the key store cannot be reached.
    """
    if person_id == actor.person_id:
        raise NotInvitable
    token = _link(session, vault, actor, person_id, now, state=people.ACTIVE)
    key = links.notice_key(STARTS_OVER, token)
    notices.post(session, person_id, STARTS_OVER, now, key)
    notices.post_to_role(
        session, Role.COORDINATOR, STARTED_OVER, now, key, without=(actor.person_id, person_id)
    )
    return token


def _link(
    session: Session, vault: Vault, actor: Actor, person_id: UUID, now: datetime, *, state: str
) -> str:
    person = session.get(PersonRow, person_id, with_for_update=True)
    if person is None or person.state != state:
        raise NotInvitable
    token = links.make(session, vault, person_id, Purpose.ACCOUNT, now)
    action = "person.invite" if state == people.INVITED else _STARTED
    trail.record(session, actor, action, "person", person_id, now)
    return token


def look_up(session: Session, vault: Vault, token: str, now: datetime) -> Invitation:
    """What stands behind a link.

    Args:
        session: where invitations are.
        vault: key store and keyring.
        token: of the link.
        now: the instant, aware.

    Raises:
        LinkOver: it cannot be used (any more).
        KeyStoreGone: the key store cannot be reached.
    """
    row, secret = links.find(session, vault, token, Purpose.ACCOUNT, now)
    card = people.card(session, vault, row.person_id)
    if card.state == people.LEFT:
        raise LinkOver
    return Invitation(
        id=row.id,
        person_id=row.person_id,
        name=card.name,
        mail=card.mail,
        totp_secret=base64.b32encode(links.derive(token, secret, b"totp", TOTP_BYTES)).decode(),
        recovery=RecoveryCode(links.derive(token, secret, b"recovery code", RECOVERY_BYTES)),
        is_first=card.state == people.INVITED,
    )


def accept(
    session: Session,
    vault: Vault,
    invitation: Invitation,
    password: Stretched | None,
    step: int,
    now: datetime,
    *,
    passkey: NewPasskey | None = None,
) -> OpenKeys:
    """Make the account: a key pair, at least two wrappings, the TOTP secret; the link is used up.

    The recovery code is one of them always; the other is a password, a passkey with PRF, or both.

    Of who starts over, sessions, passkeys and the former password and recovery code end here.

    Args:
        session: the door commits.
        vault: key store and keyring.
        invitation: of `look_up`.
        password: the chosen password, stretched; None with a passkey that opens.
        step: the TOTP step whose code was typed; it is used up.
        now: the instant, aware.
        passkey: the passkey that was made, if any.

    Raises:
        OneWayOnly: the recovery code would be the only way to the keys.
        LinkOver: the link was used (a double click) or made void meanwhile.
        KeyStoreGone: the key store cannot be reached.
    """
    if password is None and (passkey is None or passkey.prf is None):
        raise OneWayOnly
    links.use(session, invitation.id, now)
    opens = people.activate if invitation.is_first else people.start_over
    keys = opens(session, vault, invitation.person_id, totp_secret=invitation.totp_secret, now=now)
    if not invitation.is_first:
        sessions.sign_out_everywhere(session, vault, invitation.person_id, now)
    wrappings.drop(session, vault, keys.person_id, Way.PASSWORD, now)
    if password is not None:
        wrappings.set_password(session, vault, keys, password, now)
    if passkey is not None:
        passkeys.keep(session, vault, keys, passkey.made, passkey.prf, passkey.label, now)
    wrappings.set_recovery(session, vault, keys, invitation.recovery, now)
    signin.use_step(session, invitation.person_id, step)
    links.withdraw(session, vault, invitation.person_id, now)
    actor = Actor(person_id=invitation.person_id)
    trail.record(session, actor, _ACCEPTED, "person", invitation.person_id, now)
    return keys


def let_start_over(session: Session, person_id: UUID) -> UUID | None:
    """Who made the link by which somebody started over last; None where he never did.

    Args:
        session: where the trail is.
        person_id: who started over.
    """

    def newest(action: str) -> Select[int, UUID | None]:
        return (
            select(TrailRow.number, TrailRow.actor_id)
            .where(TrailRow.object_id == str(person_id), TrailRow.action == action)
            .order_by(TrailRow.number.desc())
            .limit(1)
        )

    used = session.execute(newest(_ACCEPTED)).first()
    if used is None:
        return None
    # A newer link makes the older ones void: the one that was used is the newest before it.
    made = session.execute(newest(_STARTED).where(TrailRow.number < used.number)).first()
    return None if made is None else made.actor_id
