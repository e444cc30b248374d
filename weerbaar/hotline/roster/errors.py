"""What can be wrong with a change of the roster: facts, for the doors to put into words."""

from collections.abc import Sequence
from dataclasses import dataclass

from weerbaar.hotline.roster.rules import Hole, Placed


class RosterRefused(Exception):
    """The roster was not changed."""


class ShiftOverlaps(RosterRefused):
    """The person is on duty already: in `tier`, from `starts` until `ends` (UTC)."""

    def __init__(self, shift: Placed) -> None:
        self.tier = shift.tier
        self.starts = shift.starts
        self.ends = shift.ends
        super().__init__(f"tier {self.tier}, {self.starts.isoformat()} to {self.ends.isoformat()}")


class EndsBeforeStart(RosterRefused):
    """The shift ends before it starts, or at the same time."""


class NoSuchTier(RosterRefused):
    """A tier is a whole number from 1."""


class NotADepth(RosterRefused):
    """It is no number of people that a tier can need; the first line needs one at least."""


class NoSuchHours(RosterRefused):
    """The stated hours do not exist, or not any more."""


class LeavesHole(RosterRefused):
    """Without this shift a required tier has nobody during `holes`; nothing was removed yet."""

    def __init__(self, holes: Sequence[Hole]) -> None:
        self.holes = tuple(holes)
        super().__init__(f"{len(self.holes)} holes")


class NoSuchShift(RosterRefused):
    """The shift does not exist, or not any more."""


class ShiftChanged(RosterRefused):
    """Somebody else changed the shift after the form was made."""


class NotForTheRoster(RosterRefused):
    """The person has left, or holds no role that may take a call."""


class NotYourShift(RosterRefused):
    """The shift is somebody else's, and the actor plans nothing."""


class ShiftIsOver(RosterRefused):
    """The shift has begun already, or is over, and this can only be done before."""


class NothingToTake(RosterRefused):
    """The part that was asked for holds nothing of what is left of the shift."""


class CannotBeRung(RosterRefused):
    """The person has no telephone that can ring: with him the shift would cover nothing."""


class PersonAway(RosterRefused):
    """The person said that he cannot have duty then."""


class NotOnDuty(RosterRefused):
    """The actor has no duty at this moment."""


class NobodyToAsk(RosterRefused):
    """There is no colleague in the tier who could be asked."""


class AlreadyAsked(RosterRefused):
    """An open request for this shift stands already."""


class NoSuchRequest(RosterRefused):
    """There is no such request, or not for the actor."""


class RequestClosed(RosterRefused):
    """Somebody answered the request already, or its time is over."""


class RequestStale(RosterRefused):
    """The shift of the request, or the one in return, is not any more what it was."""


class ChooseReturn(RosterRefused):
    """A shift is wanted in return, and none was chosen."""


class CannotUndo(RosterRefused):
    """The shift was changed again since: putting it back would undo that too."""


@dataclass(frozen=True, order=True)
class LineError:
    """One thing that is wrong with a file; `line` counts from 1, the header included."""

    line: int
    problem: str

    def __str__(self) -> str:
        return f"line {self.line}: {self.problem}"


class ImportRefused(RosterRefused):
    """The file was refused whole: every error with its line, and nothing was changed."""

    def __init__(self, errors: Sequence[LineError]) -> None:
        self.errors = tuple(sorted(set(errors)))
        super().__init__("\n".join(str(error) for error in self.errors))
