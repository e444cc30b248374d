"""Choosing how one is told, and testing one's own telephone, in a real browser."""

import pytest
from playwright.sync_api import expect

pytestmark = pytest.mark.browser


def test_choosing_channels_on_a_narrow_screen_without_scripts(sign_in):
    page = sign_in("anna", at="/account", width=320, height=700, java_script_enabled=False)
    tasks = page.get_by_role("group", name="Taken en gemiste oproepen")
    expect(tasks.get_by_label("Sms")).to_be_checked()
    tasks.get_by_label("Sms").uncheck()
    tasks.get_by_label("E-mail").check()
    page.get_by_role("button", name="Meldingen opslaan").click()
    expect(page.get_by_text("Uw keuze is opgeslagen.")).to_be_visible()
    tasks = page.get_by_role("group", name="Taken en gemiste oproepen")
    expect(tasks.get_by_label("Sms")).not_to_be_checked()
    expect(tasks.get_by_label("E-mail")).to_be_checked()
    width = page.evaluate("document.documentElement.scrollWidth")
    assert width <= 320


def test_my_own_telephone_rings_and_is_tested(demo, desk, sign_in):
    anna = desk("Anna Achterberg")
    page = sign_in("anna", at="/account")
    page.get_by_role("link", name="Proefoproep").click()
    page.get_by_role("button", name="Bel mij nu").click()
    state = page.locator("#test-state").get_by_role("status")
    expect(state).to_have_text("Uw telefoon gaat over. Neem op.", timeout=15_000)
    anna.answers()
    anna.hears("Dit is een proefoproep")
    anna.presses("1")
    expect(state).to_contain_text("Uw telefoon is getest.", timeout=15_000)
    page.goto("/account")
    expect(page.get_by_text("24-11-2026", exact=True)).to_be_visible()
