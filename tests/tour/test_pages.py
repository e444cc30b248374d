"""The pages of governments in the tour, as a tour officer uses them."""

import re
from datetime import time

import pytest

from tests.tour.conftest import NOON
from weerbaar.tour import activities
from weerbaar.tour.activities import Step
from weerbaar.tour.stages import Stage, State
from weerbaar.tour.working_models import StepRow

pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)

UTRECHT = "/tour/governments/GM0344"


def link(page, text):
    """Where the first link with a text goes."""
    found = re.search(rf'href="([^"]+)"[^>]*>(?:<[^>]+>)*\s*{re.escape(text)}', page)
    assert found, text
    return found[1]


def test_somebody_finds_the_hague_by_its_other_name_and_two_utrechts_apart(visit):
    toos = visit("toos")
    toos.send("/tour/governments", {"q": "den haag"})
    assert toos.text.count("'s-Gravenhage (Den Haag)") >= 1
    assert "Contactpersonen" in toos.text
    toos.send("/tour/governments", {"q": "utrecht"})
    assert "gemeente Utrecht" in toos.text
    assert "provincie Utrecht" in toos.text
    toos.send("/tour/governments", {"q": "súdwest fryslan"})
    assert "Súdwest-Fryslân" in toos.text
    toos.send("/tour/governments", {"q": "Brielle"})
    assert "Hierbij hoort ook wat stond onder Brielle (GM0501)." in toos.text
    toos.send("/tour/governments", {"q": "nergenshuizen"})
    assert "Geen gemeente of provincie gevonden" in toos.text


def test_one_government_from_end_to_end(visit):
    toos = visit("toos")
    toos.send(
        f"{UTRECHT}/contacts",
        {"role": "mayor", "name": "Burgemeester Voorbeeld", "mail": "b@example.nl"},
    )
    assert "Burgemeester Voorbeeld" in toos.text
    toos.send(f"{UTRECHT}/conversation/new", {"state": "invited"})
    assert "Uitgenodigd" in toos.text
    toos.see(link(toos.page, "Bijwerken"))
    moving = toos.answer.request.path
    toos.send(
        moving,
        {
            "state": "planned",
            "on_day": "20-11-2026",
            "at": "14.30",
            "participants": ["mayor", "clerk"],
        },
    )
    assert "20-11-2026 14:30" in toos.text
    assert "burgemeester, griffier" in toos.text
    toos.send(moving, {"state": "held", "participants": ["mayor", "clerk"]})
    assert "Bezocht op 20-11-2026" in toos.text
    said = link(toos.page, "Wat er besproken is")
    toos.send(said, {
        "situation": "Stenen door de ruit.", "protocol": "no", "conduct": "yes", "contact": "unknown",
        "needs": "Grenzen stellen\nOmgaan met dreigbrieven",
    })  # fmt: skip
    assert "Bewaard." in toos.text
    assert "Stenen door de ruit." in toos.see(said).page
    toos.send(f"{UTRECHT}/session/new", {"state": "offered"})
    programme = link(toos.page, "Programma en evaluatie")
    assert toos.see(programme).text.count("komt nog niet aan bod") >= 2
    toos.send(programme, {"place": "De raadzaal", "parts": "Spel met acteurs"})
    chosen = re.search(r'name="(cover_\w+)"', toos.see(programme).page)[1]
    # Meanwhile somebody puts another need before the first one.
    toos.send(said, {"needs": "Nieuw\nGrenzen stellen\nOmgaan met dreigbrieven"})
    toos.send(programme, {"parts": "Spel met acteurs", chosen: "Spel met acteurs"})
    assert (
        "Spel"
        not in re.search(r"Nieuw</span></th>(.*?)</tr>", toos.see(programme).page, re.DOTALL)[1]
    )
    row = re.search(r"Grenzen stellen</span></th>(.*?)</tr>", toos.see(programme).page, re.DOTALL)[
        1
    ]
    assert "komt aan bod" in row
    assert "Spel met acteurs" in row
    # The training is for one person, whose name stands with the training alone.
    session = link(toos.see(UTRECHT).page.partition("Fase 2")[2], "Bijwerken")
    toos.send(session, {"state": "declined"})
    toos.send(f"{UTRECHT}/training/new", {"state": "offered", "personal": "y"})
    assert "Training voor één persoon" in toos.text
    assert "Kosten voor de gemeente" in toos.text
    training = link(toos.page, "Over de training")
    toos.send(training, {"person": "Raadslid Voorbeeld", "subject": "Weerbaarheid"})
    assert "Raadslid Voorbeeld" in toos.see(training).page
    for path in ("/tour/governments", UTRECHT, f"{training}/move"):
        assert "Raadslid Voorbeeld" not in toos.see(path).page


