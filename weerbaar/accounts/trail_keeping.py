"""How long the trail itself is kept: rows whose period is over go, from the oldest on.

They go in small steps. Each step proves the rows that it takes, carries over what they tell of
records, seals the new starting point, and leaves a row of the trail and a line in the destruction
log. A trail that does not hold is left as it is: nothing that somebody must still find goes.
"""

from collections.abc import Sequence
from datetime import UTC, datetime, time, timedelta
from itertools import takewhile
from typing import Any
from uuid import uuid4

from sqlalchemy import delete, func, insert, select, update
from sqlalchemy.orm import Session

from weerbaar.accounts import destruction, trail, trail_start
from weerbaar.accounts.actors import SYSTEM
from weerbaar.accounts.destruction import Destroyed, Fate
from weerbaar.accounts.models import RefusalCountRow, TrailRow, TrailStartRow, TrailToldRow
from weerbaar.accounts.trail_start import FEWEST_DAYS, Start, Told
from weerbaar.accounts.vault import Stores, Vault
from weerbaar.config import faultpoint
from weerbaar.crypto import chain

STEP = 1_000
WHY = "period-over"


class KeptTooShort(Exception):
    """No rule lets rows of the trail go this soon."""


class TrailNotWhole(Exception):
    """A row that was due, or the starting point, is not as it was written: nothing went."""

    def __init__(self, number: int) -> None:
        self.number = number
        super().__init__(f"row {number}")


def due(session: Session, now: datetime, days: int) -> int:
    """How many rows are older than their period.

    Args:
        session: where the trail is.
        now: the instant, aware.
        days: how many days the trail is kept.
    """
    wanted = select(func.count()).select_from(TrailRow).where(TrailRow.at < _before(now, days))
    return session.scalar(wanted) or 0


def shorten(stores: Stores, now: datetime, days: int, *, most: int | None = None) -> int:
    """Let the rows go that are older than their period; it commits after every step.

    Killed, it goes on where it stopped; two that work at once take turns.

    Args:
        stores: database and vault.
        now: the instant, aware.
        days: how many days the trail is kept.
        most: stop after about so many rows.

    Returns:
        How many rows went.

    Raises:
        KeptTooShort: fewer days than any rule allows.
        TrailNotWhole: what was due does not hold; earlier steps stand.
        KeyStoreGone: the key store cannot be reached.
    """
    if days < FEWEST_DAYS:
        raise KeptTooShort
    before, gone = _before(now, days), 0
    # The key store must know of a row behind every one that goes.
    trail.note_head(stores, now)
    while most is None or gone < most:
        with stores.database.session() as session:
            moved = _step(session, stores.vault, before, days, now, first=gone == 0)
            faultpoint.reach("trail shortened before commit")
            session.commit()
        if not moved:
            break
        gone += moved
    return gone


def _before(now: datetime, days: int) -> datetime:
    # From one midnight to the next nothing more is due.
    return datetime.combine(now.astimezone(UTC).date() - timedelta(days=days), time(), UTC)


def _step(
    session: Session, vault: Vault, before: datetime, days: int, now: datetime, *, first: bool
) -> int:
    start = trail_start.read(session, lock=True)
    if start is None:
        raise TrailNotWhole(0)
    session.execute(delete(RefusalCountRow).where(RefusalCountRow.minute < before))
    oldest = (
        session.execute(select(*TrailRow.__table__.columns).order_by(TrailRow.number).limit(STEP))
        .mappings()
        .all()
    )
    rows = list(takewhile(lambda row: row["at"] < before, oldest))
    if not rows:
        return 0
    carried = list(trail_start.carried(session))
    _prove(session, vault, start, carried, rows)
    tells = Told(trail.bound_kinds())
    for row in (*carried, *rows):
        tells.note(row)
    told = tells.rows()
    _carry(session, carried, told)
    last = rows[-1]
    moved = trail_start.sealed(
        vault,
        Start(last["number"], bytes(last["mac"]), before, days, now, trail_start.digest_of(told)),
    )
    session.execute(delete(TrailRow).where(TrailRow.number <= moved.number))
    session.execute(
        update(TrailStartRow)
        .where(TrailStartRow.id == 1)
        .values(**trail_start.columns(moved))
        .execution_options(synchronize_session=False)
    )
    if first:
        fate = Fate(uuid4(), trail_start.KIND, WHY, None)
        destruction.log(session, [Destroyed(uuid4(), now.date(), fate)])
    trail.record(
        session, SYSTEM, trail_start.SHORTENED, trail_start.KIND,
        f"{rows[0]['number']}-{moved.number}", now, digest=moved.digest,
    )  # fmt: skip
    return len(rows)


def _prove(
    session: Session, vault: Vault, start: Start, carried: Sequence[Any], rows: Sequence[Any]
) -> None:
    noted = vault.keystore.noted_head()
    told = trail_start.digest_of(carried)
    known = None if noted is None else noted.number
    if next(trail_start.problems(vault, start, told, known, {}), None) is not None:
        raise TrailNotWhole(start.number)
    number, mac = start.number, start.mac if start.number else chain.START
    for row in rows:
        number += 1
        if row["number"] != number or not trail.follows(vault, mac, row):
            raise TrailNotWhole(number)
        mac = bytes(row["mac"])
    if known is None or known < number:
        # Written since the key store was told, and yet said to be old.
        raise TrailNotWhole(number)
    telling = select(TrailRow.digest).where(
        TrailRow.object_kind == trail_start.KIND, TrailRow.action == trail_start.SHORTENED
    )
    newest = session.scalar(telling.order_by(TrailRow.number.desc()).limit(1))
    if (newest or b"") != (start.digest if start.number else b""):
        raise TrailNotWhole(start.number)


def _carry(session: Session, before: Sequence[Any], after: Sequence[Any]) -> None:
    known, wanted = {row["number"] for row in before}, {row["number"] for row in after}
    session.execute(delete(TrailToldRow).where(TrailToldRow.number.in_(known - wanted)))
    names = [one.name for one in TrailToldRow.__table__.columns]
    added = [{name: row[name] for name in names} for row in after if row["number"] not in known]
    if added:
        session.execute(insert(TrailToldRow), added)
