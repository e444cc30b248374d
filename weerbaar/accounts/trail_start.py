"""Where the trail begins, and what its rows tell of records, row after row.

Rows whose period is over go (`trail_keeping`). What stays in their place is a sealed starting
point: up to which row they went and its MAC, from before when they were, how long they were kept
and when they went. What they told of sealed records that may stand still is carried over without
person, act or time, so that an older content is found as before.
"""

import hashlib
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import insert, select
from sqlalchemy.orm import Session

from weerbaar.accounts.models import TrailStartRow, TrailToldRow
from weerbaar.accounts.vault import Vault
from weerbaar.crypto import chain
from weerbaar.crypto.encoding import Part, encode

# Nobody may let rows go sooner: incidents are looked into for three years (BIO2 5.28.01).
FEWEST_DAYS = 1095
KIND, SHORTENED, DESTROYED = "trail", "trail.shorten", "record.destroy"
PURPOSE = "trail-start"
NOTHING_TOLD = hashlib.sha256().digest()
CHUNK = 2_000
# A row tells the instant at which its work began, and is written a little later.
LATE = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Start:
    """The starting point; number 0 where nothing went yet.

    Args:
        number: of the newest row that went.
        mac: its MAC: the first row that stays follows from it.
        before: everything that went was from before this instant.
        days: how many days it was kept.
        at: when it went.
        told: the SHA-256 of what is carried over.
        seal: a MAC over all of this; None while nothing went.
    """

    number: int
    mac: bytes
    before: datetime | None
    days: int | None
    at: datetime | None
    told: bytes
    seal: bytes | None = None

    @property
    def statement(self) -> bytes:
        """What is sealed."""
        return encode(
            self.number, self.mac, _stamp(self.before), self.days, _stamp(self.at), self.told
        )

    @property
    def digest(self) -> bytes:
        """The SHA-256 that the row of the trail carries which tells of it."""
        return hashlib.sha256(encode(self.statement, self.seal)).digest()


UNTOUCHED = Start(0, chain.START, None, None, None, NOTHING_TOLD)


@dataclass
class Told:
    """What the trail tells of records so far.

    Args:
        kinds: those whose digests are of a room's rows, all of which count; of an envelope the
            newest counts.
    """

    kinds: Collection[str]
    newest: dict[str, Any] = field(default_factory=dict)
    bound: dict[str, dict[str, list[Any]]] = field(default_factory=dict)

    def note(self, row: Mapping[str, Any]) -> None:
        """Take in one row: a room's change, or how a sealed record stands, or that it went."""
        kind, object_id = row["object_kind"], row["object_id"]
        if object_id is None or kind == KIND:
            return
        if row["digest"] is not None and not _is_id(object_id):
            # Somebody wrote it; its MAC says so.
            return
        if kind in self.kinds:
            if row["digest"] is not None:
                self.bound.setdefault(kind, {}).setdefault(object_id, []).append(row)
        elif row["digest"] is not None:
            self.newest[object_id] = row
        elif row.get("action") == DESTROYED:
            self.newest.pop(object_id, None)

    def records(self) -> dict[str, tuple[int | None, bytes]]:
        """By record: version and digest of its newest row."""
        return {one: (row["version"], bytes(row["digest"])) for one, row in self.newest.items()}

    def of_kind(self, kind: str) -> dict[str, list[bytes]]:
        """The digests of a bound kind by object, in the order of the trail."""
        return {
            one: [bytes(row["digest"]) for row in rows]
            for one, rows in self.bound.get(kind, {}).items()
        }

    def rows(self) -> list[Any]:
        """Everything that counts, in the order of the trail."""
        every = [row for of in self.bound.values() for rows in of.values() for row in rows]
        return sorted([*every, *self.newest.values()], key=lambda row: row["number"])


def lay(session: Session) -> None:
    """Lay the starting point of an empty trail; part of founding an installation."""
    session.execute(insert(TrailStartRow).values(id=1, **columns(UNTOUCHED)))


def read(session: Session, *, lock: bool = False) -> Start | None:
    """The starting point as it is stored; None where somebody took it away.

    Args:
        session: where the trail is.
        lock: nobody else moves it until this session is over.
    """
    wanted = select(TrailStartRow).where(TrailStartRow.id == 1)
    row = session.scalars(wanted.with_for_update() if lock else wanted).first()
    if row is None:
        return None
    return Start(
        row.number,
        bytes(row.mac),
        row.before,
        row.days,
        row.at,
        bytes(row.told),
        None if row.seal is None else bytes(row.seal),
    )


def sealed(vault: Vault, start: Start) -> Start:
    """The same starting point with its seal."""
    return replace(start, seal=vault.keyring.mac(PURPOSE, start.statement))


def carried(session: Session) -> Iterator[Any]:
    """What rows that went told, in the order of the trail."""
    after: int | None = None
    while True:
        wanted = select(*TrailToldRow.__table__.columns)
        if after is not None:
            wanted = wanted.where(TrailToldRow.number > after)
        rows = session.execute(wanted.order_by(TrailToldRow.number).limit(CHUNK)).mappings().all()
        if not rows:
            return
        yield from rows
        after = rows[-1]["number"]


def digest_of(rows: Iterable[Mapping[str, Any]]) -> bytes:
    """The SHA-256 of what is carried over.

    Args:
        rows: in the order of the trail.
    """
    found = hashlib.sha256()
    for row in rows:
        fields: list[Part] = [
            row["number"], row["object_kind"], row["object_id"], row["version"],
            bytes(row["digest"]),
        ]  # fmt: skip
        found.update(encode(*fields))
    return found.digest()


def problems(
    vault: Vault, start: Start, told: bytes, noted: int | None, witnessed: Mapping[int, datetime]
) -> Iterator[str]:
    """What does not hold of a starting point: codes of findings.

    Args:
        vault: its service keys.
        start: as it is stored.
        told: the SHA-256 of what is carried over, as it is stored.
        noted: the number of the row that the key store knows of.
        witnessed: when a witness outside was told that a row was the newest, by its number.

    Codes: `start-not-sealed` (nobody of the house wrote it), `told-differs` (what is carried over
    is not what was), `start-too-early` (rows went sooner than any rule lets them),
    `start-beyond-noted` (rows went that the key store does not know of), `start-against-witness`
    (rows are said to be old that were written after the witness was told of earlier ones).
    """
    if start.number == 0:
        if start != UNTOUCHED:
            yield "start-not-sealed"
        if told != NOTHING_TOLD:
            yield "told-differs"
        return
    if not vault.keyring.check_mac(PURPOSE, start.statement, start.seal or b""):
        yield "start-not-sealed"
    if told != start.told:
        yield "told-differs"
    if noted is None or noted < start.number:
        yield "start-beyond-noted"
    if start.before is None or start.at is None or start.days is None:
        yield "start-too-early"
        return
    if start.days < FEWEST_DAYS or start.before > start.at - timedelta(days=start.days):
        yield "start-too-early"
    if any(number < start.number and at > start.before + LATE for number, at in witnessed.items()):
        yield "start-against-witness"


def columns(start: Start) -> dict[str, Any]:
    """A starting point as its row keeps it."""
    return {
        "number": start.number, "mac": start.mac, "before": start.before, "days": start.days,
        "at": start.at, "told": start.told, "seal": start.seal,
    }  # fmt: skip


def _is_id(text: str) -> bool:
    try:
        UUID(text)
    except ValueError:
        return False
    return True


def _stamp(at: datetime | None) -> str | None:
    return None if at is None else at.astimezone(UTC).isoformat(timespec="microseconds")
