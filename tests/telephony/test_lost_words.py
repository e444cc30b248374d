"""The provider's last word on a telephone does not come: it is asked, and its owner is free."""

import threading
from typing import Any

import pytest
from sqlalchemy import select

from tests.telephony.conftest import CALLER, Desk
from tests.telephony.test_rally import ANSWERS, at_once
from tests.telephony.test_requests import Provider, path_of
from weerbaar.hotline.calls import call_backs
from weerbaar.hotline.calls.models import CallRow, LegRow, WorkItemRow
from weerbaar.hotline.telephony import call_back, watchdog
from weerbaar.simulator import Faults, personas


def states(desk: Desk) -> list[str]:
    with desk.house.database.session() as session:
        return list(session.scalars(select(LegRow.state).order_by(LegRow.number)))


def test_an_accepted_leg_whose_end_was_never_told_is_asked_about(desk: Desk) -> None:
    desk.confidant("Anna", 1, ANSWERS)
    gone: list[bool] = []

    def silent(hook: Any) -> Any:
        return "lost" if gone else None

    desk.network.faults = Faults(on=silent)
    call = desk.network.call(CALLER, personas.patient(talks=30))
    desk.network.advance(30)
    assert states(desk) == ["accepted"]
    gone.append(True)
    desk.network.run_until_idle()
    assert call.over
    assert states(desk) == ["accepted"]
    desk.network.advance(60)
    assert watchdog.ask_about_legs(desk.house, desk.now()) == 1
    assert states(desk) == ["ended"]
    # Whether they talked was never told either: both lines lived on for half a minute.
    desk.network.advance(61)
    desk.work()
    assert ended_as(desk) == ("talked", "conversation")


def ended_as(desk: Desk) -> tuple[str | None, str]:
    with desk.house.database.session() as session:
        outcome = session.scalars(select(CallRow.outcome)).one()
        return outcome, session.scalars(select(WorkItemRow.kind)).one()


def lose(desk: Desk, *purposes: str) -> None:
    """From now on nothing arrives of callbacks, and of documents with these purposes."""
    desk.network.faults = Faults(
        on=lambda hook: "lost" if hook.kind == "callback" or hook.purpose in purposes else None
    )


NOT_TOLD = ("accepted_not_bridged", "accepted_not_bridged")


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_who_left_in_the_moment_of_pressing_one_has_not_talked(desk: Desk) -> None:
    desk.confidant("Anna", 1, ANSWERS)
    call = desk.network.call(CALLER, personas.patient(talks=30))
    while not any(leg.pressed() for leg in call.children):
        desk.network.advance(0.05)
    lose(desk, "dial")
    call.hang_up()
    desk.network.run_until_idle()
    for _ in range(3):
        desk.network.advance(3 * 3600)
        desk.work()
    assert ended_as(desk) == NOT_TOLD


def in_a_room(desk: Desk, talks: float) -> Any:
    """Two of several telephones talk in a room of which nothing is told; no worker runs."""
    for name in ("Anna", "Bram"):
        desk.confidant(name, 1, ANSWERS)
    at_once(desk, 1)
    lose(desk)
    call = desk.network.call(CALLER, personas.patient(talks=talks))
    desk.network.run_until_idle()
    assert len(call.bridged_with) == 1
    return call


@pytest.mark.parametrize("talks", [15, 300])
def test_a_talk_in_a_room_of_which_nothing_is_told_is_one_by_the_providers_records(
    desk: Desk, talks: int
) -> None:
    in_a_room(desk, talks)
    desk.network.faults = Faults()
    for _ in range(3):
        desk.network.advance(61)
        desk.work()
    assert ended_as(desk) == ("talked", "conversation")
    assert set(states(desk)) == {"ended"}


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_where_the_provider_does_not_say_it_is_a_task(desk: Desk) -> None:
    call = in_a_room(desk, 60)
    desk.network.faults = Faults()
    for line in (call, *desk.network.calls):
        line.deleted = True
    for _ in range(3):
        desk.network.advance(61)
        desk.work()
    assert ended_as(desk) == NOT_TOLD


def test_a_leg_that_still_talks_is_left_in_peace_and_not_asked_about_each_second(
    desk: Desk,
) -> None:
    desk.confidant("Anna", 1, ANSWERS)
    desk.network.call(CALLER, personas.patient(talks=400))
    desk.network.advance(120)
    asked = len(desk.network.ledger.rest("GET", "/Calls/"))
    for _ in range(10):
        assert watchdog.ask_about_legs(desk.house, desk.now()) == 0
        desk.network.advance(10)
    assert states(desk) == ["accepted"]
    assert len(desk.network.ledger.rest("GET", "/Calls/")) - asked == 1


def test_a_telephone_that_rang_beside_others_is_asked_about(desk: Desk) -> None:
    for name in ("Anna", "Bram"):
        desk.confidant(name, 1, ANSWERS)
    at_once(desk, 1)
    lost: list[bool] = []
    desk.network.faults = Faults(on=lambda hook: "lost" if lost else None)
    call = desk.network.call(CALLER, personas.patient(talks=60))
    desk.network.advance(30)
    assert call.bridged_with
    lost.append(True)
    desk.network.run_until_idle()
    assert "accepted" in states(desk)
    desk.network.advance(60)
    assert watchdog.ask_about_legs(desk.house, desk.now()) == 1
    assert set(states(desk)) == {"ended"}
    desk.network.advance(61)
    desk.work()
    assert desk.facts(call)["outcome"] == "talked"


def test_a_provider_that_does_not_answer_moves_nothing(desk: Desk) -> None:
    desk.confidant("Anna", 1, ANSWERS)
    desk.network.call(CALLER, personas.patient(talks=400))
    desk.network.advance(120)
    desk.network.rest_failures.append((500, 20500))
    assert watchdog.ask_about_legs(desk.house, desk.now()) == 0
    assert states(desk) == ["accepted"]


def test_the_confidants_leg_of_a_call_back_is_asked_about_too(desk: Desk) -> None:
    anna = desk.confidant("Anna", None, personas.answers("1"))
    desk.network.phone(CALLER, personas.answers("", talks=20))
    with desk.house.database.session() as session:
        begun = call_backs.begin(
            session, desk.house.vault, anna, number=CALLER, hotline="+31703738314", now=desk.now()
        )
        session.commit()
    assert call_back.place(desk.house, begun)
    desk.network.advance(15)
    desk.network.faults = Faults(on=lambda hook: "lost")
    desk.network.run_until_idle()
    assert states(desk) == ["accepted"]
    desk.network.advance(60)
    assert watchdog.ask_about_legs(desk.house, desk.now()) == 1
    assert states(desk) == ["ended"]


@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
def test_two_workers_at_once_ask_once_and_move_a_line_once(desk: Desk) -> None:
    for name in ("Anna", "Bram"):
        desk.confidant(name)
    provider = Provider(desk)
    path_of(provider.ask("/telephony/voice").text, "ring")
    desk.network.advance(61)
    start = threading.Barrier(2)
    moved: list[int] = []

    def work() -> None:
        start.wait()
        moved.append(watchdog.act_on_deadlines(desk.house, desk.now()))

    workers = [threading.Thread(target=work) for _ in range(2)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    assert sorted(moved) == [0, 1]
    with desk.house.database.session() as session:
        assert session.scalars(select(CallRow.outcome)).one() == "missed"
        assert len(session.scalars(select(WorkItemRow)).all()) == 1
