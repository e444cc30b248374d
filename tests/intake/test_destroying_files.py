"""A file of a case goes by who decides over it, never while the case is held, and accounted for.

Its original, which tells more than is shown, is for the same people and for whoever added it.
"""

from datetime import timedelta

import pytest

from tests.intake import foreign_files
from tests.intake.conftest import NOON
from weerbaar.accounts import destruction
from weerbaar.intake import attachment_receiving, attachments, retention, sharing
from weerbaar.intake.deciding import NotYoursToDecide

TODAY = NOON.date()


@pytest.fixture
def case_id(desk):
    return desk.open_case(desk.anna)


@pytest.fixture
def record(desk, case_id):
    """A picture that Esther, who reads along, may look at too."""
    received = attachment_receiving.receive(
        desk.installation.house, "brief.png", [foreign_files.png()], NOON
    )
    record = desk.do(attachments.keep, desk.anna, case_id, received, "", NOON)
    desk.do(
        sharing.share, desk.anna, case_id, desk.esther.person_id, {"what"}, NOON, files=[record]
    )  # fmt: skip
    return record


def fates(desk):
    destruction.finish_destructions(desk.installation.house, NOON + timedelta(days=1))
    with desk.session() as session:
        return [(one.fate.record_id, one.fate.why) for one in destruction.account(session)]


def test_a_held_file_stays_and_the_log_tells_of_one_that_went(desk, case_id, record):
    with pytest.raises(NotYoursToDecide):
        desk.do(attachments.destroy, desk.esther, case_id, record, NOON)
    desk.do(retention.hold, desk.anna, case_id, "Aangifte.", TODAY, NOON)
    with pytest.raises(attachments.Held):
        desk.do(attachments.destroy, desk.anna, case_id, record, NOON)
    desk.do(attachments.look, desk.anna, case_id, record, NOON)
    assert fates(desk) == []
    # The day after its last one the hold keeps nothing.
    desk.do(attachments.destroy, desk.anna, case_id, record, NOON + timedelta(days=1))
    assert fates(desk) == [(record, attachments.BY_HAND)]


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_the_pages_of_a_held_file(desk, case_id, record, visit):
    page = f"/cases/{case_id}/attachments/{record}"
    anna, esther = visit("anna"), visit("esther")
    assert f'"{page}/remove"' not in esther.see(page).page
    assert esther.see(f"{page}/remove").status == 403
    assert esther.send(f"{page}/remove", at=f"/cases/{case_id}").status == 403
    assert f'"{page}/remove"' in anna.see(page).page
    desk.do(retention.hold, desk.anna, case_id, "Aangifte.", TODAY, NOON)
    assert "wordt vastgehouden" in anna.see(f"{page}/remove").text
    assert f'action="{page}/remove"' not in anna.page
    assert anna.send(f"{page}/remove", at=f"/cases/{case_id}").status == 422
    assert anna.see(page).status == 200


def test_the_original_is_for_who_decides_and_for_who_added_it(desk, case_id, record):
    with pytest.raises(NotYoursToDecide):
        desk.do(attachments.save_elsewhere, desk.esther, case_id, record, NOON)
    desk.do(attachments.look, desk.esther, case_id, record, NOON)
    desk.do(attachments.save_elsewhere, desk.anna, case_id, record, NOON)
    received = attachment_receiving.receive(
        desk.installation.house, "eigen.png", [foreign_files.png(hidden=False)], NOON
    )
    own = desk.do(attachments.keep, desk.esther, case_id, received, "", NOON)
    desk.do(attachments.save_elsewhere, desk.esther, case_id, own, NOON)


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_who_reads_along_sees_the_shown_copy_alone(desk, case_id, record, visit):
    page = f"/cases/{case_id}/attachments/{record}"
    esther = visit("esther")
    assert f'src="{page}/shown"' in esther.see(page).page
    assert f"{page}/original" not in esther.page
    assert esther.see(f"{page}/original").status == 403
    for visitor, part in ((esther, "shown"), (visit("anna"), "original")):
        answer = visitor.client.get(f"{page}/{part}", base_url="https://localhost")
        assert (answer.status_code, answer.mimetype != "text/html") == (200, True)
    assert "dat halen wij er niet uit" in visit("anna").see(f"/cases/{case_id}/share").text
