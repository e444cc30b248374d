"""The pages on which people arrange shifts: what each may press, and what it leads to."""

from datetime import UTC, datetime

import pytest

from weerbaar.hotline.roster import absence_pages, rules, verbs
from weerbaar.hotline.roster.swaps_models import AbsenceRow, SwapRow

pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
SHIFTS = {
    "now": ("anna", "2026-11-24T08:00", "2026-11-24T20:00", 1),
    "behind": ("bram", "2026-11-24T08:00", "2026-11-25T08:00", 2),
    "anna": ("anna", "2026-12-01T20:00", "2026-12-02T08:00", 1),
    "bram": ("bram", "2026-12-03T20:00", "2026-12-04T08:00", 1),
}


@pytest.fixture
def shifts(office, house):
    with office.database.session() as session:
        made = {
            name: verbs.add_shift(
                session, office.planner, tier=tier, person_id=office.people[who],
                start=rules.read(start), end=rules.read(end), now=house.clock.now(),
            )
            for name, (who, start, end, tier) in SHIFTS.items()
        }  # fmt: skip
        session.commit()
    return made


@pytest.fixture
def owner(office):
    known = {person_id: name for name, person_id in office.people.items()}

    def owner(shift_id):
        with office.database.session() as session:
            return known[verbs.shift(session, shift_id).person_id]

    return owner


def swap_id(office):
    with office.database.session() as session:
        return session.query(SwapRow.id).scalar()


def test_a_swap_between_two_people_from_page_to_page(office, visit, shifts, owner):
    anna = visit("anna")
    anna.see("/roster/mine")
    assert f"/roster/shifts/{shifts['anna']}" in anna.page
    anna.see(f"/roster/shifts/{shifts['anna']}")
    assert "Dienst verwijderen" not in anna.text
    anna.send(
        f"/roster/shifts/{shifts['anna']}/ask", seen=anna.value("seen"),
        asked=str(office.people["bram"]), wanted=str(shifts["bram"]),
    )  # fmt: skip
    assert "Het verzoek is verstuurd" in anna.page
    assert "in ruil voor" in anna.text
    bram = visit("bram").see("/roster/swaps")
    assert "Anna vraagt of u deze dienst overneemt" in bram.text
    bram.send(f"/roster/swaps/{swap_id(office)}/accept")
    assert (owner(shifts["anna"]), owner(shifts["bram"])) == ("bram", "anna")
    assert "Bram nam een dienst over van Anna" in bram.text
    anna.see("/roster/swaps").send(f"/roster/swaps/{swap_id(office)}/undo")
    assert (owner(shifts["anna"]), owner(shifts["bram"])) == ("anna", "bram")
    # The back button, and the same button again.
    bram.send(f"/roster/swaps/{swap_id(office)}/accept")
    assert "al beantwoord" in bram.page
    assert owner(shifts["anna"]) == "anna"


def test_whoever_says_yes_chooses_what_he_gives_in_return(office, visit, shifts, owner):
    anna = visit("anna").see(f"/roster/shifts/{shifts['anna']}")
    anna.send(
        f"/roster/shifts/{shifts['anna']}/ask", seen=1, asked="",
        wanted="00000000-0000-0000-0000-000000000000",
    )  # fmt: skip
    bram = visit("bram").see("/roster/swaps")
    bram.send(f"/roster/swaps/{swap_id(office)}/accept", returned="")
    assert "Kies welke dienst u ervoor teruggeeft" in bram.page
    bram.send(f"/roster/swaps/{swap_id(office)}/accept", returned=str(shifts["bram"]))
    assert (owner(shifts["anna"]), owner(shifts["bram"])) == ("bram", "anna")


def test_a_planner_settles_and_others_find_nothing(office, visit, shifts, owner):
    anna = visit("anna").see(f"/roster/shifts/{shifts['anna']}")
    anna.send(
        f"/roster/shifts/{shifts['anna']}/ask", seen=1, asked=str(office.people["carla"]), wanted=""
    )
    found = swap_id(office)
    bram = visit("bram").see("/roster/swaps")
    for act in ("accept", "decline", "undo"):
        assert bram.send(f"/roster/swaps/{found}/{act}").status == 404
        bram.see("/roster/swaps")
    assert bram.send(f"/roster/swaps/{found}/settle").status == 403
    assert visit("otto").see("/roster/swaps").send(f"/roster/swaps/{found}/accept").status == 404
    rosa = visit("rosa").see("/roster/swaps")
    assert "Anna wil een dienst kwijt" in rosa.text
    rosa.send(f"/roster/swaps/{found}/settle", person=str(office.people["bram"]), returned="")
    assert owner(shifts["anna"]) == "bram"


def test_a_part_is_taken_over_by_who_may(office, visit, shifts, owner):
    bram = visit("bram").see(f"/roster/shifts/{shifts['anna']}")
    bram.send(
        f"/roster/shifts/{shifts['anna']}/take-over", seen=1,
        start="2026-12-02T02:00", end="", person="",
    )  # fmt: skip
    assert "De dienst is nu van u" in bram.page
    with office.database.session() as session:
        found = verbs.on_duty(session, datetime(2026, 12, 2, 3, tzinfo=UTC))
    assert [one.person_id for one in found] == [office.people["bram"]]
    assert owner(shifts["anna"]) == "anna"
    # Otto takes no calls; another's name in the form is no use to who plans nothing.
    otto = visit("otto").see(f"/roster/shifts/{shifts['anna']}")
    assert "Deze dienst overnemen" not in otto.text
    otto.send(
        f"/roster/shifts/{shifts['anna']}/take-over", seen=2, person=str(office.people["bram"])
    )
    assert "mag geen oproepen aannemen" in otto.page
    assert owner(shifts["anna"]) == "anna"