def test_what_is_emptied_on_the_page_is_empty_afterwards(visit, bureau):
    step = Step(
        State.PLANNED, on_day=NOON.date(), at=time(14, 30),
        officer_id=bureau.teun.person_id, participants=("mayor", "clerk"),
    )  # fmt: skip
    one = bureau.do(activities.begin, bureau.toos, "GM0344", Stage.CONVERSATION, step, NOON)
    toos = visit("toos")
    day = {"state": "planned", "on_day": "24-11-2026"}
    toos.send(f"/tour/activities/{one}/move", {**day, "at": "", "officer": ""})
    assert "Bewaard." in toos.text
    found = bureau.do(activities.one, one)
    assert (found.on_day, found.at, found.officer_id) == (NOON.date(), None, None)
    assert found.participants == ()
    assert "14:30" not in toos.text
    assert "burgemeester, griffier" not in toos.text


def test_what_is_wrong_stands_at_its_field(visit):
    toos = visit("toos")
    toos.send(f"{UTRECHT}/conversation/new", {"state": "planned"})
    assert toos.status == 422
    assert "Vul de dag in." in toos.text
    toos.send(f"{UTRECHT}/conversation/new", {"state": "planned", "on_day": "31-02-2026"})
    assert "Vul een dag in als 24-11-2026." in toos.text
    toos.send(f"{UTRECHT}/session/new", {"state": "offered"})
    assert "De fase hiervoor is nog niet gehouden of overgeslagen." in toos.text
    toos.send(f"{UTRECHT}/contacts", {"role": "mayor", "name": "X", "mail": "geen adres"})
    assert "Dit is geen e-mailadres." in toos.text


def test_few_answers_give_no_average(visit, bureau):
    for stage in (Stage.CONVERSATION, Stage.SESSION):
        step = Step(State.PLANNED, on_day=NOON.date())
        one = bureau.do(activities.begin, bureau.toos, "GM0344", stage, step, NOON)
        bureau.do(activities.move, bureau.toos, one, Step(State.HELD), NOON, seen=1)
    toos = visit("toos")
    toos.send(f"/tour/activities/{one}", {"present": "30", "answers": "4", "average": "7,5"})
    assert "te weinig antwoorden om te tonen" in toos.text
    toos.send(f"/tour/activities/{one}", {"present": "30", "answers": "5", "average": "7,5"})
    assert "7,5 gemiddeld, 5 antwoorden" in toos.text
    toos.send(f"/tour/activities/{one}", {"answers": "5"})
    assert "Vul bij een cijfer ook in hoeveel mensen antwoordden" in toos.text


