"""Noor is invited and makes her account with a passkey: on a device that has PRF, and on one without."""

import re

import pytest
from playwright.sync_api import expect
from sqlalchemy import select

from weerbaar.accounts import invitations, people
from weerbaar.accounts.actors import SYSTEM, Role
from weerbaar.accounts.models import KeyWrappingRow

pytestmark = pytest.mark.browser

PASSWORD = "een zin van vijf woorden"


@pytest.fixture
def noor(demo):
    """Who was invited, and her link."""
    house, now = demo.house, demo.clock.now()
    with house.database.session() as session:
        person_id = people.invite(
            session, house.vault, SYSTEM, mail="noor@example.nl", name="Noor Nieuweling",
            roles=frozenset({Role.CONFIDANT}), phone="+31612345607", now=now,
            hotline_number=house.settings.hotline_number,
        )  # fmt: skip
        token = invitations.invite(session, house.vault, SYSTEM, person_id, now)
        session.commit()
    return person_id, f"/invitation/{token}"


@pytest.fixture
def device(demo, watch, new_browser):
    """A browser at the name of this machine, on a device that makes passkeys."""
    demo.url = demo.url.replace("127.0.0.1", "localhost")
    watch.hosts.add(demo.url.removeprefix("http://"))

    def opened(*, prf):
        page = new_browser(base_url=demo.url)
        devices = page.context.new_cdp_session(page)
        devices.send("WebAuthn.enable")
        options = {
            "protocol": "ctap2", "ctap2Version": "ctap2_1", "transport": "internal",
            "hasResidentKey": True, "hasUserVerification": True, "isUserVerified": True,
            "hasPrf": prf,
        }  # fmt: skip
        devices.send("WebAuthn.addVirtualAuthenticator", {"options": options})
        return page

    return opened


def ways(demo, person_id):
    with demo.house.database.session() as session:
        return sorted(
            session.scalars(
                select(KeyWrappingRow.kind).where(
                    KeyWrappingRow.person_id == person_id,
                    KeyWrappingRow.kind.in_(["password", "passkey", "recovery"]),
                )
            )
        )


def fill_in(demo, page, link):
    """To the passkey's page of the link, app and recovery code filled in."""
    page.goto(link)
    page.get_by_role("link", name=re.compile("Liever zonder wachtwoord")).click()
    secret = page.locator("#totp-secret").inner_text().replace(" ", "")
    recovery = page.locator("#recovery-code").inner_text()
    # What lacks is said before the device makes anything.
    page.get_by_role("button", name="Account maken").click()
    expect(page.locator("[data-problems]")).to_contain_text("Vul de zes cijfers")
    page.get_by_label("Code uit uw app").fill(demo.code("Noor", secret))
    page.get_by_label("Herstelcode, overgetypt").fill(recovery)
    page.get_by_label("Naam van de passkey").fill("Mijn telefoon")


def test_with_prf_no_password_is_needed(demo, watch, noor, device):
    watch.expected = {422}
    person_id, link = noor
    page = device(prf=True)
    fill_in(demo, page, link)
    page.get_by_role("button", name="Account maken").click()
    page.wait_for_url(demo.url + "/")
    assert ways(demo, person_id) == ["passkey", "recovery"]

    # One touch signs her in again and opens her keys.
    page.get_by_role("button", name="Uitloggen").click()
    page.goto("/cases")
    page.get_by_role("button", name="Doorgaan met een passkey").click()
    page.wait_for_url("**/cases")
    expect(page.get_by_role("heading", level=1, name="Casussen")).to_be_visible()

    # It is her only way beside the recovery code: it stays until there is a password.
    page.goto("/account/passkeys")
    page.get_by_role("button", name=re.compile("Verwijderen")).click()
    page.wait_for_url("**/account/password/forgotten")
    expect(page.get_by_text("Kies eerst een wachtwoord.")).to_be_visible()
    page.get_by_label("Nieuw wachtwoord", exact=True).fill(PASSWORD)
    page.get_by_label("Nieuw wachtwoord, nog een keer").fill(PASSWORD)
    page.locator("form[data-passkey] button").click()
    expect(page.get_by_text("Uw wachtwoord is gewijzigd.")).to_be_visible()
    assert ways(demo, person_id) == ["passkey", "password", "recovery"]
    page.goto("/account/passkeys")
    page.get_by_role("button", name=re.compile("Verwijderen")).click()
    expect(page.get_by_text("De passkey is verwijderd.")).to_be_visible()


def test_without_prf_a_password_is_chosen_besides(demo, watch, noor, device):
    watch.expected = {422}
    person_id, link = noor
    page = device(prf=False)
    fill_in(demo, page, link)
    page.get_by_role("button", name="Account maken").click()
    expect(page.get_by_text("Uw passkey opent uw gegevens niet.")).to_be_visible()
    page.get_by_label("Nieuw wachtwoord", exact=True).fill(PASSWORD)
    page.get_by_label("Nieuw wachtwoord, nog een keer").fill(PASSWORD)
    page.get_by_role("button", name="Account maken").click()
    page.wait_for_url(demo.url + "/")
    assert ways(demo, person_id) == ["password", "recovery"]
    page.goto("/account/passkeys")
    expect(page.get_by_text("Komt in plaats van de code uit uw app.")).to_be_visible()
