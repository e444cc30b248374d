"""What was recorded as held by a slip, put right."""

from datetime import date

import pytest
from sqlalchemy import select

from tests.tour.conftest import NOON
from weerbaar.accounts import trail
from weerbaar.accounts.models import TrailRow
from weerbaar.tour import activities, corrections, progress
from weerbaar.tour.activities import Step
from weerbaar.tour.errors import ChangedMeanwhile, MoveNotAllowed
from weerbaar.tour.stages import Slip, Stage, State

TODAY = date(2026, 11, 24)


def held(bureau):
    step = Step(State.PLANNED, on_day=TODAY, participants=("mayor",))
    talk = bureau.do(activities.begin, bureau.toos, "GM0344", Stage.CONVERSATION, step, NOON)
    bureau.do(activities.move, bureau.toos, talk, Step(State.HELD), NOON, seen=1)
    return talk


def visited(bureau):
    return bureau.do(progress.progress).visited_municipalities


def put_right(bureau, talk, seen):
    bureau.do(corrections.put_right, bureau.teun, talk, Slip.NOT_HELD, NOON, seen=seen)


def test_what_was_held_by_a_slip_counts_no_longer_and_the_trail_says_why(bureau):
    talk = held(bureau)
    assert visited(bureau) == 1
    with pytest.raises(ChangedMeanwhile):
        put_right(bureau, talk, 1)
    put_right(bureau, talk, 2)
    assert visited(bureau) == 0
    found = bureau.do(activities.one, talk)
    assert (found.state, found.on_day) == (State.PLANNED, TODAY)
    moves = bureau.do(lambda db: [row.state for row in activities.moves_of(db, [talk])[talk]])
    assert moves == ["planned", "held", "planned"]
    with bureau.session() as session:
        row = session.scalars(select(TrailRow).where(TrailRow.action == "tour.correct")).one()
        assert (row.actor_id, row.outcome) == (bureau.teun.person_id, "not_held")
    assert trail.verify(bureau.database, bureau.vault) == []
    with pytest.raises(MoveNotAllowed):
        put_right(bureau, talk, 3)


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_an_officer_adds_whom_he_forgot_on_the_pages(bureau, visit):
    talk, toos = held(bureau), visit("toos")
    own = f"/tour/activities/{talk}"
    assert "Rechtzetten" in toos.see("/tour/governments/GM0344").text
    assert toos.send(f"{own}/correct", {}).status == 422
    toos.send(f"{own}/correct", {"slip": "incomplete"})
    assert "Het staat weer als gepland." in toos.text
    shown = toos.see("/tour/governments/GM0344").text
    assert (
        "24-11-2026: Gepland (24-11-2026). Rechtgezet: Er ontbreekt iets, zoals met wie." in shown
    )
    again = {"state": "held", "on_day": "24-11-2026", "participants": ["mayor", "clerk"]}
    toos.send(f"{own}/move", again)
    assert "burgemeester, griffier" in toos.text
    assert "Bezocht op 24-11-2026" in toos.text
    bureau.do(corrections.put_right, bureau.toos, talk, Slip.NOT_HELD, NOON, seen=4)
    assert toos.see(f"{own}/correct").status == 404
    assert visit("anna").see(f"{own}/correct").status == 403
