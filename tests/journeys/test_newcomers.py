"""The first minutes of somebody new, and of the very first."""

import re

import pyotp
import pytest
from playwright.sync_api import expect

from tests.installation import settings_for
from tests.journeys.conftest import START, RunningClock, fill_sign_in
from weerbaar.accounts.house import open_house
from weerbaar.crypto.wrapping import TESTS_ONLY
from weerbaar.web import founding
from weerbaar.web.app import create_app

pytestmark = pytest.mark.browser

OWN_PASSWORD = "een zin van vijf woorden"
FOUR_WORDS = r"[a-z]{5}(?: [a-z]{5}){3}"


def test_from_an_invitation_to_the_first_call(demo, earlier_call, sign_in, new_browser):
    earlier_call()
    # Carla adds Noor, whose phone rings from now on, and hands her the link.
    carla = sign_in("Carla", at="/people")
    carla.get_by_role("link", name="Iemand toevoegen").click()
    carla.get_by_label("Naam").fill("Noor Nieuweling")
    carla.get_by_label("E-mailadres").fill("noor@example.nl")
    carla.get_by_label("Telefoonnummer").fill("06 12 34 56 07")
    carla.get_by_label("Vertrouwenspersoon").check()
    carla.get_by_role("button", name="Toevoegen").click()
    link = carla.locator("#invitation-link").inner_text()
    assert link.startswith(f"{demo.url}/invitation/")

    # Noor makes her account: a password, her app, and the recovery code typed back.
    noor = new_browser()
    noor.goto(link)
    secret = noor.locator("#totp-secret").inner_text().replace(" ", "")
    recovery = noor.locator("#recovery-code").inner_text()
    noor.get_by_label("Nieuw wachtwoord", exact=True).fill(OWN_PASSWORD)
    noor.get_by_label("Nieuw wachtwoord, nog een keer").fill(OWN_PASSWORD)
    noor.get_by_label("Code uit uw app").fill(demo.code("Noor", secret))
    noor.get_by_label("Herstelcode, overgetypt").fill(recovery.lower().replace("-", " "))
    noor.get_by_role("button", name="Account maken").click()

    # She is told that she cannot read calls yet, and the list gives her none to open.
    expect(noor.get_by_text("U kunt nog geen oproepen lezen")).to_be_visible()
    noor.get_by_role("link", name="Oproepen", exact=True).click()
    expect(noor.get_by_role("row").filter(has_text="Gesprek vastleggen")).to_be_visible()
    expect(noor.get_by_role("link", name="Gesprek vastleggen")).to_have_count(0)

    # Carla compares the four words of her key, and admits her.
    carla.get_by_role("link", name="Mensen", exact=True).click()
    row = carla.get_by_role("row").filter(has_text="Noor Nieuweling")
    expect(row).to_contain_text("kan nog geen oproep lezen")
    row.get_by_role("link", name="Toelaten").click()
    expect(carla.get_by_role("main")).to_contain_text("noor@example.nl")
    expect(carla.get_by_role("main")).to_contain_text("06 12345607")
    words = carla.locator("#fingerprint-words").inner_text()
    assert re.fullmatch(FOUR_WORDS, words)
    carla.get_by_role("button", name="toelaten").click()
    expect(carla.get_by_text("Toegelaten.")).to_be_visible()

    # Now the call opens, number and all.
    noor.reload()
    noor.get_by_role("link", name="Gesprek vastleggen").click()
    expect(noor.locator("#caller-number")).to_have_text("06 12345682")


def test_the_first_coordinator_makes_a_recovery_code_before_anything_else(
    cluster, served, tmp_path, new_browser
):
    settings = settings_for(tmp_path, cluster.create("empty_house"), PUBLIC_URL=served.url)
    clock = RunningClock(START)
    otpauth = founding.found(
        settings, mail="els@example.nl", name="Els Eerste", password=OWN_PASSWORD,
        clock=clock, profile=TESTS_ONLY,
    )  # fmt: skip
    code = pyotp.parse_uri(otpauth).at(int(clock.seconds()))
    house = open_house(settings, clock, profile=TESTS_ONLY)
    served.app = create_app(house)
    page = new_browser()
    page.goto("/cases")
    fill_sign_in(page, "els@example.nl", OWN_PASSWORD, code)
    for asked in ("/", "/cases", "/people"):
        page.goto(asked)
        page.wait_for_url("**/recovery-code")
        expect(page.get_by_role("navigation")).to_have_count(0)
    page.get_by_label("Herstelcode, overgetypt").fill(page.locator("#recovery-code").inner_text())
    page.get_by_role("button", name="Vastleggen").click()
    expect(page.get_by_text("Uw herstelcode is vastgelegd.")).to_be_visible()
    # One reader of the keys is too few, and the board says so.
    expect(page.get_by_text("Te weinig mensen met toegang tot de sleutels")).to_be_visible()
    page.get_by_role("link", name="Casussen", exact=True).click()
    expect(page.get_by_text("U heeft geen open casussen")).to_be_visible()
    served.app = None
    house.dispose()
    cluster.drop("empty_house")
