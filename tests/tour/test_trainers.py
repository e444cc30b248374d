"""Trainers: who is free, how they are valued, and what they cost."""

from datetime import date, timedelta

import pytest
from sqlalchemy import select

from tests.tour.conftest import NOON
from weerbaar.tour import absences, activities, trainers
from weerbaar.tour.activities import Step
from weerbaar.tour.errors import NoSuchTrainer, NotForTrainers, TrainerAway, TrainerBusy
from weerbaar.tour.stages import Stage, State
from weerbaar.tour.trainer_models import TrainerRow
from weerbaar.tour.trainers import Card

TODAY = date(2026, 11, 24)


def hire(bureau, name="Tessa Trainer"):
    return bureau.sealed(trainers.put, bureau.toos, Card(name, "tessa@example.nl"), NOON)


def session_on(bureau, code, day, stage=Stage.SESSION):
    """A session or training on a day; what comes before it was left out."""
    for before in list(Stage)[: list(Stage).index(stage)]:
        bureau.do(activities.begin, bureau.toos, code, before, Step(State.SKIPPED), NOON)
    step = Step(State.PLANNED, on_day=day)
    return bureau.do(activities.begin, bureau.toos, code, stage, step, NOON)


def assign(bureau, activity, trainer, fee=None):
    bureau.do(trainers.assign, bureau.toos, activity, trainer, fee, NOON)


@pytest.mark.parametrize(
    ("marks", "shown"),
    [([], (0, None)), ([(4, 80)], (4, None)), ([(4, 80), (1, 100)], (5, 84)), ([(None, None), (10, 75)], (10, 75))],
)  # fmt: skip
def test_an_average_weighs_as_many_as_answered_and_few_are_not_shown(marks, shown):
    found = trainers.valued(marks)
    assert (found.answers, found.average_tenths) == shown


def test_who_a_trainer_is_stands_in_no_column(bureau):
    hire(bureau)
    with bureau.session() as session:
        assert b"Tessa" not in bytes(session.scalars(select(TrainerRow.sealed)).one())
    (found,) = bureau.sealed(trainers.directory)
    assert found.card.name == "Tessa Trainer"
    assert "Tessa" not in repr(found)


def test_a_trainer_is_in_one_place_a_day_and_nowhere_when_he_is_away(bureau):
    tessa = hire(bureau)
    first, second = (session_on(bureau, code, TODAY) for code in ("GM0344", "GM0363"))
    later = session_on(bureau, "GM0518", TODAY + timedelta(days=2))
    assign(bureau, first, tessa)
    with pytest.raises(TrainerBusy):
        assign(bureau, second, tessa)
    days = TODAY + timedelta(days=1), TODAY + timedelta(days=2)
    bureau.do(absences.away, bureau.toos, tessa, *days, NOON)
    with pytest.raises(TrainerAway):
        assign(bureau, later, tessa)
    (away,) = bureau.do(absences.of_trainer, tessa, TODAY)
    bureau.do(absences.back, bureau.toos, away.id, NOON)
    assign(bureau, later, tessa)
    bureau.do(trainers.take_off, bureau.toos, first, tessa, NOON)
    assign(bureau, second, tessa)


def test_what_has_no_trainer_gets_none(bureau):
    tessa = hire(bureau)
    talk = bureau.do(
        activities.begin, bureau.toos, "GM0344", Stage.CONVERSATION, Step(State.INVITED), NOON
    )
    with pytest.raises(NotForTrainers):
        assign(bureau, talk, tessa)
    bureau.do(absences.end, bureau.toos, tessa, NOON)
    with pytest.raises(NoSuchTrainer):
        assign(bureau, session_on(bureau, "GM0363", TODAY), tessa)
    assert bureau.sealed(trainers.directory) == []


def test_sessions_are_paid_by_the_team_and_trainings_by_who_had_them(bureau):
    tessa = hire(bureau)
    assign(bureau, session_on(bureau, "GM0344", TODAY), tessa, 850)
    assign(bureau, session_on(bureau, "GM0363", TODAY + timedelta(days=1)), tessa, 900)
    training = session_on(bureau, "PV26", TODAY + timedelta(days=2), Stage.TRAINING)
    assign(bureau, training, tessa, 1200)
    assign(bureau, session_on(bureau, "GM0518", date(2027, 1, 5)), tessa, 500)
    found = bureau.do(trainers.costs, 2026)
    assert (found.team, found.governments, len(found.lines)) == (1750, 1200, 3)
    assert bureau.do(trainers.costs, 2027).team == 500


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_the_pages_of_trainers(bureau, visit):
    toos = visit("toos")
    toos.send("/tour/trainers", {"name": "Tessa Trainer", "subjects": "agressie"})
    assert "Tessa Trainer" in toos.text
    assert "te weinig antwoorden om te tonen" in toos.text
    (tessa,) = bureau.sealed(trainers.directory)
    own = f"/tour/trainers/{tessa.id}"
    toos.send(f"{own}/away", {"first": "02-12-2026", "last": "01-12-2026"}, at=own)
    assert "De laatste dag ligt voor de eerste." in toos.text
    toos.send(f"{own}/away", {"first": "24-11-2026", "last": "25-11-2026"}, at=own)
    assert "24-11-2026 tot en met 25-11-2026" in toos.text
    activity = session_on(bureau, "GM0344", TODAY)
    of_activity = f"/tour/activities/{activity}/trainers"
    toos.send(of_activity, {"trainer": str(tessa.id), "fee": "850"})
    assert toos.status == 422
    assert "Deze trainer kan niet op die dag." in toos.text
    bureau.do(
        activities.move,
        bureau.toos,
        activity,
        Step(State.PLANNED, on_day=TODAY + timedelta(days=9)),
        NOON,
        seen=1,
    )
    toos.send(of_activity, {"trainer": str(tessa.id), "fee": "850"})
    assert "Tessa Trainer 850" in toos.text
    assert "850" in toos.see("/tour/costs?year=2026").text
    assert visit("anna").see("/tour/trainers").status == 403
