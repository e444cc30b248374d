"""What is typed beside a talk outlives the network, the tab, the browser and the server."""

import pytest
from playwright.sync_api import expect

from tests.intake.test_browser import browser_type_launch_args, served, sit
from weerbaar.intake import casework

__all__ = ["browser_type_launch_args", "served", "sit"]

pytestmark = [
    pytest.mark.browser,
    pytest.mark.parametrize("database_url", ["sqlite"], indirect=True),
]

STATUS = "[data-draft-status]"


def kept(page):
    expect(page.locator(STATUS)).to_contain_text("Concept bewaard om")


# A lift, a tunnel: what is typed stays on the page, is said to be unsaved, and goes when it can.
def test_without_network_nothing_is_lost_and_it_is_said(sit, desk):
    page = sit("/cases/new")
    page.locator("#narrative").fill("Voor de tunnel.")
    kept(page)
    page.context.set_offline(True)
    expect(page.locator(STATUS)).to_contain_text("Geen verbinding.")
    page.locator("#narrative").fill("Voor de tunnel, en erin.")
    page.get_by_role("button", name="Vastleggen").click()
    expect(page.locator(STATUS)).to_contain_text("Nog niet verstuurd")
    # The page is still there, with its text, and nothing of it lies elsewhere in the browser.
    expect(page.locator("#narrative")).to_have_value("Voor de tunnel, en erin.")
    stored = "JSON.stringify([localStorage, sessionStorage])"
    assert "tunnel" not in page.evaluate(stored)
    page.context.set_offline(False)
    expect(page.locator(STATUS)).to_contain_text("De verbinding is terug.")
    page.get_by_role("button", name="Vastleggen").click()
    page.wait_for_url("**/cases/*-*")
    assert desk.do(casework.caseload, desk.anna, desk.installation.clock.now()).count == 1


# From the telephone in the corridor to the desk: each sees what the other wrote, and chooses.
def test_two_devices(sit, desk):
    phone = sit("/cases/new")
    phone.locator("#narrative").fill("Op de telefoon.")
    kept(phone)
    desktop = sit("/cases/new")
    expect(desktop.locator("main")).to_contain_text("Er is een concept van 24-11-2026 13:00")
    # Who begins afresh beside a draft does not replace it unseen.
    desktop.locator("#narrative").fill("Vers begonnen.")
    offer = desktop.locator("[data-draft-elsewhere]")
    expect(offer).to_contain_text("Er is niets overschreven.")
    expect(desktop.locator(STATUS)).to_contain_text("er is een ander concept")
    desktop.once("dialog", lambda dialog: dialog.accept())
    desktop.get_by_role("link", name="Verder op dit apparaat").click()
    expect(desktop.locator("#narrative")).to_have_value("Op de telefoon.")
    desktop.locator("#narrative").fill("Op de telefoon. En aan het bureau.")
    kept(desktop)
    phone.locator("#request").fill("Wil rust.")
    elsewhere = phone.locator("[data-draft-elsewhere]")
    expect(elsewhere).to_contain_text("24-11-2026 13:00")
    # Not even the form itself goes past it.
    phone.get_by_role("button", name="Vastleggen").click()
    expect(elsewhere.get_by_role("link")).to_be_focused()
    assert desk.do(casework.caseload, desk.anna, desk.installation.clock.now()).count == 0
    phone.once("dialog", lambda dialog: dialog.accept())
    phone.get_by_role("link", name="Verder met dat concept").click()
    expect(phone.locator("#narrative")).to_have_value("Op de telefoon. En aan het bureau.")


# Acute danger is two keys away, and the steps are there before anything else is filled in.
@pytest.mark.parametrize("width", [320, 1200])
def test_acute_steps_come_with_the_urgency(sit, width):
    page = sit("/cases/new", viewport={"width": width, "height": 700})
    steps = page.locator("#acute")
    expect(steps).to_be_visible(visible=width == 1200)
    page.get_by_text("Acuut gevaar:").click()
    expect(steps.get_by_role("heading")).to_be_in_viewport()
    above = page.evaluate(
        "document.querySelector('#acute').getBoundingClientRect().top"
        " < document.querySelector('#narrative').getBoundingClientRect().top"
    )
    assert above
    page.get_by_text("Laag:").click()
    page.get_by_role("link", name="Stappen bij acuut gevaar").click()
    expect(steps).to_be_in_viewport()


# Nothing that has the focus lies under the bar with the button.
def test_the_bar_hides_nothing(sit):
    page = sit("/cases/new", viewport={"width": 320, "height": 640}, reduced_motion="reduce")
    page.evaluate("document.querySelectorAll('details').forEach((one) => (one.open = true))")
    hidden = []
    page.locator("#urgency-0").focus()
    for _ in range(60):
        page.keyboard.press("Tab")
        under = page.evaluate(
            """() => {
              const bar = document.querySelector('.save-bar');
              const one = document.activeElement;
              if (!one.closest('form.form') || bar.contains(one)) return null;
              return one.getBoundingClientRect().top > bar.getBoundingClientRect().top - 8
                ? one.id : "";
            }"""
        )
        if under is None:
            break
        if under:
            hidden.append(under)
    assert hidden == []


def test_place_and_function_by_a_part_of_a_name(sit):
    asked = []
    page = sit("/cases/new")
    page.on("request", lambda one: asked.append(one.url) if "/drafts/" not in one.url else None)
    for typed, name, code in (
        ("den ha", "organisation", "GM0518"), ("GEMEENTE utrecht", "organisation", "GM0344"),
        ("súdwest", "organisation", "GM1900"), ("brielle", "organisation", "GM1992"),
        ("friesland", "organisation", "PV21"), ("groningen", "organisation", "GM0014"),
        ("loco", "function", "alderperson"), ("statenlid", "function", "states_member"),
    ):  # fmt: skip
        page.locator("#quick").fill(typed)
        page.locator("#quick").press("Enter")
        expect(page.locator(f"#{name}")).to_have_value(code)
        expect(page.locator("[data-quick-status]")).to_contain_text("Gekozen:")
    page.locator("#quick").fill("bestaat niet")
    page.locator("#quick").press("Enter")
    expect(page.locator("[data-quick-status]")).to_contain_text("Niets gevonden.")
    expect(page.locator("#function")).to_have_value("states_member")
    # What was looked for went nowhere.
    assert asked == []
