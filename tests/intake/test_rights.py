"""Requests of persons: until when, who reads them, what was answered; erasing and rectifying."""

import calendar
from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.intake.conftest import NOON
from weerbaar.accounts import destruction, notices, trail
from weerbaar.crypto.errors import CannotOpen
from weerbaar.intake import keepers, retention, rights, rights_on_case, rights_rules, sharing
from weerbaar.intake.casework import NotYourCase
from weerbaar.intake.retention_rules import Category
from weerbaar.intake.rights_content import Request
from weerbaar.intake.rights_rules import Answer, Right

TODAY = date(2026, 11, 24)
ASKED = Request(Right.ACCESS, "Zoë Voorbeeld, belt zelf", proof="codewoord", text="Wat weet u?")
DAYS = st.dates(date(2024, 1, 1), date(2040, 12, 31))


# ---- the days ------------------------------------------------------------------------------


@given(DAYS, st.booleans())
def test_a_month_by_the_calendar(received, extended):
    due, months = rights_rules.due(received, extended=extended), 3 if extended else 1
    assert (due.year * 12 + due.month) - (received.year * 12 + received.month) == months
    longest = calendar.monthrange(due.year, due.month)[1]
    assert due.day == min(received.day, longest)
    # The day after it would be a day too many, unless the month was shorter.
    assert due.day == received.day or (due + timedelta(days=1)).day == 1


@pytest.mark.parametrize(
    ("received", "due", "later"),
    [
        (date(2026, 1, 31), date(2026, 2, 28), date(2026, 4, 30)),
        (date(2028, 1, 31), date(2028, 2, 29), date(2028, 4, 30)),
        (date(2026, 12, 1), date(2027, 1, 1), date(2027, 3, 1)),
    ],
)
def test_the_ends_of_months(received, due, later):
    assert rights_rules.due(received) == due
    assert rights_rules.due(received, extended=True) == later


@given(DAYS, st.integers(-60, 60))
def test_each_notice_has_its_days(due, days):
    wanted = "rights_overdue" if days > 0 else "rights_due_soon" if days >= -7 else None
    assert rights_rules.stage(due, due + timedelta(days=days)) == wanted


# ---- the register --------------------------------------------------------------------------


def receive(desk, actor, handler, request=ASKED, received=TODAY):
    return desk.do(rights.receive, actor, request, received, handler.person_id, NOON)


def codes(desk, actor):
    with desk.session() as session:
        return [one.code for one in notices.unread(session, actor.person_id)]


def test_it_is_read_by_who_wrote_it_and_who_handles_it(desk):
    request_id = receive(desk, desk.anna, desk.bram)
    assert codes(desk, desk.bram) == ["rights_given"]
    for actor in (desk.anna, desk.bram):
        line, stored = desk.do(rights.read, actor, request_id, NOON)
        assert stored == ASKED
        assert line.due_on == date(2026, 12, 24)
    with pytest.raises(rights.NoSuchRequest):
        desk.do(rights.read, desk.carla, request_id, NOON)
    (line,) = desk.do(rights.register, desk.carla)
    assert (line.request, line.handler_id) == (None, desk.bram.person_id)
    desk.do(rights.hand_on, desk.bram, request_id, desk.carla.person_id, NOON)
    assert desk.do(rights.read, desk.carla, request_id, NOON)[0].mine
    for nobody in (desk.rob, desk.esther):
        with pytest.raises(rights.CannotHandle):
            desk.do(rights.hand_on, desk.bram, request_id, nobody.person_id, NOON)
    assert trail.verify(desk.database, desk.vault) == []


def test_it_is_extended_once_with_a_reason_in_the_first_month(desk):
    request_id = receive(desk, desk.anna, desk.anna, received=date(2026, 10, 31))
    last = NOON + timedelta(days=6)
    with pytest.raises(rights.WantsReason):
        desk.do(rights.extend, desk.anna, request_id, " ", last)
    late = receive(desk, desk.anna, desk.anna, received=date(2026, 10, 23))
    with pytest.raises(rights.TooLateToExtend):
        desk.do(rights.extend, desk.anna, late, "Het is veel.", NOON)
    desk.do(rights.extend, desk.anna, request_id, "Het is veel.", last)
    line, stored = desk.do(rights.read, desk.anna, request_id, last)
    assert (line.due_on, stored.extension) == (date(2027, 1, 31), "Het is veel.")
    with pytest.raises(rights.TooLateToExtend):
        desk.do(rights.extend, desk.anna, request_id, "Nog meer.", last)
    with pytest.raises(rights.ReceivedLater):
        receive(desk, desk.anna, desk.anna, received=TODAY + timedelta(days=1))


