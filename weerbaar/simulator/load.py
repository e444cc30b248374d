"""Many callers at once on a network, and how each of them ended: from what they heard."""

import math
import re
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

from weerbaar.simulator import personas
from weerbaar.simulator.call import Call
from weerbaar.simulator.ledger import Webhook
from weerbaar.simulator.network import Network
from weerbaar.simulator.personas import Persona

# Listened for as a caller would: what he is asked, and what is promised to him.
OFFER = "Toets dan 1"
PROMISED = re.compile(r"(?:[Ww]ij bellen u terug, |genoteerd).*\d{1,2} uur", re.DOTALL)
FIRST_CALLER = 612_300_000
ENDINGS = {
    "talked": "gesproken",
    "promised": "wordt teruggebeld",
    "left": "zelf opgehangen",
    "dead end": "DOOD EIND",
    "on the line": "nog aan de lijn",
}


@dataclass(frozen=True)
class Ending:
    """How one caller ended, after how many seconds; the transcript where it went wrong."""

    number: str
    ending: str
    seconds: float
    transcript: str = ""


@dataclass(frozen=True)
class Times:
    """How long the application took from a request for a document to its last byte, in seconds."""

    count: int
    p50: float
    p95: float
    p99: float


@dataclass(frozen=True)
class Report:
    """What became of a load: endings, legs rung, and how long the application took to answer.

    `documents` are all documents that were asked for, `first` the first of each caller.
    """

    running: int
    endings: tuple[Ending, ...]
    legs: int
    failed: int
    documents: Times
    first: Times

    @property
    def dead_ends(self) -> int:
        """How many callers ended in nothing."""
        return sum(one.ending == "dead end" for one in self.endings)

    def facts(self) -> dict[str, Any]:
        """The report in plain values."""
        return asdict(self) | {"dead_ends": self.dead_ends}


@dataclass
class Load:
    """Callers at once on one network.

    Args:
        network: the network, by the clock on the wall or in virtual time.
        phones: telephones that take calls meanwhile; afterwards they behave as before.
        talk: seconds a conversation takes.
    """

    network: Network
    phones: Sequence[str]
    talk: float = 20.0
    calls: list[Call] = field(default_factory=list)
    _before: dict[str, Persona] = field(default_factory=dict)
    _first: int = 0

    def begin(self, callers: int) -> None:
        """Let so many callers ring at the same moment."""
        network = self.network
        with network.lock:
            self._first = len(network.calls)
            for place, number in enumerate(self.phones):
                self._before[number] = network.persona_of(number)
                # They pick up one after the other, as people do.
                network.phone(number, personas.answers("1", after=3 + place % 5, talks=self.talk))
            self.calls = [
                network.call(f"+31{FIRST_CALLER + place}", _caller(self.talk))
                for place in range(callers)
            ]

    @property
    def running(self) -> int:
        """How many callers are still on the line."""
        return sum(not call.over for call in self.calls)

    def end(self) -> None:
        """Let the telephones behave as before."""
        for number, persona in self._before.items():
            self.network.phone(number, persona)
        self._before.clear()

    def report(self) -> Report:
        """How it stands."""
        with self.network.lock:
            since = self.network.calls[self._first :]
            legs = [call for call in since if call.direction != "inbound"]
            mine = {call.sid for call in (*self.calls, *legs)}
            asked = [
                hook
                for hook in self.network.ledger.webhooks(kind="document")
                if hook.call_sid in mine and (hook.status is not None or hook.error is not None)
            ]
            opened = {hook.call_sid: hook for hook in reversed(asked)}
            first = [opened[call.sid] for call in self.calls if call.sid in opened]
            return Report(
                running=self.running,
                endings=tuple(_ending(call) for call in self.calls),
                legs=len(legs),
                failed=sum(hook.error is not None for hook in asked),
                documents=_times(asked),
                first=_times(first),
            )


def _caller(talk: float) -> Persona:
    return personas.caller(
        personas.presses("1", text=OFFER, after=2),
        personas.hangs_up("bridged", after=talk + 60),
        name="caller of a load",
    )


def _ending(call: Call) -> Ending:
    seconds = round(((call.ended_at or call.network.clock.now()) - call.created).total_seconds(), 1)
    if not call.over:
        return Ending(call.from_, "on the line", seconds)
    if any("1" in leg.pressed() for leg in call.partners):
        return Ending(call.from_, "talked", seconds)
    if PROMISED.search(call.heard_text()):
        return Ending(call.from_, "promised", seconds)
    if call.ended_by == "caller":
        return Ending(call.from_, "left", seconds)
    return Ending(call.from_, "dead end", seconds, call.log())


def _times(hooks: Sequence[Webhook]) -> Times:
    seconds = sorted(hook.seconds for hook in hooks)

    def share(part: float) -> float:
        return seconds[max(0, math.ceil(len(seconds) * part) - 1)] if seconds else 0.0

    return Times(len(seconds), share(0.50), share(0.95), share(0.99))
