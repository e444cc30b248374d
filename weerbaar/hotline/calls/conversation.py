"""A call as a conversation: the tables of states and events are the code.

Theory of operation. Three small machines live here: the caller's line, one leg (a telephone of
the house that is rung), and a call-back. Each is a table from (state, event) to (next state,
effect). Two rules hold everywhere:

- An event that a state does not list is illegal there and changes nothing: `move` answers None.
  That is what makes repeated, late and reordered requests harmless.
- Every state but *ended* has a deadline. Whoever changes a state asks `next_deadline` and writes
  it down; the watchdog acts on what has passed.

A line rings in one of two shapes. One telephone at a time (*ringing*, *accepted*): the provider's
`<Dial>` rings it, and its account tells whether the two talked. Several at once (*rallying*): the
caller waits in a loop of ours, every telephone is a call of its own, and who presses 1 first takes
the line. Taker and caller then go to a room:

    rallying --press_1--> joining --caller_comes--> entering --joined--> conferring --> ended
       |                     |                          |
       +------leg_lost-------+-------not_bridged--------+--> ringing (look again)

- *joining*: the taker is in the room or on his way, the caller has not fetched its document.
- *entering*: the caller has; the provider has not told yet that both are in.
- *conferring*: both are in: only this is a conversation.
- *settling*: the caller is gone and it is not told yet whether both were in.

Key 9 (*acute*) leads from every prompt back to looking, now for everybody at once.

Events are facts, already judged by whoever saw them ("the last try was used up"), so that the
tables need no clock, no counter and no database.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

# One leg rings 18 seconds; the provider adds about five of its own.
RING_SECONDS = 18
TALK_LIMIT = timedelta(hours=3)
# Ringing goes on in rounds until this much is spent; no leg starts after it.
RINGING_BUDGET = timedelta(seconds=90)
# After this much of a call no new question is asked, so that it ends within 240 seconds.
LAST_QUESTION = timedelta(seconds=200)
# Waited after "everybody is busy", which takes about eight seconds to say: fifteen in all, so that
# the line asks again before its deadline and the watchdog leaves it alone.
BUSY_SECONDS = 7
TRIES = 3
# A telephone that was just rung is left alone this long, within one call.
REST = timedelta(seconds=15)
# How long a caller may speak into a message, and what silence ends it.
LONGEST_MESSAGE = timedelta(seconds=180)
SILENCE_SECONDS = 7
# Less than this, with silence cut off, is no message.
SHORTEST_MESSAGE = 2
# Several telephones ring at once for so long: the last one has rung out and its screen is over.
RALLY_LIMIT = timedelta(seconds=32)
# Key 9 rings everybody as long as ringing out (150 s) and an ending (240 s) stay within reach:
# before the caller was asked anything, and after.
LAST_ACUTE = timedelta(seconds=110)
LAST_ACUTE_ASKED = timedelta(seconds=140)
# The provider was asked to fetch the caller into the room: so long the loop does not send him.
MOVE_SECONDS = timedelta(seconds=4)
# A caller who was cut off reaches the same person first, for so long.
SAME_PERSON = timedelta(minutes=30)
# How long the number of an official is held for one call-back.
HOLD = timedelta(minutes=2)


class State(StrEnum):
    """Where a caller's line is."""

    GREETING = "greeting"
    RINGING = "ringing"
    ALL_BUSY = "all_busy"
    ACCEPTED = "accepted"
    RALLYING = "rallying"
    JOINING = "joining"
    ENTERING = "entering"
    CONFERRING = "conferring"
    SETTLING = "settling"
    OFFERING = "offering"
    ENTERING_NUMBER = "entering_number"
    CONFIRMING_NUMBER = "confirming_number"
    RECORDING = "recording"
    ENDED = "ended"


# Somebody pressed 1, and the line is with him.
TAKEN = frozenset({State.ACCEPTED, State.JOINING, State.ENTERING, State.CONFERRING})
# The caller is asked something.
ASKED = frozenset({
    State.OFFERING, State.ENTERING_NUMBER, State.CONFIRMING_NUMBER, State.RECORDING,
})  # fmt: skip


