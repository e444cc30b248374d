"""Whose work it is: first-line duty that can read it, else the next who can, else a coordinator."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy.orm import Session

from weerbaar.accounts import groups, people
from weerbaar.accounts.actors import Role
from weerbaar.accounts.recipients import GroupName
from weerbaar.hotline.roster import verbs as roster

FIRST_LINE = 1


@dataclass(frozen=True)
class Candidates:
    """Who could own a piece of work, best first, at one instant."""

    first_line: tuple[UUID, ...]
    next_on_duty: UUID | None
    coordinators: tuple[UUID, ...]

    def choose(
        self, *, preferred: UUID | None = None, other_than: UUID | None = None
    ) -> UUID | None:
        """The owner.

        Args:
            preferred: who answered, when they may own it.
            other_than: who had it and let it wait; only taken when there is nobody else.
        """
        line = [*([preferred] if preferred else []), *self.first_line]
        if self.next_on_duty is not None:
            line.append(self.next_on_duty)
        line.extend(self.coordinators)
        for person_id in line:
            if person_id != other_than:
                return person_id
        return other_than if other_than in line else None


def admitted(session: Session) -> frozenset[UUID]:
    """Who can open what is sealed to the confidants."""
    return groups.members(session, GroupName.CONFIDANTS)


def candidates(session: Session, now: datetime) -> Candidates:
    """Who could own a piece of work that is made or passed on now (aware, UTC)."""
    readers = admitted(session)
    line = tuple(
        duty.person_id
        for duty in roster.on_duty(session, now)
        if duty.tier == FIRST_LINE and duty.person_id in readers
    )
    return Candidates(
        first_line=line,
        next_on_duty=None if line else roster.next_on_duty(session, now, readers),
        coordinators=_coordinators(session, readers),
    )


def chain(session: Session, now: datetime) -> tuple[UUID, ...]:
    """To whom late work goes, in this order: who has duty now, who has it next, coordinators.

    Args:
        session: the database.
        now: this instant, aware, UTC.
    """
    readers = admitted(session)
    line = [one.person_id for one in roster.on_duty(session, now) if one.person_id in readers]
    following = roster.next_on_duty(session, now, readers - set(line))
    if following is not None:
        line.append(following)
    return tuple(dict.fromkeys([*line, *_coordinators(session, readers)]))


def _coordinators(session: Session, readers: frozenset[UUID]) -> tuple[UUID, ...]:
    # Those who can read it come first; one who cannot can still ask somebody who can.
    everybody = sorted(people.with_role(session, Role.COORDINATOR))
    return tuple(sorted(everybody, key=lambda person_id: person_id not in readers))
