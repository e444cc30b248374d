"""Promise 1 judged from the outside: what the caller heard and pressed, and what the network saw.

Nothing here reads a table of ours or imports the house. Words are looked for as a caller would
listen for them.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from weerbaar.simulator import Call, Network

RINGING_OUT = 150
ENDING = 240
QUESTIONS = 3
PROMISED = re.compile(r"[Ww]ij bellen u terug, (morgen )?vóór \d{1,2} uur")
RECEIVED = re.compile(r"luistert ernaar, (morgen )?vóór \d{1,2} uur")
NOTED = re.compile(
    r"genoteerd.*(vóór \d{1,2} uur|Belt u ons over enkele minuten opnieuw)", re.DOTALL
)
MISUSE = "Wij beëindigen dit gesprek"
CALL_AGAIN = "belt u ons over enkele minuten opnieuw"
EMERGENCY = "bel 1 1 2"
OFFERED = ("Toets dan 1", "Toets het nummer van tien cijfers")


@dataclass(frozen=True)
class Seat:
    """A telephone of somebody who was on duty in a tier, from one instant to another."""

    number: str
    tier: int
    since: datetime
    until: datetime

    def at(self, instant: datetime) -> bool:
        """Whether he was on duty then."""
        return self.since <= instant < self.until


@dataclass(frozen=True)
class Outage:
    """A time in which the house could not reach its database.

    Args:
        since: when it began.
        until: when it was over.
        bare: the snapshot was lost too, so that nobody of the roster could be found.
    """

    since: datetime
    until: datetime
    bare: bool = False

    def touches(self, call: Call) -> bool:
        """Whether a call was on the line in it."""
        ended = call.ended_at or self.until
        return call.created < self.until and ended >= self.since


def dead_ends(
    call: Call,
    network: Network,
    seats: Sequence[Seat],
    outages: Sequence[Outage] = (),
    *,
    standby: str | None = None,
) -> list[str]:
    """What was wrong with a call; an empty list is a kept promise.

    Args:
        call: the caller's line.
        network: all there was on it meanwhile.
        seats: who was on duty, and when.
        outages: when the database was gone.
        standby: the stand-by telephone, where there is one.
    """
    touched = any(outage.touches(call) for outage in outages)
    bare = any(outage.bare and outage.touches(call) for outage in outages)
    wrong = [
        *(() if bare and _told_to_call_again(call, standby) else _ending(call)),
        *_times(call),
        *_bridges(call),
        *_one_winner(call),
    ]
    if not touched:
        wrong += _tiers(call, network, seats)
    if call.entries("error message"):
        wrong.append("the caller heard the network's own error message")
    if any(alert.code == 12100 for alert in network.ledger.alerts()):
        wrong.append("a document could not be read")
    return wrong


def promised(call: Call) -> bool:
    """Whether the caller heard that somebody has work to do for him."""
    heard = call.heard_text()
    return any(words.search(heard) for words in (PROMISED, RECEIVED, NOTED))


def _ending(call: Call) -> list[str]:
    heard = call.heard_text()
    if not call.over:
        return ["the call never ended"]
    good = (
        call.ended_by == "caller" or talked(call),
        PROMISED.search(heard) and "1" in call.pressed(),
        RECEIVED.search(heard) and "2" in call.pressed(),
        # Whoever never asks is asked at least three times, besides the greeting; a tone asks too.
        NOTED.search(heard) and len(call.entries("prompt", "recording")) > QUESTIONS,
        MISUSE in heard and EMERGENCY in heard,
    )
    if any(good):
        return []
    return [f"a dead end, ended by {call.ended_by}: {heard[-160:]!r}"]


def _told_to_call_again(call: Call, standby: str | None) -> bool:
    """With application and stand-by telephone out of reach, 112 and "call again" is an ending."""
    heard = call.heard_text()
    rung = standby is None or any(leg.to == standby for leg in call.children)
    return call.over and rung and CALL_AGAIN in heard and EMERGENCY in heard


def talked(call: Call) -> bool:
    """Whether the caller was connected with somebody who had pressed 1."""
    return any("1" in leg.pressed() for leg in call.partners)


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
    # Who speaks does not wait: the time of a message, as long as he wants it, is his own.
    spoken = sum(int(entry.text.split()[0]) for entry in call.entries("recorded"))
    if ended is not None:
        ended -= spoken
    if bridged is None and ended is not None and ended > ENDING:
        wrong.append(f"the call took {ended:.0f} seconds to an ending")
    return wrong


def _bridges(call: Call) -> list[str]:
    return [
        f"connected with a telephone on which nobody pressed 1 ({leg.to})"
        for leg in call.partners
        if "1" not in leg.pressed()
    ]


def _one_winner(call: Call) -> list[str]:
    """Two of the house on one caller's line at the same time: somebody was not told "too late"."""
    legs = sorted(call.partners, key=lambda leg: leg.created)
    return [
        f"two telephones at once on one line ({one.to} and {other.to})"
        for place, one in enumerate(legs)
        for other in legs[place + 1 :]
        if _together(one, other)
    ]


def _together(one: Call, other: Call) -> bool:
    return any(
        begin < (_ended(leg) or begin) and begin >= since
        for leg, since, begin in (
            (one, _connected(one), _connected(other)),
            (other, _connected(other), _connected(one)),
        )
    )


def _connected(leg: Call) -> datetime:
    return next(entry.at for entry in leg.entries("bridged", "joined"))


def _ended(leg: Call) -> datetime | None:
    return leg.ended_at


def _tiers(call: Call, network: Network, seats: Sequence[Seat]) -> list[str]:
    """Whoever heard the offer waited for every tier: none may have been left out.

    A tier counts when somebody of it was on duty from the call's first second and talked with
    nobody else before the offer was made; it was rung when any telephone of it rang meanwhile.
    """
    offer = next(
        (one.at for one in call.entries("heard") if any(words in one.text for words in OFFERED)),
        None,
    )
    if talked(call) or offer is None:
        return []
    rung = {
        leg.to
        for leg in network.calls
        if leg.direction != "inbound" and call.created <= leg.created < offer
    }
    on_duty = [seat for seat in seats if seat.at(call.created)]
    # A telephone that rang beside others, for this caller too, has a line of its own.
    free = [seat for seat in on_duty if not _elsewhere(seat, call, network, offer)]
    return [
        f"nobody of tier {tier} was rung before the offer"
        for tier in sorted({seat.tier for seat in free})
        if not any(seat.number in rung for seat in on_duty if seat.tier == tier)
    ]


def _elsewhere(seat: Seat, call: Call, network: Network, offer: datetime) -> bool:
    return any(
        seat.number in {leg.to, leg.from_}
        and leg.parent is not call
        and leg.created < offer
        and (leg.ended_at is None or leg.ended_at > call.created)
        for leg in network.calls
        if leg is not call
    )
