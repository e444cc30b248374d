"""The board moves by itself while a call does, and the duty card is one sheet of paper."""

import re

import pytest
from playwright.sync_api import expect

from weerbaar.web import fictitious

pytestmark = pytest.mark.browser

PATIENCE = 30_000


def pages_of(pdf: bytes) -> int:
    return len(re.findall(rb"/Type\s*/Page\b", pdf))


def test_the_board_moves_by_itself_and_says_so(demo, desk, sign_in):
    page = sign_in("Anna")
    now = page.get_by_role("region", name="Aan de lijn")
    expect(now).to_contain_text("Er belt nu niemand")
    caller, phone = desk("De beller"), desk("Anna Achterberg")
    caller.dials_070(fictitious.CALLERS[0].name)
    expect(now).to_contain_text("Gaat over bij Anna", timeout=PATIENCE)
    expect(page.get_by_role("region", name="Nu dienst")).to_contain_text("Gaat over")
    expect(page.locator("#announcements")).to_contain_text("Nu 1 aan de lijn.")
    phone.answers()
    phone.presses("1")
    expect(now).to_contain_text("In gesprek met Anna", timeout=PATIENCE)
    expect(page.get_by_role("region", name="Taken")).to_contain_text("Gesprek vastleggen")
    caller.hangs_up()
    expect(now).to_contain_text("Er belt nu niemand", timeout=PATIENCE)


def test_the_board_without_scripts(demo, earlier_call, sign_in):
    earlier_call(answered=False)
    page = sign_in("Anna", java_script_enabled=False)
    expect(page.get_by_role("region", name="Taken")).to_contain_text("Terugbellen gevraagd")
    page.get_by_role("link", name="Vernieuwen").click()
    expect(page.get_by_role("heading", name="Overzicht")).to_be_visible()


@pytest.mark.parametrize("name", ["Anna", "Carla"])
def test_the_duty_card_prints_on_one_sheet(sign_in, name):
    page = sign_in(name)
    page.get_by_role("link", name="Dienstkaart").click()
    expect(page.get_by_role("heading", name="Dienstkaart")).to_be_visible()
    pdf = page.pdf(format="A4")
    assert pages_of(pdf) == 1
    page.emulate_media(media="print")
    expect(page.get_by_role("navigation", name="Hoofdmenu")).to_be_hidden()
    expect(page.get_by_role("list").filter(has_text="Hang op en bel 112")).to_be_visible()
