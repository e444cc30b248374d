"""The board: each reader sees of this moment what he may, while calls move."""

import time
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import event

from weerbaar.accounts.actors import Role
from weerbaar.hotline.calls import live, pulses
from weerbaar.hotline.calls.conversation import State
from weerbaar.hotline.calls.models import Pulse
from weerbaar.hotline.telephony import wiring
from weerbaar.simulator import personas
from weerbaar.web import duties, now
from weerbaar.web.app import create_app

ASKS = personas.caller(personas.presses("1", text="Wilt u dat", finished=True))
on_sqlite = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)


@pytest.fixture
def anna(desk):
    return desk.confidant("Anna", 1, personas.answers("1", after=5, talks=60))


@contextmanager
def statements(desk):
    """The statements that reach the database meanwhile."""
    seen = []

    def note(_connection, _cursor, statement, *_rest):
        seen.append(statement)

    engine = desk.house.database.engine
    event.listen(engine, "before_cursor_execute", note)
    try:
        yield seen
    finally:
        event.remove(engine, "before_cursor_execute", note)


@on_sqlite
def test_the_board_moves_with_a_call(desk, visit, anna):
    page = visit(anna)
    assert "Er belt nu niemand" in page.see("/").text
    desk.network.call("+31687654321", personas.caller(personas.hangs_up("bridged", after=30)))
    desk.network.advance(3)
    assert "Hoort de begroeting" in page.see("/board/part").page
    for _second in range(60):
        desk.network.advance(1)
        if "Gaat over bij Anna" in page.see("/board/part").page:
            break
    assert "Gaat over bij Anna" in page.page
    for _second in range(60):
        desk.network.advance(1)
        if "In gesprek met Anna" in page.see("/board/part").page:
            break
    assert "In gesprek met Anna" in page.page
    assert "87654321" not in page.page.replace(" ", "")
    desk.network.run_until_idle()
    page.see("/board/part")
    assert "Er belt nu niemand" in page.page
    assert "Gesprek vastleggen" in page.page


@on_sqlite
def test_a_roster_manager_sees_duty_and_coverage_and_nothing_of_calls(desk, visit):
    anna = desk.confidant("Anna", None, personas.answers("1", after=5, talks=60))
    desk.on_duty(anna, 1, hours=24 * 9)
    rob = visit(desk.installation.person("Rob", [Role.ROSTER_MANAGER]))
    quiet = rob.see("/").text, rob.see("/board/part").page
    assert "Anna" in quiet[0]
    assert "Rooster, komende 7 dagen" in quiet[0]
    desk.network.call("+31687654321", personas.caller())
    for _second in range(40):
        desk.network.advance(1)
        # Whether somebody calls makes no difference to what he sees.
        assert rob.see("/board/part").page == quiet[1]
    desk.call(ASKS)
    assert rob.see("/board/part").page == quiet[1]
    assert rob.see("/").text == quiet[0]


@on_sqlite
def test_tasks_stand_with_owner_and_time_and_mine_lead_to_recording(desk, visit):
    anna = desk.confidant("Anna", 1, personas.off())
    call = desk.call(ASKS)
    item = desk.item(call)
    page = visit(anna).see("/")
    assert "Terugbellen gevraagd" in page.text
    assert f'href="/calls/{item.id}/record"' in page.page
    assert "van u" in page.text
    carla = visit(desk.installation.coordinator).see("/")
    assert "Anna, uiterlijk" in carla.text
    assert f'href="/calls/{item.id}/record"' not in carla.page


@on_sqlite
def test_a_poll_costs_few_statements_however_much_goes_on(desk, visit, anna):
    page = visit(anna)
    page.see("/board/part")
    with statements(desk) as quiet:
        page.see("/board/part")
    for number in range(5):
        desk.network.call(f"+3168765432{number}", personas.caller())
    desk.network.advance(5)
    with statements(desk) as busy:
        page.see("/board/part")
    assert "Hoort de begroeting" in page.page
    selects = [one for one in busy if not one.startswith(("BEGIN", "COMMIT", "ROLLBACK"))]
    assert len(selects) <= 15, "\n".join(selects)
    assert len(busy) == len(quiet)


@on_sqlite
def test_polling_writes_nothing_and_does_not_keep_the_session_open(desk, visit, anna):
    page = visit(anna)
    page.see("/")
    with statements(desk) as seen:
        page.see("/board/part")
    assert not [one for one in seen if one.startswith(("INSERT", "UPDATE", "DELETE"))]
    for _minute in range(16):
        desk.network.advance(60)
        page.see("/board/part")
    # The session is locked by now: what needs keys asks for the password.
    assert "/unlock" in page.see("/cases").location


