"""Calling an official back from his case: outside the hours, by his word, until he is reached."""

import pytest
from playwright.sync_api import expect

from tests.journeys.test_every_page import look

pytestmark = pytest.mark.browser

# A Tuesday morning, half past ten: far from these hours.
HOURS = "za, zo 20.00-21.00"
NARROW = ((320, "light", {"runOnly": ["wcag2a", "wcag2aa", "wcag22aa", "best-practice"]}),)


def new_case(page):
    page.goto("/cases/new")
    page.get_by_label("Wat is er gebeurd").fill("Er hing een pop aan de boom.")
    page.get_by_label("Telefoonnummer van de beller").fill("06 12345682")
    page.get_by_label("Codewoord").fill("merel")
    page.get_by_text("Veilig terugbellen: wat is afgesproken").click()
    page.get_by_label("Vaste dagen en uren om te bellen").fill(HOURS)
    page.get_by_label("Noodwoord").fill("agenda")
    page.get_by_role("button", name="Vastleggen").click()
    expect(page.get_by_text("De casus is vastgelegd.")).to_be_visible()
    return page.url


def call_back(page, reason):
    page.get_by_role("link", name="Terugbellen").click()
    expect(page.get_by_text("Nu buiten de afgesproken uren")).to_be_visible()
    page.get_by_label(reason).check()
    page.get_by_role("button", name="Terugbellen").click()
    page.wait_for_url("**/call-backs/**")


def test_outside_the_hours_not_reached_then_reached_by_his_word(desk, sign_in, watch):
    watch.expected = {422}
    faults = []
    page = sign_in("Anna", at="/cases")
    anna, caller = desk("Anna Achterberg"), desk("De beller")
    case = new_case(page)
    expect(page.get_by_text("merel")).to_have_count(0)

    # Without a reason nothing rings.
    page.get_by_role("link", name="Terugbellen").click()
    page.get_by_role("button", name="Terugbellen").click()
    expect(page.locator("[data-problems]")).to_contain_text("Kies waarom u nu toch belt.")
    look(page, faults, NARROW)
    anna.shows("Vrij")
    page.goto(case)

    # He does not answer: she notes it in two steps.
    call_back(page, "Ik heb beloofd nu te bellen")
    expect(page.get_by_text("Neem op en toets 1")).to_be_visible()
    look(page, faults, NARROW)
    anna.answers()
    anna.presses("1")
    caller.shows("Gaat over070 373 8314")
    caller.section.get_by_role("button", name="Weigeren").click()
    expect(page.get_by_text("De ander nam niet op")).to_be_visible(timeout=15_000)
    page.get_by_label("Niet opgenomen").check()
    page.get_by_role("button", name="Opslaan").click()
    expect(page.get_by_text("De uitkomst is bewaard.")).to_be_visible()
    expect(page.get_by_label("Tekst")).to_have_value("Teruggebeld: niet opgenomen.")

    # Before the second try she looks at the word, and says why.
    page.goto(case)
    page.get_by_role("link", name="Codewoord en noodwoord tonen").click()
    page.get_by_label("Ik bereid een gesprek voor").check()
    page.get_by_role("button", name="Woorden tonen").click()
    expect(page.get_by_text("merel")).to_be_visible()
    look(page, faults, NARROW)
    page.goto(case)
    call_back(page, "Ik heb beloofd nu te bellen")
    anna.answers()
    anna.presses("1")
    caller.answers()
    anna.hears("U bent verbonden")
    page.get_by_role("link", name="Woord controleren").click()
    for word, said in (("mus", "U kunt nog 2 keer vragen"), ("Merel", "Het woord klopt.")):
        page.get_by_label("Welk woord zegt de ander").fill(word)
        page.get_by_role("button", name="Controleren").click()
        expect(page.get_by_role("status").filter(has_text=said)).to_be_visible()
    look(page, faults, NARROW)
    caller.hangs_up()
    page.get_by_role("link", name="Uitkomst noteren").click()
    page.get_by_label("Gesproken").check()
    page.get_by_label("Wat wilt u vastleggen").fill("De pop is weg.")
    page.get_by_role("button", name="Opslaan").click()
    expect(page.get_by_label("Tekst")).to_have_value(
        "Teruggebeld: niet opgenomen.\n\nTeruggebeld: gesproken. De pop is weg."
    )
    page.get_by_role("button", name="Contactmoment toevoegen").click()
    expect(page.get_by_text("De pop is weg.")).to_be_visible()
    assert faults == []
