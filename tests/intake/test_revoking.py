"""Taking a right back: it ends at once, and what it opened gets new keys, in steps."""

from concurrent.futures import ThreadPoolExecutor
from datetime import date, timedelta
from threading import Event

import pytest
from sqlalchemy import select

from tests.intake.conftest import NOON
from weerbaar.accounts import destruction, envelope_opening, envelopes, trail
from weerbaar.accounts.models import EnvelopeReaderRow, EnvelopeRow
from weerbaar.accounts.recipients import Person
from weerbaar.crypto.errors import CannotOpen
from weerbaar.intake import casework, drafts, revoking, sharing
from weerbaar.intake.casework import NotYourCase
from weerbaar.intake.models import CaseRow
from weerbaar.intake.sharing_models import CaseRekeyRow

BOTH, STORY = {"who", "what"}, {"what"}


def share(desk, case_id, other, parts, **more):
    desk.do(sharing.share, desk.anna, case_id, other.person_id, parts, NOON, **more)


def secrets_of(desk):
    with desk.session() as session:
        return dict(session.execute(select(EnvelopeRow.id, EnvelopeRow.secret_id)).all())


def listed(desk):
    with desk.session() as session:
        return set(session.scalars(select(CaseRekeyRow.record_id)))


def test_a_revoked_reader_opens_nothing_and_the_rest_go_on(desk):
    case_id = desk.open_case(desk.anna, name="Zoë")
    share(desk, case_id, desk.bram, BOTH)
    share(desk, case_id, desk.esther, STORY)
    desk.do(casework.add_note, desk.anna, case_id, "Een.", NOON)
    before = secrets_of(desk)
    desk.do(revoking.revoke, desk.anna, case_id, desk.bram.person_id, NOON)
    with pytest.raises(NotYourCase):
        desk.read(desk.bram, case_id)
    # What is written before the re-keying is done is not for him either.
    desk.do(casework.add_note, desk.esther, case_id, "Twee.", NOON)
    left = desk.do(revoking.step, desk.anna, case_id, NOON)
    assert (left.mine, left.others, left.damaged) == (0, 0, 0)
    assert listed(desk) == set()
    after = secrets_of(desk)
    assert sum(after[one] != secret for one, secret in before.items()) == 3
    for actor in (desk.anna, desk.esther):
        assert [entry.text for entry in desk.read(actor, case_id).entries] == ["Een.", "Twee."]
    assert desk.read(desk.anna, case_id).who.name == "Zoë"
    with pytest.raises(NotYourCase):
        desk.read(desk.bram, case_id)
    assert trail.verify(desk.database, desk.vault) == []


# The reader row of a backup, put back with the key of whoever lost it, opens nothing.
def test_a_reader_put_back_from_a_backup_opens_nothing(desk):
    case_id = desk.open_case(desk.anna)
    share(desk, case_id, desk.esther, STORY)
    desk.read(desk.esther, case_id)
    with desk.session() as session:
        row = session.scalars(
            select(EnvelopeReaderRow).where(EnvelopeReaderRow.person_id == desk.esther.person_id)
        ).one()
        kept = {one.name: getattr(row, one.name) for one in EnvelopeReaderRow.__table__.columns}
    desk.do(revoking.revoke, desk.anna, case_id, desk.esther.person_id, NOON)
    desk.do(revoking.step, desk.anna, case_id, NOON)
    with desk.session() as session:
        session.add(EnvelopeReaderRow(**kept))
        session.commit()
    with pytest.raises(CannotOpen):
        desk.read(desk.esther, case_id)
    # Seven days later the old secrets are gone, and not before.
    old = kept["record_id"]
    later = NOON + timedelta(days=7)
    house = desk.installation.house
    assert destruction.finish_destructions(house, NOON + timedelta(days=6)) == 0
    assert destruction.finish_destructions(house, later) == 1
    assert old in secrets_of(desk)
    assert desk.read(desk.anna, case_id).what.narrative


def test_who_alone_is_taken_back(desk):
    case_id = desk.open_case(desk.anna, name="Zoë")
    share(desk, case_id, desk.bram, BOTH)
    desk.do(revoking.revoke, desk.anna, case_id, desk.bram.person_id, NOON, who_only=True)
    assert desk.read(desk.bram, case_id).who is None
    desk.do(revoking.step, desk.anna, case_id, NOON)
    view = desk.read(desk.bram, case_id)
    assert view.who is None
    assert view.what.narrative
    assert desk.read(desk.anna, case_id).who.name == "Zoë"


