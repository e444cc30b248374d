"""Hand-over notes: sealed to the confidants, read by another, destroyed a fortnight later."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from weerbaar.accounts import envelopes, trail
from weerbaar.accounts.actors import Actor, Role
from weerbaar.accounts.envelopes import Kind
from weerbaar.accounts.keys import KeysLocked
from weerbaar.accounts.keystore import KeyStoreGone
from weerbaar.accounts.models import EnvelopeRow, TrailRow
from weerbaar.hotline.roster import handover
from weerbaar.hotline.roster.handover import NoSuchNote, NotAdmitted
from weerbaar.hotline.roster.swaps_models import HandoverNoteRow

TEXT = "Vannacht twee keer stil gebeld. Let op de derde keer."


@pytest.fixture
def house(installation):
    return installation.house


@pytest.fixture
def session(house):
    with house.database.session() as session:
        yield session


@pytest.fixture
def anna(installation):
    return installation.person("Anna")


@pytest.fixture
def bram(installation):
    return installation.person("Bram")


def write(installation, session, actor, text=TEXT):
    note_id = handover.write(
        session, installation.house.vault, actor, text, installation.clock.now()
    )
    session.commit()
    return note_id


def read(installation, session, actor):
    found = handover.notes(session, installation.house.vault, actor, installation.clock.now())
    session.commit()
    return found


def test_a_note_goes_from_one_to_the_next_and_is_acknowledged_once(
    installation, session, anna, bram
):
    note_id = write(installation, session, anna)
    assert handover.waiting(session, bram) == 1
    assert handover.waiting(session, anna) == 0
    (note,) = read(installation, session, bram)
    assert (note.text, note.author_id, note.read_by) == (TEXT, anna.person_id, None)
    assert TEXT not in repr(note)
    with pytest.raises(NoSuchNote):
        handover.acknowledge(session, anna, note_id, installation.clock.now())
    for reader in (bram, installation.coordinator):
        handover.acknowledge(session, reader, note_id, installation.clock.now())
        session.commit()
    (note,) = read(installation, session, anna)
    assert note.read_by == bram.person_id
    assert handover.waiting(session, installation.coordinator) == 0
    actions = session.scalars(
        select(TrailRow.action).where(TrailRow.object_id == str(note_id)).order_by(TrailRow.number)
    ).all()
    assert actions == ["handover.write", "handover.read", "handover.acknowledge", "handover.read"]
    session.commit()
    assert list(trail.verify(installation.house.database, installation.house.vault)) == []


def test_what_it_says_is_nowhere_in_the_clear(installation, session, anna):
    note_id = write(installation, session, anna)
    row = session.get(EnvelopeRow, note_id)
    assert b"stil gebeld" not in bytes(row.content)
    assert row.kind == Kind.HANDOVER_NOTE.value


def test_without_a_key_nothing_is_written_or_read(installation, session, anna):
    write(installation, session, anna)
    locked = Actor(anna.person_id, anna.roles)
    newcomer = installation.person("Chérie", admitted=False)
    manager = installation.person("Rob", [Role.ROSTER_MANAGER])
    for actor, refusal in ((locked, KeysLocked), (newcomer, NotAdmitted), (manager, NotAdmitted)):
        with pytest.raises(refusal):
            handover.write(session, installation.house.vault, actor, TEXT, installation.clock.now())
        with pytest.raises(refusal):
            read(installation, session, actor)
    assert len(session.scalars(select(HandoverNoteRow.id)).all()) == 1


def test_what_cannot_be_sealed_is_not_kept(installation, session, anna, monkeypatch):
    def gone(*_given):
        raise KeyStoreGone

    monkeypatch.setattr(installation.house.vault.keystore, "take", gone)
    with pytest.raises(KeyStoreGone):
        handover.write(session, installation.house.vault, anna, TEXT, installation.clock.now())
    session.rollback()
    assert session.scalars(select(HandoverNoteRow.id)).all() == []


def test_a_note_is_destroyed_when_it_was_read_and_is_a_fortnight_old(
    installation, session, anna, bram
):
    kept, old = write(installation, session, anna), write(installation, session, anna)
    handover.acknowledge(session, bram, old, installation.clock.now())
    session.commit()
    vault = installation.house.vault
    secret = session.get(EnvelopeRow, old).secret_id
    almost = installation.clock.now() + handover.KEPT - timedelta(days=1)
    assert handover.destroy_old(session, vault, almost) == 0
    assert handover.destroy_old(session, vault, almost + timedelta(days=1)) == 1
    session.commit()
    assert vault.keystore.values([secret.bytes]) == {}
    with pytest.raises(envelopes.NotAReader):
        envelopes.open_one(
            session, vault, bram.keys, old, kind=Kind.HANDOVER_NOTE, part=handover.PART
        )
    assert [one.id for one in read(installation, session, bram)] == [kept]
    assert list(trail.verify(installation.house.database, vault)) == []
