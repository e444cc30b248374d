"""Bram leaves: his cases are handed over, his account is closed in one act, and nothing is lost."""

import pytest
from playwright.sync_api import expect

from tests.journeys.conftest import fill_sign_in
from weerbaar.web.fictitious import PASSWORD

pytestmark = pytest.mark.browser


def test_a_colleague_leaves(demo, sign_in, new_browser, watch):
    watch.expected = {422}
    bram = sign_in("Bram", at="/cases")
    case = bram.get_by_role("rowheader").get_by_role("link").first.get_attribute("href")

    # Before anything is done Carla reads what it would cost.
    carla = sign_in("Carla", at="/people")
    carla.get_by_role("link", name="Bram van 't Voorbeeld").click()
    carla.get_by_role("link", name="Account sluiten").click()
    costs = carla.get_by_role("main")
    expect(costs).to_contain_text("daarna voor niemand meer te lezen")
    expect(costs).to_contain_text("staat nog op het rooster")
    expect(costs).to_contain_text("Dit is niet terug te draaien")

    bram.goto("/cases/hand-over")
    bram.get_by_label("Anna").check()
    bram.get_by_role("button", name="Overdragen").click()
    expect(bram.get_by_text("De casussen zijn overgedragen.")).to_be_visible()
    carla.reload()
    expect(costs).not_to_contain_text("daarna voor niemand meer te lezen")
    carla.get_by_role("button", name="Account sluiten").click()
    expect(carla.get_by_text("Alle sleutels en sessies zijn vernietigd.")).to_be_visible()

    # He is out, wherever he was, and comes in no more.
    bram.goto("/cases")
    bram.wait_for_url("**/sign-in?next=/cases")
    fill_sign_in(bram, demo.mail("Bram"), PASSWORD, demo.code("Bram"))
    expect(bram.get_by_role("alert")).to_contain_text("klopt niet")

    # What waits for the group gets keys that he never had.
    rekey = carla.get_by_role("button", name="Sleutels vernieuwen")
    if rekey.count():
        rekey.click()
        expect(carla.get_by_text("De sleutels zijn vernieuwd.")).to_be_visible()
    expect(carla.get_by_role("main")).not_to_contain_text("Bram van 't Voorbeeld")
    carla.get_by_role("link", name="Vertrokken").click()
    expect(carla.get_by_role("main")).to_contain_text("Bram van 't Voorbeeld")

    # Anna reads on where he stopped.
    anna = sign_in("Anna", at=case)
    expect(anna.get_by_role("heading", name="Wat er is gebeurd")).to_be_visible()
