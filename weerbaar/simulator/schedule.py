"""What happens when: events in order of time, and processes that wait and ask.

A process is a generator. It yields `Wait` (for a time, or for a message) or `Ask` (for work that
leaves this process: an HTTP request). Work is done with the lock released, so that the application
may call back while it is being asked.
"""

import heapq
import itertools
import sys
import threading
import traceback
from collections import deque
from collections.abc import Callable, Generator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from functools import partial
from typing import Any, TypeVar

from weerbaar.simulator.clock import Clock, VirtualClock

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Wait:
    """Wait so many seconds, or for ever; a message ends the wait and is its result."""

    seconds: float | None


@dataclass(frozen=True, slots=True)
class Ask:
    """Work outside the lock; it answers with its result and the virtual seconds it took."""

    work: Callable[[], tuple[Any, float]]


Steps = Generator[Wait | Ask, Any, T]


class StillBusy(Exception):
    """The network did not come to rest within the limit."""


@dataclass(order=True, slots=True)
class Event:
    """Something due at a time; equal times keep the order in which they were planned."""

    due: float
    order: int
    act: Callable[[], None] = field(compare=False)
    outside: bool = field(compare=False, default=False)
    recurring: bool = field(compare=False, default=False)
    dropped: bool = field(compare=False, default=False)


class Schedule:
    """Events of one network, run by hand (virtual clock) or by a thread of its own."""

    def __init__(self, clock: Clock) -> None:
        self.clock = clock
        self.lock = threading.RLock()
        self._changed = threading.Condition(self.lock)
        self._events: list[Event] = []
        self._order = itertools.count()
        self._jobs: list[tuple[Ask, Process]] = []
        self._thread: threading.Thread | None = None
        self._pool: ThreadPoolExecutor | None = None
        self._stopped = False

    @property
    def virtual(self) -> bool:
        """Whether time is moved by hand."""
        return isinstance(self.clock, VirtualClock)

    def push(
        self,
        seconds: float,
        act: Callable[[], None],
        *,
        outside: bool = False,
        recurring: bool = False,
    ) -> Event:
        """Plan `act` so many seconds from now; `outside` runs it with the lock released."""
        with self.lock:
            due = round(self.clock.seconds() + max(0.0, seconds), 6)
            event = Event(due, next(self._order), act, outside, recurring)
            heapq.heappush(self._events, event)
            self._changed.notify_all()
            return event

    def job(self, ask: Ask, process: "Process") -> None:
        """Work to do as soon as the present event is over, in order."""
        self._jobs.append((ask, process))

    def clear(self) -> None:
        """Forget everything that was planned."""
        with self.lock:
            self._events.clear()
            self._jobs.clear()

    # by hand

    def run(self, until: float) -> None:
        """Run what is due up to `until` (seconds of the clock), then stand at that time."""
        if not isinstance(self.clock, VirtualClock):
            raise TypeError("the clock on the wall cannot be moved")
        while self._one(until):
            pass
        self.clock.move_to(until)

    def run_until_idle(self, limit: float) -> float:
        """Run until nothing but recurring events is planned; answers the seconds it took.

        Raises:
            StillBusy: something is still planned after `limit` seconds.
        """
        begin = self.clock.seconds()
        while self.busy():
            if not self._one(begin + limit):
                raise StillBusy(f"still busy after {limit:g} seconds")
        return self.clock.seconds() - begin

    def busy(self) -> bool:
        """Whether anything but recurring events is planned."""
        with self.lock:
            return any(not event.dropped and not event.recurring for event in self._events)

    def _one(self, until: float) -> bool:
        with self.lock:
            event = self._take(until)
            if event is None:
                return False
            if isinstance(self.clock, VirtualClock):
                self.clock.move_to(event.due)
            if not event.outside:
                event.act()
            jobs, self._jobs = self._jobs, []
        if event.outside:
            event.act()
        for ask, process in jobs:
            self._work(ask, process)
        return True

    def _take(self, until: float) -> Event | None:
        while self._events and self._events[0].dropped:
            heapq.heappop(self._events)
        if not self._events or self._events[0].due > until:
            return None
        return heapq.heappop(self._events)

    def _work(self, ask: Ask, process: "Process") -> None:
        result, seconds = ask.work()
        self.push(seconds if self.virtual else 0.0, lambda: process.go_on(result))

    # by the wall

    def start(self) -> None:
        """Run in a thread of its own, by the clock on the wall."""
        self._pool = ThreadPoolExecutor(max_workers=64, thread_name_prefix="webhook")
        self._thread = threading.Thread(target=self._live, name="network", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """End the thread; requests on their way are not waited for."""
        with self.lock:
            self._stopped = True
            self._changed.notify_all()
        if self._thread is not None:
            self._thread.join(timeout=5)
        if self._pool is not None:
            self._pool.shutdown(wait=False, cancel_futures=True)

    def _live(self) -> None:
        while True:
            with self.lock:
                if self._stopped:
                    return
                event = self._take(self.clock.seconds())
                if event is None:
                    self._changed.wait(self._sleep())
                    continue
                if not event.outside:
                    self._guarded(event.act)
                jobs, self._jobs = self._jobs, []
            if event.outside:
                self._submit(event.act)
            for ask, process in jobs:
                self._submit(partial(self._work, ask, process))

    def _sleep(self) -> float:
        if not self._events:
            return 1.0
        return min(1.0, max(0.0, self._events[0].due - self.clock.seconds()))

    def _submit(self, act: Callable[[], None]) -> None:
        if self._pool is not None and not self._stopped:
            self._pool.submit(self._guarded, act)

    @staticmethod
    def _guarded(act: Callable[[], None]) -> None:
        # One broken call must not silence every telephone on the desk.
        try:
            act()
        except Exception:  # noqa: BLE001
            traceback.print_exc(file=sys.stderr)


class Process:
    """A generator that lives on the schedule, with an inbox for messages."""

    def __init__(self, schedule: Schedule, steps: Steps[Any]) -> None:
        self.inbox: deque[Any] = deque()
        self.done = False
        self._schedule = schedule
        self._steps = steps
        self._waiting = False
        self._timer: Event | None = None

    def start(self) -> None:
        """Take the first steps at once."""
        self.go_on(None)

    def tell(self, message: Any) -> None:
        """Put a message in the inbox: taken at once when waiting, else at the next wait."""
        if self.done:
            return
        self.inbox.append(message)
        if self._waiting:
            self._wake(0.0)

    def go_on(self, value: Any) -> None:
        """Continue with the value waited or asked for."""
        while True:
            try:
                step = self._steps.send(value)
            except StopIteration:
                self.done = True
                return
            if isinstance(step, Ask):
                self._schedule.job(step, self)
                return
            if self.inbox:
                value = self.inbox.popleft()
                continue
            if step.seconds is not None and step.seconds <= 0:
                value = None
                continue
            self._waiting = True
            if step.seconds is not None:
                self._wake(step.seconds)
            return

    def _wake(self, seconds: float) -> None:
        if self._timer is not None:
            self._timer.dropped = True
        self._timer = self._schedule.push(seconds, self._woken)

    def _woken(self) -> None:
        self._timer = None
        self._waiting = False
        self.go_on(self.inbox.popleft() if self.inbox else None)
