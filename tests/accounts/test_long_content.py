"""Long content: sealed in pieces, opened at any place, and never in another order."""

from datetime import UTC, datetime
from uuid import uuid4

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import delete, select, update

from weerbaar.accounts import envelopes, long_content
from weerbaar.accounts.envelopes import Kind
from weerbaar.accounts.models import EnvelopeChunkRow
from weerbaar.accounts.recipients import Person
from weerbaar.crypto import envelope
from weerbaar.crypto.envelope import Binding
from weerbaar.crypto.errors import CannotOpen

NOW = datetime(2026, 3, 2, 8, tzinfo=UTC)
PIECE = long_content.PIECE
SOUND = bytes(range(256)) * (PIECE // 256) * 2 + b"the end"


@pytest.fixture
def anna(installation):
    return installation.person("Anna")


def seal(installation, person, sound=SOUND):
    house = installation.house
    with house.database.session() as session:
        record = envelopes.seal_long(
            session, house.vault, kind=Kind.RECORDING, facts={"seconds": 7},
            content=[sound[:100], sound[100:]], recipients=[Person(person.person_id)], now=NOW,
        )  # fmt: skip
        session.commit()
    return record


def opened(installation, person, record, start=0, stop=None):
    house = installation.house
    with house.database.session() as session:
        content = envelopes.open_long(
            session, house.vault, person.keys, record, kind=Kind.RECORDING
        )
        pieces = content.read(start, stop)
    # Opened after the session is closed: whoever listens slowly holds no connection.
    return content, b"".join(pieces)


@pytest.mark.parametrize("size", [0, 1, PIECE - 1, PIECE, PIECE + 1, 3 * PIECE])
def test_it_comes_back_whole(installation, anna, size) -> None:
    sound = SOUND[:size] if size <= len(SOUND) else SOUND * 2
    sound = sound[:size]
    content, heard = opened(installation, anna, seal(installation, anna, sound))
    assert heard == sound
    assert (content.size, content.facts) == (size, {"seconds": 7})


def test_any_part_opens_by_itself(installation, anna) -> None:
    record = seal(installation, anna)
    for start, stop in ((0, 1), (PIECE - 1, PIECE + 1), (PIECE, 2 * PIECE), (2 * PIECE, None),
                        (5, 2 * PIECE + 3), (len(SOUND), None), (7, 7)):  # fmt: skip
        assert opened(installation, anna, record, start, stop)[1] == SOUND[start:stop]


def change(installation, *statements):
    with installation.house.database.session() as session:
        for statement in statements:
            session.execute(statement)
        session.commit()


def test_a_missing_swapped_or_foreign_piece_is_found_out(installation, anna) -> None:
    chunk = EnvelopeChunkRow
    record, other = seal(installation, anna), seal(installation, anna)
    with installation.house.database.session() as session:
        pieces = dict(
            session.execute(
                select(chunk.number, chunk.content).where(chunk.record_id == record)
            ).all()
        )
        foreign = session.scalars(
            select(chunk.content).where(chunk.record_id == other, chunk.number == 1)
        ).one()
    here = chunk.record_id == record

    def put(number, content):
        return update(chunk).where(here, chunk.number == number).values(content=content)

    for wrong in (
        [put(0, pieces[1]), put(1, pieces[0])],
        [put(1, foreign)],
        [put(1, pieces[1][:-1] + bytes([pieces[1][-1] ^ 1]))],
        [delete(chunk).where(here, chunk.number == 1)],
        # The last piece is marked as the last: an earlier one cannot stand in its place.
        [put(2, pieces[1])],
    ):
        change(installation, *wrong)
        with pytest.raises(CannotOpen):
            opened(installation, anna, record)
        change(
            installation,
            delete(chunk).where(here),
            *(chunk.__table__.insert().values(record_id=record, number=number, content=content)
              for number, content in pieces.items()),
        )  # fmt: skip
        assert opened(installation, anna, record)[1] == SOUND


def test_it_is_shared_taken_away_and_destroyed_like_any_record(installation, anna) -> None:
    house, bram = installation.house, installation.person("Bram")
    record = seal(installation, anna)
    with pytest.raises(envelopes.NotAReader):
        opened(installation, bram, record)
    with house.database.session() as session:
        envelopes.grant(session, house.vault, anna.keys, record, Person(bram.person_id), NOW)
        session.commit()
    assert opened(installation, bram, record)[1] == SOUND
    with house.database.session() as session:
        before = set(session.scalars(select(EnvelopeChunkRow.content)))
        envelopes.revoke(session, house.vault, anna.keys, record, Person(bram.person_id), NOW)
        session.commit()
        after = set(session.scalars(select(EnvelopeChunkRow.content)))
    assert before & after == set()
    assert opened(installation, anna, record)[1] == SOUND
    with pytest.raises(envelopes.NotAReader):
        opened(installation, bram, record)
    with house.database.session() as session:
        envelopes.destroy(session, house.vault, record, NOW)
        session.commit()
        assert session.scalars(select(EnvelopeChunkRow.number)).all() == []
    with pytest.raises(envelopes.NotAReader):
        opened(installation, anna, record)


@given(st.lists(st.binary(max_size=30), max_size=6), st.data())
@settings(max_examples=60, deadline=None)
def test_one_piece_opens_only_at_its_own_place(chunks, data) -> None:
    binding = Binding("recording", uuid4(), "whole", 1, 1)
    key = envelope.data_key(bytes(32), bytes(32), binding)
    pieces = list(key.seal_chunks(chunks, binding))
    stream, last = envelope.stream_of(pieces[0]), len(pieces) - 1
    number = data.draw(st.integers(0, last))
    right = {"stream": stream, "last": number == last}
    assert key.open_chunk(pieces[number], number, binding, **right) == (chunks or [b""])[number]
    for wrong in (
        dict(number=number + 1, **right),
        {"number": number, "stream": stream, "last": number != last},
        {"number": number, "stream": bytes(16), "last": number == last},
    ):
        with pytest.raises(CannotOpen):
            key.open_chunk(pieces[number], binding=binding, **wrong)
