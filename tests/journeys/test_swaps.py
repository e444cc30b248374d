"""Two colleagues swap a shift; and somebody who has duty at night cannot go on."""

from datetime import timedelta

import pytest
from playwright.sync_api import expect
from sqlalchemy import select

from weerbaar.accounts import people
from weerbaar.hotline.calls.models import StaffCallRow
from weerbaar.hotline.roster import verbs
from weerbaar.hotline.telephony import staff_calls
from weerbaar.web import fictitious

pytestmark = pytest.mark.browser


def id_of(demo, session, name):
    return people.by_mail(session, demo.house.vault, demo.mail(name))


def on_duty(demo):
    with demo.house.database.session() as session:
        cards = people.cards(session, demo.house.vault)
        found = verbs.on_duty(session, demo.clock.now())
    return [(one.tier, cards[one.person_id].name) for one in found]


def test_two_colleagues_swap_a_shift_and_one_of_them_undoes_it(demo, sign_in):
    with demo.house.database.session() as session:
        ahead = verbs.shifts_ahead(session, id_of(demo, session, "Anna"), demo.clock.now())
        shift = next(one for one in ahead if one.starts > demo.clock.now())
        theirs = verbs.shifts_ahead(session, id_of(demo, session, "Bram"), demo.clock.now())
        wanted = next(one for one in theirs if one.starts > demo.clock.now() + timedelta(days=2))

    anna = sign_in("Anna", at="/roster/mine")
    anna.get_by_role("link").and_(
        anna.locator(f"[href='/roster/shifts/{shift.shift_id}']")
    ).first.click()
    anna.get_by_label("Aan wie vraagt u het?").select_option(label="Bram van 't Voorbeeld")
    anna.get_by_label("Wilt u er een dienst voor terug?").select_option(value=str(wanted.shift_id))
    anna.get_by_role("button", name="Vragen").click()
    expect(anna.get_by_text("Het verzoek is verstuurd")).to_be_visible()

    bram = sign_in("Bram", width=320, height=640)
    expect(bram.get_by_text("Een collega vraagt of u een dienst wilt overnemen.")).to_be_visible()
    bram.goto("/roster/swaps")
    bram.get_by_role("button", name="Ja, ik neem de dienst").click()
    expect(bram.get_by_text("De dienst is nu van u.")).to_be_visible()

    anna.goto("/")
    expect(anna.get_by_text("Uw dienst is overgenomen, zoals u vroeg.")).to_be_visible()
    anna.goto("/roster/swaps")
    anna.get_by_role("button", name="Terugdraaien").click()
    expect(anna.get_by_text("De ruil is teruggedraaid")).to_be_visible()
    with demo.house.database.session() as session:
        assert verbs.shift(session, shift.shift_id).person_id == id_of(demo, session, "Anna")
        assert verbs.shift(session, wanted.shift_id).person_id == id_of(demo, session, "Bram")


def test_sick_in_the_middle_of_the_night_on_a_telephone(demo, desk, sign_in):
    # A quarter past three: Bram has the night, Carla stands behind him.
    demo.clock.forward(hours=16, minutes=45)
    assert on_duty(demo) == [(1, "Bram van 't Voorbeeld"), (2, "Carla Coördinator")]
    carla = desk("Carla Coördinator")
    page = sign_in("Bram", width=320, height=640, color_scheme="dark")
    page.get_by_role("link", name="Ik kan nu niet").click()
    expect(page.get_by_role("main")).to_contain_text("Carla Coördinator heeft de dienst dan meteen")
    assert page.evaluate("document.documentElement.scrollWidth") <= 320
    assert on_duty(demo)[0] == (1, "Bram van 't Voorbeeld")
    page.get_by_role("button", name="Nu overdragen").click()
    expect(page.get_by_text("Carla Coördinator heeft de dienst nu")).to_be_visible()
    assert on_duty(demo) == [(1, "Carla Coördinator")]

    staff_calls.ring_due(demo.house, demo.clock.now())
    carla.answers()
    carla.presses("1")
    carla.hears("bevestigd")
    with demo.house.database.session() as session:
        assert session.scalar(select(StaffCallRow.outcome)) == "confirmed"
    page.go_back()
    page.reload()
    expect(page.get_by_role("main")).to_contain_text("U heeft nu geen dienst")


def test_what_was_typed_for_the_next_one_outlives_a_locked_session(demo, sign_in, watch):
    watch.expected = {401, 403}
    anna = sign_in("Anna", at="/roster/hand-over")
    anna.get_by_label("Wat moet uw opvolger weten?").fill("Let op de derde keer.")
    demo.clock.forward(minutes=16)
    with anna.expect_navigation():
        anna.get_by_role("button", name="Overdragen").click()
    anna.goto("/roster/hand-over")
    anna.get_by_label("Wachtwoord").fill(fictitious.PASSWORD)
    anna.get_by_role("button", name="Ontgrendelen").click()
    expect(anna.get_by_label("Wat moet uw opvolger weten?")).to_have_value("Let op de derde keer.")
    anna.get_by_role("button", name="Overdragen").click()

    carla = sign_in("Carla")
    carla.get_by_role("link", name="Er staat 1 overdracht klaar").click()
    expect(carla.get_by_text("Let op de derde keer.")).to_be_visible()
    carla.get_by_role("button", name="Gelezen").click()
    expect(carla.get_by_text("Gelezen door Carla")).to_be_visible()
    anna.goto("/roster/hand-over")
    expect(anna.get_by_label("Wat moet uw opvolger weten?")).to_have_value("")
