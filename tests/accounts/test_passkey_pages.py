"""Passkeys on the pages: signing in, unlocking, confirming, and the list of one's own."""

import json

import pytest
from sqlalchemy import select

from tests.accounts.authenticator import Authenticator, written
from tests.accounts.visitor import Visitor
from tests.installation import PASSWORD
from weerbaar.accounts.actors import Role
from weerbaar.accounts.models import (
    KeyWrappingRow,
    NoticeRow,
    PasskeyRow,
    SessionRow,
    TrailRow,
)

pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)


def options(visitor, path):
    return json.loads(visitor.see(path).page)


def fields(answer):
    said, prf = answer
    return {"passkey_answer": said, "passkey_prf": "" if prf is None else written(prf)}


def add(visitor, device, label="Telefoon"):
    made = device.make(options(visitor, "/account/passkeys/new/passkey"))
    return visitor.send("/account/passkeys/new", {"label": label, **fields(made)})


def touch(visitor, device, at, asking, **more):
    visitor.see(at)
    answer = device.touch(options(visitor, asking))
    return visitor.send(at, {**fields(answer), **more})


@pytest.fixture
def device(signed_in):
    device = Authenticator()
    assert add(signed_in, device).location == "/account/passkeys"
    return device


def rows(installation, table):
    with installation.house.database.session() as session:
        return list(session.scalars(select(table)))


def test_one_touch_signs_in_and_opens_what_is_sealed(app, device, installation):
    phone = Visitor(app)
    touch(phone, device, "/sign-in?next=/cases", "/sign-in/passkey")
    assert phone.location == "/cases"
    assert phone.follow().status == 200
    # In place of a session that is locked: a new one, with another cookie.
    former = phone.cookie()
    installation.clock.forward(minutes=16)
    touch(phone, device, "/sign-in", "/sign-in/passkey")
    assert phone.cookie() != former
    assert len(rows(installation, SessionRow)) == 2
    assert max(rows(installation, TrailRow), key=lambda row: row.number).action == "sign-in.passkey"


def test_a_known_and_an_unknown_passkey_are_refused_alike(app, device):
    def answer(other, **wrong):
        visitor = Visitor(app)
        visitor.see("/sign-in")
        answer = other.touch(options(visitor, "/sign-in/passkey"), **wrong)
        visitor.send("/sign-in", fields(answer))
        for one in fields(answer).values():
            assert one not in visitor.page
        return visitor.status, visitor.text

    stranger = Authenticator()
    stranger.make(
        {"challenge": "", "user": {"id": "AAAA"}, "extensions": {"prf": {"eval": {"first": ""}}}}
    )
    refused = answer(device, signed=b"x")
    assert refused[0] == 422
    assert "Dat lukte niet met deze passkey" in refused[1]
    assert answer(stranger) == refused


@pytest.mark.parametrize("sent", ["{}", "no json", "[" * 5000, '{"id": 1}', '"text"', "x" * 20_001])
def test_what_is_no_answer_of_a_passkey_is_refused(visitor, sent):
    visitor.send("/sign-in", {"passkey_answer": sent})
    assert visitor.status == 422
    assert visitor.text.count("Dat lukte niet met deze passkey") == 1


def test_what_a_browser_is_asked_names_nobody(app, device, anna):
    visitor = Visitor(app)
    assert visitor.see("/sign-in/passkey").status == 400
    visitor.see("/sign-in")
    asked = options(visitor, "/sign-in/passkey")
    assert asked["rpId"] == "localhost"
    assert asked["userVerification"] == "required"
    assert not asked.get("allowCredentials")
    assert written(anna.person_id.bytes) not in json.dumps(asked)


def test_without_prf_the_password_is_asked_beside_it(app, signed_in):
    key = Authenticator(has_prf=False)
    add(signed_in, key, "Sleutelhanger")
    visitor = Visitor(app)
    touch(visitor, key, "/sign-in", "/sign-in/passkey")
    assert visitor.status == 422
    assert "Vul uw wachtwoord in en gebruik daarna uw passkey" in visitor.text
    touch(visitor, key, "/sign-in", "/sign-in/passkey", passkey_password="helemaal-iets-anders")
    assert visitor.status == 422
    touch(visitor, key, "/sign-in", "/sign-in/passkey", passkey_password=PASSWORD)
    assert visitor.location == "/"


def test_one_touch_unlocks(signed_in, device, installation):
    installation.clock.forward(minutes=16)
    assert signed_in.see("/cases").location == "/unlock?next=/cases"
    touch(signed_in, device, "/unlock?next=/cases", "/unlock/passkey")
    assert signed_in.location == "/cases"
    assert signed_in.follow().status == 200


def test_a_passkey_that_opens_nothing_is_not_offered_to_unlock(signed_in, installation):
    add(signed_in, Authenticator(has_prf=False))
    installation.clock.forward(minutes=16)
    assert 'data-passkey="get"' not in signed_in.see("/unlock").page


