"""The envelope: content under a data key that two locks make, and the reader halves of it.

Data key = HKDF-SHA256(reader half || destruction secret; salt = record id; info = format, kind,
part, epoch). Each version of the content is sealed under a key of its own, expanded from the data
key (see `frame`). Without both locks nothing opens, and nothing that opens can be made.
"""

import hmac
import secrets
from collections.abc import Iterable, Iterator
from struct import Struct
from typing import NamedTuple
from uuid import UUID

from weerbaar.crypto import frame
from weerbaar.crypto.encoding import encode
from weerbaar.crypto.errors import CannotOpen
from weerbaar.crypto.frame import Suite, mark
from weerbaar.crypto.padding import Room, pad, unpad
from weerbaar.crypto.recipients import PrivateKey, PublicKey, open_sealed, seal_to

HALF_SIZE = 32
SECRET_SIZE = 32
STREAM_SIZE = 16

_CONTENT = mark(Suite.CONTENT)
_CHUNK = mark(Suite.CHUNK)
_REWRAPPED = mark(Suite.REWRAPPED_HALF)
_DATA_KEY = b"weerbaar data key" + bytes((frame.FORMAT,))

# Lengths first, then what always has the same size, then the texts: no two places look alike.
_PLACE = Struct(">II16sqq")
_KEY_PLACE = Struct(">II16sq")


class Binding(NamedTuple):
    """The place of a ciphertext: fixed label of its kind, record, part, epoch and version."""

    kind: str
    record_id: UUID
    part: str
    epoch: int
    version: int

    def place(self) -> bytes:
        """All of it."""
        kind, part = self.kind.encode(), self.part.encode()
        record = self.record_id.bytes
        lead = _PLACE.pack(len(kind), len(part), record, self.epoch, self.version)
        return lead + kind + part

    def key_place(self) -> bytes:
        """What a data key and its halves are bound to: all versions of one epoch share them."""
        kind, part = self.kind.encode(), self.part.encode()
        return _KEY_PLACE.pack(len(kind), len(part), self.record_id.bytes, self.epoch) + kind + part


class Row:
    """Opens many records of one kind and part whose halves were re-wrapped before.

    It does what `open_rewrapped`, `data_key` and `DataKey.open` do one after the other, and is
    proved to: a search comes here for every case, so nothing is made twice.

    Args:
        kind: the fixed label of the kind.
        part: the fixed label of the part.
    """

    __slots__ = ("_kind", "_labels", "_part")

    def __init__(self, kind: str, part: str) -> None:
        self._kind, self._part = len(kind.encode()), len(part.encode())
        self._labels = kind.encode() + part.encode()

    def open(
        self,
        own_key: bytes,
        rewrapped: bytes,
        secret: bytes,
        content: bytes,
        place: tuple[bytes, int, int],
    ) -> bytes:
        """The content of one record.

        Args:
            own_key: the reader's own symmetric key.
            rewrapped: the re-wrapped half.
            secret: the destruction secret, 32 bytes.
            content: the ciphertext.
            place: the record's id as 16 bytes, its epoch, its version.

        Raises:
            CannotOpen: another key or place, or changed.
        """
        record, epoch, version = place
        kind, part, labels = self._kind, self._part, self._labels
        key_place = _KEY_PLACE.pack(kind, part, record, epoch) + labels
        half = frame.disclose(own_key, _REWRAPPED, key_place, rewrapped)
        if len(half) != HALF_SIZE or len(secret) != SECRET_SIZE:
            raise CannotOpen
        root = frame.derive(half + secret, info=_DATA_KEY + key_place, salt=record)
        whole = _PLACE.pack(kind, part, record, epoch, version) + labels
        return unpad(frame.disclose(root, _CONTENT, whole, content))


def new_half() -> bytes:
    """A random reader half."""
    return secrets.token_bytes(HALF_SIZE)


