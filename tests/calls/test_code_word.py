"""Somebody without a number or a name goes on where he stopped, with his code word."""

import pytest

from tests.telephony.conftest import CALLER, Desk
from weerbaar.intake import casework
from weerbaar.intake.casework import CaseFields
from weerbaar.simulator import personas

pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)

TALKS = personas.answers("1", talks=60)


@pytest.fixture
def anna(desk: Desk):
    return desk.confidant("Anna", 1, TALKS)


def opened(desk, actor, **fields):
    with desk.house.database.session() as session:
        case_id = casework.open_case(
            session, desk.house.vault, actor, CaseFields(**fields), desk.now()
        )
        session.commit()
    return case_id


def anonymous_talk(desk):
    call = desk.network.call("anonymous", personas.patient())
    desk.network.run_until_idle()
    return desk.item(call)


def test_the_word_leads_to_the_case_and_the_talk_joins_it(desk, visit, anna):
    case_id = opened(desk, anna, narrative="Druk van een bedrijf.", code_word="zwaluw")
    item = anonymous_talk(desk)
    at = f"/calls/{item.id}/code-word"
    page = visit(anna).see(f"/calls/{item.id}/record")
    assert f'href="{at}"' in page.page
    assert "Druk van een bedrijf." not in page.page
    page.send(at, {"word": "Zwaluw "})
    assert "Het woord klopt." in page.text
    assert "Druk van een bedrijf." in page.text
    assert "zwaluw" not in page.page.lower()
    page.see(f"/calls/{item.id}/record?concept=1")
    assert "Bekend codewoord" in page.text
    contact = f"/calls/{item.id}/contact"
    page.send(contact, {"case_id": str(case_id), "text": "Belde weer."}, at=at)
    assert page.location == f"/cases/{case_id}"
    assert "Belde weer." in page.see(page.location).text
    assert desk.item(desk.network.calls[0]).done_reason == "recorded"


# A closed case, and one behind the first page of the caseload, is found by its word as well.
def test_a_closed_case_opens_again(desk, visit, anna):
    case_id = opened(desk, anna, narrative="Druk van een bedrijf.", code_word="zwaluw")
    with desk.house.database.session() as session:
        casework.close_case(session, desk.house.vault, anna, case_id, desk.now())
        session.commit()
    item = anonymous_talk(desk)
    page, at = visit(anna), f"/calls/{item.id}/code-word"
    page.send(at, {"word": "zwaluw"})
    page.send(f"/calls/{item.id}/contact", {"case_id": str(case_id), "text": "Weer."}, at=at)
    with desk.house.database.session() as session:
        assert casework.read_case(session, desk.house.vault, anna, case_id, desk.now()).is_open


def test_three_wrong_words_and_the_plan_follows(desk, visit, anna):
    bram = desk.confidant("Bram", None)
    opened(desk, bram, narrative="Van Bram.", code_word="zwaluw")
    item = anonymous_talk(desk)
    page, at = visit(anna), f"/calls/{item.id}/code-word"
    assert page.send(at, {"word": " "}).status == 422
    # The word of a colleague's case and a word of nobody's get one answer.
    page.send(at, {"word": "zwaluw"})
    first = page.text
    assert "U kunt nog 2 keer zoeken." in first
    page.send(at, {"word": "merel"})
    assert page.text == first.replace("nog 2 keer", "nog 1 keer")
    page.send(at, {"word": "spreeuw"})
    assert "Meer pogingen zijn er niet." in page.text
    opened(desk, anna, narrative="Van Anna.", code_word="mus")
    assert 'name="word"' not in page.see(at).page
    page.send(at, {"word": "mus"}, at=f"/calls/{item.id}/record")
    assert "Van Anna." not in page.page


def test_a_duress_word_says_what_to_do(desk, visit, anna):
    opened(
        desk, anna, narrative="Druk.", code_word="zwaluw", duress_word="paraplu",
        word_plan="Bel de wijkagent.",
    )  # fmt: skip
    item = anonymous_talk(desk)
    page = visit(anna).send(f"/calls/{item.id}/code-word", {"word": "paraplu"})
    assert "kan niet vrij praten" in page.text
    assert "Bel de wijkagent." in page.text
    assert "Het woord klopt." not in page.text


# Code words are for who lately showed that it is he; a telephone left unlocked finds no case by them.
def test_it_asks_to_show_again_who_you_are(desk, visit, anna):
    item = anonymous_talk(desk)
    page, at = visit(anna), f"/calls/{item.id}/code-word"
    assert page.see(at).status == 200
    desk.network.advance(11 * 60)
    assert page.see(at).location == f"/confirm?next={at}"


def test_somebody_elses_call_takes_no_word(desk, visit, anna):
    bram = desk.confidant("Bram", None)
    item = anonymous_talk(desk)
    visit(anna).send(f"/calls/{item.id}/claim", at="/calls")
    assert visit(bram).see(f"/calls/{item.id}/code-word").status == 303


def test_a_caller_with_a_number_may_have_a_word_too(desk, visit, anna):
    opened(desk, anna, narrative="Belde eerst anoniem.", code_word="zwaluw")
    call = desk.network.call(CALLER, personas.patient())
    desk.network.run_until_idle()
    item = desk.item(call)
    page = visit(anna).send(f"/calls/{item.id}/code-word", {"word": "zwaluw"})
    page.see(f"/calls/{item.id}/record?concept=1")
    assert "Belde eerst anoniem." in page.text
