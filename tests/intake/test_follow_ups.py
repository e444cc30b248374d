"""Appointments: reminded on their morning without a word of what, done once, never left behind."""

from datetime import timedelta

import pytest

from tests.intake.conftest import NOON
from weerbaar.accounts import notice_rules, notices, trail
from weerbaar.intake import follow_ups, retention, revoking, search, sharing
from weerbaar.intake.errors import NothingToRecord, NotYourCase
from weerbaar.intake.part_models import CasePartRow, CaseWaitingRow

TODAY = NOON.date()
DAY = timedelta(days=1)
SOON = TODAY + 14 * DAY


def plan(desk, actor, case_id, person=None, on=SOON, text="Bellen hoe het gaat."):
    person = person or actor
    return desk.do(follow_ups.plan, actor, case_id, text, person.person_id, on, NOON)


def told(desk, actor):
    with desk.session() as session:
        return [one.code for one in notices.unread(session, actor.person_id)]


def remind(desk, days, hour=9):
    # At noon UTC it is one o'clock in Amsterdam.
    return follow_ups.remind(desk.installation.house, NOON + timedelta(days=days, hours=hour - 13))


def waiting(desk, actor, now=NOON):
    return desk.do(follow_ups.waiting, actor, now)


def test_reminded_on_its_morning_and_done_once(desk):
    case_id = desk.open_case(desk.anna, narrative="Een brief.")
    record = plan(desk, desk.anna, case_id)
    assert remind(desk, 13) == remind(desk, 14, hour=7) == 0
    assert remind(desk, 14) == 1
    assert remind(desk, 14, hour=17) == remind(desk, 15) == 0
    assert told(desk, desk.anna) == [follow_ups.NOTICE]
    assert "brief" not in notice_rules.text_of(follow_ups.NOTICE).lower()
    assert not waiting(desk, desk.anna, NOON + 14 * DAY)[0].is_late
    assert waiting(desk, desk.anna, NOON + 15 * DAY)[0].is_late
    desk.do(follow_ups.finish, desk.anna, case_id, record, "Het gaat beter.", NOON + 15 * DAY)
    with pytest.raises(follow_ups.DoneAlready):
        desk.do(follow_ups.finish, desk.anna, case_id, record, "", NOON + 15 * DAY)
    assert waiting(desk, desk.anna) == []
    ((_id, one),) = desk.do(follow_ups.of_case, desk.anna, case_id)
    assert one.came_of_it == "Het gaat beter."
    assert len(desk.do(search.search, desk.anna, "beter", NOON).hits) == 1
    assert trail.verify(desk.database, desk.vault) == []


def test_for_a_reader_within_two_years_and_with_something_to_do(desk):
    case_id = desk.open_case(desk.anna)
    for on in (TODAY - DAY, TODAY + timedelta(days=731)):
        with pytest.raises(follow_ups.FollowUpRefused):
            plan(desk, desk.anna, case_id, on=on)
    with pytest.raises(NothingToRecord):
        plan(desk, desk.anna, case_id, text=" ")
    with pytest.raises(follow_ups.NotForHim):
        plan(desk, desk.anna, case_id, desk.bram)
    with pytest.raises(NotYourCase):
        plan(desk, desk.bram, case_id)
    assert waiting(desk, desk.bram) == []


# Who loses his right leaves his appointments to those who still read the case.
def test_an_appointment_of_who_reads_no_longer_falls_to_the_others(desk):
    case_id = desk.open_case(desk.anna)
    desk.do(sharing.share, desk.anna, case_id, desk.esther.person_id, {"what"}, NOON)
    record = plan(desk, desk.anna, case_id, desk.esther)
    assert [one.person_id for one in waiting(desk, desk.anna)] == [desk.esther.person_id]
    assert [one.record for one in waiting(desk, desk.esther)] == [record]
    desk.do(revoking.revoke, desk.anna, case_id, desk.esther.person_id, NOON)
    assert waiting(desk, desk.esther) == []
    assert remind(desk, 14) == 1
    assert told(desk, desk.anna) == [follow_ups.NOTICE]
    assert follow_ups.NOTICE not in told(desk, desk.esther)
    desk.do(revoking.step, desk.anna, case_id, NOON)
    assert [one.text for one in waiting(desk, desk.anna)] == ["Bellen hoe het gaat."]
    # With the case go its appointments; a restore that lost their secrets lets the rows go too.
    with desk.session() as session:
        retention.forget_lost(session, [record])
        assert session.query(CasePartRow).count() == session.query(CaseWaitingRow).count() == 0
        session.rollback()
    desk.do(retention.destroy_case, desk.anna, case_id, NOON, "erasure")
    with desk.session() as session:
        assert session.query(CasePartRow).count() == session.query(CaseWaitingRow).count() == 0
    assert trail.verify(desk.database, desk.vault) == []
