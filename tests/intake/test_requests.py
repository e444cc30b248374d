"""Asking to read a case that a colleague named: told to its readers, and nothing told to who asks."""

import re
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from uuid import UUID, uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import event, select

from tests.intake.conftest import NOON
from weerbaar.accounts import notices, people, trail
from weerbaar.accounts.actors import Role
from weerbaar.intake import case_marks, casework, handing_over, requests, revoking, sharing
from weerbaar.intake.casework import NotYourCase
from weerbaar.intake.requests import Wish
from weerbaar.intake.requests_models import CaseRequestRow

BOTH, STORY = {"who", "what"}, {"what"}


def ask(desk, actor, case_id, wish=Wish.WHAT, **more):
    desk.do(requests.ask, actor, case_marks.seed_of(case_id), wish, NOON, **more)


def told(desk, actor):
    with desk.session() as session:
        return [one.code for one in notices.unread(session, actor.person_id)]


def waiting(desk, actor):
    with desk.session() as session:
        return requests.to_answer(session, actor)


def share(desk, case_id, other, parts, **more):
    desk.do(sharing.share, desk.anna, case_id, other.person_id, parts, NOON, **more)


# ---- the mark ----------------------------------------------------------------------------


@given(st.uuids(version=4))
def test_a_mark_is_read_back_however_it_is_typed(case_id):
    seed = case_marks.seed_of(case_id)
    words = case_marks.words_of(seed)
    for typed in (words, words.upper(), words.replace(" ", ""), words.replace(" ", "-"),
                  f" {case_id} ", f"https://voorbeeld.nl/cases/{case_id}/access"):  # fmt: skip
        assert case_marks.seed_from(typed) == seed
    first, last = case_marks.bounds(seed)
    assert first <= case_id <= last


# One letter misheard is found out, save once in 256 times.
def test_a_misheard_mark_is_no_mark():
    wrong = 0
    for number in range(400):
        words = case_marks.words_of(f"{number * 7919:010x}")
        wrong += case_marks.seed_from(("z" if words[0] != "z" else "b") + words[1:]) is None
    assert wrong > 390
    for typed in ("", "lusab babad", "lusab babad gutih tugad", "lusab babad 12345"):
        assert case_marks.seed_from(typed) is None


# ---- asking and answering ----------------------------------------------------------------


def test_the_readers_of_both_parts_are_told_and_share(desk):
    case_id = desk.open_case(desk.anna, name="Zoë")
    share(desk, case_id, desk.esther, STORY)
    ask(desk, desk.bram, case_id)
    assert told(desk, desk.anna) == []
    assert requests.tend(desk.installation.house, NOON) == 1
    assert told(desk, desk.anna) == ["access_asked"]
    assert "access_asked" not in told(desk, desk.esther)
    assert requests.tend(desk.installation.house, NOON) == 0
    assert waiting(desk, desk.esther) == []
    (one,) = waiting(desk, desk.anna)
    assert (one.case_id, one.reader_id, one.parts) == (case_id, desk.bram.person_id, "what")
    share(desk, case_id, desk.bram, STORY, until=(NOON + timedelta(days=7)).date())
    assert desk.do(_settle, desk.anna, case_id, desk.bram.person_id) == 1
    assert waiting(desk, desk.anna) == []
    with desk.session() as session:
        assert requests.mine(session, desk.bram) == []
    assert desk.read(desk.bram, case_id).who is None
    assert trail.verify(desk.database, desk.vault) == []


def _settle(session, _vault, actor, case_id, person_id):
    return requests.settle(session, actor, case_id, person_id, NOON)


def _refuse(session, _vault, actor, request_id):
    requests.refuse(session, actor, request_id, NOON)


# Who asks for the whole is not served by a half.
def test_sharing_less_leaves_the_request(desk):
    case_id = desk.open_case(desk.anna)
    ask(desk, desk.bram, case_id, Wish.WHO_WHAT)
    share(desk, case_id, desk.bram, STORY)
    assert desk.do(_settle, desk.anna, case_id, desk.bram.person_id) == 0
    assert len(waiting(desk, desk.anna)) == 1


def rows(desk):
    """What stands in the table, without what is random in any case."""
    with desk.session() as session:
        found = session.scalars(select(CaseRequestRow).order_by(CaseRequestRow.seed)).all()
        return [(row.asker_id, row.reader_id, row.wish, row.told, row.refused, row.created_day)
                for row in found]  # fmt: skip


