"""People's behaviour as values: how telephones of the house and callers act, and what goes wrong."""

from hypothesis import strategies as st

from weerbaar.simulator import Faults, Persona, Rules, personas

PHONES: dict[str, Persona] = {
    "takes it": personas.answers("1", talks=40),
    "takes it late": personas.answers("1", after=15, press_after=5, talks=40),
    "takes it and leaves": personas.answers("1", talks=0.5),
    "not now": personas.refuses(),
    "wrong key": personas.wrong_key(),
    "silent": personas.silent(),
    "voicemail": personas.voicemail(),
    "late voicemail": personas.voicemail(after=14),
    "busy": personas.busy(),
    "off": personas.off(),
    "unreachable": personas.unreachable(),
    "rejects": personas.rejects(),
    "leaves the screen": personas.hangs_up_in_screen(),
}

_ASK = "Toets dan 1"
_NUMBER = "tien cijfers"
_RIGHT = "als het klopt"
_SPEAK = (
    personas.presses("2", text="Toets dan 2"),
    personas.presses("2", text="Toets dan alleen een 2"),
)

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
    "leaves a message": personas.caller(*_SPEAK, speaks=20),
    "leaves a message and the line": personas.caller(
        *_SPEAK, personas.hangs_up("recording", after=9), speaks=30
    ),
    "says nothing after the tone": personas.caller(*_SPEAK, speaks=0),
    "presses 9 at the offer": personas.caller(personas.presses("9", text=_ASK, nth=1)),
    "presses 9": personas.caller(personas.presses("9"), personas.hangs_up("bridged", after=60)),
    "presses 9 and leaves": personas.caller(
        personas.presses("9"), personas.hangs_up("prompt", after=9, text="meerdere")
    ),
    "presses anything": personas.caller(personas.presses("4")),
    "leaves in the greeting": personas.caller(personas.hangs_up(after=3)),
    "leaves while it rings": personas.caller(personas.hangs_up("ringing", after=4)),
    "leaves at the second ringing": personas.caller(personas.hangs_up("ringing", after=2, nth=2)),
    "leaves in the screen": personas.caller(personas.hangs_up("screen", after=1)),
    "leaves at the press": personas.caller(personas.hangs_up("screen", after=2)),
    "leaves at the offer": personas.caller(personas.hangs_up("prompt", after=2, text=_ASK)),
    "leaves while keying": personas.caller(
        personas.presses("0612345678", text=_NUMBER),
        personas.hangs_up("prompt", after=1, text=_RIGHT),
    ),
    **{
        f"leaves after {seconds} seconds": personas.caller(personas.hangs_up(after=seconds))
        for seconds in (1, 14, 31, 47, 62, 95, 125)
    },
}

NUMBERS = ("+31687654321", "+31201234567", *personas.WITHHELD)

_chance = st.sampled_from((0.0, 0.0, 0.3, 0.9))
_rarely = st.sampled_from((0.0, 0.0, 0.1, 0.4))

seldom = st.sampled_from((False, False, True))

phones = st.sampled_from(sorted(PHONES))
callers = st.sampled_from(sorted(CALLERS))
numbers = st.sampled_from(NUMBERS)
delays = st.sampled_from((0, 0, 1, 3, 8, 20, 45, 90))

# What goes wrong on the way. Never more than two requests of one call after one another: the
# provider gives up after three, and then no house can help.
faults = st.builds(
    Faults,
    seed=st.integers(0, 10_000),
    duplicate=_chance,
    late=_chance,
    reorder=_chance,
    lost=_rarely,
    repeat=_chance,
    echo=_chance,
    refuse=_rarely,
    error=_rarely,
    timeout=_rarely,
    crash=_rarely,
    in_a_row=st.sampled_from((2, 3)),
    rest=_chance,
    latency=st.sampled_from(((0.0, 0.0), (0.0, 0.0), (0.1, 1.5))),
)

# What the provider leaves open, in every position.
rules = st.builds(
    Rules,
    signed_with=st.sampled_from(("token", "other token")),
    broken_connection=st.sampled_from(("again", "fallback")),
    hangup_tells_first=st.sampled_from(("action", "status")),
    screen_refused_status=st.sampled_from(("completed", "no-answer")),
    hangup_in_screen_status=st.sampled_from(("completed", "canceled")),
    screen_action_after_hangup=st.booleans(),
    screen_failure=st.sampled_from(("hang up", "fallback")),
    gather_action_after_hangup=st.booleans(),
    wait_failure=st.sampled_from(("silence", "leave")),
    redirect_ends_conference=st.booleans(),
    conference_needs_two=st.booleans(),
    moved_asks_action=st.booleans(),
    calls_per_second=st.sampled_from((None, 1.0)),
    empty_digits=st.sampled_from(("empty", "absent")),
    finished_on_key=st.booleans(),
    recording_tells_first=st.sampled_from(("action", "status")),
    recording_becomes=st.sampled_from(("completed", "completed", "absent", "failed")),
)
