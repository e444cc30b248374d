"""A trainer who cannot come: what it touches, who is told, and until when it is shown."""

from datetime import date, timedelta

import pytest
from sqlalchemy import select

from tests.tour.conftest import NOON
from tests.tour.test_trainers import TODAY, assign, hire, session_on
from weerbaar.accounts.models import NoticeRow
from weerbaar.tour import absences, activities, trainers
from weerbaar.tour.absences import Why
from weerbaar.tour.activities import Step
from weerbaar.tour.errors import NoSuchTrainer
from weerbaar.tour.stages import Stage, State

SOON, LATER = TODAY + timedelta(days=7), TODAY + timedelta(days=30)


def planned(bureau, code, day, officer):
    activity = session_on(bureau, code, day)
    move(bureau, activity, day, officer, seen=1)
    return activity


def move(bureau, activity, day, officer=None, *, seen, state=State.PLANNED):
    officer_id = None if officer is None else officer.person_id
    step = Step(state, on_day=day, officer_id=officer_id)
    bureau.do(activities.move, bureau.toos, activity, step, NOON, seen=seen)


def away(bureau, trainer, first, last):
    return bureau.do(absences.away, bureau.toos, trainer, first, last, NOON)


def open_ones(bureau, **only):
    return [(each.activity.id, each.why) for each in bureau.do(absences.hindrances, **only)]


def told(bureau, name):
    wanted = select(NoticeRow.code).where(
        NoticeRow.person_id == bureau.actors[name].person_id, NoticeRow.code == absences.NOTICE
    )
    with bureau.session() as session:
        return len(session.scalars(wanted).all())


def test_days_off_tell_who_is_responsible_and_stay_on_the_list_until_another_does_it(bureau):
    tessa, theo = hire(bureau), hire(bureau, "Theo Trainer")
    touched = planned(bureau, "GM0344", SOON, bureau.teun)
    other = planned(bureau, "GM0363", LATER, bureau.nina)
    for each in (touched, other):
        assign(bureau, each, tessa, 850)
    (found,) = away(bureau, tessa, SOON - timedelta(days=1), SOON)
    assert (found.activity.id, found.trainer_id, found.why) == (touched, tessa, Why.AWAY)
    assert [told(bureau, name) for name in ("teun", "nina", "toos")] == [1, 0, 0]
    assert open_ones(bureau) == open_ones(bureau, officer_id=bureau.teun.person_id)
    assert open_ones(bureau, officer_id=bureau.nina.person_id) == []
    bureau.do(trainers.assign, bureau.toos, touched, theo, 900, NOON, instead_of=tessa)
    assert open_ones(bureau) == []
    assert [each.trainer_id for each in bureau.do(trainers.assignments, activity_id=touched)] == [
        theo
    ]
    with pytest.raises(NoSuchTrainer):
        bureau.do(trainers.assign, bureau.toos, touched, theo, 900, NOON, instead_of=tessa)


def test_days_off_that_are_taken_back_leave_nothing(bureau):
    tessa = hire(bureau)
    activity = planned(bureau, "GM0344", SOON, bureau.teun)
    assign(bureau, activity, tessa)
    away(bureau, tessa, SOON, SOON)
    (days,) = bureau.do(absences.of_trainer, tessa, TODAY)
    bureau.do(absences.back, bureau.toos, days.id, NOON)
    assert open_ones(bureau) == []
    # Days that are given again are news again.
    away(bureau, tessa, SOON, SOON)
    assert told(bureau, "teun") == 2


def test_a_farewell_touches_what_is_ahead_and_nothing_that_was(bureau):
    tessa = hire(bureau)
    ahead = planned(bureau, "GM0344", SOON, None)
    before = planned(bureau, "GM0363", TODAY - timedelta(days=1), bureau.teun)
    held = planned(bureau, "GM0518", TODAY, bureau.teun)
    offered = session_on(bureau, "PV26", LATER, Stage.TRAINING)
    for each in (ahead, before, held, offered):
        assign(bureau, each, tessa)
    move(bureau, held, TODAY, bureau.teun, seen=2, state=State.HELD)
    touched = bureau.do(absences.end, bureau.toos, tessa, NOON)
    assert [(each.activity.id, each.why) for each in touched] == [
        (ahead, Why.ENDED), (offered, Why.ENDED),
    ]  # fmt: skip
    # Nobody is responsible: everybody of the tour is told, but for who did it.
    assert [told(bureau, name) for name in ("teun", "nina", "toos", "anna")] == [2, 2, 0, 0]


def test_a_new_day_that_does_not_suit_a_trainer_is_told_of(bureau):
    tessa = hire(bureau)
    first, second = (planned(bureau, "GM0344", SOON, None), planned(bureau, "GM0363", LATER, None))
    for each in (first, second):
        assign(bureau, each, tessa)
    move(bureau, second, SOON, bureau.teun, seen=2)
    (found,) = bureau.do(absences.after_move, bureau.toos, second, NOON)
    assert found.why is Why.BUSY
    assert told(bureau, "teun") == 1
    assert {each for each, _why in open_ones(bureau)} == {first, second}
    bureau.do(trainers.take_off, bureau.toos, first, tessa, NOON)
    assert open_ones(bureau) == []


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_the_pages_say_which_sessions_need_another_trainer(bureau, visit):
    tessa, theo = hire(bureau), hire(bureau, "Theo Trainer")
    activity, toos = planned(bureau, "GM0344", SOON, bureau.toos), visit("toos")
    assign(bureau, activity, tessa)
    own = f"/tour/trainers/{tessa}"
    days = {"first": "01-12-2026", "last": "02-12-2026"}
    toos.send(f"{own}/away", days, at=own)
    assert "Voor 1 sessie of training is een andere trainer nodig." in toos.page
    assert "Andere trainer nodig" in toos.text
    assert "Tessa Trainer: kan niet op deze dag" in toos.see("/tour/steps").text
    assert "Andere trainer nodig" in toos.see("/tour/steps?who=me").text
    assert "Andere trainer nodig" not in visit("teun").see("/tour/steps?who=me").text
    assert "andere trainer nodig" in toos.see("/tour/governments/GM0344").text
    of_activity = f"/tour/activities/{activity}/trainers"
    assert "Tessa Trainer kan niet op deze dag" in toos.see(of_activity).text
    chosen = {"trainer": str(theo), "fee": "850", "instead_of": str(tessa)}
    toos.send(of_activity, chosen)
    assert "Theo Trainer 850" in toos.text
    assert "Tessa Trainer" not in toos.text.partition("Trainer kiezen")[0]
    assert "Er staat niets op de werklijst" in toos.see("/tour/steps").text
    later = session_on(bureau, "GM0363", date(2027, 1, 5))
    assign(bureau, later, theo)
    toos.send(f"/tour/trainers/{theo}/end", at=f"/tour/trainers/{theo}")
    assert "Theo Trainer: werkt niet meer voor de tour" in toos.text
