"""The three steps that the demo prints: a call, a case, a call back."""

import pytest
from playwright.sync_api import expect

from tests.journeys.conftest import fill_sign_in
from weerbaar.web.fictitious import PASSWORD

pytestmark = pytest.mark.browser

CALLER = "Raadslid van Voorbeeldstad"
STORY = "De schuur achter het huis is beklad met een hakenkruis."


def test_a_call_becomes_a_case_and_the_official_is_called_back(demo, desk, new_browser):
    # An official calls; he hears who he has reached, and Anna's telephone rings.
    caller, anna, bram = desk("De beller"), desk("Anna Achterberg"), desk("Bram van 't Voorbeeld")
    caller.dials_070(CALLER)
    caller.hears("U belt met het Ondersteuningsteam Weerbaar Bestuur")
    caller.hears("Bent u in direct gevaar? Hang dan op en bel 1 1 2.")
    anna.shows("Gaat over070 373 8314")
    bram.shows("Vrij")
    anna.answers()
    anna.hears("Toets 1 om aan te nemen")
    anna.presses("1")
    caller.hears("U bent verbonden")

    # While they talk, Anna signs in with the code on her telephone and finds the call.
    page = new_browser()
    page.goto("/")
    fill_sign_in(page, demo.mail("anna"), PASSWORD, anna.code())
    page.get_by_role("link", name="Oproepen", exact=True).click()
    waiting = page.get_by_role("row").filter(has_text="Gesprek vastleggen")
    expect(waiting).to_contain_text("Nu in gesprek")
    anna.hangs_up()
    caller.shows("Vrij")
    expect(waiting).not_to_contain_text("Nu in gesprek", timeout=15_000)
    expect(page.get_by_text("06 12345682")).to_have_count(0)

    # The call's own page shows the number; she writes down what was said.
    waiting.get_by_role("link", name="Gesprek vastleggen").click()
    expect(page.locator("#caller-number")).to_have_text("06 12345682")
    expect(page.get_by_label("Telefoonnummer van de beller")).to_have_value("06 12345682")
    page.get_by_label("Wat is er gebeurd").fill(STORY)
    page.get_by_role("button", name="Vastleggen").click()
    expect(page.get_by_text("De oproep is vastgelegd als casus.")).to_be_visible()
    page.get_by_role("link", name="Oproepen", exact=True).click()
    expect(page.get_by_text("Er wacht niets")).to_be_visible()

    # It stands on top of her caseload, and is found by a word of its text.
    page.get_by_role("link", name="Casussen", exact=True).click()
    expect(page.get_by_role("rowheader").first).to_contain_text("De schuur achter het huis")
    page.get_by_role("link", name="Zoeken", exact=True).first.click()
    page.get_by_role("searchbox").fill("hakenkruis")
    page.get_by_role("button", name="Zoeken").click()
    expect(page.get_by_role("status").filter(has_text="1 casus gevonden")).to_be_visible()
    assert "hakenkruis" not in page.url
    page.get_by_role("link", name="De schuur achter het huis").click()

    # She calls him back: her own telephone first, then his, which shows 070.
    page.get_by_role("link", name="Terugbellen").click()
    page.get_by_role("button", name="Terugbellen").click()
    anna.answers()
    anna.hears("U wilt iemand terugbellen. Toets 1 om te beginnen.")
    anna.presses("1")
    caller.shows("Gaat over070 373 8314")
    caller.answers()
    anna.hears("U bent verbonden")
    caller.hangs_up()
    anna.shows("Vrij")

    # The page sees that it is over, and asks what came of it.
    expect(page.get_by_text("Het gesprek is afgelopen")).to_be_visible()
    page.get_by_label("Gesproken").check()
    page.get_by_role("button", name="Opslaan").click()
    expect(page.get_by_text("De uitkomst is bewaard.")).to_be_visible()
