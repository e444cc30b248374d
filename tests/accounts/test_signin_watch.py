"""Unusual sign-ins: their owner is told, without a word of from where, and not all day long."""

import pytest

from tests.accounts.visitor import Visitor
from weerbaar.accounts import notices, signin_watch

pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)


def told(installation, who):
    with installation.house.database.session() as session:
        return [one.code for one in notices.unread(session, who.person_id)]


def enter(app, installation, who, address):
    installation.clock.forward(minutes=1)
    assert Visitor(app, address=address).sign_in(installation, who).location == "/"


def test_a_sign_in_from_a_new_network_is_told_once_a_day(app, installation, anna):
    enter(app, installation, anna, "192.0.2.1")
    enter(app, installation, anna, "192.0.2.1")
    assert told(installation, anna) == []
    enter(app, installation, anna, "198.51.100.7")
    enter(app, installation, anna, "203.0.113.9")
    assert told(installation, anna) == ["sign_in_strange"]
    installation.clock.forward(days=1)
    enter(app, installation, anna, "198.51.100.7")
    assert told(installation, anna) == ["sign_in_strange"]
    enter(app, installation, anna, "203.0.113.10")
    assert told(installation, anna) == ["sign_in_strange"] * 2


def test_many_tries_of_strangers_are_told_to_whom_they_were_aimed_at(app, installation, anna):
    bram = installation.person("Bram")
    for number in range(signin_watch.MANY):
        assert signin_watch.tell_of_tries(installation.house, installation.clock.now()) == 0
        stranger = Visitor(app, address=f"203.0.113.{number}")
        assert stranger.sign_in(installation, anna, code="000000").status == 422
        assert stranger.send("/sign-in", {
            "email": "niemand@example.nl", "password": "x" * 12, "code": "000000",
        }).status == 422  # fmt: skip
    assert signin_watch.tell_of_tries(installation.house, installation.clock.now()) == 1
    assert signin_watch.tell_of_tries(installation.house, installation.clock.now()) == 0
    assert told(installation, anna) == ["sign_in_tried"]
    assert told(installation, bram) == []
    installation.clock.forward(days=1)
    assert signin_watch.tell_of_tries(installation.house, installation.clock.now()) == 0
