"""The board tells who can do something about it that too few people keep shares of keys."""

import pytest

from tests.accounts.visitor import Visitor
from weerbaar.accounts import groups, quorum_holders
from weerbaar.web.app import create_app

pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
WARNING = "Te weinig mensen bewaren een deel van de sleutels"


def test_a_coordinator_is_warned_until_there_are_enough_holders_and_again_when_one_goes(
    installation,
):
    house, founder = installation.house, installation.coordinator
    anna, bram, carla = (installation.person(name) for name in ("Anna", "Bram", "Carla"))
    app = create_app(house)
    coordinator = Visitor(app).sign_in(installation, founder)
    code = coordinator.see("/recovery-code").shown("recovery-code")
    coordinator.send("/recovery-code", {"recovery_code_again": code})
    confidant = Visitor(app).sign_in(installation, anna)

    def warned(visitor):
        return WARNING in visitor.see("/").text

    def does(verb, *given):
        with house.database.session() as session:
            verb(session, house.vault, founder, *given, installation.clock.now())
            session.commit()

    assert warned(coordinator)
    assert 'href="/quorum"' in coordinator.page
    assert not warned(confidant), "she cannot do anything about it"
    does(quorum_holders.choose, [one.person_id for one in (anna, bram, carla)])
    assert not warned(coordinator)
    does(groups.remove, "confidants", bram.person_id)
    assert warned(coordinator)
