"""Files of a case: kept sealed, for whom they are meant; gone when destroyed; nothing half."""

import hashlib
from datetime import timedelta

import pytest
from sqlalchemy import delete, func, select, update

from tests.intake import foreign_files as files
from tests.intake.conftest import NOON
from weerbaar.accounts import arrivals, envelopes, keystore_tables, trail
from weerbaar.accounts.envelopes import Kind
from weerbaar.accounts.keystore import KeyStoreGone
from weerbaar.accounts.long_content import PIECE
from weerbaar.accounts.models import EnvelopeChunkRow, EnvelopeRow, TrailRow
from weerbaar.crypto.errors import CannotOpen
from weerbaar.intake import attachment_receiving, attachments, casefile, casework, sharing
from weerbaar.intake.casework import NotYourCase
from weerbaar.intake.models import CaseAttachmentRow

SHOT = files.png()
LARGE = b"%PDF-1.4\n" + bytes(range(256)) * 4096


def receive(desk, content=SHOT, name="schermafdruk.png"):
    pieces = [content[start : start + 5000] for start in range(0, len(content), 5000)]
    return attachment_receiving.receive(desk.installation.house, name, pieces, NOON)


def add(desk, actor, case_id, content=SHOT, name="schermafdruk.png", note="", now=NOON):
    received = receive(desk, content, name)
    return desk.do(attachments.keep, actor, case_id, received, note, now)


def listed(desk, actor, case_id):
    with desk.session() as session:
        row = casefile.case_row(session, case_id)
        found = attachments.of_case(session, desk.vault, actor.keys, row)
        session.commit()
    return found


def original(desk, actor, case_id, record):
    _one, content = desk.do(attachments.save_elsewhere, actor, case_id, record, NOON)
    return b"".join(content.flow(desk.database))


def rows(desk):
    with desk.session() as session:
        return {
            table.__tablename__: session.scalar(select(func.count()).select_from(table))
            for table in (EnvelopeRow, EnvelopeChunkRow, CaseAttachmentRow)
        }


def told(desk, action):
    with desk.session() as session:
        return session.scalars(select(TrailRow.object_id).where(TrailRow.action == action)).all()


@pytest.fixture
def case_id(desk):
    return desk.open_case(desk.anna)


def test_a_file_comes_back_as_it_came(desk, case_id):
    record = add(desk, desk.anna, case_id, LARGE, "brief.pdf", "Van de deurmat. ")
    (one,) = listed(desk, desk.anna, case_id)
    assert (one.id, one.name, one.note, one.kind.code) == (
        record, "brief.pdf", "Van de deurmat.", "pdf",
    )  # fmt: skip
    assert (one.size, one.at, one.by) == (len(LARGE), NOON, desk.anna.person_id)
    assert one.sha256 == hashlib.sha256(LARGE).hexdigest()
    assert original(desk, desk.anna, case_id, record) == LARGE
    _one, content = desk.do(attachments.look, desk.anna, case_id, record, NOON)
    for start, stop in ((0, 10), (PIECE - 3, PIECE + 3), (3 * PIECE, 4 * PIECE), (5, None)):
        assert b"".join(content.flow(desk.database, start, stop)) == LARGE[start:stop]
    assert repr(one).endswith(f"{record}>")
    assert one.neutral_name == f"bijlage-{str(record)[:8]}.pdf"


# What stands in the tables tells the day, the case and a padded size.
def test_nothing_of_it_stands_in_the_clear(desk, case_id):
    add(desk, desk.anna, case_id, LARGE, "Zoë Voorbeeld.pdf", "Van de deurmat")
    with desk.session() as session:
        stored = [*session.scalars(select(EnvelopeRow.content)),
                  *session.scalars(select(EnvelopeChunkRow.content))]  # fmt: skip
    for needle in (b"PDF-1.4", "Zoë".encode(), b"deurmat", bytes(range(200))):
        assert not [one for one in stored if needle in one]


@pytest.mark.parametrize(
    ("content", "name", "refusal"),
    [
        (b"", "leeg.png", attachment_receiving.EmptyFile),
        (b"MZ\x90\0" + bytes(9000), "foto.jpg", attachment_receiving.WrongKind),
        # Begins as a text and goes on as something else, after the first piece was stored.
        (b"a" * PIECE + b"b" * PIECE + b"\0\1\2", "x.txt", attachment_receiving.WrongKind),
        (b"%PDF-" + bytes(attachment_receiving.LARGEST), "x.pdf", attachment_receiving.TooLarge),
    ],
)
def test_a_refused_file_leaves_nothing(desk, case_id, content, name, refusal):
    before = rows(desk)
    with pytest.raises(refusal) as refused:
        receive(desk, content, name)
    assert refused.value.name == name
    assert name not in str(refused.value)
    assert rows(desk) == before


class LineBroke(Exception):
    pass


def broken_off():
    yield LARGE[: 3 * PIECE]
    raise LineBroke


def test_a_line_that_breaks_leaves_nothing(desk, case_id):
    before = rows(desk)
    with pytest.raises(LineBroke):
        attachment_receiving.receive(desk.installation.house, "x.pdf", broken_off(), NOON)
    assert rows(desk) == before