def test_a_new_passkey_wants_proof_that_is_not_old(signed_in, device, installation):
    installation.clock.forward(minutes=10)
    assert signed_in.see("/account/passkeys/new").location == "/confirm?next=/account/passkeys/new"
    signed_in.send("/confirm?next=/account/passkeys/new", {"password": "helemaal-iets-anders"})
    assert signed_in.status == 422
    assert signed_in.see("/account/passkeys/new").status == 302
    touch(signed_in, device, "/confirm?next=/account/passkeys/new", "/confirm/passkey")
    assert signed_in.location == "/account/passkeys/new"
    assert signed_in.follow().status == 200
    installation.clock.forward(minutes=10)
    signed_in.send("/confirm?next=/account/passkeys", {"password": PASSWORD})
    assert signed_in.location == "/account/passkeys"
    assert signed_in.see("/account/passkeys/new").status == 200
    # What was opened in time may be sent until the session would lock.
    token = signed_in.token()
    (passkey,) = rows(installation, PasskeyRow)
    where = f"/account/passkeys/{passkey.id}/remove"
    installation.clock.forward(minutes=14)
    signed_in.see("/account")
    installation.clock.forward(minutes=12)
    assert signed_in.post(where, {"csrf_token": token}).location.startswith("/confirm")
    assert len(rows(installation, PasskeyRow)) == 1


def test_a_passkey_of_a_colleague_confirms_nothing(app, signed_in, device, installation):
    rob = Visitor(app).sign_in(installation, installation.person("Rob", (Role.ROSTER_MANAGER,)))
    installation.clock.forward(minutes=10)
    rob.see("/confirm")
    asked = options(rob, "/confirm/passkey")
    assert not asked.get("allowCredentials")
    rob.send("/confirm", fields(device.touch(asked)))
    assert rob.status == 422
    assert rob.see("/account/passkeys/new").status == 302


def test_the_list_names_them_and_lets_one_go(app, signed_in, device, installation):
    add(signed_in, Authenticator(has_prf=False), "Sleutelhanger")
    signed_in.see("/account/passkeys")
    for text in ("Telefoon", "Sleutelhanger", "Opent uw gegevens", "in plaats van de code"):
        assert text in signed_in.text
    (first,) = [one.passkey_id for one in rows(installation, KeyWrappingRow) if one.passkey_id]
    rob = Visitor(app).sign_in(installation, installation.person("Rob", (Role.ROSTER_MANAGER,)))
    where = f"/account/passkeys/{first}/remove"
    assert rob.send(where, at="/account/passkeys").status == 404
    assert signed_in.send(where, at="/account/passkeys").location == "/account/passkeys"
    assert "Telefoon" not in signed_in.follow().text
    visitor = Visitor(app)
    touch(visitor, device, "/sign-in", "/sign-in/passkey")
    assert visitor.status == 422
    actions = [one.action for one in rows(installation, TrailRow)]
    assert actions.count("passkey.add") == 2
    assert "passkey.remove" in actions
    told = [one.code for one in rows(installation, NoticeRow)]
    assert told.count("passkey_added") == 2
    assert "passkey_removed" in told


def test_a_forgotten_password_is_replaced_with_a_passkey(
    app, signed_in, device, installation, anna
):
    where, fresh = "/account/password/forgotten", "een-heel-nieuw-wachtwoord"
    typed = {"password": fresh, "password_again": fresh}
    assert where in signed_in.see("/account").page
    signed_in.send(where, typed)
    assert "Dat lukte niet met deze passkey" in signed_in.text
    rob = Visitor(app).sign_in(installation, installation.person("Rob", (Role.ROSTER_MANAGER,)))
    rob.see(where)
    rob.send(where, {**typed, **fields(device.touch(options(rob, "/confirm/passkey")))})
    assert rob.status == 422
    touch(signed_in, device, where, "/confirm/passkey", **(typed | {"password_again": "anders"}))
    assert signed_in.status == 422
    touch(signed_in, device, where, "/confirm/passkey", **typed)
    assert signed_in.location == "/account"
    installation.clock.forward(minutes=1)
    assert Visitor(app).sign_in(installation, anna, password=fresh).location == "/"
    installation.clock.forward(minutes=1)
    assert Visitor(app).sign_in(installation, anna).status == 422


def test_a_removed_passkey_ends_what_was_opened_with_it(app, signed_in, device, installation):
    stolen = Visitor(app)
    touch(stolen, device, "/sign-in", "/sign-in/passkey")
    assert stolen.see("/account").status == 200
    (passkey,) = rows(installation, PasskeyRow)
    signed_in.send(f"/account/passkeys/{passkey.id}/remove", at="/account/passkeys")
    assert stolen.see("/account").location.startswith("/sign-in")
    assert signed_in.see("/account").status == 200


def test_a_passkey_without_a_name_is_not_made(signed_in, device):
    made = device.make(options(signed_in, "/account/passkeys/new/passkey"))
    signed_in.send("/account/passkeys/new", {"label": " ", **fields(made)})
    assert signed_in.status == 422
    assert "Geef de passkey een naam." in signed_in.text
