"""Exercises: they walk the whole way, ring nobody unasked, leave nothing, and are only ours."""

import json

import pytest
from click.testing import CliRunner
from sqlalchemy import func, select, text

from weerbaar.accounts.models import NoticeRow
from weerbaar.hotline.calls import drills
from weerbaar.hotline.calls.models import CallRow, LegRow, RingTurnRow
from weerbaar.hotline.telephony import texts, watchdog
from weerbaar.hotline.telephony.drill import CALLER, Drill
from weerbaar.hotline.telephony.ownline import OwnLine
from weerbaar.simulator import personas
from weerbaar.web import command

on_sqlite = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)


def exercise(desk, **options):
    drill = Drill(desk.house, pause=desk.network.advance, **options)
    return drill, list(drill.walk())


def voice(desk, sid, **fields):
    """The first request of a line, signed as the provider signs."""
    form = {"CallSid": sid, "From": CALLER, "To": "+31703738314", "CallStatus": "ringing", **fields}
    return OwnLine(desk.house.settings).post("/telephony/voice", form)


def test_it_walks_from_greeting_to_promise_and_rings_nobody(desk):
    desk.confidant("Anna", 1, personas.answers("1"))
    desk.confidant("Bram", 2, personas.answers("1"))
    drill, steps = exercise(desk)
    assert [step for step in steps if not step.good] == []
    heard = [step.heard for step in steps]
    assert heard[0].startswith(texts.GREETING)
    assert heard.count("a telephone rings") >= 2
    assert any("Wij bellen u terug" in one for one in heard)
    # The network saw nothing of it: no line, no leg, no request.
    assert desk.network.calls == []
    with desk.house.database.session() as session:
        call = session.scalars(select(CallRow)).one()
        assert (call.drill, call.state, call.outcome) == (True, "ended", "callback_asked")
        assert call.provider_sid == drill.sid


def test_it_leaves_no_work_no_number_no_notice_and_no_turn(desk):
    desk.confidant("Anna", 1)
    exercise(desk)
    with desk.house.database.session() as session:
        item = drills.item_of(session, session.scalars(select(CallRow.id)).one())
        assert (item.state, item.done_reason, item.number_record) == ("done", "test_call", None)
        assert item.owner_id is not None
        assert session.scalar(select(func.count()).select_from(NoticeRow)) == 0
        assert session.scalar(select(func.count()).select_from(RingTurnRow)) == 0
        held = session.execute(
            text("SELECT count(*) FROM envelope WHERE kind = 'caller-number'")
        ).scalar()
        assert held == 0
        assert all(leg.rehearsed for leg in session.scalars(select(LegRow)))


def test_a_caller_who_rings_meanwhile_gets_the_person_that_is_rehearsed(desk):
    desk.confidant("Anna", 1, personas.answers("1", talks=20))
    drill = Drill(desk.house, pause=desk.network.advance)
    steps = drill.walk()
    for step in steps:
        if step.name == "heard to the end":
            break
    # The exercise stands at "a telephone rings" for Anna; a real caller comes in between.
    call = desk.call(personas.caller(personas.hangs_up("bridged", after=5)))
    assert desk.rung(call) == ["Anna"]
    assert call.bridged_with
    assert all(step.good for step in steps)


def test_telephones_ring_when_that_is_asked_and_hear_that_it_is_an_exercise(desk):
    desk.confidant("Anna", 1, personas.answers("1", talks=20))
    _drill, steps = exercise(desk, ring=True)
    assert [step for step in steps if not step.good] == []
    assert "a telephone rang, and 1 was pressed" in [step.name for step in steps]
    (leg,) = desk.network.calls
    assert leg.to == desk.phones["Anna"]
    assert leg.heard_text().startswith("Dit is een oefening")
    with desk.house.database.session() as session:
        assert session.scalars(select(CallRow.outcome)).one() == "talked"


def test_a_telephone_that_nobody_answers_leads_on_to_the_promise(desk):
    desk.confidant("Anna", 1, personas.off())
    _drill, steps = exercise(desk, ring=True)
    assert [step for step in steps if not step.good] == []
    assert "a telephone rang, and 1 was not pressed" in [step.name for step in steps]
    assert any("Wij bellen u terug" in step.heard for step in steps)


