"""Who reads a part of a case, or reads along for a while, sets nothing of it on its way out."""

from datetime import timedelta

import pytest

from tests.intake.conftest import NOON
from weerbaar.intake import casework, keepers, retention, sharing
from weerbaar.intake.content import CaseFields
from weerbaar.intake.deciding import NotYoursToDecide
from weerbaar.intake.errors import NotYourCase
from weerbaar.intake.models import CaseRow
from weerbaar.intake.retention_rules import Category

TODAY = NOON.date()
YEAR = timedelta(days=365)


@pytest.fixture
def case_id(desk):
    """A case of Anna's that Esther reads along in for a week, without who it is."""
    case_id = desk.open_case(desk.anna, name="Mevrouw Jansen")
    until = TODAY + timedelta(days=7)
    desk.do(
        sharing.share, desk.anna, case_id, desk.esther.person_id, {"what"}, NOON, until=until
    )  # fmt: skip
    return case_id


def state(desk, case_id):
    with desk.session() as session:
        row = session.get(CaseRow, case_id)
        return row.is_open, row.retention_on, row.hold_until


def refused(desk, verb, case_id, *args):
    before = state(desk, case_id)
    with pytest.raises(NotYoursToDecide):
        desk.do(verb, desk.esther, case_id, *args)
    assert state(desk, case_id) == before


def test_who_reads_along_neither_closes_nor_holds(desk, case_id):
    refused(desk, casework.close_case, case_id, NOON)
    refused(desk, retention.hold, case_id, "Blijft.", TODAY + YEAR, NOON)
    desk.do(retention.hold, desk.anna, case_id, "Aangifte.", TODAY + YEAR, NOON)
    refused(desk, retention.release, case_id, NOON)
    desk.do(casework.close_case, desk.anna, case_id, NOON)
    refused(desk, casework.reopen_case, case_id, NOON)
    # His own part of the work stays his.
    desk.do(casework.add_note, desk.esther, case_id, "Van Esther.", NOON)
    desk.do(
        casework.edit_case, desk.esther, case_id, CaseFields(narrative="Beter."), NOON,
        what_version=1, who_version=None,
    )  # fmt: skip


def test_without_who_it_is_whoever_reads_the_rest_for_good_decides(desk, case_id):
    desk.do(casework.close_case, desk.anna, case_id, NOON)
    desk.do(retention.destroy_part, desk.anna, case_id, Category.CASE_WHO, NOON, "period-over")
    refused(desk, casework.reopen_case, case_id, NOON)
    refused(desk, retention.hold, case_id, "Blijft.", TODAY + YEAR, NOON)
    desk.do(casework.reopen_case, desk.anna, case_id, NOON)
    assert state(desk, case_id)[0]


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_the_pages_offer_it_to_who_decides_alone(desk, case_id, visit):
    page = f"/cases/{case_id}"
    until = (TODAY + YEAR).isoformat()
    desk.do(retention.hold, desk.anna, case_id, "Aangifte.", TODAY + YEAR, NOON)
    buttons = (f'"{page}/close"', f'"{page}/retention/release"', f'action="{page}/retention"')
    anna, esther = visit("anna"), visit("esther")
    for name, one in (("anna", anna), ("esther", esther)):
        shown = one.see(page).page + one.see(f"{page}/retention").page
        assert [button in shown for button in buttons] == [name == "anna"] * 3
    for path, fields in (
        ("/close", {"reason": ""}),
        ("/reopen", {"reason": ""}),
        ("/retention", {"reason": "Blijft.", "until": until}),
        ("/retention/release", {}),
    ):
        assert esther.send(page + path, fields, at=page).status == 403
    assert state(desk, case_id) == (True, None, TODAY + YEAR)
    assert anna.send(f"{page}/close", {"reason": ""}, at=page).status == 303
    assert f'"{page}/reopen"' not in esther.see(page).page
    assert f'"{page}/reopen"' in anna.see(page).page


def test_a_hold_that_came_after_the_list_was_made_keeps_the_case(desk, case_id):
    desk.do(casework.close_case, desk.anna, case_id, NOON)
    over = NOON + YEAR
    (keeper,) = [one for one in keepers.keepers() if one.category is Category.CASE_WHAT]
    with desk.session() as session:
        assert keeper.due(session, over.date()) == [case_id]
    desk.do(retention.hold, desk.anna, case_id, "Aangifte.", TODAY + YEAR, NOON)
    desk.do(keeper.destroy, desk.carla, case_id, over, "period-over")
    assert desk.read(desk.anna, case_id).what.narrative
    desk.do(retention.release, desk.anna, case_id, NOON)
    desk.do(keeper.destroy, desk.carla, case_id, over, "period-over")
    with pytest.raises(NotYourCase):
        desk.read(desk.anna, case_id)
