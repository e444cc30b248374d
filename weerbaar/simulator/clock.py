"""Two clocks: one that a test moves by hand, and the one on the wall."""

from datetime import UTC, datetime, timedelta

# The finest step of time; less than this left is nothing left.
TICK = 1e-6


class VirtualClock:
    """Time that only the network moves.

    Hand the same object to the application: it needs no more than `now()`.

    Args:
        start: the first instant, aware.
    """

    def __init__(self, start: datetime) -> None:
        if start.tzinfo is None:
            raise ValueError("a clock starts at an aware instant")
        self._start = start.astimezone(UTC)
        self._seconds = 0.0

    def now(self) -> datetime:
        """The present instant, aware, in UTC."""
        return self._start + timedelta(seconds=self._seconds)

    def seconds(self) -> float:
        """Seconds since the start of this clock."""
        return self._seconds

    def move_to(self, seconds: float) -> None:
        """Go forward to `seconds` after the start; never back."""
        self._seconds = max(self._seconds, seconds)


class WallClock:
    """The clock of this machine."""

    def now(self) -> datetime:
        """The present instant, aware, in UTC."""
        return datetime.now(UTC)

    def seconds(self) -> float:
        """Seconds since 1970."""
        return datetime.now(UTC).timestamp()


Clock = VirtualClock | WallClock
