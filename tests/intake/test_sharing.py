"""Sharing: what without who, or both; never more, and never by somebody who may not."""

from datetime import timedelta
from uuid import uuid4

import pytest

from tests.intake.conftest import NOON
from weerbaar.accounts import notices, trail
from weerbaar.intake import casework, sharing
from weerbaar.intake.casework import NotYourCase
from weerbaar.intake.content import CaseFields

BOTH, STORY = {"who", "what"}, {"what"}


def shared(desk, actor, case_id, other, parts):
    desk.do(sharing.share, actor, case_id, other.person_id, parts, NOON)


# An expert reads the story with its notes, and not who it is about.
def test_what_without_who(desk):
    case_id = desk.open_case(desk.anna, name="Zoë", caller_number="+31612345681")
    desk.do(casework.add_note, desk.anna, case_id, "Eerste notitie.", NOON)
    shared(desk, desk.anna, case_id, desk.esther, STORY)
    view = desk.read(desk.esther, case_id)
    assert view.what.narrative == "Een brief onder de deur."
    assert [entry.text for entry in view.entries] == ["Eerste notitie."]
    assert view.who is None
    assert desk.do(casework.cases_with_number, desk.esther, "+31612345681") == []
    assert not view.only_reader
    readers = {reader.person_id: (reader.who, reader.what) for reader in view.readers}
    assert readers == {desk.anna.person_id: (True, True), desk.esther.person_id: (False, True)}
    assert trail.verify(desk.database, desk.vault) == []


def test_later_entries_reach_every_reader(desk):
    case_id = desk.open_case(desk.anna)
    shared(desk, desk.anna, case_id, desk.esther, STORY)
    later = NOON + timedelta(hours=1)
    desk.do(casework.add_note, desk.anna, case_id, "Van Anna.", NOON)
    desk.do(casework.add_contact_moment, desk.esther, case_id, "Van Esther.", later)
    for actor in (desk.anna, desk.esther):
        texts = [entry.text for entry in desk.read(actor, case_id).entries]
        assert texts == ["Van Anna.", "Van Esther."]


def test_who_can_follow_later(desk):
    case_id = desk.open_case(desk.anna, name="Zoë")
    shared(desk, desk.anna, case_id, desk.bram, STORY)
    shared(desk, desk.anna, case_id, desk.bram, BOTH)
    assert desk.read(desk.bram, case_id).who.name == "Zoë"
    with pytest.raises(sharing.NothingToShare):
        shared(desk, desk.anna, case_id, desk.bram, STORY)


# Somebody who reads the story alone does not decide who else may.
def test_an_expert_does_not_share_on(desk):
    case_id = desk.open_case(desk.anna)
    shared(desk, desk.anna, case_id, desk.esther, STORY)
    with pytest.raises(sharing.NotYoursToShare):
        shared(desk, desk.esther, case_id, desk.bram, STORY)
    with pytest.raises(NotYourCase):
        desk.read(desk.bram, case_id)


def test_only_people_who_work_on_cases(desk):
    case_id = desk.open_case(desk.anna)
    with pytest.raises(sharing.CannotReceive):
        shared(desk, desk.anna, case_id, desk.rob, STORY)
    with pytest.raises(sharing.CannotReceive):
        desk.do(sharing.share, desk.anna, case_id, uuid4(), STORY, NOON)
    with pytest.raises(ValueError, match="share what"):
        shared(desk, desk.anna, case_id, desk.bram, {"who"})
    offered = desk.do(sharing.colleagues, desk.anna)
    names = [colleague.name for colleague in offered]
    assert names == ["Bram", "Carla", "Coördinator Voorbeeld", "Esther"]


# The notice tells that something waits, and nothing else.
def test_the_colleague_gets_a_notice_without_content(desk):
    case_id = desk.open_case(desk.anna, narrative="GEHEIM")
    shared(desk, desk.anna, case_id, desk.bram, BOTH)
    with desk.session() as session:
        waiting = notices.unread(session, desk.bram.person_id)
    assert [notice.code for notice in waiting] == [sharing.NOTICE]


# Two confidants with the same case: both see one truth.
def test_a_reader_of_both_parts_changes_it_for_both(desk):
    case_id = desk.open_case(desk.anna)
    shared(desk, desk.anna, case_id, desk.bram, BOTH)
    desk.do(
        casework.edit_case, desk.bram, case_id, CaseFields(narrative="Van Bram.", name="Zoë"),
        NOON, what_version=1, who_version=1,
    )  # fmt: skip
    view = desk.read(desk.anna, case_id)
    assert (view.what.narrative, view.who.name) == ("Van Bram.", "Zoë")


# A reader of the story alone changes the story, and the person stays as it was.
def test_a_reader_of_the_story_changes_the_story(desk):
    case_id = desk.open_case(desk.anna, name="Zoë")
    shared(desk, desk.anna, case_id, desk.esther, STORY)
    desk.do(
        casework.edit_case, desk.esther, case_id, CaseFields(narrative="Beter verteld."),
        NOON, what_version=1, who_version=None,
    )  # fmt: skip
    view = desk.read(desk.anna, case_id)
    assert (view.what.narrative, view.who.name) == ("Beter verteld.", "Zoë")
