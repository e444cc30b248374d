"""Whether somebody can still open what he should: looked at when his key is at hand anyway.

At each sign-in, and on the board once a day in a session that is open then: nobody's key is
anywhere else. A record that stopped opening is found the next day, not in the year it is needed.
"""

from collections.abc import Iterator
from datetime import datetime
from enum import StrEnum
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from weerbaar.accounts import envelope_opening, notices, trail
from weerbaar.accounts.actors import Actor, Role
from weerbaar.accounts.envelope_opening import Kind, NotAReader
from weerbaar.accounts.keys import NotAMember, OpenKeys
from weerbaar.accounts.models import EnvelopeReaderRow, EnvelopeRow
from weerbaar.accounts.recipients import Person
from weerbaar.accounts.vault import KeyNotTrusted, NoKeysYet, Vault
from weerbaar.config.log import logger
from weerbaar.crypto.errors import CannotOpen

NOTICE = "keys_do_not_open"
TOLD = (Role.COORDINATOR, Role.ADMIN)

_log = logger("accounts.keys")


class Problem(StrEnum):
    """What is wrong."""

    KEY = "key"  # the opened key is not the pinned one
    GROUP = "group"
    RECORD = "record"


def problems(session: Session, vault: Vault, keys: OpenKeys) -> Iterator[Problem]:
    """What somebody cannot open although he should.

    Looks at the key itself, at every group it opens, and at the oldest and newest record of each
    kind that is sealed to the person.

    Args:
        session: where keys and records are; a first opening writes.
        vault: key store and trust.
        keys: the person's open keys.

    Raises:
        KeyStoreGone: the key store cannot be reached.
    """
    try:
        trusted = vault.public_key_of(session, Person(keys.person_id))
    except (NoKeysYet, KeyNotTrusted):
        yield Problem.KEY
        return
    if trusted.public != keys.private.public:
        yield Problem.KEY
        return
    for name, epoch in sorted(keys.groups(session)):
        try:
            keys.of_group(session, vault, name, epoch)
        except (CannotOpen, NotAMember):
            yield Problem.GROUP
    for kind in _kinds(session, keys):
        for record_id, part in _ends(session, keys, kind):
            try:
                opened = envelope_opening.open_record(session, vault, keys, record_id, kind, part)
                opened.plaintext()
            except (CannotOpen, NotAReader):
                yield Problem.RECORD


def _kinds(session: Session, keys: OpenKeys) -> list[Kind]:
    found = session.scalars(
        select(EnvelopeRow.kind)
        .join(EnvelopeReaderRow, EnvelopeReaderRow.record_id == EnvelopeRow.id)
        .where(
            EnvelopeReaderRow.person_id == keys.person_id, EnvelopeReaderRow.key_epoch == keys.epoch
        )
        .distinct()
    )
    return [Kind(one) for one in sorted(found)]


def _ends(session: Session, keys: OpenKeys, kind: Kind) -> set[tuple[UUID, str]]:
    found: set[tuple[UUID, str]] = set()
    for order in (EnvelopeRow.created_day.asc(), EnvelopeRow.created_day.desc()):
        row = session.execute(
            select(EnvelopeRow.id, EnvelopeRow.part)
            .join(EnvelopeReaderRow, EnvelopeReaderRow.record_id == EnvelopeRow.id)
            .where(
                EnvelopeReaderRow.person_id == keys.person_id,
                EnvelopeReaderRow.key_epoch == keys.epoch,
                EnvelopeRow.kind == kind.value,
            )
            .order_by(order, EnvelopeRow.id)
            .limit(1)
        ).first()
        if row is not None:
            found.add((row.id, row.part))
    return found


def check(session: Session, vault: Vault, keys: OpenKeys, now: datetime) -> bool:
    """Look, and tell coordinators and administrators of what does not open; once a day each.

    Args:
        session: the door commits.
        vault: key store and trust.
        keys: the person's open keys.
        now: the instant, aware.

    Returns:
        Whether everything opened.

    Raises:
        KeyStoreGone: the key store cannot be reached.
    """
    found = list(problems(session, vault, keys))
    if not found:
        return True
    for one in sorted(set(found)):
        _log.error("does not open", kind=one.value, count=found.count(one))
    actor = Actor(person_id=keys.person_id)
    trail.record(
        session, actor, "keys.check", "person", keys.person_id, now, outcome=found[0].value
    )
    key = f"{NOTICE}:{keys.person_id}:{now.date().isoformat()}"
    for role in TOLD:
        notices.post_to_role(session, role, NOTICE, now, key)
    return False
