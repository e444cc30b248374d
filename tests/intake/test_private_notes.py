"""A private note is its author's alone: not shared, not handed over, gone with his right."""

from datetime import timedelta

import pytest

from tests.intake.conftest import NOON
from weerbaar.accounts import trail
from weerbaar.intake import (
    attachments,
    casework,
    handing_over,
    private_notes,
    retention,
    revoking,
    search,
    sharing,
)
from weerbaar.intake.errors import NothingToRecord, NotYourCase
from weerbaar.intake.part_contents import Bond
from weerbaar.intake.parts import records_of
from weerbaar.intake.retention_periods import set_period
from weerbaar.intake.retention_rules import Category

BOTH = {"who", "what"}


def texts(desk, actor, case_id):
    return [one.text for _record, one in desk.do(private_notes.of_case, actor, case_id)]


def left(desk, case_id):
    with desk.session() as session:
        return len(records_of(session, case_id, (Bond.OWN,)))


def note(desk, actor, case_id, text):
    return desk.do(private_notes.add, actor, case_id, text, NOON)


def test_its_author_alone_reads_finds_and_removes_it(desk):
    case_id = desk.open_case(desk.anna)
    first = note(desk, desk.anna, case_id, "Ik twijfel aan zijn rust.")
    # A colleague who comes to read everything, by sharing or hand-over, reads no private note.
    desk.do(sharing.share, desk.anna, case_id, desk.bram.person_id, BOTH, NOON)
    desk.do(handing_over.step, desk.anna, desk.carla.person_id, NOON)
    note(desk, desk.bram, case_id, "Van Bram.")
    assert texts(desk, desk.anna, case_id) == ["Ik twijfel aan zijn rust."]
    assert texts(desk, desk.bram, case_id) == ["Van Bram."]
    assert texts(desk, desk.carla, case_id) == []
    assert desk.read(desk.carla, case_id).who is not None
    for actor, hits in ((desk.anna, 1), (desk.bram, 0), (desk.carla, 0)):
        assert len(desk.do(search.search, actor, "twijfel", NOON).hits) == hits
    for refused in (desk.bram, desk.esther):
        with pytest.raises(NotYourCase):
            desk.do(private_notes.remove, refused, case_id, first, NOON)
    with pytest.raises(NotYourCase):
        note(desk, desk.esther, case_id, "Niet van mij.")
    with pytest.raises(NothingToRecord):
        note(desk, desk.anna, case_id, "  ")
    desk.do(private_notes.remove, desk.anna, case_id, first, NOON)
    assert texts(desk, desk.anna, case_id) == []
    assert trail.verify(desk.database, desk.vault) == []


# Who reads the case no longer has nothing to note with it; nobody else can open what he noted.
def test_it_goes_with_the_right_of_its_author(desk):
    case_id = desk.open_case(desk.anna)
    note(desk, desk.anna, case_id, "Van Anna.")
    today = NOON.date()
    desk.do(sharing.share, desk.anna, case_id, desk.bram.person_id, BOTH, NOON)
    desk.do(sharing.share, desk.anna, case_id, desk.esther.person_id, {"what"}, NOON, until=today)
    for actor in (desk.bram, desk.esther):
        note(desk, actor, case_id, "Tijdelijk.")
    desk.do(revoking.revoke, desk.anna, case_id, desk.bram.person_id, NOON)
    assert left(desk, case_id) == 2
    with desk.session() as session:
        assert revoking.end_what_is_over(session, desk.vault, NOON + timedelta(days=1)) == 1
        session.commit()
    assert left(desk, case_id) == 1
    assert texts(desk, desk.anna, case_id) == ["Van Anna."]
    assert trail.verify(desk.database, desk.vault) == []


def test_it_is_destroyed_with_the_notes(desk):
    with desk.session() as session:
        set_period(session, desk.anna, Category.CASE_NOTES, 30, NOON)
        session.commit()
    case_id = desk.open_case(desk.anna)
    desk.do(casework.close_case, desk.anna, case_id, NOON)
    with desk.session() as session:
        retention.destroy_part(
            session, desk.vault, desk.anna, case_id, Category.CASE_NOTES, NOON, "period-over"
        )
        session.commit()
    note(desk, desk.anna, case_id, "Het laatste.")
    month = NOON.date() + timedelta(days=30)
    with desk.session() as session:
        # It is looked for by itself: the timeline is empty.
        assert retention.cases_due(session, Category.CASE_NOTES, month) == [case_id]
        retention.destroy_part(
            session, desk.vault, desk.anna, case_id, Category.CASE_NOTES, NOON, "period-over"
        )
        session.commit()
    assert left(desk, case_id) == 0
    assert desk.read(desk.anna, case_id).what.narrative


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_it_is_destroyed_after_a_question_and_not_while_the_case_is_held(desk, visit):
    case_id = desk.open_case(desk.anna)
    record = note(desk, desk.anna, case_id, "Ik twijfel.")
    page, until = f"/cases/{case_id}/notes/{record}/remove", NOON.date() + timedelta(days=9)
    desk.do(retention.hold, desk.anna, case_id, "Aangifte.", until, NOON)
    with pytest.raises(attachments.Held):
        desk.do(private_notes.remove, desk.anna, case_id, record, NOON)
    anna = visit("anna").see(page)
    assert "Zolang gaat niets van deze casus weg." in anna.text
    assert anna.send(page, at="/cases/new").status == 422
    # A right that is taken back meanwhile destroys nothing of it, and shows nothing any more.
    desk.do(sharing.share, desk.anna, case_id, desk.bram.person_id, BOTH, NOON)
    his = note(desk, desk.bram, case_id, "Van Bram.")
    desk.do(revoking.revoke, desk.anna, case_id, desk.bram.person_id, NOON)
    assert left(desk, case_id) == 2
    assert desk.do(search.search, desk.bram, "Bram", NOON).hits == ()
    with pytest.raises(NotYourCase):
        desk.do(private_notes.look, desk.bram, case_id, his)
    desk.do(retention.release, desk.anna, case_id, NOON)
    # Looking at the question destroys nothing.
    assert "Ik twijfel." in anna.see(page).text
    assert texts(desk, desk.anna, case_id) == ["Ik twijfel."]
    assert visit("bram").see(page).status == 404
    assert anna.send(page).status == 303
    assert texts(desk, desk.anna, case_id) == []