def test_a_mark_of_few_answers_is_shown_nowhere_and_outlives_another_change(visit, bureau):
    bureau.do(
        activities.begin, bureau.toos, "GM0344", Stage.CONVERSATION, Step(State.SKIPPED), NOON
    )
    step = Step(State.PLANNED, on_day=NOON.date())
    one = bureau.do(activities.begin, bureau.toos, "GM0344", Stage.SESSION, step, NOON)
    own, toos = f"/tour/activities/{one}", visit("toos")

    def mark():
        found = bureau.do(activities.one, one)
        return found.answers, found.average_tenths

    toos.send(own, {"present": "30", "answers": "4", "average": "7,5"})
    assert "7,5" not in toos.see(own).page.partition('name="average"')[2].partition(">")[0]
    assert "Er staat een cijfer. Het wordt niet getoond" in toos.text
    toos.send(own, {"present": "31", "answers": "4", "average": ""})
    assert mark() == (4, 75)
    # Another number of answers has another mark: the one that is kept says nothing of it.
    assert toos.send(own, {"present": "31", "answers": "6", "average": ""}).status == 422
    toos.send(own, {"present": "31", "answers": "6", "average": "8"})
    assert 'value="8,0"' in toos.see(own).page
    toos.send(own, {"present": "31", "answers": "6", "average": "8,0"})
    assert mark() == (6, 80)
    toos.send(own, {"present": "31", "answers": "", "average": ""})
    assert mark() == (None, None)


def test_two_who_write_at_once_lose_nothing_unseen(visit, bureau):
    step = Step(State.PLANNED, on_day=NOON.date())
    one = bureau.do(activities.begin, bureau.toos, "GM0344", Stage.CONVERSATION, step, NOON)
    toos, teun = visit("toos"), visit("teun")
    teun.see(f"/tour/activities/{one}")
    toos.send(f"/tour/activities/{one}", {"situation": "Van Toos"})
    teun.send(f"/tour/activities/{one}", {"situation": "Van Teun", "seen": "1"})
    assert teun.status == 409
    assert "Van Teun" in teun.page
    assert "Van Toos" in teun.see(f"/tour/activities/{one}").page


def test_who_is_not_of_the_tour_sees_nothing_of_it(visit, bureau):
    step = Step(State.INVITED)
    one = bureau.do(activities.begin, bureau.toos, "GM0344", Stage.CONVERSATION, step, NOON)
    anna = visit("anna")
    for path in ("/tour", "/tour/governments", UTRECHT, f"/tour/activities/{one}"):
        assert anna.see(path).status == 403
    nina = visit("nina")
    assert "U bent nog niet toegelaten" in nina.see(UTRECHT).text
    assert nina.see(f"/tour/activities/{one}").status == 404
    assert visit("toos").see("/tour/governments/GM0000").status == 404
    assert visit("toos").see("/tour/activities/00000000-0000-4000-8000-000000000000").status == 404


def test_the_list_is_narrowed_by_province_and_by_how_far_they_are(visit, bureau):
    toos = visit("toos")
    assert "354 gemeenten en provincies" in toos.see("/tour/governments").text
    assert "13 gemeenten en provincies" in toos.see("/tour/governments?province=PV22").text
    assert "12 gemeenten en provincies" in toos.see("/tour/governments?province=provinces").text
    step = Step(State.INVITED)
    bureau.do(activities.begin, bureau.toos, "GM0344", Stage.CONVERSATION, step, NOON)
    assert "1 gemeente of provincie" in toos.see("/tour/governments?state=underway").text
    assert "Geen gemeente of provincie" in toos.see("/tour/governments?state=visited").text


def test_what_is_of_a_code_of_no_list_is_shown_and_nothing_is_added_to_it(visit, bureau):
    with bureau.session() as session:
        session.add(
            StepRow(code="GM7777", what="phone", due_on=NOON.date(), created_day=NOON.date())
        )
        session.commit()
    toos, gone = visit("toos"), "/tour/governments/GM7777"
    assert toos.see(gone).status == 200
    toos.send(f"{gone}/notes", {"text": "Een notitie"}, at=gone)
    assert toos.status == 422
    assert "staat niet meer op de lijst" in toos.text
    toos.send(f"{gone}/contacts", {"role": "mayor", "name": "Burgemeester Voorbeeld"})
    assert toos.status == 422
    assert "staat niet meer op de lijst" in toos.text


def test_a_note_is_not_sent_to_a_translator(visit):
    toos = visit("toos")
    toos.send(f"{UTRECHT}/notes", {"text": "Stenen door de ruit."}, at=UTRECHT)
    assert re.search(r'translate="no"[^>]*>Stenen door de ruit', toos.page)
