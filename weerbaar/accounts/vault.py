"""What sealing needs at hand: key store, service keyring, and which public keys are trusted."""

import time
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from weerbaar.accounts import held
from weerbaar.accounts.keystore import KeyStore, KeyStoreGone, Pin
from weerbaar.accounts.models import GroupKeyRow, PersonKeyRow
from weerbaar.accounts.recipients import Group, Person, Recipient, label
from weerbaar.config.database import Database
from weerbaar.crypto.keyring import Keyring
from weerbaar.crypto.recipients import PublicKey
from weerbaar.crypto.wrapping import STRONG, Profile

MAC_PURPOSE = "public-key"
ANNOUNCED = "announced pins"


class KeyNotTrusted(Exception):
    """A public key is not the pinned one or its MAC does not hold: it is never sealed to."""


class NoKeysYet(Exception):
    """Somebody has no key pair yet: nothing can be sealed to him."""


class Spare(Protocol):
    """Keeps a caller's number while the key store is gone."""

    def keep(self, plaintext: bytes, now: datetime) -> UUID | None:
        """Seal it beside the house; its record id, or None where even that cannot be done."""
        ...


class Stores(Protocol):
    """Whoever has database and vault at hand: the house, for what the worker does."""

    @property
    def database(self) -> Database:
        """The application's database."""
        ...

    @property
    def vault(self) -> "Vault":
        """Key store and keyring."""
        ...


@dataclass(frozen=True, slots=True)
class TrustedKey:
    """A public key that may be sealed to."""

    recipient: Recipient
    epoch: int
    public: PublicKey

    @property
    def label(self) -> bytes:
        """What is bound into everything sealed to this key."""
        return label(self.recipient, self.epoch)