class Event(StrEnum):
    """What can happen to a caller's line."""

    BLOCKED = "blocked"  # the number was marked as misuse in the last 24 hours
    GREETED = "greeted"  # the greeting was heard, or a key cut it short
    LEG_PLACED = "leg_placed"  # somebody is free and is rung
    NOBODY_FREE = "nobody_free"  # there are people, and time, but nobody can be rung now
    RINGING_SPENT = "ringing_spent"  # no time or no people left; the number is known
    RINGING_SPENT_WITHHELD = "ringing_spent_withheld"  # the same; there is no number
    RINGING_SPENT_KEYED = "ringing_spent_keyed"  # the same; it was keyed in and not confirmed
    RALLIED = "rallied"  # several are free and are rung at once
    ACUTE = "acute"  # key 9: acute danger
    WAITED = "waited"  # the pause after "everybody is busy" is over
    PRESS_1 = "press_1"  # the person rung takes the call
    LEG_LOST = "leg_lost"  # that telephone, the last of several, did not take it
    CALLER_COMES = "caller_comes"  # the caller fetched the document that leads to the room
    JOINED = "joined"  # both are in the room
    TALKED = "talked"  # the two were connected, and that is over
    NOT_BRIDGED = "not_bridged"  # accepted, never connected, and the caller is still there
    NOT_BRIDGED_GONE = "not_bridged_gone"  # accepted, never connected, and the caller has left
    LEG_OVER = "leg_over"  # the accepted leg has ended; whether they talked comes separately
    ASKED = "asked"  # "call me back on this number", and the number is sealed
    UNCLEAR = "unclear"  # silence or another key; tries are left
    GAVE_UP = "gave_up"  # silence or another key; none are left
    DIGITS = "digits"  # ten digits that are a Dutch number, sealed
    CONFIRMED = "confirmed"
    AGAIN = "again"  # "no, that was wrong"
    RECORD = "record"  # "I want to leave a message"
    RECORDED = "recorded"  # a message was spoken, and the caller is still there
    CALLER_GONE = "caller_gone"
    CALLER_GONE_KEYED = "caller_gone_keyed"  # the same; he had keyed in a number
    OVERDUE = "overdue"  # the deadline passed and the caller is known to be on the line


class Effect(StrEnum):
    """What whoever moved the line must do now."""

    LOOK = "look"  # find the next person to ring; raises another event
    RING = "ring"
    RALLY = "rally"  # ask the provider to ring everybody who was claimed
    FETCH = "fetch"  # make the caller ask for his document
    MEET = "meet"  # nothing: the two are on their way, or talk
    TELL_BUSY = "tell_busy"
    OPEN_ITEM = "open_item"
    AWAIT_ACTION = "await_action"
    ASK = "ask"  # the question that belongs to the state, again or for the first time
    DROP_NUMBER = "drop_number"  # destroy the sealed digits and ask again
    CLOSE = "close"  # end legs and see to the work item that the outcome asks for


class Outcome(StrEnum):
    """How a call ended."""

    TALKED = "talked"
    ACCEPTED_NOT_BRIDGED = "accepted_not_bridged"
    CALLBACK_ASKED = "callback_asked"
    MESSAGE_LEFT = "message_left"
    MISSED = "missed"
    BLOCKED = "blocked"
    LOOPED = "looped"


@dataclass(frozen=True)
class Move:
    """What an event does to a line; `outcome` stands only where it ends."""

    state: State
    effect: Effect
    outcome: Outcome | None = None


def _ended(outcome: Outcome) -> Move:
    return Move(State.ENDED, Effect.CLOSE, outcome)


