import re

import pytest
from sqlalchemy import select

from weerbaar.accounts import groups
from weerbaar.accounts.actors import Actor, Role
from weerbaar.accounts.models import PersonRow
from weerbaar.hotline.roster import absences, rules, verbs
from weerbaar.hotline.roster.models import ShiftRow

TUESDAY = ("2026-11-24T08:00", "2026-11-24T16:00")


@pytest.fixture
def add(office, house):
    def add(who, start, end, tier=1):
        with office.database.session() as session:
            shift_id = verbs.add_shift(
                session, office.planner, tier=tier, person_id=office.people[who],
                start=rules.read(start), end=rules.read(end), now=house.clock.now(),
            )  # fmt: skip
            session.commit()
            return shift_id

    return add


def on_roster(office):
    known = {person_id: name for name, person_id in office.people.items()}
    with office.database.session() as session:
        rows = session.scalars(select(ShiftRow).order_by(ShiftRow.starts, ShiftRow.tier))
        return [(row.tier, known[row.person_id], row.starts.hour, row.ends.hour) for row in rows]


def fields(office, who, start, end, tier="1", **more):
    return {
        "person": str(office.people[who]),
        "tier": tier,
        "start": start,
        "end": end,
        "week": "2026-W48",
    } | more


# --- seeing --------------------------------------------------------------------------------------


def test_everybody_of_the_staff_sees_who_is_on_duty_and_the_holes_and_no_phone(office, visit, add):
    add("anna", *TUESDAY)
    add("carla", "2026-11-24T08:00", "2026-11-25T08:00", tier=2)
    otto = visit("otto").see()
    assert otto.status == 200
    assert "Nu dienst Eerste lijn Anna tot 24-11-2026 16:00" in otto.text
    assert "Achterwacht Carla tot 25-11-2026 08:00" in otto.text
    assert "Eerste lijn: niemand van 24-11-2026 16:00 tot 01-12-2026 12:30" in otto.text
    assert "Week 48: 23" in otto.text
    assert "00:00 tot 24:00 Gat" in otto.text
    assert "08:00 tot 16:00 Anna" in otto.text
    assert "+31" not in otto.page.partition("<main")[2].partition("</main>")[0]
    assert "Dienst toevoegen" not in otto.page
    assert "/roster/shifts" not in otto.page


def test_nobody_on_duty_is_said(visit):
    rosa = visit("rosa").see()
    assert "Eerste lijn Niemand: er is een gat in het rooster" in rosa.text


def test_the_weeks_beside_this_one_are_a_link_away(visit, add):
    add("anna", "2026-12-01T08:00", "2026-12-01T16:00")
    rosa = visit("rosa").see()
    assert 'href="/roster?week=2026-W47"' in rosa.page
    assert 'href="/roster?week=2026-W49"' in rosa.page
    assert "08:00 tot 16:00 Anna" not in rosa.text
    assert "08:00 tot 16:00 Anna" in rosa.see("/roster?week=2026-W49").text
    assert "Deze week" in rosa.text
    assert "Week 48" in rosa.see("/roster?week=nonsense").text


def test_a_week_shows_its_holidays(visit):
    rosa = visit("rosa").see("/roster?week=2026-W53")
    assert "vr 1 jan Nieuwjaarsdag" in rosa.text
    assert 'data-label="vr 1 jan, Nieuwjaarsdag"' in rosa.page


def test_a_week_shows_who_is_away_to_planners_and_to_himself(office, house, visit, add):
    add("anna", *TUESDAY)
    add("anna", "2026-11-26T08:00", "2026-11-26T16:00")
    anna = Actor(office.people["anna"], frozenset({Role.CONFIDANT}))
    with office.database.session() as session:
        absences.add(
            session, anna, office.people["anna"], start=rules.read("2026-11-25T00:00"),
            end=rules.read("2026-11-28T00:00"), now=house.clock.now(),
        )  # fmt: skip
        session.commit()
    rosa = visit("rosa").see()
    assert "Anna: 25-11-2026 00:00 tot 28-11-2026 00:00" in rosa.text
    # On Thursday, not on Tuesday.
    assert rosa.page.count('aria-label="afwezig gemeld"') == 1
    assert "Afwezig in deze week" not in rosa.see("/roster?week=2026-W49").text
    assert "Afwezig in deze week" in visit("anna").see().text
    bram = visit("bram").see()
    assert "Afwezig in deze week" not in bram.text
    assert "afwezig gemeld" not in bram.page


