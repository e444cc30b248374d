"""Consent: no consent, nothing told; withdrawn as easily as given; the record of it stays."""

from datetime import date, timedelta

import pytest

from tests.intake.conftest import NOON
from weerbaar.accounts import trail
from weerbaar.intake import (
    consented,
    consents,
    keepers,
    retention,
    revoking,
    search,
    sharing,
)
from weerbaar.intake.consents import ConsentRefused
from weerbaar.intake.errors import NoConsent, NotYourCase, UnknownCode, WhoNotShared
from weerbaar.intake.retention_rules import Category

TODAY = NOON.date()
BOTH, STORY = frozenset({"who", "what"}), frozenset({"what"})
DAY = timedelta(days=1)


def give(desk, case_id, actor=None, **others):
    return desk.consent(actor or desk.anna, case_id, **others)


def holds(desk, actor, case_id, purpose="expert", now=NOON):
    return desk.do(consents.given, actor, case_id, purpose, now)


def of_case(desk, actor, case_id):
    return [one for _record, one in desk.do(consents.of_case, actor, case_id)]


def test_given_limited_withdrawn_and_still_on_record(desk):
    case_id = desk.open_case(desk.anna, name="Zoë")
    assert not holds(desk, desk.anna, case_id)
    record = give(desk, case_id)
    assert holds(desk, desk.anna, case_id)
    assert not holds(desk, desk.anna, case_id, "police_complaint")
    until = TODAY + 7 * DAY
    desk.do(consents.limit, desk.anna, case_id, record, until, NOON)
    assert holds(desk, desk.anna, case_id, now=NOON + 7 * DAY)
    assert not holds(desk, desk.anna, case_id, now=NOON + 8 * DAY)
    for later in (until + DAY, TODAY - DAY):
        with pytest.raises(ConsentRefused):
            desk.do(consents.limit, desk.anna, case_id, record, later, NOON)
    desk.do(consents.withdraw, desk.anna, case_id, record, NOON + DAY)
    assert not holds(desk, desk.anna, case_id, now=NOON + DAY)
    with pytest.raises(consents.NotWithdrawable):
        desk.do(consents.withdraw, desk.anna, case_id, record, NOON + DAY)
    (one,) = of_case(desk, desk.anna, case_id)
    assert (one.scope, one.withdrawn_on) == ("het verhaal", TODAY + DAY)
    assert trail.verify(desk.database, desk.vault) == []


def test_a_consent_says_to_whom_what_and_when(desk):
    case_id = desk.open_case(desk.anna)
    for wrong in (
        {"to_whom": " "}, {"scope": ""}, {"given_on": TODAY + DAY}, {"until": TODAY - DAY},
    ):  # fmt: skip
        with pytest.raises(ConsentRefused):
            give(desk, case_id, **wrong)
    for name in ("purpose", "given_by", "how"):
        with pytest.raises(UnknownCode):
            give(desk, case_id, **{name: "BESTAATNIET"})
    assert of_case(desk, desk.anna, case_id) == []


# To whom something may be told says who it is: consents go with that part, and are searched with it.
def test_consents_go_with_who_it_is(desk):
    case_id = desk.open_case(desk.anna, name="Zoë")
    give(desk, case_id, to_whom="de burgemeester van Voorbeeldstad")
    desk.do(sharing.share, desk.anna, case_id, desk.esther.person_id, STORY, NOON)
    assert of_case(desk, desk.esther, case_id) == []
    with pytest.raises(WhoNotShared):
        give(desk, case_id, desk.esther)
    with pytest.raises(NotYourCase):
        give(desk, case_id, desk.bram)
    desk.do(sharing.share, desk.anna, case_id, desk.bram.person_id, BOTH, NOON)
    assert holds(desk, desk.bram, case_id)
    for actor, hits in ((desk.bram, 1), (desk.esther, 0)):
        assert len(desk.do(search.search, actor, "voorbeeldstad", NOON).hits) == hits
    # What is lost with the *who* part is lost of the consents too, and re-keyed for the others.
    desk.do(revoking.revoke, desk.anna, case_id, desk.bram.person_id, NOON, who_only=True)
    assert of_case(desk, desk.bram, case_id) == []
    desk.do(revoking.step, desk.anna, case_id, NOON)
    assert holds(desk, desk.anna, case_id)
    assert trail.verify(desk.database, desk.vault) == []


def test_no_consent_no_expert_and_who_still_reads_after_a_withdrawal(desk):
    case_id = desk.open_case(desk.anna)

    def offered():
        able, not_yet = desk.do(consented.colleagues, desk.anna, case_id, NOON)
        return {one.name for one in able}, [one.name for one in not_yet]

    def share(other):
        desk.do(consented.share, desk.anna, case_id, other.person_id, STORY, NOON)

    assert offered()[1] == ["Esther"]
    assert {"Bram", "Carla"} <= offered()[0]
    with pytest.raises(NoConsent):
        share(desk.esther)
    share(desk.bram)
    record = give(desk, case_id)
    assert "Esther" in offered()[0]
    share(desk.esther)
    assert desk.do(consented.reading_without, desk.anna, case_id, NOON) == []
    desk.do(consents.withdraw, desk.anna, case_id, record, NOON)
    left = desk.do(consented.reading_without, desk.anna, case_id, NOON)
    assert left == [desk.esther.person_id]


# Consents outlive what they were given for, and go when their own period is over.
def test_a_consent_outlives_its_case(desk):
    case_id = desk.open_case(desk.anna, name="Zoë")
    record = give(desk, case_id)
    period = timedelta(days=1825)
    (keeper,) = [one for one in keepers.keepers() if one.category is Category.CONSENT]

    def due(on, **only):
        with desk.session() as session:
            return keeper.due(session, on, **only)

    # Never of an open case.
    assert due(TODAY + period) == []
    desk.do(retention.destroy_case, desk.anna, case_id, NOON, "erasure")
    with pytest.raises(NotYourCase):
        desk.read(desk.anna, case_id)
    (kept,) = desk.do(consents.kept_of_the_gone, desk.anna)
    assert kept[1].scope == "het verhaal"
    assert desk.do(consents.kept_of_the_gone, desk.bram) == []
    assert due(TODAY + period - DAY) == []
    assert due(TODAY + period) == due(TODAY + period, only=record) == [record]
    with desk.session() as session:
        assert keeper.count(session) == 1
        keeper.destroy(session, desk.vault, desk.anna, record, NOON, "period-over")
        session.commit()
        assert keeper.count(session) == 0
    assert desk.do(consents.kept_of_the_gone, desk.anna) == []
    assert trail.verify(desk.database, desk.vault) == []


def test_a_changed_consent_counts_from_its_change(desk):
    case_id = desk.open_case(desk.anna)
    record = give(desk, case_id)
    desk.do(consents.withdraw, desk.anna, case_id, record, NOON + 100 * DAY)
    desk.do(retention.destroy_case, desk.anna, case_id, NOON, "erasure")
    with desk.session() as session:
        assert consents.due(session, TODAY + timedelta(days=1825)) == []
        assert consents.due(session, date(2031, 11, 23) + 100 * DAY) == [record]
