"""Rotations through their pages: seen by all, changed by planners, shown before done."""

import re
from dataclasses import replace
from html import unescape

import pytest
from sqlalchemy import select

from weerbaar.accounts import people
from weerbaar.accounts.models import PersonRow
from weerbaar.config.settings import Settings
from weerbaar.hotline.roster import rotation_rows, verbs
from weerbaar.hotline.roster.models import ShiftRow


@pytest.fixture(params=["sqlite"])
def database_url(request, tmp_path, sqlite_template):
    """The pages are the same on both engines; the verbs are tested on both."""
    path = tmp_path / "weerbaar.sqlite"
    path.write_bytes(sqlite_template.read_bytes())
    return f"sqlite:///{path}"


@pytest.fixture
def house(house):
    """Four weeks are enough to look at."""
    return replace(house, settings=Settings(roster_weeks=4))


DAYS = "\n".join(
    f"{one} 08:00 tot {other} 08:00"
    for one, other in zip(
        ("ma", "di", "wo", "do", "vr", "za", "zo"),
        ("di", "wo", "do", "vr", "za", "zo", "ma"),
        strict=True,
    )
)


def fields(office, *names, from_on="2026-11-24", **more):
    places = {
        f"place_{office.people[name].hex}": str(number) for number, name in enumerate(names, 1)
    }
    return {
        "from_on": from_on, "end_on": "", "tier": "1", "blocks": DAYS, "turns": "block",
    } | places | more  # fmt: skip


def confirm(visitor, address, **more):
    """Send what the preview holds, as its button does."""
    kept = re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)">', visitor.page)
    return visitor.send(address, **{name: unescape(value) for name, value in kept} | more)


@pytest.fixture
def planned(office, visit):
    """Rosa has a rotation of Anna and Bram."""
    rosa = visit("rosa").see("/roster/rotations/new?pattern=days")
    rosa.send("/roster/rotations/new", **fields(office, "anna", "bram"))
    confirm(rosa, "/roster/rotations/new")
    with office.database.session() as session:
        (found,) = rotation_rows.every(session)
    return rosa, f"/roster/rotations/{found.id}"


def shifts(office):
    known = {person_id: name for name, person_id in office.people.items()}
    with office.database.session() as session:
        rows = session.scalars(select(ShiftRow).order_by(ShiftRow.starts))
        return "".join(known[row.person_id][0] for row in rows)


def test_a_planner_makes_a_rotation_and_sees_first_what_it_does(office, visit):
    rosa = visit("rosa").see("/roster/rotations")
    assert "Er zijn nog geen rondes" in rosa.text
    assert "Hele dagen" in rosa.see("/roster/rotations/new").text
    rosa.see("/roster/rotations/new?pattern=days")
    assert "ma 08:00 tot di 08:00" in rosa.page
    rosa.send("/roster/rotations/new", **fields(office, "bram", "anna", "carla"))
    assert rosa.status == 200
    assert "Er is nog niets gewijzigd" in rosa.text
    assert "Anna 0 10" in rosa.text
    assert "24-11-2026 12:30 tot 25-11-2026 08:00 Eerste lijn Komt erbij - Bram" in rosa.text
    assert shifts(office) == ""
    confirm(rosa, "/roster/rotations/new")
    assert "De ronde is bewaard. Er zijn 29 diensten gewijzigd." in rosa.page
    assert shifts(office) == ("bac" * 10)[:29]
    assert "Eerste lijn: Hele dagen" in rosa.text
    assert "24-11-2026 12:30 tot 25-11-2026 08:00" in rosa.text


def test_the_preview_says_who_would_get_too_little_rest(office, visit):
    rosa = visit("rosa").see("/roster/rotations/new?pattern=days")
    rosa.send("/roster/rotations/new", **fields(office, "anna", "bram"))
    assert "Weinig rust" not in rosa.text
    rosa.send("/roster/rotations/new", **fields(office, "anna"))
    assert "Weinig rust" in rosa.text
    assert "dagen achter elkaar dienst" in rosa.text
    confirm(rosa, "/roster/rotations/new")
    # What was so already is not told again with every change.
    with office.database.session() as session:
        (found,) = rotation_rows.every(session)
    address = f"/roster/rotations/{found.id}/change"
    rosa.see(address).send(address, **fields(office, "anna", from_on="2026-12-01"))
    assert "Er is nog niets gewijzigd" in rosa.text
    assert "Weinig rust" not in rosa.text


