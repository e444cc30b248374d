"""Being told that a shift begins, saying that one is there, and who hears of it when one does not."""

import threading
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import select

from weerbaar.accounts import notices, people
from weerbaar.accounts.actors import Actor
from weerbaar.accounts.models import NoticeRow, TrailRow
from weerbaar.hotline.roster import errors, readiness, rules, verbs
from weerbaar.hotline.roster.readiness import Preference

NOW = datetime(2026, 11, 24, 3, 12, tzinfo=UTC)
EIGHT = datetime(2026, 11, 24, 7, tzinfo=UTC)
PATIENCE = timedelta(minutes=15)


def after(minutes):
    return EIGHT + timedelta(minutes=minutes)


@pytest.fixture
def session(office):
    with office.database.session() as session:
        yield session


@pytest.fixture
def add(office, session):
    def add(who, start, end, tier=1):
        return verbs.add_shift(
            session, office.planner, tier=tier, person_id=office.people[who],
            start=rules.read(start), end=rules.read(end), now=NOW,
        )  # fmt: skip

    return add


def told(office, session, who):
    return [one.code for one in notices.unread(session, office.people[who])]


def actor(office, who):
    return Actor(office.people[who])


def test_whoever_begins_a_shift_is_told_ahead_and_at_the_start_once_each(office, session, add):
    add("anna", "2026-11-24T08:00", "2026-11-24T16:00")
    posted = {
        minute: readiness.remind(session, after(minute)) for minute in (-61, -60, -1, 0, 1, 14)
    }
    assert posted == {-61: 0, -60: 1, -1: 0, 0: 1, 1: 0, 14: 0}
    assert told(office, session, "anna") == ["shift_soon", "shift_starts"]


def test_who_goes_on_is_not_told_and_not_asked(office, session, add):
    add("anna", "2026-11-24T00:00", "2026-11-24T08:00")
    add("anna", "2026-11-24T08:00", "2026-11-24T16:00")
    add("bram", "2026-11-24T08:00", "2026-11-24T16:00", tier=2)
    readiness.remind(session, after(-1))
    readiness.remind(session, after(0))
    assert told(office, session, "anna") == []
    assert [one.person_id for one in readiness.waiting(session, after(1))] == [
        office.people["bram"]
    ]


def test_a_shift_that_began_long_ago_or_is_over_is_not_announced(session, add):
    add("anna", "2026-11-24T08:00", "2026-11-24T16:00")
    add("bram", "2026-11-24T08:00", "2026-11-24T08:05", tier=2)
    assert readiness.remind(session, after(15)) == 0
    assert readiness.remind(session, after(10)) == 1


@pytest.mark.parametrize(("ahead", "posted"), [(0, 0), (15, 0), (120, 1), (1440, 1)])
def test_everybody_chooses_how_long_ahead_he_is_told(office, session, add, ahead, posted):
    add("anna", "2026-11-24T08:00", "2026-11-24T16:00")
    readiness.prefer(session, office.people["anna"], Preference(ahead, by_call=False))
    assert readiness.remind(session, after(-70)) == posted
    assert readiness.preferences(session, {office.people["anna"], office.people["bram"]}) == {
        office.people["anna"]: Preference(ahead, by_call=False),
        office.people["bram"]: Preference(60, by_call=True),
    }


def test_saying_so_is_kept_once_and_leaves_a_trail(office, session, add):
    shift = add("anna", "2026-11-24T08:00", "2026-11-24T16:00")
    assert readiness.own_turn(session, office.people["anna"], after(-61)) is None
    turn = readiness.own_turn(session, office.people["anna"], after(-60))
    assert (turn.shift_id, turn.confirmed) == (shift, False)
    for minute in (-10, 3):
        readiness.confirm(session, actor(office, "anna"), shift, after(minute))
    session.commit()
    assert readiness.own_turn(session, office.people["anna"], after(3)).confirmed
    assert readiness.confirmed(session, {shift}) == {shift}
    assert readiness.waiting(session, after(20)) == []
    acts = session.scalars(select(TrailRow.action).where(TrailRow.action == "duty.confirm")).all()
    assert len(acts) == 1


def test_nobody_says_so_for_another_or_too_early_or_too_late(office, session, add):
    shift = add("anna", "2026-11-24T08:00", "2026-11-24T16:00")
    with pytest.raises(errors.NotYourShift):
        readiness.confirm(session, actor(office, "bram"), shift, after(0))
    for minute in (-61, 8 * 60):
        with pytest.raises(errors.NoSuchShift):
            readiness.confirm(session, actor(office, "anna"), shift, after(minute))
    assert readiness.confirmed(session, {shift}) == frozenset()


