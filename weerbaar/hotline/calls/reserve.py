"""What a process falls back on: the snapshot, the journal, and what it remembers by itself."""

import base64
import hashlib
import hmac
import threading
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from weerbaar.accounts import apart
from weerbaar.accounts.envelopes import Kind
from weerbaar.accounts.vault import Vault
from weerbaar.config.log import logger
from weerbaar.config.settings import Settings
from weerbaar.hotline.calls import plan as plans
from weerbaar.hotline.calls.conversation import REST, RING_SECONDS, TALK_LIMIT
from weerbaar.hotline.calls.flood import Flood
from weerbaar.hotline.calls.journal import Journal, Line, What
from weerbaar.hotline.calls.line import TOKEN_BYTES, number_text
from weerbaar.hotline.calls.plan import Plan, Turn
from weerbaar.hotline.calls.snapshot import Snapshot, SnapshotFile

FOLDER = "journal"
TOKEN_PURPOSE = "journal token"  # noqa: S105 - the name of a purpose
# The provider adds about five seconds to a ring, and a screen takes some.
MOST_SEEN = 2_000
RINGS = timedelta(seconds=RING_SECONDS + 20)

_log = logger("hotline.calls")


class Rung:
    """Which telephones this process rang without a database: best effort, in memory alone."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._until: dict[UUID, tuple[str, datetime]] = {}
        self._rested: dict[tuple[str, UUID], datetime] = {}

    def ring(self, person_id: UUID, token: str, now: datetime) -> bool:
        """Claim a person for a call; False while he is in another one or was just rung for it."""
        with self._lock:
            self._forget(now)
            holder, _until = self._until.get(person_id, (token, now))
            if holder != token or (token, person_id) in self._rested:
                return False
            self._until[person_id] = (token, now + RINGS)
            self._rested[token, person_id] = now + REST
            return True

    def talks(self, person_id: UUID, token: str, now: datetime) -> None:
        """A person took a call."""
        with self._lock:
            self._until[person_id] = (token, now + TALK_LIMIT)

    def let_go(self, token: str, now: datetime) -> None:
        """A call is done with whoever it rang; he rests a moment before it rings him again."""
        with self._lock:
            for person_id, (holder, _until) in list(self._until.items()):
                if holder == token:
                    del self._until[person_id]
                    self._rested[token, person_id] = now + REST

    def _forget(self, now: datetime) -> None:
        self._until = {one: held for one, held in self._until.items() if held[1] > now}
        self._rested = {one: until for one, until in self._rested.items() if until > now}


class _Seen:
    # Since when this process knows a line: best effort, for lines that outlive their database.
    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._since: dict[str, datetime] = {}

    def note(self, token: str, now: datetime) -> None:
        with self._lock:
            if token in self._since:
                return
            if len(self._since) >= MOST_SEEN:
                # The oldest came first.
                self._since.pop(next(iter(self._since)))
            self._since[token] = now

    def since(self, token: str) -> datetime | None:
        return self._since.get(token)


class Reserve:
    """Snapshot and journal of one process.

    Args:
        settings: where they are.
        vault: whose keyring seals them.
    """

    def __init__(self, settings: Settings, vault: Vault) -> None:
        path = settings.snapshot_path
        self.file = SnapshotFile(path, vault.keyring)
        self.journal = Journal(path.with_name(FOLDER), vault.keyring)
        self.rung = Rung()
        self.flood = Flood()
        self._seen = _Seen()
        self._token_key = vault.keyring.subkey(TOKEN_PURPOSE)

    def __repr__(self) -> str:
        return "<Reserve>"

    def snapshot(self, now: datetime) -> Snapshot | None:
        """The snapshot, where one still answers; `now` is aware, UTC."""
        return self.file.read(now)

    def see(self, token: str, now: datetime) -> None:
        """Remember since when a line is known here."""
        self._seen.note(token, now)

    def seen_since(self, token: str) -> datetime | None:
        """Since when this process knows a line; None where it does not."""
        return self._seen.since(token)

    def token(self, sid: str) -> str:
        """The token of a line that no database knows: the same however often it is asked for."""
        digest = hmac.digest(self._token_key, sid.encode(), hashlib.sha256)
        return base64.urlsafe_b64encode(digest[:TOKEN_BYTES]).decode()

    def plan(self, snapshot: Snapshot, token: str, now: datetime) -> Plan:
        """Who is rung for a call, in which order; every process comes to the same.

        Args:
            snapshot: the house as it was.
            token: of the call; it decides who of a tier is first.
            now: this instant, aware, UTC.
        """
        turns = [Turn(one.person_id, one.tier) for one in snapshot.on_duty(now)]
        order = {
            turn.person_id: int.from_bytes(
                hashlib.sha256(token.encode() + turn.person_id.bytes).digest()[:7], "big"
            )
            for turn in turns
        }
        return plans.make(
            turns, last_rung=order, with_phone=snapshot.phones,
            roster_version=snapshot.roster_version,
        )  # fmt: skip

    def write(
        self, what: What, now: datetime, sid: str, token: str = "", **facts: Any
    ) -> None:  # fmt: skip
        """Write a line of the journal.

        Raises:
            OSError: it could not be written: nothing may be promised.
        """
        self.journal.append(Line(what, now, sid, token, facts))

    def note(self, what: What, now: datetime, sid: str, token: str = "", **facts: Any) -> None:
        """Write a line that nobody is promised anything on; a full disk stops no call."""
        try:
            self.write(what, now, sid, token, **facts)
        except OSError:
            _log.exception("journal not written")

    def keep(self, plaintext: bytes, now: datetime) -> UUID | None:
        """Keep a number of a call that the database knows, while the key store is gone.

        Args:
            plaintext: the number as an envelope of the house holds it.
            now: this instant, aware, UTC.

        Returns:
            The id of the envelope it becomes; None where it cannot be kept.
        """
        snapshot = self.snapshot(now)
        if snapshot is None:
            return None
        sealed = apart.seal(snapshot.key, Kind.CALLER_NUMBER, plaintext)
        _log.warning("key store gone: number sealed to the key of the snapshot",
                     epoch=snapshot.key.epoch)  # fmt: skip
        try:
            self.write(What.NUMBER, now, "", number=sealed.facts())
        except OSError:
            _log.exception("journal not written")
            return None
        return sealed.record_id


def number_facts(snapshot: Snapshot, number: str, *, keyed: bool = False) -> Mapping[str, Any]:
    """A caller's number, sealed to the confidants, as a line of the journal holds it.

    Args:
        snapshot: whose key is sealed to.
        number: E.164, or as the provider gave it.
        keyed: the caller keyed it in; it need not be his.
    """
    return apart.seal(snapshot.key, Kind.CALLER_NUMBER, number_text(number, keyed=keyed)).facts()