def seen(desk, actor):
    with desk.session() as session:
        return [(one.wish, one.until) for one in requests.mine(session, actor)]


# A guess and a case: the same rows, the same statements, the same list, before and after a refusal.
def test_a_guess_cannot_be_told_from_a_case(desk):
    case_id, guess = desk.open_case(desk.anna), uuid4()
    said = []
    for one in (case_id, guess):
        said.append([])

        def note(_c, _cursor, statement, _p, _x, _m, said=said[-1]):
            said.append(statement)

        event.listen(desk.database.engine, "before_cursor_execute", note)
        ask(desk, desk.bram, one)
        event.remove(desk.database.engine, "before_cursor_execute", note)
    assert said[0] == said[1]
    requests.tend(desk.installation.house, NOON)
    first, second = rows(desk)
    assert first == second
    (one,) = waiting(desk, desk.anna)
    desk.do(_refuse, desk.anna, one.id)
    assert waiting(desk, desk.anna) == []
    first, second = seen(desk, desk.bram)
    assert first == second
    assert told(desk, desk.bram) == []
    late = NOON + requests.STANDS + timedelta(days=1)
    assert requests.tend(desk.installation.house, late) == 2
    assert seen(desk, desk.bram) == []


def test_a_coordinator_has_a_case_handed_over_and_reads_nothing(desk):
    case_id = desk.open_case(desk.anna)
    with pytest.raises(requests.NotYoursToAsk):
        ask(desk, desk.bram, case_id, Wish.HAND_OVER, reader_id=desk.carla.person_id)
    with pytest.raises(sharing.CannotReceive):
        ask(desk, desk.carla, case_id, Wish.HAND_OVER, reader_id=desk.rob.person_id)
    ask(desk, desk.carla, case_id, Wish.HAND_OVER, reader_id=desk.bram.person_id)
    requests.tend(desk.installation.house, NOON)
    assert told(desk, desk.anna) == ["hand_over_asked"]
    (one,) = waiting(desk, desk.anna)
    share(desk, case_id, desk.bram, BOTH)
    assert desk.do(_settle, desk.anna, one.case_id, one.reader_id) == 1
    assert desk.read(desk.bram, case_id).who is not None
    with pytest.raises(NotYourCase):
        desk.read(desk.carla, case_id)


def test_asking_again_changes_nothing_and_there_is_an_end_to_it(desk, monkeypatch):
    monkeypatch.setattr(requests, "MOST", 2)
    case_id = desk.open_case(desk.anna)
    ask(desk, desk.bram, case_id)
    ask(desk, desk.bram, case_id)
    assert len(rows(desk)) == 1
    ask(desk, desk.bram, uuid4())
    with pytest.raises(requests.TooManyRequests):
        ask(desk, desk.bram, uuid4())


def test_only_ones_own_request_is_taken_back_or_answered(desk):
    case_id = desk.open_case(desk.anna)
    ask(desk, desk.bram, case_id)
    (one,) = waiting(desk, desk.anna)
    for actor in (desk.esther, desk.bram):
        with pytest.raises(requests.NoSuchRequest):
            desk.do(_refuse, actor, one.id)
    with desk.session() as session, pytest.raises(requests.NoSuchRequest):
        requests.withdraw(session, desk.esther, one.id, NOON)
    with desk.session() as session:
        requests.withdraw(session, desk.bram, one.id, NOON)
        session.commit()
    assert waiting(desk, desk.anna) == []


# Two readers answer at once: one refusal counts, the other finds nothing left to refuse.
def test_two_readers_refuse_at_once(desk):
    case_id = desk.open_case(desk.anna)
    share(desk, case_id, desk.carla, BOTH)
    ask(desk, desk.bram, case_id)
    (one,) = waiting(desk, desk.anna)

    def refuse(actor):
        try:
            desk.do(_refuse, actor, one.id)
        except requests.NoSuchRequest:
            return False
        return True

    with ThreadPoolExecutor(2) as two:
        done = list(two.map(refuse, (desk.anna, desk.carla)))
    assert sorted(done) == [False, True]
    assert len(seen(desk, desk.bram)) == 1


