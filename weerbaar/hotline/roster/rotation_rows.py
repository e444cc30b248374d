"""Rotations as rows, and back."""

from dataclasses import dataclass
from datetime import date
from uuid import UUID, uuid4

from sqlalchemy import select
from sqlalchemy.orm import Session

from weerbaar.hotline.roster.errors import RosterRefused
from weerbaar.hotline.roster.rotation_blocks import Block
from weerbaar.hotline.roster.rotation_models import (
    RotationBlockRow,
    RotationEventRow,
    RotationPhaseRow,
    RotationRow,
    RotationSeatRow,
)
from weerbaar.hotline.roster.rotation_rules import Event, Kind, Phase, Rule, Turns


class NoSuchRotation(RosterRefused):
    """The rotation does not exist."""


@dataclass(frozen=True)
class Rotation:
    """One rotation as it is; `version` counts its changes."""

    id: UUID
    rule: Rule
    version: int

    def is_over(self, today: date) -> bool:
        """Whether no block begins from a day on."""
        return self.rule.end_on is not None and self.rule.end_on < today


def every(session: Session) -> list[Rotation]:
    """All rotations, those that begin first in front."""
    found = [_rotation(row) for row in session.scalars(select(RotationRow))]
    return sorted(found, key=seniority)


def find(session: Session, rotation_id: UUID) -> Rotation:
    """One rotation.

    Raises:
        NoSuchRotation: it does not exist.
    """
    return _rotation(_found(session, rotation_id))


def seniority(rotation: Rotation) -> tuple[date, str]:
    """What rotations are ordered by: those that begin first are the eldest."""
    return rotation.rule.phases[0].from_on, str(rotation.id)


def _found(session: Session, rotation_id: UUID) -> RotationRow:
    row = session.get(RotationRow, rotation_id, populate_existing=True)
    if row is None:
        raise NoSuchRotation
    return row


def _rotation(row: RotationRow) -> Rotation:
    phases = tuple(
        Phase(
            from_on=phase.from_on,
            tier=phase.tier,
            blocks=tuple(Block(each.start_minute, each.end_minute) for each in phase.blocks),
            turns=Turns(phase.turns),
            order=tuple(seat.person_id for seat in phase.seats),
            events=tuple(
                Event(Kind(each.kind), each.from_on, each.person_id) for each in phase.events
            ),
        )
        for phase in row.phases
    )
    return Rotation(row.id, Rule(phases, row.end_on), row.version)


def keep(session: Session, rotation_id: UUID | None, rule: Rule) -> RotationRow:
    """Write a rule in the place of what stood there.

    Args:
        session: the caller commits.
        rotation_id: which rotation; None makes a new one.
        rule: how it is from now on.

    Returns:
        Its row, the version counted.

    Raises:
        NoSuchRotation: it does not exist.
    """
    if rotation_id is None:
        row = RotationRow(id=uuid4(), version=0)
        session.add(row)
    else:
        row = _found(session, rotation_id)
        row.phases.clear()
        session.flush()
    row.end_on, row.version = rule.end_on, row.version + 1
    row.phases.extend(
        RotationPhaseRow(
            id=uuid4(),
            from_on=phase.from_on,
            tier=phase.tier,
            turns=phase.turns,
            blocks=[
                RotationBlockRow(position=place, start_minute=each.start, end_minute=each.end)
                for place, each in enumerate(phase.blocks)
            ],
            seats=[
                RotationSeatRow(position=place, person_id=person_id)
                for place, person_id in enumerate(phase.order)
            ],
            events=[
                RotationEventRow(
                    position=place, kind=each.kind, from_on=each.from_on, person_id=each.person_id
                )
                for place, each in enumerate(phase.events)
            ],
        )
        for phase in rule.phases
    )
    session.flush()
    return row
