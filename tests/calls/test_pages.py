"""The pages of calls, as people use them without scripts."""

import re

import pytest
from sqlalchemy import func, select

from tests.telephony.conftest import CALLER, Desk
from weerbaar.accounts import envelopes
from weerbaar.accounts.actors import Role
from weerbaar.accounts.envelopes import Kind
from weerbaar.hotline.calls.models import CallBackRow
from weerbaar.intake import casework, drafts
from weerbaar.intake.casework import CaseFields
from weerbaar.simulator import personas

pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)

ASKS = personas.caller(personas.presses("1", text="Wilt u dat", finished=True))
SHOWN = "06 87654321"


@pytest.fixture
def anna(desk: Desk):
    return desk.confidant("Anna", 1, personas.off())


@pytest.fixture
def waiting(desk: Desk, anna):
    return desk.item(desk.call(ASKS))


def test_a_waiting_call_becomes_a_case_and_the_groups_number_is_gone(desk, visit, anna) -> None:
    call = desk.call(ASKS)
    item = desk.item(call)
    record = item.number_record
    page = visit(anna)
    page.see("/calls")
    assert f"/calls/{item.id}/record" in page.page
    assert "Terugbellen gevraagd" in page.text
    assert SHOWN.replace(" ", "") not in page.page.replace(" ", "")
    page.see(f"/calls/{item.id}/record")
    assert page.value("caller_number").replace(" ", "") == SHOWN.replace(" ", "")
    number = page.value("caller_number")
    page.send(f"/calls/{item.id}/record", {"narrative": "Dreigbrief.", "caller_number": number})
    assert page.status == 303
    case_id = page.location.rsplit("/", 1)[1]
    page.see(page.location)
    assert "De oproep is vastgelegd als casus." in page.page
    with desk.house.database.session() as session:
        from uuid import UUID

        view = casework.read_case(session, desk.house.vault, anna, UUID(case_id), desk.now())
        assert view.who.caller_number == CALLER
        with pytest.raises(envelopes.NotAReader):
            envelopes.open_one(
                session, desk.house.vault, anna.keys, record, kind=Kind.CALLER_NUMBER
            )
    done = desk.item(call)
    assert (done.state, done.done_reason, done.number_record) == ("done", "recorded", None)
    assert "Vastgelegd" in page.see("/calls?state=done").text
    assert case_id not in page.page


def test_a_form_with_errors_comes_back_whole_and_the_work_stays(desk, visit, anna, waiting) -> None:
    page = visit(anna).send(
        f"/calls/{waiting.id}/record", {"narrative": "", "advice": "Bel de wijkagent."}
    )
    assert page.status == 422
    assert "Bel de wijkagent." in page.page
    assert "of vul een codewoord in" in page.text
    with desk.house.database.session() as session:
        from weerbaar.hotline.calls import items

        assert items.get(session, waiting.id).state == "waiting"


def test_a_known_number_offers_the_case_and_takes_a_contact_moment(desk, visit, anna) -> None:
    with desk.house.database.session() as session:
        case_id = casework.open_case(
            session, desk.house.vault, anna,
            CaseFields(narrative="Ruit ingegooid.", caller_number=CALLER), desk.now(),
        )  # fmt: skip
        session.commit()
    call = desk.call(ASKS)
    item = desk.item(call)
    page = visit(anna).see(f"/calls/{item.id}/record")
    assert "Dit nummer staat in 1 van uw casussen" in page.text
    page.send(
        f"/calls/{item.id}/contact",
        {"case_id": str(case_id), "text": "Weer gebeld."},
        at=f"/calls/{item.id}/record",
    )
    assert page.status == 303
    assert page.location == f"/cases/{case_id}"
    assert "Weer gebeld." in page.see(page.location).text
    assert desk.item(call).done_reason == "recorded"


def test_a_case_of_somebody_else_takes_no_contact_moment(desk, visit, anna, waiting) -> None:
    bram = desk.confidant("Bram", None)
    with desk.house.database.session() as session:
        case_id = casework.open_case(
            session, desk.house.vault, bram,
            CaseFields(narrative="Van Bram.", caller_number=CALLER), desk.now(),
        )  # fmt: skip
        session.commit()
    page = visit(anna).see(f"/calls/{waiting.id}/record")
    assert "van uw casussen" not in page.text
    page.send(
        f"/calls/{waiting.id}/contact",
        {"case_id": str(case_id), "text": "x"},
        at=f"/calls/{waiting.id}/record",
    )
    assert page.status == 422


