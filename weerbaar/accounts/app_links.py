"""A new app for codes by a one-time link, for somebody who lost his and has the rest still.

The link replaces the second factor and nothing else: who used it opens nothing before he gives
his password, his recovery code or a passkey. No key, record or way is destroyed by it.
"""

import base64
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from sqlalchemy.orm import Session

from weerbaar.accounts import links, notices, people, sessions, signin, trail
from weerbaar.accounts.actors import Actor, Role
from weerbaar.accounts.links import LinkOver, Purpose
from weerbaar.accounts.models import PersonRow
from weerbaar.accounts.vault import Vault

TOTP_BYTES = 20
OFFERED, COLLEAGUE, CHANGED = "app_link", "colleague_app_link", "app_changed"


class NotOffered(Exception):
    """Only a colleague whose account is in use gets such a link."""


class CodeRefused(Exception):
    """This is not the code that the new app shows."""


@dataclass(frozen=True, slots=True)
class NewApp:
    """What the page of a link shows: whose app it becomes, and its secret in base 32."""

    id: UUID
    person_id: UUID
    mail: str = field(repr=False)
    secret: str = field(repr=False)


def offer(session: Session, vault: Vault, actor: Actor, person_id: UUID, now: datetime) -> str:
    """A link by which a colleague sets up a new app; until it is used the old one works.

    Args:
        session: the door commits.
        vault: key store.
        actor: a coordinator, for somebody else.
        person_id: who lost his app.
        now: the instant, aware.

    Returns:
        The token of the link; only its digest is kept.

    Raises:
        NotOffered: the account is not in use, or it is the actor's own.
        KeyStoreGone: the key store cannot be reached.
    """
    person = session.get(PersonRow, person_id, with_for_update=True)
    if person is None or person.state != people.ACTIVE or person_id == actor.person_id:
        raise NotOffered
    token = links.make(session, vault, person_id, Purpose.APP, now)
    trail.record(session, actor, "totp.offer", "person", person_id, now)
    key = links.notice_key(OFFERED, token)
    notices.post(session, person_id, OFFERED, now, key)
    notices.post_to_role(
        session, Role.COORDINATOR, COLLEAGUE, now, key, without=(actor.person_id, person_id)
    )
    return token


def look_up(session: Session, vault: Vault, token: str, now: datetime) -> NewApp:
    """What stands behind a link.

    Args:
        session: where links are.
        vault: key store and keyring.
        token: of the link.
        now: the instant, aware.

    Raises:
        LinkOver: it cannot be used (any more).
        KeyStoreGone: the key store cannot be reached.
    """
    row, secret = links.find(session, vault, token, Purpose.APP, now)
    card = people.card(session, vault, row.person_id)
    if card.state != people.ACTIVE:
        raise LinkOver
    made = links.derive(token, secret, b"new app", TOTP_BYTES)
    return NewApp(row.id, row.person_id, card.mail, base64.b32encode(made).decode())


def take(session: Session, vault: Vault, app: NewApp, code: str, now: datetime) -> None:
    """Put the new app in the place of the old one; every session of its owner ends.

    Args:
        session: the door commits.
        vault: key store and keyring.
        app: of `look_up`.
        code: the six digits that the new app shows, as typed; they are used up.
        now: the instant, aware.

    Raises:
        CodeRefused: the code is not right; the link still works.
        LinkOver: the link was used (a double click) or made void meanwhile.
    """
    step = signin.matching_step(app.secret, code, now)
    if step is None:
        raise CodeRefused
    links.use(session, app.id, now)
    links.withdraw(session, vault, app.person_id, now)
    people.set_totp(session, vault, app.person_id, app.secret)
    signin.begin_steps(session, app.person_id, step)
    sessions.sign_out_everywhere(session, vault, app.person_id, now)
    trail.record(session, Actor(app.person_id), "totp.replace", "person", app.person_id, now)
    notices.post(session, app.person_id, CHANGED, now)
