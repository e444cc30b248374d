"""Where a share is bound to, and sealing it to another key of its holder."""

from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from weerbaar.accounts.keys import OpenKeys
from weerbaar.accounts.quorum_models import QuorumShareRow
from weerbaar.accounts.recipients import Person, label
from weerbaar.crypto.encoding import encode
from weerbaar.crypto.errors import CannotOpen
from weerbaar.crypto.quorum import open_share, seal_share

_HELD, _APPROVED = "held", "approved"


def held_place(wrapping_id: UUID, holder_id: UUID, holder_epoch: int) -> bytes:
    """What a share is bound to while its holder keeps it.

    Args:
        wrapping_id: of what the key is wrapped in.
        holder_id: who holds it.
        holder_epoch: of the holder's key pair.
    """
    return encode(_HELD, wrapping_id, label(Person(holder_id), holder_epoch))


def approved_place(request_id: UUID, holder_id: UUID, for_id: UUID, for_epoch: int) -> bytes:
    """What a share is bound to on its way to who asks.

    Args:
        request_id: of the request.
        holder_id: who approved.
        for_id: who asks.
        for_epoch: of his key pair.
    """
    return encode(_APPROVED, request_id, holder_id, label(Person(for_id), for_epoch))


def move(session: Session, former: OpenKeys, keys: OpenKeys) -> None:
    """Seal the shares that a holder keeps for others to his new key.

    Args:
        session: the caller commits.
        former: his former keys.
        keys: his present keys.
    """
    rows = session.scalars(
        select(QuorumShareRow).where(
            QuorumShareRow.holder_id == keys.person_id,
            QuorumShareRow.holder_epoch == former.epoch,
        )
    ).all()
    for row in rows:
        before = held_place(row.wrapping_id, row.holder_id, former.epoch)
        try:
            share = open_share(former.private, row.sealed_share, before)
        except CannotOpen:
            # Its owner is covered anew at his next sign-in.
            session.delete(row)
            continue
        after = held_place(row.wrapping_id, row.holder_id, keys.epoch)
        row.sealed_share = seal_share(keys.private.public, share, after)
        row.holder_epoch = keys.epoch
    session.flush()
