"""Calling back by the pages: the gate, the word, what came of it, and nothing twice."""

import re
from datetime import timedelta
from uuid import UUID, uuid4

import pytest
from sqlalchemy import func, select

from tests.telephony.conftest import CALLER
from weerbaar.accounts.models import EnvelopeRow, TrailRow
from weerbaar.hotline.calls.models import CallBackRow
from weerbaar.intake import casework
from weerbaar.intake.casework import CaseFields
from weerbaar.simulator import personas

pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)

ASKS = personas.caller(personas.presses("1", text="Wilt u dat", finished=True))
LEAVES = personas.caller(personas.hangs_up(after=20))
OFFICIAL = "+31612345671"


@pytest.fixture
def anna(desk):
    return desk.confidant("Anna", 1, personas.off())


@pytest.fixture
def waiting(desk, anna):
    return desk.item(desk.call(ASKS))


@pytest.fixture
def a_case(desk, anna):
    def opened(**fields):
        values = {"narrative": "Dreiging.", "caller_number": OFFICIAL, **fields}
        with desk.house.database.session() as session:
            case_id = casework.open_case(
                session, desk.house.vault, anna, CaseFields(**values), desk.now()
            )
            session.commit()
        return case_id

    return opened


def answering(desk, who="Anna", official=CALLER):
    desk.network.phone(desk.phones[who], personas.answers("1"))
    desk.network.phone(official, personas.answers("", talks=30))


def read(desk, actor, case_id):
    with desk.house.database.session() as session:
        return casework.read_case(session, desk.house.vault, actor, case_id, desk.now())


def trailed(desk, action):
    with desk.house.database.session() as session:
        return session.scalars(select(TrailRow.outcome).where(TrailRow.action == action)).all()


def rung(desk, number):
    return [call for call in desk.network.calls if call.to == number]


# ---- the gate ------------------------------------------------------------------------------


def test_outside_the_agreed_hours_a_reason_is_asked_trailed_as_a_code_and_sealed(
    desk, visit, anna, a_case
):
    # It is twelve past four in the morning in Amsterdam.
    case_id = a_case(safe_hours="ma t/m vr 19.00-22.00")
    answering(desk, official=OFFICIAL)
    here = f"/cases/{case_id}/call-back"
    page = visit(anna).see(here)
    assert "Nu buiten de afgesproken uren" in page.text
    assert "Weer veilig vanaf" in page.text
    assert page.send(here).status == 422
    assert "Kies waarom u nu toch belt" in page.text
    assert page.send(here, {"reason": "other"}).status == 422
    assert "Schrijf op waarom u nu toch belt" in page.text
    assert rung(desk, desk.phones["Anna"]) == []
    page.send(here, {"reason": "danger", "reason_text": "Er stond een auto voor de deur."})
    assert page.status == 303
    desk.network.run_until_idle()
    assert len(rung(desk, OFFICIAL)) == 1
    assert trailed(desk, "call_back.outside") == ["danger"]
    notes = [entry.text for entry in read(desk, anna, case_id).entries]
    assert len(notes) == 1
    assert notes[0].endswith("Er stond een auto voor de deur.")


def test_within_the_hours_nothing_is_asked(desk, visit, anna, a_case):
    case_id = a_case(safe_hours="elke dag hele dag")
    answering(desk, official=OFFICIAL)
    page = visit(anna).send(f"/cases/{case_id}/call-back")
    assert page.status == 303
    assert trailed(desk, "call_back.outside") == []
    desk.network.run_until_idle()


def test_a_caller_who_did_not_ask_is_called_with_a_reason_that_goes_with_the_work(
    desk, visit, anna
):
    item = desk.item(desk.call(LEAVES))
    answering(desk)
    here = f"/calls/{item.id}/call-back"
    page = visit(anna)
    assert page.send(here).status == 422
    page.send(here, {"reason": "other", "reason_text": "Belde gisteren ook."})
    assert page.status == 303
    desk.network.run_until_idle()
    page.send(page.location, {"outcome": "not_reached"})
    assert "Belde gisteren ook." in page.see(f"/calls/{item.id}/record").text
    with desk.house.database.session() as session:
        record = session.scalars(select(CallBackRow.reason_record)).one()
        assert b"gisteren" not in session.get_one(EnvelopeRow, record).content
    page.send(f"/calls/{item.id}/close", {"reason": "misuse"})
    with desk.house.database.session() as session:
        assert session.get(EnvelopeRow, record) is None


def test_a_number_that_cannot_be_called_is_named_and_has_no_button(desk, visit, anna, a_case):
    case_id = a_case(safe_number="+31881234567", caller_number="+4930123456")
    page = visit(anna).see(f"/cases/{case_id}/call-back")
    assert "nummer van een organisatie" in page.text
    assert "buitenlands nummer" in page.text
    assert not re.search(r"<button[^>]*>(?:(?!</button>).)*Terugbellen", page.page, re.DOTALL)
    assert page.send(f"/cases/{case_id}/call-back").status == 409


