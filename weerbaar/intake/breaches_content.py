"""What is sealed of a breach, and its form as bytes."""

import json
from dataclasses import asdict, dataclass, fields
from datetime import UTC, datetime
from typing import Any

from weerbaar.intake.breaches_rules import Decision, Outcome
from weerbaar.intake.content import ContentUnreadable

SCHEMA = 1
UNDECIDED = Outcome()


@dataclass(frozen=True, repr=False)
class Breach:
    """What is sealed of a breach; instants are aware.

    Args:
        what: what happened.
        found_at: when somebody found it.
        known_at: when the organisation came to know of it: the clock starts.
        whose: whose data, and of how many people.
        consequences: what it may lead to for them.
        measures: what was done about it.
        reference: the number that the authority gave.
        authority: telling the supervisory authority.
        persons: telling the people it is about.
        reported_by: who of the staff reported it.
    """

    what: str
    found_at: datetime
    known_at: datetime
    whose: str = ""
    consequences: str = ""
    measures: str = ""
    reference: str = ""
    authority: Outcome = UNDECIDED
    persons: Outcome = UNDECIDED
    reported_by: str = ""
    revision: int = 1

    def __repr__(self) -> str:
        return "<Breach>"


def to_bytes(breach: Breach) -> bytes:
    """A breach as bytes to seal: JSON with its schema."""
    document = {"schema": SCHEMA, **asdict(breach)}
    return json.dumps(document, default=_plain, ensure_ascii=False).encode()


def _plain(value: Any) -> str:
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat()
    raise TypeError


def from_bytes(plaintext: bytes) -> Breach:
    """A breach of opened bytes; raises ContentUnreadable."""
    try:
        document = json.loads(plaintext)
        if document["schema"] != SCHEMA:
            raise ContentUnreadable("the schema of a sealed document is not known here")
        values = {one.name: document[one.name] for one in fields(Breach)}
        for name in ("found_at", "known_at"):
            values[name] = datetime.fromisoformat(values[name])
        for name in ("authority", "persons"):
            values[name] = _outcome(values[name])
        return Breach(**values)
    except (ValueError, KeyError, TypeError):
        # The message of the cause may quote what was sealed.
        raise ContentUnreadable("a sealed document has not the shape it should have") from None


def _outcome(document: dict[str, Any]) -> Outcome:
    at = document["at"]
    return Outcome(
        Decision(document["decision"]),
        None if at is None else datetime.fromisoformat(at),
        document["reason"],
    )
