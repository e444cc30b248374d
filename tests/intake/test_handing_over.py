"""Handing over all cases of one person: by himself, or by a fellow reader when he is gone."""

import pytest

from tests.intake.conftest import NOON
from weerbaar.accounts import people, trail
from weerbaar.intake import casework, handing_over, lasting, recordings, sharing
from weerbaar.intake.casework import NotYourCase

BOTH, STORY = {"who", "what"}, {"what"}


def hand_over(desk, actor, receiver, **more):
    return desk.do(handing_over.step, actor, receiver.person_id, NOON, **more)


def test_all_cases_go_in_steps_that_can_be_broken_off(desk, monkeypatch):
    monkeypatch.setattr(handing_over, "STEP", 4)
    cases = [desk.open_case(desk.anna, name=f"Naam {number}") for number in range(3)]
    desk.do(casework.add_note, desk.anna, cases[0], "Een notitie.", NOON)
    facts = {"type": "audio/wav", "seconds": 3, "at": NOON.isoformat()}
    desk.do(recordings.keep, desk.anna, cases[1], facts, [b"stem"], NOON)
    with desk.session() as session:
        assert lasting.alone(session, desk.anna.person_id).cases == 3
    lefts = [hand_over(desk, desk.anna, desk.bram).cases for _ in range(2)]
    assert lefts[0] > 0
    assert lefts[1] == 0
    for case_id in cases:
        view = desk.read(desk.bram, case_id)
        assert view.who is not None
    assert [one.text for one in desk.read(desk.bram, cases[0]).entries] == ["Een notitie."]
    with desk.session() as session:
        assert lasting.alone(session, desk.anna.person_id).cases == 0
    # Repeating it changes nothing.
    assert hand_over(desk, desk.anna, desk.bram).cases == 0
    assert trail.verify(desk.database, desk.vault) == []


# What somebody reads for a while, or without who it is, is not his to hand over.
def test_only_ones_own_cases_are_handed_over(desk):
    case_id = desk.open_case(desk.anna)
    desk.do(sharing.share, desk.anna, case_id, desk.esther.person_id, STORY, NOON)
    assert hand_over(desk, desk.esther, desk.bram).cases == 0
    with pytest.raises(NotYourCase):
        desk.read(desk.bram, case_id)
    with pytest.raises(sharing.CannotReceive):
        hand_over(desk, desk.anna, desk.rob)
    with pytest.raises(handing_over.NotToOneself):
        hand_over(desk, desk.anna, desk.anna)


# With an expert or a peer a case is shared one at a time, and only where that was consented to.
def test_nothing_is_handed_over_in_one_act_to_who_is_no_confidant(desk):
    case_id = desk.open_case(desk.anna)
    with pytest.raises(sharing.CannotReceive):
        hand_over(desk, desk.anna, desk.esther)
    with pytest.raises(NotYourCase):
        desk.read(desk.esther, case_id)
    with desk.session() as session:
        offered = {one.person_id for one in handing_over.colleagues(session, desk.vault, desk.anna)}
    assert desk.esther.person_id not in offered
    assert desk.bram.person_id in offered


# For who is gone, a fellow reader hands over what both of them read, and no more.
def test_a_fellow_reader_hands_over_for_who_is_gone(desk):
    both, own = desk.open_case(desk.anna), desk.open_case(desk.bram)
    desk.do(sharing.share, desk.anna, both, desk.bram.person_id, BOTH, NOON)
    with desk.session() as session:
        assert handing_over.gone(session, desk.vault, desk.bram) == []
        people.leave(session, desk.vault, desk.installation.coordinator, desk.anna.person_id, NOON)
        session.commit()
    with desk.session() as session:
        # A reader without keys keeps no case readable.
        assert lasting.alone(session, desk.bram.person_id).cases == 2
        left = handing_over.gone(session, desk.vault, desk.bram)
    assert [one.name for one in left] == ["Anna"]
    assert hand_over(desk, desk.bram, desk.carla, of=desk.anna.person_id).cases == 0
    assert desk.read(desk.carla, both).who is not None
    with pytest.raises(NotYourCase):
        desk.read(desk.carla, own)
