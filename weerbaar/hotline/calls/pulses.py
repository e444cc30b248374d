"""Signs of life: when a webhook came in, the provider answered, a worker went round.

Only the newest of each kind is kept. When it was stands sealed under the service keys, because
the last webhook tells when somebody called last.
"""

import json
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from weerbaar.accounts.vault import Vault
from weerbaar.crypto.errors import CannotOpen
from weerbaar.hotline.calls.line import insert_into
from weerbaar.hotline.calls.models import Pulse, PulseRow

PURPOSE = "pulse"
WELL = "well"
# A worker that was silent for so long counts as gone; it gives a sign every minute.
WORKER_GONE = timedelta(minutes=3)


@dataclass(frozen=True)
class Beat:
    """One sign of life: when, and what was found (a fixed code; `well` is good)."""

    at: datetime
    finding: str

    @property
    def is_well(self) -> bool:
        """Whether nothing was wrong then."""
        return self.finding == WELL


def note(session: Session, vault: Vault, pulse: Pulse, finding: str, now: datetime) -> None:
    """Keep a sign of life in place of the one before.

    Args:
        session: the door commits.
        vault: its keyring seals it.
        pulse: of what.
        finding: a fixed code.
        now: this instant, aware, UTC.
    """
    told = json.dumps({"v": 1, "at": now.isoformat(), "finding": finding}).encode()
    sealed = vault.keyring.seal(PURPOSE, told, pulse.value.encode())
    written = insert_into(session, PulseRow).values(name=pulse.value, sealed=sealed)
    session.execute(
        written.on_conflict_do_update(
            index_elements=["name"], set_={"sealed": written.excluded.sealed}
        )
    )


def newest(session: Session, vault: Vault) -> dict[Pulse, Beat]:
    """The newest sign of each kind; one that was never given or does not open is missing."""
    found: dict[Pulse, Beat] = {}
    for row in session.execute(select(PulseRow.name, PulseRow.sealed)):
        try:
            told = json.loads(vault.keyring.open(PURPOSE, bytes(row.sealed), row.name.encode()))
        except CannotOpen:
            continue
        found[Pulse(row.name)] = Beat(datetime.fromisoformat(told["at"]), told["finding"])
    return found
