"""Nothing stays at the provider: deleted until "not found", compared daily, counted on a page."""

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select, update

from tests.telephony.conftest import CALLER, Desk
from tests.telephony.test_voicemail import listed, rows, spoken, work
from weerbaar.accounts.actors import Role
from weerbaar.accounts.models import NoticeRow
from weerbaar.hotline.calls import course, items, traces
from weerbaar.hotline.calls.models import (
    CallRow,
    ComparisonRow,
    DoneReason,
    ProviderLeftoverRow,
    TraceKind,
)
from weerbaar.hotline.telephony import cleaning, client, texts, voicemail
from weerbaar.simulator import Call, personas
from weerbaar.simulator.media import Recording

DAY = timedelta(days=1).total_seconds()


def leftovers(desk: Desk) -> dict[str, ProviderLeftoverRow]:
    with desk.house.database.session() as session:
        return {row.sid: row for row in session.scalars(select(ProviderLeftoverRow))}


def lines(desk: Desk) -> list[str]:
    """The calls that the provider still lists."""
    return [call.sid for call in desk.network.calls if not call.deleted]


def standing(desk: Desk) -> dict[TraceKind, int]:
    with desk.house.database.session() as session:
        return {one.kind: one.count for one in traces.standing(session).left}


def compare(desk: Desk) -> int:
    with desk.house.database.session() as session:
        session.execute(update(ComparisonRow).values(next_at=desk.now()))
        session.commit()
    return cleaning.compare(desk.house, desk.now())


def a_call(desk: Desk) -> Call:
    return desk.call(personas.patient(talks=30))


def test_line_and_legs_are_deleted_until_the_provider_does_not_know_them(desk: Desk) -> None:
    desk.confidant("Anna", 1, personas.off(), phone="+31612345601")
    desk.confidant("Bram", 2, personas.answers("1"))
    call = a_call(desk)
    assert len(call.children) == 2
    work(desk)
    assert set(lines(desk)) == {call.sid, *(child.sid for child in call.children)}
    desk.network.advance(120)
    work(desk, seconds=240)
    assert lines(desk) == []
    assert all(row.next_try_at is None for row in leftovers(desk).values())
    assert len(leftovers(desk)) == 3
    assert standing(desk) == {}


def test_what_is_not_final_there_yet_is_tried_again_later(make_desk: Any) -> None:
    desk = make_desk()
    desk.confidant("Anna", 1, personas.answers("1"))
    a_call(desk)
    desk.network.advance(150)
    desk.network.rest_failures.extend([(409, 20009)] * 4)
    work(desk, seconds=30)
    assert standing(desk) == {TraceKind.CALL: 2}
    assert all(row.attempts >= 1 for row in leftovers(desk).values())
    work(desk, seconds=1200)
    assert lines(desk) == []


@pytest.mark.parametrize("failure", [(429, 20429), (500, 0), (0, 0), (401, 20003)])
def test_a_provider_that_is_busy_or_away_keeps_nothing_for_ever(
    desk: Desk, failure: tuple[int, int]
) -> None:
    desk.confidant("Anna", 1, personas.answers("1"))
    a_call(desk)
    desk.network.advance(150)
    desk.network.rest_failures.extend([failure] * 4)
    work(desk, seconds=1200)
    assert lines(desk) == []
    assert standing(desk) == {}


