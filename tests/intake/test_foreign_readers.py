"""Who writes himself in as a reader of a case gets nothing of what is added to it."""

from uuid import uuid4

import pytest
from sqlalchemy import insert, select

from tests.intake.conftest import NOON
from tests.intake.test_new_key_pairs import BOTH, add_something, opens
from weerbaar.accounts.models import EnvelopeReaderRow
from weerbaar.intake import casefile, casework, revoking, sharing
from weerbaar.intake.models import CaseRow


@pytest.fixture
def case_id(desk):
    """A case of Anna in which Bram wrote himself into the rows of both parts."""
    case_id = desk.open_case(desk.anna)
    with desk.session() as session:
        row = session.get(CaseRow, case_id)
        copied = session.scalar(select(EnvelopeReaderRow.mac))
        for record in (row.who_record, row.what_record):
            session.execute(
                insert(EnvelopeReaderRow).values(
                    id=uuid4(), record_id=record, person_id=desk.bram.person_id, group_name=None,
                    key_epoch=desk.bram.keys.epoch, sealed_half=b"made up", rewrapped_half=None,
                    mac=copied, created_day=NOON.date(),
                )
            )  # fmt: skip
        session.commit()
    return case_id


def test_nothing_that_is_added_is_sealed_to_him(desk, case_id):
    add_something(desk, case_id)
    assert opens(desk, desk.bram) == 2, "the rows that he wrote himself, which open nothing"
    with desk.session() as session:
        row = session.get(CaseRow, case_id)
        reads = {one.person_id: (one.who, one.what) for one in casefile.readers(session, row)}
    assert reads == {desk.anna.person_id: (True, True), desk.bram.person_id: (False, False)}
    desk.do(casework.add_note, desk.anna, case_id, "Nog een notitie.", NOON)
    assert opens(desk, desk.bram) == 2


def test_re_keying_takes_his_rows_away_and_sharing_makes_him_a_reader(desk, case_id):
    desk.do(sharing.share, desk.anna, case_id, desk.carla.person_id, BOTH, NOON)
    desk.do(revoking.revoke, desk.anna, case_id, desk.carla.person_id, NOON)
    assert desk.do(revoking.step, desk.anna, case_id, NOON).damaged == 0
    assert opens(desk, desk.bram) == 0
    desk.do(sharing.share, desk.anna, case_id, desk.bram.person_id, BOTH, NOON, spoken=True)
    assert desk.read(desk.bram, case_id).who is not None


def test_sharing_with_him_on_purpose_makes_his_rows_good(desk, case_id):
    desk.do(sharing.share, desk.anna, case_id, desk.bram.person_id, BOTH, NOON, spoken=True)
    assert desk.read(desk.bram, case_id).who is not None
    add_something(desk, case_id)
    assert opens(desk, desk.bram) == opens(desk, desk.anna)
