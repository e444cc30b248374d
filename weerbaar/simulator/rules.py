"""What the provider's documentation leaves open, and what a network may be set to do.

Every switch that stands for something unverified names the section of the reference it comes from.
"""

from dataclasses import dataclass
from typing import Literal

Empty = Literal["empty", "absent"]


@dataclass(frozen=True)
class Rules:
    """How this network behaves; the defaults are the most likely truth."""

    # Section 5.2: a screen that was refused or ran out.
    screen_refused_status: str = "completed"
    # Section 5.1: the caller hangs up while the screen runs.
    hangup_in_screen_status: str = "completed"
    # Section 5.1: whether the screen's Gather still asks its action after that.
    screen_action_after_hangup: bool = False
    # Section 4: what a screen document does that cannot be fetched or read.
    screen_failure: Literal["hang up", "fallback"] = "hang up"
    # Section 10: which of the account's tokens signs the webhooks of a region.
    signed_with: Literal["token", "other token"] = "token"
    # Section 4: whether a connection that broke before any answer counts as a time-out (`rt`), so
    # that the policy asks again, or as something no policy names, so that the fallback is asked.
    broken_connection: Literal["again", "fallback"] = "again"
    # Section 5.1: what is asked first when a caller hangs up: the action, or the status callback.
    hangup_tells_first: Literal["action", "status"] = "action"
    # Section 5.2: a verb that a screen may not use: the leg ends, or the verb is skipped.
    screen_verb_refused: Literal["hang up", "skip"] = "hang up"
    # Section 5.2: the final status of parallel legs that lost.
    lost_leg_status: Literal["canceled", "no-answer"] = "canceled"
    # Section 5.2: whether `sequential` goes on after an answered leg that refused the screen.
    sequential_after_screen: bool = False
    # Section 5.5: `Digits` of a Gather without input that asks its action all the same.
    empty_digits: Empty = "empty"
    # Section 5.5: whether a Gather still asks its action when the caller hangs up in it.
    gather_action_after_hangup: bool = False
    # Section 5.3: a wait document that cannot be had: silence, or the leg leaves.
    wait_failure: Literal["silence", "leave"] = "silence"
    # Section 5.3: whether a leg that REST pulls out of a room with `endConferenceOnExit` ends it.
    redirect_ends_conference: bool = True
    # Section 5.3: rooms are seen over REST this much later than they are.
    conference_read_seconds: float = 0.0
    # Section 5.3: whether a conference begins with one person in it, or waits for a second.
    conference_needs_two: bool = False
    # Section 5.1: whether the old action is asked when REST moves a call out of a Dial.
    moved_asks_action: bool = True
    # Section 5.5: extras seen in the wild.
    finished_on_key: bool = False
    # Section 7.1: REST calls a second; None for no limit.
    calls_per_second: float | None = 1.0
    # Section 8: a call can be deleted this long after its end.
    delete_after: float = 60.0
    # Section 7.3: what becomes of a text message.
    message_becomes: Literal["delivered", "undelivered"] = "delivered"
    # Section 5.1: the provider adds this to every Dial and REST timeout.
    timeout_extra: float = 5.0
    # Seconds between placing a leg and its ringing.
    setup_seconds: float = 1.0
    # Characters a voice speaks in a second.
    characters_per_second: float = 15.0
    # Seconds of a recording whose length cannot be told.
    play_seconds: float = 5.0
    # Seconds between two keys of one series.
    key_seconds: float = 0.4
    # Virtual seconds every webhook takes.
    webhook_seconds: float = 0.0
    # Seconds between the end of a recording and its file being there.
    recording_seconds: float = 2.0
    # Section 5.7: whether that file is told before the action is asked.
    recording_tells_first: Literal["action", "status"] = "action"
    # Section 5.7 and 9: what becomes of a recording.
    recording_becomes: Literal["completed", "absent", "failed"] = "completed"
    # Section 9: the names of the fields that say how a recording was encrypted, as REST shows them.
    encryption_fields: Literal["docs", "specification"] = "docs"
    # Whether media asks for basic authentication (section 8, off by default at the provider).
    media_authentication: bool = True