def test_after_fourteen_days_somebody_is_told_once_and_it_is_tried_daily(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    ada = desk.confidant("Ada", None, roles=[Role.ADMIN])
    monkeypatch.setattr(client.Provider, "delete", lambda *_args: client.Deletion.NOT_YET)
    sid = "CA" + 32 * "a"
    with desk.house.database.session() as session:
        traces.leave(session, TraceKind.CALL, [sid, None], desk.now())
        session.commit()
    tries = []
    for _day in range(18):
        for _time in range(8):
            cleaning.delete_traces(desk.house, desk.now())
            desk.network.advance(DAY / 8)
        tries.append(leftovers(desk)[sid].attempts)
    with desk.house.database.session() as session:
        told = session.scalars(
            select(NoticeRow.person_id).where(NoticeRow.code == traces.NOTICE_LEFT)
        ).all()
    assert sorted(told, key=str) == sorted(
        [ada.person_id, desk.installation.coordinator.person_id], key=str
    )
    assert tries[-1] - tries[-2] == 1
    assert tries[0] > 4


def test_an_unknown_recording_becomes_work_with_an_owner_and_is_deleted_there(desk: Desk) -> None:
    anna = desk.confidant("Anna", 1, personas.off())
    call = stray(desk)
    assert desk.item(call) is None
    desk.network.advance(660)
    assert cleaning.find_stray_messages(desk.house, desk.now()) == 1
    assert cleaning.find_stray_messages(desk.house, desk.now()) == 0
    item = desk.item(call)
    assert item is not None
    assert (item.kind, item.owner_id) == ("message_left", anna.person_id)
    assert item.due_at > desk.now()
    assert desk.number_kept(call, anna) == CALLER
    work(desk, seconds=1200)
    assert len(spoken(desk, anna)) == 1
    assert listed(desk) == []
    assert lines(desk) == []


def stray(desk: Desk) -> Call:
    """Recorded by a static document, while the application was away."""
    before = desk.board.app
    document = (
        f'<Response><Say language="nl-NL">{texts.STATIC_RECORD}</Say>'
        '<Record maxLength="60" playBeep="true" action="/elsewhere"/></Response>'
    ).encode()

    def static(environ: Any, respond: Any) -> list[bytes]:
        over = environ["PATH_INFO"] == "/elsewhere"
        respond("200 OK", [("Content-Type", "text/xml")])
        return [b"<Response><Hangup/></Response>" if over else document]

    desk.board.app = static
    call = desk.call(personas.caller(speaks=15.0))
    desk.board.app = before
    return call


def test_a_recording_of_a_line_that_was_dealt_with_is_work_again(desk: Desk) -> None:
    anna = desk.confidant("Anna", 1, personas.off())
    call = desk.call(personas.caller(personas.hangs_up("ringing", after=5)))
    item = desk.item(call)
    assert item is not None
    with desk.house.database.session() as session:
        items.close(session, desk.house.vault, anna, item.id, DoneReason.SILENT, desk.now())
        session.commit()
    late = Recording("RE" + 32 * "b", call.sid, desk.now(), 9, status="completed")
    desk.network.recordings[late.sid] = late
    desk.network.advance(660)
    cleaning.find_stray_messages(desk.house, desk.now())
    work(desk)
    item = desk.item(call)
    assert item is not None
    assert (item.kind, item.state) == ("message_left", "waiting")
    assert len(spoken(desk, anna)) == 1


def test_a_recording_of_another_number_of_the_account_is_left_alone(desk: Desk) -> None:
    desk.confidant("Anna", 1, personas.off())
    other = desk.network.own("+31201234599", f"{desk.url}/elsewhere")
    call = desk.network.call(CALLER, personas.caller(), to=other.phone_number)
    desk.network.run_until_idle()
    foreign = Recording("RE" + 32 * "c", call.sid, desk.now(), 9, status="completed")
    desk.network.recordings[foreign.sid] = foreign
    desk.network.advance(2 * 3600)
    cleaning.find_stray_messages(desk.house, desk.now())
    compare(desk)
    work(desk, seconds=300)
    assert listed(desk) == [foreign.sid]
    assert lines(desk) == [call.sid]
    assert rows(desk) == []
    del desk.network.numbers[other.phone_number]


def test_the_daily_comparison_deletes_what_nobody_told_us_of(desk: Desk) -> None:
    desk.confidant("Anna", 1, personas.off())
    call = stray(desk)
    desk.network.recordings.clear()
    desk.network.advance(2 * 3600)
    assert compare(desk) == 1
    assert standing(desk) == {TraceKind.CALL: 1}
    assert cleaning.compare(desk.house, desk.now()) == 0
    work(desk, seconds=120)
    assert call.deleted
    assert lines(desk) == []


def test_what_was_gone_and_is_listed_again_is_deleted_again(desk: Desk) -> None:
    desk.confidant("Anna", 1, personas.answers("1"))
    call = a_call(desk)
    desk.network.advance(150)
    work(desk, seconds=180)
    assert lines(desk) == []
    call.deleted = False
    desk.network.advance(2 * 3600)
    compare(desk)
    assert standing(desk) == {TraceKind.CALL: 1}
    work(desk, seconds=180)
    assert lines(desk) == []


def test_proved_by_listing_our_own_rows_forget_the_ids(desk: Desk) -> None:
    desk.confidant("Anna", 1, personas.answers("1"))
    a_call(desk)
    desk.network.advance(150)
    work(desk, seconds=180)
    compare(desk)
    # Its course is not sealed yet: the house still finds it by this id.
    assert len(leftovers(desk)) == 2
    desk.network.advance(3600)
    with desk.house.database.session() as session:
        course.seal_course(session, desk.house.vault, desk.now())
        session.commit()
    compare(desk)
    assert leftovers(desk) == {}
    with desk.house.database.session() as session:
        assert session.scalars(select(CallRow.provider_sid)).all() == [None]
    # The worker goes on, and nothing is noted a second time.
    work(desk)
    assert leftovers(desk) == {}


def test_two_workers_compare_once_a_day(desk: Desk) -> None:
    now = desk.now()
    with desk.house.database.session() as session:
        assert traces.begin_comparison(session, now)
        session.commit()
    with desk.house.database.session() as session:
        assert not traces.begin_comparison(session, now)
        session.rollback()
    # One that died in the middle is followed by another an hour later.
    with desk.house.database.session() as session:
        assert traces.begin_comparison(session, now + timedelta(hours=1))


def test_without_a_provider_nothing_is_asked(make_desk: Any) -> None:
    desk = make_desk(TWILIO_AUTH_TOKENS="")
    assert cleaning.compare(desk.house, desk.now()) == 0
    assert cleaning.find_stray_messages(desk.house, desk.now()) == 0
    assert voicemail.fetch_messages(desk.house, desk.now()) == 0
    assert cleaning.delete_traces(desk.house, desk.now()) == 0


def test_messages_of_a_live_call_wait_until_it_is_over(desk: Desk) -> None:
    desk.confidant("Anna", 1, personas.off())
    call = desk.network.call(CALLER, personas.caller())
    desk.network.advance(5)
    early = Recording(
        "RE" + 32 * "d", call.sid, desk.now() - timedelta(hours=1), 9, status="completed"
    )
    desk.network.recordings[early.sid] = early
    assert cleaning.find_stray_messages(desk.house, desk.now()) == 0
    desk.network.run_until_idle()
    assert cleaning.find_stray_messages(desk.house, desk.now()) == 1
