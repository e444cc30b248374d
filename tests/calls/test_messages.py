"""Spoken messages on a page: who hears them, from where, and what leaves a trail."""

import re
from datetime import timedelta
from uuid import UUID

import pytest
from sqlalchemy import select

from tests.calls.conftest import BASE
from tests.telephony.test_voicemail import leave_a_message, work
from weerbaar.accounts import groups
from weerbaar.accounts.actors import Role
from weerbaar.accounts.models import EnvelopeChunkRow, EnvelopeRow, TrailRow
from weerbaar.hotline.calls import items
from weerbaar.hotline.calls.models import VoiceMessageRow
from weerbaar.intake import sharing
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


# ---- into a case -------------------------------------------------------------------------

CASE = {"narrative": "Belde over een brief.", "caller_number": "06 87654321", "types": "threat"}


def record_it(visit, anna, item):
    browser = visit(anna)
    browser.send(f"/calls/{item.id}/record", CASE)
    assert browser.status == 303, browser.text
    return browser.location


def copies(desk):
    with desk.house.database.session() as session:
        rows = session.execute(
            select(EnvelopeRow.id, EnvelopeRow.part).where(EnvelopeRow.kind == "recording")
        ).all()
    return {row.part: row.id for row in rows}


def test_a_recorded_call_takes_its_message_along_and_the_groups_copy_is_gone(
    desk, visit, anna, left
) -> None:
    item, sound = left
    before = copies(desk)["message"]
    case = record_it(visit, anna, item)
    assert set(copies(desk)) == {"case"}
    with desk.house.database.session() as session:
        chunks = set(session.scalars(select(EnvelopeChunkRow.record_id)))
    assert chunks == {copies(desk)["case"]}
    assert before not in chunks
    browser = visit(anna).see(case)
    assert "40 seconden" in browser.text
    answer = browser.client.get(address(browser.page), base_url=BASE)
    assert (answer.status_code, answer.data) == (200, sound)
    with desk.house.database.session() as session:
        assert "message.keep" in session.scalars(select(TrailRow.action)).all()


def test_a_contact_moment_takes_the_message_to_who_reads_both_parts(desk, visit, anna) -> None:
    bram = desk.confidant("Bram", None)
    elsa = desk.confidant("Elsa", None, roles=[Role.EXPERT])
    first = desk.item(leave_a_message(desk))
    work(desk)
    case_id = UUID(record_it(visit, anna, first).rsplit("/", 1)[1])
    for person, parts in ((bram, {"who", "what"}), (elsa, {"what"})):
        with desk.house.database.session() as session:
            sharing.share(
                session, desk.house.vault, anna, case_id, person.person_id, parts, desk.now()
            )
            session.commit()
    second = desk.item(leave_a_message(desk, speaks=11.0))
    work(desk)
    browser = visit(anna)
    browser.send(
        f"/calls/{second.id}/contact",
        {"case_id": str(case_id), "text": ""},
        at=f"/calls/{second.id}/record",
    )
    assert browser.status == 303, browser.text
    assert visit(anna).see(f"/cases/{case_id}").page.count("<audio") == 2
    # The message of today is for whoever reads both parts; an older one was not shared.
    assert visit(bram).see(f"/cases/{case_id}").page.count("<audio") == 1
    assert "<audio" not in visit(elsa).see(f"/cases/{case_id}").page
    mine = re.findall(r'<audio[^>]*src="([^"]+)"', visit(anna).see(f"/cases/{case_id}").page)
    assert all(visit(elsa).see(one).status == 404 for one in mine)


def test_a_voice_is_shared_only_when_it_is_ticked(desk, visit, anna, left) -> None:
    item, sound = left
    elsa = desk.confidant("Elsa", None, roles=[Role.EXPERT])
    case = record_it(visit, anna, item)
    browser = visit(anna)
    agreed = {
        "purpose": "expert", "to_whom": "een expert", "scope": "alles", "given_by": "caller",
        "how": "spoken", "given_on": "2026-01-01",
    }  # fmt: skip
    browser.see(f"{case}/consents")
    assert browser.send(f"{case}/consents", agreed).status == 303
    browser.see(f"{case}/share")
    assert "Ook wat er is ingesproken" in browser.text
    fields = {"person": str(elsa.person_id), "parts": "what", "until": "2099-12-31"}
    assert browser.send(f"{case}/share", fields).status == 303
    assert "<audio" not in visit(elsa).see(case).page
    assert browser.send(f"{case}/share", {**fields, "spoken": "y"}).status == 303
    theirs = visit(elsa).see(case)
    answer = theirs.client.get(address(theirs.page), base_url=BASE)
    assert (answer.status_code, answer.data) == (200, sound)
    # Sharing the same once more is refused as before.
    assert browser.send(f"{case}/share", {**fields, "spoken": "y"}).status == 422


def test_a_recording_of_another_case_is_not_found(desk, visit, anna, left) -> None:
    item, _sound = left
    case = record_it(visit, anna, item)
    place = address(visit(anna).see(case).page)
    browser = visit(anna)
    browser.send("/cases/new", {**CASE, "narrative": "Iets anders."})
    other = browser.location.rsplit("/", 1)[1]
    assert visit(anna).see(place.replace(case.rsplit("/", 1)[1], other)).status == 404


def test_a_removed_member_leaves_messages_that_the_others_still_hear(
    desk, visit, anna, left
) -> None:
    item, sound = left
    bram = desk.confidant("Bram", None)
    with desk.house.database.session() as session:
        groups.remove(
            session, desk.house.vault, desk.installation.coordinator, "confidants",
            bram.person_id, desk.now(),
        )  # fmt: skip
        session.commit()
    anna = desk.installation.actor(anna.person_id)
    with desk.house.database.session() as session:
        assert groups.rekey(session, desk.house.vault, anna, "confidants", desk.now())
        session.commit()
    browser = visit(anna).see(f"/calls/{item.id}/record")
    answer = browser.client.get(address(browser.page), base_url=BASE)
    assert (answer.status_code, answer.data) == (200, sound)