def test_another_person_in_the_same_shift_is_asked_anew(office, session, add):
    shift = add("anna", "2026-11-24T08:00", "2026-11-24T16:00")
    readiness.confirm(session, actor(office, "anna"), shift, after(1))
    verbs.replace_person(session, office.planner, shift, office.people["bram"], now=after(2))
    assert readiness.confirmed(session, {shift}) == frozenset()
    assert [one.person_id for one in readiness.waiting(session, after(3))] == [
        office.people["bram"]
    ]
    assert not readiness.note(session, shift, office.people["anna"], after(4))
    verbs.remove_shift(session, office.planner, shift, now=after(5), confirmed=True)
    assert readiness.confirmed(session, {shift}) == frozenset()


def test_whoever_stays_silent_is_told_of_to_back_up_and_roster_manager_once(office, session, add):
    add("anna", "2026-11-24T08:00", "2026-11-24T16:00")
    add("bram", "2026-11-24T00:00", "2026-11-24T23:00", tier=2)
    add("carla", "2026-11-24T00:00", "2026-11-24T23:00", tier=3)
    tolds = {
        minute: readiness.tell_of_missed(session, after(minute), PATIENCE)
        for minute in (14, 15, 16, 70, 76)
    }
    assert tolds == {14: 0, 15: 1, 16: 0, 70: 0, 76: 0}
    assert told(office, session, "bram") == ["shift_unconfirmed"]
    assert told(office, session, "rosa") == ["shift_unconfirmed"]
    assert told(office, session, "anna") == told(office, session, "carla") == []


def test_whoever_said_so_in_time_is_not_told_of(office, session, add):
    shift = add("anna", "2026-11-24T08:00", "2026-11-24T16:00")
    readiness.confirm(session, actor(office, "anna"), shift, after(14))
    assert readiness.tell_of_missed(session, after(16), PATIENCE) == 0
    assert told(office, session, "rosa") == []


def test_of_two_workers_at_once_one_tells(office):
    with office.database.session() as session:
        verbs.add_shift(
            session, office.planner, tier=1, person_id=office.people["anna"],
            start=rules.Reading(EIGHT, EIGHT), end=rules.Reading(after(480), after(480)), now=NOW,
        )  # fmt: skip
        session.commit()
    ready, counts = threading.Barrier(2), []

    def work():
        with office.database.session() as session:
            ready.wait()
            counts.append(
                readiness.tell_of_missed(session, after(16), PATIENCE)
                + readiness.remind(session, after(-1))
            )
            session.commit()

    workers = [threading.Thread(target=work) for _ in range(2)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    assert sum(counts) == 2
    with office.database.session() as session:
        codes = session.scalars(select(NoticeRow.code)).all()
    assert sorted(codes) == ["shift_soon", "shift_unconfirmed"]


def test_a_test_that_holds_no_longer_is_told_once(office, session):
    office.activate(session, "anna")
    today = EIGHT.date()
    for days, posted in ((90, 0), (91, 1), (91, 0), (200, 1)):
        day = today - timedelta(days=days)
        people.phone_tested(session, office.vault, office.people["anna"], "+31612345601", day)
        assert readiness.remind_of_tests(session, EIGHT) == posted
    assert told(office, session, "anna") == ["phone_stale"] * 2


on_sqlite = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)


@on_sqlite
def test_the_button_stands_on_the_roster_until_one_said_so(office, session, add, house, visit):
    shift = add("anna", "2026-11-24T12:00", "2026-11-24T16:00")
    session.commit()
    anna, bram = visit("anna"), visit("bram")
    assert "Ik ben er" in anna.see("/roster").text
    assert "Ik ben er" not in bram.see("/roster").text
    assert "niet meer van u" in bram.send("/roster/here", shift=str(shift), back="/roster").text
    assert "niet meer van u" in anna.send("/roster/here", shift="x", back="/roster").text
    anna.send("/roster/here", shift=str(shift), back="/roster")
    assert "U heeft laten weten dat u er bent." in anna.text
    assert "Ik ben er" not in anna.text
    house.clock.at += timedelta(hours=4)
    assert "laten weten dat u er bent" not in anna.see("/roster/mine").text


@on_sqlite
def test_a_choice_of_how_one_is_told_is_kept(office, session, visit):
    anna = visit("anna")
    anna.see("/roster/readiness")
    anna.send("/roster/readiness", ahead="120")
    assert "Uw keuze is opgeslagen." in anna.text
    wish = readiness.preferences(session, {office.people["anna"]})[office.people["anna"]]
    assert wish == Preference(120, by_call=False)
    session.rollback()
    anna.send("/roster/readiness", ahead="7")
    assert anna.status == 422
