"""Requests to swap: asked, answered, settled, undone; two at once; told to whom, each once."""

import threading
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import select

from weerbaar.accounts import notices, people
from weerbaar.accounts.actors import SYSTEM, Actor, Role
from weerbaar.hotline.roster import requests, rules, swaps, takeovers, verbs
from weerbaar.hotline.roster.errors import (
    AlreadyAsked,
    CannotUndo,
    ChooseReturn,
    NobodyToAsk,
    NoSuchRequest,
    NotForTheRoster,
    NotYourShift,
    RequestClosed,
    RequestStale,
    ShiftIsOver,
    ShiftOverlaps,
)
from weerbaar.hotline.roster.swaps_models import SwapRow

NOW = datetime(2026, 11, 24, 11, tzinfo=UTC)
LATER = NOW + timedelta(days=30)


@pytest.fixture
def session(office):
    with office.database.session() as session:
        yield session


@pytest.fixture
def add(office, session):
    def add(who, start, end, tier=1):
        shift_id = verbs.add_shift(
            session, office.planner, tier=tier, person_id=office.people[who],
            start=rules.read(start), end=rules.read(end), now=NOW,
        )  # fmt: skip
        session.commit()
        return shift_id

    return add


@pytest.fixture
def as_actor(office):
    def as_actor(who):
        role = Role.COORDINATOR if who == "carla" else Role.CONFIDANT
        return Actor(office.people[who], frozenset({role}))

    return as_actor


@pytest.fixture
def team(add):
    """Three shifts ahead in the first line: of Anna, of Bram, and of Carla."""
    return {
        "anna": add("anna", "2026-12-01T20:00", "2026-12-02T08:00"),
        "bram": add("bram", "2026-12-03T20:00", "2026-12-04T08:00"),
        "carla": add("carla", "2026-12-05T20:00", "2026-12-06T08:00"),
    }


@pytest.fixture
def has(office, session):
    known = {person_id: name for name, person_id in office.people.items()}
    return lambda shift_id: known[verbs.shift(session, shift_id).person_id]


# What only the rules decide is the same on both databases.
ONE_DATABASE = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)


def told(office, session):
    found = {
        name: sorted(one.code for one in notices.unread(session, person_id))
        for name, person_id in office.people.items()
    }
    return {name: codes for name, codes in found.items() if codes}


def state(session, swap_id):
    return session.scalar(select(SwapRow.state).where(SwapRow.id == swap_id))


# --- one colleague -------------------------------------------------------------------------------


def test_a_colleague_takes_a_shift_without_return_and_it_is_undone(
    office, session, team, as_actor, has
):
    anna, bram = as_actor("anna"), as_actor("bram")
    swap = swaps.ask(session, anna, team["anna"], now=NOW, asked_id=bram.person_id)
    session.commit()
    assert told(office, session) == {"bram": ["swap_asked"]}
    seen = requests.seen_by(session, bram, NOW)
    assert [one.id for one in seen.asked] == [swap]
    for _ in range(2):  # a double click, or the back button
        swaps.accept(session, bram, swap, now=NOW)
        session.commit()
    assert has(team["anna"]) == "bram"
    assert told(office, session) == {"bram": ["swap_asked"], "anna": ["swap_accepted"]}
    assert [one.id for one in requests.seen_by(session, anna, NOW).done] == [swap]
    for _ in range(2):
        swaps.undo(session, bram, swap, now=NOW)
        session.commit()
    assert has(team["anna"]) == "anna"
    assert told(office, session)["anna"] == ["swap_accepted", "swap_undone"]
    assert state(session, swap) == "undone"


