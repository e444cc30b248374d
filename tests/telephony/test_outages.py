"""Something of ours is gone, and the caller still hears something that helps."""

from dataclasses import replace

import pytest

from tests.telephony.conftest import CALLER, Desk, application
from tests.telephony.test_requests import Provider, path_of
from weerbaar.config.database import Database
from weerbaar.hotline.telephony import texts
from weerbaar.simulator import personas

STANDBY = "+31612345698"


class Gone:
    """Takes the database away from a house, and gives it back."""

    def __init__(self, desk: Desk) -> None:
        self.desk = desk
        self.database = desk.house.database

    def take(self) -> None:
        self.database.dispose()
        nowhere = Database("postgresql+psycopg://nobody@127.0.0.1:1/nothing", pool_size=1)
        self.desk.house = replace(self.desk.house, database=nowhere)
        self._serve()

    def give_back(self) -> None:
        self.desk.house = replace(self.desk.house, database=self.database)
        self._serve()

    def _serve(self) -> None:
        self.desk.board.app = application(self.desk.house)


def take_keystore(desk: Desk) -> None:
    store = desk.house.vault.keystore
    store.dispose()
    store._batch.clear()
    desk.house.vault._pins.clear()
    store._engine = Database("postgresql+psycopg://nobody@127.0.0.1:1/nothing", pool_size=1).engine


def test_without_a_database_the_standby_telephone_rings_with_a_screen(make_desk) -> None:
    desk = make_desk(STANDBY_NUMBER=STANDBY)
    desk.confidant("Anna", 1, personas.answers("1"))
    desk.network.phone(STANDBY, personas.answers("1"))
    Gone(desk).take()
    call = desk.call(personas.patient(talks=30))
    assert call.bridged_with == [STANDBY]
    assert "1 1 2" in call.heard_text()
    assert desk.network.ledger.codes() == []


def test_the_standby_voicemail_does_not_take_the_call(make_desk) -> None:
    desk = make_desk(STANDBY_NUMBER=STANDBY)
    desk.network.phone(STANDBY, personas.voicemail())
    Gone(desk).take()
    call = desk.call(personas.patient())
    assert call.bridged_with == []
    assert texts.CALL_AGAIN in call.heard_text()


def test_without_database_and_standby_the_caller_is_told_to_call_again(desk: Desk) -> None:
    Gone(desk).take()
    call = desk.call(personas.patient())
    assert call.heard_text().count(texts.CALL_AGAIN) == 2
    assert "1 1 2" in call.heard_text()
    assert call.ended_by == "document"


def test_a_database_that_came_back_rings_the_confidant_after_the_standby(make_desk) -> None:
    desk = make_desk(STANDBY_NUMBER=STANDBY)
    anna = desk.confidant("Anna", 1, personas.answers("1"))
    desk.network.phone(STANDBY, personas.off())
    gone = Gone(desk)
    gone.take()
    call = desk.network.call(CALLER, personas.patient(talks=30))
    desk.network.advance(25)
    gone.give_back()
    desk.network.run_until_idle()
    assert call.bridged_with == [desk.phones["Anna"]]
    assert desk.number_kept(call, anna) == CALLER


@pytest.mark.parametrize("seconds", [3, 20, 40, 100, 130, 150])
def test_a_database_that_goes_in_mid_call_never_leaves_silence(make_desk, seconds: int) -> None:
    desk = make_desk(STANDBY_NUMBER=STANDBY)
    desk.confidant("Anna", 1, personas.silent())
    desk.confidant("Bram", 2, personas.off())
    desk.network.phone(STANDBY, personas.answers("1"))
    call = desk.network.call(CALLER, personas.patient(talks=30))
    desk.network.advance(seconds)
    gone = Gone(desk)
    gone.take()
    desk.network.run_until_idle()
    assert call.bridged_with == [STANDBY] or call.ended_by == "document"
    assert call.ended_by != "error message"
    gone.give_back()


