"""The look ahead at four weeks with ten years of shifts against one month of them, on both databases.

Three tiers with two shifts a day. Each round asks the same database twice: with what stands ten years
around it, and with the month alone.
"""

import os
import time
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import delete, insert, text

from bench import houses, spread
from tests.installation import Installation
from weerbaar.hotline.roster import coverage
from weerbaar.hotline.roster.models import ShiftRow

ROUNDS, TIERS, LOOKS = 7, 3, 20
NOW = datetime(2026, 3, 2, tzinfo=UTC)
AHEAD = timedelta(days=28)
YEARS = timedelta(days=3653)
HALF_DAY = timedelta(hours=12)


def run() -> dict[str, Any]:
    """Measure and print; the answer is what was printed, as values."""
    rounds = int(os.environ.get("BENCH_ROUNDS", ROUNDS))
    print(f"Coverage: four weeks ahead, {TIERS} tiers, {LOOKS} looks a round, {rounds} rounds.")
    return houses.on_both(lambda name, installation: _measured(name, installation, rounds))


def _measured(name: str, installation: Installation, rounds: int) -> dict[str, Any]:
    people = [installation.person(f"Persoon {number}").person_id for number in range(2 * TIERS)]
    month: list[float] = []
    years: list[float] = []
    for _ in range(rounds):
        _fill(installation, people, NOW, NOW + AHEAD)
        month.append(_look(installation))
        _fill(installation, people, NOW - YEARS / 2, NOW + YEARS / 2)
        years.append(_look(installation))
    print(spread.line(f"{name}: one month of shifts", month))
    print(spread.line(f"{name}: ten years of shifts", years))
    print(spread.verdict(f"{name}: ten years to one month", years, month, 1.3))
    return {"month": month, "years": years}


def _fill(installation: Installation, people: list[UUID], start: datetime, end: datetime) -> None:
    rows = [
        {
            "id": uuid4(), "tier": tier, "person_id": people[2 * (tier - 1) + number % 2],
            "starts": start + number * HALF_DAY, "ends": start + (number + 1) * HALF_DAY, "version": 1,
        }
        for number in range((end - start) // HALF_DAY)
        for tier in range(1, TIERS + 1)
    ]  # fmt: skip
    with installation.house.database.session() as session:
        session.execute(delete(ShiftRow))
        session.execute(insert(ShiftRow), rows)
        session.commit()
        session.execute(text("ANALYZE"))
        session.commit()


def _look(installation: Installation) -> float:
    with installation.house.database.session() as session:
        coverage.outlook(session, NOW, NOW + AHEAD)
        begun = time.perf_counter()
        for _ in range(LOOKS):
            coverage.outlook(session, NOW, NOW + AHEAD)
        return (time.perf_counter() - begun) / LOOKS
