"""Breaking confidentiality: every ground, a second pair of eyes, and a trail; nothing in the clear."""

from dataclasses import fields, replace

import pytest
from sqlalchemy import select

from tests.intake.conftest import NOON
from weerbaar.accounts import notices, trail
from weerbaar.accounts.models import TrailRow
from weerbaar.intake import access, disclosures, reports, revoking, sharing
from weerbaar.intake.disclosures import GroundMissing, Grounds
from weerbaar.intake.errors import NoConsent, NotYourCase, WhoNotShared

TODAY = NOON.date()
GROUNDS = Grounds(
    tried="Drie keer gevraagd.", conflict="Ik kan dit niet verzwijgen.", no_other_way="Geen.",
    harm="Er is een wapen.", helps="De politie kan ingrijpen.", told="De dreiging, geen verhaal.",
    to_whom="De politie", consulted="De achterwacht", official_told=True,
)  # fmt: skip


def decide(desk, case_id, second, grounds=GROUNDS, actor=None):
    verb = disclosures.decide
    return desk.do(verb, actor or desk.anna, case_id, grounds, second.person_id, NOON)


def codes(desk, actor):
    with desk.session() as session:
        return [one.code for one in notices.unread(session, actor.person_id)]


def test_every_ground_must_be_there(desk):
    case_id = desk.open_case(desk.anna)
    for one in fields(Grounds):
        if one.name in {"official_told", "not_told_why"}:
            continue
        with pytest.raises(GroundMissing) as refused:
            decide(desk, case_id, desk.carla, replace(GROUNDS, **{one.name: " "}))
        assert refused.value.names == (one.name,)
    with pytest.raises(GroundMissing) as refused:
        decide(desk, case_id, desk.carla, replace(GROUNDS, official_told=False))
    assert refused.value.names == ("not_told_why",)
    for nobody in (desk.anna, desk.rob, desk.esther):
        with pytest.raises(disclosures.NotASecondPair):
            decide(desk, case_id, nobody)
    with pytest.raises(NotYourCase):
        decide(desk, case_id, desk.carla, actor=desk.bram)
    desk.do(sharing.share, desk.anna, case_id, desk.esther.person_id, {"what"}, NOON)
    with pytest.raises(WhoNotShared):
        decide(desk, case_id, desk.carla, actor=desk.esther)
    assert desk.do(disclosures.of_case, desk.anna, case_id) == []
    assert codes(desk, desk.carla) == []


# The second pair of eyes reads the form, answers once, and reads nothing else of the case.
def test_a_second_pair_of_eyes(desk):
    case_id = desk.open_case(desk.anna, name="Zoë")
    record = decide(desk, case_id, desk.carla)
    assert codes(desk, desk.carla) == [disclosures.NOTICE]
    with desk.session() as session:
        assert disclosures.waiting(session, desk.carla) == [record]
        assert disclosures.waiting(session, desk.bram) == []
    assert desk.do(disclosures.look, desk.carla, record, NOON).harm == "Er is een wapen."
    with pytest.raises(NotYourCase):
        desk.read(desk.carla, case_id)
    for other in (desk.bram, desk.anna):
        with pytest.raises(NotYourCase):
            desk.do(disclosures.look, other, record, NOON)
        with pytest.raises(NotYourCase):
            desk.do(disclosures.answer, other, record, "", NOON, agrees=True)
    with pytest.raises(GroundMissing):
        desk.do(disclosures.answer, desk.carla, record, " ", NOON, agrees=False)
    desk.do(disclosures.answer, desk.carla, record, "Vraag het nog eens.", NOON, agrees=False)
    with pytest.raises(disclosures.LookedAlready):
        desk.do(disclosures.answer, desk.carla, record, "", NOON, agrees=True)
    assert codes(desk, desk.anna) == [disclosures.NOTICE_ANSWERED]
    ((_id, one),) = desk.do(disclosures.of_case, desk.anna, case_id)
    assert (one.second_at, one.second_agrees, one.second_remark) == (
        NOON, False, "Vraag het nog eens.",
    )  # fmt: skip
    with desk.session() as session:
        assert disclosures.waiting(session, desk.carla) == []
        done = set(
            session.scalars(select(TrailRow.action).where(TrailRow.action.like("disclosure.%")))
        )
    assert done == {
        "disclosure.decide", "disclosure.ask", "disclosure.read", "disclosure.disagree",
    }  # fmt: skip
    assert trail.verify(desk.database, desk.vault) == []


# What we told without consent stands among the reports as told without consent.
def test_a_report_without_consent_stands_on_a_disclosure(desk):
    case_id = desk.open_case(desk.anna)
    facts = reports.Facts("police_report", TODAY, by_whom="us", with_consent=True)
    with pytest.raises(NoConsent):
        desk.do(reports.add, desk.anna, case_id, facts, NOON)
    decide(desk, case_id, desk.carla)
    desk.do(reports.add, desk.anna, case_id, facts, NOON)
    ((_id, made),) = desk.do(reports.of_case, desk.anna, case_id)
    assert not made.with_consent


# Who looks along stands among those with access, and that can be taken back.
def test_a_second_pair_of_eyes_is_seen_and_taken_back(desk):
    case_id = desk.open_case(desk.anna)
    record = decide(desk, case_id, desk.carla)

    def seen():
        found, _facts = desk.do(access.of_case, desk.anna, case_id, NOON)
        return {one.person_id: (one.who, one.what) for one in found}

    assert seen() == {desk.anna.person_id: (True, True), desk.carla.person_id: (False, False)}
    desk.do(revoking.revoke, desk.anna, case_id, desk.carla.person_id, NOON)
    assert seen() == {desk.anna.person_id: (True, True)}
    with desk.session() as session:
        assert disclosures.waiting(session, desk.carla) == []
    with pytest.raises(NotYourCase):
        desk.do(disclosures.look, desk.carla, record, NOON)
    desk.do(revoking.step, desk.anna, case_id, NOON)
    assert [one for one, _part in desk.do(disclosures.of_case, desk.anna, case_id)] == [record]
    assert trail.verify(desk.database, desk.vault) == []
