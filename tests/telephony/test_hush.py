"""Alone in a room: for a moment in rounds, and for no longer than the other can be on his way."""

from collections.abc import Callable, Iterator

import pytest
from sqlalchemy import select

from tests.telephony.conftest import CALLER, Desk
from tests.telephony.test_degraded import Outage
from tests.telephony.test_rally import at_once, own_calls
from tests.telephony.test_requests import Provider
from weerbaar.hotline.calls.models import CallRow
from weerbaar.hotline.telephony import texts, watchdog
from weerbaar.hotline.telephony.house_phone import ROUNDS_ALONE
from weerbaar.simulator import Call, Rules, personas

ANSWERS = personas.answers("1")


@pytest.fixture
def desk(desk: Desk) -> Iterator[Desk]:
    """Two telephones at once, and rooms that begin when two are in them."""
    desk.network.rules = Rules(conference_needs_two=True)
    desk.confidant("Anna", 1, ANSWERS)
    desk.confidant("Bram", 1, personas.off())
    at_once(desk, 1)
    yield desk
    desk.network.rules = Rules()


def run_until(desk: Desk, happened: Callable[[], object]) -> None:
    for _ in range(2_000):
        if happened():
            return
        desk.network.advance(0.05)
    raise AssertionError("it never happened")


def taken(desk: Desk) -> tuple[Call, Call]:
    """A call that somebody has just taken: the caller's line, and his."""
    call = desk.network.call(CALLER, personas.patient(talks=20))
    run_until(desk, lambda: any(texts.MEETING in leg.heard_text() for leg in own_calls(desk)))
    return call, next(leg for leg in own_calls(desk) if leg.pressed())


def caller_waits(desk: Desk) -> tuple[Call, Call]:
    """The caller is in the room before whoever took the call."""
    call, leg = taken(desk)
    run_until(desk, lambda: call.entries("waiting"))
    return call, leg


def state_of(desk: Desk) -> tuple[str, int, bool]:
    with desk.house.database.session() as session:
        call = session.scalars(select(CallRow)).one()
        return call.state, call.step, call.errands


def moves(desk: Desk) -> list[str]:
    """What the provider was asked to do with lines that live: their ids, in order."""
    asked = desk.network.ledger.rest("POST", "/Calls/")
    return [one.path.rpartition("/")[2].removesuffix(".json") for one in asked]


# ---- the house is itself -------------------------------------------------------------------


def test_who_is_first_in_the_room_hears_that_the_other_comes(desk: Desk) -> None:
    call, _leg = caller_waits(desk)
    desk.network.run_until_idle()
    assert texts.HUSH in call.heard_text()
    assert call.bridged_with == [desk.phones["Anna"]]


def test_a_round_of_waiting_leads_to_the_next_and_changes_nothing(desk: Desk) -> None:
    call, leg = caller_waits(desk)
    before, asked = state_of(desk), moves(desk)
    with desk.house.database.session() as session:
        token = session.scalars(select(CallRow.token)).one()
    provider = Provider(desk)
    for line in (
        {"CallSid": call.sid}, {"CallSid": leg.sid, "Direction": "outbound-api"},
    ):  # fmt: skip
        for number in range(1, ROUNDS_ALONE + 3):
            document = provider.ask(f"/telephony/{token}/hush/{number}", **line).text
            assert texts.HUSH in document
            assert f"/{token}/hush/{number + 1}#" in document
    assert state_of(desk) == before
    assert moves(desk) == asked


def test_whoever_waits_in_the_room_of_a_call_that_nobody_knows_any_more_is_let_out(
    desk: Desk,
) -> None:
    provider = Provider(desk)
    for number in range(1, ROUNDS_ALONE + 1):
        answer = provider.ask(f"/telephony/abc/hush/{number}")
        assert (answer.status_code, texts.HUSH in answer.text) == (200, True)
        assert len(moves(desk)) == (number == ROUNDS_ALONE)


@pytest.mark.parametrize("failure", [(404, 20404), (500, 20500), (429, 20429)])
def test_a_telephone_that_the_provider_would_not_end_is_ended_later(
    desk: Desk, failure: tuple[int, int]
) -> None:
    call, leg = taken(desk)
    desk.network.rest_failures += [failure, failure]
    call.hang_up()
    desk.network.run_until_idle()
    assert desk.network.rest_failures == []
    assert leg.over
    assert texts.CALLER_LEFT in leg.heard_text()


@pytest.mark.parametrize("failure", [(404, 20404), (500, 20500), (429, 20429)])
def test_who_is_alone_in_a_room_that_has_begun_is_let_out_at_the_next_look(
    desk: Desk, failure: tuple[int, int]
) -> None:
    # Elsewhere the taker opens the room alone, and no round of waiting would ask again for him.
    desk.network.rules = Rules(conference_needs_two=False)
    call, leg = taken(desk)
    desk.network.rest_failures += [failure, failure]
    call.hang_up()
    desk.network.advance(5)
    assert not leg.over
    # No request of this line asks again: a provider that hangs would keep its answer waiting.
    assert not state_of(desk)[2]
    for _look in range(2):
        watchdog.run_errands(desk.house, desk.now())
        desk.network.advance(5)
    assert desk.network.rest_failures == []
    desk.network.advance(10)
    assert leg.over
    assert texts.HUSH not in leg.heard_text()
    assert texts.CALLER_LEFT in leg.heard_text()
    asked = moves(desk)
    watchdog.run_errands(desk.house, desk.now())
    assert moves(desk) == asked


# ---- without a database --------------------------------------------------------------------


def test_who_waits_alone_for_a_caller_who_left_is_freed(desk: Desk) -> None:
    call, leg = taken(desk)
    outage = Outage(desk).begin()
    call.hang_up()
    desk.network.run_until_idle()
    assert leg.over
    assert leg.ended_by == "rest"
    assert leg.heard_text().count(texts.HUSH) == ROUNDS_ALONE - 1
    assert leg.bridged_with == []
    outage.end()


def test_a_caller_alone_in_a_room_is_fetched_and_rung_for_anew(desk: Desk) -> None:
    call, leg = caller_waits(desk)
    leg.hang_up()
    outage = Outage(desk).begin()
    desk.network.phone(desk.phones["Bram"], ANSWERS)
    desk.network.run_until_idle()
    assert call.heard_text().count(texts.HUSH) >= ROUNDS_ALONE - 1
    assert len(call.bridged_with) == 1
    outage.end()


@pytest.mark.parametrize("failure", [(404, 20404), (500, 20500), (429, 20429)])
def test_a_provider_that_will_not_move_a_line_leaves_it_in_its_rounds(
    desk: Desk, failure: tuple[int, int]
) -> None:
    outage = Outage(desk).begin()
    provider = Provider(desk)
    desk.network.rest_failures.append(failure)
    answer = provider.ask(f"/telephony/abc/hush/{ROUNDS_ALONE}")
    assert (answer.status_code, texts.HUSH in answer.text) == (200, True)
    outage.give_back()


def test_nobody_is_moved_before_the_other_can_have_come(desk: Desk) -> None:
    outage = Outage(desk).begin()
    provider = Provider(desk)
    for number in range(1, ROUNDS_ALONE):
        provider.ask(f"/telephony/abc/hush/{number}")
    assert moves(desk) == []
    provider.ask(f"/telephony/abc/hush/{ROUNDS_ALONE}")
    assert len(moves(desk)) == 1
    outage.give_back()
