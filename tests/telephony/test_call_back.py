"""Calling an official back: the confidant first, then the official, who sees 070."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from tests.telephony.conftest import Desk
from tests.telephony.test_requests import Provider
from weerbaar.accounts.actors import Actor
from weerbaar.hotline.calls import call_backs, numbers, outcomes
from weerbaar.hotline.calls.call_backs import Begun
from weerbaar.hotline.calls.errors import NoPhone, NoSuchCallBack, PersonBusy
from weerbaar.hotline.calls.models import BackOutcome, CallBackRow, LegRow
from weerbaar.hotline.telephony import call_back, texts
from weerbaar.simulator import Faults, personas

OFFICIAL = "+31687654399"
PICKS_UP = personas.answers("", talks=30)


def begin(desk: Desk, actor: Actor, number: str = OFFICIAL) -> Begun:
    with desk.house.database.session() as session:
        begun = call_backs.begin(
            session, desk.house.vault, actor, number=number,
            hotline=desk.house.settings.hotline_number, now=desk.now(),
        )  # fmt: skip
        session.commit()
    return begun


def row_of(desk: Desk, begun: Begun) -> CallBackRow:
    with desk.house.database.session() as session:
        return session.get_one(CallBackRow, begun.id)


def test_the_confidant_presses_one_and_the_official_sees_the_hotline(desk: Desk) -> None:
    anna = desk.confidant("Anna", 1, personas.answers("1"))
    desk.network.phone(OFFICIAL, PICKS_UP)
    begun = begin(desk, anna)
    assert call_back.place(desk.house, begun)
    desk.network.run_until_idle()
    parent, child = desk.network.calls
    assert (parent.to, child.to) == (desk.phones["Anna"], OFFICIAL)
    assert (parent.from_, child.from_) == ("+31703738314", "+31703738314")
    assert parent.bridged_with == [OFFICIAL]
    row = row_of(desk, begun)
    assert (row.state, row.ended_by, row.held, row.held_secret_id) == (
        "ended", "connected", None, None,
    )  # fmt: skip
    assert texts.BACK_OVER in parent.heard_text()
    assert desk.network.ledger.codes() == []


def test_the_number_goes_as_soon_as_the_official_answers(desk: Desk) -> None:
    anna = desk.confidant("Anna", 1, personas.answers("1"))
    desk.network.phone(OFFICIAL, personas.answers("", talks=300))
    begun = begin(desk, anna)
    secret = row_of(desk, begun).held_secret_id
    call_back.place(desk.house, begun)
    desk.network.advance(40)
    row = row_of(desk, begun)
    assert (row.state, row.held) == ("talking", None)
    assert desk.house.vault.keystore.destroyed(secret)
    desk.network.run_until_idle()


@pytest.mark.parametrize(
    "persona", [personas.voicemail(), personas.refuses(), personas.off(), personas.busy()]
)
def test_without_a_press_of_one_the_official_is_never_rung(desk: Desk, persona) -> None:
    anna = desk.confidant("Anna", 1, persona)
    begun = begin(desk, anna)
    call_back.place(desk.house, begun)
    desk.network.run_until_idle()
    assert [call.to for call in desk.network.calls] == [desk.phones["Anna"]]
    assert row_of(desk, begun).state == "ended"
    assert row_of(desk, begun).held is None


def test_an_official_who_does_not_answer_is_not_reached(desk: Desk) -> None:
    anna = desk.confidant("Anna", 1, personas.answers("1"))
    begun = begin(desk, anna)
    call_back.place(desk.house, begun)
    desk.network.run_until_idle()
    assert row_of(desk, begun).ended_by == "not_connected"
    assert texts.BACK_NOT_REACHED in desk.network.calls[0].heard_text()


def test_a_confidant_in_a_call_back_is_not_rung_for_a_call(desk: Desk) -> None:
    anna = desk.confidant("Anna", 1, personas.answers("1"))
    desk.confidant("Bram", 1, personas.answers("1"))
    desk.network.phone(OFFICIAL, personas.answers("", talks=200))
    call_back.place(desk.house, begin(desk, anna))
    desk.network.advance(30)
    caller = desk.network.call("+31687654321", personas.patient(talks=20))
    desk.network.advance(60)
    assert caller.bridged_with == [desk.phones["Bram"]]
    with pytest.raises(PersonBusy):
        begin(desk, anna)
    desk.network.run_until_idle()


def test_a_create_that_timed_out_is_found_again_and_never_sent_twice(desk: Desk) -> None:
    anna = desk.confidant("Anna", 1, personas.answers("1"))
    desk.network.phone(OFFICIAL, PICKS_UP)
    desk.network.rest_failures.append((0, 0))
    begun = begin(desk, anna)
    assert call_back.place(desk.house, begun)
    assert not call_back.place(desk.house, begun)
    desk.network.run_until_idle()
    assert [call.to for call in desk.network.calls] == [desk.phones["Anna"], OFFICIAL]
    assert row_of(desk, begun).ended_by == "connected"


def test_a_refused_create_frees_the_person_at_once(desk: Desk) -> None:
    anna = desk.confidant("Anna", 1, personas.answers("1"))
    desk.network.rest_failures.append((429, 20429))
    begun = begin(desk, anna)
    assert not call_back.place(desk.house, begun)
    assert row_of(desk, begun).state == "ended"
    begin(desk, anna)


def test_the_number_opens_for_one_leg_alone_and_for_two_minutes(desk: Desk) -> None:
    anna = desk.confidant("Anna")
    begun = begin(desk, anna)
    provider = Provider(desk)
    path = f"/telephony/back/{begun.token}/{begun.key}"
    assert "<Gather" in provider.ask(path + "/start", CallSid="CA" + 32 * "1").text
    other = provider.ask(path + "/press", CallSid="CA" + 32 * "2", Digits="1").text
    assert OFFICIAL not in other
    wrong = provider.ask(
        f"/telephony/back/{begun.token}/{'x' * 43}/press", CallSid="CA" + 32 * "1", Digits="1"
    ).text
    assert OFFICIAL not in wrong
    for _ in range(2):
        again = provider.ask(path + "/press", CallSid="CA" + 32 * "1", Digits="1").text
        assert OFFICIAL in again
    desk.network.advance(121)
    late = provider.ask(path + "/press", CallSid="CA" + 32 * "1", Digits="1").text
    assert OFFICIAL not in late
    assert texts.BACK_EXPIRED in late


def test_what_is_held_opens_with_neither_database_nor_key_store(desk: Desk) -> None:
    anna = desk.confidant("Anna")
    begun = begin(desk, anna)
    row = row_of(desk, begun)
    assert begun.key not in str(vars(row))
    assert OFFICIAL.removeprefix("+31").encode() not in row.held
    assert begun.key not in repr(begun)


def test_after_two_minutes_the_worker_destroys_what_is_held(desk: Desk) -> None:
    anna = desk.confidant("Anna")
    begun = begin(desk, anna)
    secret = row_of(desk, begun).held_secret_id
    desk.network.advance(125)
    desk.work()
    assert row_of(desk, begun).held is None
    assert desk.house.vault.keystore.destroyed(secret)


def test_a_call_back_that_nobody_placed_is_given_up(desk: Desk) -> None:
    anna = desk.confidant("Anna")
    begun = begin(desk, anna)
    desk.network.advance(25)
    desk.work()
    assert row_of(desk, begun).state == "ended"
    begin(desk, anna)


@pytest.mark.parametrize("number", ["+12025550123", "0900-1234567", "112", "070-3738314"])
def test_only_dutch_numbers_are_called(desk: Desk, number: str) -> None:
    anna = desk.confidant("Anna")
    with pytest.raises(numbers.NotCallable):
        begin(desk, anna, number)


def test_without_a_telephone_nobody_calls_back(desk: Desk) -> None:
    with pytest.raises(NoPhone):
        begin(desk, desk.confidant("Anna", phone=None))


def test_only_who_called_says_what_came_of_it(desk: Desk) -> None:
    anna, bram = desk.confidant("Anna"), desk.confidant("Bram")
    begun = begin(desk, anna)
    with desk.house.database.session() as session:
        with pytest.raises(NoSuchCallBack):
            outcomes.classify(session, bram, begun.id, BackOutcome.REACHED, desk.now())
        outcomes.classify(session, anna, begun.id, BackOutcome.VOICEMAIL, desk.now())
        session.commit()
    assert row_of(desk, begun).outcome == "voicemail"


def test_late_and_doubled_callbacks_leave_an_ended_call_back_ended(desk: Desk) -> None:
    anna = desk.confidant("Anna", 1, personas.answers("1"))
    desk.network.phone(OFFICIAL, PICKS_UP)
    desk.network.faults = Faults(seed=3, duplicate=0.7, late=0.5, reorder=0.5, repeat=0.5)
    begun = begin(desk, anna)
    call_back.place(desk.house, begun)
    desk.network.run_until_idle()
    assert row_of(desk, begun).state == "ended"
    with desk.house.database.session() as session:
        assert session.scalars(select(LegRow.state)).all() == ["ended"]
    assert row_of(desk, begun).created_day <= (desk.now() + timedelta(days=1)).date()
