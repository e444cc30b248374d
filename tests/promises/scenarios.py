"""People's behaviour as values: how telephones of the house and callers act, and what goes wrong."""

from dataclasses import dataclass

from hypothesis import strategies as st

from weerbaar.simulator import Faults, Persona, personas

PHONES: dict[str, tuple[Persona, bool]] = {
    "takes it": (personas.answers("1", talks=40), True),
    "takes it late": (personas.answers("1", after=15, press_after=5, talks=40), True),
    "not now": (personas.refuses(), False),
    "wrong key": (personas.wrong_key(), False),
    "silent": (personas.silent(), False),
    "voicemail": (personas.voicemail(), False),
    "busy": (personas.busy(), False),
    "off": (personas.off(), False),
    "unreachable": (personas.unreachable(), False),
    "rejects": (personas.rejects(), False),
    "leaves the screen": (personas.hangs_up_in_screen(), False),
}

_ASK = "Toets dan 1"
_NUMBER = "tien cijfers"
_RIGHT = "als het klopt"

CALLERS: dict[str, Persona] = {
    "patient": personas.caller(personas.hangs_up("bridged", after=60)),
    "silent": personas.caller(),
    "asks to be called back": personas.caller(
        personas.presses("1", text=_ASK),
        personas.presses("0612345678", text=_NUMBER),
        personas.presses("1", text=_RIGHT, after=2),
        personas.hangs_up("bridged", after=60),
    ),
    "asks at the second try": personas.caller(
        personas.presses("1", text=_ASK, nth=2),
        personas.presses("0612345678", text=_NUMBER, nth=2),
        personas.presses("1", text=_RIGHT, nth=2, after=2),
    ),
    "mistypes first": personas.caller(
        personas.presses("5", text=_ASK, nth=1),
        personas.presses("061234", text=_NUMBER, nth=1),
        personas.presses("1", text=_ASK, nth=2),
        personas.presses("0612345678", text=_NUMBER, nth=2),
        personas.presses("2", text=_RIGHT, nth=1, after=2),
        personas.presses("0612345678", text=_NUMBER, nth=3),
        personas.presses("1", text=_RIGHT, nth=2, after=2),
    ),
    "presses 9": personas.caller(personas.presses("9"), personas.hangs_up("bridged", after=60)),
    "presses anything": personas.caller(personas.presses("4")),
    "leaves in the greeting": personas.caller(personas.hangs_up(after=3)),
    "leaves while it rings": personas.caller(personas.hangs_up("ringing", after=4)),
    "leaves at the second ringing": personas.caller(personas.hangs_up("ringing", after=2, nth=2)),
    "leaves in the screen": personas.caller(personas.hangs_up("screen", after=1)),
    "leaves at the offer": personas.caller(personas.hangs_up("prompt", after=2, text=_ASK)),
    "leaves while keying": personas.caller(
        personas.presses("0612345678", text=_NUMBER),
        personas.hangs_up("prompt", after=1, text=_RIGHT),
    ),
}

NUMBERS = ("+31687654321", "+31201234567", *personas.WITHHELD)


@dataclass(frozen=True)
class Scenario:
    """One call: who is at the telephones, who calls, what goes wrong on the way."""

    first: tuple[str, ...]
    backup: tuple[str, ...]
    caller: str
    number: str
    seed: int
    duplicate: float
    late: float
    reorder: float
    repeat: float
    echo: float

    def faults(self) -> Faults:
        return Faults(
            seed=self.seed, duplicate=self.duplicate, late=self.late, reorder=self.reorder,
            repeat=self.repeat, echo=self.echo,
        )  # fmt: skip


_chance = st.sampled_from((0.0, 0.0, 0.3, 0.9))
_phones = st.sampled_from(sorted(PHONES))

SCENARIOS = st.builds(
    Scenario,
    first=st.lists(_phones, min_size=0, max_size=2).map(tuple),
    backup=st.lists(_phones, min_size=0, max_size=2).map(tuple),
    caller=st.sampled_from(sorted(CALLERS)),
    number=st.sampled_from(NUMBERS),
    seed=st.integers(0, 10_000),
    duplicate=_chance,
    late=_chance,
    reorder=_chance,
    repeat=_chance,
    echo=_chance,
)
