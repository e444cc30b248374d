"""What goes wrong on the way: callbacks doubled, late, out of order or lost; requests repeated."""

import random
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Literal

from weerbaar.simulator.ledger import Webhook

# lost: never sent. refused: no connection. timeout: the application did its work, but its answer
# came too late. repeat: the same document asked twice, the second answer counts.
Fault = Literal["", "lost", "refused", "timeout", "repeat"]


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
        timeout: chance that the answer to a document comes too late, so that it is asked again or
            the fallback is asked.
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
    timeout: float = 0.0
    latency: tuple[float, float] = (0.0, 0.0)
    on: Callable[[Webhook], Fault | None] | None = None
    _source: random.Random = field(init=False, repr=False)

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
        if self.happens(self.timeout):
            return "timeout"
        return "repeat" if webhook.attempt == 0 and self.happens(self.repeat) else ""

    def of_callback(self, webhook: Webhook) -> Fault:
        """The fault of one status callback."""
        named = self.on(webhook) if self.on else None
        return named if named is not None else ""
