"""A colleague reads three words aloud; who hears them asks, and is let in."""

import pytest
from playwright.sync_api import expect

from weerbaar.intake import requests

pytestmark = pytest.mark.browser


def test_asked_for_and_shared(sign_in, demo, watch):
    watch.expected = {422}
    anna = sign_in("Anna", at="/cases")
    anna.get_by_role("rowheader").get_by_role("link").first.click()
    path = "/cases/" + anna.url.rpartition("/")[2]
    anna.get_by_role("link", name="Toegang en inzage").click()
    mark = anna.locator("#mark .code").inner_text()

    bram = sign_in("Bram", at="/cases")
    bram.get_by_role("link", name="Toegang vragen").click()
    bram.get_by_label("Kenmerk van de casus").fill(mark[:-1] + ("b" if mark[-1] != "b" else "d"))
    bram.get_by_label("Lezen wat er is gebeurd", exact=True).check()
    bram.get_by_role("button", name="Vragen").click()
    expect(bram.locator("[data-problems]")).to_contain_text("Dit kenmerk klopt niet")
    bram.get_by_label("Kenmerk van de casus").fill(mark)
    bram.get_by_role("button", name="Vragen").click()
    expect(bram.locator("#mine")).to_contain_text(mark)

    requests.tend(demo.house, demo.clock.now())
    anna.goto("/")
    expect(anna.get_by_role("main")).to_contain_text("Een collega vraagt toegang tot een casus.")
    anna.goto("/cases")
    anna.get_by_role("link", name="1 verzoek om toegang").click()
    anna.get_by_role("link", name="Delen met Bram").click()
    expect(anna.get_by_label("Bram")).to_be_checked()
    expect(anna.get_by_label("Alleen wat er is gebeurd")).to_be_checked()
    anna.get_by_role("button", name="Delen").click()
    expect(anna.get_by_text("De casus is gedeeld.")).to_be_visible()
    bram.goto(path)
    expect(bram.get_by_role("main")).to_contain_text("is niet met u gedeeld")
    bram.goto("/cases/requests")
    expect(bram.locator("#mine")).not_to_contain_text(mark)
