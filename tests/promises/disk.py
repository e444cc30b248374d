"""Whoever has the whole disk: database, key store and service keys, and what can be made of them.

Everything stored is raw material; whatever opens gives more material, until nothing new opens.
"""

import base64
import hashlib
import hmac
import json
from collections.abc import Callable, Collection, Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from sqlalchemy import MetaData, Table, create_engine, select

from weerbaar.accounts import keystore_tables
from weerbaar.accounts.keys import Pair, group_binding
from weerbaar.accounts.recipients import Group, Person, label
from weerbaar.config.database import Model
from weerbaar.config.settings import Settings
from weerbaar.crypto import envelope, held, wrapping
from weerbaar.crypto.envelope import Binding
from weerbaar.crypto.errors import CannotOpen
from weerbaar.crypto.keyring import Keyring
from weerbaar.crypto.recipients import PrivateKey
from weerbaar.web import app as _every_room  # noqa: F401 - every table of the house is known now

Row = dict[str, Any]
Tables = dict[str, list[Row]]
HELD = "call-back:{}:official"


@dataclass(repr=False)
class Disk:
    """All rows of both databases, and the service keys."""

    database: Tables
    keystore: Tables
    keyring: Keyring
    keyring_text: str

    def secret(self, secret_id: UUID | None) -> bytes:
        """The second lock of something; nothing where it was destroyed."""
        return next(
            (row["value"] for row in self.keystore["secret"] if row["id"] == secret_id), b""
        )

    def values(self, *, keystore: bool = True) -> Iterator[bytes]:
        """Every value that stands somewhere, as bytes."""
        for tables in (self.database, self.keystore) if keystore else (self.database,):
            for rows in tables.values():
                for row in rows:
                    for value in row.values():
                        if isinstance(value, bytes):
                            yield value
                        elif isinstance(value, UUID):
                            yield value.bytes
                        elif isinstance(value, str):
                            yield value.encode()


def read_disk(settings: Settings) -> Disk:
    """The disk as it stands now."""
    return Disk(
        _read(settings.database_url.get_secret_value(), Model.metadata),
        _read(settings.keystore_url.get_secret_value(), keystore_tables.METADATA),
        Keyring.load(settings.service_keys_file),
        settings.service_keys_file.read_text(),
    )


def _read(url: str, metadata: MetaData) -> Tables:
    engine = create_engine(url)
    try:
        with engine.connect() as connection:
            return {
                table.name: [_plain(table, row) for row in connection.execute(select(table))]
                for table in metadata.sorted_tables
            }
    finally:
        engine.dispose()


def _plain(table: Table, row: Any) -> Row:
    return {
        column.name: bytes(value) if isinstance(value, memoryview) else value
        for column, value in zip(table.columns, row, strict=True)
    }


# ---- material ----------------------------------------------------------------------------

KEY, SHORT_KEY = 32, 16
PURPOSES = (
    "person-mail", "person-name", "person-phone", "person-totp", "mail-index", "public-key",
    "installation", "throttle", "csrf-before-sign-in", "trail", "session", "private-key",
    "passkey-label", "passkey", "passkey-challenge", "session-device",
)  # fmt: skip


def material(disk: Disk, *, keystore: bool = True, keyring: bool = True) -> set[bytes]:
    """Everything of the size of a key that the disk gives, alone and stretched to that size."""
    found = {bytes(KEY)}
    for value in disk.values(keystore=keystore):
        found |= {value[:KEY], value[-KEY:]} if len(value) >= KEY else {value.ljust(KEY, b"\0")}
        found |= {value} if len(value) == SHORT_KEY else set()
        found.add(hashlib.sha256(value).digest())
    # Nothing lies under these second locks yet: they are tried as they are.
    for row in disk.keystore["secret"] if keystore else ():
        if not row["taken"]:
            plain = row["id"].bytes
            found -= {plain, plain.ljust(KEY, b"\0"), hashlib.sha256(plain).digest()}
            found.discard(hashlib.sha256(row["value"]).digest())
    if keyring:
        loaded = json.loads(disk.keyring_text)
        for one in (loaded["current"], *loaded["previous"]):
            raw = base64.b64decode(one["key"])
            found |= {raw, hashlib.sha256(raw).digest()}
        for purpose in PURPOSES:
            key = disk.keyring.subkey(purpose)
            found |= {key, disk.keyring.index(purpose, ""), disk.keyring.mac(purpose, b"")[-KEY:]}
            found |= {
                hmac.digest(key, row["id"].bytes, hashlib.sha256) for row in disk.database["person"]
            }
    return found


# ---- opening -----------------------------------------------------------------------------


@dataclass(repr=False)
class Opened:
    """What opened, by its place: content in the clear, and keys that came out."""

    contents: dict[str, bytes] = field(default_factory=dict)
    keys: dict[str, PrivateKey] = field(default_factory=dict)
    tried: int = 0


def open_all(disk: Disk, known: set[bytes], *, locks: set[bytes] | None = None) -> Opened:
    """Open whatever these keys open, and whatever that opens.

    Args:
        disk: what was found.
        known: everything that may be a key.
        locks: what is tried as every second lock; the right ones of the key store without.
    """
    attempt = _Attempt(disk, known, locks)
    while attempt.round():
        pass
    return attempt.opened


def open_held(disk: Disk, known: set[bytes]) -> dict[str, bytes]:
    """Numbers that are held for a call-back, as `open_all` opens them."""
    attempt = _Attempt(disk, known, None)
    attempt.held(known)
    return attempt.opened.contents


