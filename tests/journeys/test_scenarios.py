"""Scenarios of the domain reference as people live them, in front of real browsers."""

import pytest
from playwright.sync_api import expect

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("journeys")]


# Scenario 9: no name, no number, no place. The line drops; later the word leads back to the case.
def test_9_an_anonymous_caller_goes_on_with_his_word(earlier_call, sign_in):
    earlier_call("anonymous")
    page = sign_in("Anna", at="/calls")
    page.get_by_role("link", name="Gesprek vastleggen").click()
    page.get_by_text("Hoog:").click()
    page.get_by_label("Wat is er gebeurd").fill("Een man van een bedrijf wachtte bij de sportclub.")
    page.get_by_label("Codewoord", exact=True).fill("zwaluw")
    page.get_by_role("button", name="Vastleggen").click()
    expect(page.get_by_text("De oproep is vastgelegd als casus.")).to_be_visible()
    case = page.url

    earlier_call("anonymous")
    page.goto("/calls")
    page.get_by_role("link", name="Gesprek vastleggen").click()
    page.get_by_role("link", name="Noemt de beller een codewoord").click()
    word = page.get_by_label("Welk woord zegt de ander")
    word.fill("merel")
    page.get_by_role("button", name="Zoeken").click()
    expect(page.get_by_role("status").filter(has_text="nog 2 keer")).to_be_visible()
    word.fill("Zwaluw")
    page.get_by_role("button", name="Zoeken").click()
    expect(page.get_by_text("Het woord klopt.")).to_be_visible()
    expect(page.get_by_role("link", name="Een man van een bedrijf")).to_be_visible()
    page.get_by_role("link", name="Contactmoment toevoegen").click()
    page.get_by_label("Wat is er besproken").fill("De lijn viel weg. Hij belt later.")
    page.get_by_role("button", name="Contactmoment toevoegen").click()
    page.wait_for_url(case)
    expect(page.get_by_text("De lijn viel weg. Hij belt later.")).to_be_visible()