# Whoever is on the roster and cannot open a waiting call is named, until admitted.
def test_who_cannot_read_a_call_yet_is_marked(office, house, visit, add):
    add("anna", *TUESDAY)
    rosa = visit("rosa").see()
    assert "Op het rooster, maar kan nog geen oproep lezen" in rosa.text
    assert 'aria-label="kan nog geen oproep lezen"' in rosa.page
    with office.database.session() as session:
        office.activate(session, "anna")
        groups.found(
            session,
            office.vault,
            office.planner,
            "confidants",
            office.people["anna"],
            house.clock.now(),
        )
        session.commit()
    assert "kan nog geen oproep lezen" not in rosa.see().text


def test_who_cannot_be_rung_is_named_and_fills_no_hole(office, visit, add):
    add("anna", *TUESDAY)
    rosa = visit("rosa").see()
    assert "kan niet gebeld worden" not in rosa.text
    with office.database.session() as session:
        session.get(PersonRow, office.people["anna"]).phone_sealed = None
        session.commit()
    rosa.see()
    assert "Op het rooster, maar kan niet gebeld worden" in rosa.text
    assert 'aria-label="kan niet gebeld worden"' in rosa.page
    assert "Eerste lijn: niemand van 24-11-2026 12:30" in rosa.text


# --- adding --------------------------------------------------------------------------------------


def test_a_planner_adds_a_shift_and_sending_it_twice_adds_one(office, visit):
    rosa = visit("rosa").see()
    for _time in range(2):
        rosa.send("/roster/shifts", **fields(office, "anna", *TUESDAY))
        assert rosa.status == 200
        assert "De dienst staat op het rooster." in rosa.text
        assert "08:00 tot 16:00 Anna" in rosa.text
        rosa.see()
    assert on_roster(office) == [(1, "anna", 7, 15)]


def test_a_hole_is_filled_from_where_it_is_shown(office, visit):
    rosa = visit("rosa").see()
    link = re.search(r'class="shift shift--hole" href="([^"]+)"', rosa.page).group(1)
    rosa.see(link.replace("&amp;", "&").partition("#")[0])
    # Of Monday nothing can be filled any more; of Tuesday, which is today, the whole day can.
    assert (rosa.value("start"), rosa.value("end")) == ("2026-11-24T00:00", "2026-11-25T00:00")


def test_the_dutch_way_of_writing_a_time_is_taken(office, visit):
    rosa = visit("rosa").see()
    rosa.send("/roster/shifts", **fields(office, "anna", "24-11-2026 8:00", "24-11-2026 16.00"))
    assert on_roster(office) == [(1, "anna", 7, 15)]


def test_all_errors_come_together_linked_to_their_fields_and_nothing_is_lost(office, visit):
    rosa = visit("rosa").see()
    rosa.send(
        "/roster/shifts", person="", tier="0", start="2026-02-30T08:00", end="", week="2026-W50"
    )
    assert rosa.status == 422
    for field in ("person", "tier", "start", "end"):
        assert f'<a href="#{field}">' in rosa.page
        assert f'id="{field}-error"' in rosa.page
    assert "<title>Fout: Rooster" in rosa.page
    assert (rosa.value("tier"), rosa.value("start")) == ("0", "2026-02-30T08:00")
    assert "Week 50" in rosa.text
    rosa.send("/roster/shifts", **fields(office, "anna", *reversed(TUESDAY)))
    assert rosa.status == 422
    assert "De dienst moet eindigen na het begin." in rosa.text
    assert f'<option selected value="{office.people["anna"]}">' in rosa.page
    assert on_roster(office) == []


