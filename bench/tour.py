"""The first page of the tour with every government and 5,000 steps, against a bare page.

The map and the counts are made once and kept: a look after a change is measured apart. Looks at the
two pages by turns, in one session, through the whole application.
"""

import os
import time
from datetime import date, timedelta
from typing import Any

from sqlalchemy import insert

from bench import houses, spread
from tests.installation import Installation
from weerbaar.accounts import sessions
from weerbaar.accounts.actors import Role
from weerbaar.governments import registry
from weerbaar.tour import activities
from weerbaar.tour.activities import Step
from weerbaar.tour.models import MoveRow
from weerbaar.tour.stages import Stage, State
from weerbaar.web.app import create_app

EVENTS, ROUNDS, LOOKS = 5_000, 7, 20
BARE, PROGRESS = "/accessibility", "/tour"
TARGET = 4.0
BASE = "https://localhost"


def run() -> dict[str, Any]:
    """Measure and print; the answer is what was printed, as values."""
    print(f"\nTour: the progress page with {EVENTS} steps against a bare page.")
    return houses.on_both(_measured)


def _measured(engine: str, house: Installation) -> dict[str, Any]:
    officer = house.person("Toos", (Role.TOUR_OFFICER,), admitted=False)
    talks = _fill(house, officer)
    client = create_app(house.house).test_client()
    with house.house.database.session() as session:
        cookie, _seat = sessions.begin(session, house.house.vault, officer.keys, house.clock.now())
        session.commit()
    client.set_cookie(sessions.COOKIE, cookie, secure=True)

    def look(path: str) -> float:
        began = time.perf_counter()
        for _ in range(LOOKS):
            assert client.get(path, base_url=BASE).status_code == 200
        return (time.perf_counter() - began) / LOOKS

    look(PROGRESS), look(BARE)
    kept, bare, anew = [], [], []
    for number in range(ROUNDS):
        kept.append(look(PROGRESS))
        bare.append(look(BARE))
        with house.house.database.session() as session:
            step = Step(State.PLANNED, on_day=date(2026, 5, 1) + timedelta(days=number))
            seen = activities.one(session, talks[number]).version
            activities.move(session, officer, talks[number], step, house.clock.now(), seen=seen)
            session.commit()
        began = time.perf_counter()
        assert client.get(PROGRESS, base_url=BASE).status_code == 200
        anew.append(time.perf_counter() - began)
    print(spread.line(f"{engine}: a bare page", bare))
    print(spread.line(f"{engine}: progress, as it was kept", kept))
    print(spread.line(f"{engine}: progress after a change", anew))
    print(spread.verdict(f"{engine}: progress to bare", kept, bare, TARGET))
    return {"bare": bare, "kept": kept, "anew": anew, "ratio": spread.ratio(kept, bare)}


def _fill(house: Installation, officer: Any) -> list[Any]:
    """Every government planned, and as many steps as five thousand in all."""
    codes = [each.code for each in (*registry.municipalities(), *registry.provinces())]
    now, talks = house.clock.now(), []
    with house.house.database.session() as session:
        for number, code in enumerate(codes):
            step = Step(State.PLANNED, on_day=now.date() - timedelta(days=number))
            talks.append(activities.begin(session, officer, code, Stage.CONVERSATION, step, now))
            if number >= ROUNDS:
                activities.move(session, officer, talks[-1], Step(State.HELD), now, seen=1)
        session.execute(
            insert(MoveRow),
            [
                {
                    "activity_id": talks[number % len(talks)],
                    "number": 100 + number // len(talks),
                    "state": "planned",
                    "on_day": None,
                    "day": now.date(),
                }
                for number in range(int(os.environ.get("BENCH_EVENTS", EVENTS)) - 2 * len(talks))
            ],
        )
        session.commit()
    return talks
