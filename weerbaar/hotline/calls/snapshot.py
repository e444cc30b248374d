"""What a call needs while the database is gone: kept sealed on disk, 72 hours ahead.

The plan (who is on duty when, with which telephone), who may own work, and the public key of the
confidants. It is sealed under the service keys; whoever holds those could read the same of the
database. The worker writes it; every server process reads it when it has changed.
"""

import base64
import json
import os
import secrets
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

from sqlalchemy.orm import Session

from weerbaar.accounts.recipients import Group, GroupName
from weerbaar.accounts.vault import TrustedKey, Vault
from weerbaar.config.log import logger
from weerbaar.crypto.errors import CannotOpen
from weerbaar.crypto.keyring import Keyring
from weerbaar.crypto.recipients import PublicKey
from weerbaar.hotline.calls import owners
from weerbaar.hotline.calls.phones import telephones
from weerbaar.hotline.roster import verbs as roster

AHEAD = timedelta(hours=72)
# A snapshot that says the same is written again after this long.
RENEWED = timedelta(minutes=3)
PURPOSE = "snapshot"
FORMAT = 1
_BINDING = b"snapshot of the plan"

_log = logger("hotline.calls")


@dataclass(frozen=True)
class Shift:
    """One turn on the roster, half-open, in UTC."""

    starts: datetime
    ends: datetime
    tier: int
    person_id: UUID


@dataclass(frozen=True)
class Snapshot:
    """The house as it was at `made_at`; it answers until `until`."""

    made_at: datetime
    until: datetime
    roster_version: str
    shifts: tuple[Shift, ...]
    phones: dict[UUID, str] = field(repr=False)
    readers: frozenset[UUID]
    coordinators: tuple[UUID, ...]
    key: TrustedKey

    def on_duty(self, at: datetime) -> list[Shift]:
        """Who is on duty at an instant, by tier."""
        present = [one for one in self.shifts if one.starts <= at < one.ends]
        return sorted(present, key=lambda one: (one.tier, one.starts, one.person_id))

    def owner(self, at: datetime) -> UUID | None:
        """Whose work it is that a call leaves now: chosen as the house itself would."""
        present = [one for one in self.on_duty(at) if one.person_id in self.readers]
        first = tuple(one.person_id for one in present if one.tier == owners.FIRST_LINE)
        ahead = [one for one in self.shifts if one.starts > at and one.person_id in self.readers]
        ahead.sort(key=lambda one: (one.starts, one.tier))
        following = [one.person_id for one in (*present, *ahead)]
        return owners.Candidates(
            first, following[0] if following else None, self.coordinators
        ).choose()

    def facts(self) -> dict[str, Any]:
        """In plain values, without the instant at which it was made."""
        return {
            "v": FORMAT,
            "roster_version": self.roster_version,
            "shifts": [
                [one.starts.isoformat(), one.ends.isoformat(), one.tier, str(one.person_id)]
                for one in self.shifts
            ],
            "phones": {str(one): phone for one, phone in sorted(self.phones.items())},
            "readers": sorted(map(str, self.readers)),
            "coordinators": list(map(str, self.coordinators)),
            "epoch": self.key.epoch,
            "public": base64.b64encode(self.key.public.raw).decode(),
            "fingerprint": self.key.public.fingerprint.hex(),
        }


def take(session: Session, vault: Vault, now: datetime) -> Snapshot:
    """The house as it stands.

    Args:
        session: any session.
        vault: opens telephones, says which key is trusted.
        now: this instant, aware, UTC.

    Raises:
        KeyNotTrusted, NoKeysYet: there is no key of the confidants to seal to.
        KeyStoreGone: the key store cannot be reached.
    """
    until = now + AHEAD
    shifts = tuple(
        Shift(one.starts, one.ends, one.tier, one.person_id)
        for one in roster.between(session, now, until)
    )
    candidates = owners.candidates(session, now)
    return Snapshot(
        made_at=now,
        until=until,
        roster_version=roster.version(session),
        shifts=shifts,
        phones=telephones(session, vault, {one.person_id for one in shifts}),
        readers=owners.admitted(session),
        coordinators=candidates.coordinators,
        key=vault.public_key_of(session, Group(GroupName.CONFIDANTS)),
    )


def _from_facts(facts: dict[str, Any]) -> Snapshot:
    made = datetime.fromisoformat(facts["made_at"])
    key = PublicKey(base64.b64decode(facts["public"]))
    if facts["v"] != FORMAT or key.fingerprint.hex() != facts["fingerprint"]:
        raise ValueError
    return Snapshot(
        made_at=made,
        until=made + AHEAD,
        roster_version=facts["roster_version"],
        shifts=tuple(
            Shift(datetime.fromisoformat(starts), datetime.fromisoformat(ends), tier, UUID(person))
            for starts, ends, tier, person in facts["shifts"]
        ),
        phones={UUID(one): phone for one, phone in facts["phones"].items()},
        readers=frozenset(map(UUID, facts["readers"])),
        coordinators=tuple(map(UUID, facts["coordinators"])),
        key=TrustedKey(Group(GroupName.CONFIDANTS), facts["epoch"], key),
    )


class SnapshotFile:
    """The snapshot on disk, read again only when it has changed.

    What was read last goes on answering when the file is gone or damaged afterwards.
    """

    def __init__(self, path: Path, keyring: Keyring) -> None:
        self.path = path
        self._keyring = keyring
        self._seen: tuple[int, int] | None = None
        self._kept: Snapshot | None = None

    def __repr__(self) -> str:
        return "<SnapshotFile>"

    def read(self, now: datetime) -> Snapshot | None:
        """The snapshot; None where there is none that still answers (`now` is aware, UTC)."""
        try:
            stat = self.path.stat()
            seen = (stat.st_mtime_ns, stat.st_ino)
            if seen != self._seen:
                self._kept, self._seen = self._load(), seen
        except FileNotFoundError:
            pass
        except (OSError, CannotOpen, ValueError, LookupError, TypeError):
            _log.exception("snapshot not read")
        kept = self._kept
        return kept if kept is not None and now < kept.until else None

    def _load(self) -> Snapshot:
        opened = self._keyring.open(PURPOSE, self.path.read_bytes(), _BINDING)
        return _from_facts(json.loads(opened))

    def write(self, snapshot: Snapshot) -> bool:
        """Put a snapshot in the place of the last one, whole or not at all.

        Args:
            snapshot: the house as it stands.

        Returns:
            Whether it was written; one that says the same stays for a few minutes.

        Raises:
            OSError: it cannot be written.
        """
        before = self.read(snapshot.made_at)
        if before is not None and before.facts() == snapshot.facts() and self.path.exists():
            age = snapshot.made_at - before.made_at
            if timedelta(0) <= age < RENEWED:
                return False
        facts = {"made_at": snapshot.made_at.isoformat(), **snapshot.facts()}
        sealed = self._keyring.seal(PURPOSE, json.dumps(facts).encode(), _BINDING)
        draft = self.path.with_name(f".{self.path.name}.{secrets.token_hex(8)}")
        try:
            descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
            with os.fdopen(descriptor, "wb") as file:
                file.write(sealed)
                file.flush()
                os.fsync(file.fileno())
            draft.replace(self.path)
        finally:
            draft.unlink(missing_ok=True)
        return True