LINE: dict[tuple[State, Event], Move] = {
    (State.GREETING, Event.BLOCKED): _ended(Outcome.BLOCKED),
    (State.GREETING, Event.GREETED): Move(State.RINGING, Effect.LOOK),
    (State.GREETING, Event.OVERDUE): Move(State.RINGING, Effect.LOOK),
    (State.GREETING, Event.CALLER_GONE): _ended(Outcome.MISSED),
    (State.RINGING, Event.LEG_PLACED): Move(State.RINGING, Effect.RING),
    (State.RINGING, Event.NOBODY_FREE): Move(State.ALL_BUSY, Effect.TELL_BUSY),
    (State.RINGING, Event.RINGING_SPENT): Move(State.OFFERING, Effect.ASK),
    (State.RINGING, Event.RINGING_SPENT_WITHHELD): Move(State.ENTERING_NUMBER, Effect.ASK),
    (State.RINGING, Event.LEG_LOST): Move(State.RINGING, Effect.LOOK),
    (State.RINGING, Event.OVERDUE): Move(State.RINGING, Effect.LOOK),
    (State.RINGING, Event.PRESS_1): Move(State.ACCEPTED, Effect.OPEN_ITEM),
    (State.RINGING, Event.CALLER_GONE): _ended(Outcome.MISSED),
    (State.RINGING, Event.RINGING_SPENT_KEYED): Move(State.CONFIRMING_NUMBER, Effect.ASK),
    (State.RINGING, Event.CALLER_GONE_KEYED): _ended(Outcome.CALLBACK_ASKED),
    (State.RINGING, Event.RALLIED): Move(State.RALLYING, Effect.RALLY),
    (State.ALL_BUSY, Event.WAITED): Move(State.RINGING, Effect.LOOK),
    (State.ALL_BUSY, Event.OVERDUE): Move(State.RINGING, Effect.LOOK),
    (State.ALL_BUSY, Event.CALLER_GONE): _ended(Outcome.MISSED),
    (State.ALL_BUSY, Event.CALLER_GONE_KEYED): _ended(Outcome.CALLBACK_ASKED),
    (State.RALLYING, Event.PRESS_1): Move(State.JOINING, Effect.OPEN_ITEM),
    (State.RALLYING, Event.LEG_LOST): Move(State.RINGING, Effect.LOOK),
    (State.RALLYING, Event.OVERDUE): Move(State.RINGING, Effect.LOOK),
    (State.RALLYING, Event.CALLER_GONE): _ended(Outcome.MISSED),
    (State.RALLYING, Event.CALLER_GONE_KEYED): _ended(Outcome.CALLBACK_ASKED),
    (State.JOINING, Event.CALLER_COMES): Move(State.ENTERING, Effect.MEET),
    (State.JOINING, Event.NOT_BRIDGED): Move(State.RINGING, Effect.LOOK),
    (State.JOINING, Event.CALLER_GONE): _ended(Outcome.ACCEPTED_NOT_BRIDGED),
    (State.JOINING, Event.OVERDUE): Move(State.JOINING, Effect.FETCH),
    (State.ENTERING, Event.JOINED): Move(State.CONFERRING, Effect.MEET),
    (State.ENTERING, Event.NOT_BRIDGED): Move(State.RINGING, Effect.LOOK),
    (State.ENTERING, Event.LEG_OVER): Move(State.ENTERING, Effect.AWAIT_ACTION),
    (State.ENTERING, Event.CALLER_GONE): Move(State.SETTLING, Effect.AWAIT_ACTION),
    (State.ENTERING, Event.OVERDUE): Move(State.ENTERING, Effect.FETCH),
    (State.SETTLING, Event.JOINED): _ended(Outcome.TALKED),
    (State.SETTLING, Event.CALLER_GONE): Move(State.SETTLING, Effect.AWAIT_ACTION),
    (State.SETTLING, Event.OVERDUE): _ended(Outcome.ACCEPTED_NOT_BRIDGED),
    (State.CONFERRING, Event.TALKED): _ended(Outcome.TALKED),
    (State.CONFERRING, Event.LEG_OVER): Move(State.CONFERRING, Effect.AWAIT_ACTION),
    (State.CONFERRING, Event.CALLER_GONE): _ended(Outcome.TALKED),
    (State.CONFERRING, Event.OVERDUE): _ended(Outcome.TALKED),
    (State.ACCEPTED, Event.TALKED): _ended(Outcome.TALKED),
    (State.ACCEPTED, Event.NOT_BRIDGED): Move(State.RINGING, Effect.LOOK),
    (State.ACCEPTED, Event.NOT_BRIDGED_GONE): _ended(Outcome.ACCEPTED_NOT_BRIDGED),
    (State.ACCEPTED, Event.LEG_OVER): Move(State.ACCEPTED, Effect.AWAIT_ACTION),
    (State.ACCEPTED, Event.CALLER_GONE): Move(State.ACCEPTED, Effect.AWAIT_ACTION),
    (State.ACCEPTED, Event.OVERDUE): _ended(Outcome.ACCEPTED_NOT_BRIDGED),
    (State.OFFERING, Event.ASKED): _ended(Outcome.CALLBACK_ASKED),
    (State.OFFERING, Event.UNCLEAR): Move(State.OFFERING, Effect.ASK),
    (State.OFFERING, Event.OVERDUE): Move(State.OFFERING, Effect.ASK),
    (State.OFFERING, Event.GAVE_UP): _ended(Outcome.MISSED),
    (State.OFFERING, Event.CALLER_GONE): _ended(Outcome.MISSED),
    (State.OFFERING, Event.RECORD): Move(State.RECORDING, Effect.ASK),
    (State.ENTERING_NUMBER, Event.RECORD): Move(State.RECORDING, Effect.ASK),
    (State.ENTERING_NUMBER, Event.DIGITS): Move(State.CONFIRMING_NUMBER, Effect.ASK),
    (State.ENTERING_NUMBER, Event.UNCLEAR): Move(State.ENTERING_NUMBER, Effect.ASK),
    (State.ENTERING_NUMBER, Event.OVERDUE): Move(State.ENTERING_NUMBER, Effect.ASK),
    (State.ENTERING_NUMBER, Event.GAVE_UP): _ended(Outcome.MISSED),
    (State.ENTERING_NUMBER, Event.CALLER_GONE): _ended(Outcome.MISSED),
    # Whoever keyed in ten digits has asked; what is not confirmed is marked, never thrown away.
    (State.CONFIRMING_NUMBER, Event.CONFIRMED): _ended(Outcome.CALLBACK_ASKED),
    (State.CONFIRMING_NUMBER, Event.AGAIN): Move(State.ENTERING_NUMBER, Effect.DROP_NUMBER),
    (State.CONFIRMING_NUMBER, Event.UNCLEAR): Move(State.CONFIRMING_NUMBER, Effect.ASK),
    (State.CONFIRMING_NUMBER, Event.OVERDUE): Move(State.CONFIRMING_NUMBER, Effect.ASK),
    (State.CONFIRMING_NUMBER, Event.GAVE_UP): _ended(Outcome.CALLBACK_ASKED),
    (State.CONFIRMING_NUMBER, Event.CALLER_GONE): _ended(Outcome.CALLBACK_ASKED),
    (State.RECORDING, Event.RECORDED): _ended(Outcome.MESSAGE_LEFT),
    (State.RECORDING, Event.UNCLEAR): Move(State.RECORDING, Effect.ASK),
    (State.RECORDING, Event.OVERDUE): Move(State.RECORDING, Effect.ASK),
    (State.RECORDING, Event.GAVE_UP): _ended(Outcome.MISSED),
    # Whoever hangs up while speaking has left what he said. Where nothing was recorded after
    # all, the call becomes a missed one when the provider has been asked.
    (State.RECORDING, Event.CALLER_GONE): _ended(Outcome.MESSAGE_LEFT),
    # Acute danger: everybody is rung, from every prompt.
    **{
        (state, Event.ACUTE): Move(State.RINGING, Effect.LOOK)
        for state in (State.GREETING, State.ALL_BUSY, *sorted(ASKED))
    },
    (State.RALLYING, Event.ACUTE): Move(State.RALLYING, Effect.RALLY),
}