@on_sqlite
def test_nobody_else_can_mark_a_line(desk):
    desk.confidant("Anna", 1, personas.answers("1"))
    sid = "CA" + "a" * 32
    other = drills.mark(desk.house.vault, "CA" + "b" * 32)
    for given in ("", "1", "zz", "00" * 40, other):
        # Signed as the provider signs, and still no exercise: the line is not taken at all.
        answer = voice(desk, sid, **{drills.MARK: given})
        assert "<Reject" in answer.text
    with desk.house.database.session() as session:
        assert session.scalar(select(func.count()).select_from(CallRow)) == 0
    unsigned = OwnLine(desk.house.settings).post(
        "/telephony/voice",
        {"CallSid": sid, drills.MARK: drills.mark(desk.house.vault, sid)},
        signed=False,
    )
    assert unsigned.status == 403
    # A real caller is none the worse for it.
    assert "Gather" in voice(desk, sid).text
    with desk.house.database.session() as session:
        assert not session.scalars(select(CallRow.drill)).one()


@on_sqlite
def test_an_exercise_that_breaks_off_is_cleared_away_by_the_worker(desk, visit):
    anna = desk.confidant("Anna", 1)
    drill = Drill(desk.house, pause=desk.network.advance)
    steps = drill.walk()
    for step in steps:
        if "key 1" in step.name:
            break
    page = visit(anna)
    assert "Oefening" in page.see("/").text
    assert "Oefening" in page.see("/calls").text
    with desk.house.database.session() as session:
        item = drills.item_of(session, session.scalars(select(CallRow.id)).one())
    assert f"/calls/{item.id}/record" not in page.page
    assert page.see(f"/calls/{item.id}/call-back").status == 303
    desk.network.advance(660)
    watchdog.escalate_items(desk.house, desk.now())
    with desk.house.database.session() as session:
        assert session.scalar(select(func.count()).select_from(NoticeRow)) == 0
        assert drills.clear_left(session, desk.house.vault, desk.now()) == 1
        session.commit()
        assert drills.item_of(session, item.call_id).done_reason == "test_call"


@on_sqlite
def test_a_call_of_somebody_is_never_cleared_away(desk):
    desk.confidant("Anna", 1, personas.off())
    call = desk.call(personas.caller(personas.presses("1", text="Wilt u dat", finished=True)))
    item = desk.item(call)
    with desk.house.database.session() as session:
        assert drills.clear(session, desk.house.vault, [item.call_id], desk.now()) == 0
        assert drills.call_of(session, call.sid) is None


@on_sqlite
def test_without_a_database_an_exercise_ends_and_nothing_is_promised(desk, monkeypatch):
    desk.confidant("Anna", 1)
    watchdog.keep_snapshot(desk.house, desk.now())
    sid = "CA" + "a" * 32
    mark = drills.mark(desk.house.vault, sid)

    def gone(*_args, **_more):
        raise OSError

    monkeypatch.setattr("weerbaar.hotline.calls.line.start", gone)
    answer = voice(desk, sid, **{drills.MARK: mark})
    assert "<Hangup" in answer.text
    assert "Gather" not in answer.text
    monkeypatch.undo()
    watchdog.take_in_journal(desk.house, desk.now())
    with desk.house.database.session() as session:
        assert session.scalar(select(func.count()).select_from(CallRow)) == 0


@on_sqlite
def test_the_command_says_each_step_and_fails_when_one_is_wrong(desk, monkeypatch):
    monkeypatch.setattr("weerbaar.hotline.telephony.drill._wait", desk.network.advance)
    desk.confidant("Anna", 1)

    def run(*arguments):
        return CliRunner().invoke(
            command.drill, arguments, obj=lambda: desk.house, catch_exceptions=False
        )

    told = run("--json")
    assert told.exit_code == 0
    steps = [json.loads(one) for one in told.stdout.splitlines()]
    assert steps[0]["name"] == "greeting"
    assert all(one["good"] for one in steps)
    for number in (desk.phones["Anna"], CALLER):
        assert number not in told.stdout
    desk.board.app = lambda _environ, respond: respond("500 Broken", []) or [b""]
    told = run()
    assert told.exit_code == 1
    assert "FAIL" in told.stdout


@on_sqlite
def test_calls_show_says_that_it_was_an_exercise(desk):
    desk.confidant("Anna", 1)
    drill, _steps = exercise(desk)
    from weerbaar.hotline.calls import commands

    with desk.house.database.session() as session:
        assert commands.facts_of(session, desk.house.vault, drill.sid)["drill"] is True
