"""Passkeys in a real browser, with a device that has PRF and one that has not."""

import re

import pytest
from playwright.sync_api import expect

from weerbaar.web.fictitious import PASSWORD

pytestmark = pytest.mark.browser


@pytest.fixture
def at_a_name(demo, watch, sign_in):
    """Anna, signed in at the name of this machine: browsers make no passkeys for a number."""
    watch.hosts.add(demo.url.removeprefix("http://").replace("127.0.0.1", "localhost"))

    def opened(*, prf):
        address = demo.url.replace("127.0.0.1", "localhost")
        demo.url = address
        page = sign_in("Anna", base_url=address)
        devices = page.context.new_cdp_session(page)
        devices.send("WebAuthn.enable")
        devices.send(
            "WebAuthn.addVirtualAuthenticator",
            {
                "options": {
                    "protocol": "ctap2",
                    "ctap2Version": "ctap2_1",
                    "transport": "internal",
                    "hasResidentKey": True,
                    "hasUserVerification": True,
                    "isUserVerified": True,
                    "hasPrf": prf,
                }
            },
        )
        return page

    return opened


def make_one(page, label):
    page.goto("/account")
    page.get_by_role("link", name="Uw passkeys bekijken").click()
    page.get_by_role("link", name="Passkey toevoegen").click()
    # A name that does not fit is said before the device makes anything.
    page.get_by_label("Naam", exact=True).fill(label * 9)
    page.get_by_role("button", name="Passkey maken").click()
    expect(page.locator("[data-problems]")).to_contain_text("langer")
    page.get_by_label("Naam", exact=True).fill(label)
    page.get_by_role("button", name="Passkey maken").click()
    expect(page.get_by_text("De passkey is toegevoegd.")).to_be_visible()
    expect(page.get_by_role("listitem").filter(has_text=label)).to_be_visible()


def test_one_touch_at_night(demo, watch, at_a_name):
    watch.expected = {422}
    page = at_a_name(prf=True)
    make_one(page, "Mijn telefoon")
    expect(page.get_by_text("Opent uw gegevens, zonder wachtwoord.")).to_be_visible()

    # Locked: one touch.
    demo.clock.forward(minutes=16)
    page.goto("/cases")
    page.get_by_role("button", name="Doorgaan met een passkey").click()
    page.wait_for_url("**/cases")
    expect(page.get_by_role("heading", level=1, name="Casussen")).to_be_visible()

    # Signed out: one touch, no name, no code, no password; and the cases open.
    page.get_by_role("button", name="Uitloggen").click()
    page.goto("/cases")
    page.get_by_role("button", name="Doorgaan met een passkey").click()
    page.wait_for_url("**/cases")
    page.get_by_role("rowheader").get_by_role("link").first.click()
    expect(page.get_by_role("heading", name="Wat er is gebeurd")).to_be_visible()

    # After ten minutes the house asks for it before it makes another one.
    demo.clock.forward(minutes=11)
    page.goto("/account/passkeys/new")
    expect(page.get_by_role("heading", name="Bent u het zelf?")).to_be_visible()
    page.get_by_role("button", name="Doorgaan met een passkey").click()
    page.wait_for_url("**/account/passkeys/new")

    # The same device makes no second one; a removed one signs nobody in.
    page.get_by_label("Naam", exact=True).fill("Nog een keer")
    page.get_by_role("button", name="Passkey maken").click()
    expect(page.get_by_text("Dit apparaat heeft al een passkey van u.")).to_be_visible()
    page.goto("/account/passkeys")
    page.get_by_role("button", name=re.compile("Verwijderen")).click()
    expect(page.get_by_text("De passkey is verwijderd.")).to_be_visible()
    page.get_by_role("button", name="Uitloggen").click()
    page.get_by_role("button", name="Doorgaan met een passkey").click()
    expect(page.get_by_text("Dat lukte niet met deze passkey.").first).to_be_visible()


def test_a_device_without_prf_takes_the_place_of_the_code(watch, at_a_name):
    watch.expected = {422}
    page = at_a_name(prf=False)
    make_one(page, "Sleutelhanger")
    expect(page.get_by_text("Komt in plaats van de code uit uw app.")).to_be_visible()
    page.get_by_role("button", name="Uitloggen").click()
    page.goto("/cases")
    touched = page.get_by_role("button", name="Doorgaan met een passkey")
    touched.click()
    expect(page.get_by_text("Uw passkey opent uw gegevens niet.")).to_be_visible()
    page.locator("#passkey_password").fill(PASSWORD)
    touched.click()
    page.wait_for_url("**/cases")
    expect(page.get_by_role("heading", level=1, name="Casussen")).to_be_visible()