DEADLINES: dict[State, timedelta] = {
    State.GREETING: timedelta(seconds=60),
    State.RINGING: timedelta(seconds=70),
    State.ALL_BUSY: timedelta(seconds=20),
    State.ACCEPTED: TALK_LIMIT + timedelta(seconds=60),
    State.RALLYING: RALLY_LIMIT + timedelta(seconds=13),
    State.JOINING: timedelta(seconds=15),
    State.ENTERING: timedelta(seconds=20),
    State.CONFERRING: TALK_LIMIT + timedelta(seconds=60),
    State.SETTLING: timedelta(seconds=60),
    State.OFFERING: timedelta(seconds=60),
    State.ENTERING_NUMBER: timedelta(seconds=60),
    State.CONFIRMING_NUMBER: timedelta(seconds=60),
    State.RECORDING: LONGEST_MESSAGE + timedelta(seconds=30),
}
# After the first word that an accepted call is over, the provider's account of it is due.
ACTION_DUE = timedelta(seconds=60)
# The taker is gone and the caller perhaps alone in the room: asked sooner.
ALONE_DUE = timedelta(seconds=8)


def move(state: State, event: Event) -> Move | None:
    """What an event does to a line; None: it is illegal here and changes nothing."""
    return LINE.get((state, event))


def next_deadline(state: State, now: datetime, effect: Effect | None = None) -> datetime | None:
    """When the watchdog must look at a line that has just come to a state.

    Args:
        state: the new state.
        now: this instant, aware, UTC.
        effect: the effect of the move, where it shortens the wait.
    """
    if state is State.ENDED:
        return None
    if effect is Effect.AWAIT_ACTION:
        return now + (ALONE_DUE if state is State.ENTERING else ACTION_DUE)
    return now + DEADLINES[state]


