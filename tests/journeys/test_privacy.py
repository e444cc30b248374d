"""A breach from found to reported; a person who asks what is known of him, and gets it on paper."""

import pytest
from playwright.sync_api import expect

pytestmark = pytest.mark.browser


def test_a_breach_from_found_to_reported(sign_in, watch):
    watch.expected = {422}
    rob = sign_in("Rob", at="/privacy")
    rob.get_by_role("link", name="Datalek melden").click()
    rob.get_by_label("Wat is er gebeurd").fill("Een rooster ging naar een verkeerd adres.")
    rob.get_by_role("button", name="Melden").click()
    expect(rob.get_by_text("Het datalek is gemeld.")).to_be_visible()

    carla = sign_in("Carla")
    expect(carla.get_by_role("main")).to_contain_text("Er is een datalek gemeld.")
    carla.get_by_role("link", name="Privacy", exact=True).click()
    carla.get_by_role("link", name="Alle datalekken").click()
    expect(carla.get_by_role("main")).to_contain_text("de klok loopt")
    carla.get_by_role("rowheader").get_by_role("link").click()
    expect(carla.get_by_role("main")).to_contain_text(
        "Melden bij de toezichthouder uiterlijk 27-11-2026"
    )
    carla.get_by_role("group", name="Gemeld bij de Autoriteit").get_by_label("Ja, gemeld").check()
    carla.get_by_role("group", name="Gemeld aan de mensen").get_by_label("Nee, niet").check()
    carla.get_by_label("Wanneer gemeld bij de toezichthouder").fill("2026-11-24T10:30")
    carla.get_by_role("button", name="Opslaan").click()
    expect(carla.locator("[data-problems]")).to_contain_text("Vul in waarom niet.")
    carla.get_by_label("Waarom niet", exact=False).last.fill("Er staat niets over mensen in.")
    carla.get_by_role("button", name="Opslaan").click()
    carla.get_by_role("button", name="Datalek afsluiten").click()
    expect(carla.get_by_role("main")).to_contain_text("Afgesloten op")


def test_a_person_gets_what_is_known_of_him(sign_in):
    anna = sign_in("Anna", at="/cases/new")
    anna.get_by_label("Wat is er gebeurd").fill("Gisteren stond Kees de Boer bij de deur.")
    anna.get_by_label("Naam", exact=True).fill("Zoë Bakker")
    anna.get_by_role("button", name="Vastleggen").click()
    anna.wait_for_url("**/cases/*-*")
    anna.get_by_role("link", name="Rechten van de melder").click()
    anna.get_by_role("link", name="Verzoek vastleggen").click()
    anna.get_by_label("Inzage").check()
    anna.get_by_label("Wie vraagt het").fill("Zoë Bakker, wij bellen")
    anna.get_by_role("button", name="Vastleggen").click()
    expect(anna.get_by_role("main")).to_contain_text("24-12-2026")
    anna.get_by_role("link", name="Naar de casus").click()
    anna.get_by_role("link", name="Overzicht maken").click()
    expect(anna.get_by_label("Kees de Boer")).to_be_checked()
    with anna.expect_download() as sent:
        anna.get_by_role("button", name="Als pdf").click()
    assert sent.value.suggested_filename.startswith("document-")
    anna.get_by_role("button", name="Als pagina").click()
    expect(anna.get_by_role("main")).to_contain_text("stond [weggelaten] bij de deur")
    expect(anna.get_by_role("main")).to_contain_text("Zoë Bakker")
    expect(anna.get_by_role("main")).not_to_contain_text("Kees")