def test_without_a_case_the_default_rule_stands_above_the_button(visit, anna, waiting):
    page = visit(anna).see(f"/calls/{waiting.id}/call-back")
    for words in ("Spreek geen voicemail in", "Noem onze naam", "Verder is er niets afgesproken"):
        assert words in page.text
        assert page.text.index(words) < page.text.index("Wij bellen eerst u")


# ---- nothing twice -------------------------------------------------------------------------


def test_two_clicks_two_tabs_and_the_back_button_place_one_call(desk, visit, anna, waiting):
    answering(desk)
    here = f"/calls/{waiting.id}/call-back"
    page, other = visit(anna), visit(anna)
    once = page.see(here).value("once")
    first = page.send(here, {"once": once}).location
    assert page.send(here, {"once": once}).location == first
    assert other.send(here, {"once": str(uuid4())}).location == first
    desk.network.run_until_idle()
    assert page.send(here, {"once": once}).location == first
    assert len(rung(desk, CALLER)) == 1
    other.send(here)
    assert other.location != first
    desk.network.run_until_idle()
    assert len(rung(desk, CALLER)) == 2


def test_an_id_of_somebody_elses_call_back_is_not_found_and_places_nothing(
    desk, visit, anna, waiting
):
    answering(desk)
    page = visit(anna)
    once = page.see(f"/calls/{waiting.id}/call-back").value("once")
    page.send(f"/calls/{waiting.id}/call-back", {"once": once})
    desk.network.run_until_idle()
    bram = desk.confidant("Bram", None)
    desk.network.phone(desk.phones["Anna"], personas.off())
    other = desk.item(desk.call(ASKS, "+31687654322"))
    theirs = visit(bram).send(f"/calls/{other.id}/call-back", {"once": once})
    assert theirs.see(theirs.location).status == 404
    with desk.house.database.session() as session:
        assert session.scalar(select(func.count()).select_from(CallBackRow)) == 1


# ---- while it rings, and after -------------------------------------------------------------


def begun(desk, visit, anna, path):
    page = visit(anna).send(path, {"reason": "promised"})
    assert page.status == 303
    return page, page.location


def test_while_it_rings_the_page_refreshes_and_then_makes_way_for_the_form(
    desk, visit, anna, waiting
):
    answering(desk)
    page, here = begun(desk, visit, anna, f"/calls/{waiting.id}/call-back")
    desk.network.advance(3)
    assert "Neem op en toets 1" in page.see(here).text
    assert "Spreek geen voicemail in" in page.text
    assert 'hx-trigger="every 2s"' in page.page
    assert "<textarea" not in page.page
    assert 'hx-trigger="every 2s"' in page.see(f"{here}/part").page
    assert "<textarea" in page.see(f"{here}?note=1").page
    assert "hx-trigger" not in page.page.partition("<main")[2]
    desk.network.run_until_idle()
    page.see(f"{here}/part")
    assert "hx-trigger" not in page.page
    assert "Het gesprek is afgelopen" in page.page
    assert "<textarea" in page.page
    bram = desk.confidant("Bram", None)
    assert visit(bram).see(f"{here}/part").status == 404


def test_reached_on_the_second_try(desk, visit, anna, waiting):
    desk.network.phone(desk.phones["Anna"], personas.answers("1"))
    page, here = begun(desk, visit, anna, f"/calls/{waiting.id}/call-back")
    desk.network.run_until_idle()
    page.send(here, {"outcome": "not_reached"})
    assert page.location == "/calls"
    assert "Opnieuw bellen: uiterlijk" in page.see("/calls").page
    assert "1 keer teruggebeld" in page.text
    assert "Niet opgenomen" in page.see(f"/calls/{waiting.id}/record").text
    answering(desk)
    page, here = begun(desk, visit, anna, f"/calls/{waiting.id}/call-back")
    desk.network.run_until_idle()
    page.send(here, {"outcome": "reached", "text": "Hij is weer thuis."})
    assert page.location == f"/calls/{waiting.id}/record?concept=1"
    assert "Hij is weer thuis." in page.see(page.location).page
    assert "Gesproken" in page.text


@pytest.mark.parametrize("outcome", ["number_wrong", "not_safe"])
def test_an_end_without_a_case_goes_to_closing_with_that_reason(
    desk, visit, anna, waiting, outcome
):
    answering(desk)
    page, here = begun(desk, visit, anna, f"/calls/{waiting.id}/call-back")
    desk.network.run_until_idle()
    page.send(here, {"outcome": outcome})
    assert page.location == f"/calls/{waiting.id}/close?reason={outcome}"
    assert re.search(
        rf'value="{outcome}"[^>]*checked|checked[^>]*value="{outcome}"',
        page.see(page.location).page,
    )


