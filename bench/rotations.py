"""One year for thirty people and three tiers, made by rotations, on both databases.

Each round lays the rules out, shows the difference and carries it out: 1,095 shifts with their history
and their rows in the trail, in three acts. Beside it stands the bare insertion of as many rows of
shift, history and trail, and the reckoning alone, without a database.
"""

import os
import time
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import delete, insert

from bench import houses, spread
from tests.installation import Installation
from weerbaar.accounts import people
from weerbaar.accounts.actors import SYSTEM, Role
from weerbaar.accounts.models import TrailRow
from weerbaar.hotline.roster import rotations
from weerbaar.hotline.roster.models import ShiftChangeRow, ShiftRow
from weerbaar.hotline.roster.rotation_blocks import Pattern, usual
from weerbaar.hotline.roster.rotation_models import RotationRow, RotationTurnRow
from weerbaar.hotline.roster.rotation_plans import Scene, anew
from weerbaar.hotline.roster.rotation_proposals import Begin
from weerbaar.hotline.roster.rotation_rules import Phase, Rule, Turns

ROUNDS, PEOPLE, TIERS, WEEKS = 5, 30, 3, 52
FIRST = date(2026, 3, 2)
NOW = datetime(2026, 3, 2, tzinfo=UTC)


def run() -> dict[str, Any]:
    """Measure and print; the answer is what was printed, as values."""
    rounds = int(os.environ.get("BENCH_ROUNDS", ROUNDS))
    print(f"Rotations: one year, {PEOPLE} people, {TIERS} tiers, {rounds} rounds.")
    return houses.on_both(lambda name, installation: _measured(name, installation, rounds))


def _measured(name: str, installation: Installation, rounds: int) -> dict[str, Any]:
    persons = _people(installation)
    made: list[float] = []
    bare: list[float] = []
    reckoned: list[float] = []
    for _ in range(rounds):
        reckoned.append(_timed(lambda: _reckon(persons)))
        bare.append(_timed(lambda: _bare(installation, persons)))
        _clear(installation)
        made.append(_timed(lambda: _make(installation, persons)))
        _clear(installation)
    print(spread.line(f"{name}: a year made", made))
    print(spread.line(f"{name}: the reckoning alone", reckoned))
    print(spread.line(f"{name}: the bare rows", bare))
    print(spread.verdict(f"{name}: made against bare rows", made, bare, None))
    return {"made": made, "reckoned": reckoned, "bare": bare}


def _people(installation: Installation) -> list[UUID]:
    house = installation.house
    with house.database.session() as session:
        found = [
            people.invite(
                session, house.vault, SYSTEM, mail=f"person{number}@example.nl",
                name=f"Persoon {number}", roles=frozenset({Role.CONFIDANT}),
                phone=f"+31612346{number:03}", now=NOW,
                hotline_number=house.settings.hotline_number,
            )
            for number in range(PEOPLE)
        ]  # fmt: skip
        session.commit()
    return found


def _phases(persons: list[UUID]) -> list[Phase]:
    each = PEOPLE // TIERS
    return [
        Phase(
            FIRST, tier, usual(Pattern.DAYS), Turns.BLOCK,
            tuple(persons[(tier - 1) * each : tier * each]),
        )
        for tier in range(1, TIERS + 1)
    ]  # fmt: skip


def _make(installation: Installation, persons: list[UUID]) -> None:
    for phase in _phases(persons):
        with installation.house.database.session() as session:
            seen = rotations.preview(session, None, Begin(phase), now=NOW, weeks=WEEKS)
            rotations.carry_out(
                session, SYSTEM, None, Begin(phase), shown=seen.mark, now=NOW, weeks=WEEKS
            )
            session.commit()


def _reckon(persons: list[UUID]) -> None:
    until = NOW + timedelta(weeks=WEEKS)
    for phase in _phases(persons):
        anew(Rule((phase,)), Scene(NOW, until, [], [], [], frozenset(persons)))


def _bare(installation: Installation, persons: list[UUID]) -> None:
    rows = [
        {
            "id": uuid4(), "tier": tier, "person_id": persons[(tier - 1) * 10 + day % 10],
            "starts": NOW + timedelta(days=day), "ends": NOW + timedelta(days=day + 1),
            "version": 1,
        }
        for tier in range(1, TIERS + 1)
        for day in range(7 * WEEKS)
    ]  # fmt: skip
    changes = [
        {
            "id": uuid4(), "revision": 1, "version": 1, "at": NOW, "act": "shift.plan",
            "shift_id": row["id"], "tier_after": row["tier"], "person_after": row["person_id"],
            "starts_after": row["starts"], "ends_after": row["ends"],
        }
        for row in rows
    ]  # fmt: skip
    lines = [
        {
            "number": 1_000_000 + number, "at": NOW, "actor_id": None, "action": "shift.plan",
            "object_kind": "shift", "object_id": str(row["id"]), "outcome": "done", "version": 1,
            "mac": bytes(32),
        }
        for number, row in enumerate(rows)
    ]  # fmt: skip
    with installation.house.database.session() as session:
        session.execute(insert(ShiftRow), rows)
        session.execute(insert(ShiftChangeRow), changes)
        session.execute(insert(TrailRow), lines)
        session.commit()


def _clear(installation: Installation) -> None:
    with installation.house.database.session() as session:
        session.execute(delete(RotationTurnRow))
        session.execute(delete(RotationRow))
        session.execute(delete(ShiftChangeRow))
        session.execute(delete(ShiftRow))
        session.execute(delete(TrailRow).where(TrailRow.number >= 1_000_000))
        session.commit()


def _timed(work: Callable[[], None]) -> float:
    began = time.perf_counter()
    work()
    return time.perf_counter() - began