def test_a_shift_names_the_rotation_that_made_it(office, planned, visit):
    rosa, address = planned
    with office.database.session() as session:
        made = session.scalars(select(ShiftRow.id)).first()
    rosa.see(f"/roster/shifts/{made}")
    assert "Ronde Eerste lijn: Hele dagen" in rosa.text
    assert f'href="{address}"' in rosa.page
    rosa.see("/roster").send(
        "/roster/shifts", person=str(office.people["carla"]), tier="2", week="2026-W48",
        start="2026-11-24T08:00", end="2026-11-24T16:00",
    )  # fmt: skip
    with office.database.session() as session:
        loose = session.scalars(select(ShiftRow.id).where(ShiftRow.tier == 2)).one()
    assert "Ronde geen: deze dienst staat los op het rooster" in (
        rosa.see(f"/roster/shifts/{loose}").text
    )


@pytest.mark.parametrize(
    ("wrong", "text"),
    [
        ({"blocks": "ma 08:00 tot di 08:00\nelke dag"}, "Regel 2 is geen blok"),
        ({"blocks": "ma 08:00 tot di 08:00\nma 09:00 tot di 07:00"}, "op dezelfde tijd"),
        ({"blocks": ""}, "Vul minstens één blok in."),
        ({"from_on": "31-02-2027"}, "Vul een dag in als 24-11-2026."),
        ({"end_on": "23-11-2026"}, "De laatste dag ligt voor de eerste."),
        ({"tier": "100"}, "De lijn is een getal van 1 tot en met 99."),
        ({"turns": "month"}, "er is"),
    ],
)
def test_what_is_wrong_is_said_and_nothing_changes(office, visit, wrong, text):
    rosa = visit("rosa").see("/roster/rotations/new?pattern=days")
    rosa.send("/roster/rotations/new", **fields(office, "anna", "bram") | wrong)
    assert rosa.status == 422
    assert text.lower() in rosa.text.lower()
    assert shifts(office) == ""


def test_an_order_needs_somebody_and_places_of_their_own(office, visit):
    rosa = visit("rosa").see("/roster/rotations/new?pattern=days")
    rosa.send("/roster/rotations/new", **fields(office))
    assert "Geef minstens één persoon een plaats" in rosa.text
    same = {f"place_{office.people[name].hex}": "1" for name in ("anna", "bram")}
    rosa.send("/roster/rotations/new", **fields(office) | same)
    assert "Twee mensen hebben dezelfde plaats" in rosa.text


def test_another_order_from_a_day_on(office, planned):
    rosa, address = planned
    before = shifts(office)
    rosa.see(f"{address}/change")
    assert rosa.value(f"place_{office.people['bram'].hex}") == "2"
    # A Dutch day is read too.
    rosa.send(f"{address}/change", **fields(office, "carla", "anna", from_on="1-12-2026"))
    assert "Andere persoon" in rosa.text
    assert (
        "01-12-2026 08:00 tot 02-12-2026 08:00 Eerste lijn Andere persoon Bram Carla" in rosa.text
    )
    confirm(rosa, f"{address}/change")
    assert shifts(office)[:7] == before[:7]
    assert shifts(office)[7:11] == "caca"
    assert "01-12-2026 : Nieuwe volgorde of tijden: Carla, Anna" in rosa.text
    # A change on an earlier day makes that one lapse, and says so.
    rosa.send(f"{address}/change", **fields(office, "bram", from_on="28-11-2026"))
    assert "Die vervalt." in rosa.text


def test_in_english_days_have_their_english_names_and_are_read_so(office, visit):
    rosa = visit("rosa").see("/roster/rotations/new?pattern=nights")
    assert "zo 20:00 tot ma 08:00" in rosa.page
    english = DAYS.replace("tot", "to")
    for dutch, name in zip(
        ("ma", "di", "wo", "do", "vr", "za", "zo"),
        ("mon", "tue", "wed", "thu", "fri", "sat", "sun"),
        strict=True,
    ):
        english = english.replace(f"{dutch} ", f"{name} ")
    rosa.send("/roster/rotations/new", **fields(office, "anna") | {"blocks": english})
    assert "Wat er verandert" in rosa.text


