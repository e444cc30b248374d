"""No caller ends in nothing: what he is offered when nobody takes the call, and what is kept."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from tests.telephony.conftest import CALLER, Desk
from weerbaar.accounts.actors import Role
from weerbaar.accounts.models import NoticeRow
from weerbaar.hotline.calls import items
from weerbaar.hotline.calls.models import CallRow
from weerbaar.hotline.telephony import texts
from weerbaar.simulator import Call, personas
from weerbaar.simulator.personas import WITHHELD

ASKS = personas.caller(personas.presses("1", text="Wilt u dat wij u terugbellen", finished=True))
KEYS_IN = personas.caller(
    personas.presses("0612345678", text="tien cijfers waarop"),
    personas.presses("1", text="Tien cijfers ontvangen", finished=True),
)


def notices(desk: Desk, code: str) -> set[str]:
    with desk.house.database.session() as session:
        found = session.scalars(select(NoticeRow.person_id).where(NoticeRow.code == code))
        return {desk.installation.mails[person_id] for person_id in found}


def ends_on_time(call: Call) -> bool:
    return (call.transcript[-1].at - call.transcript[0].at).total_seconds() <= 240


def test_pressing_one_leaves_a_call_back_with_an_owner_and_a_time_that_was_heard(
    desk: Desk,
) -> None:
    anna = desk.confidant("Anna", 1, personas.off())
    call = desk.call(ASKS)
    item = desk.item(call)
    assert item is not None
    assert (item.kind, item.state, item.asked) == ("callback_asked", "waiting", True)
    assert item.owner_id == anna.person_id
    assert texts.clock(item.due_at, desk.now()) in call.heard_text()
    assert item.due_at.minute % 15 == 0
    assert timedelta(0) < item.due_at - desk.now() <= timedelta(minutes=45)
    assert desk.number_kept(call, anna) == CALLER
    assert desk.facts(call)["outcome"] == "callback_asked"
    assert notices(desk, items.NOTICE_WAITING) == {"anna@example.nl"}
    assert ends_on_time(call)


def test_hanging_up_unasked_is_missed_and_not_asked_for(desk: Desk) -> None:
    anna = desk.confidant("Anna", 1, personas.off())
    call = desk.call(personas.caller(personas.hangs_up("ringing", after=5)))
    item = desk.item(call)
    assert item is not None
    assert (item.kind, item.asked, item.owner_id) == ("missed", False, anna.person_id)
    assert desk.facts(call)["outcome"] == "missed"
    assert all(leg["state"] == "ended" for leg in desk.facts(call)["legs"])


@pytest.mark.parametrize("seconds", [1, 8, 14, 40, 110])
def test_wherever_the_caller_hangs_up_there_is_work_with_an_owner(desk: Desk, seconds: int) -> None:
    anna = desk.confidant("Anna", 1, personas.off())
    call = desk.call(personas.caller(personas.hangs_up(after=seconds)))
    item = desk.item(call)
    assert item is not None
    assert (item.kind, item.owner_id) == ("missed", anna.person_id)


def test_silence_three_times_is_noted_and_the_caller_hears_so(desk: Desk) -> None:
    desk.confidant("Anna", 1, personas.off())
    call = desk.call(personas.patient())
    item = desk.item(call)
    assert item is not None
    assert call.heard_text().count("Wilt u dat wij u terugbellen") == 3
    assert texts.noted(item.due_at, desk.now()) in call.heard_text()
    assert (item.kind, item.asked) == ("missed", False)
    assert ends_on_time(call)


def test_nobody_on_duty_offers_a_call_back_at_once_and_tells_who_plans(desk: Desk) -> None:
    desk.confidant("Petra", None, roles=[Role.ROSTER_MANAGER])
    call = desk.call(ASKS)
    assert call.children == []
    assert call.seconds_until("pressed") is not None
    assert call.seconds_until("pressed") < 40
    item = desk.item(call)
    assert item is not None
    assert item.owner_id == desk.installation.coordinator.person_id
    assert notices(desk, items.NOTICE_NOBODY) == {"petra@example.nl", "coordinator@example.nl"}


def test_whoever_cannot_read_calls_takes_them_but_owns_no_work(desk: Desk) -> None:
    desk.confidant("Anna", 1, personas.answers("1"), admitted=False)
    call = desk.call(personas.patient(talks=30))
    item = desk.item(call)
    assert item is not None
    assert item.owner_id == desk.installation.coordinator.person_id
    assert item.answered_by == desk.people["Anna"].person_id


@pytest.mark.parametrize("withheld", [WITHHELD[0], "+266696687", ""])
def test_a_withheld_number_is_keyed_in_sealed_and_confirmed(desk: Desk, withheld: str) -> None:
    anna = desk.confidant("Anna", 1, personas.off())
    call = desk.network.call(withheld, KEYS_IN)
    desk.network.run_until_idle()
    assert desk.facts(call)["outcome"] == "callback_asked"
    assert desk.number_kept(call, anna) == "+31612345678"
    item = desk.item(call)
    assert item is not None
    assert item.number_confirmed
    assert "Wij bellen u terug" in call.heard_text()
    assert "0612345678" not in call.heard_text()
    assert ends_on_time(call)


def test_two_keys_the_number_in_again(desk: Desk) -> None:
    anna = desk.confidant("Anna", 1, personas.off())
    call = desk.network.call(
        "anonymous",
        personas.caller(
            personas.presses("0612345670", text="tien cijfers waarop", nth=1),
            personas.presses("2", text="Tien cijfers ontvangen", nth=1),
            personas.presses("0612345678", text="tien cijfers waarop", nth=2),
            personas.presses("1", text="Tien cijfers ontvangen", nth=2),
        ),
    )
    desk.network.run_until_idle()
    assert desk.number_kept(call, anna) == "+31612345678"


def test_digits_that_were_not_confirmed_are_kept_and_marked(desk: Desk) -> None:
    anna = desk.confidant("Anna", 1, personas.off())
    call = desk.network.call(
        "anonymous",
        personas.caller(
            personas.presses("0612345678", text="tien cijfers waarop"),
            personas.hangs_up("prompt", text="Tien cijfers ontvangen"),
        ),
    )
    desk.network.run_until_idle()
    item = desk.item(call)
    assert item is not None
    assert (item.kind, item.number_confirmed) == ("callback_asked", False)
    assert desk.number_kept(call, anna) == "+31612345678"


@pytest.mark.parametrize("keys", ["", "12", "0900123456", "9"])
def test_a_withheld_caller_who_keys_in_nothing_useful_is_told_plainly(
    desk: Desk, keys: str
) -> None:
    desk.confidant("Anna", 1, personas.off())
    script = [personas.presses(keys, text="tien cijfers waarop")] if keys else []
    call = desk.network.call("anonymous", personas.caller(*script))
    desk.network.run_until_idle()
    assert texts.NOTED_WITHOUT_NUMBER in call.heard_text()
    item = desk.item(call)
    assert item is not None
    assert (item.kind, item.number_record) == ("missed", None)
    assert item.owner_id is not None
    assert ends_on_time(call)


def test_key_nine_at_the_offer_says_112_and_asks_again(desk: Desk) -> None:
    desk.confidant("Anna", 1, personas.off())
    call = desk.call(
        personas.caller(
            personas.presses("9", text="Wilt u dat", nth=1, finished=True),
            personas.presses("1", text="Wilt u dat", nth=2, finished=True),
        )
    )
    heard = call.heard_text()
    assert heard.rindex("direct gevaar") > heard.index("Er kan nu niemand opnemen")
    assert desk.facts(call)["outcome"] == "callback_asked"


def test_accepted_but_the_caller_had_just_left_is_a_task_for_that_confidant(desk: Desk) -> None:
    anna = desk.confidant("Anna", 1, personas.answers("1", after=2.0, press_after=6.0))
    call = desk.network.call(CALLER, personas.patient())
    while not any(child.pressed() for child in call.children):
        desk.network.advance(0.25)
    call.hang_up()
    desk.network.run_until_idle()
    item = desk.item(call)
    assert item is not None
    if desk.facts(call)["outcome"] == "accepted_not_bridged":
        assert item.kind == "accepted_not_bridged"
    assert item.owner_id == anna.person_id


def test_a_telephone_that_forwards_to_the_hotline_is_refused_as_busy(desk: Desk) -> None:
    desk.confidant("Anna", 1, personas.forwards("+31703738314"))
    desk.confidant("Bram", 2, personas.answers("1"))
    call = desk.call(personas.patient(talks=30))
    assert call.bridged_with == [desk.phones["Bram"]]
    assert "coordinator@example.nl" in notices(desk, items.NOTICE_LOOP)
    with desk.house.database.session() as session:
        looped = session.scalars(select(CallRow).where(CallRow.outcome == "looped")).all()
    assert looped
    assert all(row.number_record is None for row in looped)


def test_a_foreign_caller_is_asked_for_a_dutch_number_and_nothing_is_lost(desk: Desk) -> None:
    anna = desk.confidant("Anna", 1, personas.off())
    call = desk.network.call("+12025550123", personas.caller(personas.hangs_up("ringing", after=3)))
    desk.network.run_until_idle()
    assert desk.number_kept(call, anna) == "+12025550123"
