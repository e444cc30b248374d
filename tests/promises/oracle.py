"""Promise 1 judged from the outside: what the caller heard and pressed, and what the network saw.

Nothing here reads a table of ours or imports the house. Words are looked for as a caller would
listen for them.
"""

import re
from dataclasses import dataclass

from weerbaar.simulator import Call, Network

RINGING_OUT = 150
ENDING = 240
QUESTIONS = 3
PROMISED = re.compile(r"[Ww]ij bellen u terug, (morgen )?vóór \d{1,2} uur")
NOTED = re.compile(
    r"genoteerd.*(vóór \d{1,2} uur|Belt u ons over enkele minuten opnieuw)", re.DOTALL
)
MISUSE = "Wij beëindigen dit gesprek"
EMERGENCY = "bel 1 1 2"
OFFERED = ("Toets dan 1", "Toets het nummer van tien cijfers")


@dataclass(frozen=True)
class Seat:
    """A telephone of somebody on duty, as the test set it up; `takes` presses 1 when it rings."""

    number: str
    tier: int
    takes: bool


def dead_ends(call: Call, network: Network, seats: list[Seat]) -> list[str]:
    """What was wrong with a call; an empty list is a kept promise."""
    wrong = [*_ending(call), *_times(call), *_bridges(call, seats), *_tiers(call, seats)]
    if call.entries("error message"):
        wrong.append("the caller heard the network's own error message")
    if any(alert.code == 12100 for alert in network.ledger.alerts()):
        wrong.append("a document could not be read")
    return wrong


def _ending(call: Call) -> list[str]:
    heard = call.heard_text()
    if not call.over:
        return ["the call never ended"]
    if call.ended_by == "caller" or _talked(call):
        return []
    if PROMISED.search(heard) and "1" in call.pressed():
        return []
    # Whoever never asks is asked at least three times, besides the greeting.
    if NOTED.search(heard) and len(call.entries("prompt")) > QUESTIONS:
        return []
    if MISUSE in heard and EMERGENCY in heard:
        return []
    return [f"a dead end, ended by {call.ended_by}: {heard[-160:]!r}"]


def _talked(call: Call) -> bool:
    return any("1" in child.pressed() for child in call.children if child.to in call.bridged_with)


def _times(call: Call) -> list[str]:
    wrong = []
    bridged = call.seconds_until("bridged")
    prompts = [
        (entry.at - call.created).total_seconds()
        for entry in call.entries("heard")
        if any(words in entry.text for words in OFFERED)
    ]
    if bridged is None and prompts and prompts[0] > RINGING_OUT:
        wrong.append(f"ringing went on for {prompts[0]:.0f} seconds")
    ended = call.seconds_until("ended")
    if bridged is None and ended is not None and ended > ENDING:
        wrong.append(f"the call took {ended:.0f} seconds to an ending")
    return wrong


def _bridges(call: Call, seats: list[Seat]) -> list[str]:
    willing = {seat.number for seat in seats if seat.takes}
    return [
        f"connected with a telephone on which nobody pressed 1 ({number})"
        for number in call.bridged_with
        if number not in willing
    ]


def _tiers(call: Call, seats: list[Seat]) -> list[str]:
    """Whoever heard the offer waited for every tier: none may have been left out."""
    if _talked(call) or not any(words in call.heard_text() for words in OFFERED):
        return []
    rung = {child.to for child in call.children}
    return [
        f"nobody of tier {tier} was rung before the offer"
        for tier in sorted({seat.tier for seat in seats})
        if not any(seat.number in rung for seat in seats if seat.tier == tier)
    ]