def test_it_is_answered_once_and_less_than_asked_says_why(desk):
    request_id = receive(desk, desk.anna, desk.anna)
    with pytest.raises(rights.WantsReason):
        desk.do(rights.answer, desk.anna, request_id, Answer.REFUSED, "", NOON)
    desk.do(rights.answer, desk.anna, request_id, Answer.GRANTED, "Gestuurd.", NOON)
    line, stored = desk.do(rights.read, desk.anna, request_id, NOON)
    assert (line.is_open, stored.answer) == (False, "granted")
    for again in (
        lambda: desk.do(rights.answer, desk.anna, request_id, Answer.GRANTED, "", NOON),
        lambda: desk.do(rights.extend, desk.anna, request_id, "Meer.", NOON),
        lambda: desk.do(rights.hand_on, desk.anna, request_id, desk.bram.person_id, NOON),
    ):
        with pytest.raises(rights.Answered):
            again()
    (keeper,) = [one for one in keepers.keepers() if one.category is Category.RIGHTS_REQUEST]
    with desk.session() as session:
        assert keeper.due(session, TODAY + timedelta(days=1094)) == []
        assert keeper.due(session, TODAY + timedelta(days=1095)) == [request_id]
        keeper.destroy(session, desk.vault, desk.anna, request_id, NOON, "period-over")
        session.commit()
    with pytest.raises(rights.NoSuchRequest):
        desk.do(rights.read, desk.anna, request_id, NOON)
    assert trail.verify(desk.database, desk.vault) == []


def test_the_handler_is_told_and_then_the_coordinators(desk):
    receive(desk, desk.anna, desk.anna)
    house = desk.installation.house
    for days, hers, theirs in (
        (0, 0, 0),
        (22, 0, 0),
        (23, 1, 0),
        (30, 1, 0),
        (31, 2, 1),
        (40, 2, 1),
    ):
        rights.remind(house, NOON + timedelta(days=days))
        rights.remind(house, NOON + timedelta(days=days))
        found = [sum(code.startswith("rights_") for code in codes(desk, actor))
                 for actor in (desk.anna, desk.carla)]  # fmt: skip
        assert found == [hers, theirs], days


# ---- about a case --------------------------------------------------------------------------


def test_erasing_destroys_and_is_accounted_for(desk):
    case_id = desk.open_case(desk.anna, name="Zoë")
    desk.do(sharing.share, desk.anna, case_id, desk.esther.person_id, {"what"}, NOON)
    with pytest.raises(sharing.NotYoursToShare):
        desk.do(rights_on_case.erase, desk.esther, case_id, NOON)
    with pytest.raises(NotYourCase):
        desk.do(rights_on_case.erase, desk.bram, case_id, NOON)
    desk.do(retention.hold, desk.anna, case_id, "Er loopt een aangifte.", TODAY, NOON)
    with pytest.raises(rights_on_case.Held):
        desk.do(rights_on_case.erase, desk.anna, case_id, NOON)
    desk.do(retention.release, desk.anna, case_id, NOON)
    desk.do(rights_on_case.erase, desk.anna, case_id, NOON)
    with pytest.raises((NotYourCase, CannotOpen)):
        desk.read(desk.anna, case_id)
    destruction.finish_destructions(desk.installation.house, NOON)
    with desk.session() as session:
        fates = {(one.fate.why, one.fate.actor_id) for one in destruction.account(session)}
    assert ("erasure", desk.anna.person_id) in fates
    assert trail.verify(desk.database, desk.vault) == []


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_the_pages_take_it_from_asked_to_answered(desk, visit):
    case_id = desk.open_case(desk.anna, name="Zoë")
    anna = visit("anna")
    assert "Overzicht maken" in anna.see(f"/cases/{case_id}/rights").text
    fields = {"right": "access", "received": "2026-11-24", "person": "Zoë", "handler":
              str(desk.bram.person_id), "case": str(case_id)}  # fmt: skip
    assert anna.send("/privacy/requests/new", {**fields, "person": ""}).status == 422
    assert anna.send("/privacy/requests/new", {**fields, "received": "32-11-2026"}).status == 422
    path = anna.send("/privacy/requests/new", fields).location
    assert "24-12-2026" in anna.see(path).text
    assert "Naar de casus" in anna.text
    assert "Inzage" in anna.see(f"/cases/{case_id}/rights").text
    assert "niet met u gedeeld" in visit("carla").see("/privacy/requests").text
    assert visit("carla").see(path).status == 404
    bram = visit("bram")
    assert "De casus is niet met u gedeeld" in bram.see(path).text
    assert bram.see(f"/cases/{case_id}/rights").status == 404
    assert bram.send(f"{path}/extend", {"why": "Het is veel."}, at=path).status == 303
    assert bram.send(f"{path}/answer", {"how": "partly"}, at=path).status == 422
    assert bram.send(f"{path}/answer", {"how": "partly", "reason": "Deels."}, at=path).status == 303
    assert bram.send(f"{path}/answer", {"how": "granted"}, at="/privacy/requests/new").status == 303
    assert "Voor een deel gedaan" in bram.see(path).text
    right = f"/cases/{case_id}/rights"
    assert anna.send(f"{right}/rectify", {"wrong": "De dag.", "right": "Maandag."}).status == 303
    assert "Verzoek om verbetering" in anna.see(f"/cases/{case_id}").text
    assert anna.send(f"{right}/erase", {"sure": "no"}).status == 422
    assert anna.send(f"{right}/erase", {"sure": "yes"}).status == 303
    assert anna.see(f"/cases/{case_id}").status == 404
