"""An expert reads along for a week: what tells who it is is marked first; then it is taken back."""

import pytest
from playwright.sync_api import expect

from tests.journeys.conftest import write_consent_down

pytestmark = pytest.mark.browser


def test_shared_for_a_week_and_taken_back(sign_in, watch):
    watch.expected = {404}
    anna = sign_in("Anna", at="/cases/new")
    anna.get_by_label("Wat is er gebeurd").fill("Bakker kreeg weer een brief thuis.")
    anna.get_by_label("Naam", exact=True).fill("Zoë Bakker")
    anna.get_by_role("button", name="Vastleggen").click()
    anna.wait_for_url("**/cases/*-*")
    address = anna.url
    anna.get_by_role("link", name="Delen").click()
    expect(anna.locator("mark")).to_have_text(["Bakker"])
    anna.get_by_role("link", name="Eerst bewerken").click()
    anna.get_by_label("Wat is er gebeurd").fill("De beller kreeg weer een brief thuis.")
    anna.get_by_role("button", name="Opslaan").click()
    expect(anna.get_by_text("De wijzigingen zijn opgeslagen.")).to_be_visible()
    anna.get_by_role("link", name="Delen").click()
    expect(anna.locator("mark")).to_have_count(0)
    # An expert reads along with a consent alone.
    expect(anna.get_by_label("Esther Ervaring")).to_have_count(0)
    anna.get_by_role("link", name="Toestemming vastleggen").click()
    write_consent_down(
        anna,
        "een expert of ervaringsdeskundige leest mee",
        "Een ervaringsdeskundige",
        "Het verhaal",
    )
    anna.goto(address + "/share")
    anna.get_by_label("Esther Ervaring").check()
    anna.get_by_label("Alleen wat er is gebeurd").check()
    expect(anna.get_by_label("Tot en met welke dag")).not_to_have_value("")
    anna.get_by_role("button", name="Delen").click()
    expect(anna.get_by_text("De casus is gedeeld.")).to_be_visible()
    anna.goto(address + "/access")
    expect(anna.locator("#readers")).to_contain_text("Gedeeld door Anna")

    path = "/cases/" + address.rpartition("/")[2]
    esther = sign_in("Esther", at=path)
    expect(esther.get_by_role("main")).to_contain_text("weer een brief thuis")
    # Withdrawn as easily as given; who reads along without it is named.
    anna.goto(address + "/consents")
    anna.get_by_role("button", name="Intrekken").click()
    expect(anna.get_by_role("main")).to_contain_text("Iemand leest mee zonder toestemming")
    expect(anna.get_by_role("main")).to_contain_text("Esther Ervaring")
    anna.get_by_role("link", name="Toegang intrekken").click()
    anna.get_by_role("link", name="Intrekken: Esther").click()
    expect(anna.get_by_role("main")).to_contain_text("kunt u niet terughalen")
    anna.get_by_role("button", name="Alle toegang intrekken").click()
    expect(anna.get_by_text("De casus heeft nieuwe sleutels.")).to_be_visible()
    expect(anna.locator("#readers")).not_to_contain_text("Esther")
    expect(anna.locator("#log")).to_contain_text("Casus gelezen, Esther")
    assert esther.goto(address).status == 404


def test_all_cases_are_handed_over(sign_in):
    anna = sign_in("Anna", at="/account")
    expect(anna.get_by_role("main")).to_contain_text("alleen u openen")
    anna.get_by_role("link", name="Al uw casussen overdragen").click()
    anna.get_by_label("Bram").check()
    anna.get_by_role("button", name="Overdragen").click()
    expect(anna.get_by_text("De casussen zijn overgedragen.")).to_be_visible()
    addresses = [
        link.get_attribute("href")
        for link in anna.get_by_role("rowheader").get_by_role("link").all()
    ]
    assert addresses
    bram = sign_in("Bram")
    for address in addresses:
        assert bram.goto(address).status == 200
    anna.goto("/account")
    expect(anna.get_by_role("main")).not_to_contain_text("alleen u openen")
