"""The yearly drill, and succeeding somebody who is gone."""

import re
from datetime import date

import pytest
from sqlalchemy import select

from tests.accounts.test_quorum import Team, words
from tests.accounts.visitor import Visitor
from weerbaar.accounts import people, quorum_drill, quorum_requests, quorum_restore
from weerbaar.accounts.models import EnvelopeRow, PersonRow
from weerbaar.accounts.quorum_drill import DrillFailed
from weerbaar.accounts.quorum_requests import AlreadyAsked, Kind, NotCovered, NotEnough
from weerbaar.accounts.recipients import Person


@pytest.fixture
def team(installation):
    team = Team(installation)
    team.choose(team.coordinator, team.anna, team.bram)
    return team


def begin(team):
    return team.does(quorum_drill.begin, team.vault, team.coordinator, team.now)


def finish(team, drill):
    team.does(quorum_drill.finish, team.vault, team.coordinator, drill, team.now)


def accounts(team):
    return team.does(
        lambda session: [
            card.name
            for card in people.cards(session, team.vault).values()
            if card.name == quorum_drill.NAME
        ]
    )


def test_a_drill_gives_a_test_account_back_and_is_recorded(team):
    assert quorum_drill.is_overdue(team.does(quorum_drill.last), team.now.date())
    drill = begin(team)
    assert accounts(team) == [quorum_drill.NAME]
    with pytest.raises(AlreadyAsked):
        begin(team)
    with pytest.raises(NotEnough):
        finish(team, drill)
    team.approve(team.anna, drill, words(team.coordinator))
    team.approve(team.bram, drill, words(team.coordinator))
    finish(team, drill)
    day = team.does(quorum_drill.last)
    assert day == team.now.date()
    assert not quorum_drill.is_overdue(day, day)
    assert quorum_drill.is_overdue(day, date(day.year + 1, day.month, day.day + 1))
    # Nothing of it is left but the fact.
    assert accounts(team) == []
    assert team.does(
        lambda session: session.scalars(
            select(EnvelopeRow.id).where(EnvelopeRow.kind == "drill")
        ).all()
    ) == []  # fmt: skip


def test_a_drill_that_opens_the_wrong_thing_is_no_success(team):
    drill = begin(team)
    account = team.does(
        lambda s: s.scalars(select(PersonRow.id).where(PersonRow.state == "left")).one()
    )
    team.does(
        quorum_drill.envelopes.seal, team.vault, kind=quorum_drill.envelopes.Kind.DRILL,
        plaintext=b"iets anders", recipients=[Person(account)], now=team.now,
    )  # fmt: skip
    team.approve(team.anna, drill, words(team.coordinator))
    team.approve(team.bram, drill, words(team.coordinator))
    with pytest.raises(DrillFailed):
        finish(team, drill)
    assert team.does(quorum_drill.last) is None


def test_a_drill_that_nobody_finished_goes_by_itself(team):
    begin(team)
    team.installation.clock.forward(days=7)
    team.does(quorum_requests.expire, team.now)
    assert team.does(quorum_drill.clear, team.vault, team.now) == 1
    assert team.does(quorum_drill.last) is None
    assert accounts(team) == []
    begin(team)


def test_without_enough_holders_there_is_no_drill(installation):
    team = Team(installation)
    with pytest.raises(NotCovered):
        begin(team)


def test_a_successor_opens_what_who_is_gone_could_open(team):
    team.sign_in(team.dirk)
    record = team.write(team.dirk)
    request = team.does(
        quorum_requests.ask, team.vault, team.coordinator, team.dirk.person_id, team.now,
        kind=Kind.SUCCESSOR, for_id=team.carla.person_id,
    )  # fmt: skip
    team.approve(team.anna, request, words(team.carla))
    team.approve(team.bram, request, words(team.carla))
    asked = team.does(quorum_restore.mine, team.vault, team.carla, request, team.now)
    keys = team.does(quorum_restore.take, team.vault, team.carla.keys, asked)
    assert keys.private.public == team.dirk.keys.private.public
    assert team.read(team.dirk, record) == b"wat er gebeurde"


def test_the_pages_of_a_drill(app, installation):
    anna, bram = installation.person("Anna"), installation.person("Bram")
    coordinator = Visitor(app).sign_in(installation, installation.coordinator)
    code = coordinator.see("/recovery-code").shown("recovery-code")
    coordinator.send("/recovery-code", {"recovery_code_again": code})
    assert "Er is nog nooit geoefend" in coordinator.see("/quorum").text
    coordinator.send("/quorum/drill", at="/quorum")
    assert "kies eerst genoeg mensen" in coordinator.follow().text
    holders = [str(one.person_id) for one in (installation.coordinator, anna, bram)]
    coordinator.send("/quorum/holders", {"people": holders, "needed": "2"}, at="/quorum")
    coordinator.send("/quorum/drill", at="/quorum")
    assert "Uw oefening loopt" in coordinator.follow().text
    shown = re.search(r"data-words>([^<]+)<", coordinator.page)[1]
    take = re.search(r"/quorum/requests/[\w-]+/", coordinator.page)[0] + "take"
    for holder in (anna, bram):
        helper = Visitor(app).sign_in(installation, holder)
        request = re.search(r"/quorum/requests/[\w-]+", helper.see("/quorum").page)[0]
        assert "Dit is een oefening" in helper.see(request).text
        helper.send(request, {"words": shown})
        assert helper.post(take, {"csrf_token": helper.see("/quorum").token()}).status == 404
    coordinator.send(take, at="/quorum")
    assert "gelukt en vastgelegd" in coordinator.follow().text
    assert "Laatste oefening die lukte: 02-03-2026" in coordinator.text