# A process that is killed leaves bytes that nobody can open; a day later they are gone.
def test_what_a_killed_process_left_is_swept(desk, case_id):
    house = desk.installation.house
    before = rows(desk)
    left = arrivals.begin(house, Kind.ATTACHMENT, "case", NOON)
    left.add(LARGE)
    assert rows(desk)["envelope_chunk"] > before["envelope_chunk"]
    assert [one.id for one in listed(desk, desk.anna, case_id)] == []
    with pytest.raises(envelopes.NotAReader), desk.session() as session:
        envelopes.open_long(
            session, desk.vault, desk.anna.keys, left.record_id, kind=Kind.ATTACHMENT, part="case"
        )
    with desk.session() as session:
        secret = session.get(EnvelopeRow, left.record_id).secret_id
    assert arrivals.sweep(house, NOON + timedelta(hours=3)) == 0
    assert arrivals.sweep(house, NOON + timedelta(hours=14)) == 1
    assert rows(desk) == before
    assert desk.vault.keystore.destroyed(secret)
    with pytest.raises(envelopes.ChangedMeanwhile):
        desk.do(lambda session, _vault, _actor: left.settle(session, {}, [], NOON), desk.anna)


def test_a_file_that_was_never_kept_opens_for_nobody_and_goes(desk, case_id):
    before, received = rows(desk), receive(desk, LARGE)
    attachment_receiving.give_back(received, NOON)
    assert rows(desk) == before


def test_a_file_that_is_kept_is_not_given_back(desk, case_id):
    received = receive(desk, LARGE)
    record = desk.do(attachments.keep, desk.anna, case_id, received, "", NOON)
    attachment_receiving.give_back(received, NOON)
    assert original(desk, desk.anna, case_id, record) == LARGE


def test_without_a_key_store_nothing_is_received(desk, case_id):
    before = rows(desk)
    keystore = desk.vault.keystore
    keystore._batch.clear()
    with keystore._engine.begin() as connection:
        connection.execute(delete(keystore_tables.secret).where(~keystore_tables.secret.c.taken))
        connection.exec_driver_sql("ALTER TABLE secret RENAME TO lost")
    try:
        with pytest.raises(KeyStoreGone):
            receive(desk)
    finally:
        with keystore._engine.begin() as connection:
            connection.exec_driver_sql("ALTER TABLE lost RENAME TO secret")
    assert rows(desk) == before


def test_the_same_file_stands_there_once(desk, case_id):
    first = add(desk, desk.anna, case_id)
    received = receive(desk, name="nog eens.png")
    with pytest.raises(attachments.AlreadyThere) as refused:
        desk.do(attachments.keep, desk.anna, case_id, received, "", NOON)
    assert refused.value.record == first
    other = desk.open_case(desk.anna)
    desk.do(attachments.keep, desk.anna, other, received, "", NOON)


def test_a_case_has_room_for_so_many(desk, case_id, monkeypatch):
    monkeypatch.setattr(attachments, "MOST", 2)
    add(desk, desk.anna, case_id, b"een")
    add(desk, desk.anna, case_id, b"twee")
    with pytest.raises(attachments.TooMany):
        add(desk, desk.anna, case_id, b"drie")


# ---- for whom ------------------------------------------------------------------------------


def test_a_file_of_somebody_elses_case_does_not_exist(desk, case_id):
    record = add(desk, desk.anna, case_id)
    other = desk.open_case(desk.bram)
    for asked in (case_id, other):
        for verb in (attachments.look, attachments.save_elsewhere, attachments.destroy):
            with pytest.raises(NotYourCase):
                desk.do(verb, desk.bram, asked, record, NOON)
    received = receive(desk, b"van bram", "x.txt")
    with pytest.raises(NotYourCase):
        desk.do(attachments.keep, desk.bram, case_id, received, "", NOON)


def share(desk, case_id, person, parts=("who", "what"), **more):
    desk.do(sharing.share, desk.anna, case_id, person.person_id, set(parts), NOON, **more)


def test_only_what_is_ticked_is_shared(desk, case_id):
    first, second = add(desk, desk.anna, case_id), add(desk, desk.anna, case_id, LARGE, "brief.pdf")
    share(desk, case_id, desk.bram)
    assert listed(desk, desk.bram, case_id) == ()
    with pytest.raises(NotYourCase):
        desk.do(attachments.look, desk.bram, case_id, first, NOON)
    with pytest.raises(sharing.NothingToShare):
        share(desk, case_id, desk.bram)
    share(desk, case_id, desk.bram, files={second})
    assert [one.id for one in listed(desk, desk.bram, case_id)] == [second]
    assert original(desk, desk.bram, case_id, second) == LARGE
    assert told(desk, "attachment.share") == [str(second)]
    share(desk, case_id, desk.esther, ("what",), files={first, second})
    assert len(listed(desk, desk.esther, case_id)) == 2


