"""What the provider is asked for and what it answers, as values, and how it fails."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from enum import Enum
from typing import Any

_RECORDING = re.compile(r"RE[0-9a-f]{32}")
# Its words for a call that is not over.
LIVE = frozenset({"queued", "initiated", "ringing", "in-progress"})


class ProviderRefused(Exception):
    """The provider answered no: nothing was done there. `code` is the provider's."""

    def __init__(self, code: int | None) -> None:
        self.code = code
        super().__init__(f"code {code}")


class ProviderSilent(Exception):
    """The provider did not answer: what was asked may or may not have been done."""


class NoProvider(Exception):
    """The settings name no account at a provider."""


@dataclass(frozen=True)
class NewCall:
    """A call to place: to one telephone of the house, then steps of ours."""

    to: str
    url: str
    status_callback: str
    seconds: int
    fallback: str = ""

    def __repr__(self) -> str:
        return "<NewCall>"


@dataclass(frozen=True)
class OwnNumber:
    """Where the provider sends the calls to our number; an application or trunk overrides it."""

    sid: str
    voice_url: str
    fallback_url: str
    status_url: str
    overridden: bool


class TooLarge(Exception):
    """What the provider sends is larger than anything we keep."""


class Deletion(Enum):
    """What the provider answers to a deletion."""

    GONE = "gone"  # it does not know such a thing (any longer)
    ASKED = "asked"  # it says that it is done; proved by asking again
    NOT_YET = "not yet"  # its record is not final, or it is asked too often


@dataclass(frozen=True)
class Recording:
    """What the provider says of a recording."""

    sid: str
    line_sid: str | None
    status: str
    seconds: int
    made_at: datetime | None
    error: int | None = None
    encryption: Mapping[str, Any] | None = field(default=None, repr=False)

    def __repr__(self) -> str:
        return f"<Recording {self.status}>"


@dataclass(frozen=True)
class Line:
    """What the provider says of a call."""

    sid: str
    caller: str = field(repr=False)
    called: str = field(repr=False)
    lives: bool
    ended_at: datetime | None

    def __repr__(self) -> str:
        return "<Line>"


def is_recording(sid: str) -> bool:
    """Whether a text is the provider's id of a recording and nothing else."""
    return bool(_RECORDING.fullmatch(sid))


# ---- from the library's own ------------------------------------------------------------


def text_of(value: Any) -> str:
    """A word of the provider, whether the library made it an enumeration or not."""
    return str(getattr(value, "value", value) or "")


def recording_of(found: Any) -> Recording:
    """A recording as the library gives it."""
    duration, error = text_of(found.duration), text_of(found.error_code)
    details = found.encryption_details
    return Recording(
        sid=str(found.sid),
        line_sid=found.call_sid,
        status=text_of(found.status),
        seconds=int(duration) if duration.isascii() and duration.isdigit() else 0,
        made_at=_aware(found.start_time or found.date_created),
        error=int(error) if error.isascii() and error.isdigit() and int(error) else None,
        encryption=details if isinstance(details, Mapping) else None,
    )


def line_of(found: Any) -> Line:
    """A call as the library gives it."""
    return Line(
        sid=str(found.sid),
        # The library has no name of its own for the provider's `from`.
        caller=text_of(getattr(found, "_from", "")),
        called=text_of(found.to),
        lives=text_of(found.status) in LIVE,
        ended_at=_aware(found.end_time or found.date_updated),
    )


def _aware(instant: datetime | None) -> datetime | None:
    if instant is None or instant.tzinfo is not None:
        return instant
    return instant.replace(tzinfo=UTC)
