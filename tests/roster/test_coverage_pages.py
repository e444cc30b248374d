"""The page that looks ahead."""

import re

import pytest
from sqlalchemy import select

from weerbaar.hotline.roster import coverage_depths
from weerbaar.hotline.roster.coverage_models import TierHoursRow

pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)


@pytest.fixture
def rosa(visit):
    return visit("rosa")


@pytest.fixture
def plan(rosa, office):
    def plan(who, start, end, tier="1"):
        person = str(office.people[who])
        rosa.see("/roster").send("/roster/shifts", person=person, tier=tier, start=start, end=end)
        assert rosa.status == 200

    return plan


def test_an_empty_roster_is_one_hole_and_every_holiday_waits(rosa):
    text = rosa.see("/roster/cover").text
    assert "Eerste lijn: 24-11-2026 12:30 tot 22-12-2026 12:30" in text
    assert "vrijdag 25 december 2026 Eerste kerstdag nog niet gevuld" in text
    assert "woensdag 5 mei 2027 Bevrijdingsdag" in text
    assert "Er zijn geen zwakke plekken." in text


def test_a_thin_spot_says_why_and_whoever_it_is_finds_the_way(rosa, plan, visit):
    plan("anna", "2026-11-24T08:00", "2027-01-05T08:00")
    text = rosa.see("/roster/cover").text
    assert "Er zijn geen gaten." in text
    assert "1 van 1 telefoon nog niet getest, nog niet toegelaten tot de sleutels" in text
    assert "eerste kerstdag steeds iemand" in text.lower()
    assert "/test-call" not in rosa.page
    anna = visit("anna").see("/roster/cover")
    assert "/test-call" in anna.page
    assert "Aantal opslaan" not in anna.text


def test_what_is_missing_leads_planners_to_the_form_that_mends_it(rosa, plan, visit):
    plan("anna", "2026-11-24T08:00", "2026-12-24T08:00")
    page = rosa.see("/roster/cover").page
    link = re.search(r'href="([^"]+#add)"', page).group(1).replace("&amp;", "&")
    rosa.see(link.partition("#")[0])
    assert rosa.value("tier") == "1"
    assert rosa.value("start") == "2026-11-24T12:30"
    assert rosa.value("end") == "2026-12-22T12:30"
    # A holiday, and a thin spot, lead to their week.
    assert "/roster?week=2026-W52#week" in page
    assert "/roster?week=2026-W48#week" in page
    anna = visit("anna").see("/roster/cover")
    assert "#add" not in anna.page
    assert "/roster?week=2026-W48#week" in anna.page


def test_a_hole_leads_to_the_form_that_fills_it(rosa):
    assert "start=2026-11-24T12:30&amp;end=2026-12-22T12:30#add" in rosa.see("/roster/cover").page


def test_thin_spots_for_the_same_reasons_are_one_row(rosa, plan):
    for day in (25, 26, 27):
        plan("anna", f"2026-11-{day}T08:00", f"2026-11-{day}T16:00")
    text = rosa.see("/roster/cover").text
    assert "25-11-2026 08:00 tot 16:00 en nog 2 keer 1 van 1" in text


def test_a_planner_states_numbers_and_takes_them_away(rosa, house):
    rosa.see("/roster/cover")
    rosa.send("/roster/cover/needs", tier="2", depth="1")
    assert "Achterwacht: altijd 1 persoon" in rosa.text
    rosa.send(
        "/roster/cover/needs", tier="2", depth="2", weekdays=["6", "7"], starts="22:00", ends="8.00"
    )
    said = "zaterdag en zondag van 22:00 tot 08:00"
    assert f"{said}: 2 personen" in rosa.text
    assert "Achterwacht: 24-11-2026 12:30 tot 22-12-2026 12:30" in rosa.text
    with house.database.session() as session:
        hours_id = session.scalars(select(TierHoursRow.id)).one()
    rosa.send(f"/roster/cover/hours/{hours_id}/remove")
    assert said not in rosa.text
    rosa.send(f"/roster/cover/hours/{hours_id}/remove")
    assert rosa.status == 200


@pytest.mark.parametrize(
    ("fields", "problem"),
    [
        ({"tier": "1", "depth": "0"}, "In de eerste lijn is altijd ten minste 1 persoon nodig."),
        ({"tier": "0", "depth": "1"}, "De lijn is een getal van 1 tot en met 99."),
        ({"tier": "2", "depth": "21"}, "Het aantal is een getal van 0 tot en met 20."),
        ({"tier": "2", "depth": ""}, "Vul een aantal in."),
        ({"tier": "2", "depth": "1", "starts": "22:00", "ends": "08:00"}, "Kies op welke dagen dit geldt."),
        ({"tier": "2", "depth": "1", "weekdays": ["1"], "ends": "08:00"}, "Vul in vanaf welke tijd dit geldt."),
        ({"tier": "2", "depth": "1", "weekdays": ["1"], "starts": "25:00", "ends": "08:00"}, "Vul een tijd in, zoals 22:00."),
    ],
)  # fmt: skip
def test_what_cannot_be_is_said_at_its_field(rosa, house, fields, problem):
    rosa.see("/roster/cover")
    rosa.send("/roster/cover/needs", **fields)
    assert rosa.status == 422
    assert rosa.text.count(problem) == 2
    with house.database.session() as session:
        stated = coverage_depths.stated(session)
    assert (stated.always, stated.hours) == ({}, ())


def test_only_planners_state_numbers(visit, house):
    anna = visit("anna")
    anna.see("/roster/cover")
    anna.send("/roster/cover/needs", tier="2", depth="1")
    assert anna.status == 403
    with house.database.session() as session:
        assert coverage_depths.stated(session).always == {}
