"""After a heavy call the confidant is asked how he is, and nobody else ever knows."""

import pytest
from sqlalchemy import select, text

from weerbaar.accounts.actors import Role
from weerbaar.accounts.models import TrailRow
from weerbaar.simulator import personas
from weerbaar.web.app import create_app

pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)

ASKED = "Hoe gaat het met u?"
ASKS = personas.caller(personas.presses("1", text="Wilt u dat", finished=True))
PEER = "+31612345655"


@pytest.fixture
def anna(desk):
    desk.board.app = create_app(desk.house)
    return desk.confidant("Anna", 1, personas.off())


@pytest.fixture
def peer(desk):
    return desk.installation.person("Esther", [Role.PEER], phone=PEER)


def record(desk, page, urgency):
    item = desk.item(desk.call(ASKS))
    page.send(f"/calls/{item.id}/record", {"narrative": "Een dreiging.", "urgency": urgency})
    assert page.status == 303


def test_it_is_asked_after_an_acute_call_and_goes_when_it_is_put_away(desk, visit, anna):
    page, other = visit(anna), visit(desk.installation.coordinator)
    record(desk, page, "high")
    assert ASKED not in page.see("/").text
    record(desk, page, "acute")
    assert ASKED in page.see("/").text
    assert ASKED not in other.see("/").text
    page.send("/after-care/put-away", at="/")
    assert ASKED not in page.see("/").text
    assert visit(anna).see("/").text.count(ASKED) == 0


def test_it_is_asked_after_a_call_of_somebody_who_pressed_9(desk, visit, anna):
    desk.network.phone(desk.phones["Anna"], personas.answers("1", talks=30))
    page, other = visit(anna), visit(desk.installation.coordinator)
    caller = personas.caller(personas.presses("9"), personas.hangs_up("bridged", after=20))
    desk.call(caller)
    assert ASKED in page.see("/").text
    assert ASKED not in other.see("/").text
    page.send("/after-care/put-away", at="/")
    assert ASKED not in page.see("/").text
    desk.call(caller)
    assert ASKED in page.see("/").text


def test_no_table_tells_that_it_was_asked(desk, visit, anna):
    page = visit(anna)
    record(desk, page, "acute")
    assert ASKED in page.see("/").text
    with desk.house.database.session() as session:
        tables = session.execute(text("SELECT name FROM sqlite_master WHERE type = 'table'"))
        for (table,) in tables.all():
            for row in session.execute(text(f'SELECT * FROM "{table}"')):
                assert "care" not in [str(value) for value in row], table


def test_my_telephone_rings_first_and_the_peer_sees_the_hotline(desk, visit, anna, peer):
    desk.network.phone(desk.phones["Anna"], personas.answers("1", talks=60))
    desk.network.phone(PEER, personas.answers(talks=30))
    page = visit(anna).see("/after-care")
    assert "Esther" in page.text
    assert PEER[3:] not in page.page
    page.send("/after-care/call", {"peer": str(peer.person_id)}, at="/after-care")
    assert page.status == 303
    assert "Uw telefoon gaat over" in page.see(page.location).text
    desk.network.run_until_idle()
    mine = desk.network.calls[0]
    assert mine.to == desk.phones["Anna"]
    (hers,) = mine.children
    assert (hers.to, hers.from_) == (PEER, "+31703738314")
    assert PEER in mine.bridged_with
    with desk.house.database.session() as session:
        actions = session.scalars(select(TrailRow.action)).all()
    assert "call_back.begin" in actions
    assert not [one for one in actions if "care" in one]


def test_only_peers_can_be_called_and_those_on_duty_come_first(desk, visit, anna, peer):
    both = desk.installation.person("Zoë", [Role.PEER, Role.CONFIDANT], phone="+31612345656")
    desk.on_duty(both, 2)
    page = visit(anna).see("/after-care")
    assert page.text.index("Zoë") < page.text.index("Esther")
    coordinator = desk.installation.coordinator.person_id
    for asked in (str(coordinator), "nobody", str(anna.person_id)):
        page.send("/after-care/call", {"peer": asked}, at="/after-care")
        assert page.status == 409
    assert desk.network.calls == []


def test_who_takes_no_calls_has_no_such_page(desk, visit, anna):
    rob = visit(desk.installation.person("Rob", [Role.ROSTER_MANAGER]))
    assert rob.see("/after-care").status == 403
