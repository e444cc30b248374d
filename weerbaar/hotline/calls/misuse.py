"""Numbers that a confidant marked as misuse: known again for a day, then by nobody.

A mark is HMAC-SHA256 of the whole number under a key of its own, made of a secret in the key
store and a subkey of the service keys. After 24 hours the secret is destroyed: what then is left
in any backup of the database tells nothing, not even to somebody who tries every number there is.
"""

import hashlib
import hmac
import json
from datetime import UTC, datetime, timedelta
from uuid import UUID

from sqlalchemy import bindparam, delete, select
from sqlalchemy.orm import Session

from weerbaar.accounts import destruction, envelopes, trail
from weerbaar.accounts.actors import Actor
from weerbaar.accounts.envelopes import Kind
from weerbaar.accounts.keys import KeysLocked
from weerbaar.accounts.keystore import KeyStoreGone
from weerbaar.accounts.vault import Vault
from weerbaar.config.log import logger
from weerbaar.crypto.errors import CannotOpen
from weerbaar.hotline.calls import numbers
from weerbaar.hotline.calls.models import MisuseMarkRow, WorkItemRow

LASTS = timedelta(hours=24)
QUARTER_MINUTES = 15
PURPOSE = "misuse"

_log = logger("hotline.calls")

# Made once: every call asks it first.
_MARKS = select(MisuseMarkRow.digest, MisuseMarkRow.secret_id).where(
    MisuseMarkRow.until > bindparam("now")
)


def mark(session: Session, vault: Vault, actor: Actor, item: WorkItemRow, now: datetime) -> bool:
    """Mark the number of a piece of work that is closed as misuse.

    A number that was keyed in is never marked: it may be anybody's.

    Args:
        session: the caller commits.
        vault: key store and service keys.
        actor: who closes it, with keys that open the number.
        item: the piece of work, its number not destroyed yet.
        now: this instant, aware, UTC.

    Returns:
        Whether it is marked: not without a number, and not by somebody who cannot open it.
    """
    number = _own_number(session, vault, actor, item)
    if number is None:
        return False
    secret_id, secret = vault.keystore.take()
    session.add(
        MisuseMarkRow(
            item_id=item.id,
            digest=_digest(vault, secret, number),
            secret_id=secret_id,
            until=_quarter(now + LASTS),
        )
    )
    session.flush()
    return True


def _own_number(session: Session, vault: Vault, actor: Actor, item: WorkItemRow) -> str | None:
    if item.number_record is None:
        return None
    try:
        opened = envelopes.open_one(
            session, vault, actor.keys, item.number_record, kind=Kind.CALLER_NUMBER
        )
    except (KeysLocked, envelopes.NotAReader, CannotOpen):
        return None
    facts = json.loads(opened)
    return None if facts.get("keyed") else str(facts["number"])


def _digest(vault: Vault, secret: bytes, number: str) -> bytes:
    key = hmac.digest(vault.keyring.subkey(PURPOSE), secret, hashlib.sha256)
    return hmac.digest(key, number.encode(), hashlib.sha256)


def _quarter(instant: datetime) -> datetime:
    # Down, so that it is never kept longer than was said.
    whole = instant.astimezone(UTC).replace(second=0, microsecond=0)
    return whole - timedelta(minutes=whole.minute % QUARTER_MINUTES)


def is_marked(session: Session, vault: Vault, caller: str, now: datetime) -> bool:
    """Whether somebody calls with a number that was marked in the last 24 hours.

    Args:
        session: where marks are.
        vault: key store and service keys; without the key store nobody is blocked.
        caller: the provider's `From`, as it came; a withheld number is never blocked.
        now: this instant, aware, UTC.
    """
    marks = session.connection().execute(_MARKS, {"now": now}).all()
    if not marks or numbers.is_withheld(caller):
        return False
    try:
        secrets = vault.keystore.get_many([one.secret_id for one in marks])
    except KeyStoreGone:
        _log.warning("key store gone: nobody is blocked")
        return False
    return any(
        hmac.compare_digest(_digest(vault, secrets[one.secret_id], caller), bytes(one.digest))
        for one in marks
        if one.secret_id in secrets
    )


def marked_items(session: Session, now: datetime) -> frozenset[UUID]:
    """The pieces of work whose callers are blocked at this moment."""
    return frozenset(
        session.scalars(select(MisuseMarkRow.item_id).where(MisuseMarkRow.until > now))
    )


def undo(session: Session, vault: Vault, actor: Actor, item_id: UUID, now: datetime) -> bool:
    """Take a mark away; the coordinator's verb.

    Args:
        session: the door commits.
        vault: whose key store holds its secret.
        actor: the coordinator.
        item_id: of the piece of work that was closed as misuse.
        now: this instant, aware, UTC.

    Returns:
        Whether there was one.
    """
    gone = session.execute(
        delete(MisuseMarkRow)
        .where(MisuseMarkRow.item_id == item_id)
        .returning(MisuseMarkRow.secret_id)
    ).first()
    if gone is None:
        return False
    destruction.give_up(session, vault, [gone.secret_id], now)
    trail.record(session, actor, "item.unblock", "work_item", item_id, now)
    return True


def forget_old(session: Session, vault: Vault, now: datetime) -> int:
    """Forget marks that are a day old; their secrets are destroyed.

    Args:
        session: the worker commits.
        vault: whose key store holds the secrets.
        now: this instant, aware, UTC.
    """
    gone = session.scalars(
        delete(MisuseMarkRow).where(MisuseMarkRow.until <= now).returning(MisuseMarkRow.secret_id)
    ).all()
    if gone:
        destruction.give_up(session, vault, list(gone), now)
    return len(gone)
