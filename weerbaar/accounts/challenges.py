"""Challenges for passkeys: for one browser and one purpose, for five minutes, once.

A challenge carries its own end and a MAC under the service keys, so that showing a page writes
nothing. The one that comes back is written down, and a second time it is refused.
"""

import hashlib
import hmac
import secrets
from datetime import UTC, datetime, timedelta
from enum import StrEnum

from sqlalchemy import delete, insert
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from weerbaar.accounts.models import PasskeyChallengeRow
from weerbaar.accounts.vault import Vault
from weerbaar.crypto.encoding import encode

LIVES = timedelta(minutes=5)

_PURPOSE = "passkey-challenge"
_NONCE, _END, _MAC = 16, 8, 32


class Purpose(StrEnum):
    """What somebody touches his passkey for; what was asked for one end serves no other."""

    SIGN_IN = "sign-in"
    UNLOCK = "unlock"
    CONFIRM = "confirm"
    ADD = "add"
    JOIN = "join"


def issue(vault: Vault, purpose: Purpose, tie: bytes, now: datetime) -> bytes:
    """A new challenge.

    Args:
        vault: its service keys.
        purpose: what for.
        tie: a secret of this browser, of `csrf.tie`.
        now: the instant, aware.
    """
    head = secrets.token_bytes(_NONCE) + int((now + LIVES).timestamp()).to_bytes(_END, "big")
    return head + _mac(vault.keyring.subkey(_PURPOSE), purpose, tie, head)


def use(
    session: Session, vault: Vault, challenge: bytes, purpose: Purpose, tie: bytes, now: datetime
) -> bool:
    """Use a challenge up; False when it is not ours, of elsewhere, too late, or was used before.

    Args:
        session: the door commits, whatever comes out of the rest.
        vault: its service keys.
        challenge: as it came back.
        purpose: what for.
        tie: a secret of this browser.
        now: the instant, aware.
    """
    head, mac = challenge[: _NONCE + _END], challenge[_NONCE + _END :]
    if len(mac) != _MAC:
        return False
    keys = vault.keyring.subkeys(_PURPOSE)
    if not any(hmac.compare_digest(_mac(key, purpose, tie, head), mac) for key in keys):
        return False
    ends_at = datetime.fromtimestamp(int.from_bytes(head[_NONCE:], "big"), UTC)
    if now >= ends_at:
        return False
    digest = hashlib.sha256(challenge).digest()
    try:
        with session.begin_nested():
            session.execute(insert(PasskeyChallengeRow).values(digest=digest, ends_at=ends_at))
    except IntegrityError:
        return False
    return True


def forget_old(session: Session, now: datetime) -> int:
    """Delete used challenges whose time is over: they are refused by their end from now on."""
    gone = session.execute(delete(PasskeyChallengeRow).where(PasskeyChallengeRow.ends_at <= now))
    return int(gone.rowcount)  # type: ignore[attr-defined]


def _mac(key: bytes, purpose: Purpose, tie: bytes, head: bytes) -> bytes:
    return hmac.digest(key, encode(purpose.value, tie, head), hashlib.sha256)
