"""An invitation is used with a passkey: what it needs besides, and what ends with it."""

import json

import pyotp
import pytest
from sqlalchemy import select

from tests.accounts.authenticator import Authenticator, written
from tests.accounts.visitor import Visitor
from weerbaar.accounts import invitations
from weerbaar.accounts.invitations import OneWayOnly
from weerbaar.accounts.models import KeyWrappingRow, PasskeyRow

pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)


@pytest.fixture
def start_over(installation, anna):
    """A link with which Anna starts over."""
    house, now = installation.house, installation.clock.now()
    with house.database.session() as session:
        token = invitations.start_over(
            session, house.vault, installation.coordinator, anna.person_id, now
        )
        session.commit()
    return token


def filled_in(installation, visitor, link, device):
    """Everything that the page asks, with a passkey of a device."""
    secret = visitor.see(link).shown("totp-secret").replace(" ", "")
    recovery = visitor.shown("recovery-code")
    options = json.loads(visitor.see(link.replace("?way=passkey", "/passkey")).page)
    said, prf = device.make(options)
    return {
        "label": "Telefoon", "code": pyotp.TOTP(secret).at(installation.clock.now()),
        "recovery_code_again": recovery, "passkey_answer": said,
        "passkey_prf": "" if prf is None else written(prf),
    }  # fmt: skip


def ways(installation, person_id):
    with installation.house.database.session() as session:
        kinds = session.scalars(
            select(KeyWrappingRow.kind).where(
                KeyWrappingRow.person_id == person_id, KeyWrappingRow.session_id.is_(None)
            )
        )
        return sorted(kinds)


def test_who_starts_over_with_a_passkey_has_no_former_password(app, installation, anna, start_over):
    assert ways(installation, anna.person_id) == ["password", "recovery"]
    link = f"/invitation/{start_over}?way=passkey"
    visitor = Visitor(app)
    sent = filled_in(installation, visitor, link, Authenticator())
    assert visitor.send(link, sent).location == "/"
    assert ways(installation, anna.person_id) == ["passkey", "recovery"]
    installation.clock.forward(minutes=1)
    assert Visitor(app).sign_in(installation, anna).status == 422, "the former password and app"
    # The link, its page and its options are over.
    assert visitor.see(link).status == 410
    assert visitor.see(f"/invitation/{start_over}/passkey").status == 410


def test_a_passkey_that_opens_nothing_is_never_the_only_way(app, installation, anna, start_over):
    link = f"/invitation/{start_over}?way=passkey"
    visitor = Visitor(app)
    sent = filled_in(installation, visitor, link, Authenticator(has_prf=False))
    visitor.send(link, sent)
    assert visitor.status == 422
    assert "Kies er ook een wachtwoord bij" in visitor.text
    short = {"password": "te kort", "password_again": "te kort"}
    assert visitor.send(link, sent | short).status == 422
    unlike = {"password": "een zin van vijf woorden", "password_again": "iets anders dan dat"}
    assert visitor.send(link, sent | unlike).status == 422
    assert ways(installation, anna.person_id) == ["password", "recovery"], "nothing changed yet"
    good = dict.fromkeys(unlike, "een zin van vijf woorden")
    assert visitor.send(link, sent | good).location == "/"
    assert ways(installation, anna.person_id) == ["password", "recovery"]


def test_the_verb_keeps_a_key_in_two_ways(installation, start_over):
    house, now = installation.house, installation.clock.now()
    with house.database.session() as session:
        seen = invitations.look_up(session, house.vault, start_over, now)
        with pytest.raises(OneWayOnly):
            invitations.accept(session, house.vault, seen, None, 1, now)


def test_a_passkey_that_was_made_for_another_end_makes_no_account(app, installation, start_over):
    link = f"/invitation/{start_over}?way=passkey"
    visitor = Visitor(app)
    sent = filled_in(installation, visitor, link, Authenticator())
    # Of another browser: its challenge is tied to that one.
    other = Visitor(app)
    other.send(link, sent)
    assert other.status == 422
    assert "Dat lukte niet met deze passkey" in other.text
    with installation.house.database.session() as session:
        assert session.scalars(select(PasskeyRow)).all() == []