def test_two_shifts_exchange_their_people_and_back(office, session, team, as_actor, has):
    anna, bram = as_actor("anna"), as_actor("bram")
    swap = swaps.ask(session, anna, team["anna"], now=NOW, return_id=team["bram"])
    before = int(verbs.version(session))
    swaps.accept(session, bram, swap, now=NOW)
    assert (has(team["anna"]), has(team["bram"])) == ("bram", "anna")
    assert int(verbs.version(session)) == before + 1
    swaps.undo(session, anna, swap, now=NOW)
    session.commit()
    assert (has(team["anna"]), has(team["bram"])) == ("anna", "bram")


def test_two_lines_of_one_night_are_exchanged_though_nobody_may_be_in_both(
    session, add, as_actor, has
):
    first = add("anna", "2026-12-01T20:00", "2026-12-02T08:00")
    second = add("bram", "2026-12-01T18:00", "2026-12-02T10:00", tier=2)
    swap = swaps.ask(session, as_actor("anna"), first, now=NOW, return_id=second)
    swaps.accept(session, as_actor("bram"), swap, now=NOW)
    session.commit()
    assert (has(first), has(second)) == ("bram", "anna")
    swaps.undo(session, as_actor("anna"), swap, now=NOW)
    assert (has(first), has(second)) == ("anna", "bram")


@ONE_DATABASE
def test_a_no_is_told_once_and_closes_the_request(office, session, team, as_actor, has):
    anna, bram = as_actor("anna"), as_actor("bram")
    swap = swaps.ask(session, anna, team["anna"], now=NOW, asked_id=bram.person_id)
    for _ in range(2):
        swaps.decline(session, bram, swap, now=NOW)
        session.commit()
    assert told(office, session) == {"bram": ["swap_asked"], "anna": ["swap_declined"]}
    with pytest.raises(RequestClosed):
        swaps.accept(session, bram, swap, now=NOW)
    assert has(team["anna"]) == "anna"
    # And it can be asked anew.
    swaps.ask(session, anna, team["anna"], now=NOW)


@ONE_DATABASE
def test_who_has_no_part_in_a_request_finds_none(session, team, as_actor, office):
    anna, bram = as_actor("anna"), as_actor("bram")
    swap = swaps.ask(session, anna, team["anna"], now=NOW, asked_id=office.people["carla"])
    for verb in (swaps.accept, swaps.decline, swaps.withdraw, swaps.undo):
        with pytest.raises(NoSuchRequest):
            verb(session, bram, swap, now=NOW)
    with pytest.raises(NoSuchRequest):
        swaps.settle(session, bram, swap, bram.person_id, now=NOW)
    seen = requests.seen_by(session, bram, NOW)
    assert (seen.asked, seen.mine, seen.done, seen.others) == ((), (), (), ())


@ONE_DATABASE
def test_what_cannot_be_asked_is_said(office, session, team, add, as_actor):
    anna, bram = as_actor("anna"), as_actor("bram")
    running = add("anna", "2026-11-24T08:00", "2026-11-24T20:00")
    with pytest.raises(ShiftIsOver):
        swaps.ask(session, anna, running, now=NOW)
    with pytest.raises(NotYourShift):
        swaps.ask(session, anna, team["bram"], now=NOW)
    with pytest.raises(NotForTheRoster):
        swaps.ask(session, anna, team["anna"], now=NOW, asked_id=office.people["rosa"])
    with pytest.raises(NotForTheRoster):
        swaps.ask(session, anna, team["anna"], now=NOW, asked_id=anna.person_id)
    clash = add("bram", "2026-12-01T22:00", "2026-12-02T10:00", tier=2)
    other = add("anna", "2026-12-08T20:00", "2026-12-09T08:00")
    with pytest.raises(ShiftOverlaps):
        swaps.ask(session, anna, other, now=NOW, return_id=clash)
    alone = add("anna", "2026-12-10T08:00", "2026-12-10T20:00", tier=4)
    with pytest.raises(NobodyToAsk):
        swaps.ask(session, anna, alone, now=NOW)
    swaps.ask(session, anna, team["anna"], now=NOW, asked_id=bram.person_id)
    with pytest.raises(AlreadyAsked):
        swaps.ask(session, anna, team["anna"], now=NOW)


