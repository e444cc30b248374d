"""What goes wrong on the way, to the application and from it.

Callbacks come double, late, out of order or not at all; requests are repeated, refused, answered
too late or by a proxy's 502; the application dies between its commit and its answer; the REST
interface throttles, fails, or does the work and never says so.
"""

import random
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Literal

from weerbaar.simulator.ledger import RestRequest, Webhook

# lost: never sent. refused: no connection. 5xx: something before the application answers 502 and
# the application never sees the request. timeout: the application did its work, but its answer came
# too late. crash: it did its work and died before it answered. repeat: the same document asked
# twice, the second answer counts.
Fault = Literal["", "lost", "refused", "5xx", "timeout", "crash", "repeat"]
FAILING: tuple[Fault, ...] = ("refused", "5xx", "timeout", "crash")
# 429 and 500: refused, nothing was done. lost: nothing was done and nothing is answered. done: the
# work was done and nothing is answered. A number of the provider (21211) refuses with that number.
REST_FAULTS = ("429", "500", "lost", "done")


@dataclass
class Faults:
    """Chances between 0 and 1, drawn from one seeded source.

    Args:
        seed: the same seed gives the same faults for the same course of events.
        duplicate: chance that a status callback is sent twice.
        late: chance that a status callback waits; `late_by` gives the seconds, least and most.
        reorder: chance that a status callback waits until the next one of its leg was sent.
        lost: chance that a status callback is never sent.
        repeat: chance that a document is asked twice; the second answer is executed.
        echo: chance that a document is asked once more after `echo_by` seconds, for nothing.
        refuse: chance that a request finds no connection.
        error: chance that it is answered 502 before it reaches the application.
        timeout: chance that its answer comes too late, so that it is asked again or the fallback
            is asked.
        crash: chance that the connection breaks after the application did its work.
        in_a_row: so many requests of one call may fail after one another, then one succeeds; None
            for no limit.
        rest: chance that a REST request fails, in one of the ways of REST_FAULTS.
        on_rest: asked for every REST request first, as `on`; it answers one of REST_FAULTS or an
            error number.
        latency: virtual seconds a webhook takes, least and most.
        on: asked for every webhook first; a fault it names replaces the drawn one, None keeps it.
    """

    seed: int = 0
    duplicate: float = 0.0
    late: float = 0.0
    late_by: tuple[float, float] = (2.0, 40.0)
    reorder: float = 0.0
    lost: float = 0.0
    repeat: float = 0.0
    echo: float = 0.0
    echo_by: tuple[float, float] = (1.0, 30.0)
    refuse: float = 0.0
    error: float = 0.0
    timeout: float = 0.0
    crash: float = 0.0
    in_a_row: int | None = None
    rest: float = 0.0
    on_rest: Callable[[RestRequest], str | None] | None = None
    latency: tuple[float, float] = (0.0, 0.0)
    on: Callable[[Webhook], Fault | None] | None = None
    _source: random.Random = field(init=False, repr=False)
    _row: Counter[str] = field(init=False, repr=False, default_factory=Counter)

    def __post_init__(self) -> None:
        self._source = random.Random(self.seed)  # noqa: S311 - chance in a test, not a secret

    def happens(self, chance: float) -> bool:
        """Draw: whether something of this chance happens now."""
        return chance > 0 and self._source.random() < chance

    def between(self, span: tuple[float, float]) -> float:
        """Draw a number of seconds between two bounds."""
        return span[0] if span[0] == span[1] else round(self._source.uniform(*span), 3)

    def of_document(self, webhook: Webhook) -> Fault:
        """The fault of one request for a document."""
        named = self.on(webhook) if self.on else None
        if named is not None:
            return named
        failing = self._failing(webhook)
        if failing:
            return failing
        return "repeat" if webhook.attempt == 0 and self.happens(self.repeat) else ""

    def of_callback(self, webhook: Webhook) -> Fault:
        """The fault of a status callback as it is sent: lost or not."""
        named = self.on(webhook) if self.on else None
        if named is not None:
            return named
        return "lost" if self.happens(self.lost) else ""

    def of_delivery(self, webhook: Webhook) -> Fault:
        """The fault of one try to deliver a status callback."""
        named = self.on(webhook) if self.on else None
        return named if named is not None else self._failing(webhook)

    def of_rest(self, request: RestRequest) -> str:
        """The fault of one REST request; empty for none."""
        named = self.on_rest(request) if self.on_rest else None
        if named is not None:
            return named
        return self._source.choice(REST_FAULTS) if self.happens(self.rest) else ""

    def _failing(self, webhook: Webhook) -> Fault:
        drawn: Fault = ""
        for fault, chance in zip(
            FAILING, (self.refuse, self.error, self.timeout, self.crash), strict=True
        ):
            if self.happens(chance):
                drawn = fault
                break
        row = self._row[webhook.call_sid]
        if not drawn or (self.in_a_row is not None and row >= self.in_a_row):
            self._row[webhook.call_sid] = 0
            return ""
        self._row[webhook.call_sid] = row + 1
        return drawn
