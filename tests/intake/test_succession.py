"""Somebody is gone without handing over: a successor receives the cases, with the holders' help."""

import re

import pytest

from tests.accounts.visitor import Visitor
from tests.intake.conftest import NOON
from weerbaar.accounts import groups, quorum_cover, quorum_holders
from weerbaar.intake import handing_over
from weerbaar.intake.casework import NotYourCase

NEEDED = 2


@pytest.fixture
def team(desk):
    """Everybody admitted; Bram, Esther's colleague Carla and Dirk hold shares."""
    founder = desk.installation.coordinator
    for actor in (desk.anna, desk.bram, desk.carla):
        desk.do(groups.admit, founder, "confidants", actor.person_id, NOON)
    desk.actors["dirk"] = desk.installation.person("Dirk")
    holders = [one.person_id for one in (desk.dirk, desk.bram, desk.carla)]
    desk.do(quorum_holders.choose, founder, holders, NOON, needed=NEEDED)
    desk.do(quorum_cover.keep_up, desk.anna.keys, NOON)
    return desk


def test_a_successor_receives_the_cases(team, app):
    app.extensions["weerbaar.succeed"] = handing_over.step
    desk, installation = team, team.installation
    installation.clock.set(NOON)
    successor = installation.person("Sander")
    cases = [desk.open_case(desk.anna, name=f"Naam {number}") for number in range(3)]
    with pytest.raises(NotYourCase):
        desk.read(successor, cases[0])

    carla = Visitor(app).sign_in(installation, desk.carla)
    page = f"/people/{desk.anna.person_id}/successor"
    carla.send(page, {"person": str(desk.carla.person_id)})
    assert carla.status == 422, "nobody agrees to himself"
    carla.send(page, {"person": str(successor.person_id)})
    assert carla.status == 303

    sander = Visitor(app).sign_in(installation, successor)
    assert "U volgt Anna op" in sander.see("/quorum").text
    words = re.search(r"data-words>([^<]+)<", sander.page)[1]
    take = re.search(r"/quorum/requests/[\w-]+/", sander.page)[0] + "take"
    # Who agreed gives no share as well.
    assert "/quorum/requests/" not in carla.see("/quorum").page
    for holder in (desk.bram, desk.dirk):
        sander.send(take, at="/quorum")
        assert "nog niet genoeg hulp" in sander.follow().text
        helper = Visitor(app).sign_in(installation, holder)
        request = re.search(r"/quorum/requests/[\w-]+", helper.see("/quorum").page)[0]
        assert "Met uw hulp krijgt Sander de casussen van Anna" in helper.see(request).text
        helper.send(request, {"words": words})
        installation.clock.forward(minutes=2)
    sander.send(take, at="/quorum")
    assert "U hebt alle casussen ontvangen" in sander.follow().text
    for case_id in cases:
        assert desk.read(successor, case_id).who is not None
    # It was for this once.
    assert sander.send(take, at="/account").status == 404
