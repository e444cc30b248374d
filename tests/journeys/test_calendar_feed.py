"""Subscribe to the calendar feed: make it, let a calendar fetch it, revoke it."""

import pytest
import vobject
from playwright.sync_api import expect

pytestmark = pytest.mark.browser


def test_a_feed_is_made_fetched_and_revoked_on_a_phone(sign_in, new_browser, demo, watch):
    page = sign_in("Anna", at="/roster", width=320, height=720)
    page.get_by_role("link", name="Agenda", exact=True).click()
    page.get_by_label("Mijn eigen diensten").check()
    page.get_by_role("button", name="Adres maken").click()
    address = page.locator("#feed-address").inner_text()
    assert address.startswith(demo.url + "/roster/calendar/")
    # The calendar has no session.
    calendar = new_browser().request
    answer = calendar.get(address)
    assert answer.status == 200
    events = vobject.readOne(answer.text()).vevent_list
    assert {one.summary.value for one in events} == {"Dienst"}
    page.get_by_role("link", name="Diensten in uw agenda").click()
    row = page.get_by_role("row").filter(has_text="Mijn eigen diensten")
    expect(row).to_contain_text("24-11-2026")
    row.get_by_role("button", name="Intrekken").click()
    expect(page.get_by_text("Het adres is ingetrokken.")).to_be_visible()
    assert calendar.get(address).status == 404
