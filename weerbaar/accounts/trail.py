"""The trail: who did what to which id, when, in a chain that shows tampering.

Rows are queued while the work is done and written as the last statements before the commit,
under a lock on the head row: a change and its row are kept together or not at all.
"""

import weakref
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import Engine, event, insert, select, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from weerbaar.accounts import held, trail_proof, trail_start
from weerbaar.accounts.actors import Actor
from weerbaar.accounts.models import RefusalCountRow, TrailHeadRow, TrailRow
from weerbaar.accounts.trail_proof import Finding
from weerbaar.accounts.vault import Stores, Vault
from weerbaar.config.database import Database
from weerbaar.crypto import chain
from weerbaar.crypto.encoding import encode

SHELF = "trail"
DESTROYED = trail_start.DESTROYED
PURPOSE = "trail"
CHUNK = 2_000
_CHAINED = ("actor_id", "action", "object_kind", "object_id", "outcome", "version", "digest")

# Made once: everybody who writes waits while these run.
_LOCKED_HEAD = (
    select(TrailHeadRow.number, TrailHeadRow.mac).where(TrailHeadRow.id == 1).with_for_update()
)
_NEW_ROW = insert(TrailRow)
_NEW_HEAD = update(TrailHeadRow)

# By the kind of an object: what holds the rows of a room against what the trail tells of them.
Check = Callable[[Session, Mapping[str, Sequence[bytes]]], "Iterator[Finding]"]
_checks: dict[str, Check] = {}

_keys: weakref.WeakKeyDictionary[Engine, bytes] = weakref.WeakKeyDictionary()


class TrailNotAttached(Exception):
    """A row was queued on a database whose trail key nobody gave."""


def attach(database: Database, vault: Vault) -> None:
    """Give a database's sessions the key of the trail; done once, when the house opens."""
    _keys[database.engine] = vault.keyring.subkey(PURPOSE)


def bind(object_kind: str, check: Check) -> None:
    """Let a room's rows of one kind be proved by the trail; done once, when the room is loaded.

    Args:
        object_kind: a digest in a row of this kind is that of the room's row, not of an envelope.
        check: receives the digests by object id, in the order of the trail, and gives what does
            not hold.
    """
    _checks[object_kind] = check


def bound_kinds() -> frozenset[str]:
    """The kinds that rooms have bound."""
    return frozenset(_checks)


def record(
    session: Session,
    actor: Actor,
    action: str,
    object_kind: str,
    object_id: UUID | str | None,
    now: datetime,
    *,
    outcome: str = "done",
    version: int | None = None,
    digest: bytes | None = None,
) -> None:
    """Queue one row; it is written with the commit of this session, and lost with its rollback.

    Args:
        session: the session that does the work.
        actor: who acts.
        action: a fixed code such as `case.edit`; never a text somebody typed.
        object_kind: a fixed code such as `case`.
        object_id: a random id or a fixed code; of a row with a digest, the envelope's record id.
        now: the instant, aware.
        outcome: `done`, or a fixed code of a refusal.
        version: of changed sealed content, its version now.
        digest: of changed sealed content, the SHA-256 of its ciphertext now; of a kind that a
            room bound, the SHA-256 of what it keeps of the change.
    """
    held.hold(
        session,
        SHELF,
        {
            "at": now.astimezone(UTC),
            "actor_id": actor.person_id,
            "action": action,
            "object_kind": object_kind,
            "object_id": None if object_id is None else str(object_id),
            "outcome": outcome,
            "version": version,
            "digest": digest,
        },
    )


def has_done(session: Session, actor: Actor, action: str) -> bool:
    """Whether somebody did this before, to himself.

    Args:
        session: where the trail is.
        actor: who.
        action: a fixed code.
    """
    done = select(TrailRow.number).where(
        TrailRow.object_id == str(actor.person_id),
        TrailRow.actor_id == actor.person_id,
        TrailRow.action == action,
    )
    return session.execute(done.limit(1)).first() is not None


def record_once(
    session: Session,
    actor: Actor,
    action: str,
    object_kind: str,
    object_id: UUID,
    now: datetime,
    *,
    within: timedelta,
) -> None:
    """Queue one row for what is read in bits, unless its reader left the same one a while ago.

    Args:
        session: the session that does the work.
        actor: who acts.
        action: a fixed code.
        object_kind: a fixed code.
        object_id: a random id.
        now: the instant, aware.
        within: how long ago still counts as the same reading.
    """
    told = session.execute(
        select(TrailRow.number).where(
            TrailRow.object_id == str(object_id),
            TrailRow.actor_id == actor.person_id,
            TrailRow.action == action,
            TrailRow.outcome == "done",
            TrailRow.at > now - within,
        )
    ).first()
    if told is None:
        record(session, actor, action, object_kind, object_id, now)