def test_signs_of_life_are_kept_sealed_and_read_back(desk):
    at = datetime(2026, 11, 24, 3, 12, tzinfo=UTC)
    with desk.house.database.session() as session:
        pulses.note(session, desk.house.vault, Pulse.WEBHOOK, pulses.WELL, at)
        pulses.note(session, desk.house.vault, Pulse.WEBHOOK, "strange", at + timedelta(minutes=1))
        session.commit()
        found = pulses.newest(session, desk.house.vault)
        assert found == {Pulse.WEBHOOK: pulses.Beat(at + timedelta(minutes=1), "strange")}
        from weerbaar.hotline.calls.models import PulseRow

        row = session.get(PulseRow, "webhook")
        assert b"2026" not in row.sealed
        # A sealed sign in another row's place is none.
        session.add(PulseRow(name="worker", sealed=row.sealed))
        session.commit()
        assert set(pulses.newest(session, desk.house.vault)) == {Pulse.WEBHOOK}


def test_a_signed_request_is_noticed_after_its_answer_and_a_refused_one_is_not(desk):
    desk.confidant("Anna", 1, personas.off())
    desk.board.app = create_app(desk.house)
    import requests

    requests.post(f"{desk.url}/telephony/voice", data={"CallSid": "CA1"}, timeout=5)
    with desk.house.database.session() as session:
        assert pulses.newest(session, desk.house.vault) == {}
    began = desk.now()
    desk.call(personas.caller(personas.hangs_up(after=3)))
    # It is kept after the answer went out: the network does not wait for it.
    until = time.monotonic() + 20
    while time.monotonic() < until:
        with desk.house.database.session() as session:
            beat = pulses.newest(session, desk.house.vault).get(Pulse.WEBHOOK)
        if beat is not None:
            break
        time.sleep(0.05)
    assert beat.is_well
    assert began <= beat.at <= desk.now()


@on_sqlite
def test_the_machinery_says_what_does_not_work(desk, visit, anna, monkeypatch):
    desk.on_duty(anna, 1, hours=24 * 9, start=desk.now() + timedelta(hours=23))
    page = visit(anna).see("/")
    assert "Let op" in page.text  # no worker has run yet
    for each in duties.rounds():
        each.go(desk.house, desk.now())
    page.see("/")
    assert "Alles werkt" in page.text
    assert "Staat goed" in page.text
    monkeypatch.setattr(desk.network.hotline, "voice_url", "https://elsewhere.example/voice")
    wiring.look(desk.house, desk.now())
    assert "Oproepen komen niet bij ons aan" in page.see("/").text
    desk.network.advance(600)
    assert "Staat stil" in page.see("/").text


def test_every_state_of_a_line_has_words(desk):
    from flask_babel import force_locale

    app = create_app(desk.house)
    with app.test_request_context(), force_locale("nl"):
        for state in State:
            if state is not State.ENDED:
                assert now._state(state) != "Is aan de lijn", state


@on_sqlite
def test_an_overdue_line_is_counted_only_when_nobody_looked_at_it(desk, anna):
    desk.network.call("+31687654321", personas.caller())
    desk.network.advance(3)
    with desk.house.database.session() as session:
        found = live.live(session)
        assert len(found.calls) == 1
        deadline = found.calls[0].deadline
        assert found.overdue(deadline + timedelta(seconds=29)) == 0
        assert found.overdue(deadline + timedelta(seconds=30)) == 1


@on_sqlite
def test_the_duty_card_shows_the_shift_and_no_phones_to_whom_may_not_see_them(make_desk, visit_of):
    desk = make_desk(STANDBY_NUMBER="+31612345690")
    anna = desk.confidant("Anna", 1)
    desk.confidant("Bram", 2, phone="+31612345677")
    page = visit_of(desk, anna).see("/duty-card")
    assert "Eerste lijn, nu" in page.text
    assert "Achterwacht: Bram" in page.text
    assert "06 12345690" in page.text
    assert "06 12345677" not in page.text
    assert "112" in page.text
    carla = desk.installation.coordinator
    with desk.house.database.session() as session:
        from weerbaar.hotline.roster import verbs as roster

        assert roster.duty_card(session, carla.person_id, desk.now()) is None
    assert "U heeft geen dienst" in visit_of(desk, carla).see("/duty-card").text
