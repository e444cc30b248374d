"""Scenarios of the domain reference as people live them, in front of real browsers."""

import pytest
from playwright.sync_api import expect

pytestmark = pytest.mark.browser


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


# Scenario 2: the school of the children is known. The mayor hears it when she says so; calling back
# is for the evening.
def test_2_an_alderman_is_threatened_and_the_mayor_hears_it_with_consent(
    earlier_call, sign_in, watch
):
    watch.expected = {422}
    earlier_call()
    page = sign_in("Anna", at="/calls")
    page.get_by_role("link", name="Gesprek vastleggen").click()
    page.get_by_text("Hoog:").click()
    page.get_by_label("Wat is er gebeurd").fill("Een privébericht noemt de school.")
    page.get_by_text("bedreiging:").click()
    page.get_by_label("Gericht op").select_option("partner_children")
    for typed in ("weth", "voorbeeld"):
        page.get_by_label("Snel invullen").fill(typed)
        page.get_by_label("Snel invullen").press("Enter")
    page.get_by_text("Veilig terugbellen: wat is afgesproken").click()
    page.get_by_label("Vaste dagen en uren om te bellen").fill("ma t/m vr 19.00-22.00")
    page.get_by_role("button", name="Vastleggen").click()
    page.wait_for_url("**/cases/*-*")
    case = page.url
    expect(page.get_by_role("main")).to_contain_text("Dezelfde dag: politie")

    page.goto(case + "/reports")
    page.get_by_label("intern gemeld").check()
    page.get_by_label("Wie meldde het").select_option("us")
    page.get_by_role("button", name="Vastleggen").click()
    expect(page.locator("[data-problems]")).to_be_visible()
    page.goto(case + "/consents")
    page.get_by_label("Waarvoor").select_option("internal_report")
    page.get_by_label("Aan wie mag het verteld worden").fill("burgemeester")
    page.get_by_label("Wat mag precies verteld worden").fill("Dat er een bedreiging is.")
    page.get_by_label("de ambtsdrager zelf").check()
    page.get_by_label("mondeling").check()
    page.get_by_role("button", name="Vastleggen").click()
    page.goto(case + "/reports")
    page.get_by_label("intern gemeld").check()
    page.get_by_label("Wie meldde het").select_option("us")
    page.get_by_role("button", name="Vastleggen").click()
    page.goto(case)
    expect(page.locator("#reports")).to_contain_text("met toestemming")

    # It is half past ten in the morning: outside what was agreed, so a reason is asked.
    page.goto(case + "/call-back")
    expect(page.get_by_label("Ik heb beloofd nu te bellen")).to_be_visible()


# Scenario 7: two office-holders call about one incident. Who reads one of the cases learns that there
# is another and whom to ask, and nothing of it.
def test_7_two_cases_of_one_incident_are_tied_without_showing_each_other(sign_in, watch):
    watch.expected = {404}
    addresses = {}
    pages = {}
    for name, story in (("Anna", "Haar adres staat online."), ("Bram", "Hij las het ook.")):
        page = pages[name] = sign_in(name, at="/cases/new")
        page.get_by_label("Wat is er gebeurd").fill(story)
        page.get_by_role("button", name="Vastleggen").click()
        page.wait_for_url("**/cases/*-*")
        addresses[name] = page.url
    bram, anna = pages["Bram"], pages["Anna"]
    bram.goto(addresses["Bram"] + "/share")
    bram.get_by_label("Anna").check()
    bram.get_by_label("Alleen wat er is gebeurd").check()
    bram.get_by_role("button", name="Delen").click()
    expect(bram.get_by_text("De casus is gedeeld.")).to_be_visible()
    anna.goto(addresses["Anna"] + "/links")
    anna.get_by_label("Of het adres van een andere casus").fill(addresses["Bram"])
    anna.get_by_role("button", name="Verband leggen").click()
    anna.goto(addresses["Anna"])
    expect(anna.locator("#links")).to_contain_text("Hij las het ook.")
    bram.goto(addresses["Bram"])
    expect(bram.locator("#links")).to_contain_text("Vraag ernaar bij: Anna")
    expect(bram.get_by_role("main")).not_to_contain_text("adres staat online")
    assert bram.goto(addresses["Anna"]).status == 404