class _Attempt:
    def __init__(self, disk: Disk, known: set[bytes], locks: set[bytes] | None) -> None:
        self.disk, self.opened, self._locked_by = disk, Opened(), locks
        self.known, self.fresh = set(known), set(known)
        self._places = {
            row["id"]: Binding(row["kind"], row["id"], row["part"], row["epoch"], row["version"])
            for row in disk.database["envelope"]
        }

    def round(self) -> bool:
        """One pass with the keys that are new; whether it gave more."""
        fresh, self.fresh = self.fresh, set()
        self._private(fresh)
        self._wrappings(fresh)
        self._groups(fresh)
        self._rewrapped(fresh)
        self._envelopes(fresh)
        self._sessions(fresh)
        self.held(fresh)
        return bool(self.fresh)

    def _learn(self, *keys: bytes) -> None:
        self.fresh |= {key for key in keys if key not in self.known}
        self.known |= set(keys)

    def _locks(self, secret_id: UUID | None) -> Collection[bytes]:
        return [self.disk.secret(secret_id)] if self._locked_by is None else self._locked_by

    def _try(self, act: Callable[[], Any]) -> Any:
        self.opened.tried += 1
        with suppress(CannotOpen):
            return act()
        return None

    def _private(self, fresh: set[bytes]) -> None:
        """Is any of them the seed of a key pair? Then every half sealed to it opens."""
        publics = {
            row["public"]: (
                f"{table} {row.get('person_id') or row['group_name']} {row['epoch']}",
                row,
            )
            for table in ("person_key", "group_key")
            for row in self.disk.database[table]
        }
        for seed in fresh:
            private = self._try(lambda seed=seed: PrivateKey.from_seed(seed))
            if private is not None and private.public.raw in publics:
                place, row = publics[private.public.raw]
                self.opened.keys[place] = private
                self._learn(Pair.of(private).symmetric)
                self._halves(private, row)

    def _halves(self, private: PrivateKey, key: Row) -> None:
        mine = Person(key["person_id"]) if "person_id" in key else Group(key["group_name"])
        own = label(mine, key["epoch"])
        for row in self.disk.database["envelope_reader"]:
            binding = self._places[row["record_id"]]
            half = self._try(
                lambda row=row, b=binding: envelope.open_half(private, row["sealed_half"], b, own)
            )
            if half is not None:
                self._learn(half)
        for row in self.disk.database["group_half"]:
            binding = group_binding(row["group_name"], row["epoch"], row["person_id"])
            half = self._try(
                lambda row=row, b=binding: envelope.open_half(private, row["sealed_half"], b, own)
            )
            if half is not None:
                self._learn(half)

    def _wrappings(self, fresh: set[bytes]) -> None:
        for row in self.disk.database["key_wrapping"]:
            binding = Binding("private-key", row["id"], row["kind"], row["epoch"], 1)
            self._unwrap(f"key_wrapping {row['kind']} {row['person_id']}", row, binding, fresh)

    def _groups(self, fresh: set[bytes]) -> None:
        for row in self.disk.database["group_half"]:
            binding = group_binding(row["group_name"], row["epoch"], row["person_id"])
            self._unwrap(f"group_half {row['group_name']} {row['person_id']}", row, binding, fresh)

    def _unwrap(self, place: str, row: Row, binding: Binding, fresh: set[bytes]) -> None:
        for lock in self._locks(row["secret_id"]):
            for what in fresh:
                private = self._try(
                    lambda w=what, s=lock: wrapping.unwrap_private(row["wrapped"], w, s, binding)
                )
                if private is not None:
                    self.opened.keys[place] = private
                    self._learn(private.seed)

    def _rewrapped(self, fresh: set[bytes]) -> None:
        for row in self.disk.database["envelope_reader"]:
            if row["rewrapped_half"] is None:
                continue
            binding = self._places[row["record_id"]]
            for key in fresh:
                half = self._try(
                    lambda k=key, r=row, b=binding: envelope.open_rewrapped(
                        k, r["rewrapped_half"], b
                    )
                )
                if half is not None:
                    self._learn(half)

    def _envelopes(self, fresh: set[bytes]) -> None:
        for row in self.disk.database["envelope"]:
            binding = self._places[row["id"]]
            for lock in self._locks(row["secret_id"]):
                for half in fresh:
                    plain = self._try(
                        lambda h=half, s=lock, r=row, b=binding: envelope.data_key(h, s, b).open(
                            r["content"], b
                        )
                    )
                    if plain is not None:
                        self.opened.contents[f"{row['kind']} {row['id']}"] = plain

    def _sessions(self, fresh: set[bytes]) -> None:
        from weerbaar.accounts.sessions import _open as open_row

        for row in self.disk.database["session"]:
            for lock in self._locks(row["secret_id"]):
                for key in fresh:
                    contents = self._try(
                        lambda k=key, s=lock, r=row: open_row(r["sealed"], r["id"], k, s)
                    )
                    if contents is not None:
                        self.opened.contents[f"session {row['person_id']}"] = contents.to_bytes()

    def held(self, fresh: set[bytes]) -> None:
        texts = {row["token"].encode() for row in self.disk.database["call_back"]}
        for row in self.disk.database["call_back"]:
            if row["held"] is None:
                continue
            binding = HELD.format(row["id"]).encode()
            for lock in self._locks(row["held_secret_id"]):
                for token in fresh | texts:
                    plain = self._try(
                        lambda t=token, s=lock, r=row, b=binding: held.reveal(t, s, r["held"], b)
                    )
                    if plain is not None:
                        self.opened.contents[f"held {row['id']}"] = plain