def test_from_a_case_the_contact_moment_stands_ready_and_the_agreement_is_confirmed(
    desk, visit, anna, a_case
):
    case_id = a_case(safe_hours="elke dag hele dag")
    answering(desk, official=OFFICIAL)
    page, here = begun(desk, visit, anna, f"/cases/{case_id}/call-back")
    desk.network.run_until_idle()
    before = read(desk, anna, case_id).who.last_confirmed_at
    page.send(here, {"outcome": "reached", "text": "Gaat beter.", "still_safe": "y"})
    assert page.location == f"/cases/{case_id}#entry"
    assert "Teruggebeld: gesproken. Gaat beter." in page.see(f"/cases/{case_id}").page
    assert read(desk, anna, case_id).entries == ()
    assert read(desk, anna, case_id).who.last_confirmed_at > before
    # Sent again by the back button: the text is there once.
    page.send(here, {"outcome": "reached", "text": "Gaat beter."})
    assert page.see(f"/cases/{case_id}").page.count("Gaat beter.") == 1


def test_an_end_with_words_is_sealed_in_the_case_at_once(desk, visit, anna, a_case):
    case_id = a_case(safe_hours="elke dag hele dag")
    answering(desk, official=OFFICIAL)
    page, here = begun(desk, visit, anna, f"/cases/{case_id}/call-back")
    desk.network.run_until_idle()
    page.send(here, {"outcome": "not_safe", "text": "Partner nam op en werd boos."})
    assert page.location == f"/cases/{case_id}#timeline"
    [entry] = read(desk, anna, case_id).entries
    assert entry.text == "Teruggebeld: bellen is niet veilig. Partner nam op en werd boos."


def test_a_session_that_locked_meanwhile_loses_neither_outcome_nor_words(desk, visit, anna, a_case):
    case_id = a_case(safe_hours="elke dag hele dag")
    answering(desk, official=OFFICIAL)
    page, here = begun(desk, visit, anna, f"/cases/{case_id}/call-back")
    desk.network.run_until_idle()
    page.see(here)
    token = re.search(r'name="csrf_token"[^>]*value="([^"]+)"', page.page)[1]
    desk.network.advance(16 * 60)
    sent = page.client.post(
        here,
        data={"csrf_token": token, "outcome": "reached", "text": "Gaat beter."},
        base_url="https://localhost",
    )
    assert sent.status_code == 303
    call_back_id = UUID(here.split("/")[2].split("?")[0])
    with desk.house.database.session() as session:
        assert session.get_one(CallBackRow, call_back_id).outcome == "reached"
    again = visit(anna).see(sent.headers["Location"])
    assert "Gaat beter." in again.page


# ---- the word ------------------------------------------------------------------------------


@pytest.fixture
def talking(desk, visit, anna, a_case):
    case_id = a_case(
        safe_hours="elke dag hele dag", code_word="Zwaluw", duress_word="paraplu",
        word_plan="Vraag naar de vergadering.",
    )  # fmt: skip
    desk.network.phone(desk.phones["Anna"], personas.answers("1"))
    desk.network.phone(OFFICIAL, personas.answers("", talks=600))
    page, here = begun(desk, visit, anna, f"/cases/{case_id}/call-back")
    desk.network.advance(40)
    return page, here.replace("?", "/word?")


def test_the_right_word_is_known_however_it_is_written(talking):
    page, here = talking
    page.send(here, {"word": "  zwaluw "})
    assert "Het woord klopt" in page.text
    assert "Zwaluw" not in page.text
    assert "Vraag naar de vergadering." not in page.text


def test_three_wrong_words_end_it_in_every_tab_and_show_the_plan(desk, visit, anna, talking):
    page, here = talking
    for left in (2, 1):
        page.send(here, {"word": "mus"})
        assert f"nog {left} keer" in page.text
    page.send(here, {"word": "mus"})
    assert "drie keer niet" in page.text
    assert "Vraag naar de vergadering." in page.text
    other = visit(anna)
    late = other.send(here, {"word": "zwaluw"}, at=here.replace("/word", ""))
    assert "Het woord klopt." not in late.text
    assert len(trailed(desk, "case.word_check")) == 3


def test_the_duress_word_shows_how_to_wrap_up_and_marks_the_call_back(desk, talking):
    page, here = talking
    page.send(here, {"word": "Paraplu"})
    assert "kan niet vrij praten" in page.text
    assert "Vraag naar de vergadering." in page.text
    assert "paraplu" not in page.text.lower()
    with desk.house.database.session() as session:
        assert session.scalars(select(CallBackRow.outcome)).one() == "not_safe"
    # The trail does not say which word it was.
    assert trailed(desk, "case.word_check") == ["done"]


def test_the_words_are_checked_in_the_readers_session_alone(desk, visit, talking):
    _page, here = talking
    bram = desk.confidant("Bram", None)
    assert visit(bram).see(here).status == 404
    desk.network.advance(timedelta(minutes=1).total_seconds())
