"""The envelope: content under a data key that two locks make, and the reader halves of it.

Data key = HKDF-SHA256(reader half || destruction secret; salt = record id; info = format, kind,
part, epoch). Each version is sealed under a key of its own, expanded from the data key with the
version in the info, so that a nonce can never meet the same key with two contents of a record.
"""

import hashlib
import hmac
import secrets
from collections.abc import Iterable, Iterator
from typing import NamedTuple
from uuid import UUID

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from weerbaar.crypto.encoding import encode
from weerbaar.crypto.errors import CannotOpen
from weerbaar.crypto.padding import pad, unpad
from weerbaar.crypto.recipients import PrivateKey, PublicKey, open_sealed, seal_to

FORMAT = 1
SUITE = 1  # AES-256-GCM
HALF_SIZE = 32
SECRET_SIZE = 32
KEY_ID_SIZE = 8
NONCE_SIZE = 12
_HEADER = 2 + KEY_ID_SIZE
_CONTENT = bytes((FORMAT, SUITE))
_REWRAPPED = bytes((FORMAT, SUITE))


class Binding(NamedTuple):
    """The place of a ciphertext: fixed label of its kind, record, part, epoch and version."""

    kind: str
    record_id: UUID
    part: str
    epoch: int
    version: int

    def place(self) -> bytes:
        """All of it."""
        return encode(FORMAT, self.kind, self.record_id, self.part, self.epoch, self.version)

    def key_place(self) -> bytes:
        """What a data key and its halves are bound to: all versions of one epoch share them."""
        return encode(FORMAT, self.kind, self.record_id, self.part, self.epoch)


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
    derived = HKDF(
        hashes.SHA256(),
        length=32,
        salt=binding.record_id.bytes,
        info=encode("weerbaar data key", binding.key_place()),
    ).derive(half + secret)
    return DataKey(derived)


class DataKey:
    """Seals and opens the contents of one record in one epoch."""

    __slots__ = ("_key",)

    def __init__(self, key: bytes) -> None:
        self._key = key

    def __repr__(self) -> str:
        return "<DataKey>"

    def _of_version(self, binding: Binding) -> tuple[bytes, AESGCM]:
        # HMAC-SHA256 of a pseudorandom key is HKDF-Expand's first block (RFC 5869, 2.3).
        place = binding.place()
        key = hmac.digest(self._key, place + b"\x01", hashlib.sha256)
        key_id = hmac.digest(self._key, b"weerbaar key id" + place + b"\x02", hashlib.sha256)
        return key_id[:KEY_ID_SIZE], AESGCM(key)

    def seal(self, plaintext: bytes, binding: Binding) -> bytes:
        """Seal the content of one version, padded."""
        return self._seal(plaintext, binding, secrets.token_bytes(NONCE_SIZE))

    def _seal(self, plaintext: bytes, binding: Binding, nonce: bytes) -> bytes:
        key_id, cipher = self._of_version(binding)
        head = _CONTENT + key_id
        return head + nonce + cipher.encrypt(nonce, pad(plaintext), head + binding.place())

    def open(self, ciphertext: bytes, binding: Binding) -> bytes:
        """Open the content of one version.

        Raises:
            CannotOpen: another key, another place, or changed.
        """
        key_id, cipher = self._of_version(binding)
        head = ciphertext[:_HEADER]
        if head != _CONTENT + key_id:
            raise CannotOpen
        nonce = ciphertext[_HEADER : _HEADER + NONCE_SIZE]
        try:
            padded = cipher.decrypt(
                nonce, ciphertext[_HEADER + NONCE_SIZE :], head + binding.place()
            )
        except (InvalidTag, ValueError):
            raise CannotOpen from None
        return unpad(padded)

    def seal_chunks(self, chunks: Iterable[bytes], binding: Binding) -> Iterator[bytes]:
        """Seal a long content piece by piece; each carries its number, the last one its mark."""
        waiting: bytes | None = None
        number = 0
        for chunk in chunks:
            if waiting is not None:
                yield self._chunk(waiting, binding, number, last=False)
                number += 1
            waiting = chunk
        yield self._chunk(waiting or b"", binding, number, last=True)

    def _chunk(self, chunk: bytes, binding: Binding, number: int, *, last: bool) -> bytes:
        key_id, cipher = self._of_version(binding)
        head = _CONTENT + key_id
        nonce = secrets.token_bytes(NONCE_SIZE)
        place = head + binding.place() + encode("chunk", number, int(last))
        return head + nonce + cipher.encrypt(nonce, pad(chunk), place)

    def open_chunks(self, sealed: Iterable[bytes], binding: Binding) -> Iterator[bytes]:
        """Open the pieces in order; whoever uses them must wait for the end to trust the whole.

        Raises:
            CannotOpen: a piece is changed, missing, doubled or out of order.
        """
        waiting: bytes | None = None
        number = 0
        for piece in sealed:
            if waiting is not None:
                yield self._open_chunk(waiting, binding, number, last=False)
                number += 1
            waiting = piece
        if waiting is None:
            raise CannotOpen
        yield self._open_chunk(waiting, binding, number, last=True)

    def _open_chunk(self, piece: bytes, binding: Binding, number: int, *, last: bool) -> bytes:
        key_id, cipher = self._of_version(binding)
        head = piece[:_HEADER]
        if head != _CONTENT + key_id:
            raise CannotOpen
        place = head + binding.place() + encode("chunk", number, int(last))
        try:
            padded = cipher.decrypt(
                piece[_HEADER : _HEADER + NONCE_SIZE], piece[_HEADER + NONCE_SIZE :], place
            )
        except (InvalidTag, ValueError):
            raise CannotOpen from None
        return unpad(padded)


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
    half = open_sealed(private, sealed, _half_place(binding, recipient))
    if len(half) != HALF_SIZE:
        raise CannotOpen
    return half


def _half_place(binding: Binding, recipient: bytes) -> bytes:
    return encode("weerbaar reader half", binding.key_place(), recipient)


def rewrap_half(own_key: bytes, half: bytes, binding: Binding) -> bytes:
    """A reader half under the reader's own symmetric key: later openings cost microseconds.

    Args:
        own_key: 32 bytes that only the reader has.
        half: the reader half.
        binding: the place of the record.
    """
    nonce = secrets.token_bytes(NONCE_SIZE)
    place = encode("weerbaar rewrapped half", binding.key_place())
    return _REWRAPPED + nonce + AESGCM(own_key).encrypt(nonce, half, _REWRAPPED + place)


def open_rewrapped(own_key: bytes, rewrapped: bytes, binding: Binding) -> bytes:
    """Open a re-wrapped half.

    Raises:
        CannotOpen: another key or place, or changed.
    """
    head = rewrapped[:2]
    if head != _REWRAPPED:
        raise CannotOpen
    place = encode("weerbaar rewrapped half", binding.key_place())
    try:
        half = AESGCM(own_key).decrypt(
            rewrapped[2 : 2 + NONCE_SIZE], rewrapped[2 + NONCE_SIZE :], head + place
        )
    except (InvalidTag, ValueError):
        raise CannotOpen from None
    if len(half) != HALF_SIZE:
        raise CannotOpen
    return half
