"""What people propose for a rotation, before it is so. Values in, values out."""

from dataclasses import dataclass
from datetime import date
from uuid import UUID

from weerbaar.hotline.roster import rotation_edits
from weerbaar.hotline.roster.rotation_rules import Phase, Rule


@dataclass(frozen=True)
class Begin:
    """A new rotation is proposed."""

    phase: Phase
    end_on: date | None = None

    act = "rotation.begin"

    def rule(self) -> Rule:
        """The rule that it is; see `rotation_edits` for what it refuses."""
        return rotation_edits.begun(self.phase, self.end_on)


@dataclass(frozen=True)
class Alter:
    """Another order, other times or another end, from the day of `phase` on."""

    phase: Phase
    end_on: date | None = None

    act = "rotation.alter"

    def rule(self, present: Rule, today: date) -> Rule:
        """What the rule becomes; see `rotation_edits` for what it refuses."""
        return rotation_edits.changed(present, self.phase, self.end_on, today)


@dataclass(frozen=True)
class Join:
    """One person more, from a day on."""

    person_id: UUID
    from_on: date

    act = "rotation.join"

    def rule(self, present: Rule, today: date) -> Rule:
        """What the rule becomes; see `rotation_edits` for what it refuses."""
        return rotation_edits.joined(present, self.person_id, self.from_on, today)


@dataclass(frozen=True)
class Leave:
    """One person less, from a day on."""

    person_id: UUID
    from_on: date

    act = "rotation.leave"

    def rule(self, present: Rule, today: date) -> Rule:
        """What the rule becomes; see `rotation_edits` for what it refuses."""
        return rotation_edits.left(present, self.person_id, self.from_on, today)


@dataclass(frozen=True)
class Stop:
    """No block begins after a day."""

    end_on: date

    act = "rotation.stop"

    def rule(self, present: Rule, today: date) -> Rule:
        """What the rule becomes; see `rotation_edits` for what it refuses."""
        return rotation_edits.ended(present, self.end_on, today)


Change = Alter | Join | Leave | Stop
Proposal = Begin | Change