# --- everybody of the tier -----------------------------------------------------------------------


@ONE_DATABASE
def test_everybody_is_asked_and_the_last_no_ends_it(office, session, team, as_actor):
    anna, bram, carla = (as_actor(name) for name in ("anna", "bram", "carla"))
    swap = swaps.ask(session, anna, team["anna"], now=NOW)
    assert told(office, session) == {"bram": ["swap_asked"], "carla": ["swap_asked"]}
    swaps.decline(session, bram, swap, now=NOW)
    assert requests.seen_by(session, bram, NOW).asked == ()
    assert [one.id for one in requests.seen_by(session, carla, NOW).asked] == [swap]
    assert state(session, swap) == "asked"
    swaps.decline(session, carla, swap, now=NOW)
    assert state(session, swap) == "declined"
    assert told(office, session)["anna"] == ["swap_declined"]


def test_whoever_accepts_chooses_what_he_gives_in_return(session, team, as_actor, has, add):
    anna, bram = as_actor("anna"), as_actor("bram")
    swap = swaps.ask(session, anna, team["anna"], now=NOW, in_return=True)
    with pytest.raises(ChooseReturn):
        swaps.accept(session, bram, swap, now=NOW)
    with pytest.raises(NotYourShift):
        swaps.accept(session, bram, swap, now=NOW, return_id=team["carla"])
    clash = add("bram", "2026-12-08T20:00", "2026-12-09T08:00")
    add("anna", "2026-12-08T22:00", "2026-12-09T08:00", tier=2)
    with pytest.raises(ShiftOverlaps):
        swaps.accept(session, bram, swap, now=NOW, return_id=clash)
    swaps.accept(session, bram, swap, now=NOW, return_id=team["bram"])
    assert (has(team["anna"]), has(team["bram"])) == ("bram", "anna")


def test_of_two_who_accept_in_the_same_moment_one_wins(office, session, team, as_actor, has):
    swap = swaps.ask(session, as_actor("anna"), team["anna"], now=NOW)
    session.commit()
    together, outcomes = threading.Barrier(2), {}

    def accept(name):
        with office.database.session() as own:
            together.wait()
            try:
                swaps.accept(own, as_actor(name), swap, now=NOW)
                own.commit()
                outcomes[name] = "won"
            except RequestClosed:
                outcomes[name] = "closed"

    threads = [threading.Thread(target=accept, args=(name,)) for name in ("bram", "carla")]
    for one in threads:
        one.start()
    for one in threads:
        one.join(30)
    assert sorted(outcomes.values()) == ["closed", "won"]
    winner = next(name for name, outcome in outcomes.items() if outcome == "won")
    assert has(team["anna"]) == winner
    assert told(office, session)["anna"] == ["swap_accepted"]


# --- planners, time and other changes ------------------------------------------------------------


def test_a_planner_settles_and_both_are_told(office, session, team, as_actor, has):
    swap = swaps.ask(
        session, as_actor("anna"), team["anna"], now=NOW, asked_id=office.people["carla"]
    )
    assert [one.id for one in requests.seen_by(session, office.planner, NOW).others] == [swap]
    swaps.settle(session, office.planner, swap, office.people["bram"], now=NOW)
    assert has(team["anna"]) == "bram"
    assert told(office, session) == {
        "carla": ["swap_asked"], "anna": ["swap_settled"], "bram": ["swap_settled"],
    }  # fmt: skip
    swaps.undo(session, office.planner, swap, now=NOW)
    assert has(team["anna"]) == "anna"
    assert told(office, session)["bram"] == ["swap_settled", "swap_undone"]


