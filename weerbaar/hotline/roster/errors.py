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
