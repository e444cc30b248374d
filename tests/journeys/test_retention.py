"""A case is held, what goes soon is seen, and much at once goes after a coordinator's word."""

from datetime import timedelta

import pytest
from playwright.sync_api import expect

from weerbaar.web import purge

pytestmark = pytest.mark.browser


def test_hold_preview_and_confirm(demo, sign_in):
    anna = sign_in("Anna", at="/cases/new")
    anna.locator("#narrative").fill("Een steen door de ruit.")
    anna.locator("#types-1").check()
    anna.get_by_role("button", name="Vastleggen").click()
    anna.wait_for_url("**/cases/*-*")
    anna.goto("/cases")
    links = anna.get_by_role("rowheader").get_by_role("link")
    addresses = [links.nth(number).get_attribute("href") for number in range(2)]
    for address in addresses:
        anna.goto(address)
        anna.locator("summary").filter(has_text="Casus sluiten").click()
        anna.get_by_role("button", name="Casus sluiten").click()
        expect(anna.get_by_text("Deze casus wordt vernietigd op")).to_be_visible()
    held, goes = addresses
    anna.goto(held)
    anna.get_by_role("link", name="Hoe lang deze casus blijft").click()
    anna.get_by_label("Waarom").fill("Er loopt een aangifte.")
    anna.get_by_label("Tot en met").fill(str((demo.clock.now() + timedelta(days=500)).date()))
    anna.get_by_role("button", name="Vasthouden").click()
    expect(anna.get_by_text("Er loopt een aangifte.", exact=True)).to_be_visible()

    demo.clock.forward(days=340)
    anna = sign_in("Anna", at="/retention", page=anna)
    card = anna.get_by_role("heading", name="Wat binnen een maand weggaat van uw casussen").locator(
        "xpath=ancestor::section"
    )
    expect(card.locator(f"a[href='{goes}/retention']")).to_be_visible()
    expect(card.locator(f"a[href='{held}/retention']")).to_have_count(0)

    demo.clock.forward(days=30)
    assert purge.run(demo.house, demo.clock.now()).waits is not None
    carla = sign_in("Carla", at="/")
    expect(carla.get_by_text("wacht op een coördinator")).to_be_visible()
    carla.goto("/retention")
    carla.get_by_role("link", name="Bekijken en bevestigen").click()
    expect(carla.get_by_role("row").filter(has_text="Casus: wat er is gebeurd")).to_be_visible()
    carla.get_by_role("button", name="Ja, vernietigen").click()
    expect(carla.get_by_text("Bevestigd.")).to_be_visible()
    purge.nightly(demo.house, demo.clock.now())
    carla.get_by_role("link", name="Wat is vernietigd").click()
    expect(carla.get_by_role("row").filter(has_text="bewaartermijn voorbij").first).to_be_visible()

    anna = sign_in("Anna", at="/cases", page=anna)
    anna.goto("/cases?state=closed")
    expect(anna.locator(f"a[href='{held}']")).to_be_visible()
    expect(anna.locator(f"a[href='{goes}']")).to_have_count(0)