@ONE_DATABASE
def test_after_the_start_nothing_is_answered_or_undone(office, session, team, as_actor, has):
    anna, bram = as_actor("anna"), as_actor("bram")
    start = datetime(2026, 12, 1, 19, tzinfo=UTC)
    late = swaps.ask(session, anna, team["anna"], now=NOW, asked_id=bram.person_id)
    with pytest.raises(RequestClosed):
        swaps.accept(session, bram, late, now=start)
    assert requests.seen_by(session, bram, start).asked == ()
    for _ in range(2):
        requests.close_old(session, start)
    assert state(session, late) == "expired"
    assert told(office, session)["anna"] == ["swap_expired"]
    done = swaps.ask(session, bram, team["bram"], now=start, asked_id=anna.person_id)
    swaps.accept(session, anna, done, now=start)
    with pytest.raises(RequestClosed):
        swaps.undo(session, bram, done, now=datetime(2026, 12, 3, 19, tzinfo=UTC))
    assert has(team["bram"]) == "anna"
    requests.close_old(session, LATER + timedelta(days=90))
    assert session.scalars(select(SwapRow.id)).all() == []


@ONE_DATABASE
def test_a_request_for_a_shift_that_changed_is_stale(office, session, team, as_actor, has):
    anna, bram, carla = (as_actor(name) for name in ("anna", "bram", "carla"))
    swap = swaps.ask(session, anna, team["anna"], now=NOW, return_id=team["bram"])
    takeovers.take_over(session, carla, team["bram"], carla.person_id, now=NOW)
    with pytest.raises(RequestStale):
        swaps.accept(session, bram, swap, now=NOW)
    assert requests.seen_by(session, bram, NOW).asked == ()
    for _ in range(2):
        requests.close_old(session, NOW)
    assert state(session, swap) == "stale"
    assert told(office, session)["anna"] == ["swap_stale"]
    gone = swaps.ask(session, anna, team["anna"], now=NOW)
    verbs.remove_shift(session, office.planner, team["anna"], now=NOW, confirmed=True)
    with pytest.raises(RequestStale):
        swaps.accept(session, carla, gone, now=NOW)


@ONE_DATABASE
def test_a_request_of_somebody_who_left_is_stale(office, session, team, as_actor, has):
    swap = swaps.ask(session, as_actor("anna"), team["anna"], now=NOW)
    people.leave(session, office.vault, SYSTEM, office.people["anna"], NOW)
    with pytest.raises(RequestStale):
        swaps.accept(session, as_actor("bram"), swap, now=NOW)
    requests.close_old(session, NOW)
    assert state(session, swap) == "stale"
    other = swaps.ask(
        session, as_actor("bram"), team["bram"], now=NOW, asked_id=office.people["carla"]
    )
    with pytest.raises(NotForTheRoster):
        swaps.settle(session, office.planner, other, office.people["anna"], now=NOW)


@ONE_DATABASE
def test_what_was_changed_since_is_not_undone(session, team, as_actor, has):
    anna, bram, carla = (as_actor(name) for name in ("anna", "bram", "carla"))
    swap = swaps.ask(session, anna, team["anna"], now=NOW, asked_id=bram.person_id)
    swaps.accept(session, bram, swap, now=NOW)
    takeovers.take_over(session, carla, team["anna"], carla.person_id, now=NOW)
    with pytest.raises(CannotUndo):
        swaps.undo(session, anna, swap, now=NOW)
    assert has(team["anna"]) == "carla"


@ONE_DATABASE
def test_nobody_gets_back_what_he_has_no_room_for(session, team, add, as_actor, has):
    anna, bram = as_actor("anna"), as_actor("bram")
    swap = swaps.ask(session, anna, team["anna"], now=NOW, asked_id=bram.person_id)
    swaps.accept(session, bram, swap, now=NOW)
    add("anna", "2026-12-02T00:00", "2026-12-02T12:00", tier=2)
    with pytest.raises(ShiftOverlaps):
        swaps.undo(session, bram, swap, now=NOW)
    assert has(team["anna"]) == "bram"
