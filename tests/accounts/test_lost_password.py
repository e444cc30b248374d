"""Password and recovery code are both lost: with the holders' help, and without any.

With the recovery code alone it goes as `test_signin` says.
"""

import re

import pyotp
import pytest

from tests.accounts.visitor import Visitor
from weerbaar.accounts import envelopes
from weerbaar.accounts.alone import COUNTS, Alone
from weerbaar.accounts.envelopes import Kind
from weerbaar.accounts.recipients import Person

FRESH = "een heel ander wachtwoord"


@pytest.fixture
def bram(installation):
    return installation.person("Bram")


@pytest.fixture
def coordinator(app, installation):
    """The founder, with a recovery code already."""
    visitor = Visitor(app).sign_in(installation, installation.coordinator)
    code = visitor.see("/recovery-code").shown("recovery-code")
    return visitor.send("/recovery-code", {"recovery_code_again": code})


def write(installation, reader):
    with installation.house.database.session() as session:
        record = envelopes.seal(
            session, installation.house.vault, kind=Kind.CASE_WHAT, plaintext=b"wat er gebeurde",
            recipients=[Person(reader.person_id)], now=installation.clock.now(),
        )  # fmt: skip
        session.commit()
    return record


def opens_link(app, installation, page):
    """Somebody uses the link that a page shows; he is signed in then."""
    link = re.search(r"/invitation/[\w-]+", page)[0]
    visitor = Visitor(app)
    secret = visitor.see(link).shown("totp-secret").replace(" ", "")
    assert "U begint opnieuw" in visitor.text
    visitor.send(
        link,
        {
            "password": FRESH, "password_again": FRESH,
            "code": pyotp.TOTP(secret).at(installation.clock.now()),
            "recovery_code_again": visitor.shown("recovery-code"),
        },
    )  # fmt: skip
    assert visitor.location == "/"
    return visitor


def test_with_the_holders_a_key_comes_back(app, installation, coordinator, anna, bram):
    dirk = installation.person("Dirk")
    holders = [str(one.person_id) for one in (installation.coordinator, anna, bram)]
    coordinator.send("/quorum/holders", {"people": holders, "needed": "2"}, at="/quorum")
    assert "Dirk" in coordinator.see("/quorum").text
    Visitor(app).sign_in(installation, dirk)
    assert "Van 2 mensen kan de sleutel" in coordinator.see("/quorum").text
    write(installation, dirk)

    address = f"/people/{dirk.person_id}/start-over"
    # Who makes the link does not help with the key.
    assert "2 van 2 collega's kunnen" in coordinator.see(address).text
    back = opens_link(app, installation, coordinator.send(address).page)
    assert "Het gaat om 1 casus" in back.see("/account/key").text
    assert "Nieuwe sleutel maken" not in back.text, "it would destroy the one that waits"
    back.send("/account/key/take", at="/account/key")
    assert back.status == 404, "nothing was asked"
    back.send("/account/key/ask", at="/account/key")
    words = back.follow().shown("fingerprint-words")

    for number, holder in enumerate((anna, bram)):
        installation.clock.forward(seconds=90)
        helper = Visitor(app).sign_in(installation, holder)
        request = re.search(r"/quorum/requests/[\w-]+", helper.see("/quorum").page)[0]
        assert "vraagt uw hulp" in helper.see(request).text
        assert words not in helper.page, "they must be heard"
        helper.send(request, {"words": "lusab babad gutih tugad"})
        assert helper.status == 422
        helper.send(request, {"words": f" {words.upper()} "})
        assert helper.location == "/quorum"
        assert helper.see(request).status == 404
        back.send("/account/key/take", at="/account/key")
        said = back.follow().text
        assert ("Alles wat uw vroegere sleutel opende" in said) is bool(number), said
    assert "Staat klaar" in back.text


def test_a_request_is_no_business_of_others(app, installation, coordinator, anna, bram):
    dirk, eva = installation.person("Dirk"), installation.person("Eva")
    holders = [str(one.person_id) for one in (installation.coordinator, anna, bram)]
    coordinator.send("/quorum/holders", {"people": holders, "needed": "2"}, at="/quorum")
    Visitor(app).sign_in(installation, dirk)
    back = opens_link(
        app, installation, coordinator.send(f"/people/{dirk.person_id}/start-over").page
    )
    back.send("/account/key/ask", at="/account/key")
    assert "/quorum/requests/" not in coordinator.see("/quorum").page, "she made the link"
    helper = Visitor(app).sign_in(installation, anna)
    request = re.search(r"/quorum/requests/[\w-]+", helper.see("/quorum").page)[0]
    other = Visitor(app).sign_in(installation, eva)
    for path in (request, f"{request}/refuse"):
        assert other.send(path, {"words": "x"}, at="/account").status == 404
    assert other.send("/quorum/holders", {"people": holders}, at="/account").status == 403
    helper.send(f"{request}/refuse", at=request)
    assert "Geweigerd" in helper.follow().text
    assert "Hulp vragen" in back.see("/account/key").page


def test_with_neither_it_is_lost_and_the_pages_say_so(app, installation, coordinator):
    dirk = installation.person("Dirk")
    write(installation, dirk)
    # Cases are counted by the room that keeps them, which the roof plugs in.
    app.extensions[COUNTS] = lambda _session, person_id: Alone(cases=person_id == dirk.person_id)
    address = f"/people/{dirk.person_id}/start-over"
    assert "De vroegere sleutel kan niet terug" in coordinator.see(address).text
    assert "Het gaat om 1 casus" in coordinator.text
    back = opens_link(app, installation, coordinator.send(address).page)
    back.see("/account/key")
    assert "1 casus is voor u niet meer te openen" in back.text
    assert "Niemand kan hem terugmaken" in back.text
    back.send("/account/key/ask", at="/account/key")
    assert "te weinig mensen" in back.follow().text
    assert Visitor(app).see("/sign-in/recover").text.count("Die maakt een nieuwe start") == 1
