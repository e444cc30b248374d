"""The app for codes is lost, password and recovery code are not: a link sets up a new one."""

import re
from datetime import timedelta

import pyotp
import pytest
from sqlalchemy import select

from tests.accounts.visitor import Visitor
from tests.installation import PASSWORD
from weerbaar.accounts import app_links, invitations, links, notices, people, wrappings
from weerbaar.accounts.actors import Role
from weerbaar.accounts.app_links import NotOffered
from weerbaar.accounts.links import LinkOver
from weerbaar.accounts.models import InvitationRow, KeyWrappingRow, TrailRow
from weerbaar.crypto.wrapping import RecoveryCode

pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)


@pytest.fixture
def does(installation):
    """A verb in a transaction of its own."""

    def done(verb, *given):
        with installation.house.database.session() as session:
            try:
                return verb(session, installation.house.vault, *given)
            finally:
                session.commit()

    return done


@pytest.fixture
def coordinator(app, installation):
    """The founder, with a recovery code already."""
    visitor = Visitor(app).sign_in(installation, installation.coordinator)
    code = visitor.see("/recovery-code").shown("recovery-code")
    return visitor.send("/recovery-code", {"recovery_code_again": code})


@pytest.fixture
def link(coordinator, anna):
    """What the coordinator gets to hand over."""
    page = coordinator.send(f"/people/{anna.person_id}/new-app")
    return re.search(r"/new-app/[\w-]+", page.shown("invitation-link"))[0]


def code_of(visitor, link, now):
    secret = visitor.see(link).shown("totp-secret").replace(" ", "")
    return secret, pyotp.TOTP(secret).at(now)


def told(installation, who):
    with installation.house.database.session() as session:
        return [one.code for one in notices.unread(session, who.person_id)]


def ways(installation, who):
    with installation.house.database.session() as session:
        rows = session.scalars(
            select(KeyWrappingRow).where(
                KeyWrappingRow.person_id == who.person_id, KeyWrappingRow.session_id.is_(None)
            )
        )
        return {(row.id, bytes(row.wrapped)) for row in rows}


def test_a_new_app_with_the_old_password(app, installation, anna, signed_in, link):
    assert signed_in.see("/cases").status == 200
    before = ways(installation, anna)
    stranger = Visitor(app, address="198.51.100.9")
    secret, code = code_of(stranger, link, installation.clock.now())
    assert code_of(stranger, link, installation.clock.now())[0] == secret, "loaded once more"
    assert stranger.send(link, {"code": "000000"}).status == 422
    assert "De code klopt niet" in stranger.text
    assert signed_in.see("/cases").status == 200, "until it is used everything stays"
    stranger.send(link, {"code": code})
    assert "Uw nieuwe app is gekoppeld" in stranger.text

    # It signed nobody in, and the sessions of before are over.
    assert stranger.cookie() is None
    assert stranger.see("/cases").location.startswith("/sign-in")
    assert signed_in.see("/cases").location.startswith("/sign-in")
    assert ways(installation, anna) == before, "nothing was destroyed"

    # The link alone opens nothing, and the code that was used counts no more.
    installation.clock.forward(minutes=1)
    fresh = pyotp.TOTP(secret).at(installation.clock.now())
    assert stranger.sign_in(installation, anna, password="x" * 12, code=fresh).status == 422
    installation.clock.forward(minutes=1)
    assert Visitor(app).sign_in(installation, anna).status == 422, "the old app"
    fresh = pyotp.TOTP(secret).at(installation.clock.now())
    back = Visitor(app).sign_in(installation, anna, password=PASSWORD, code=fresh)
    assert back.location == "/"
    assert back.see("/cases").status == 200


def test_a_new_app_with_the_recovery_code(app, installation, does, anna, link):
    visitor, kept = Visitor(app), RecoveryCode.new()
    does(wrappings.set_recovery, anna.keys, kept, installation.clock.now())
    secret, code = code_of(visitor, link, installation.clock.now())
    visitor.send(link, {"code": code})
    installation.clock.forward(minutes=1)
    typed = {
        "email": installation.mail(anna), "recovery_code": kept.text(),
        "code": pyotp.TOTP(secret).at(installation.clock.now()),
        "password": "een heel ander wachtwoord", "password_again": "een heel ander wachtwoord",
    }  # fmt: skip
    assert visitor.send("/sign-in/recover", typed).location == "/recovery-code"