def test_only_a_reader_of_both_revokes_and_never_the_last_one(desk):
    case_id = desk.open_case(desk.anna)
    share(desk, case_id, desk.esther, STORY)
    with pytest.raises(sharing.NotYoursToShare):
        desk.do(revoking.revoke, desk.esther, case_id, desk.anna.person_id, NOON)
    with pytest.raises(NotYourCase):
        desk.do(revoking.revoke, desk.bram, case_id, desk.anna.person_id, NOON)
    with pytest.raises(revoking.NobodyLeft):
        desk.do(revoking.revoke, desk.anna, case_id, desk.anna.person_id, NOON)
    with pytest.raises(revoking.NothingToRevoke):
        desk.do(revoking.revoke, desk.anna, case_id, desk.bram.person_id, NOON)
    assert desk.read(desk.anna, case_id).who is not None


# A long case is re-keyed in steps; who was broken off, or a colleague, goes on.
def test_steps_are_taken_up_by_a_colleague(desk, monkeypatch):
    monkeypatch.setattr(revoking, "STEP", 2)
    case_id = desk.open_case(desk.anna)
    share(desk, case_id, desk.bram, BOTH)
    share(desk, case_id, desk.esther, STORY)
    for text in ("Een.", "Twee.", "Drie."):
        desk.do(casework.add_note, desk.anna, case_id, text, NOON)
    desk.do(revoking.revoke, desk.anna, case_id, desk.esther.person_id, NOON)
    lefts = [desk.do(revoking.step, actor, case_id, NOON).mine for actor in (desk.anna, desk.bram)]
    assert lefts == [2, 0]
    for actor in (desk.anna, desk.bram):
        assert len(desk.read(actor, case_id).entries) == 3


# A record that was tampered with keeps its place in the list and does not stop the others.
def test_a_damaged_record_does_not_stop_the_others(desk):
    case_id = desk.open_case(desk.anna)
    share(desk, case_id, desk.esther, STORY)
    note = desk.do(casework.add_note, desk.anna, case_id, "Een.", NOON)
    desk.do(revoking.revoke, desk.anna, case_id, desk.esther.person_id, NOON)
    with desk.session() as session:
        row = session.get(EnvelopeRow, note)
        row.content = bytes(row.content)[:-1] + bytes([row.content[-1] ^ 1])
        session.commit()
    left = desk.do(revoking.step, desk.anna, case_id, NOON)
    assert (left.mine, left.damaged) == (1, 1)
    assert listed(desk) == {note}


# Two at once: who opens a record for the first time while it is re-keyed keeps his place in it.
def test_reading_for_the_first_time_while_it_is_re_keyed(desk):
    case_id = desk.open_case(desk.anna)
    share(desk, case_id, desk.bram, BOTH)
    with desk.session() as session:
        record = session.get(CaseRow, case_id).what_record
        sealed = session.scalars(_half_of(record, desk.bram)).one()
    desk.read(desk.bram, case_id)
    with desk.session() as session:
        stale = session.scalars(_rewrapped_of(record, desk.bram)).one()
    with desk.session() as session:
        envelopes.reseal(session, desk.vault, desk.anna.keys, record, NOON)
        session.commit()
    with desk.session() as session:
        # What a slow reader writes after all: the half that he opened before.
        envelope_opening.keep_rewrapped(
            session, desk.bram.keys,
            {None: [{"record": record, "sealed": sealed, "rewrapped": stale}]},
        )  # fmt: skip
        session.commit()
    assert desk.read(desk.bram, case_id).what.narrative


def _half_of(record, actor):
    return select(EnvelopeReaderRow.sealed_half).where(
        EnvelopeReaderRow.record_id == record, EnvelopeReaderRow.person_id == actor.person_id
    )


def _rewrapped_of(record, actor):
    return select(EnvelopeReaderRow.rewrapped_half).where(
        EnvelopeReaderRow.record_id == record, EnvelopeReaderRow.person_id == actor.person_id
    )


