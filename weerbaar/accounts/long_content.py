"""Long content of an envelope: sealed piece by piece, opened where somebody wants to hear it.

The envelope itself holds a small sealed note: how long the content is, in how many pieces, of
which sealing, and what its kind says of it. So a missing, doubled or foreign piece is found out,
and a place in the middle opens without what stands before it.
"""

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from typing import Any
from uuid import UUID

from sqlalchemy import delete, insert, select
from sqlalchemy.orm import Session

from weerbaar.accounts.envelope_opening import Opened
from weerbaar.accounts.models import EnvelopeChunkRow
from weerbaar.config.database import Database
from weerbaar.crypto import envelope
from weerbaar.crypto.envelope import Binding, DataKey
from weerbaar.crypto.errors import CannotOpen
from weerbaar.crypto.padding import Room

# Long enough that few pieces tell little of the length, short enough for a jump to be quick.
PIECE = 256 * 1024
Put = Callable[[int, bytes | bytearray], None]

_NEW_PIECE = insert(EnvelopeChunkRow)


@dataclass(frozen=True, slots=True)
class LongContent:
    """A long content that its reader may open.

    Args:
        facts: what its kind says of it, such as how many seconds it takes.
        size: bytes.
    """

    facts: dict[str, Any] = field(repr=False)
    size: int
    _piece: int
    _count: int
    _stream: bytes = field(repr=False)
    _key: DataKey = field(repr=False)
    _binding: Binding
    _session: Session = field(repr=False)

    def read(self, start: int = 0, stop: int | None = None) -> Iterator[bytes]:
        """The bytes from a place up to another, piece by piece.

        The sealed pieces are fetched at once and opened one by one: whoever listens slowly holds
        no connection to the database.

        Args:
            start: the first byte.
            stop: the byte after the last; the end without.

        Raises:
            CannotOpen: a piece is missing or was changed.
        """
        stop = self.size if stop is None else min(stop, self.size)
        if start >= stop:
            return iter(())
        first, last = start // self._piece, (stop - 1) // self._piece
        rows = self._session.execute(
            select(EnvelopeChunkRow.number, EnvelopeChunkRow.content)
            .where(
                EnvelopeChunkRow.record_id == self._binding.record_id,
                EnvelopeChunkRow.number.between(first, last),
            )
            .order_by(EnvelopeChunkRow.number)
        ).all()
        return self._open({row.number: row.content for row in rows}, start, stop)

    def flow(self, database: Database, start: int = 0, stop: int | None = None) -> Iterator[bytes]:
        """The same as `read`, for what is too long to be in memory whole.

        The sealed pieces are fetched one at a time, each in a session of its own: the
        session that opened the record must be over before the first byte is asked for.

        Args:
            database: where the pieces are.
            start: the first byte.
            stop: the byte after the last; the end without.

        Raises:
            CannotOpen: a piece is missing or was changed, or the record is gone by now.
        """
        stop = self.size if stop is None else min(stop, self.size)
        while start < stop:
            until = min(stop, (start // self._piece + 1) * self._piece)
            with database.session() as session:
                pieces = replace(self, _session=session).read(start, until)
            yield from pieces
            start = until

    def each(self) -> Iterator[bytes]:
        """All of it within the session that opened it, one piece at a time."""
        for start in range(0, self.size, self._piece):
            yield from self.read(start, start + self._piece)

    def _open(self, pieces: dict[int, bytes], start: int, stop: int) -> Iterator[bytes]:
        for number in range(start // self._piece, (stop - 1) // self._piece + 1):
            if number not in pieces:
                raise CannotOpen
            opened = self._key.open_chunk(
                pieces.pop(number), number, self._binding,
                stream=self._stream, last=number == self._count - 1,
            )  # fmt: skip
            begin = number * self._piece
            yield opened[max(0, start - begin) : stop - begin]


class Inflow:
    """A long content on its way in: sealed as it comes; no more than one piece is held here.

    Args:
        key: of the record.
        binding: its place.
        put: stores a sealed piece under its number.
    """

    def __init__(self, key: DataKey, binding: Binding, put: Put) -> None:
        self._sealing = key.sealing(binding)
        self._put = put
        self._room: Room | None = None
        self.size = 0

    def add(self, some: bytes) -> None:
        """Take in the next bytes; a full piece is sealed when it is known that more follows."""
        left = memoryview(some)
        self.size += len(left)
        while left:
            if self._room is not None and self._room.is_full:
                self._seal(last=False)
            if self._room is None:
                self._room = Room(PIECE)
            left = self._room.take(left)

    def finish(self, facts: dict[str, Any], put: Put | None = None) -> bytes:
        """Seal the last piece; gives the note about all of them, before it is sealed.

        Args:
            facts: what the kind of the content says of it; sealed in the note.
            put: stores the last piece, where it goes another way than those before it.
        """
        self._put = put or self._put
        self._seal(last=True)
        note = {
            "v": 1,
            "size": self.size,
            "piece": PIECE,
            "count": self._sealing.count,
            "stream": self._sealing.stream.hex(),
            "facts": facts,
        }
        return json.dumps(note, ensure_ascii=False).encode()

    def _seal(self, *, last: bool) -> None:
        number = self._sealing.count
        sealed = self._sealing.seal(self._room or Room(0), last=last)
        # Let go before the driver makes its own copy of the sealed piece.
        self._room = None
        self._put(number, sealed)


def put_in(session: Session, record_id: UUID) -> Put:
    """What stores the pieces of a record where its envelope is; one that stood there goes."""

    def put(number: int, piece: bytes | bytearray) -> None:
        here = EnvelopeChunkRow.record_id == record_id, EnvelopeChunkRow.number == number
        session.execute(delete(EnvelopeChunkRow).where(*here))
        session.execute(_NEW_PIECE, {"record_id": record_id, "number": number, "content": piece})

    return put


def renew(session: Session, old: LongContent, key: DataKey, binding: Binding) -> bytes:
    """Seal a long content anew, piece by piece in its place; gives the note about it.

    Args:
        session: where the pieces are.
        old: the content as it was.
        key: the new key of the record.
        binding: its new place.
    """
    inflow = Inflow(key, binding, put_in(session, binding.record_id))
    for some in old.each():
        # A piece goes in its place one behind the one that was read.
        inflow.add(some)
    return inflow.finish(old.facts)


def is_long(session: Session, opened: Opened) -> bool:
    """Whether a record has pieces."""
    wanted = select(EnvelopeChunkRow.number).where(EnvelopeChunkRow.record_id == opened.record_id)
    return session.execute(wanted.limit(1)).first() is not None


def of(session: Session, opened: Opened) -> LongContent:
    """The long content of an opened record.

    Raises:
        CannotOpen: the note does not open, or is none.
    """
    try:
        note = json.loads(opened.plaintext())
        return LongContent(
            facts=note["facts"],
            size=note["size"],
            _piece=note["piece"],
            _count=note["count"],
            _stream=bytes.fromhex(note["stream"]),
            _key=envelope.data_key(opened.half, opened.secret, opened.binding),
            _binding=opened.binding,
            _session=session,
        )
    except (ValueError, KeyError, TypeError):
        raise CannotOpen from None
