"""A new key pair is a newcomer to the cases too: what was shared with the former one gives nothing.

Whoever starts over may be somebody else, who was handed the link.
"""

import pytest
from sqlalchemy import select

from tests.accounts.test_quorum import words
from tests.installation import PASSWORD
from tests.intake.conftest import NOON
from tests.intake.test_follow_ups import plan, remind, told, waiting
from weerbaar.accounts import (
    envelopes,
    groups,
    invitations,
    quorum_cover,
    quorum_holders,
    quorum_requests,
    quorum_restore,
    rotation,
    wrappings,
)
from weerbaar.accounts.actors import Actor
from weerbaar.accounts.models import EnvelopeRow
from weerbaar.intake import (
    casework,
    follow_ups,
    handing_over,
    lasting,
    recordings,
    revoking,
    sharing,
)
from weerbaar.intake.casework import NotYourCase

BOTH = {"who", "what"}
SOUND = {"type": "audio/wav", "seconds": 3, "at": NOON.isoformat()}


def start_over(desk, actor):
    """The account with the new key pair that a link of a coordinator gives."""
    token = desk.do(invitations.start_over, desk.installation.coordinator, actor.person_id, NOON)
    with desk.session() as session:
        invited = invitations.look_up(session, desk.vault, token, NOON)
        stretched = wrappings.stretch(desk.vault, PASSWORD)
        keys = invitations.accept(session, desk.vault, invited, stretched, 1, NOON)
        session.commit()
    return Actor(actor.person_id, actor.roles, keys)


@pytest.fixture
def case_id(desk):
    """A case of Anna that Bram reads too."""
    case_id = desk.open_case(desk.anna)
    desk.do(sharing.share, desk.anna, case_id, desk.bram.person_id, BOTH, NOON)
    return case_id


def alone(desk, actor):
    with desk.session() as session:
        return lasting.alone(session, actor.person_id).cases


def add_something(desk, case_id):
    desk.do(casework.add_note, desk.anna, case_id, "Een notitie.", NOON)
    desk.do(recordings.keep, desk.anna, case_id, SOUND, [b"stem"], NOON)
    return plan(desk, desk.anna, case_id)


def opens(desk, actor):
    """How many records of any case somebody can open."""
    with desk.session() as session:
        every = [*session.scalars(select(EnvelopeRow.id))]
        return len(envelopes.can_open(session, actor.keys, every))


def test_nothing_new_of_a_case_is_sealed_to_a_new_key_pair(desk, case_id):
    bram = start_over(desk, desk.bram)
    add_something(desk, case_id)
    assert waiting(desk, bram) == []
    assert opens(desk, bram) == 0
    with pytest.raises(NotYourCase):
        desk.read(bram, case_id)
    with pytest.raises(follow_ups.NotForHim):
        plan(desk, desk.anna, case_id, bram)
    # Re-keying the case changes nothing of it.
    desk.do(sharing.share, desk.anna, case_id, desk.carla.person_id, BOTH, NOON)
    desk.do(revoking.revoke, desk.anna, case_id, desk.carla.person_id, NOON)
    desk.do(revoking.step, desk.anna, case_id, NOON)
    assert opens(desk, bram) == 0


def test_a_reader_shares_anew_with_a_new_key_pair(desk, case_id):
    bram = start_over(desk, desk.bram)
    add_something(desk, case_id)
    desk.do(sharing.share, desk.anna, case_id, bram.person_id, BOTH, NOON, spoken=True)
    assert opens(desk, bram) == opens(desk, desk.anna)
    desk.do(casework.add_note, desk.anna, case_id, "Nog een notitie.", NOON)
    assert len(desk.read(bram, case_id).entries) == 2


def test_all_cases_are_handed_over_to_a_new_key_pair_on_purpose(desk, case_id):
    bram = start_over(desk, desk.bram)
    assert desk.do(handing_over.step, desk.anna, bram.person_id, NOON).cases == 0
    assert desk.read(bram, case_id).who is not None


def test_who_got_his_key_back_opens_and_receives_again(desk, case_id):
    founder = desk.installation.coordinator
    for actor in (desk.anna, desk.bram, desk.carla):
        desk.do(groups.admit, founder, "confidants", actor.person_id, NOON)
    holders = [one.person_id for one in (founder, desk.anna, desk.carla)]
    desk.do(quorum_holders.choose, founder, holders, NOON, needed=2)
    desk.do(quorum_cover.keep_up, desk.bram.keys, NOON)
    desk.do(quorum_cover.keep_up, desk.anna.keys, NOON)
    bram = start_over(desk, desk.bram)
    request = desk.do(quorum_requests.ask, bram, bram.person_id, NOON)
    for holder in (desk.anna, desk.carla):
        desk.do(quorum_requests.approve, holder, request, words(bram), NOON)
    assert waiting(desk, bram) == []
    desk.do(quorum_restore.restore, bram, request, NOON)
    # From here on the key is his again, also before everything was moved.
    record = plan(desk, desk.anna, case_id)
    assert [one.record for one in waiting(desk, bram)] == [record]
    assert desk.do(rotation.go_on, bram.keys, NOON) == 0
    add_something(desk, case_id)
    assert len(desk.read(bram, case_id).entries) == 1
    assert opens(desk, bram) == opens(desk, desk.anna)


# A key that was kept to be moved opens through the pair after it, which is lost now.
def test_a_start_over_in_the_middle_of_a_new_key_gives_nothing(desk, case_id):
    def renew(session, vault, actor, now):
        return rotation.begin(session, vault, actor, wrappings.stretch(vault, PASSWORD), now)

    desk.do(renew, desk.bram, NOON)
    add_something(desk, case_id)
    bram = start_over(desk, desk.bram)
    add_something(desk, case_id)
    desk.do(sharing.share, desk.anna, case_id, desk.carla.person_id, BOTH, NOON)
    desk.do(revoking.revoke, desk.anna, case_id, desk.carla.person_id, NOON)
    desk.do(revoking.step, desk.anna, case_id, NOON)
    # What was sealed to the pair in between is lost with it; nothing more came to the newest.
    assert opens(desk, bram) == 0
    assert alone(desk, desk.anna) == 1


def test_a_reader_whose_key_is_lost_does_not_count_as_one(desk, case_id):
    assert alone(desk, desk.anna) == 0
    bram = start_over(desk, desk.bram)
    assert alone(desk, desk.anna) == 1
    assert alone(desk, bram) == 0, "it is lost to him already"
    with pytest.raises(revoking.NobodyLeft):
        desk.do(revoking.revoke, desk.anna, case_id, desk.anna.person_id, NOON)
    assert desk.read(desk.anna, case_id).who is not None
    # The other way round it goes.
    desk.do(revoking.revoke, desk.anna, case_id, bram.person_id, NOON)


def test_a_reminder_goes_to_who_can_open_it(desk, case_id):
    plan(desk, desk.anna, case_id, desk.bram)
    start_over(desk, desk.bram)
    assert remind(desk, 14) == 1
    assert follow_ups.NOTICE in told(desk, desk.anna)


def test_the_pages_of_a_case_say_who_cannot_open_it_now(desk, case_id, visit):
    start_over(desk, desk.bram)
    anna = visit("anna")
    for page in (f"/cases/{case_id}", f"/cases/{case_id}/access"):
        assert "Bram nu niets: heeft een nieuwe sleutel" in anna.see(page).text