def spoken_by_nobody_known(desk):
    """A caller who withheld his number left a message and nothing else."""
    call = desk.network.call(
        "anonymous",
        personas.caller(
            personas.presses("2", text="tien cijfers", nth=1),
            personas.Reaction("recording", "hang up", 6),
        ),
    )
    desk.network.run_until_idle()
    return desk.item(call)


def test_a_message_without_a_number_can_go_to_a_case_of_ones_own(desk, visit, anna) -> None:
    bram = desk.confidant("Bram", None)
    session_of = desk.house.database.session
    with session_of() as session:
        own, others = (
            casework.open_case(
                session, desk.house.vault, person, CaseFields(narrative=story), desk.now()
            )
            for person, story in ((anna, "Ruit ingegooid."), (bram, "Van Bram."))
        )
        session.commit()
    item = spoken_by_nobody_known(desk)
    assert (item.kind, item.number_record) == ("message_left", None)
    page = visit(anna).see(f"/calls/{item.id}/record")
    assert "Ruit ingegooid." not in page.text
    page.see(f"/calls/{item.id}/record?cases=1")
    assert "Uw open casussen" in page.text
    assert "Van Bram." not in page.text
    at = f"/calls/{item.id}/record?cases=1"
    page.send(f"/calls/{item.id}/contact", {"case_id": str(others), "text": "x"}, at=at)
    assert page.status == 422
    page.send(f"/calls/{item.id}/contact", {"case_id": str(own), "text": "Belde weer."}, at=at)
    assert (page.status, page.location) == (303, f"/cases/{own}")
    assert "Belde weer." in page.see(page.location).text


@pytest.mark.parametrize(
    ("form", "path", "fields"),
    [
        ("finish", "close", {"reason": "silent"}),
        ("moment", "contact", {"text": "Belde weer.", "case_id": "x"}),
    ],
)
def test_what_was_typed_while_the_session_locked_is_there_again(
    desk, visit, anna, waiting, form, path, fields
) -> None:
    page = visit(anna).see(f"/calls/{waiting.id}/{'close' if form == 'finish' else 'record'}")
    with desk.house.database.session() as session:
        assert drafts.keep_late_form(
            session, desk.house.vault, anna.person_id, f"/calls/{waiting.id}/{path}", fields,
            desk.now(),
        )  # fmt: skip
        casework.open_case(
            session, desk.house.vault, anna,
            CaseFields(narrative="Ruit ingegooid.", caller_number=CALLER), desk.now(),
        )  # fmt: skip
        session.commit()
    page.see(drafts.page_of(f"{form}-{waiting.id}"))
    if form == "finish":
        (chosen,) = re.findall(r'<input checked[^>]*name="reason"[^>]*>', page.page)
        assert 'value="silent"' in chosen
    else:
        assert "Belde weer." in page.text
    page.send(f"/calls/{waiting.id}/close", {"reason": "silent"})
    with desk.house.database.session() as session:
        assert drafts.offered(session, desk.house.vault, anna.keys, anna.person_id) == []


def test_closing_with_a_reason_needs_one(desk, visit, anna, waiting) -> None:
    page = visit(anna)
    assert page.send(f"/calls/{waiting.id}/close").status == 422
    assert "Kies een reden." in page.text
    assert page.send(f"/calls/{waiting.id}/close", {"reason": "recorded"}).status == 422
    assert page.send(f"/calls/{waiting.id}/close", {"reason": "misuse"}).status == 303
    assert "Misbruik" in page.see("/calls?state=done").text
    page.send(f"/calls/{waiting.id}/claim", at="/calls/" + str(waiting.id) + "/close")
    assert "al afgerond" in page.see("/calls").page


def test_who_claims_first_has_it_and_a_colleague_is_told(desk, visit, anna, waiting) -> None:
    bram = desk.confidant("Bram", None)
    visit(anna).send(f"/calls/{waiting.id}/claim", at="/calls")
    page = visit(bram).see("/calls")
    assert f"/calls/{waiting.id}/record" not in page.page
    page.see(f"/calls/{waiting.id}/record")
    assert page.status == 303
    assert "Een collega heeft dit al opgepakt." in page.see(page.location).page