def test_a_press_of_one_connects_without_a_database(make_desk) -> None:
    desk = make_desk(STANDBY_NUMBER=STANDBY)
    desk.confidant("Anna", 1, personas.answers("1", press_after=5.0))
    call = desk.network.call(CALLER, personas.caller(personas.hangs_up("bridged", after=40)))
    while not any(child.entries("prompt") for child in call.children):
        desk.network.advance(0.5)
    gone = Gone(desk)
    gone.take()
    desk.network.run_until_idle()
    assert call.bridged_with == [desk.phones["Anna"]]
    gone.give_back()


@pytest.mark.parametrize(
    ("path", "fields", "expected"),
    [
        ("abc/ring/1", {}, "<Dial"),
        ("abc/dialed/1", {"DialCallStatus": "no-answer"}, "<Dial"),
        ("abc/offer/1", {"Digits": "1"}, "<Dial"),
        ("abc/digits/1", {"Digits": "0612345678"}, "<Dial"),
        ("abc/confirm/1", {"Digits": "1"}, "<Dial"),
        ("abc/screen/1", {}, "abc/accept/1"),
        ("abc/accept/1", {"Digits": "2"}, "<Hangup"),
        ("fallback", {}, "<Dial"),
        ("back/abc/key/start", {}, "<Say"),
        ("back/abc/key/press", {"Digits": "1"}, "<Say"),
        ("back/abc/key/done", {}, "<Say"),
    ],
)
def test_every_step_has_an_answer_without_a_database(make_desk, path, fields, expected) -> None:
    desk = make_desk(STANDBY_NUMBER=STANDBY)
    Gone(desk).take()
    answer = Provider(desk).ask(f"/telephony/{path}", **fields)
    assert answer.status_code == 200
    assert expected in answer.text
    assert "0612345678" not in answer.text


def test_a_loop_is_refused_without_a_database(desk: Desk) -> None:
    Gone(desk).take()
    assert "<Reject" in Provider(desk).ask("/telephony/voice", From="+31703738314").text


def test_without_a_database_an_unsigned_request_is_still_refused(desk: Desk) -> None:
    Gone(desk).take()
    assert Provider(desk).ask("/telephony/voice", signed=False).status_code == 403


def test_without_the_key_store_it_rings_and_keeps_no_number(desk: Desk) -> None:
    anna = desk.confidant("Anna", 1, personas.answers("1"))
    take_keystore(desk)
    call = desk.call(personas.patient(talks=30))
    assert call.bridged_with == [desk.phones["Anna"]]
    assert desk.item(call).number_record is None
    assert desk.item(call).owner_id == anna.person_id


def test_without_the_key_store_no_call_back_is_promised(desk: Desk) -> None:
    desk.confidant("Anna", 1, personas.off())
    take_keystore(desk)
    call = desk.call(personas.caller(personas.presses("1", text="Wilt u dat", finished=True)))
    assert texts.NOTED_WITHOUT_NUMBER in call.heard_text()
    assert "Wij bellen u terug," not in call.heard_text()
    assert desk.item(call).owner_id is not None


def test_one_damaged_telephone_costs_only_its_owner(desk: Desk) -> None:
    desk.confidant("Anna", 1, personas.answers("1"))
    desk.confidant("Bram", 1, personas.answers("1"))
    from sqlalchemy import update

    from weerbaar.accounts.models import PersonRow

    with desk.house.database.session() as session:
        session.execute(
            update(PersonRow)
            .where(PersonRow.id == desk.people["Anna"].person_id)
            .values(phone_sealed=b"damaged")
        )
        session.commit()
    call = desk.call(personas.patient(talks=20))
    assert call.bridged_with == [desk.phones["Bram"]]


def test_a_step_that_fails_inside_answers_with_something_that_rings(make_desk, monkeypatch) -> None:
    desk = make_desk(STANDBY_NUMBER=STANDBY)
    desk.confidant("Anna")
    provider = Provider(desk)
    ring = path_of(provider.ask("/telephony/voice").text, "ring")
    from weerbaar.hotline.calls import ringing

    def broken(*_args: object) -> None:
        raise RuntimeError

    monkeypatch.setattr(ringing, "look", broken)
    answer = provider.ask(ring)
    assert answer.status_code == 200
    assert STANDBY in answer.text
