"""Who holds shares of the keys of others: chosen by a coordinator, among the confidants.

Only who was admitted to the key of the confidants can be a holder: somebody compared the four words
of his key then. The choice carries a MAC under the service keys, so that whoever writes the
database alone puts nobody among them, and the key store knows which choice is the present one, so
that he puts no earlier one back.
"""

import hashlib
from collections.abc import Collection
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import delete, func, insert, select
from sqlalchemy.orm import Session

from weerbaar.accounts import groups, held, notices, trail
from weerbaar.accounts.actors import Actor, Role
from weerbaar.accounts.keystore import KeyStore, KeyStoreGone
from weerbaar.accounts.quorum_models import QuorumHolderRow, QuorumSetRow, QuorumShareRow
from weerbaar.accounts.recipients import GroupName, Known, Person
from weerbaar.accounts.vault import ANNOUNCED, KeyNotTrusted, NoKeysYet, TrustedKey, Vault
from weerbaar.config.log import logger
from weerbaar.crypto.encoding import encode
from weerbaar.crypto.quorum import LEAST_NEEDED, MOST_HOLDERS

# Two of three: one of them may be away, or be who needs help.
FEWEST, NEEDED = 3, 2
NOTICE = "quorum_holders"
PURPOSE = "quorum-set"
# The present choice, as the key store knows it.
CHOICE = Known("quorum", "holders")

_log = logger("accounts.quorum")


class HoldersRefused(Exception):
    """These people, or so many of them, cannot be the holders."""


@dataclass(frozen=True, slots=True)
class Chosen:
    """The present choice: how many of whom are enough."""

    version: int
    needed: int
    people: frozenset[UUID]


def candidates(session: Session) -> frozenset[UUID]:
    """Who can be a holder: who was admitted to the key of the confidants."""
    return groups.members(session, GroupName.CONFIDANTS)


def choose(
    session: Session,
    vault: Vault,
    actor: Actor,
    people: Collection[UUID],
    now: datetime,
    *,
    needed: int = NEEDED,
) -> int:
    """Choose the holders; whoever is none any more loses his shares at once.

    Everybody is covered by the new choice at his next sign-in.

    Args:
        session: the door commits.
        vault: its keyring.
        actor: the coordinator who chooses.
        people: the holders.
        now: the instant, aware.
        needed: how many of them are enough.

    Returns:
        The version of the choice.

    Raises:
        HoldersRefused: too few or too many, or somebody who cannot be one.
        KeyStoreGone: the key store cannot be reached.
    """
    wanted = frozenset(people)
    if not wanted <= candidates(session) or not LEAST_NEEDED <= needed < len(wanted):
        raise HoldersRefused
    if not FEWEST <= len(wanted) <= MOST_HOLDERS:
        raise HoldersRefused
    pin = vault.keystore.pin(CHOICE)
    # After an older database was put back, the key store knows of later choices than it does.
    version = 1 + max(
        session.scalar(select(func.max(QuorumSetRow.version))) or 0, (pin and pin.epoch) or 0
    )
    _announce(session, vault, Chosen(version, needed, wanted))
    session.execute(
        insert(QuorumSetRow).values(
            version=version,
            needed=needed,
            mac=vault.keyring.mac(PURPOSE, _maced(version, needed, wanted)),
            created_day=now.date(),
        )
    )
    rows = [{"version": version, "person_id": one} for one in wanted]
    session.execute(insert(QuorumHolderRow), rows)
    session.execute(delete(QuorumShareRow).where(QuorumShareRow.holder_id.not_in(wanted)))
    trail.record(session, actor, "quorum.choose", "quorum", str(version), now)
    key = f"{NOTICE}:{version}"
    for role in (Role.COORDINATOR, Role.ADMIN):
        notices.post_to_role(session, role, NOTICE, now, key, without=(actor.person_id,))
    return version


def _announce(session: Session, vault: Vault, chosen: Chosen) -> None:
    """Tell the key store of a choice: it is in force once the session has committed."""
    said = digest(chosen)
    vault.keystore.announce_pin(CHOICE, chosen.version, said)
    held.hold(session, ANNOUNCED, (CHOICE, chosen.version))

    def confirm() -> None:
        # Where it fails the announcement stands; whoever looks next sees the row and confirms.
        with suppress(KeyStoreGone):
            vault.keystore.confirm_pin(CHOICE, chosen.version, said)

    held.afterwards(session, confirm)


