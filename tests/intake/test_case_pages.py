"""The pages of what belongs to a case, as people use them without scripts."""

import re
from datetime import timedelta

import pytest
from sqlalchemy import select

from tests.intake.conftest import NOON
from weerbaar.accounts import people
from weerbaar.accounts.models import TrailRow
from weerbaar.intake import casework, retention, sharing

pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)

CONSENT = {
    "purpose": "referral", "to_whom": "Slachtofferhulp", "scope": "Het voorval",
    "given_by": "caller", "how": "spoken", "given_on": "2026-11-24", "until": "",
}  # fmt: skip
GROUNDS = {
    name: f"Grond {name}."
    for name in ("tried", "conflict", "no_other_way", "harm", "helps", "told", "to_whom",
                 "consulted")
}  # fmt: skip


def records(page, address):
    """The ids that follow an address in the links and forms of a page."""
    found = re.findall(rf'(?:href|action)="{address}/([0-9a-f-]{{36}})', page)
    return list(dict.fromkeys(found))


# A long case: the last of it at once, the rest unfolds; nothing of it twice.
def test_a_long_timeline_unfolds(desk, visit):
    case_id = desk.open_case(desk.anna)
    for number in range(40):
        at = NOON - timedelta(days=40 - number)
        desk.do(
            casework.add_contact_moment, desk.anna, case_id, f"Moment {number:02}.", NOON, at=at
        )
    page = visit("anna").see(f"/cases/{case_id}").page
    before, _, last = page.partition("Tijdlijn, oudste eerst")
    assert [int(one) for one in re.findall(r"Moment (\d\d)\.", before)] == list(range(28))
    assert [int(one) for one in re.findall(r"Moment (\d\d)\.", last)] == list(range(28, 40))
    assert "Het begin en 28 eerdere gebeurtenissen" in page
    assert page.count("Casus begonnen") == 1


def test_a_private_note_is_marked_and_can_be_removed(desk, visit):
    case_id = desk.open_case(desk.anna)
    desk.do(sharing.share, desk.anna, case_id, desk.bram.person_id, {"who", "what"}, NOON)
    page, notes = f"/cases/{case_id}", f"/cases/{case_id}/notes"
    anna = visit("anna")
    anna.send(notes, {"text": "Ik twijfel.", "kind": "private_note"}, at=page)
    assert anna.status == 303
    assert "Privénotitie" in anna.see(page).text
    assert "alleen voor u" in anna.text
    assert "Ik twijfel." not in visit("bram").see(page).text
    (note,) = records(anna.page, notes)
    assert visit("bram").send(f"{notes}/{note}/remove", at=page).status == 404
    assert anna.send(f"{notes}/{note}/remove", at=page).status == 303
    assert "Ik twijfel." not in anna.see(page).text


# Who left keeps no case readable, whatever rights he still has.
def test_who_left_is_no_reader_that_counts(desk, visit):
    case_id = desk.open_case(desk.anna)
    desk.do(sharing.share, desk.anna, case_id, desk.bram.person_id, {"who", "what"}, NOON)
    assert not desk.read(desk.anna, case_id).only_reader
    with desk.session() as session:
        people.leave(session, desk.vault, desk.installation.coordinator, desk.bram.person_id, NOON)
        session.commit()
    assert desk.read(desk.anna, case_id).only_reader
    assert "Alleen u kunt deze casus openen" in visit("anna").see(f"/cases/{case_id}").text