def test_the_coordinator_gives_it_to_somebody_who_can_read_it(desk, visit, anna, waiting) -> None:
    bram = desk.confidant("Bram", None)
    carla = desk.confidant("Carla", None, admitted=False)
    boss = visit(desk.installation.coordinator)
    page = boss.see(f"/calls/{waiting.id}/assign")
    assert "Bram" in page.text
    assert "Carla" not in page.text
    assert boss.send(f"/calls/{waiting.id}/assign", {"person": str(carla.person_id)}).status == 422
    assert boss.send(f"/calls/{waiting.id}/assign", {"person": str(bram.person_id)}).status == 303
    assert "Bram" in visit(anna).see("/calls").text
    assert visit(anna).see(f"/calls/{waiting.id}/assign").status == 403


def test_a_roster_manager_sees_no_calls(desk, visit, waiting) -> None:
    page = visit(desk.confidant("Petra", None, roles=[Role.ROSTER_MANAGER]))
    paths = ("", "/part", f"/{waiting.id}/record", f"/{waiting.id}/close", f"/{waiting.id}/assign")
    for path in paths:
        assert page.see(f"/calls{path}").status == 403


def test_whoever_is_not_admitted_reads_no_number_and_is_told_why(desk, visit, waiting) -> None:
    page = visit(desk.confidant("Carla", None, admitted=False))
    assert "nog geen oproepen lezen" in page.see("/calls").text
    page.see(f"/calls/{waiting.id}/record")
    assert page.status == 303
    assert "nog niet toegelaten" in page.see(page.location).page


def test_unknown_work_is_not_found(desk, visit, anna) -> None:
    from uuid import uuid4

    for path in ("record", "close", "call-back"):
        assert visit(anna).see(f"/calls/{uuid4()}/{path}").status == 404


def test_a_draft_of_a_record_is_offered_again(desk, visit, anna, waiting) -> None:
    page = visit(anna)
    page.send(
        f"/drafts/record-{waiting.id}", {"narrative": "Half af"}, at=f"/calls/{waiting.id}/record"
    )
    page.see(f"/calls/{waiting.id}/record")
    assert "Er is een concept" in page.text
    assert "Half af" in page.see(f"/calls/{waiting.id}/record?concept=1").page


# Two confidants at one call: who comes second keeps his words.
def test_what_was_typed_about_a_call_of_a_colleague_is_not_lost(desk, visit, anna, waiting) -> None:
    bram = visit(desk.confidant("Bram", None))
    record = f"/calls/{waiting.id}/record"
    bram.send(f"/drafts/record-{waiting.id}", {"narrative": "Half van Bram."}, at=record)
    visit(anna).send(record, {"narrative": "Van Anna."})
    bram.send(record, {"narrative": "Heel van Bram.", "urgency": "high"}, at="/cases/new")
    assert (bram.status, bram.location) == (303, "/cases/new?concept=1")
    bram.see(bram.location)
    assert "Een collega heeft deze oproep al." in bram.page
    assert "Heel van Bram." in bram.page
    # The draft of the call went with it: nothing leads back to work that is done.
    assert bram.see(record).location == "/calls"


def test_a_contact_moment_of_a_call_that_a_colleague_has_waits_under_the_case(
    desk, visit, anna, waiting
) -> None:
    bram = desk.confidant("Bram", None)
    with desk.house.database.session() as session:
        case_id = casework.open_case(
            session, desk.house.vault, bram,
            CaseFields(narrative="Van Bram.", caller_number=CALLER), desk.now(),
        )  # fmt: skip
        session.commit()
    visit(anna).send(f"/calls/{waiting.id}/claim", at="/calls")
    page = visit(bram).send(
        f"/calls/{waiting.id}/contact",
        {"case_id": str(case_id), "text": "Belde weer."},
        at="/cases/new",
    )
    assert page.location == f"/cases/{case_id}#entry"
    assert "Belde weer." in page.see(f"/cases/{case_id}").page


