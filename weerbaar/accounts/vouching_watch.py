"""Watching that every row of a member or a reader was written by the house.

Nothing is sealed to another row, whenever it is met. The worker looks at all of them besides, a
part each minute, and tells coordinators and administrators once of each: somebody writes in the
database, and wants to read along.
"""

import hashlib
from collections.abc import Iterator
from datetime import datetime
from uuid import UUID

from sqlalchemy.orm import Session

from weerbaar.accounts import notices, trail, vouched_rows
from weerbaar.accounts.actors import SYSTEM, Role
from weerbaar.accounts.house import House
from weerbaar.accounts.models import EnvelopeReaderRow
from weerbaar.accounts.vouched_rows import Member, Row
from weerbaar.config.log import logger
from weerbaar.crypto.keyring import Keyring

NOTICE = "row_not_vouched"
TOLD = (Role.COORDINATOR, Role.ADMIN)
# In so many minutes every reader's row was looked at once.
PARTS = 64
# Of so many rows one round tells; the rest waits for the next.
MOST = 20

_log = logger("accounts.keys")


def watch(house: House, now: datetime) -> int:
    """A round of the worker: look at every member's row and a part of the readers' rows.

    Args:
        house: database, vault and clock.
        now: this instant, aware, UTC; its minute says which part.

    Returns:
        How many rows the house did not write.
    """
    with house.database.session() as session:
        part = int(now.timestamp()) // 60 % PARTS
        wrong = list(foreign(session, house.vault.keyring, part))
        told = 0
        for row in wrong:
            told += told < MOST and _tell(session, row, now)
        session.commit()
    return len(wrong)


def foreign(session: Session, keyring: Keyring, part: int | None = None) -> Iterator[Row]:
    """The rows of members and readers that the house did not write.

    Args:
        session: where they are.
        keyring: the service keys.
        part: which of the `PARTS` of the readers' rows; all of them without.
    """
    for member in vouched_rows.members(session):
        if not vouched_rows.holds(keyring, member):
            yield member
    here = []
    if part is not None:
        # Ids are random, so the parts are of one size.
        size = (1 << 128) // PARTS
        first, last = UUID(int=part * size), UUID(int=(part + 1) * size - 1)
        here = [EnvelopeReaderRow.id.between(first, last)]
    for reader in vouched_rows.readers(session, *here):
        if not vouched_rows.holds(keyring, reader):
            yield reader


def _tell(session: Session, row: Row, now: datetime) -> bool:
    """Tell of a row, unless it was told before."""
    seen = hashlib.sha256(row.said + bytes(row.mac or b"")).hexdigest()[:32]
    news = [
        notices.post_to_role(session, role, NOTICE, now, f"row-{seen}") for role in TOLD
    ]  # fmt: skip
    if not any(news):
        return False
    _log.error("row not vouched for", kind=row.purpose)
    if isinstance(row, Member):
        trail.record(session, SYSTEM, "row.foreign", row.group, row.person_id, now)
        return True
    trail.record(session, SYSTEM, "row.foreign", "envelope", row.record_id, now)
    if row.person_id is not None:
        trail.record(session, SYSTEM, "row.foreign", "person", row.person_id, now)
    return True
