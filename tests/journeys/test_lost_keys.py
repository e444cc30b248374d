"""Anna loses password and recovery code; two colleagues who know her voice help her."""

import pytest
from playwright.sync_api import expect

pytestmark = pytest.mark.browser

THIRD = "Chérie Demonstratie-Überhoek"
FRESH = "een zin van zeven nieuwe woorden"


def test_two_colleagues_give_a_key_back(demo, sign_in, new_browser, watch):
    # Carla will make the link, and who made it gives no share: three others must keep shares.
    carla = sign_in("Carla", at="/people")
    row = carla.get_by_role("row").filter(has_text=THIRD)
    row.get_by_role("link", name="Toelaten").click()
    carla.get_by_role("button", name="toelaten").click()
    expect(carla.get_by_text("Toegelaten.")).to_be_visible()
    carla.goto("/quorum")
    carla.get_by_label(THIRD).check()
    carla.get_by_role("button", name="Kiezen").click()
    expect(carla.locator("[aria-labelledby=quorum-holders]")).to_contain_text(THIRD)

    # Anna has read a case before.
    page = sign_in("Anna", at="/cases")
    case = page.get_by_role("rowheader").get_by_role("link").first.get_attribute("href")

    # Carla speaks with her, and makes a link.
    carla.goto("/people")
    carla.get_by_role("link", name="Anna Achterberg").click()
    carla.get_by_role("link", name="Nieuwe start").click()
    expect(carla.get_by_text("De vroegere sleutel kan terug")).to_be_visible()
    carla.get_by_role("button", name="Ja, maak de link").click()
    link = carla.locator("#invitation-link").inner_text()

    # Anna begins anew: password, app and code, and reads nothing of before.
    anna = new_browser()
    anna.goto(link)
    secret = anna.locator("#totp-secret").inner_text().replace(" ", "")
    recovery = anna.locator("#recovery-code").inner_text()
    anna.get_by_label("Nieuw wachtwoord", exact=True).fill(FRESH)
    anna.get_by_label("Nieuw wachtwoord, nog een keer").fill(FRESH)
    anna.get_by_label("Code uit uw app").fill(demo.code("Anna opnieuw", secret))
    anna.get_by_label("Herstelcode, overgetypt").fill(recovery)
    anna.get_by_role("button", name="Account maken").click()
    expect(anna.get_by_text("Wat u eerder las, opent nog niet")).to_be_visible()
    watch.expected = {404, 422}
    assert anna.goto(case).status == 404
    anna.goto("/account/key")
    anna.get_by_role("button", name="Hulp vragen").click()
    words = anna.locator("#fingerprint-words").inner_text()

    # Each of the two hears the words by telephone, and types them.
    for name in ("Bram", "Cherie"):
        helper = sign_in(name)
        expect(helper.get_by_text("Een collega vraagt uw hulp")).to_be_visible()
        helper.goto("/quorum")
        helper.get_by_role("link", name="Verzoek bekijken").click()
        expect(helper.get_by_role("main")).not_to_contain_text(words)
        helper.get_by_label("De vier woorden die u hoorde").fill("lusab babad gutih tugad")
        helper.get_by_role("button", name="De woorden kloppen").click()
        expect(helper.get_by_role("alert")).to_contain_text("Dit zijn niet de woorden.")
        helper.get_by_label("De vier woorden die u hoorde").fill(words)
        helper.get_by_role("button", name="De woorden kloppen").click()
        expect(helper.get_by_text("U hebt geholpen.")).to_be_visible()

    # The shares meet in her own session, and her case opens again.
    anna.reload()
    anna.get_by_role("button", name="Mijn sleutel terughalen").click()
    expect(anna.get_by_text("Alles wat uw vroegere sleutel opende")).to_be_visible()
    expect(anna.get_by_text("Staat klaar", exact=True)).to_be_visible()
    assert anna.goto(case).status == 200