def data_key(half: bytes, secret: bytes, binding: Binding) -> "DataKey":
    """The data key of a record and epoch.

    Args:
        half: the reader half, 32 bytes.
        secret: the destruction secret, 32 bytes.
        binding: the place; its version does not matter here.

    Raises:
        CannotOpen: one of the halves has a wrong size.
    """
    if len(half) != HALF_SIZE or len(secret) != SECRET_SIZE:
        raise CannotOpen
    salt, info = binding.record_id.bytes, _DATA_KEY + binding.key_place()
    return DataKey(frame.derive(half + secret, info=info, salt=salt))


class DataKey:
    """Seals and opens the contents of one record in one epoch."""

    __slots__ = ("_root",)

    def __init__(self, root: bytes) -> None:
        self._root = root

    def __repr__(self) -> str:
        return "<DataKey>"

    def seal(self, plaintext: bytes, binding: Binding) -> bytes:
        """Seal the content of one version, padded."""
        return frame.close(self._root, _CONTENT, binding.place(), pad(plaintext))

    def open(self, ciphertext: bytes, binding: Binding) -> bytes:
        """Open the content of one version.

        Raises:
            CannotOpen: another key, another place, or changed.
        """
        return unpad(frame.disclose(self._root, _CONTENT, binding.place(), ciphertext))

    def seal_chunks(self, chunks: Iterable[bytes], binding: Binding) -> Iterator[bytes]:
        """Seal a long content piece by piece, each padded; at least one piece comes out.

        A piece is: format, suite, key id, stream, ciphertext. The stream is random and makes the
        key, so that pieces of two sealings never fit together; the nonce is the piece's number and
        whether it is the last (the STREAM construction: Hoang, Reyhanitabar, Rogaway, Vizár 2015).

        Args:
            chunks: the content, in pieces of the caller's choice.
            binding: the place.
        """
        stream = _Stream(self._root, binding, frame.fresh(STREAM_SIZE))
        for number, last, chunk in _numbered(chunks):
            yield stream.seal(chunk, number, last=last)

    def sealing(self, binding: Binding) -> "Sealing":
        """Begin a long content whose pieces are at hand one at a time; see `seal_chunks`.

        Args:
            binding: the place.
        """
        return Sealing(_Stream(self._root, binding, frame.fresh(STREAM_SIZE)))

    def open_chunks(self, sealed: Iterable[bytes], binding: Binding) -> Iterator[bytes]:
        """Open the pieces in order; whoever uses them must wait for the end to trust the whole.

        Raises:
            CannotOpen: a piece is changed, missing, doubled, out of order or of another sealing.
        """
        stream: _Stream | None = None
        for number, last, piece in _numbered(sealed):
            if stream is None:
                stream = _Stream(self._root, binding, _Stream.name_in(piece))
            yield stream.open(piece, number, last=last)

    def open_chunk(
        self, piece: bytes, number: int, binding: Binding, *, stream: bytes, last: bool
    ) -> bytes:
        """Open one piece at its place, without those before it.

        Whoever asks knows from a sealed place which sealing it is and how many pieces it has.

        Args:
            piece: as it was sealed.
            number: its place, from 0.
            binding: the place of the record.
            stream: which sealing it must be of; see `stream_of`.
            last: whether it must be the last one.

        Raises:
            CannotOpen: it is changed, of another place or of another sealing.
        """
        return _Stream(self._root, binding, stream).open(piece, number, last=last)


def stream_of(piece: bytes) -> bytes:
    """Which sealing a piece is of: the random name that all its pieces carry."""
    return _Stream.name_in(piece)