def test_consents_by_the_page(desk, visit):
    case_id = desk.open_case(desk.anna)
    page = f"/cases/{case_id}/consents"
    anna = visit("anna").send(page, {})
    assert anna.status == 422
    for asked in (
        "Kies waarvoor", "Vul in aan wie", "Vul in wat er verteld", "Kies wie", "Kies hoe",
        "Vul in op welke dag",
    ):  # fmt: skip
        assert asked in anna.text, asked
    for wrong, said in (
        ({"given_on": "2026-11-25"}, "Deze dag moet nog komen."),
        ({"until": "2026-11-23"}, "De laatste dag is al voorbij."),
        ({"until": "morgen"}, "zoals 24-11-2027"),
    ):
        assert anna.send(page, {**CONSENT, **wrong}).status == 422
        assert said in anna.text
    assert anna.send(page, CONSENT).status == 303
    assert "Slachtofferhulp" in anna.see(page).text
    assert "Doorverwijzen of" in anna.see(f"/cases/{case_id}").text
    (record,) = records(anna.see(page).page, page)
    one = f"{page}/{record}"
    assert anna.send(one, {"until": "2026-11-01"}).status == 422
    assert anna.send(one, {"until": "01-12-2026"}).status == 303
    assert "01-12-2026" in anna.see(page).text
    assert anna.send(f"{one}/withdraw", at=page).status == 303
    assert "Ingetrokken" in anna.see(page).text
    assert "Nu geldt er geen toestemming." in anna.see(f"/cases/{case_id}").text
    for path, method in ((page, "see"), (one, "see"), (f"{one}/withdraw", "send")):
        more = {"at": "/search"} if method == "send" else {}
        assert getattr(visit("bram"), method)(path, **more).status == 404
    desk.do(sharing.share, desk.anna, case_id, desk.esther.person_id, {"what"}, NOON)
    assert visit("esther").see(page).status == 403
    assert "Slachtofferhulp" not in anna.see("/consents").text
    desk.do(retention.destroy_case, desk.anna, case_id, NOON, "erasure")
    assert "Slachtofferhulp" in anna.see("/consents").text
    assert "Slachtofferhulp" not in visit("esther").see("/consents").text


def test_follow_ups_by_the_page(desk, visit):
    case_id = desk.open_case(desk.anna, narrative="Een brief thuis.")
    desk.do(sharing.share, desk.anna, case_id, desk.esther.person_id, {"what"}, NOON)
    page, anna = f"/cases/{case_id}/follow-ups", visit("anna")
    assert 'value="2026-12-08"' in anna.see(page).page
    fields = {
        "text": "Bellen.", "due_on": "2026-11-20", "person": str(desk.esther.person_id),
    }  # fmt: skip
    assert anna.send(page, fields).status == 422
    assert "hooguit twee jaar" in anna.text
    assert anna.send(page, {**fields, "due_on": ""}).status == 422
    assert anna.send(page, {**fields, "person": str(desk.bram.person_id)}).status == 422
    assert anna.send(page, {**fields, "due_on": "2026-11-24"}).status == 303
    assert "Vandaag" in anna.see(page).text
    assert "Bellen." in anna.see(f"/cases/{case_id}").text
    assert "Voor collega" in anna.see("/follow-ups").text
    assert "Een brief thuis." in anna.text
    assert "Er staat niets open" in visit("bram").see("/follow-ups").text
    esther = visit("esther").see("/follow-ups")
    assert "Voor u" in esther.text
    (record,) = records(esther.page, page)
    assert visit("bram").see(f"{page}/{record}").status == 404
    assert esther.send(f"{page}/{record}", {"came_of_it": "Het gaat."}).status == 303
    assert "1 gedane afspraak" in anna.see(page).text
    assert "Het gaat." in anna.text


def test_reports_and_referrals_by_the_page(desk, visit):
    case_id = desk.open_case(desk.anna, reporting_status="undecided")
    page, anna = f"/cases/{case_id}/reports", visit("anna")
    assert "geen toestemming vastgelegd om iets te melden" in anna.see(page).text
    report = {"route": "police_report", "on": "2026-11-24", "by_whom": "us", "note": "Nummer 7."}
    assert anna.send(page, report).status == 422
    assert "geen toestemming om dit namens de beller te melden" in anna.text
    assert anna.send(page, {**report, "by_whom": ""}).status == 422
    assert anna.send(page, {**report, "on": "2026-11-25", "by_whom": "caller"}).status == 422
    desk.consent(desk.anna, case_id, "police_report")
    assert anna.send(page, report).status == 303
    assert "Nummer 7." in anna.see(page).text
    assert "met toestemming" in anna.see(f"/cases/{case_id}").text
    # The timeline tells it too, between the talks.
    last = anna.text.partition("Contact en notities")[2].partition("Tekst")[0]
    assert "Melding" in last
    assert "Nummer 7." in last
    (record,) = records(anna.see(page).page, page)
    assert anna.send(f"{page}/{record}/remove", at=page).status == 303
    assert "Nog niet vastgelegd of er is gemeld." in anna.see(page).text

    page = f"/cases/{case_id}/referrals"
    assert 'name="is_warm"' not in anna.see(page).page
    warm = {"to_whom": "De wijkagent", "is_warm": "y", "told": "Het voorval."}
    assert anna.send(page, warm).status == 422
    desk.consent(desk.anna, case_id, "referral")
    assert anna.send(page, warm).status == 303
    (record,) = records(anna.see(page).page, page)
    for _step in ("introduced", "taken over"):
        assert anna.send(f"{page}/{record}", {"on": "2026-11-25"}).status == 422
        assert anna.send(f"{page}/{record}", {"on": "2026-11-24"}).status == 303
    assert "Overgenomen op 24-11-2026" in anna.see(page).text


