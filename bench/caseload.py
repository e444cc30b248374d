"""The first page of the caseload with 10,000 cases against 100, on both databases.

Each case was opened before, as its author did when he recorded it, and was worked on upon some day
of the last years. Each round asks the two houses by turns; every question is a session of its own,
as a request has it, with the commit of its trail row.
"""

import os
import tempfile
import time
from datetime import timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import text

from bench import houses, spread
from tests.installation import Installation
from tests.postgres import Cluster
from weerbaar.accounts.actors import Actor
from weerbaar.intake import casework
from weerbaar.intake.content import CaseFields

MANY, FEW, ROUNDS, LOOKS = 10_000, 100, 7, 20
A_DAY = 20
TARGET = 1.3


def run() -> dict[str, Any]:
    """Measure and print; the answer is what was printed, as values."""
    many = int(os.environ.get("BENCH_CASES", MANY))
    print(
        f"\nCaseload: the first page of {many} cases against {FEW}, {ROUNDS} rounds of {LOOKS} looks."
    )
    with (
        tempfile.TemporaryDirectory() as name,
        Cluster(durable=True) as data,
        Cluster(durable=True) as locks,
    ):
        folder = Path(name)
        return {
            engine: _measured(engine, folder, *urls, many)
            for engine, urls in {
                "SQLite": ({}, {}),
                "PostgreSQL": tuple(
                    {"url": data.create(one), "KEYSTORE_URL": locks.create(one)}
                    for one in ("many", "few")
                ),
            }.items()
        }


def _measured(
    engine: str, folder: Path, for_many: dict[str, str], for_few: dict[str, str], many: int
) -> dict[str, Any]:
    with (
        houses.house(folder / f"{engine}-many", **for_many) as large,
        houses.house(folder / f"{engine}-few", **for_few) as small,
    ):
        readers = [(large, _filled(large, many)), (small, _filled(small, FEW))]
        times: list[list[float]] = [[], []]
        for _ in range(ROUNDS):
            for found, (house, reader) in zip(times, readers, strict=True):
                found.append(_look(house, reader))
    print(spread.line(f"{engine}: {FEW} cases", times[1]))
    print(spread.line(f"{engine}: {many} cases", times[0]))
    print(spread.verdict(f"{engine}: many to few", times[0], times[1], TARGET))
    return {"many": times[0], "few": times[1], "ratio": spread.ratio(times[0], times[1])}


def _filled(house: Installation, cases: int) -> Actor:
    """A confidant with as many open cases, some on every day, the last of them today."""
    anna, now, vault = house.person("Anna"), house.clock.now(), house.house.vault
    with house.house.database.session() as session:
        for number in reversed(range(cases)):
            at = now - timedelta(days=number // A_DAY, minutes=number % A_DAY)
            fields = CaseFields(narrative="Een brief onder de deur. " * 40, urgency="low")
            case_id = casework.open_case(session, vault, anna, fields, at)
            casework.add_note(session, vault, anna, case_id, "Een notitie.", at)
            if number % 200 == 0:
                session.commit()
                vault.keystore.top_up(2000)
        session.commit()
        session.execute(text("ANALYZE"))
        session.commit()
    _look(house, anna)
    return anna


def _look(house: Installation, reader: Actor) -> float:
    began = time.perf_counter()
    for _ in range(LOOKS):
        with house.house.database.session() as session:
            page = casework.caseload(session, house.house.vault, reader, house.clock.now())
            session.commit()
        assert len(page.lines) == 25
    return (time.perf_counter() - began) / LOOKS
