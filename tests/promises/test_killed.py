"""Processes are killed and PostgreSQL stops, at named points during calls: nothing is lost.

Five scenarios here; `make soak` plays as many as it is told, every point among them.
"""

import os
import random
from collections.abc import Iterator

import pytest

from tests.promises.killing import (
    EVERY,
    WITH_ROSTER,
    WITHOUT_ROSTER,
    Kill,
    Killing,
    killing,
)

FIVE = (
    Kill("ask", "offer between commit and answer"),
    Kill("outage", "journal asked after sync", "take-in after commit"),
    Kill("deadline", "deadline before commit"),
    Kill("talk", "accept before commit"),
    Kill("stop"),
)


def scenarios() -> tuple[Kill, ...]:
    """Five; or as many as `WEERBAAR_KILLS` says, each point first once, then by chance."""
    wanted = int(os.environ.get("WEERBAAR_KILLS", "0"))
    if not wanted:
        return FIVE
    chance = random.Random(int(os.environ.get("WEERBAAR_SEED", "1")))
    every = list(EVERY)
    chance.shuffle(every)
    drawn = every[:wanted] + [chance.choice(EVERY) for _ in range(wanted - len(EVERY))]
    return tuple(sorted(drawn, key=lambda kill: kill in WITH_ROSTER))


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Killing]:
    with killing(tmp_path_factory.mktemp("killed")) as made:
        yield made


@pytest.mark.slow
@pytest.mark.parametrize("kill", scenarios(), ids=str)
def test_nothing_is_lost_and_nobody_is_left(
    house: Killing, kill: Kill, tmp_path_factory: pytest.TempPathFactory
) -> None:
    if kill in WITH_ROSTER and not house.rostered:
        house.put_anna_on_duty(tmp_path_factory.mktemp("roster"))
    assert house.play(kill) == []


def test_every_point_is_in_the_soak() -> None:
    assert len(EVERY) == len(set(EVERY)) <= 50
    assert set(FIVE) <= set(EVERY)
    assert set(EVERY) == {*WITHOUT_ROSTER, *WITH_ROSTER}