def test_breaking_confidentiality_by_the_page(desk, visit):
    case_id = desk.open_case(desk.anna, name="Zoë")
    page, anna = f"/cases/{case_id}/disclosures", visit("anna")
    assert "112" in anna.see(page).text
    assert anna.text.index("Carla (coördinator)") < anna.text.index("Bram")
    empty = anna.send(page, {})
    assert empty.status == 422
    assert empty.page.count("zonder deze grond doorbreekt u") >= 5
    # What was typed is kept, and there for who comes back; it goes with the decision.
    anna.send(f"/drafts/disclosure-{case_id}", {"harm": "Half getypt."}, at=page)
    assert "Half getypt." in visit("anna").see(page).page
    sent = {**GROUNDS, "official_told": "no", "second": str(desk.carla.person_id)}
    assert anna.send(page, sent).status == 422
    assert 'href="#not_told_why"' in anna.page
    assert anna.send(page, {**sent, "not_told_why": "Dat is gevaarlijk."}).status == 303
    assert "Nog niet meegekeken" in anna.see(page).text
    assert "Half getypt." not in anna.page
    assert "Geheimhouding doorbreken" in anna.see(f"/cases/{case_id}").text
    carla = visit("carla").see("/follow-ups")
    (record,) = records(carla.page, "/disclosures")
    assert visit("bram").see(f"/disclosures/{record}").status == 404
    assert "Grond harm." in carla.see(f"/disclosures/{record}").text
    assert "Zoë" not in carla.page
    assert carla.see(f"/cases/{case_id}").status == 404
    assert carla.send(f"/disclosures/{record}", {"agrees": "no"}).status == 422
    assert carla.send(f"/disclosures/{record}", {"agrees": "yes"}).status == 303
    assert "Meegekeken: eens" in anna.see(page).text
    assert "/disclosures/" not in carla.see("/follow-ups").page
    with desk.session() as session:
        refused = select(TrailRow.actor_id).where(
            TrailRow.object_id == record, TrailRow.outcome == "refused"
        )
        assert session.scalars(refused).all() == [desk.bram.person_id]


def test_links_by_the_page(desk, visit):
    one = desk.open_case(desk.anna, narrative="De wethouder is bedreigd.")
    other = desk.open_case(desk.anna, narrative="De burgemeester hoorde het.")
    page, anna = f"/cases/{one}/links", visit("anna")
    assert "De burgemeester hoorde het." in anna.see(page).text
    for wrong in ({}, {"other": str(one)}, {"address": "https://elders"}):
        assert anna.send(page, wrong).status == 422, wrong
    theirs = desk.open_case(desk.bram)
    assert anna.send(page, {"address": f"https://localhost/cases/{theirs}"}).status == 422
    assert anna.send(page, {"address": f"https://localhost/cases/{other}?who=1"}).status == 303
    assert f'href="/cases/{other}"' in anna.see(f"/cases/{one}").page
    desk.do(sharing.share, desk.anna, one, desk.esther.person_id, {"what"}, NOON)
    esther = visit("esther").see(f"/cases/{one}")
    assert "Vraag ernaar bij: Anna." in esther.text
    assert "burgemeester" not in esther.text
    assert str(other) not in esther.page
    (record,) = records(anna.see(page).page, page)
    assert anna.send(f"{page}/{record}/remove", at=page).status == 303
    assert "Er is nog geen verband gelegd." in anna.see(f"/cases/{other}").text
