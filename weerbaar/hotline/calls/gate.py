"""May this call-back be made now, as far as anything was agreed: pure, over what is known.

The house never forbids a call: somebody may be in danger. Outside what was agreed it asks for a
reason, which is kept.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from weerbaar.intake import windows
from weerbaar.intake.content import Who


class Opening(StrEnum):
    """What is agreed about calling at this moment."""

    ASKED = "asked"  # the caller asked to be called back on this number
    INSIDE = "inside"  # within the agreed hours
    READ = "read"  # something is agreed that only a person can judge
    OUTSIDE = "outside"  # not within the agreed hours
    NOTHING = "nothing"  # nothing was agreed
    UNASKED = "unasked"  # the caller hung up without asking


NEEDS_REASON = frozenset({Opening.OUTSIDE, Opening.NOTHING, Opening.UNASKED})


class Reason(StrEnum):
    """Why somebody calls all the same."""

    LINE_DROPPED = "line_dropped"
    ASKED_ELSEWHERE = "asked_elsewhere"
    DANGER = "danger"
    PROMISED = "promised"
    TO_AGREE = "to_agree"
    OTHER = "other"


# What people read of each; pages translate it.
REASON_LABELS: Mapping[Reason, str] = {
    Reason.LINE_DROPPED: "Ons gesprek is zojuist afgebroken",
    Reason.ASKED_ELSEWHERE: "De ander vroeg hier later om",
    Reason.PROMISED: "Ik heb beloofd nu te bellen",
    Reason.TO_AGREE: "Ik vraag eerst of bellen veilig is en maak afspraken",
    Reason.DANGER: "Er is gevaar, wachten is erger dan bellen",
    Reason.OTHER: "Iets anders",
}


@dataclass(frozen=True)
class Gate:
    """What stands above the button.

    `next_opening`: when it is agreed again, aware, UTC; None where that is not known. `likely` is
    the reason that the page proposes.
    """

    opening: Opening
    next_opening: datetime | None = None
    likely: Reason | None = None

    @property
    def needs_reason(self) -> bool:
        """Whether a reason must be given."""
        return self.opening in NEEDS_REASON


def of_item(*, asked: bool, answered: bool, spoke: bool = False) -> Gate:
    """The gate of a waiting call or task, of which no case exists yet.

    Args:
        asked: whether the caller asked to be called back.
        answered: whether somebody took the call.
        spoke: whether the caller left a message, in which he may have asked.
    """
    if asked:
        return Gate(Opening.ASKED)
    if spoke:
        return Gate(Opening.READ)
    if answered:
        return Gate(Opening.NOTHING, likely=Reason.LINE_DROPPED)
    return Gate(Opening.UNASKED)


def of_case(who: Who, now: datetime) -> Gate:
    """The gate of a case.

    Args:
        who: the *who* part, opened.
        now: this instant, aware.
    """
    agreed = windows.read(who.safe_hours)
    if agreed:
        if windows.is_open(agreed, now):
            return Gate(Opening.INSIDE)
        return Gate(Opening.OUTSIDE, windows.next_opening(agreed, now))
    if who.safe_contact_agreed:
        return Gate(Opening.READ)
    return Gate(Opening.NOTHING, likely=Reason.TO_AGREE)
