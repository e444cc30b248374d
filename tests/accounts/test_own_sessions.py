"""One's own sessions: seen, ended one by one, and closed all at once."""

import re

import pytest
from sqlalchemy import select

from tests.accounts.visitor import Visitor
from tests.installation import PASSWORD
from weerbaar.accounts import notices, own_sessions
from weerbaar.accounts.actors import Role
from weerbaar.accounts.devices import Device, device_of
from weerbaar.accounts.models import KeyWrappingRow, SessionRow, TrailRow

PHONE = "Mozilla/5.0 (iPhone; CPU iPhone OS 18_1 like Mac OS X) AppleWebKit/605.1.15"
DESK = "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36"


def sign_in(app, installation, who, agent):
    visitor = Visitor(app)
    installation.clock.forward(minutes=1)
    token = visitor.see("/sign-in").token()
    fields = {
        "csrf_token": token,
        "email": installation.mail(who),
        "password": PASSWORD,
        "code": installation.code(who),
    }
    assert visitor.post("/sign-in", fields, User_Agent=agent).location == "/"
    return visitor


def count(installation, table, *conditions):
    with installation.house.database.session() as session:
        return len(list(session.scalars(select(table).where(*conditions))))


on_sqlite = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)


@pytest.fixture
def phone(app, installation, anna):
    return sign_in(app, installation, anna, PHONE)


@pytest.fixture
def desk(app, installation, anna):
    return sign_in(app, installation, anna, DESK)


@on_sqlite
def test_each_session_is_shown_and_can_be_ended_from_another(phone, desk):
    desk.see("/account/sessions")
    assert desk.text.index("Windows-computer") < desk.text.index("iPhone")
    assert desk.text.count("deze sessie") == 1
    (reference,) = re.findall(r'name="session" value="(\w+)"', desk.page)
    desk.send("/account/sessions/end", {"session": reference}, at="/account/sessions")
    assert "iPhone" not in desk.follow().text
    assert phone.see("/").location == "/sign-in"
    assert desk.see("/cases").status == 200


@on_sqlite
def test_the_session_of_somebody_else_is_not_mine_to_end(app, installation, phone):
    rob = sign_in(app, installation, installation.person("Rob", (Role.ROSTER_MANAGER,)), DESK)
    sign_in(app, installation, installation.coordinator, DESK)
    with installation.house.database.session() as session:
        all_of_them = [own_sessions._reference(row) for row in session.scalars(select(SessionRow))]
    assert len(all_of_them) == 3
    for one in [*all_of_them, "", "nothing"]:
        rob.send("/account/sessions/end", {"session": one}, at="/account/sessions")
    assert count(installation, SessionRow) == 3


@on_sqlite
def test_all_others_at_once(installation, phone, desk):
    desk.send("/account/sessions/end-others", at="/account/sessions")
    assert count(installation, SessionRow) == 1
    assert phone.see("/").location == "/sign-in"
    assert desk.see("/cases").status == 200


@on_sqlite
def test_a_locked_session_can_still_end_the_others(installation, phone, desk):
    installation.clock.forward(minutes=16)
    assert "op slot" in desk.see("/account/sessions").text
    desk.send("/account/sessions/end-others", at="/account/sessions")
    assert count(installation, SessionRow) == 1


@on_sqlite
def test_closing_everything_leaves_no_session_no_key_and_a_page_without_a_word(
    installation, anna, phone, desk
):
    desk.send("/close-everything", at="/cases")
    assert desk.location == "/closed"
    assert desk.headers["Clear-Site-Data"] == '"cache", "cookies", "storage"'
    assert desk.cookie() is None
    page = desk.follow().page
    for word in ("Weerbaar", "Ondersteuningsteam", "37 38 314", "Anna", "Inloggen", 'href="/"'):
        assert word not in page
    assert count(installation, SessionRow) == 0
    assert count(installation, KeyWrappingRow, KeyWrappingRow.kind == "session") == 0
    assert phone.see("/").location == "/sign-in"
    with installation.house.database.session() as session:
        told = notices.unread(session, installation.coordinator.person_id)
        assert [one.code for one in told] == ["panic"]
        assert notices.unread(session, anna.person_id) == []
        last = session.scalars(select(TrailRow).order_by(TrailRow.number.desc())).first()
    assert (last.action, last.actor_id) == ("sessions.panic", anna.person_id)


@on_sqlite
def test_closing_everything_works_while_locked(installation, phone):
    installation.clock.forward(minutes=16)
    phone.send("/close-everything", at="/")
    assert phone.location == "/closed"
    assert count(installation, SessionRow) == 0


def test_devices_are_told_apart_as_coarsely_as_can_be():
    assert device_of(PHONE) is Device.IPHONE
    assert device_of(DESK) is Device.WINDOWS
    assert device_of("Mozilla/5.0 (Linux; Android 15; Pixel 9)") is Device.ANDROID
    assert device_of("Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7)") is Device.MAC
    assert device_of("Mozilla/5.0 (X11; Linux x86_64)") is Device.LINUX
    assert device_of("") is Device.OTHER
