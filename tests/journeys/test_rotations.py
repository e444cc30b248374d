"""Planning a quarter: old rotations end, a new one of four people begins, and its order changes."""

import pytest
from playwright.sync_api import expect

pytestmark = pytest.mark.browser

FIRST_THREE = ("Anna Achterberg", "Bram van 't Voorbeeld", "Carla Coördinator")
LAST = "Chérie Demonstratie-Überhoek"
MOST_OLD = 5


def confirm(page):
    expect(page.get_by_role("heading", level=1)).to_have_text("Wat er verandert")
    page.get_by_role("button", name="Bevestigen").click()
    expect(page.get_by_role("status").first).to_contain_text("De ronde is bewaard")


def put_in_order(page, names):
    for field in page.locator("input[name^=place_]").all():
        field.fill("")
    for number, name in enumerate(names, start=1):
        page.get_by_label(name, exact=True).fill(str(number))


def row(page, when):
    return page.get_by_role("row").filter(has=page.get_by_role("rowheader", name=when))


def test_a_quarter_is_planned_and_its_order_changed(sign_in):
    page = sign_in("Rob", at="/roster/rotations")
    old = [link.get_attribute("href") for link in page.locator(".row__title a").all()]
    assert 0 < len(old) < MOST_OLD
    for address in old:
        page.goto(address)
        page.get_by_label("Laatste dag waarop een beurt begint").fill("2026-12-31")
        page.locator("#stop").get_by_role("button").click()
        confirm(page)

    page.goto("/roster/rotations")
    page.get_by_role("link", name="Nieuwe ronde").click()
    page.get_by_role("link", name="Hele dagen").click()
    page.get_by_label("Vanaf", exact=True).fill("2027-01-01")
    page.get_by_label("Tot en met").fill("2027-03-31")
    put_in_order(page, [*FIRST_THREE, LAST])
    page.get_by_role("button", name="Bekijken wat er verandert").click()
    # Ninety days of four people, shown before anything is done.
    counts = page.get_by_role("table", name="Diensten van deze ronde per persoon")
    expect(counts.get_by_role("row").filter(has_text="Anna")).to_contain_text("23")
    expect(counts.get_by_role("row").filter(has_text="Chérie")).to_contain_text("22")
    confirm(page)
    expect(page.get_by_role("list").filter(has_text="Carla").first).to_be_visible()

    page.get_by_role("link", name="Volgorde of tijden wijzigen").click()
    page.get_by_label("Vanaf", exact=True).fill("2027-02-01")
    put_in_order(page, [*reversed(FIRST_THREE)])
    page.get_by_role("button", name="Bekijken wat er verandert").click()
    changed = row(page, "01-02-2027 08:00 tot 02-02-2027 08:00")
    expect(changed).to_contain_text("Andere persoon")
    expect(changed.get_by_role("cell").nth(2)).to_have_text(LAST)
    expect(changed.get_by_role("cell").nth(3)).to_have_text(FIRST_THREE[-1])
    # Nothing before that day is in the difference.
    expect(row(page, "31-01-2027 08:00")).to_have_count(0)
    confirm(page)

    page.goto("/roster?week=2027-W05")
    monday = page.get_by_role("row").filter(has_text="Eerste lijn").get_by_role("cell").first
    expect(monday).to_contain_text(FIRST_THREE[-1])
    # The night that is an hour short has somebody until the clock says eight.
    page.goto("/roster?week=2027-W12")
    expect(page.locator(".shift--hole")).to_have_count(0)
