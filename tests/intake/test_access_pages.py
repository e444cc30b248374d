"""The pages of access: who may read, who did, and taking it back."""

from datetime import date, timedelta

import pytest

from tests.intake.conftest import NOON
from weerbaar.intake import casework, retention, sharing
from weerbaar.intake.casework import NotYourCase
from weerbaar.intake.retention_rules import Category

pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)

BOTH, STORY = {"who", "what"}, {"what"}


def share(desk, case_id, other, parts, **more):
    desk.do(sharing.share, desk.anna, case_id, other.person_id, parts, NOON, **more)


def test_readers_see_who_may_read_and_who_did(desk, visit):
    case_id = desk.open_case(desk.anna, narrative="GEHEIM", name="Zoë")
    share(desk, case_id, desk.esther, STORY, until=date(2026, 12, 8))
    desk.read(desk.esther, case_id)
    page = visit("anna").see(f"/cases/{case_id}/access").text
    assert "Esther alleen wat" in page
    assert "Tot en met 08-12-2026" in page
    assert "Gedeeld door Anna" in page
    assert "Casus gelezen, Esther" in page
    assert "GEHEIM" not in page
    assert "Zoë" not in page
    # A reader of what happened sees it too, and has nothing to take back.
    page = visit("esther").see(f"/cases/{case_id}/access").text
    assert "Casus gelezen, Esther" in page
    assert "Intrekken" not in page
    assert visit("bram").see(f"/cases/{case_id}/access").status == 404


def test_like_acts_that_follow_on_each_other_are_one_line(desk, visit):
    case_id = desk.open_case(desk.anna)
    share(desk, case_id, desk.bram, BOTH)
    for reader in (desk.anna, desk.anna, desk.bram, desk.anna):
        desk.read(reader, case_id)
    page = visit("bram").see(f"/cases/{case_id}/access").text
    assert page.count("Casus gelezen, Anna") == 2
    assert page.count("Casus gelezen, Anna (die dag 2 keer achter elkaar)") == 1
    assert page.count("Casus gelezen, Bram") == 1


def test_taking_a_right_back(desk, visit):
    case_id = desk.open_case(desk.anna)
    share(desk, case_id, desk.bram, BOTH)
    anna = visit("anna")
    address = f"/cases/{case_id}/access/{desk.bram.person_id}/revoke"
    assert "kunt u niet terughalen" in anna.see(address).text
    assert anna.send(address, {"parts": "all"}).status == 303
    page = anna.see(f"/cases/{case_id}/access").text
    assert "De casus heeft nieuwe sleutels." in anna.page
    assert "Toegang tot casus ingetrokken, Anna" in page
    assert "krijgt nieuwe sleutels" not in page
    assert visit("bram").see(f"/cases/{case_id}").status == 404
    assert anna.see(address).status == 404


def test_the_last_reader_is_told_to_share_first(desk, visit):
    case_id = desk.open_case(desk.anna)
    address = f"/cases/{case_id}/access/{desk.anna.person_id}/revoke"
    anna = visit("anna")
    assert anna.send(address, {"parts": "all"}).status == 422
    assert "Deel hem eerst" in anna.text
    assert anna.see(f"/cases/{case_id}").status == 200


def test_who_reads_what_happened_alone_takes_nothing_back(desk, visit):
    case_id = desk.open_case(desk.anna)
    share(desk, case_id, desk.esther, STORY)
    address = f"/cases/{case_id}/access/{desk.anna.person_id}/revoke"
    esther = visit("esther")
    assert esther.see(address).status == 403
    assert esther.send(address, {"parts": "all"}, at=f"/cases/{case_id}").status == 403
    assert desk.read(desk.anna, case_id).who is not None


# The worker may be late: a right that is over opens no page, and the search finds nothing.
def test_an_expired_right_opens_nothing_without_the_worker(desk, visit):
    before = NOON - timedelta(days=2)
    case_id = desk.open_case(desk.anna, before, narrative="Stoeptegel")
    desk.do(
        sharing.share, desk.anna, case_id, desk.esther.person_id, STORY, before,
        until=date(2026, 11, 23),
    )  # fmt: skip
    assert desk.read(desk.esther, case_id, before).what.narrative == "Stoeptegel"
    esther = visit("esther")
    for path in ("", "/access", "/edit"):
        assert esther.see(f"/cases/{case_id}{path}").status == 404
    assert "Stoeptegel" not in esther.see("/cases").text
    with pytest.raises(NotYourCase):
        desk.do(casework.add_note, desk.esther, case_id, "x", NOON)


# Who shares the story alone sees first where it tells who it is.
def test_names_are_marked_before_the_story_is_shared(desk, visit):
    story = "Bakker kreeg een brief in Voorbeeldstad."
    case_id = desk.open_case(
        desk.anna, narrative=story, advice="Rust.", name="Zoë Bakker", organisation="GM9999",
        caller_number="+31612345678",
    )  # fmt: skip
    desk.do(casework.add_note, desk.anna, case_id, "Bereikbaar op 06-12345678.", NOON)
    desk.consent(desk.anna, case_id)
    anna = visit("anna").see(f"/cases/{case_id}/share")
    for word in ("Bakker", "Voorbeeldstad", "06-12345678"):
        assert f"<mark>{word}</mark>" in anna.page
    assert "Rust." not in anna.text
    # A fortnight is proposed, and goes for the story alone.
    assert 'value="2026-12-08"' in anna.page
    chosen = {"person": str(desk.esther.person_id), "parts": "what"}
    address = f"/cases/{case_id}/share"
    assert anna.send(address, {**chosen, "until": ""}).status == 422
    assert anna.send(address, {**chosen, "until": "2026-11-23"}).status == 422
    assert "De laatste dag is al voorbij." in anna.text
    assert visit("esther").see(f"/cases/{case_id}").status == 404
    assert anna.send(address, {**chosen, "until": "2026-12-01"}).status == 303
    assert "Tot en met 01-12-2026" in anna.see(f"/cases/{case_id}/access").text
    assert visit("esther").see(f"/cases/{case_id}").status == 200


# A case whose *who* part is destroyed is still shared and taken back; not by who reads along.
def test_what_is_left_of_a_case_has_somebody_who_decides(desk, visit):
    case_id = desk.open_case(desk.anna)
    share(desk, case_id, desk.esther, STORY, until=date(2026, 12, 8))
    desk.do(
        retention.destroy_part, desk.anna, case_id, Category.CASE_WHO, NOON, "period-over"
    )  # fmt: skip
    assert visit("anna").see(f"/cases/{case_id}/share").status == 200
    assert visit("esther").see(f"/cases/{case_id}/share").status == 403
    address = f"/cases/{case_id}/access/{desk.esther.person_id}/revoke"
    assert visit("anna").send(address, {"parts": "all"}).status == 303
    assert visit("esther").see(f"/cases/{case_id}").status == 404


def test_all_cases_are_handed_over_from_a_page(desk, visit):
    case_id = desk.open_case(desk.anna)
    anna = visit("anna").see("/cases/hand-over")
    assert "1 casus kunt alleen u openen." in anna.text
    assert anna.send("/cases/hand-over").status == 422
    chosen = {"person": str(desk.bram.person_id)}
    assert anna.send("/cases/hand-over", chosen).status == 303
    assert visit("bram").see(f"/cases/{case_id}").status == 200
