"""People and machines at the ends of the lines: what they do when their telephone does something.

A persona is a name and a row of reactions. A caller's script is the same thing.
"""

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Literal, Protocol

from weerbaar.simulator.schedule import Event

# placed: the network looks for this phone. ringing: it rings here (a caller: somebody's phone
# rings for him). screen: a caller's other side hears its screen. prompt: keys are asked. heard: a
# text was begun. bridged: both can talk. recording: the beep was heard. unbridged: the other side
# is gone.
Moment = Literal[
    "dialled", "placed", "ringing", "screen", "answered", "prompt", "heard", "bridged", "recording",
    "unbridged",
]  # fmt: skip
Act = Literal["answer", "reject", "busy", "fail", "press", "hang up", "forward"]

# How a withheld number arrives (reference 2.3): words, keypad spellings, and nothing at all.
WITHHELD: tuple[str, ...] = (
    "anonymous",
    "Anonymous",
    "ANONYMOUS",
    "restricted",
    "private",
    "unknown",
    "unavailable",
    "withheld",
    "blocked",
    "+266696687",
    "266696687",
    "+1266696687",
    "+7378742833",
    "+2562533",
    "+8656696",
    "+86282452253",
    "",
)


@dataclass(frozen=True)
class Reaction:
    """Do something some seconds after a moment.

    Args:
        when: the moment.
        act: what is done.
        after: seconds later.
        keys: for "press"; for "forward" the number the phone is forwarded to.
        nth: only the nth such moment (from 1); None for each.
        text: only where the text heard then has this in it.
        finished: count the seconds from the end of the text, not from its beginning.
    """

    when: Moment
    act: Act
    after: float = 1.0
    keys: str = ""
    nth: int | None = None
    text: str = ""
    finished: bool = False


@dataclass(frozen=True)
class Persona:
    """A kind of telephone, or a caller's script.

    Args:
        name: for people and transcripts.
        reactions: what it does.
        says: what the other side hears when bridged (a voicemail's greeting).
        speaks: seconds it talks into a recording.
        words: what it says there: the sound is their letters, over and over; silence without.
        machine: whether a machine picks up.
    """

    name: str
    reactions: tuple[Reaction, ...] = ()
    says: str = ""
    speaks: float = 10.0
    words: str = ""
    machine: bool = False


class Hand(Protocol):
    """Where a party's acts go: one call."""

    def act(self, reaction: Reaction) -> None:
        """Do it now."""
        ...


class Party:
    """One end of one line: it counts moments and plans its reactions."""

    def __init__(
        self, persona: Persona, plan: Callable[[float, Callable[[], None]], Event]
    ) -> None:
        self.persona = persona
        self._plan = plan
        self._seen: Counter[int] = Counter()
        self._planned: list[Event] = []

    def notice(self, hand: Hand, when: Moment, text: str = "", seconds: float = 0.0) -> None:
        """Something happened on the telephone; `seconds` is how long the text takes."""
        for place, reaction in enumerate(self.persona.reactions):
            if reaction.when != when or reaction.text not in text:
                continue
            self._seen[place] += 1
            if reaction.nth is not None and self._seen[place] != reaction.nth:
                continue
            delay = reaction.after + (seconds if reaction.finished else 0.0)
            self._planned.append(self._plan(delay, partial(hand.act, reaction)))

    def forget(self) -> None:
        """The call is over: nothing more is done."""
        for event in self._planned:
            event.dropped = True
        self._planned.clear()


# Phones


def answers(
    presses: str = "1",
    *,
    after: float = 4.0,
    press_after: float = 2.0,
    talks: float | None = None,
    name: str = "",
) -> Persona:
    """Picks up after so many seconds, presses keys at every prompt, hangs up after talking."""
    reactions = [Reaction("ringing", "answer", after)]
    if presses:
        reactions.append(Reaction("prompt", "press", press_after, presses))
    if talks is not None:
        reactions.append(Reaction("bridged", "hang up", talks))
    return Persona(name or f"picks up and presses {presses or 'nothing'}", tuple(reactions))


def refuses(*, after: float = 4.0) -> Persona:
    """Picks up and presses 2: not now."""
    return answers("2", after=after, name="picks up and presses 2")


def wrong_key(key: str = "7", *, after: float = 4.0) -> Persona:
    """Picks up and presses a key that means nothing."""
    return answers(key, after=after, name="picks up and presses a wrong key")


def silent(*, after: float = 4.0) -> Persona:
    """Picks up and presses nothing; says hello if bridged, and stays."""
    return answers("", after=after, name="picks up and presses nothing")


def voicemail(*, after: float = 0.5, listens: float = 60.0) -> Persona:
    """A voicemail that picks up, speaks, never presses, and hangs up when its tape is full."""
    return Persona(
        "voicemail",
        (Reaction("ringing", "answer", after), Reaction("answered", "hang up", listens)),
        says="Dit is de voicemail. Spreek in na de toon.",
        machine=True,
    )


def busy() -> Persona:
    """In conversation with somebody else."""
    return Persona("busy", (Reaction("placed", "busy", 0.5),))


def off() -> Persona:
    """Switched off, or in a drawer: rings and nobody comes."""
    return Persona("off")


def unreachable() -> Persona:
    """The network cannot find it."""
    return Persona("unreachable", (Reaction("placed", "fail", 0.5),))


def rejects(*, after: float = 3.0) -> Persona:
    """The red button."""
    return Persona("rejects", (Reaction("ringing", "reject", after),))


def hangs_up_in_screen(*, after: float = 4.0, listens: float = 2.0) -> Persona:
    """Picks up and hangs up while the screen asks."""
    return Persona(
        "hangs up in the screen",
        (Reaction("ringing", "answer", after), Reaction("prompt", "hang up", listens)),
    )


def forwards(to: str, *, after: float = 0.5) -> Persona:
    """Forwarded to another number: what rings here rings there."""
    return Persona(f"forwards to {to}", (Reaction("ringing", "forward", after, to),))


def manual() -> Persona:
    """A person presses the buttons on the phones page."""
    return Persona("manual")


def sequence(*personas: Persona) -> tuple[Persona, ...]:
    """One persona for each next time the phone rings; the last one stays."""
    return personas


# Callers


def caller(
    *reactions: Reaction, speaks: float = 10.0, words: str = "", name: str = "caller"
) -> Persona:
    """A caller with a script of his own."""
    return Persona(name, reactions, speaks=speaks, words=words)


def hangs_up(
    when: Moment | None = None, *, after: float = 1.0, nth: int = 1, text: str = ""
) -> Reaction:
    """Hang up some seconds after the nth such moment; None: after dialling."""
    return Reaction(when or "dialled", "hang up", after, nth=nth, text=text)


def presses(
    keys: str, *, nth: int | None = None, text: str = "", after: float = 1.0, finished: bool = False
) -> Reaction:
    """Press keys at the nth prompt, or at each prompt that has `text` in it."""
    return Reaction("prompt", "press", after, keys, nth, text, finished)


def patient(*, talks: float = 120.0) -> Persona:
    """Presses nothing, waits for ever, hangs up after talking."""
    return caller(Reaction("bridged", "hang up", talks), name="patient caller")
