"""Long content of an envelope: sealed piece by piece, opened where somebody wants to hear it.

The envelope itself holds a small sealed note: how long the content is, in how many pieces, of
which sealing, and what its kind says of it. So a missing, doubled or foreign piece is found out,
and a place in the middle opens without what stands before it.
"""

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import delete, insert, select
from sqlalchemy.orm import Session

from weerbaar.accounts.envelope_opening import Opened
from weerbaar.accounts.models import EnvelopeChunkRow
from weerbaar.crypto import envelope
from weerbaar.crypto.envelope import Binding, DataKey
from weerbaar.crypto.errors import CannotOpen

# Long enough that few pieces tell little of the length, short enough for a jump to be quick.
PIECE = 256 * 1024


@dataclass(frozen=True, slots=True)
class Sealed:
    """The pieces of a long content, and the note about them, before it is sealed."""

    note: bytes = field(repr=False)
    pieces: list[bytes] = field(repr=False)


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


def seal(key: DataKey, binding: Binding, facts: dict[str, Any], content: Iterable[bytes]) -> Sealed:
    """Seal a long content.

    Args:
        key: of the record.
        binding: its place.
        facts: what its kind says of it; sealed in the note.
        content: in pieces of any size.
    """
    size = 0

    def counted() -> Iterator[bytes]:
        nonlocal size
        for piece in _even(content):
            size += len(piece)
            yield piece

    pieces = list(key.seal_chunks(counted(), binding))
    note = {
        "v": 1,
        "size": size,
        "piece": PIECE,
        "count": len(pieces),
        "stream": envelope.stream_of(pieces[0]).hex(),
        "facts": facts,
    }
    return Sealed(json.dumps(note).encode(), pieces)


def _even(content: Iterable[bytes]) -> Iterator[bytes]:
    waiting = bytearray()
    for some in content:
        waiting += some
        while len(waiting) >= PIECE:
            yield bytes(waiting[:PIECE])
            del waiting[:PIECE]
    if waiting:
        yield bytes(waiting)


def store(session: Session, binding: Binding, sealed: Sealed) -> None:
    """Put the pieces of a record where its envelope is; those that stood there go."""
    record_id = binding.record_id
    session.execute(delete(EnvelopeChunkRow).where(EnvelopeChunkRow.record_id == record_id))
    session.execute(
        insert(EnvelopeChunkRow),
        [
            {"record_id": record_id, "number": number, "content": piece}
            for number, piece in enumerate(sealed.pieces)
        ],
    )


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