def test_calling_back_from_a_task_rings_the_confidant(desk, visit, anna, waiting) -> None:
    desk.network.phone(desk.phones["Anna"], personas.answers("1"))
    desk.network.phone(CALLER, personas.answers("", talks=20))
    page = visit(anna).see(f"/calls/{waiting.id}/call-back")
    assert "vroeg om teruggebeld te worden" in page.text
    before = len(desk.network.calls)
    page.send(f"/calls/{waiting.id}/call-back")
    assert page.status == 303
    assert page.location.startswith("/call-backs/")
    desk.network.run_until_idle()
    parent = desk.network.calls[before]
    assert (parent.to, parent.from_) == (desk.phones["Anna"], "+31703738314")
    here = page.location
    assert page.see(here).status == 200
    assert page.send(here, {"outcome": ""}).status == 422
    page.send(here, {"outcome": "reached"})
    assert page.location == f"/calls/{waiting.id}/record"


def test_a_missed_caller_who_did_not_ask_is_marked_unsafe_to_call(desk, visit, anna) -> None:
    item = desk.item(desk.call(personas.caller(personas.hangs_up(after=20))))
    for path in ("record", "call-back"):
        page = visit(anna).see(f"/calls/{item.id}/{path}")
        assert "niet gevraagd om terug te bellen" in page.text


def test_calling_back_from_a_case_shows_the_agreement_first(desk, visit, anna) -> None:
    with desk.house.database.session() as session:
        case_id = casework.open_case(
            session, desk.house.vault, anna,
            CaseFields(
                narrative="Dreiging.", caller_number="+31612345671", safe_number="+31612345672",
                safe_windows="Na acht uur", may_identify_as="de garage", code_word="zwaluw",
            ),
            desk.now(),
        )  # fmt: skip
        session.commit()
    page = visit(anna).see(f"/cases/{case_id}/call-back")
    for words in ("Na acht uur", "de garage", "niet inspreken"):
        assert words in page.text
    assert "zwaluw" not in page.page
    assert page.text.index("Na acht uur") < page.text.index("Wij bellen eerst u")
    before = len(desk.network.calls)
    page.send(f"/cases/{case_id}/call-back", {"number": "+31687650000"})
    assert page.location.endswith(f"?case={case_id}")
    assert desk.network.calls[before].to == desk.phones["Anna"]
    page.send(page.location, {"outcome": "voicemail"})
    assert page.location == f"/cases/{case_id}#entry"
    desk.network.run_until_idle()


def test_a_colleagues_case_is_not_called_back(desk, visit, anna) -> None:
    bram = desk.confidant("Bram", None)
    with desk.house.database.session() as session:
        case_id = casework.open_case(
            session, desk.house.vault, bram,
            CaseFields(narrative="Van Bram.", caller_number=CALLER), desk.now(),
        )  # fmt: skip
        session.commit()
    assert visit(anna).see(f"/cases/{case_id}/call-back").status == 404


def test_a_number_that_may_not_be_called_says_so_and_holds_nothing(desk, visit, anna) -> None:
    call = desk.network.call("+12025550123", personas.caller(personas.hangs_up(after=20)))
    desk.network.run_until_idle()
    page = visit(anna).send(f"/calls/{desk.item(call).id}/call-back")
    assert page.status == 409
    assert "Wij bellen alleen Nederlandse nummers" in page.text
    with desk.house.database.session() as session:
        assert session.scalar(select(func.count()).select_from(CallBackRow)) == 0


def test_somebody_elses_call_back_is_not_found(desk, visit, anna, waiting) -> None:
    desk.network.phone(desk.phones["Anna"], personas.off())
    here = visit(anna).send(f"/calls/{waiting.id}/call-back").location
    assert visit(desk.confidant("Bram", None)).see(here).status == 404
    desk.network.run_until_idle()


def test_misuse_is_blocked_for_a_day_and_the_coordinator_lets_through_again(
    desk, visit, anna, waiting
) -> None:
    page = visit(anna).send(f"/calls/{waiting.id}/close", {"reason": "misuse"})
    assert page.status == 303
    page.see("/calls")
    assert "wordt 24 uur niet doorverbonden" in page.page
    page.see("/calls?state=done")
    assert "wordt 24 uur niet doorverbonden" in page.text
    assert "Weer doorverbinden" not in page.text
    assert "Wij beëindigen dit gesprek" in desk.call(personas.patient()).heard_text()
    coordinator = visit(desk.installation.coordinator)
    coordinator.send(f"/calls/{waiting.id}/unblock", at="/calls?state=done")
    assert coordinator.status == 303
    assert "weer doorverbonden" in coordinator.see("/calls?state=done").page
    assert "Wij beëindigen dit gesprek" not in desk.call(personas.patient()).heard_text()