def refused(
    database: Database,
    actor: Actor,
    action: str,
    object_kind: str,
    object_id: UUID | str | None,
    now: datetime,
    *,
    outcome: str = "refused",
) -> None:
    """Write a refusal in a transaction of its own, after the roll-back of what was tried.

    Args:
        database: where the trail is.
        actor: who was refused.
        action: a fixed code.
        object_kind: a fixed code.
        object_id: the id that was asked for, when it is one of ours; never what was typed.
        now: the instant, aware.
        outcome: a fixed code of the reason.
    """
    with database.session() as session:
        record(session, actor, action, object_kind, object_id, now, outcome=outcome)
        session.commit()


def count_refusal(session: Session, kind: str, now: datetime) -> None:
    """Count one refusal in its minute: no name, no source, no row of the chain.

    Args:
        session: the door commits.
        kind: a fixed code such as `sign-in` or `webhook`.
        now: the instant, aware.
    """
    on_postgres = session.get_bind().dialect.name == "postgresql"
    row = (postgresql.insert if on_postgres else sqlite.insert)(RefusalCountRow)
    session.execute(
        row.values(
            minute=now.replace(second=0, microsecond=0), kind=kind, count=1
        ).on_conflict_do_update(
            index_elements=["minute", "kind"], set_={"count": RefusalCountRow.count + 1}
        )
    )


def _write_queued(session: Session) -> None:
    if session.in_nested_transaction():
        return
    # What is still unwritten may queue nothing more, but its locks come before the trail's.
    session.flush()
    queued = held.held(session, SHELF)
    if not queued:
        return
    bind = session.get_bind()
    key = _keys.get(bind.engine)
    if key is None:
        raise TrailNotAttached
    connection = session.connection()
    head = connection.execute(_LOCKED_HEAD).one()
    number, mac = head.number, bytes(head.mac)
    rows = []
    for row in queued:
        number += 1
        mac = chain.link(key, mac, row_bytes(number, row))
        rows.append({**row, "number": number, "mac": mac})
    connection.execute(_NEW_ROW, rows)
    connection.execute(_NEW_HEAD, {"number": number, "mac": mac})


event.listen(Session, "before_commit", _write_queued)


def start(session: Session) -> None:
    """Lay the head row of an empty trail; part of founding an installation."""
    session.execute(insert(TrailHeadRow).values(id=1, number=0, mac=chain.START))
    trail_start.lay(session)


def row_bytes(number: int, row: Any) -> bytes:
    """One row in the form that is chained: every field with its length in front.

    Args:
        number: the row's number.
        row: a mapping with the columns of a trail row.
    """
    return encode(
        number,
        row["at"].astimezone(UTC).isoformat(timespec="microseconds"),
        *(_field(row[name]) for name in _CHAINED),
    )


def _field(value: Any) -> bytes:
    # Nothing and an empty text are two different things.
    return (
        b"-"
        if value is None
        else b"+" + (value if isinstance(value, bytes) else str(value).encode())
    )