# A right for a week ends by itself after its last day, with nobody signed in.
def test_a_right_ends_after_its_last_day(desk):
    case_id = desk.open_case(desk.anna)
    share(desk, case_id, desk.esther, STORY, until=date(2026, 12, 1))
    house = desk.installation.house
    last = NOON + timedelta(days=7)
    assert revoking.end_rights(house, last) == 0
    assert desk.read(desk.esther, case_id, last).what.narrative
    over = last + timedelta(hours=11, minutes=1)
    assert revoking.end_rights(house, over) == 1
    with pytest.raises(NotYourCase):
        desk.read(desk.esther, case_id, over)
    with desk.session() as session:
        (one,) = revoking.waiting(session, desk.anna)
        assert (one.case_id, one.records) == (case_id, 1)
        assert one.former == (desk.esther.person_id,)
        assert revoking.waiting(session, desk.bram) == []
    assert desk.do(revoking.step, desk.anna, case_id, over).mine == 0
    assert revoking.end_rights(house, over) == 0
    assert trail.verify(desk.database, desk.vault) == []


def test_a_right_is_prolonged_and_a_right_to_both_has_no_end(desk):
    case_id = desk.open_case(desk.anna)
    first, second = date(2026, 12, 1), date(2026, 12, 8)
    share(desk, case_id, desk.esther, STORY, until=first)
    with pytest.raises(sharing.NothingToShare):
        share(desk, case_id, desk.esther, STORY, until=first)
    share(desk, case_id, desk.esther, STORY, until=second)
    assert revoking.end_rights(desk.installation.house, NOON + timedelta(days=10)) == 0
    share(desk, case_id, desk.esther, BOTH)
    assert revoking.end_rights(desk.installation.house, NOON + timedelta(days=40)) == 0
    assert desk.read(desk.esther, case_id).who is not None
    with pytest.raises(sharing.EndsTooEarly):
        share(desk, case_id, desk.bram, STORY, until=date(2026, 11, 23))
    with pytest.raises(NotYourCase):
        desk.read(desk.bram, case_id)


# Where everybody else is gone, the last reader keeps his place: a case is never lost that way.
def test_the_right_of_the_last_reader_does_not_end(desk):
    case_id = desk.open_case(desk.anna)
    share(desk, case_id, desk.esther, STORY, until=date(2026, 12, 1))
    with desk.session() as session:
        record = session.get(CaseRow, case_id).what_record
        envelopes.revoke(
            session, desk.vault, desk.esther.keys, record, Person(desk.anna.person_id), NOON
        )
        session.commit()
    later = NOON + timedelta(days=20)
    assert revoking.end_rights(desk.installation.house, later) == 0
    assert desk.read(desk.esther, case_id, later).what.narrative


# A draft of a change holds the whole case.
def test_the_draft_of_who_lost_the_right_goes(desk):
    case_id = desk.open_case(desk.anna)
    share(desk, case_id, desk.bram, BOTH)
    form = f"edit-{case_id}"
    with desk.session() as session:
        drafts.keep(session, desk.vault, desk.bram.person_id, form, {"narrative": "x"}, NOON)
        session.commit()
    desk.do(revoking.revoke, desk.anna, case_id, desk.bram.person_id, NOON)
    with desk.session() as session:
        assert drafts.draft_of(session, desk.vault, desk.bram.keys, form) is None


def test_since_when_somebody_reads_survives_re_keying(desk):
    case_id = desk.open_case(desk.anna)
    share(desk, case_id, desk.bram, BOTH)
    share(desk, case_id, desk.esther, STORY)
    later = NOON + timedelta(days=3)
    desk.do(revoking.revoke, desk.anna, case_id, desk.esther.person_id, later)
    desk.do(revoking.step, desk.anna, case_id, later)
    with desk.session() as session:
        record = session.get(CaseRow, case_id).what_record
        days = {one.recipient: one.since for one in envelopes.readers(session, record)}
    assert set(days.values()) == {NOON.date()}


# Two at once: what a colleague writes while a reader is taken away is not for that reader.
def test_a_note_that_waits_for_the_revoking_is_not_his(desk):
    case_id = desk.open_case(desk.anna)
    share(desk, case_id, desk.bram, BOTH)
    share(desk, case_id, desk.esther, STORY)
    started = Event()

    def write():
        with desk.session() as session:
            started.set()
            note = casework.add_note(session, desk.vault, desk.bram, case_id, "Later.", NOON)
            session.commit()
        return note

    with ThreadPoolExecutor(1) as pool:
        with desk.session() as session:
            revoking.revoke(session, desk.vault, desk.anna, case_id, desk.esther.person_id, NOON)
            writing = pool.submit(write)
            started.wait(10)
            session.commit()
        note = writing.result(timeout=60)
    with desk.session() as session:
        mine = {one.recipient.person_id for one in envelopes.readers(session, note)}
    assert mine == {desk.anna.person_id, desk.bram.person_id}