def test_what_is_wrong_with_taking_over_stands_at_its_field(office, visit, shifts, owner):
    address = f"/roster/shifts/{shifts['anna']}"
    rosa = visit("rosa").see(address)
    rosa.send(f"{address}/take-over", seen=1, person="", start="", end="")
    assert rosa.status == 422
    assert '<a href="#take-person">Kies wie de dienst overneemt.</a>' in rosa.page
    bram = str(office.people["bram"])
    rosa.send(f"{address}/take-over", seen=1, person=bram, start="2026-13-01T00:00", end="")
    assert rosa.status == 422
    assert '<a href="#start">Vul een dag en een tijd in die bestaan' in rosa.page
    # What was chosen and typed still stands there.
    assert f'<option selected value="{bram}">' in rosa.page
    assert 'value="2026-13-01T00:00"' in rosa.page
    rosa.send(
        f"{address}/take-over", seen=1, person=bram, start="2026-12-05T00:00",
        end="2026-12-05T08:00",
    )  # fmt: skip
    assert '<a href="#start">In die tijd valt niets' in rosa.page
    rosa.send(f"{address}/take-over", seen=7, person=bram, start="", end="")
    assert '<a href="#take-person">Iemand anders heeft deze dienst intussen gewijzigd' in rosa.page
    assert owner(shifts["anna"]) == "anna"
    rosa.send(f"{address}/take-over", seen=rosa.value("seen"), person=bram, start="", end="")
    assert owner(shifts["anna"]) == "bram"


def test_what_is_wrong_with_asking_stands_at_its_field(office, visit, shifts):
    address = f"/roster/shifts/{shifts['anna']}"
    anna = visit("anna").see(address)
    anna.send(
        f"{address}/ask", seen=1, asked=str(office.people["carla"]), wanted=str(shifts["bram"])
    )
    assert anna.status == 422
    assert '<a href="#wanted">Kies een dienst van de collega' in anna.page
    assert f'<option selected value="{shifts["bram"]}">' in anna.page
    for _time in range(2):
        anna.see(address).send(f"{address}/ask", seen=1, asked="", wanted="")
    assert anna.status == 422
    assert '<a href="#asked">Voor deze dienst staat al een verzoek open.</a>' in anna.page


def test_a_planner_who_takes_no_calls_says_who_is_away(visit):
    rosa = visit("rosa").see("/roster/absences")
    assert "voor uzelf" not in rosa.text
    rosa.send("/roster/absences", person="", start="2026-12-01T00:00", end="2026-12-02T00:00")
    assert rosa.status == 422
    assert '<a href="#person">Kies wie er afwezig is.</a>' in rosa.page


def test_a_sick_call_asks_once_and_wakes_who_takes_over(office, visit, shifts):
    woken = []
    anna = visit("anna")
    app = anna._client.application
    app.extensions[absence_pages.WAKE] = lambda _session, done, _now: woken.append(done)
    anna.see("/roster/mine")
    assert 'href="/roster/cannot"' in anna.page
    anna.see("/roster/cannot")
    assert "Neemt het over Bram" in anna.text
    assert woken == []
    anna.send("/roster/cannot", person="")
    assert "Bram heeft de dienst nu" in anna.page
    assert [one.person_id for one in woken] == [office.people["bram"]]
    anna.see("/roster/cannot")
    assert "U heeft nu geen dienst" in anna.text
    anna.see("/roster/mine").send("/roster/cannot", person="")
    assert "U heeft nu geen dienst" in anna.page
    assert len(woken) == 1


def test_nobody_behind_is_said_before_and_after(office, visit, shifts, house):
    with office.database.session() as session:
        verbs.remove_shift(session, office.planner, shifts["behind"], now=house.clock.now())
        session.commit()
    anna = visit("anna")
    anna._client.application.extensions[absence_pages.WAKE] = lambda *_given: None
    anna.see("/roster/cannot")
    assert "Er is geen achterwacht" in anna.text
    anna.send("/roster/cannot", person="")
    assert "Er is nu niemand die het kan overnemen" in anna.page
    anna.see("/roster/cannot").send("/roster/cannot", person=str(office.people["carla"]))
    assert "Carla heeft de dienst nu" in anna.page


def test_an_absence_is_given_shown_beside_shifts_and_withdrawn(office, visit, shifts):
    anna = visit("anna").see("/roster/absences")
    anna.send("/roster/absences", start="2026-12-01T00:00", end="2026-12-01T00:00", person="")
    assert anna.status == 422
    anna.send("/roster/absences", start="2026-12-01T00:00", end="2026-12-08T00:00", person="")
    assert "Heeft dan nog dienst" in anna.text
    with office.database.session() as session:
        absence = session.query(AbsenceRow.id).scalar()
    bram = visit("bram").see("/roster/absences")
    assert "Anna" not in bram.text
    assert bram.send(f"/roster/absences/{absence}/cancel").status == 404
    rosa = visit("rosa").see("/roster/absences")
    assert "Anna" in rosa.text
    rosa.send(
        "/roster/absences", start="2026-12-01T00:00", end="2026-12-02T00:00",
        person=str(office.people["bram"]),
    )  # fmt: skip
    assert "Bram" in rosa.text
    rosa.send(f"/roster/absences/{absence}/cancel")
    assert f"/roster/absences/{absence}/cancel" not in rosa.page