class Vault:
    """Key store, keyring and trust, for one process.

    A verified key is kept by recipient, epoch and fingerprint, so that sealing asks the database
    nothing twice: the pin alone says which kept key counts. A pin is believed for `pin_seconds`.
    What a stale pin allows: after another process removed somebody from a group, this one may
    seal to the group's former key for that long, as if the record had been made just before the
    removal. The removed member's half of that key was destroyed with the removal, and such
    records are re-keyed with the other living ones. A pin that is about to change (one announced)
    is never kept, and a change made by this process counts at once.
    """

    def __init__(
        self,
        keystore: KeyStore,
        keyring: Keyring,
        profile: Profile = STRONG,
        *,
        pin_seconds: float = 2.0,
    ) -> None:
        self.keystore = keystore
        self.keyring = keyring
        self.profile = profile
        # The telephone plugs it in.
        self.spare: Spare | None = None
        self._pin_seconds = pin_seconds
        self._pins: dict[Recipient, tuple[Pin, float]] = {}
        self._verified: dict[tuple[Recipient, int, bytes], PublicKey] = {}

    def __repr__(self) -> str:
        return "<Vault>"

    def public_key_of(self, session: Session, recipient: Recipient) -> TrustedKey:
        """The one public key of a recipient that may be sealed to.

        Args:
            session: where public keys are.
            recipient: a person or a group.

        Raises:
            NoKeysYet: the recipient never had a key pair.
            KeyNotTrusted: the stored key is not the pinned one, or its MAC does not hold.
            KeyStoreGone: the key store cannot be reached.
        """
        pin = self._pin(recipient)
        if pin is None:
            if _key_row(session, recipient, None) is None:
                raise NoKeysYet
            raise KeyNotTrusted
        if pin.next_epoch is not None and pin.next_fingerprint is not None:
            coming = self._load(session, recipient, pin.next_epoch, pin.next_fingerprint)
            if coming is not None:
                # Seen in the database, so it was committed, unless by this very transaction.
                if (recipient, pin.next_epoch) not in held.held(session, ANNOUNCED):
                    self.keystore.confirm_pin(recipient, pin.next_epoch, pin.next_fingerprint)
                return TrustedKey(recipient, pin.next_epoch, coming)
        if pin.epoch is None or pin.fingerprint is None:
            # Announced by somebody whose commit is not there (yet): as if it had not been.
            raise NoKeysYet
        present = self._load(session, recipient, pin.epoch, pin.fingerprint)
        if present is None:
            raise KeyNotTrusted
        return TrustedKey(recipient, pin.epoch, present)

    def _pin(self, recipient: Recipient) -> Pin | None:
        kept = self._pins.get(recipient)
        if kept is not None and time.monotonic() - kept[1] < self._pin_seconds:
            return kept[0]
        pin = self.keystore.pin(recipient)
        if pin is not None and pin.next_epoch is None:
            self._pins[recipient] = (pin, time.monotonic())
        else:
            self._pins.pop(recipient, None)
        return pin

    def _load(
        self, session: Session, recipient: Recipient, epoch: int, fingerprint: bytes
    ) -> PublicKey | None:
        key = (recipient, epoch, bytes(fingerprint))
        verified = self._verified.get(key)
        if verified is not None:
            return verified
        row = _key_row(session, recipient, epoch)
        if row is None:
            return None
        if not self.keyring.check_mac(MAC_PURPOSE, _maced(recipient, epoch, row.public), row.mac):
            return None
        public = PublicKey(bytes(row.public))
        if public.fingerprint != bytes(fingerprint):
            return None
        if (recipient, epoch) not in held.held(session, ANNOUNCED):
            self._verified[key] = public
        return public

    def proven_keys(self, session: Session) -> list[tuple[Recipient, int, bytes]]:
        """The newest key of everybody whose MAC holds: recipient, epoch, fingerprint.

        For whoever restores an older key store; everybody else asks `public_key_of`.

        Args:
            session: where public keys are.
        """
        newest: dict[Recipient, Any] = {}
        for row in session.scalars(select(PersonKeyRow).order_by(PersonKeyRow.epoch)):
            newest[Person(row.person_id)] = row
        for one in session.scalars(select(GroupKeyRow).order_by(GroupKeyRow.epoch)):
            newest[Group(one.group_name)] = one
        return [
            (recipient, row.epoch, PublicKey(bytes(row.public)).fingerprint)
            for recipient, row in newest.items()
            if self.keyring.check_mac(
                MAC_PURPOSE, _maced(recipient, row.epoch, row.public), row.mac
            )
        ]

    def mac_anew(self, recipient: Recipient, epoch: int, public: bytes, mac: bytes) -> bytes | None:
        """The MAC of a public key under the current service key; None where the old one is wrong.

        Args:
            recipient: whose key.
            epoch: its epoch.
            public: the public key.
            mac: the present MAC, which must hold.
        """
        maced = _maced(recipient, epoch, public)
        if not self.keyring.check_mac(MAC_PURPOSE, maced, bytes(mac)):
            return None
        return self.keyring.mac(MAC_PURPOSE, maced)

    def introduce(
        self, session: Session, recipient: Recipient, epoch: int, public: PublicKey
    ) -> dict[str, Any]:
        """Announce a new key to the key store; it is in force once the session has committed.

        Args:
            session: the session that will write the key's row.
            recipient: whose key.
            epoch: one above the present one.
            public: the new public key.

        Returns:
            The columns `epoch`, `public`, `fingerprint` and `mac` of the key's row.

        Raises:
            KeyStoreGone: the key store cannot be reached.
        """
        fingerprint = public.fingerprint
        self._pins.pop(recipient, None)
        self.keystore.announce_pin(recipient, epoch, fingerprint)
        held.hold(session, ANNOUNCED, (recipient, epoch))

        def confirm() -> None:
            self._pins.pop(recipient, None)
            try:
                self.keystore.confirm_pin(recipient, epoch, fingerprint)
            except KeyStoreGone:
                # The announcement stands; whoever seals next sees the committed row and confirms.
                return

        held.afterwards(session, confirm)
        return {
            "epoch": epoch,
            "public": public.raw,
            "fingerprint": fingerprint,
            "mac": self.keyring.mac(MAC_PURPOSE, _maced(recipient, epoch, public.raw)),
        }


def _maced(recipient: Recipient, epoch: int, public: bytes) -> bytes:
    return label(recipient, epoch) + b"\x00" + bytes(public)


def _key_row(session: Session, recipient: Recipient, epoch: int | None) -> Any:
    table = PersonKeyRow if isinstance(recipient, Person) else GroupKeyRow
    wanted = select(table.public, table.mac)
    if isinstance(recipient, Person):
        wanted = wanted.where(PersonKeyRow.person_id == recipient.person_id)
    else:
        wanted = wanted.where(GroupKeyRow.group_name == recipient.group_name)
    if epoch is not None:
        wanted = wanted.where(table.epoch == epoch)
    return session.execute(wanted.limit(1)).first()
