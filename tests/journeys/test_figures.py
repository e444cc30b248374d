"""A coordinator looks at a quarter, publishes it, and takes the numbers along."""

import csv
import io
from datetime import date

import pytest
from playwright.sync_api import expect

from tests.intake.made_up_facts import seal_facts

pytestmark = pytest.mark.browser


def test_publish_a_quarter(demo, sign_in):
    now = demo.clock.now()
    with demo.house.database.session() as session:
        seal_facts(session, demo.house.vault, date(2026, 5, 1), now)
        session.commit()
    page = sign_in("Carla", at="/figures")
    page.get_by_role("link", name="Bekijken en publiceren: kwartaal 2 van 2026").click()
    expect(page.get_by_text("Nog niet gepubliceerd")).to_be_visible()
    table = page.get_by_role("table", name="Casussen naar functie")
    expect(table.get_by_role("row", name="raadslid 18")).to_be_visible()
    expect(table.get_by_role("row", name="griffier afgeschermd")).to_be_visible()
    expect(page.get_by_role("img", name="Staafdiagram: Functie.")).to_be_visible()
    page.get_by_role("button", name="Publiceren").click()
    expect(page.get_by_text("De cijfers van dit kwartaal zijn gepubliceerd.")).to_be_visible()
    expect(page.get_by_role("button", name="Publiceren")).to_have_count(0)
    expect(table.get_by_role("row", name="raadslid 18")).to_be_visible()
    with page.expect_download() as coming:
        page.get_by_role("link", name="Cijfers als CSV").click()
    assert coming.value.suggested_filename == "cijfers-2026-Q2.csv"
    rows = list(csv.DictReader(io.StringIO(coming.value.path().read_text("utf-8"))))
    (raised,) = [row for row in rows if row["row"] == "council_member"]
    assert (raised["count"], raised["withheld"]) == ("18", "no")
    page.get_by_role("link", name="Cijfers", exact=True).first.click()
    expect(page.get_by_role("row").filter(has_text="kwartaal 2 van 2026")).to_contain_text("63")
