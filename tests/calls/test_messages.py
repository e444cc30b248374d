"""Spoken messages on a page: who hears them, from where, and what leaves a trail."""

import re
from datetime import timedelta

import pytest
from sqlalchemy import select

from tests.calls.conftest import BASE
from tests.telephony.test_voicemail import leave_a_message, work
from weerbaar.accounts.actors import Role
from weerbaar.accounts.models import TrailRow
from weerbaar.hotline.calls import items
from weerbaar.hotline.calls.models import VoiceMessageRow
from weerbaar.simulator import personas

pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)


@pytest.fixture
def anna(desk):
    return desk.confidant("Anna", 1, personas.off())


@pytest.fixture
def left(desk, anna):
    """The work of a message of forty seconds, and the sound."""
    call = leave_a_message(desk, speaks=40.0)
    sound = next(iter(desk.network.recordings.values())).wav()
    work(desk)
    return desk.item(call), sound


def address(page):
    return re.search(r'<audio[^>]*src="([^"]+)"', page)[1]


def heard(desk):
    with desk.house.database.session() as session:
        return session.scalars(
            select(TrailRow.outcome).where(TrailRow.action == "message.listen")
        ).all()


def test_the_page_of_the_work_plays_it(desk, visit, anna, left) -> None:
    item, sound = left
    browser = visit(anna)
    browser.see("/calls")
    assert "Bericht ingesproken" in browser.text
    browser.see(f"/calls/{item.id}/record")
    answer = browser.client.get(address(browser.page), base_url=BASE)
    assert (answer.status_code, answer.data) == (200, sound)
    assert answer.headers["Cache-Control"] == "no-store"
    assert answer.headers["Content-Disposition"] == 'inline; filename="bericht.wav"'
    assert answer.headers["Content-Type"] == "audio/wav"
    assert "media-src 'self'" in answer.headers["Content-Security-Policy"]


@pytest.mark.parametrize(
    ("asked", "start", "stop"),
    [("bytes=0-", 0, None), ("bytes=0-99", 0, 100), ("bytes=262100-262199", 262100, 262200),
     ("bytes=300000-", 300000, None), ("bytes=-50", -50, None)],
)  # fmt: skip
def test_it_can_be_heard_from_any_place(desk, visit, anna, left, asked, start, stop) -> None:
    item, sound = left
    browser = visit(anna).see(f"/calls/{item.id}/record")
    answer = browser.client.get(address(browser.page), base_url=BASE, headers={"Range": asked})
    assert (answer.status_code, answer.data) == (206, sound[start:stop])
    begin = start % len(sound)
    end = len(sound) if stop is None else stop
    assert answer.headers["Content-Range"] == f"bytes {begin}-{end - 1}/{len(sound)}"
    beyond = {"Range": f"bytes={len(sound)}-"}
    answer = browser.client.get(address(browser.page), base_url=BASE, headers=beyond)
    assert answer.status_code == 416


def test_a_listening_leaves_one_row_of_the_trail_however_it_is_fetched(
    desk, visit, anna, left
) -> None:
    item, _sound = left
    browser = visit(anna).see(f"/calls/{item.id}/record")
    for asked in ("bytes=5-", "bytes=0-", "bytes=100000-"):
        browser.client.get(address(browser.page), base_url=BASE, headers={"Range": asked})
    assert heard(desk) == ["done"]
    desk.network.advance(timedelta(minutes=31).total_seconds())
    browser = visit(anna).see(f"/calls/{item.id}/record")
    browser.client.get(address(browser.page), base_url=BASE)
    assert heard(desk) == ["done", "done"]


def test_nobody_else_hears_it(desk, visit, anna, left) -> None:
    item, _sound = left
    place = address(visit(anna).see(f"/calls/{item.id}/record").page)
    outsider = desk.confidant("Olaf", None, admitted=False)
    assert visit(outsider).see(place).status == 404
    manager = desk.confidant("Petra", None, roles=[Role.ROSTER_MANAGER])
    assert visit(manager).see(place).status == 403
    bram = desk.confidant("Bram", None)
    with desk.house.database.session() as session:
        items.claim(session, anna, item.id, desk.now())
        session.commit()
    assert visit(bram).see(place).status == 404
    assert visit(anna).client.get(place, base_url=BASE).status_code == 200
    assert sorted(heard(desk)) == ["done", "refused", "refused"]


def test_a_message_of_other_work_is_not_found(desk, visit, anna, left) -> None:
    item, _sound = left
    place = address(visit(anna).see(f"/calls/{item.id}/record").page)
    other = desk.item(desk.call(personas.caller(personas.hangs_up(after=5))))
    assert visit(anna).see(place.replace(str(item.id), str(other.id))).status == 404


def test_what_is_not_there_yet_is_said(desk, visit, anna) -> None:
    item = desk.item(leave_a_message(desk))
    assert "wordt opgehaald" in visit(anna).see(f"/calls/{item.id}/record").text
    with desk.house.database.session() as session:
        row = session.scalars(select(VoiceMessageRow)).one()
        row.state, row.problem = "refused", "cannot_open"
        session.commit()
    page = visit(anna).see(f"/calls/{item.id}/record")
    assert "kon niet worden geopend" in page.text
    assert "<audio" not in page.page


def test_closing_says_that_the_message_is_destroyed(desk, visit, anna, left) -> None:
    item, _sound = left
    browser = visit(anna).see(f"/calls/{item.id}/close")
    assert "Luister het eerst" in browser.text
    browser.send(f"/calls/{item.id}/close", {"reason": "silent"})
    assert browser.status == 303
    assert visit(anna).see(f"/calls/{item.id}/record").status == 303
