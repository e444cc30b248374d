"""Covering a person: his key wrapped once more, under what the holders have shares of."""

import secrets
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import insert, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from weerbaar.accounts import quorum_holders, trail, wrappings
from weerbaar.accounts.actors import Actor
from weerbaar.accounts.keys import OpenKeys
from weerbaar.accounts.models import KeyWrappingRow, PersonKeyRow, PersonRow
from weerbaar.accounts.quorum_holders import Chosen
from weerbaar.accounts.quorum_models import QuorumShareRow
from weerbaar.accounts.quorum_shares import held_place
from weerbaar.accounts.vault import TrustedKey, Vault
from weerbaar.accounts.wrappings import Way
from weerbaar.config.log import logger
from weerbaar.crypto.quorum import WHAT_SIZE, seal_share, split

_log = logger("accounts.quorum")


def keep_up(session: Session, vault: Vault, keys: OpenKeys, now: datetime) -> bool:
    """Cover a person by the present holders, where he is not yet; at each sign-in.

    What fails here keeps nobody from signing in: he is covered another time.

    Args:
        session: the door commits.
        vault: key store, keyring and trust.
        keys: the person's open keys.
        now: the instant, aware.

    Returns:
        Whether he was covered anew.

    Raises:
        KeyStoreGone: the key store cannot be reached.
    """
    chosen = quorum_holders.present(session, vault)
    if chosen is None:
        return False
    holders = quorum_holders.effective(session, vault, chosen)
    holders.pop(keys.person_id, None)
    row = wrappings.find(session, keys.person_id, Way.QUORUM)
    # A former key waits to be given back: it is not written over.
    waits = row is not None and row.epoch != keys.epoch
    if waits or len(holders) < chosen.needed or _stands(session, row, chosen, holders):
        return False
    try:
        with session.begin_nested():
            if row is not None:
                wrappings.remove(session, vault, [row], now)
            cover(session, vault, keys, chosen, holders, now)
    except IntegrityError:
        # Two sign-ins at once: the other one did it.
        _log.info("covered meanwhile", person=str(keys.person_id))
        return False
    actor = Actor(person_id=keys.person_id)
    trail.record(session, actor, "quorum.cover", "person", keys.person_id, now)
    return True


def cover(
    session: Session,
    vault: Vault,
    keys: OpenKeys,
    chosen: Chosen,
    holders: Mapping[UUID, TrustedKey],
    now: datetime,
) -> UUID:
    """Wrap a private key under a random key, and give each holder a share of that.

    Args:
        session: the caller commits.
        vault: the second lock.
        keys: whose private key.
        chosen: says how many are enough.
        holders: at least as many, with the key that is sealed to.
        now: the instant, aware.

    Returns:
        The id of the wrapping.

    Raises:
        KeyStoreGone: the key store cannot be reached.
    """
    what = secrets.token_bytes(WHAT_SIZE)
    wrapping_id = wrappings.add(session, vault, keys, Way.QUORUM, what, now)
    shares = split(what, chosen.needed, len(holders))
    rows = [
        {
            "wrapping_id": wrapping_id,
            "holder_id": holder_id,
            "holder_epoch": key.epoch,
            "version": chosen.version,
            "needed": chosen.needed,
            "sealed_share": seal_share(
                key.public, share, held_place(wrapping_id, holder_id, key.epoch)
            ),
            "created_day": now.date(),
        }
        for (holder_id, key), share in zip(holders.items(), shares, strict=True)
    ]
    session.execute(insert(QuorumShareRow), rows)
    return wrapping_id


def _stands(
    session: Session,
    row: KeyWrappingRow | None,
    chosen: Chosen,
    holders: Mapping[UUID, TrustedKey],
) -> bool:
    if row is None:
        return False
    shares = session.scalars(select(QuorumShareRow).where(QuorumShareRow.wrapping_id == row.id))
    present = {(one.holder_id, one.holder_epoch, one.version) for one in shares}
    return present == {(one, key.epoch, chosen.version) for one, key in holders.items()}


@dataclass(frozen=True, slots=True)
class Cover:
    """What stands ready for somebody: of which epoch, who can help, and how many are enough."""

    wrapping_id: UUID
    epoch: int
    helpers: frozenset[UUID]
    needed: int

    @property
    def is_enough(self) -> bool:
        """Whether the key can be given back."""
        return len(self.helpers) >= self.needed


def covers(
    session: Session, vault: Vault, person_ids: Collection[UUID] | None = None
) -> dict[UUID, Cover]:
    """What stands ready, by person; a share counts while its holder is one and can open it.

    Args:
        session: where it is.
        vault: key store and trust.
        person_ids: of whom; of everybody without.

    Raises:
        KeyStoreGone: the key store cannot be reached.
    """
    able = quorum_holders.effective(session, vault, quorum_holders.present(session, vault))
    wanted = (
        select(
            KeyWrappingRow.id,
            KeyWrappingRow.person_id,
            KeyWrappingRow.epoch,
            QuorumShareRow.holder_id,
            QuorumShareRow.holder_epoch,
            QuorumShareRow.needed,
        )
        .join(QuorumShareRow, QuorumShareRow.wrapping_id == KeyWrappingRow.id)
        .where(KeyWrappingRow.kind == Way.QUORUM.value)
    )
    if person_ids is not None:
        wanted = wanted.where(KeyWrappingRow.person_id.in_(list(person_ids)))
    found: dict[UUID, Cover] = {}
    for row in session.execute(wanted):
        helper = able.get(row.holder_id)
        helps = {row.holder_id} if helper and helper.epoch == row.holder_epoch else set()
        before = found.get(row.person_id)
        helpers = frozenset(helps) if before is None else before.helpers | helps
        found[row.person_id] = Cover(row.id, row.epoch, helpers, row.needed)
    return found


def epochs(session: Session) -> dict[UUID, int]:
    """The newest key pair of everybody who has an account in use and keys, by person."""
    rows = session.execute(
        select(PersonKeyRow.person_id, PersonKeyRow.epoch)
        .join(PersonRow, PersonRow.id == PersonKeyRow.person_id)
        .where(PersonRow.state == "active")
        .order_by(PersonKeyRow.epoch)
    )
    return {row.person_id: row.epoch for row in rows}


def uncovered(session: Session, vault: Vault) -> tuple[frozenset[UUID], frozenset[UUID]]:
    """Who has keys that the holders could give back, and who has none such.

    Args:
        session: where it is.
        vault: key store and trust.

    Returns:
        Covered and not covered, by id.
    """
    ready = covers(session, vault)
    present = epochs(session)
    good = frozenset(
        one
        for one, epoch in present.items()
        if one in ready and ready[one].epoch == epoch and ready[one].is_enough
    )
    return good, frozenset(present) - good
