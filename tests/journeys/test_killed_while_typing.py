"""The server is killed while somebody types beside a talk, then his browser: his words are there."""

import os
import re
import signal
from urllib.parse import parse_qs, urlsplit

import pytest
from playwright.sync_api import Error, expect

from tests.journeys.conftest import fill_sign_in
from tests.promises.browser import Browser
from tests.promises.real_house import real_house

pytestmark = pytest.mark.browser

MAIL, PASSWORD = "cora@example.nl", "een heel lang wachtwoord"
FIRST, THEN = "Er stond iemand bij de deur.", " Hij had een stok."
STATUS = "[data-draft-status]"


@pytest.fixture
def house(tmp_path):
    with real_house("sqlite", tmp_path) as house:
        (tmp_path / "password").write_text(PASSWORD + "\n")
        said = house.run(
            "setup", "--email", MAIL, "--name", "Cora Voorbeeld",
            "--password-file", str(tmp_path / "password"),
        )  # fmt: skip
        cora = Browser(house.url)
        cora.totp_secret = parse_qs(urlsplit(said.splitlines()[-1]).query)["secret"][0]
        yield house, cora


def serve(house):
    house.start("serve", "--bind", re.sub("^http://", "", house.url), "--processes", "1")
    house.wait_until_ready()


def kill(house):
    """As when the machine loses its power: nothing is asked, nothing is finished."""
    for process in house.running:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()
    house.running.clear()


def sign_in(browser, house, cora):
    page = browser.new_context(base_url=house.url, locale="nl-NL").new_page()
    page.goto("/sign-in")
    fill_sign_in(page, MAIL, PASSWORD, cora.code())
    return page


def test_server_and_browser_are_killed(house, playwright, browser_type_launch_args):
    house, cora = house
    serve(house)
    browser = playwright.chromium.launch(**browser_type_launch_args)
    page = sign_in(browser, house, cora)
    page.wait_for_url("**/recovery-code")
    page.get_by_label("Herstelcode, overgetypt").fill(page.locator("#recovery-code").inner_text())
    page.get_by_role("button", name="Vastleggen").click()
    page.goto("/cases/new")
    page.get_by_label("Wat is er gebeurd").fill(FIRST)
    expect(page.locator(STATUS)).to_contain_text("Concept bewaard om")
    kill(house)
    page.get_by_label("Wat is er gebeurd").fill(FIRST + THEN)
    expect(page.locator(STATUS)).to_contain_text("Geen verbinding.")
    page.get_by_role("button", name="Vastleggen").click()
    expect(page.locator(STATUS)).to_contain_text("Nog niet verstuurd")
    expect(page.get_by_label("Wat is er gebeurd")).to_have_value(FIRST + THEN)
    serve(house)
    expect(page.locator(STATUS)).to_contain_text("De verbinding is terug.", timeout=20_000)
    with pytest.raises(Error):
        browser.new_browser_cdp_session().send("Browser.crash")
    browser = playwright.chromium.launch(**browser_type_launch_args)
    page = sign_in(browser, house, cora)
    page.get_by_role("link", name="Verder schrijven").click()
    page.get_by_role("link", name="Verder op dit apparaat").click()
    expect(page.get_by_label("Wat is er gebeurd")).to_have_value(FIRST + THEN)
    page.get_by_role("button", name="Vastleggen").click()
    expect(page.get_by_text("De casus is vastgelegd.")).to_be_visible()
    browser.close()