def verify(
    database: Database,
    vault: Vault,
    witnessed: Mapping[int, bytes] | None = None,
    told_at: Mapping[int, datetime] | None = None,
) -> list[Finding]:
    """Everything about the trail that does not hold; an empty list when it is whole.

    Args:
        database: where the trail is.
        vault: its key, and what the key store noted.
        witnessed: what a witness outside says of rows: their MAC by number.
        told_at: when the witness was told of them, by number.

    Codes: `row-changed` (a row's MAC does not follow from the row before), `row-missing`,
    `row-extra` (a row stands before the beginning), `head-differs` (the head row is not the newest
    row), `shorter-than-noted` and `differs-from-noted` (against the key store), `record-differs`
    (stored ciphertext or version is not what the newest trail row of the record says: an older
    version was put back), `record-missing` (a record that the trail tells of is gone, and no row
    says who destroyed it), `record-untold` (a record was changed and no row tells of it),
    `shorter-than-witnessed` and `differs-from-witnessed` (against the witness), `start-missing`
    and `start-untold` (the starting point is gone, or no row tells of it), those of
    `trail_start.problems`, and those of the rooms that bound a kind.

    Raises:
        KeyStoreGone: the key store cannot be reached.
    """
    noted, told = vault.keystore.noted_head(), dict(witnessed or {})
    with database.session() as session:
        if database.engine.dialect.name == "postgresql":
            # One snapshot for all: rows written meanwhile are not findings.
            session.connection(execution_options={"isolation_level": "REPEATABLE READ"})
        start = trail_start.read(session)
        carried = list(trail_start.carried(session))
        findings = list(trail_proof.differs_from_start(vault, start, carried, noted, told_at or {}))
        watched = {*told, *(() if noted is None else (noted.number,))}
        walk = _Walk(vault, start or trail_start.UNTOUCHED, watched)
        for row in carried:
            walk.tells.note(row)
        for row in rows(session):
            findings.extend(walk.take(row))
        findings.extend(trail_proof.differs_from_telling(walk.start, walk.shortened, told_at or {}))
        findings.extend(
            trail_proof.differs_from_heads(session, noted, walk.number, walk.mac, walk.seen)
        )
        # Of rows that went nothing is left to compare, but of the newest.
        told = {one: of for one, of in told.items() if one >= walk.start.number}
        findings.extend(trail_proof.differs_from_witness(told, walk.number, walk.seen))
        findings.extend(trail_proof.changed_records(session, walk.tells.records()))
        for kind, check in _checks.items():
            findings.extend(check(session, walk.tells.of_kind(kind)))
    return findings


class _Walk:
    """Along the rows, one after the other."""

    def __init__(self, vault: Vault, start: trail_start.Start, watched: Collection[int]) -> None:
        self._vault, self._watched = vault, watched
        self.start, self.number, self.mac = start, start.number, start.mac
        # The MACs of rows that somebody else knows of.
        self.seen = {start.number: start.mac}
        self.shortened: tuple[int, bytes] | None = None
        self.tells = trail_start.Told(_checks.keys())

    def take(self, row: Any) -> Iterator[Finding]:
        """Go on to a row; what does not hold of it."""
        if row["number"] <= self.start.number:
            yield Finding("row-extra", row["number"])
            return
        if row["number"] != self.number + 1:
            yield Finding("row-missing", self.number + 1)
        elif not follows(self._vault, self.mac, row):
            yield Finding("row-changed", row["number"])
        self.number, self.mac = row["number"], bytes(row["mac"])
        if self.number in self._watched:
            self.seen[self.number] = self.mac
        self.tells.note(row)
        if (row["object_kind"], row["action"]) == (trail_start.KIND, trail_start.SHORTENED):
            self.shortened = self.number, bytes(row["digest"] or b"")


def follows(vault: Vault, previous: bytes, row: Any) -> bool:
    """Whether a row is as it was written, behind the row with this MAC.

    Args:
        vault: its keys; rows from before a rotation were chained under a previous one.
        previous: the MAC of the row before.
        row: a mapping with the columns of a trail row.
    """
    said = row_bytes(row["number"], row)
    return any(
        chain.link(key, previous, said) == bytes(row["mac"])
        for key in vault.keyring.subkeys(PURPOSE)
    )


def rows(session: Session) -> Iterator[Any]:
    """Every row of the trail in its order, wherever it begins.

    Args:
        session: where the trail is.
    """
    after: int | None = None
    while True:
        wanted = select(*TrailRow.__table__.columns)
        if after is not None:
            wanted = wanted.where(TrailRow.number > after)
        found = session.execute(wanted.order_by(TrailRow.number).limit(CHUNK)).mappings().all()
        if not found:
            return
        yield from found
        after = found[-1]["number"]


def note_head(stores: Stores, now: datetime) -> int:
    """Tell the key store the newest row, so that a shortened trail shows; the worker's minute act.

    Args:
        stores: database and vault.
        now: the instant, aware.

    Returns:
        1 when there was a newer row to tell of, else 0.

    Raises:
        KeyStoreGone: the key store cannot be reached.
    """
    noted = stores.vault.keystore.noted_head()
    with stores.database.session() as session:
        head = session.execute(select(TrailHeadRow.number, TrailHeadRow.mac)).one()
    if noted is not None and noted.number >= head.number:
        return 0
    stores.vault.keystore.note_head(head.number, bytes(head.mac), now)
    return 1
