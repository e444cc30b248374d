"""Saving a draft against inserting the same bytes in the clear, on both databases.

A draft is saved every ten seconds while somebody types, so what counts is saving it again. In the
clear that is what a form without seals would do: the row of before goes, the new one comes, and the
transaction is committed. Both are committed one by one, in turns, with the same text.
"""

import json
import os
import time
from collections.abc import Callable
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import Column, LargeBinary, MetaData, String, Table, Uuid, delete, insert

from bench import houses, spread
from tests.installation import Installation
from weerbaar.intake import drafts

ROUNDS, SAVES, SIZE = 7, 50, 4_000
TARGET = 3.0
CLEAR = Table(
    "bench_draft", MetaData(),
    Column("id", Uuid, primary_key=True), Column("person_id", Uuid, index=True),
    Column("form", String(50)), Column("content", LargeBinary),
)  # fmt: skip


def run() -> dict[str, Any]:
    """Measure and print; the answer is what was printed, as values."""
    rounds = int(os.environ.get("BENCH_ROUNDS", ROUNDS))
    print(f"\nDrafts: {SIZE} bytes saved again {SAVES} times a round, {rounds} rounds.")
    return houses.on_both(lambda name, house: _measured(name, house, rounds))


def _measured(name: str, house: Installation, rounds: int) -> dict[str, Any]:
    anna = house.person("Anna")
    assert anna.person_id is not None
    person_id = anna.person_id
    CLEAR.create(house.house.database.engine)
    sealed: list[float] = []
    clear: list[float] = []
    for number in range(rounds + 1):
        house.house.vault.keystore.top_up(2000)
        took = (
            _timed(lambda text: _in_the_clear(house, person_id, text)),
            _timed(lambda text: _as_a_draft(house, anna, text)),
        )
        # The first round warms both up.
        if number:
            clear.append(took[0])
            sealed.append(took[1])
    print(spread.line(f"{name}: in the clear", clear))
    print(spread.line(f"{name}: as a draft", sealed))
    print(spread.verdict(f"{name}: draft to clear", sealed, clear, TARGET))
    return {"clear": clear, "sealed": sealed, "ratio": spread.ratio(sealed, clear)}


def _timed(save: Callable[[str], None]) -> float:
    began = time.perf_counter()
    for number in range(SAVES):
        save(f"{number:03} " + "Een brief onder de deur. " * (SIZE // 25))
    return (time.perf_counter() - began) / SAVES


def _in_the_clear(house: Installation, person_id: UUID, text: str) -> None:
    with house.house.database.session() as session:
        session.execute(delete(CLEAR).where(CLEAR.c.person_id == person_id, CLEAR.c.form == "new"))
        content = json.dumps({"narrative": [text]}).encode()
        session.execute(
            insert(CLEAR).values(id=uuid4(), person_id=person_id, form="new", content=content)
        )
        session.commit()


def _as_a_draft(house: Installation, anna: Any, text: str) -> None:
    with house.house.database.session() as session:
        drafts.keep(
            session, house.house.vault, anna.person_id, "new", {"narrative": text},
            house.clock.now(),
        )  # fmt: skip
        session.commit()