def digest(chosen: Chosen) -> bytes:
    """What the key store keeps of a choice: who they are, and how many are enough."""
    said = _maced(chosen.version, chosen.needed, chosen.people)
    return hashlib.sha256(encode("weerbaar quorum choice", said)).digest()


def _maced(version: int, needed: int, people: Collection[UUID]) -> bytes:
    return encode(version, needed, *sorted(people, key=lambda one: one.bytes))


def present(session: Session, vault: Vault) -> Chosen | None:
    """The present choice; None where nobody has chosen, or the key store knows of another one.

    Args:
        session: where it is.
        vault: key store and keyring.

    Raises:
        KeyStoreGone: the key store cannot be reached.
    """
    chosen = _written(session, vault)
    if chosen is None:
        return None
    if not _is_present(session, vault, chosen):
        _log.error("holders not trusted", version=chosen.version)
        return None
    return chosen


def _is_present(session: Session, vault: Vault, chosen: Chosen) -> bool:
    pin = vault.keystore.pin(CHOICE)
    said = (chosen.version, digest(chosen))
    if pin is None:
        return False
    if (pin.next_epoch, pin.next_fingerprint) == said:
        # Seen in the database, so it was committed, unless by this very transaction.
        if (CHOICE, chosen.version) not in held.held(session, ANNOUNCED):
            vault.keystore.confirm_pin(CHOICE, *said)
        return True
    return (pin.epoch, pin.fingerprint) == said


def make_known(session: Session, vault: Vault, keystore: KeyStore) -> None:
    """Let a key store know the choice that stands in the database, where it knows of no later one.

    For an upgrade from before the key store knew, and for a key store that is put back.

    Args:
        session: where the choice is.
        vault: whose keyring proves it.
        keystore: the one that is told.

    Raises:
        KeyStoreGone: the key store cannot be reached.
    """
    chosen, pin = _written(session, vault), keystore.pin(CHOICE)
    if chosen is None or (pin is not None and (pin.epoch or 0) >= chosen.version):
        return
    keystore.announce_pin(CHOICE, chosen.version, digest(chosen))
    keystore.confirm_pin(CHOICE, chosen.version, digest(chosen))


def _written(session: Session, vault: Vault) -> Chosen | None:
    """The newest choice in the database, where its MAC holds."""
    row = session.scalars(
        select(QuorumSetRow).order_by(QuorumSetRow.version.desc()).limit(1)
    ).first()
    if row is None:
        return None
    people = frozenset(
        session.scalars(
            select(QuorumHolderRow.person_id).where(QuorumHolderRow.version == row.version)
        )
    )
    if not vault.keyring.check_mac(PURPOSE, _maced(row.version, row.needed, people), row.mac):
        _log.error("holders not trusted", version=row.version)
        return None
    return Chosen(row.version, row.needed, people)


def mac_anew(session: Session, vault: Vault, row: QuorumSetRow) -> bytes | None:
    """The MAC of a choice under the current service key; None where the old one is wrong."""
    people = session.scalars(
        select(QuorumHolderRow.person_id).where(QuorumHolderRow.version == row.version)
    ).all()
    maced = _maced(row.version, row.needed, people)
    if not vault.keyring.check_mac(PURPOSE, maced, bytes(row.mac)):
        return None
    return vault.keyring.mac(PURPOSE, maced)


def effective(session: Session, vault: Vault, chosen: Chosen | None) -> dict[UUID, TrustedKey]:
    """The holders who can help today, with the key that is sealed to.

    Who left, or made a new key pair and was not admitted with it yet, is none of them.

    Args:
        session: where people and keys are.
        vault: key store and trust.
        chosen: of `present`.

    Raises:
        KeyStoreGone: the key store cannot be reached.
    """
    found: dict[UUID, TrustedKey] = {}
    if chosen is None:
        return found
    for one in sorted(chosen.people & candidates(session), key=lambda one: one.bytes):
        with suppress(NoKeysYet, KeyNotTrusted):
            found[one] = vault.public_key_of(session, Person(one))
    return found
