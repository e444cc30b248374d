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
    # Section 5.2: a verb that a screen may not use: the leg ends, or the verb is skipped.
    screen_verb_refused: Literal["hang up", "skip"] = "hang up"
    # Section 5.2: the final status of parallel legs that lost.
    lost_leg_status: Literal["canceled", "no-answer"] = "canceled"
    # Section 5.2: whether `sequential` goes on after an answered leg that refused the screen.
    sequential_after_screen: bool = False
    # Section 5.5: `Digits` of a Gather without input that asks its action all the same.
    empty_digits: Empty = "empty"
    # Section 5.5: extras seen in the wild.
    finished_on_key: bool = False
    # Section 7.1: REST calls a second; None for no limit.
    calls_per_second: float | None = 1.0
    # Section 8: a call can be deleted this long after its end.
    delete_after: float = 60.0
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
    # Whether media asks for basic authentication (section 8, off by default at the provider).
    media_authentication: bool = True
