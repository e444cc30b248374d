"""A case is never lost unseen: somebody who works here goes on reading it, or a page says so."""

from datetime import date, timedelta

import pytest

from tests.intake.conftest import NOON
from tests.intake.test_new_key_pairs import start_over
from weerbaar.accounts import notices, people
from weerbaar.accounts.actors import SYSTEM, Role
from weerbaar.accounts.alone import Alone
from weerbaar.intake import casework, lasting, revoking, sharing
from weerbaar.intake.errors import NotYourCase
from weerbaar.intake.lasting import Standing
from weerbaar.intake.models import CaseRow

BOTH, STORY = {"who", "what"}, {"what"}
WEEK = date(2026, 12, 1)
LATER = NOON + timedelta(days=20)


def share(desk, case_id, other, parts, by=None, now=NOON, **more):
    desk.do(sharing.share, by or desk.anna, case_id, other.person_id, parts, now, **more)


def alone(desk, actor):
    with desk.session() as session:
        return lasting.alone(session, actor.person_id)


def standing(desk, case_id, actor):
    with desk.session() as session:
        return lasting.of_case(session, session.get(CaseRow, case_id), actor.person_id)


def leave(desk, actor):
    with desk.session() as session:
        founder = desk.installation.coordinator
        people.leave(session, desk.vault, founder, actor.person_id, NOON)
        session.commit()


def roles(desk, actor, *wanted):
    with desk.session() as session:
        people.change(
            session, desk.vault, SYSTEM, actor.person_id, NOON, hotline_number="+31703738314",
            roles=wanted,
        )  # fmt: skip
        session.commit()


def test_what_would_be_lost_is_counted_whole_and_in_part(desk):
    desk.open_case(desk.anna)
    share(desk, desk.open_case(desk.anna), desk.bram, STORY, until=WEEK)
    told = desk.open_case(desk.anna)
    share(desk, told, desk.bram, STORY)
    share(desk, desk.open_case(desk.anna), desk.bram, BOTH)
    assert alone(desk, desk.anna) == Alone(cases=1, for_a_while=1, who=1)
    assert alone(desk, desk.bram) == Alone()
    assert standing(desk, told, desk.anna) is Standing.SOLE_WHO
    # A colleague without the role, or with another key, keeps nothing.
    roles(desk, desk.bram, Role.ROSTER_MANAGER)
    assert alone(desk, desk.anna) == Alone(cases=4)
    roles(desk, desk.bram, Role.CONFIDANT)
    start_over(desk, desk.bram)
    assert alone(desk, desk.anna) == Alone(cases=4)


# Whoever reads for a while is no reason to let the last lasting reader go.
def test_who_reads_for_a_while_keeps_no_case(desk):
    case_id = desk.open_case(desk.anna)
    share(desk, case_id, desk.esther, STORY, until=WEEK)
    share(desk, case_id, desk.bram, STORY)
    assert standing(desk, case_id, desk.anna) is Standing.SOLE_WHO
    with pytest.raises(revoking.NobodyLeft):
        desk.do(revoking.revoke, desk.anna, case_id, desk.anna.person_id, NOON)
    desk.do(revoking.revoke, desk.anna, case_id, desk.bram.person_id, NOON)
    assert standing(desk, case_id, desk.anna) is Standing.SOLE
    # Who it was is gone by then: only the time of the right tells them apart.
    with desk.session() as session:
        row = session.get(CaseRow, case_id)
        row.who_record = None
        session.commit()
    with pytest.raises(revoking.NobodyLeft):
        desk.do(revoking.revoke, desk.anna, case_id, desk.anna.person_id, NOON)
    assert desk.read(desk.anna, case_id).what.narrative


# Two rights for a while over a case that nobody keeps: neither ends, and either can hand it on.
def test_a_right_does_not_end_while_nobody_keeps_the_case(desk):
    case_id = desk.open_case(desk.anna, name="Zoë")
    for one in (desk.esther, desk.bram):
        share(desk, case_id, one, STORY, until=WEEK)
    house = desk.installation.house
    with pytest.raises(sharing.NotYoursToShare):
        share(desk, case_id, desk.carla, BOTH, by=desk.bram)
    leave(desk, desk.anna)
    assert alone(desk, desk.bram) == Alone(for_a_while=1)
    assert revoking.end_rights(house, LATER) == 0
    assert standing(desk, case_id, desk.bram) is Standing.NOBODY
    assert desk.read(desk.bram, case_id, LATER).what.narrative
    # Nobody opens who it is any more: the rest is shared without it, and without an end.
    share(desk, case_id, desk.carla, BOTH, by=desk.bram, now=LATER)
    view = desk.read(desk.carla, case_id, LATER)
    assert (view.who, view.what.narrative) == (None, "Een brief onder de deur.")
    desk.do(casework.close_case, desk.carla, case_id, LATER)
    assert standing(desk, case_id, desk.carla) is Standing.SOLE
    # Now both rights end.
    assert revoking.end_rights(house, LATER) == 2
    for one in (desk.esther, desk.bram):
        with pytest.raises(NotYourCase):
            desk.read(one, case_id, LATER)
    assert desk.read(desk.carla, case_id, LATER).what.narrative


# Who has no role at this moment can have it again: nobody else comes to decide because of it.
def test_a_role_that_is_away_gives_nobody_else_the_case(desk):
    case_id = desk.open_case(desk.anna)
    share(desk, case_id, desk.esther, STORY, until=WEEK)
    roles(desk, desk.anna, Role.ROSTER_MANAGER)
    assert revoking.end_rights(desk.installation.house, LATER) == 0
    with pytest.raises(sharing.NotYoursToShare):
        share(desk, case_id, desk.carla, BOTH, by=desk.esther)
    roles(desk, desk.anna, Role.CONFIDANT)
    assert revoking.end_rights(desk.installation.house, LATER) == 1


def told(desk, actor):
    with desk.session() as session:
        return [one.code for one in notices.unread(session, actor.person_id)]


def test_who_gets_a_case_again_is_told_again(desk):
    case_id = desk.open_case(desk.anna)
    share(desk, case_id, desk.bram, STORY, until=WEEK)
    # A later last day is no news.
    share(desk, case_id, desk.bram, STORY, until=WEEK + timedelta(days=7))
    assert told(desk, desk.bram) == ["case-shared"]
    desk.do(revoking.revoke, desk.anna, case_id, desk.bram.person_id, NOON)
    share(desk, case_id, desk.bram, BOTH)
    assert told(desk, desk.bram) == ["case-shared"] * 2


# A talk is always written down; whether the case is open again is for who decides over it.
def test_a_talk_of_who_reads_along_opens_no_closed_case(desk):
    case_id = desk.open_case(desk.anna)
    share(desk, case_id, desk.esther, STORY, until=WEEK)
    desk.do(casework.close_case, desk.anna, case_id, NOON)
    desk.do(casework.add_contact_moment, desk.esther, case_id, "Belde weer.", NOON)
    view = desk.read(desk.anna, case_id)
    assert not view.is_open
    assert view.retention_on is not None
    assert view.entries[-1].text == "Belde weer."
    assert told(desk, desk.anna) == ["case-talk"]
    assert "case-talk" not in told(desk, desk.esther)
    desk.do(casework.add_contact_moment, desk.anna, case_id, "Ik belde terug.", NOON)
    assert desk.read(desk.anna, case_id).is_open