class LegState(StrEnum):
    """Where one telephone of the house is, while it is rung for a call or a call-back."""

    WAITING = "waiting"  # written down, the provider has not been asked yet
    UNKNOWN = "unknown"  # the provider was asked and has not answered
    PLACED = "placed"
    RINGING = "ringing"
    SCREENING = "screening"
    ACCEPTED = "accepted"
    ENDED = "ended"


class LegEvent(StrEnum):
    """What can happen to a leg."""

    SENT = "sent"
    CREATED = "created"
    RINGS = "rings"
    PICKED_UP = "picked_up"
    PRESS_1 = "press_1"
    PRESS_2 = "press_2"
    WRONG_KEY = "wrong_key"
    SILENCE = "silence"
    NO_ANSWER = "no_answer"
    BUSY = "busy"
    FAILED = "failed"
    CANCELED = "canceled"
    HUNG_UP = "hung_up"
    PROVIDER_ERROR = "provider_error"
    NEVER_PLACED = "never_placed"
    TAKEN = "taken"  # somebody else was first
    OVER = "over"  # the provider's final word on a leg
    CALLER_GONE = "caller_gone"
    OVERDUE = "overdue"


OPEN_LEGS = tuple(state for state in LegState if state is not LegState.ENDED)
_UNANSWERED = (LegState.UNKNOWN, LegState.PLACED, LegState.RINGING, LegState.SCREENING)
_LOST = (
    LegEvent.PRESS_2, LegEvent.WRONG_KEY, LegEvent.SILENCE, LegEvent.NO_ANSWER, LegEvent.BUSY,
    LegEvent.FAILED, LegEvent.CANCELED, LegEvent.HUNG_UP, LegEvent.PROVIDER_ERROR,
    LegEvent.CALLER_GONE, LegEvent.OVERDUE, LegEvent.TAKEN,
)  # fmt: skip

