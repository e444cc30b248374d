"""Who is on duty: ten years of rows against one month, and against the bare indexed query."""

import tempfile
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import insert, text
from sqlalchemy.orm import Session

from bench import spread
from tests.postgres import Cluster
from weerbaar import migrations
from weerbaar.accounts.models import PersonRow
from weerbaar.config.database import Database
from weerbaar.hotline.roster import verbs
from weerbaar.hotline.roster.models import ShiftRow

NOW = datetime(2026, 11, 24, 3, 12, tzinfo=UTC)
DAY = timedelta(days=1)
YEARS, MONTH = 3650, 30
PEOPLE, TIERS, TURN = 30, 3, timedelta(hours=12)
ROUNDS, ASKED = 9, 400
TEN_YEARS_LIMIT, BARE_LIMIT = 1.3, 2.0
BARE = text("SELECT tier, person_id, id, ends FROM shift WHERE ends > :at AND starts <= :at")


def run() -> dict[str, Any]:
    """Measure and print; the answer is what was printed, as values."""
    print(
        f"Who is on duty: {PEOPLE} people, {TIERS} tiers, ten years (half of it ahead) against a month;"
        f" {ROUNDS} rounds of {ASKED} questions."
    )
    found = {}
    with tempfile.TemporaryDirectory() as folder, Cluster() as cluster:
        urls = {
            "sqlite": [f"sqlite:///{Path(folder) / name}.sqlite" for name in ("years", "month")],
            "postgresql": [cluster.create(name) for name in ("years", "month")],
        }
        for engine, (years, month) in urls.items():
            found[engine] = _engine(engine, _filled(years, YEARS), _filled(month, MONTH))
    return found


def _engine(name: str, years: Database, month: Database) -> dict[str, Any]:
    times: dict[str, list[float]] = {"years": [], "month": [], "bare": []}
    with years.session() as long, month.session() as short:
        questions: dict[str, Callable[[], Any]] = {
            "years": lambda: verbs.on_duty(long, NOW),
            "month": lambda: verbs.on_duty(short, NOW),
            "bare": lambda: _bare(long),
        }
        for ask in questions.values():
            assert len(ask()) == TIERS
        for _round in range(ROUNDS):
            for what, ask in questions.items():
                begun = time.perf_counter()
                for _one in range(ASKED):
                    ask()
                times[what].append((time.perf_counter() - begun) / ASKED)
    for database in (years, month):
        database.dispose()
    for what, measured in times.items():
        print(spread.line(f"{name}, {what}", measured))
    print(
        spread.verdict(
            f"{name}, ten years to a month", times["years"], times["month"], TEN_YEARS_LIMIT
        )
    )
    print(spread.verdict(f"{name}, verb to bare query", times["years"], times["bare"], BARE_LIMIT))
    return {
        "years to month": spread.ratio(times["years"], times["month"]),
        "verb to bare": spread.ratio(times["years"], times["bare"]),
    }


def _bare(session: Session) -> list[Any]:
    at = NOW if session.get_bind().dialect.name == "postgresql" else "2026-11-24 03:12:00.000000"
    return list(session.execute(BARE, {"at": at}))


def _filled(url: str, days: int) -> Database:
    database = Database(url)
    migrations.upgrade(database.engine)
    people = [uuid4() for _one in range(PEOPLE)]
    with database.session() as session:
        session.execute(insert(PersonRow), [_person(one) for one in people])
        start = NOW.replace(hour=7, minute=0) - days / 2 * DAY
        rows = [
            {
                "id": uuid4(),
                "tier": tier + 1,
                "person_id": people[(number * TIERS + tier) % PEOPLE],
                "starts": start + number * TURN,
                "ends": start + (number + 1) * TURN,
                "version": 1,
            }
            for number in range(days * 2)
            for tier in range(TIERS)
        ]
        session.execute(insert(ShiftRow), rows)
        session.commit()
    with database.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(text("ANALYZE"))
    return database


def _person(person_id: UUID) -> dict[str, Any]:
    return {
        "id": person_id,
        "mail_index": person_id.bytes * 2,
        "mail_sealed": b"-",
        "name_sealed": b"-",
        "roles": "confidant",
        "state": "active",
        "created_day": NOW.date(),
    }
