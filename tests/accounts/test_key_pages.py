"""The pages on which somebody replaces his own key pair, or the app that makes his codes."""

import pyotp
import pytest

from tests.accounts.visitor import Visitor
from tests.installation import PASSWORD
from weerbaar.accounts import envelopes, groups, notices
from weerbaar.accounts.envelopes import Kind
from weerbaar.accounts.recipients import Group, Person

pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)


def write(installation, *recipients):
    with installation.house.database.session() as session:
        record = envelopes.seal(
            session, installation.house.vault, kind=Kind.CASE_WHAT, plaintext=b"wat er gebeurde",
            recipients=recipients, now=installation.clock.now(),
        )  # fmt: skip
        session.commit()
    return record


def read(installation, person_id, record):
    keys = installation.actor(person_id).keys
    with installation.house.database.session() as session:
        return envelopes.open_one(
            session, installation.house.vault, keys, record, kind=Kind.CASE_WHAT
        )


def test_a_new_key_pair_takes_everything_along(app, installation, anna, signed_in):
    own = write(installation, Person(anna.person_id))
    waiting = write(installation, Group("confidants"))
    installation.clock.forward(minutes=1)
    elsewhere = Visitor(app).sign_in(installation, anna)
    before = signed_in.see("/account").shown("fingerprint-words")
    assert signed_in.send("/account/key/renew", {"present": "niet dit woord"}).status == 422
    signed_in.send("/account/key/renew", {"present": PASSWORD})
    assert signed_in.location == "/recovery-code"
    assert "opent nu uw nieuwe" in signed_in.follow().page
    # Nothing else before there is a new recovery code; other devices are signed out.
    assert signed_in.see("/account").location == "/recovery-code"
    assert elsewhere.see("/").location.startswith("/sign-in")
    code = signed_in.see("/recovery-code").shown("recovery-code")
    signed_in.send("/recovery-code", {"recovery_code_again": code})
    assert signed_in.see("/account").shown("fingerprint-words") != before
    for record in (own, waiting):
        assert read(installation, anna.person_id, record) == b"wat er gebeurde"
    signed_in.send("/account/key/move", at="/account/key")
    assert signed_in.location == "/account/key"


def test_a_new_app_takes_the_place_of_the_old_one(app, installation, anna, signed_in):
    installation.clock.forward(minutes=2)
    page = signed_in.see("/account/app")
    secret = page.shown("totp-secret").replace(" ", "")
    assert signed_in.see("/account/app").shown("totp-secret").replace(" ", "") == secret
    fresh = pyotp.TOTP(secret).at(installation.clock.now())
    for wrong in ({"present": "niet dit woord", "code": fresh}, {"present": PASSWORD, "code": "0"}):
        assert signed_in.send("/account/app", wrong).status == 422
    signed_in.send("/account/app", {"present": PASSWORD, "code": fresh})
    assert signed_in.location == "/account"
    assert "Uw nieuwe app is gekoppeld" in signed_in.follow().text
    with installation.house.database.session() as session:
        assert [one.code for one in notices.unread(session, anna.person_id)] == ["app_changed"]
    installation.clock.forward(minutes=2)
    assert Visitor(app).sign_in(installation, anna).status == 422, "the old app"
    code = pyotp.TOTP(secret).at(installation.clock.now())
    assert Visitor(app).sign_in(installation, anna, code=code).status == 303


def test_a_coordinator_gives_the_groups_new_keys(app, installation):
    record = write(installation, Group("confidants"))
    visitor = Visitor(app).sign_in(installation, installation.coordinator)
    code = visitor.see("/recovery-code").shown("recovery-code")
    visitor.send("/recovery-code", {"recovery_code_again": code})
    visitor.send("/people/keys/rotate", at="/quorum")
    assert "nog onder de oude sleutel" in visitor.follow().text.replace("staat ", "").replace(
        "staan ", ""
    )
    visitor.send("/people/keys", at="/people")
    assert "De sleutels zijn vernieuwd" in visitor.follow().text
    keys = installation.actor(installation.coordinator.person_id).keys
    with installation.house.database.session() as session:
        assert groups.waiting_for_rekey(session, keys) == {}
    assert read(installation, installation.coordinator.person_id, record) == b"wat er gebeurde"