# Of somebody who reads the whole case nothing is kept apart; of who reads *what* alone it is.
def test_a_new_file_is_for_whoever_reads_both_parts(desk, case_id):
    share(desk, case_id, desk.bram)
    share(desk, case_id, desk.esther, ("what",))
    record = add(desk, desk.anna, case_id)
    assert [one.id for one in listed(desk, desk.bram, case_id)] == [record]
    assert listed(desk, desk.esther, case_id) == ()
    own = add(desk, desk.esther, case_id, b"van esther", "x.txt")
    assert [one.id for one in listed(desk, desk.esther, case_id)] == [own]
    assert {one.id for one in listed(desk, desk.anna, case_id)} == {record, own}


# ---- damaged, destroyed --------------------------------------------------------------------


def change(desk, *statements):
    with desk.session() as session:
        for statement in statements:
            session.execute(statement)
        session.commit()


def test_swapped_cut_and_foreign_pieces_do_not_open(desk, case_id):
    record = add(desk, desk.anna, case_id, LARGE, "brief.pdf")
    other = add(desk, desk.anna, case_id, LARGE + b"!", "andere.pdf")
    chunk = EnvelopeChunkRow
    with desk.session() as session:
        pieces = dict(session.execute(
            select(chunk.number, chunk.content).where(chunk.record_id == record)
        ).all())  # fmt: skip
        foreign = session.scalar(
            select(chunk.content).where(chunk.record_id == other, chunk.number == 0)
        )
    assert len(pieces) == 5

    def put(number, content):
        here = chunk.record_id == record, chunk.number == number
        return update(chunk).where(*here).values(content=content)

    for wrong in (
        [put(0, pieces[1]), put(1, pieces[0])],
        [put(0, foreign)],
        [put(2, pieces[2][:-1] + bytes([pieces[2][-1] ^ 1]))],
        [delete(chunk).where(chunk.record_id == record, chunk.number == 4)],
    ):
        change(desk, *wrong)
        with pytest.raises(CannotOpen):
            original(desk, desk.anna, case_id, record)
        change(
            desk,
            delete(chunk).where(chunk.record_id == record),
            *(chunk.__table__.insert().values(record_id=record, number=number, content=content)
              for number, content in pieces.items()),
        )  # fmt: skip
    assert original(desk, desk.anna, case_id, record) == LARGE


# A row that was moved to another case does not bring the file along.
def test_a_file_stays_with_its_case(desk, case_id):
    record = add(desk, desk.anna, case_id)
    other = desk.open_case(desk.anna)
    change(desk, update(CaseAttachmentRow).where(CaseAttachmentRow.id == record)
           .values(case_id=other))  # fmt: skip
    assert listed(desk, desk.anna, other) == ()
    with pytest.raises(NotYourCase):
        desk.do(attachments.look, desk.anna, other, record, NOON)


def test_destroyed_is_gone_and_its_neighbour_stays(desk, case_id):
    record, stays = add(desk, desk.anna, case_id), add(desk, desk.anna, case_id, LARGE, "b.pdf")
    with desk.session() as session:
        secret = session.get(EnvelopeRow, record).secret_id
    desk.do(attachments.destroy, desk.anna, case_id, record, NOON)
    assert desk.vault.keystore.destroyed(secret)
    with pytest.raises(NotYourCase):
        desk.do(attachments.look, desk.anna, case_id, record, NOON)
    assert original(desk, desk.anna, case_id, stays) == LARGE
    assert told(desk, "attachment.destroy") == [str(record)]
    assert trail.verify(desk.database, desk.vault) == []
    desk.do(
        lambda session, vault, actor: attachments.destroy_all(
            session, vault, case_id, NOON, actor=actor
        ),
        desk.anna,
    )
    assert listed(desk, desk.anna, case_id) == ()
    assert trail.verify(desk.database, desk.vault) == []


def test_everything_leaves_a_trail(desk, case_id):
    record = add(desk, desk.anna, case_id)
    for minutes in (0, 10, 50):
        now = NOON + timedelta(minutes=minutes)
        desk.do(attachments.look, desk.anna, case_id, record, now)
    original(desk, desk.anna, case_id, record)
    original(desk, desk.anna, case_id, record)
    found = {
        action: len(told(desk, f"attachment.{action}")) for action in ("add", "read", "download")
    }
    assert found == {"add": 1, "read": 2, "download": 2}
    assert trail.verify(desk.database, desk.vault) == []


# Renewing the keys of a record leaves it in its place, piece by piece.
def test_a_renewed_file_opens_and_old_pieces_are_gone(desk, case_id):
    record = add(desk, desk.anna, case_id, LARGE, "brief.pdf")
    with desk.session() as session:
        before = set(session.scalars(select(EnvelopeChunkRow.content)))
        envelopes.reseal(session, desk.vault, desk.anna.keys, record, NOON)
        session.commit()
        after = set(session.scalars(select(EnvelopeChunkRow.content)))
    assert before & after == set()
    assert original(desk, desk.anna, case_id, record) == LARGE


def test_a_closed_case_still_takes_a_file(desk, case_id):
    desk.do(casework.close_case, desk.anna, case_id, NOON)
    add(desk, desk.anna, case_id)
    assert len(listed(desk, desk.anna, case_id)) == 1
