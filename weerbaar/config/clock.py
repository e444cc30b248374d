"""The one clock of the house: doors read it, verbs receive `now`."""

from datetime import UTC, datetime
from typing import Protocol
from zoneinfo import ZoneInfo

AMSTERDAM = ZoneInfo("Europe/Amsterdam")


class Clock(Protocol):
    """Where doors read the time."""

    def now(self) -> datetime:
        """The present instant, aware, in UTC."""
        ...


class SystemClock:
    """The clock of the machine; shifting the process's clock shifts everything."""

    def now(self) -> datetime:
        """The present instant, aware, in UTC."""
        return datetime.now(UTC)


def local(instant: datetime) -> datetime:
    """The wall-clock reading of an instant in Europe/Amsterdam.

    Args:
        instant: an aware datetime.

    Raises:
        ValueError: the datetime carries no zone.
    """
    if instant.tzinfo is None:
        raise ValueError("an instant without a zone has no local reading")
    return instant.astimezone(AMSTERDAM)
