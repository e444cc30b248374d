"""The worker: a loop over due rows. Any number may run; calls are routed while none does."""

import signal
import threading
from collections.abc import Callable
from datetime import datetime, timedelta
from types import FrameType

from weerbaar.accounts.house import House
from weerbaar.config.log import logger
from weerbaar.config.patience import WORKER, within

Duty = Callable[[House, datetime], int]

_log = logger("web.worker")


class Round:
    """One duty of the worker and how often it is done.

    Args:
        name: what the log calls it.
        duty: receives house and now, does one transaction or more, says how many rows it moved.
        every: seconds between two rounds.
    """

    def __init__(self, name: str, duty: Duty, every: float) -> None:
        self.name = name
        self.duty = duty
        self.every = every
        self.failed = False
        self._next: datetime | None = None

    def is_due(self, now: datetime) -> bool:
        """Whether its time has come; a clock set back counts as due."""
        return (
            self._next is None
            or now >= self._next
            or (self._next - now).total_seconds() > (self.every)
        )

    def go(self, house: House, now: datetime) -> int:
        """Do the duty once; a failure is logged and tried again at the next round."""
        self._next = now + timedelta(seconds=self.every)
        try:
            with within(WORKER):
                moved = self.duty(house, now)
        except Exception:  # noqa: BLE001 - one failing duty must not stop the others
            _log.exception("round failed", kind=self.name)
            self.failed = True
            return 0
        self.failed = False
        return moved


def once(house: House, rounds: list[Round]) -> int:
    """Every duty once; the number of rows moved."""
    return sum(each.go(house, house.clock.now()) for each in rounds)


def run(house: House, rounds: list[Round], *, pause: float = 1.0) -> None:
    """Work until the process is asked to stop (SIGTERM or SIGINT).

    Args:
        house: settings, database, vault and clock.
        rounds: the duties.
        pause: seconds between two looks at the clock.
    """
    stop = threading.Event()

    def asked(_signal: int, _frame: FrameType | None) -> None:
        stop.set()

    for name in (signal.SIGTERM, signal.SIGINT):
        signal.signal(name, asked)
    _log.info("worker started")
    while not stop.is_set():
        for each in rounds:
            now = house.clock.now()
            if each.is_due(now) and not stop.is_set():
                each.go(house, now)
        stop.wait(pause)
    _log.info("worker stopped")
