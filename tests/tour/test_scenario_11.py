"""Scenario 11: a registrar rings the hotline with a question. She is helped, and no worlds meet."""

import pytest
from sqlalchemy import func, select

from tests.tour.conftest import NOON
from weerbaar.accounts.models import TrailRow
from weerbaar.intake.models import CaseRow
from weerbaar.tour import enquiries, stages
from weerbaar.tour.stages import Bearer, Stage
from weerbaar.tour.working_models import EnquiryRow

pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)

QUESTION = "Kan er een sessie met de raad komen, en wat kost dat?"


def test_a_registrar_who_wants_a_session(bureau, visit):
    # Anna answered the call; she works on cases, and writes the question down for the tour.
    anna = visit("anna").send("/tour/enquiries/new", {"text": QUESTION, "government": "GM0344"})
    assert anna.status == 200
    # No case came of it, and she reads no enquiry back.
    with bureau.session() as session:
        assert session.scalar(select(func.count()).select_from(CaseRow)) == 0
        row = session.scalars(select(EnquiryRow)).one()
        told = session.scalars(select(TrailRow).where(TrailRow.object_id == str(row.id))).all()
    assert visit("anna").see("/tour/enquiries").status == 403
    # Nothing says who wrote it down, or that somebody called.
    assert {one.actor_id for one in told} == {None}
    columns = {column.name.partition("_")[0] for column in EnquiryRow.__table__.columns}
    assert not {"call", "case", "person"} & columns
    (found,) = bureau.sealed(enquiries.listing, bureau.toos, NOON)
    assert (found.code, found.question.text) == ("GM0344", QUESTION)
    # Who pays follows from the stage: the session is the team's, a training her municipality's.
    assert stages.bearer(Stage.SESSION) is Bearer.TEAM
    assert stages.bearer(Stage.TRAINING) is Bearer.GOVERNMENT