def test_back_to_the_form_keeps_what_was_typed(office, planned):
    rosa, address = planned
    rosa.see(f"{address}/change")
    rosa.send(f"{address}/change", **fields(office, "carla", "anna", from_on="2026-12-01"))
    confirm(rosa, f"{address}/change", back="1")
    assert rosa.value("from_on") == "2026-12-01"
    assert rosa.value(f"place_{office.people['carla'].hex}") == "1"
    assert "c" not in shifts(office)


def test_people_join_and_leave_and_the_rotation_stops(office, planned):
    rosa, address = planned
    joins = {"person": str(office.people["carla"]), "from_on": "2026-11-25"}
    rosa.see(address).send(f"{address}/join", **joins)
    assert "Carla 0 9" in rosa.text
    confirm(rosa, f"{address}/join")
    assert "c" in shifts(office)
    rosa.see(address).send(f"{address}/join", **joins)
    assert rosa.status == 422
    leaves = {"person": str(office.people["bram"]), "from_on": "2026-12-01"}
    rosa.see(address).send(f"{address}/leave", **leaves)
    confirm(rosa, f"{address}/leave")
    assert "Bram gaat eruit" in rosa.text
    rosa.see(address).send(f"{address}/stop", end_on="2020-01-01")
    assert "Wat voorbij is verandert niet meer" in rosa.text
    rosa.see(address).send(f"{address}/stop", end_on="2026-11-30")
    assert "Vervalt" in rosa.text
    confirm(rosa, f"{address}/stop")
    assert len(shifts(office)) == 7


def test_when_the_roster_moved_it_is_shown_again(office, house, planned):
    rosa, address = planned
    rosa.see(f"{address}/change")
    rosa.send(f"{address}/change", **fields(office, "carla", "anna", from_on="2026-12-01"))
    with office.database.session() as session:
        rows = session.scalars(select(ShiftRow).order_by(ShiftRow.starts)).all()
        verbs.replace_person(
            session, office.planner, rows[20].id, office.people["carla"], now=house.clock.now()
        )
        session.commit()
    before = shifts(office)
    confirm(rosa, f"{address}/change")
    assert rosa.status == 422
    assert "Het rooster is intussen veranderd" in rosa.text
    assert "Blijft: met de hand gewijzigd Carla Carla" in rosa.text
    assert shifts(office) == before
    confirm(rosa, f"{address}/change")
    assert "De ronde is bewaard" in rosa.page


def test_who_cannot_take_calls_is_named_on_the_page(office, house, planned):
    rosa, address = planned
    assert "Anna is nog niet toegelaten tot de sleutels" in rosa.see(address).text
    with office.database.session() as session:
        session.get(PersonRow, office.people["anna"]).phone_sealed = None
        people.leave(
            session, office.vault, office.planner, office.people["bram"], house.clock.now()
        )
        session.commit()
    text = rosa.see(address).text
    assert "Anna heeft geen telefoonnummer: kan niet gebeld worden" in text
    assert "Bram werkt hier niet meer of neemt geen oproepen aan" in text
    assert "Met 2 mensen is iets" in rosa.see("/roster/rotations").text
    # He can still be taken out of the order.
    assert f"place_{office.people['bram'].hex}" in rosa.see(f"{address}/change").page


def test_the_roster_is_filled_by_a_button(house, planned, visit):
    rosa, _address = planned
    rosa.see("/roster/rotations").send("/roster/rotations/generate")
    assert "Het rooster is al gevuld." in rosa.page
    house.clock.at = house.clock.at.replace(day=27)
    carla = visit("carla").see("/roster/rotations").send("/roster/rotations/generate")
    assert "Er zijn 3 diensten bijgekomen." in carla.page


def test_everybody_sees_and_only_planners_change(office, visit, planned):
    _rosa, address = planned
    otto = visit("otto").see(address)
    assert otto.status == 200
    assert "Volgorde of tijden wijzigen" not in otto.text
    assert "Iemand komt erbij" not in otto.text
    assert "+31" not in otto.page.partition("<main")[2].partition("</main>")[0]
    for place in ("change", "new"):
        assert otto.see(f"{address.rpartition('/')[0]}/new").status == 403, place
    assert otto.see(f"{address}/change").status == 403
    gone = otto.see("/roster/rotations/00000000-0000-4000-8000-000000000000")
    assert "Deze ronde bestaat niet." in gone.page
