"""An envelope sealed apart from the house: while database or key store are gone.

It is sealed to a group's public key under two locks like any other; its secret travels with it,
under the service keys, until both stores are back and take it in.
"""

import base64
import secrets
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import insert, select
from sqlalchemy.orm import Session

from weerbaar.accounts import vouching
from weerbaar.accounts.envelope_opening import Kind
from weerbaar.accounts.keystore import SECRET_BYTES
from weerbaar.accounts.models import EnvelopeReaderRow, EnvelopeRow
from weerbaar.accounts.recipients import Group
from weerbaar.accounts.vault import TrustedKey, Vault
from weerbaar.crypto import envelope
from weerbaar.crypto.envelope import Binding

_PART = "whole"
_BYTES = ("content", "sealed_half", "secret")


@dataclass(frozen=True, slots=True)
class Apart:
    """One envelope with its secret beside it. Whoever keeps it seals it under the service keys."""

    record_id: UUID
    secret_id: UUID
    kind: Kind
    group: str
    key_epoch: int
    content: bytes = field(repr=False)
    sealed_half: bytes = field(repr=False)
    secret: bytes = field(repr=False)

    def facts(self) -> dict[str, Any]:
        """In plain values."""
        return {
            "record": str(self.record_id),
            "secret_id": str(self.secret_id),
            "kind": self.kind.value,
            "group": self.group,
            "epoch": self.key_epoch,
            **{name: base64.b64encode(getattr(self, name)).decode() for name in _BYTES},
        }


def from_facts(facts: dict[str, Any]) -> Apart:
    """What `Apart.facts` gave."""
    return Apart(
        UUID(facts["record"]),
        UUID(facts["secret_id"]),
        Kind(facts["kind"]),
        facts["group"],
        facts["epoch"],
        **{name: base64.b64decode(facts[name]) for name in _BYTES},
    )


def seal(key: TrustedKey, kind: Kind, plaintext: bytes) -> Apart:
    """Seal content to a group without asking any store.

    Args:
        key: the group's key, as it was trusted while the key store answered.
        kind: what it holds.
        plaintext: the content; padded before it is sealed.
    """
    record_id = uuid4()
    binding = Binding(kind.value, record_id, _PART, 1, 1)
    secret, half = secrets.token_bytes(SECRET_BYTES), envelope.new_half()
    return Apart(
        record_id,
        uuid4(),
        kind,
        key.recipient.name,
        key.epoch,
        envelope.data_key(half, secret, binding).seal(plaintext, binding),
        envelope.seal_half(key.public, half, binding, key.label),
        secret,
    )


def take_in(session: Session, vault: Vault, apart: Apart, now: datetime) -> UUID:
    """Give an envelope its place in the house; one that is there already is left as it is.

    The key store gets the secret first and by itself: without its row it opens nothing.

    Args:
        session: the caller commits.
        vault: whose key store gets the secret.
        apart: the envelope.
        now: when it was sealed, aware, UTC; the day is kept.

    Raises:
        SecretGone: it was taken in and destroyed since.
        KeyStoreGone: the key store is not back.
    """
    vault.keystore.adopt(apart.secret_id, apart.secret)
    known = select(EnvelopeRow.id).where(EnvelopeRow.id == apart.record_id)
    if session.execute(known).first() is not None:
        return apart.record_id
    session.execute(
        insert(EnvelopeRow).values(
            id=apart.record_id,
            kind=apart.kind.value,
            part=_PART,
            epoch=1,
            version=1,
            content=apart.content,
            secret_id=apart.secret_id,
            created_day=now.date(),
        )
    )
    group = Group(apart.group)
    row = vouching.reader_row(apart.record_id, 1, apart.secret_id, group, apart.key_epoch)
    session.execute(
        insert(EnvelopeReaderRow).values(
            id=uuid4(),
            record_id=apart.record_id,
            person_id=None,
            group_name=group.group_name,
            key_epoch=apart.key_epoch,
            sealed_half=apart.sealed_half,
            rewrapped_half=None,
            mac=vouching.mac(vault.keyring, vouching.READER, row),
            created_day=now.date(),
        )
    )
    return apart.record_id
