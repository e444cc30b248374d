"""Somebody finds an open session: what gives an account away asks first who is there."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from tests.accounts.visitor import Visitor
from tests.installation import PASSWORD
from weerbaar.accounts import (
    deliveries,
    notice_rules,
    notices,
    quorum_cover,
    quorum_holders,
    quorum_requests,
    wrappings,
)
from weerbaar.accounts.actors import Role
from weerbaar.accounts.confirming import FORM, FRESH
from weerbaar.accounts.models import DeliveryRow
from weerbaar.accounts.notice_rules import Channel
from weerbaar.accounts.quorum_requests import Kind
from weerbaar.accounts.wrappings import Way

pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)


def told(installation, who):
    with installation.house.database.session() as session:
        return [one.code for one in notices.unread(session, who.person_id)]


def recovery(installation, who):
    """The id of what opens with the recovery code of somebody."""
    with installation.house.database.session() as session:
        row = wrappings.find(session, who.person_id, Way.RECOVERY)
        return None if row is None else row.id


def waits(installation, visitor, wait):
    """Time passes, and the session stays awake meanwhile."""
    for _ in range(2):
        installation.clock.forward(seconds=wait.total_seconds() / 2)
        visitor.see("/account")


def make_code(visitor):
    visitor.send("/account/recovery-code", at="/account")
    code = visitor.follow().shown("recovery-code")
    visitor.send("/recovery-code", {"recovery_code_again": code})
    return code


def test_an_unlocked_device_makes_no_recovery_code(installation, anna, signed_in):
    make_code(signed_in)
    kept = recovery(installation, anna)
    waits(installation, signed_in, FRESH)
    signed_in.send("/account/recovery-code", at="/account")
    assert signed_in.location.startswith("/confirm")
    assert signed_in.see("/recovery-code").location == "/confirm?next=/recovery-code"
    # Its owner does it in one more step.
    signed_in.send("/confirm?next=/account", {"password": PASSWORD})
    signed_in.send("/account/recovery-code", at="/account")
    code = signed_in.follow().shown("recovery-code")
    token = signed_in.token()
    # The page was left open: whoever finds it does not type the code back.
    waits(installation, signed_in, FORM)
    signed_in.post("/recovery-code", {"csrf_token": token, "recovery_code_again": code})
    assert signed_in.location == "/confirm?next=/recovery-code"
    assert recovery(installation, anna) == kept
    signed_in.send(signed_in.location, {"password": PASSWORD})
    signed_in.send(signed_in.location, {"recovery_code_again": code})
    assert signed_in.location == "/account"
    assert recovery(installation, anna) != kept


def test_who_owes_a_recovery_code_can_say_who_he_is(app, installation):
    visitor = Visitor(app).sign_in(installation, installation.coordinator)
    assert visitor.follow().location == "/recovery-code"
    code = visitor.follow().shown("recovery-code")
    assert told(installation, installation.coordinator) == []
    installation.clock.forward(seconds=FRESH.total_seconds())
    assert visitor.see("/recovery-code").location == "/confirm?next=/recovery-code"
    visitor.send("/confirm?next=/recovery-code", {"password": PASSWORD})
    assert visitor.follow().shown("recovery-code") == code
    visitor.send("/recovery-code", {"recovery_code_again": code})
    assert visitor.location == "/"
    assert told(installation, installation.coordinator) == [], "the first one is no news"


def test_who_is_told_cannot_be_kept_from_it_by_reading_it_first(installation, anna, signed_in):
    make_code(signed_in)
    assert told(installation, anna) == ["recovery_changed"]
    house, now = installation.house, installation.clock.now()
    with house.database.session() as session:
        waiting = notices.unread(session, anna.person_id)
        notices.mark_read(session, anna.person_id, [one.id for one in waiting], now)
        deliveries.plan(session, house.vault, set(Channel), now + timedelta(seconds=5))
        session.commit()
        assert set(session.scalars(select(DeliveryRow.channel))) == {"sms", "mail"}


def test_each_new_way_in_is_told_to_its_owner(installation, anna, signed_in):
    fresh = "een heel ander wachtwoord"
    typed = {"present": PASSWORD, "password": fresh, "password_again": fresh}
    signed_in.send("/account/password", typed, at="/account")
    signed_in.send("/account/key/renew", {"present": fresh})
    assert sorted(told(installation, anna)) == ["key_changed", "password_changed"]
    assert set(told(installation, anna)) <= notice_rules.ABOUT_ACCESS


def test_an_unlocked_device_gives_up_no_former_key(installation, anna, signed_in):
    waits(installation, signed_in, FRESH)
    signed_in.send("/account/key/give-up", at="/account/key")
    assert signed_in.location.startswith("/confirm")
    signed_in.send("/confirm?next=/account/key", {"password": PASSWORD})
    assert signed_in.send("/account/key/give-up", at="/account/key").status == 404, "none waits"


def test_an_unlocked_device_gives_no_share_and_takes_no_key(app, installation, anna, signed_in):
    bram, dirk = installation.person("Bram"), installation.person("Dirk")
    house, now = installation.house, installation.clock.now()
    holders = [one.person_id for one in (installation.coordinator, anna, bram)]
    with house.database.session() as session:
        quorum_holders.choose(session, house.vault, installation.coordinator, holders, now)
        session.commit()
    with house.database.session() as session:
        assert quorum_cover.keep_up(session, house.vault, dirk.keys, now)
        request = quorum_requests.ask(
            session, house.vault, installation.coordinator, dirk.person_id, now,
            kind=Kind.SUCCESSOR, for_id=installation.coordinator.person_id,
        )  # fmt: skip
        session.commit()
    page = f"/quorum/requests/{request}"
    token = signed_in.see(page).token()
    waits(installation, signed_in, FRESH)
    assert signed_in.see(page).location == f"/confirm?next={page}"
    for path in ("/account/key/take", f"{page}/take"):
        signed_in.send(path, at="/account/key")
        assert signed_in.location.startswith("/confirm"), path
    waits(installation, signed_in, FORM)
    sent = {"csrf_token": token, "words": "lusab babad gutih tugad"}
    assert signed_in.post(page, sent).location == f"/confirm?next={page}"
    # Its owner goes on after one more step.
    signed_in.send(f"/confirm?next={page}", {"password": PASSWORD})
    assert signed_in.location == page
    assert signed_in.send(page, {"words": "lusab babad gutih tugad"}).status == 422


def test_an_unlocked_device_closes_no_account(app, installation, anna):
    admin = Visitor(app).sign_in(installation, installation.person("Ada", (Role.ADMIN,)))
    page = f"/people/{anna.person_id}/leave"
    token = admin.see(page).token()
    waits(installation, admin, FRESH)
    assert admin.see(page).location == f"/confirm?next={page}"
    waits(installation, admin, FORM)
    assert admin.post(page, {"csrf_token": token}).location == f"/confirm?next={page}"
    # Without the key of the session nobody is asked this: he unlocks first.
    installation.clock.forward(minutes=16)
    assert admin.see(page).location == f"/unlock?next={page}"
    admin.send(admin.location, {"password": PASSWORD})
    assert admin.send(page).location == "/people"
    installation.clock.forward(minutes=1)
    assert Visitor(app).sign_in(installation, anna).status == 422