class _Stream:
    """One sealing of a long content."""

    __slots__ = ("_cipher", "_head", "_place", "name")
    _NAMED = len(_CHUNK) + frame.KEY_ID_SIZE

    def __init__(self, root: bytes, binding: Binding, name: bytes) -> None:
        self.name = name
        self._place = binding.place() + name
        head, self._cipher = frame.key_for(root, _CHUNK, self._place)
        self._head = head + name

    @classmethod
    def name_in(cls, piece: bytes) -> bytes:
        return piece[cls._NAMED : cls._NAMED + STREAM_SIZE]

    def seal(self, chunk: bytes, number: int, *, last: bool) -> bytes:
        return bytes(self.seal_padded(pad(chunk), number, last=last))

    def seal_padded(self, padded: bytes | memoryview, number: int, *, last: bool) -> bytearray:
        # Written where it stays: a long content is never in memory more often than it must.
        start = len(self._head)
        sealed = bytearray(start + len(padded) + frame.TAG_SIZE)
        sealed[:start] = self._head
        nonce, associated = _chunk_nonce(number, last=last), self._head + self._place
        self._cipher.encrypt_into(nonce, padded, associated, memoryview(sealed)[start:])
        return sealed

    def open(self, piece: bytes, number: int, *, last: bool) -> bytes:
        start = len(self._head)
        if not hmac.compare_digest(piece[:start], self._head):
            raise CannotOpen
        nonce = _chunk_nonce(number, last=last)
        return unpad(frame.decrypt(self._cipher, nonce, piece[start:], self._head + self._place))


class Sealing:
    """One long content being sealed, piece after piece; whoever stores them keeps their order."""

    __slots__ = ("_stream", "count")

    def __init__(self, stream: _Stream) -> None:
        self._stream = stream
        self.count = 0

    @property
    def stream(self) -> bytes:
        """The random name of this sealing."""
        return self._stream.name

    def seal(self, room: Room, *, last: bool) -> bytearray:
        """Seal the next piece.

        Args:
            room: its plaintext.
            last: whether no other follows.
        """
        sealed = self._stream.seal_padded(room.padded(), self.count, last=last)
        self.count += 1
        return sealed


def _chunk_nonce(number: int, *, last: bool) -> bytes:
    return number.to_bytes(frame.NONCE_SIZE - 1, "big") + bytes((last,))


def _numbered(pieces: Iterable[bytes]) -> Iterator[tuple[int, bool, bytes]]:
    """Each piece with its number and whether it is the last; an empty one where there is none."""
    number, waiting = 0, None
    for piece in pieces:
        if waiting is not None:
            yield number, False, waiting
            number += 1
        waiting = piece
    yield number, True, waiting or b""


def seal_half(public: PublicKey, half: bytes, binding: Binding, recipient: bytes) -> bytes:
    """Seal a reader half to a recipient.

    Args:
        public: the recipient's key.
        half: the reader half.
        binding: the place of the record; its version does not matter.
        recipient: who it is sealed to, as bytes (kind, id, key epoch); bound too.
    """
    return seal_to(public, half, _half_place(binding, recipient))


def open_half(private: PrivateKey, sealed: bytes, binding: Binding, recipient: bytes) -> bytes:
    """Open a reader half.

    Raises:
        CannotOpen: another key, place or recipient, or changed.
    """
    return _half(open_sealed(private, sealed, _half_place(binding, recipient)))


def _half_place(binding: Binding, recipient: bytes) -> bytes:
    return encode("weerbaar reader half", binding.key_place(), recipient)


def rewrap_half(own_key: bytes, half: bytes, binding: Binding) -> bytes:
    """A reader half under the reader's own symmetric key: later openings cost microseconds.

    Args:
        own_key: 32 pseudorandom bytes that only the reader has.
        half: the reader half.
        binding: the place of the record; its version does not matter.
    """
    return frame.close(own_key, _REWRAPPED, binding.key_place(), half)


def open_rewrapped(own_key: bytes, rewrapped: bytes, binding: Binding) -> bytes:
    """Open a re-wrapped half.

    Raises:
        CannotOpen: another key or place, or changed.
    """
    return _half(frame.disclose(own_key, _REWRAPPED, binding.key_place(), rewrapped))


def _half(half: bytes) -> bytes:
    if len(half) != HALF_SIZE:
        raise CannotOpen
    return half
