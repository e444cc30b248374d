"""Who may not see something gets nothing of it, not even that it is there."""

import pytest
from playwright.sync_api import expect

from tests.journeys.conftest import write_consent_down

pytestmark = pytest.mark.browser

OWN_CASE = "Na de vergadering stond een groep"


def first_case(page):
    page.goto("/cases")
    page.get_by_role("rowheader").get_by_role("link").first.click()
    page.wait_for_url("**/cases/*-*")
    return page.url


def test_a_colleagues_case_is_not_there(sign_in, watch):
    watch.expected = {404}
    address = first_case(sign_in("Bram"))
    page = sign_in("Anna")
    for asked in (address, f"{address}/edit", f"{address}/share", f"{address}/call-back"):
        answer = page.goto(asked)
        assert answer.status == 404
        expect(page.get_by_role("heading", name="Deze pagina is er niet")).to_be_visible()
        assert "vergadering" not in page.content()
        assert "Bram" not in page.get_by_role("main").inner_text()
    # The same page as for what never was.
    never = page.goto(address[:-12] + "0" * 12)
    assert never.status == 404
    page.goto("/cases")
    expect(page.get_by_text(OWN_CASE)).to_have_count(0)


def test_a_roster_manager_sees_no_calls_and_no_cases(earlier_call, sign_in, watch):
    watch.expected = {403}
    earlier_call()
    page = sign_in("Rob")
    menu = page.get_by_role("navigation", name="Hoofdmenu")
    # Everybody may report a breach: *Privacy*.
    expect(menu.get_by_role("link")).to_have_text(
        ["Overzicht", "Rooster", "Privacy", "Mijn account"]
    )
    expect(page.get_by_role("main")).not_to_contain_text("Oproepen", ignore_case=True)
    expect(page.get_by_role("main")).not_to_contain_text("taken", ignore_case=True)
    for asked in ("/calls", "/calls/part", "/cases", "/cases/new", "/search", "/people", "/trail"):
        assert page.goto(asked).status == 403, asked
        expect(page.get_by_role("heading", name="U mag dit niet doen")).to_be_visible()


def test_an_expert_by_experience_reads_what_happened_and_not_to_whom(sign_in, watch):
    watch.expected = {404, 403}
    anna = sign_in("Anna")
    first_case(anna)
    address = anna.url
    anna.goto(f"{address}/consents")
    write_consent_down(
        anna,
        "een expert of ervaringsdeskundige leest mee",
        "Een ervaringsdeskundige",
        "Het verhaal",
    )
    anna.goto(f"{address}/share")
    anna.get_by_label("Esther Ervaring").check()
    anna.get_by_label("Alleen wat er is gebeurd").check()
    anna.get_by_role("button", name="Delen").click()
    expect(anna.get_by_text("De casus is gedeeld.")).to_be_visible()
    expect(anna.locator("#readers")).to_contain_text("Esther Ervaring alleen wat")

    esther = sign_in("Esther", at="/cases")
    esther.get_by_role("rowheader").get_by_role("link").click()
    page = esther.get_by_role("main")
    expect(page).to_contain_text("een privébericht met de naam van de school")
    expect(page).to_contain_text("Wie het is en hoe u contact opneemt, is niet met u gedeeld.")
    kept_apart = ("06 12345681", "0612345681", "+31612345681", "wethouder", "Voorbeeldstad",
                  "Werkdagen na 19.00 uur")  # fmt: skip
    assert [one for one in kept_apart if one in esther.content()] == []
    esther.get_by_role("link", name="Bewerken").click()
    expect(esther.get_by_label("Wat is er gebeurd")).to_be_visible()
    expect(esther.get_by_label("Telefoonnummer van de beller")).to_have_count(0)
    assert [one for one in kept_apart[:3] if one in esther.content()] == []
    esther.goto("/search")
    esther.get_by_label("Zoekwoorden").fill("0612345681")
    esther.get_by_role("button", name="Zoeken").click()
    expect(esther.get_by_text("Niets gevonden")).to_be_visible()
    assert esther.goto(f"{address}/share").status == 403
    assert esther.goto(f"{address}/call-back").status == 403
