"""One-time links to a page: kept as a digest, for 72 hours, one at a time for each person.

What the page of a link shows is derived from the link's token and a destruction secret of its
own, so that a page loaded again shows the same; with the link used, replaced or over the secret
is destroyed and nothing derives it any more. A restored copy voids every link (`restoring`).
"""

import hashlib
import hmac
import secrets
from datetime import datetime, timedelta
from enum import Enum
from uuid import UUID

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from weerbaar.accounts import destruction
from weerbaar.accounts.keystore import SecretGone
from weerbaar.accounts.models import InvitationRow
from weerbaar.accounts.vault import Vault

LIFE = timedelta(hours=72)
TOKEN_BYTES = 32

_SWEPT = 500


class LinkOver(Exception):
    """The link was used, replaced by a newer one, expired, or never was one."""


class Purpose(Enum):
    """What a link is for; its value stands before the token in the digest.

    A token holds no control characters, so that a link for one end is nobody's for the other.
    """

    ACCOUNT = b""
    APP = b"app\x01"


def make(session: Session, vault: Vault, person_id: UUID, purpose: Purpose, now: datetime) -> str:
    """A new link for a person; every older one of his no longer works.

    Args:
        session: the door commits.
        vault: key store.
        person_id: for whom.
        purpose: what for.
        now: the instant, aware.

    Returns:
        The token of the link; only its digest is kept.

    Raises:
        KeyStoreGone: the key store cannot be reached.
    """
    withdraw(session, vault, person_id, now)
    token = secrets.token_urlsafe(TOKEN_BYTES)
    secret_id, _secret = vault.keystore.take()
    session.add(
        InvitationRow(
            person_id=person_id,
            token_hash=_digest(token, purpose),
            secret_id=secret_id,
            made_at=now,
            expires_at=now + LIFE,
        )
    )
    return token


def notice_key(code: str, token: str) -> str:
    """What makes a notice about a link the same notice; it tells nothing of the token.

    Args:
        code: of the notice.
        token: of the link.
    """
    twice = hashlib.sha256(_digest(token, Purpose.ACCOUNT)).hexdigest()
    return f"{code}:{twice[:16]}"


def find(
    session: Session, vault: Vault, token: str, purpose: Purpose, now: datetime
) -> tuple[InvitationRow, bytes]:
    """The row behind a link, and the secret that its page is derived from.

    Args:
        session: where links are.
        vault: key store.
        token: of the link.
        purpose: what it must be for.
        now: the instant, aware.

    Raises:
        LinkOver: it cannot be used (any more).
        KeyStoreGone: the key store cannot be reached.
    """
    row = session.scalars(
        select(InvitationRow).where(InvitationRow.token_hash == _digest(token, purpose))
    ).first()
    if row is None or row.used_at is not None or row.secret_id is None or row.expires_at <= now:
        raise LinkOver
    try:
        return row, vault.keystore.get(row.secret_id)
    except SecretGone:
        raise LinkOver from None


def use(session: Session, link_id: UUID, now: datetime) -> None:
    """Use a link up.

    Args:
        session: the door commits.
        link_id: of the row.
        now: the instant, aware.

    Raises:
        LinkOver: it was used (a double click) or made void meanwhile.
    """
    claimed = session.execute(
        update(InvitationRow)
        .where(
            InvitationRow.id == link_id,
            InvitationRow.used_at.is_(None),
            InvitationRow.secret_id.is_not(None),
        )
        .values(used_at=now)
    )
    if claimed.rowcount != 1:  # type: ignore[attr-defined]
        raise LinkOver


def derive(token: str, secret: bytes, label: bytes, length: int) -> bytes:
    """HKDF-SHA256 (RFC 5869) of token and secret; one block is enough for these lengths.

    Args:
        token: of the link.
        secret: of `find`.
        label: what is derived.
        length: in bytes, at most 32.
    """
    key = hmac.digest(b"weerbaar invitation", token.encode() + secret, hashlib.sha256)
    return hmac.digest(key, label + b"\x01", hashlib.sha256)[:length]


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


def _digest(token: str, purpose: Purpose) -> bytes:
    # 256 random bits need no stretching.
    return hashlib.sha256(purpose.value + token.encode()).digest()
