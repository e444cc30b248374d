"""Searching with filters: what is found is found again when one comes back from a case."""

import pytest
from playwright.sync_api import expect

pytestmark = pytest.mark.browser


def test_words_and_filters_stay_when_going_back(sign_in, demo):
    page = sign_in("Anna", at="/search")
    page.get_by_label("Zoekwoorden").fill("school")
    page.get_by_text("Filters", exact=True).click()
    page.get_by_label("Urgentie").select_option("high")
    page.get_by_role("button", name="Zoeken").click()
    expect(page.get_by_text("1 casus gevonden")).to_be_visible()
    expect(page.locator("mark").first).to_have_text("school")
    assert page.url == f"{demo.url}/search"
    page.get_by_role("region", name="Gevonden casussen").get_by_role("link").click()
    page.wait_for_url("**/cases/*")
    page.go_back()
    expect(page.get_by_text("1 casus gevonden")).to_be_visible()
    expect(page.get_by_label("Zoekwoorden")).to_have_value("school")
    expect(page.get_by_label("Urgentie")).to_have_value("high")
    assert page.url == f"{demo.url}/search"
    page.reload()
    expect(page.get_by_text("1 casus gevonden")).to_be_visible()

    page.get_by_label("Urgentie").select_option("low")
    page.get_by_role("button", name="Zoeken").click()
    expect(page.get_by_text("Niets gevonden")).to_be_visible()
    expect(page.get_by_text("Of kies minder filters.")).to_be_visible()
    page.get_by_role("button", name="Wissen").click()
    page.wait_for_url("**/search")
    expect(page.get_by_label("Zoekwoorden")).to_have_value("")
    expect(page.get_by_role("region", name="Gevonden casussen")).to_have_count(0)