def test_it_works_once(app, installation, link):
    visitor = Visitor(app)
    _secret, code = code_of(visitor, link, installation.clock.now())
    visitor.send(link, {"code": code})
    assert visitor.see(link).status == 410
    assert visitor.send(link, {"code": code}, at="/sign-in").status == 410
    assert "Deze link werkt niet meer" in visitor.text


def test_of_two_at_once_one_wins(does, installation, anna):
    coordinator, now = installation.coordinator, installation.clock.now()
    token = does(app_links.offer, coordinator, anna.person_id, now)
    seen = does(app_links.look_up, token, now)
    totp = pyotp.TOTP(seen.secret)
    does(app_links.take, seen, totp.at(now), now)
    with pytest.raises(LinkOver):
        does(app_links.take, seen, totp.at(now + timedelta(seconds=30)), now)


def test_it_dies_after_72_hours(app, installation, does, link):
    visitor = Visitor(app)
    installation.clock.forward(hours=71, minutes=59)
    assert visitor.see(link).status == 200
    installation.clock.forward(minutes=1)
    assert visitor.see(link).status == 410
    assert does(links.expire, installation.clock.now()) == 1
    with installation.house.database.session() as session:
        assert [row.secret_id for row in session.scalars(select(InvitationRow))] == [None]


def test_a_newer_link_of_either_kind_makes_it_void(app, installation, coordinator, anna, link):
    coordinator.send(f"/people/{anna.person_id}/new-app")
    newer = re.search(r"/new-app/[\w-]+", coordinator.shown("invitation-link"))[0]
    assert Visitor(app).see(link).status == 410
    coordinator.send(f"/people/{anna.person_id}/start-over")
    assert Visitor(app).see(newer).status == 410


def test_a_link_for_one_end_is_nobodys_for_another(app, installation, does, anna, link):
    token = link.rpartition("/")[2]
    assert Visitor(app).see(f"/invitation/{token}").status == 410
    now = installation.clock.now()
    token = does(invitations.start_over, installation.coordinator, anna.person_id, now)
    assert Visitor(app).see(f"/new-app/{token}").status == 410


def test_who_is_told_and_what_the_trail_keeps(app, installation, does, coordinator, anna):
    other = installation.person("Dirk", (Role.COORDINATOR,))
    coordinator.send(f"/people/{anna.person_id}/new-app")
    link = re.search(r"/new-app/[\w-]+", coordinator.shown("invitation-link"))[0]
    assert told(installation, anna) == ["app_link"]
    assert told(installation, other) == ["colleague_app_link"]
    assert told(installation, installation.coordinator) == []
    visitor = Visitor(app)
    visitor.send(link, {"code": code_of(visitor, link, installation.clock.now())[1]})
    assert sorted(told(installation, anna)) == ["app_changed", "app_link"]
    with installation.house.database.session() as session:
        rows = session.scalars(
            select(TrailRow).where(TrailRow.action.like("totp.%")).order_by(TrailRow.number)
        )
        assert [(row.action, row.actor_id, row.object_id) for row in rows] == [
            ("totp.offer", installation.coordinator.person_id, str(anna.person_id)),
            ("totp.replace", anna.person_id, str(anna.person_id)),
        ]


def test_nobody_makes_one_for_himself_or_for_who_has_no_account(
    app, installation, coordinator, does, anna
):
    own = installation.coordinator
    assert coordinator.see(f"/people/{own.person_id}/new-app").status == 404
    assert "/new-app" not in coordinator.see(f"/people/{own.person_id}").page
    assert "/new-app" in coordinator.see(f"/people/{anna.person_id}").page
    invited = installation.person("Eva", signed_in=False)
    for person_id in (own.person_id, invited.person_id):
        with pytest.raises(NotOffered):
            does(app_links.offer, own, person_id, installation.clock.now())
    assert Visitor(app).sign_in(installation, anna).send(
        f"/people/{anna.person_id}/new-app", at="/account"
    ).status == 403  # fmt: skip


def test_making_one_asks_who_is_there(installation, coordinator, anna):
    installation.clock.forward(minutes=11)
    address = f"/people/{anna.person_id}/new-app"
    assert coordinator.see(address).location == f"/confirm?next={address}"


def test_who_left_meanwhile_sets_up_nothing(app, installation, does, anna, link):
    installation.person("Bram")
    does(people.leave, installation.coordinator, anna.person_id, installation.clock.now())
    assert Visitor(app).see(link).status == 410