LEG: dict[tuple[LegState, LegEvent], LegState] = {
    (LegState.WAITING, LegEvent.SENT): LegState.UNKNOWN,
    (LegState.WAITING, LegEvent.NEVER_PLACED): LegState.ENDED,
    (LegState.WAITING, LegEvent.TAKEN): LegState.ENDED,
    (LegState.WAITING, LegEvent.CALLER_GONE): LegState.ENDED,
    (LegState.WAITING, LegEvent.OVERDUE): LegState.ENDED,
    (LegState.UNKNOWN, LegEvent.NEVER_PLACED): LegState.ENDED,
    (LegState.UNKNOWN, LegEvent.CREATED): LegState.PLACED,
    # A press or a pick-up may be told before the ringing is: the order of callbacks is no promise.
    **{(state, LegEvent.RINGS): LegState.RINGING for state in _UNANSWERED[:2]},
    **{(state, LegEvent.PICKED_UP): LegState.SCREENING for state in _UNANSWERED[:3]},
    **{(state, LegEvent.PRESS_1): LegState.ACCEPTED for state in _UNANSWERED},
    **{(state, event): LegState.ENDED for state in _UNANSWERED for event in _LOST},
    (LegState.ACCEPTED, LegEvent.OVER): LegState.ENDED,
    (LegState.ACCEPTED, LegEvent.HUNG_UP): LegState.ENDED,
    (LegState.ACCEPTED, LegEvent.CALLER_GONE): LegState.ACCEPTED,
    (LegState.ACCEPTED, LegEvent.OVERDUE): LegState.ENDED,
}


def move_leg(state: LegState, event: LegEvent) -> LegState | None:
    """What an event does to a leg; None: it is illegal here and changes nothing."""
    return LEG.get((state, event))


# What the provider's last word means for a leg that was not accepted.
FINAL_WORDS: dict[str, LegEvent] = {
    "busy": LegEvent.BUSY,
    "no-answer": LegEvent.NO_ANSWER,
    "failed": LegEvent.FAILED,
    "canceled": LegEvent.CANCELED,
    "completed": LegEvent.SILENCE,
    "answered": LegEvent.SILENCE,
}


class BackState(StrEnum):
    """Where a call-back is."""

    CALLING = "calling"  # the confidant's telephone is rung
    CONNECTING = "connecting"  # the confidant pressed 1; the official is rung
    TALKING = "talking"  # the official's telephone was answered
    ENDED = "ended"


class BackEvent(StrEnum):
    """What can happen to a call-back."""

    PRESS_1 = "press_1"
    CONFIDANT_LOST = "confidant_lost"
    OFFICIAL_ANSWERED = "official_answered"
    OFFICIAL_DONE = "official_done"
    OVERDUE = "overdue"


BACK: dict[tuple[BackState, BackEvent], BackState] = {
    (BackState.CALLING, BackEvent.PRESS_1): BackState.CONNECTING,
    (BackState.CALLING, BackEvent.CONFIDANT_LOST): BackState.ENDED,
    (BackState.CALLING, BackEvent.OVERDUE): BackState.ENDED,
    (BackState.CONNECTING, BackEvent.OFFICIAL_ANSWERED): BackState.TALKING,
    (BackState.CONNECTING, BackEvent.OFFICIAL_DONE): BackState.ENDED,
    (BackState.CONNECTING, BackEvent.CONFIDANT_LOST): BackState.ENDED,
    (BackState.CONNECTING, BackEvent.OVERDUE): BackState.ENDED,
    (BackState.TALKING, BackEvent.OFFICIAL_DONE): BackState.ENDED,
    (BackState.TALKING, BackEvent.CONFIDANT_LOST): BackState.ENDED,
    (BackState.TALKING, BackEvent.OVERDUE): BackState.ENDED,
}

BACK_DEADLINES: dict[BackState, timedelta] = {
    BackState.CALLING: HOLD,
    BackState.CONNECTING: HOLD,
    BackState.TALKING: TALK_LIMIT + timedelta(seconds=60),
}


def move_back(state: BackState, event: BackEvent) -> BackState | None:
    """What an event does to a call-back; None: it is illegal here and changes nothing."""
    return BACK.get((state, event))


def next_back_deadline(state: BackState, now: datetime) -> datetime | None:
    """When the watchdog must look at a call-back; `now` is aware, UTC."""
    return None if state is BackState.ENDED else now + BACK_DEADLINES[state]