def test_an_overlap_is_told_with_the_shift_that_stands_in_the_way(office, visit, add):
    add("anna", *TUESDAY, tier=2)
    rosa = visit("rosa").see()
    rosa.send("/roster/shifts", **fields(office, "anna", "2026-11-24T15:00", "2026-11-24T20:00"))
    assert rosa.status == 422
    assert (
        "heeft dan al dienst: Achterwacht, van 24-11-2026 08:00 tot 24-11-2026 16:00" in rosa.text
    )
    rosa.send("/roster/shifts", **fields(office, "otto", "2026-11-24T15:00", "2026-11-24T20:00"))
    assert rosa.status == 422
    assert on_roster(office) == [(2, "anna", 7, 15)]


# --- replacing and removing ----------------------------------------------------------------------


def test_a_person_is_replaced_in_one_act(office, visit, add):
    shift = f"/roster/shifts/{add('anna', *TUESDAY)}"
    rosa = visit("rosa").see(shift)
    assert "Wie Anna Lijn Eerste lijn Wanneer 24-11-2026 08:00 tot 16:00" in rosa.text
    seen = rosa.value("seen")
    for _time in range(2):
        rosa.send(f"{shift}/replace", person=str(office.people["bram"]), seen=seen)
        assert "De dienst is overgenomen." in rosa.text
        assert "08:00 tot 16:00 Bram" in rosa.text
    assert on_roster(office) == [(1, "bram", 7, 15)]


def test_a_removal_that_leaves_a_hole_shows_it_and_asks(office, visit, add):
    shift = f"/roster/shifts/{add('anna', *TUESDAY)}"
    add("bram", "2026-11-24T14:00", "2026-11-24T22:00")
    rosa = visit("rosa").see(shift)
    rosa.send(f"{shift}/remove", seen=rosa.value("seen"))
    assert "Eerste lijn: gat van 24-11-2026 08:00 tot 14:00" in rosa.text
    assert len(on_roster(office)) == 2
    sure = {"seen": rosa.value("seen"), "roster_version": rosa.value("roster_version")}
    rosa.send(f"{shift}/remove", **sure)
    assert "De dienst is verwijderd." in rosa.text
    assert on_roster(office) == [(1, "bram", 13, 21)]
    # Sent twice, or by somebody else before: said, no error.
    rosa.send(f"{shift}/remove", **sure)
    assert rosa.status == 200
    assert "staat niet (meer) op het rooster" in rosa.text
    assert "staat niet (meer) op het rooster" in rosa.see(shift).text


def test_a_confirmation_counts_only_for_the_roster_it_was_given_for(office, house, visit, add):
    shift = f"/roster/shifts/{add('anna', *TUESDAY)}"
    bram = add("bram", "2026-11-24T12:00", "2026-11-24T22:00")
    rosa = visit("rosa").see(shift)
    rosa.send(f"{shift}/remove", seen=rosa.value("seen"))
    sure = {"seen": rosa.value("seen"), "roster_version": rosa.value("roster_version")}
    with office.database.session() as session:
        verbs.remove_shift(
            session,
            office.planner,
            bram,
            now=house.clock.now(),
            confirmed=True,
        )
        session.commit()
    rosa.send(f"{shift}/remove", **sure)
    assert "Eerste lijn: gat van 24-11-2026 08:00 tot 16:00" in rosa.text
    assert on_roster(office) == [(1, "anna", 7, 15)]