def test_requests_of_who_is_gone_go(desk):
    ask(desk, desk.bram, desk.open_case(desk.anna))
    desk.do(people.leave, desk.installation.coordinator, desk.bram.person_id, NOON)
    requests.tend(desk.installation.house, NOON)
    assert rows(desk) == []


# ---- who is gone -------------------------------------------------------------------------


def test_the_rights_of_who_is_gone_end_and_are_listed_by_whose_they_were(desk):
    both, alone = desk.open_case(desk.anna), desk.open_case(desk.bram)
    share(desk, both, desk.bram, BOTH)
    share(desk, both, desk.esther, STORY)
    house = desk.installation.house
    assert revoking.end_rights(house, NOON) == 0
    with desk.session() as session:
        people.change(session, desk.vault, desk.installation.coordinator, desk.esther.person_id,
                      NOON, hotline_number="+31703738314",
                      roles=[Role.ROSTER_MANAGER])  # fmt: skip
        people.leave(session, desk.vault, desk.installation.coordinator, desk.bram.person_id, NOON)
        session.commit()
    assert revoking.end_rights(house, NOON) == 2
    assert revoking.end_rights(house, NOON) == 0
    with desk.session() as session:
        (one,) = revoking.waiting(session, desk.anna)
        assert one.case_id == both
        assert set(one.former) == {desk.bram.person_id, desk.esther.person_id}
        # A colleague can still take the place of who left.
        gone = handing_over.gone(session, desk.vault, desk.anna)
        assert {who.person_id for who in gone} == set(one.former)
    with pytest.raises(NotYourCase):
        desk.read(desk.esther, both)
    assert desk.do(handing_over.step, desk.anna, desk.carla.person_id, NOON,
                   of=desk.bram.person_id).cases == 0  # fmt: skip
    assert desk.read(desk.carla, both).who is not None
    assert desk.do(revoking.step_all, desk.anna, NOON) == 0
    with desk.session() as session:
        assert revoking.waiting(session, desk.anna) == []
        assert handing_over.gone(session, desk.vault, desk.anna) == []
        # What nobody else can open keeps its reader.
        assert [one.person_id for one in casework.readers_of(session, alone)] == [
            desk.bram.person_id
        ]
    assert trail.verify(desk.database, desk.vault) == []


# ---- the pages ---------------------------------------------------------------------------


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_asked_by_words_and_shared_from_the_list(desk, visit):
    case_id = desk.open_case(desk.anna)
    mark = case_marks.words_of(case_marks.seed_of(case_id))
    assert mark in visit("anna").see(f"/cases/{case_id}/access").text
    bram = visit("bram")
    good = {"mark": mark, "wish": "what"}
    said = [
        bram.send("/cases/requests", {**good, "mark": one}).see("/cases/requests").text
        for one in (mark, case_marks.words_of("00ff00ff00"))
    ]
    assert "Uw verzoek is verstuurd" in said[0]
    assert "Uw verzoek is verstuurd" in said[1]
    assert bram.send("/cases/requests", {**good, "mark": "lusab babad"}).status == 422
    assert bram.send("/cases/requests", {**good, "wish": "hand_over"}).status == 422
    assert bram.see(f"/cases/{case_id}").status == 404
    anna = visit("anna").see("/cases")
    assert "1 verzoek om toegang" in anna.text
    anna.see("/cases/requests")
    assert "Bram : vraagt te lezen wat er is gebeurd." in anna.text
    path = f"/cases/{case_id}/share"
    asked = f"{path}?person={desk.bram.person_id}&parts=what"
    assert asked.replace("&", "&amp;") in anna.page
    anna.see(asked)
    for value in (desk.bram.person_id, "what"):
        assert "checked" in re.search(f'<input[^>]*value="{value}"[^>]*>', anna.page)[0]
    anna.send(path, {"person": str(desk.bram.person_id), "parts": "what", "until": "2026-12-01"})
    assert anna.status == 303
    assert bram.see(f"/cases/{case_id}").status == 200
    assert anna.see("/cases/requests").text.count("Er wacht niets op u") == 1
    with desk.session() as session:
        (left,) = requests.mine(session, desk.bram)
    assert bram.send(f"/cases/requests/{left.id}/withdraw", at="/cases/requests").status == 303
    assert bram.send(f"/cases/requests/{UUID(int=0)}/refuse", at="/cases/requests").status == 404
