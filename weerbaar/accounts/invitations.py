"""Invitations: a link that works once, within 72 hours, and makes an account of an invited person.

TOTP secret and recovery code are derived from the link's token and a destruction secret of the
invitation, so that a page loaded again, or shown again with errors, shows the same ones; with
the link used or expired the secret is destroyed and nothing derives them any more.
"""

import base64
import hashlib
import hmac
import secrets
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import Select, select, update
from sqlalchemy.orm import Session

from weerbaar.accounts import (
    destruction,
    notices,
    people,
    sessions,
    signin,
    trail,
    wrappings,
)
from weerbaar.accounts.actors import Actor, Role
from weerbaar.accounts.keys import OpenKeys
from weerbaar.accounts.keystore import SecretGone
from weerbaar.accounts.models import InvitationRow, PersonRow, TrailRow
from weerbaar.accounts.vault import Vault
from weerbaar.accounts.wrappings import Stretched
from weerbaar.crypto.wrapping import RecoveryCode

LIFE = timedelta(hours=72)
TOKEN_BYTES = 32
TOTP_BYTES = 20
RECOVERY_BYTES = 16

_ACCEPTED, _STARTED = "invitation.accept", "person.start-over"
STARTS_OVER, STARTED_OVER = "account_starts_over", "colleague_starts_over"

_SWEPT = 500


class NotInvitable(Exception):
    """Only somebody whose account is not in use yet can be invited."""


class InvitationOver(Exception):
    """The link was used, replaced by a newer one, expired, or never was one."""


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
    key = f"{STARTS_OVER}:{hashlib.sha256(_hash(token)).hexdigest()[:16]}"
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
    withdraw(session, vault, person_id, now)
    token = secrets.token_urlsafe(TOKEN_BYTES)
    secret_id, _secret = vault.keystore.take()
    session.add(
        InvitationRow(
            person_id=person_id,
            token_hash=_hash(token),
            secret_id=secret_id,
            made_at=now,
            expires_at=now + LIFE,
        )
    )
    action = "person.invite" if state == people.INVITED else _STARTED
    trail.record(session, actor, action, "person", person_id, now)
    return token


def withdraw(session: Session, vault: Vault, person_id: UUID, now: datetime) -> None:
    """Make every open link of a person void.

    Args:
        session: the door commits.
        vault: key store.
        person_id: whose links.
        now: the instant, aware.
    """
    _close(
        session,
        vault,
        list(
            session.scalars(
                select(InvitationRow).where(
                    InvitationRow.person_id == person_id, InvitationRow.secret_id.is_not(None)
                )
            )
        ),
        now,
    )


def look_up(session: Session, vault: Vault, token: str, now: datetime) -> Invitation:
    """What stands behind a link.

    Args:
        session: where invitations are.
        vault: key store and keyring.
        token: of the link.
        now: the instant, aware.

    Raises:
        InvitationOver: it cannot be used (any more).
        KeyStoreGone: the key store cannot be reached.
    """
    row = session.scalars(
        select(InvitationRow).where(InvitationRow.token_hash == _hash(token))
    ).first()
    if row is None or row.used_at is not None or row.secret_id is None or row.expires_at <= now:
        raise InvitationOver
    try:
        secret = vault.keystore.get(row.secret_id)
    except SecretGone:
        raise InvitationOver from None
    card = people.card(session, vault, row.person_id)
    if card.state == people.LEFT:
        raise InvitationOver
    return Invitation(
        id=row.id,
        person_id=row.person_id,
        name=card.name,
        mail=card.mail,
        totp_secret=base64.b32encode(_derive(token, secret, b"totp", TOTP_BYTES)).decode(),
        recovery=RecoveryCode(_derive(token, secret, b"recovery code", RECOVERY_BYTES)),
        is_first=card.state == people.INVITED,
    )


def accept(
    session: Session,
    vault: Vault,
    invitation: Invitation,
    password: Stretched,
    step: int,
    now: datetime,
) -> OpenKeys:
    """Make the account: a key pair, its two wrappings, the TOTP secret; the link is used up.

    Of who starts over, sessions, passkeys and the former password and recovery code end here.

    Args:
        session: the door commits.
        vault: key store and keyring.
        invitation: of `look_up`.
        password: the chosen password, stretched.
        step: the TOTP step whose code was typed; it is used up.
        now: the instant, aware.

    Raises:
        InvitationOver: somebody used the link meanwhile (a double click).
        KeyStoreGone: the key store cannot be reached.
    """
    claimed = session.execute(
        update(InvitationRow)
        .where(InvitationRow.id == invitation.id, InvitationRow.used_at.is_(None))
        .values(used_at=now)
    )
    if claimed.rowcount != 1:  # type: ignore[attr-defined]
        raise InvitationOver
    opens = people.activate if invitation.is_first else people.start_over
    keys = opens(session, vault, invitation.person_id, totp_secret=invitation.totp_secret, now=now)
    if not invitation.is_first:
        sessions.sign_out_everywhere(session, vault, invitation.person_id, now)
    wrappings.set_password(session, vault, keys, password, now)
    wrappings.set_recovery(session, vault, keys, invitation.recovery, now)
    signin.use_step(session, invitation.person_id, step)
    withdraw(session, vault, invitation.person_id, now)
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


def expire(session: Session, vault: Vault, now: datetime) -> int:
    """Destroy the secrets of links whose time has passed; the worker's verb commits.

    Args:
        session: the worker's.
        vault: key store.
        now: the instant, aware.

    Returns:
        How many links expired.
    """
    over = list(
        session.scalars(
            select(InvitationRow)
            .where(InvitationRow.expires_at <= now, InvitationRow.secret_id.is_not(None))
            .limit(_SWEPT)
            .with_for_update(skip_locked=True)
        )
    )
    _close(session, vault, over, now)
    return len(over)


def _close(session: Session, vault: Vault, rows: list[InvitationRow], now: datetime) -> None:
    gone = [row.secret_id for row in rows if row.secret_id is not None]
    for row in rows:
        row.secret_id = None
    session.flush()
    destruction.give_up(session, vault, gone, now)


def _hash(token: str) -> bytes:
    # 256 random bits need no stretching.
    return hashlib.sha256(token.encode()).digest()


def _derive(token: str, secret: bytes, label: bytes, length: int) -> bytes:
    """HKDF-SHA256 (RFC 5869) of token and secret; one block is enough for these lengths."""
    key = hmac.digest(b"weerbaar invitation", token.encode() + secret, hashlib.sha256)
    return hmac.digest(key, label + b"\x01", hashlib.sha256)[:length]
