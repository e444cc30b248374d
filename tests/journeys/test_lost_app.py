"""Anna loses her telephone, and with it the app for codes; her password she knows."""

import pytest
from playwright.sync_api import expect

from tests.journeys.conftest import fill_sign_in
from weerbaar.web.fictitious import PASSWORD

pytestmark = pytest.mark.browser


def test_a_coordinator_gives_a_new_app_and_everything_still_opens(
    demo, sign_in, new_browser, watch
):
    before = sign_in("Anna", at="/cases")
    case = before.get_by_role("rowheader").get_by_role("link").first.get_attribute("href")

    # At the door it says whom to call; Carla knows the voice, and makes a link.
    anna = new_browser(width=400)
    anna.goto("/sign-in")
    expect(anna.get_by_text("App voor codes kwijt? Bel uw coördinator.")).to_be_visible()
    carla = sign_in("Carla", at="/people")
    carla.get_by_role("link", name="Anna Achterberg").click()
    carla.get_by_role("link", name="Nieuwe app voor codes").click()
    expect(carla.get_by_role("main")).to_contain_text("06 12345601")
    carla.get_by_role("button", name="Ja, maak de link").click()
    link = carla.locator("#invitation-link").inner_text()

    anna.goto(link)
    secret = anna.locator("#totp-secret").inner_text().replace(" ", "")
    anna.get_by_label("Code uit uw nieuwe app").fill(demo.code("Anna's nieuwe app", secret))
    anna.get_by_role("button", name="App koppelen").click()
    expect(anna.get_by_role("heading", name="Uw nieuwe app is gekoppeld")).to_be_visible()

    # Nobody is signed in by it; elsewhere she is out; the link is used up.
    before.goto("/cases")
    before.wait_for_url("**/sign-in?next=/cases")
    watch.expected = {410, 422}
    carla.goto(link)
    expect(carla.get_by_role("heading", name="Deze link werkt niet meer")).to_be_visible()

    # With her password and the new app everything is there; the old app is nobody's.
    fill_sign_in(before, demo.mail("Anna"), PASSWORD, demo.code("Anna"))
    expect(before.get_by_role("alert")).to_contain_text("klopt niet")
    anna.get_by_role("link", name="Naar inloggen").click()
    fill_sign_in(anna, demo.mail("Anna"), PASSWORD, demo.code("Anna's nieuwe app", secret))
    anna.wait_for_url(demo.url + "/")
    expect(anna.get_by_text("Uw app voor codes is vervangen.")).to_be_visible()
    anna.goto(case)
    expect(anna.get_by_role("heading", name="Wat er is gebeurd")).to_be_visible()
