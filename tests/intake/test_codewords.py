"""A caller is known by his word: among the cases somebody may read, and by nothing else."""

import pytest
from sqlalchemy import select

from tests.intake.conftest import NOON
from weerbaar.accounts import envelopes
from weerbaar.accounts.actors import Actor
from weerbaar.accounts.models import TrailRow
from weerbaar.intake import codewords, sharing
from weerbaar.intake.agreement import Said


def known(desk, actor, said):
    found = desk.do(codewords.cases_with_word, actor, said, NOON)
    return {one.case_id: one.said for one in found}


def test_case_accents_and_spaces_do_not_count(desk):
    case_id = desk.open_case(desk.anna, narrative="", code_word="Gele Fietsbél")
    desk.open_case(desk.anna, code_word="kastanje")
    for said in ("Gele Fietsbél", "gele fietsbel", " GELE  FIETS BEL "):
        assert known(desk, desk.anna, said) == {case_id: Said.CODE_WORD}
    for said in ("gele", "fietsbel geel", "", "onder"):
        assert known(desk, desk.anna, said) == {}


def test_a_duress_word_is_known_with_its_plan(desk):
    case_id = desk.open_case(
        desk.anna, code_word="zwaluw", duress_word="paraplu", word_plan="Bel niet terug."
    )
    (one,) = desk.do(codewords.cases_with_word, desk.anna, "paraplu", NOON)
    assert (one.case_id, one.said, one.plan) == (case_id, Said.DURESS_WORD, "Bel niet terug.")
    assert "Bel niet" not in repr(one)


def test_two_callers_with_one_word_are_both_offered(desk):
    cases = {desk.open_case(desk.anna, narrative="", code_word="zwaluw") for _ in range(2)}
    assert known(desk, desk.anna, "zwaluw").keys() == cases


# The word of a case that is not his, or of which he reads the story alone: the same as a wrong word.
def test_only_who_may_know_who_it_is(desk):
    case_id = desk.open_case(desk.anna, code_word="zwaluw")
    assert known(desk, desk.bram, "zwaluw") == {}
    desk.do(sharing.share, desk.anna, case_id, desk.esther.person_id, {"what"}, NOON)
    assert known(desk, desk.esther, "zwaluw") == {}
    desk.do(sharing.share, desk.anna, case_id, desk.bram.person_id, {"who", "what"}, NOON)
    assert known(desk, desk.bram, "zwaluw") == {case_id: Said.CODE_WORD}


# Whatever is said, every case is opened and compared, and the trail tells the same.
def test_a_wrong_word_takes_the_same_work(desk, monkeypatch):
    for number in range(6):
        desk.open_case(desk.anna, narrative="", code_word=f"woord {number}")
    compared = []
    real = codewords.agreement.compare
    monkeypatch.setattr(
        codewords.agreement, "compare", lambda who, said: compared.append(said) or real(who, said)
    )
    for said in ("woord 0", "woord 5", "iets anders"):
        known(desk, desk.anna, said)
    assert [compared.count(said) for said in ("woord 0", "woord 5", "iets anders")] == [6, 6, 6]
    with desk.session() as session:
        rows = session.execute(
            select(TrailRow.object_kind, TrailRow.object_id, TrailRow.outcome).where(
                TrailRow.action == "case.word_search"
            )
        ).all()
    assert len(rows) == 3
    assert len(set(rows)) == 1


def test_a_locked_session_looks_for_nothing(desk):
    locked = Actor(desk.anna.person_id, desk.anna.roles, None)
    with pytest.raises(envelopes.KeysLocked):
        known(desk, locked, "zwaluw")