def test_two_planners_at_once_get_a_clear_message(office, visit, add):
    shift = f"/roster/shifts/{add('anna', *TUESDAY)}"
    rosa, carla = visit("rosa").see(shift), visit("carla").see(shift)
    seen = rosa.value("seen")
    carla.send(f"{shift}/replace", person=str(office.people["bram"]), seen=carla.value("seen"))
    rosa.send(f"{shift}/replace", person=str(office.people["carla"]), seen=seen)
    assert rosa.status == 422
    assert "Iemand anders heeft deze dienst intussen gewijzigd." in rosa.text
    assert "Wie Bram" in rosa.text
    assert on_roster(office) == [(1, "bram", 7, 15)]
    rosa.send(f"{shift}/remove", seen=seen)
    assert rosa.status == 422
    assert on_roster(office) == [(1, "bram", 7, 15)]
    # What is shown now can be acted upon.
    rosa.send(f"{shift}/replace", person=str(office.people["carla"]), seen=rosa.value("seen"))
    assert on_roster(office) == [(1, "carla", 7, 15)]


# --- who may -------------------------------------------------------------------------------------


def test_only_planners_change_the_roster(office, visit, add):
    shift = f"/roster/shifts/{add('anna', *TUESDAY)}"
    anna = visit("anna").see()
    anna.see(shift)
    assert "Verwijderen" not in anna.text
    assert "Iemand anders laten overnemen" not in anna.text
    for address in ("/roster/shifts", f"{shift}/remove", f"{shift}/replace"):
        anna.see().send(
            address, **fields(office, "bram", "2026-11-25T08:00", "2026-11-25T16:00", seen="1")
        )
        assert anna.status == 403
    assert on_roster(office) == [(1, "anna", 7, 15)]


def test_who_left_is_not_offered(office, visit):
    with office.database.session() as session:
        session.get(PersonRow, office.people["bram"]).state = "left"
        session.get(PersonRow, office.people["bram"]).roles = ""
        session.commit()
    rosa = visit("rosa").see()
    assert re.findall(r"<option[^>]*>([^<]+)</option>", rosa.page) == [
        "Kies een persoon",
        "Anna",
        "Carla",
    ]


# --- how the telephones of a tier ring -----------------------------------------------------------


def marked(office):
    with office.database.session() as session:
        return verbs.manner(session)


def test_who_plans_lets_a_tier_ring_all_at_once_and_no_shift_changes(office, visit, add):
    add("anna", *TUESDAY)
    before = marked(office)
    rosa = visit("rosa")
    page = rosa.see()
    assert "Eerste lijn: de telefoons gaan om de beurt over." in page.text
    rosa.send("/roster/tiers", tier="1", all_at_once="1")
    assert marked(office).all_at_once == {1}
    assert marked(office).version == before.version
    assert "Eerste lijn: alle telefoons gaan tegelijk over." in rosa.see().text
    rosa.send("/roster/tiers", tier="1", all_at_once="")
    assert marked(office).all_at_once == frozenset()


def test_who_only_looks_sees_it_and_changes_nothing(office, visit, add):
    add("anna", *TUESDAY)
    otto = visit("otto")
    page = otto.see()
    assert "de telefoons gaan om de beurt over" in page.text
    assert "Tegelijk laten overgaan" not in page.text
    otto.send("/roster/tiers", tier="1", all_at_once="1")
    assert marked(office).all_at_once == frozenset()


def test_what_is_no_tier_is_refused(office, visit):
    rosa = visit("rosa")
    rosa.see()
    rosa.send("/roster/tiers", tier="100", all_at_once="1")
    assert marked(office).all_at_once == frozenset()


# --- the tabs ------------------------------------------------------------------------------------


def tabs_of(visitor):
    nav = visitor.page.partition('aria-label="Onderdelen van het rooster"')[2].partition("</nav>")
    return re.findall(r'href="([^"]+)"( aria-current="page")?', nav[0])


def test_a_tab_stands_there_for_what_exists_and_may_be_opened(visit, add):
    shift = add("anna", *TUESDAY)
    rosa = visit("rosa").see()
    assert ("/roster", ' aria-current="page"') in tabs_of(rosa)
    assert all(rosa.see(address).status == 200 for address, _here in tabs_of(rosa))
    rosa.see(f"/roster/shifts/{shift}")
    assert ("/roster", ' aria-current="page"') in tabs_of(rosa)
