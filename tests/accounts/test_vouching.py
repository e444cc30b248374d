"""Somebody writes himself into the database as a member or a reader: nothing is sealed to him."""

from uuid import UUID, uuid4

import pytest
from sqlalchemy import func, insert, select, update

from tests.crypto.test_vectors import keyring_of, stored
from tests.installation import PASSWORD
from weerbaar import migrations
from weerbaar.accounts import (
    envelopes,
    groups,
    keystore_tables,
    rotation,
    service_keys,
    taking_up,
    vouching,
    vouching_watch,
    wrappings,
)
from weerbaar.accounts.envelopes import Kind, NotVouchedFor
from weerbaar.accounts.house import open_house
from weerbaar.accounts.keys import half_for
from weerbaar.accounts.models import (
    EnvelopeReaderRow,
    EnvelopeRow,
    GroupHalfRow,
)
from weerbaar.accounts.recipients import Group, Person
from weerbaar.crypto.keyring import Keyring
from weerbaar.crypto.recipients import PrivateKey
from weerbaar.crypto.wrapping import TESTS_ONLY

NAME = "confidants"
TEXT = b"Brief door de bus."
on_sqlite = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)


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
def mallory(installation):
    """Somebody with an account, keys of his own, and a hand in the database."""
    return installation.person("Mallory", admitted=False)


def case(installation, session, *readers):
    record = envelopes.seal(
        session, installation.house.vault, kind=Kind.CASE_WHAT, plaintext=TEXT,
        recipients=[Person(one.person_id) for one in readers], now=installation.clock.now(),
    )  # fmt: skip
    session.commit()
    return record


def write_reader(session, record, person, mac=None, half=b"made up"):
    """A row in the database, by the hand of somebody who can write there."""
    session.execute(
        insert(EnvelopeReaderRow).values(
            id=uuid4(), record_id=record, person_id=person.person_id, group_name=None, key_epoch=1,
            sealed_half=half, rewrapped_half=None, mac=mac, created_day=func.current_date(),
        )
    )  # fmt: skip
    session.commit()


def write_member(installation, session, person, mac=None, epoch=1):
    vault = installation.house.vault
    key = vault.public_key_of(session, Person(person.person_id))
    day = installation.clock.now().date()
    row = half_for(key, vault, NAME, epoch, PrivateKey.generate(), day)
    session.execute(insert(GroupHalfRow).values({**row, "mac": mac}))
    session.commit()
    return row


def again(installation, session, person):
    """Somebody with keys opened anew; what this session did is kept."""
    session.commit()
    return installation.actor(person.person_id)


def macs(session, table, *which):
    return [bytes(one) for one in session.scalars(select(table.mac).where(*which)) if one]


def read(installation, session, person, record):
    keys = again(installation, session, person).keys
    return envelopes.open_one(session, installation.house.vault, keys, record, kind=Kind.CASE_WHAT)


def readers_of(session, record):
    wanted = select(EnvelopeReaderRow.person_id).where(EnvelopeReaderRow.record_id == record)
    return set(session.scalars(wanted))


# ---- members of a group ------------------------------------------------------------------


@pytest.mark.parametrize("act", ["remove", "rotate", "renew"])
def test_who_wrote_himself_into_a_group_gets_none_of_its_new_keys(
    installation, session, anna, mallory, act
):
    vault, now, founder = (
        installation.house.vault,
        installation.clock.now(),
        installation.coordinator,
    )
    copied = macs(session, GroupHalfRow, GroupHalfRow.person_id == anna.person_id)
    write_member(installation, session, mallory, copied[0])
    assert mallory.person_id not in groups.members(session, NAME)
    if act == "remove":
        groups.remove(session, vault, founder, NAME, anna.person_id, now)
    elif act == "rotate":
        groups.rotate(session, vault, founder, NAME, now)
    else:
        vault.keystore.destroy(
            session.scalars(
                select(GroupHalfRow.secret_id).where(
                    GroupHalfRow.person_id == anna.person_id, GroupHalfRow.group_name == NAME
                )
            ).all(),
            now,
        )
        assert groups.renew(session, vault, NAME, now)
    session.commit()
    has = set(session.scalars(select(GroupHalfRow.person_id).where(GroupHalfRow.epoch == 2)))
    assert founder.person_id in has
    assert mallory.person_id not in has
    # What is sealed to the group from now on opens for its members alone.
    keys = again(installation, session, mallory).keys
    assert (NAME, 2) not in keys.groups(session)


def test_a_row_of_an_earlier_key_of_the_group_counts_for_no_later_one(
    installation, session, anna, mallory
):
    vault, now, founder = (
        installation.house.vault,
        installation.clock.now(),
        installation.coordinator,
    )
    groups.admit(session, vault, founder, NAME, mallory.person_id, now)
    session.commit()
    mine = GroupHalfRow.person_id == mallory.person_id
    kept = session.execute(select(*GroupHalfRow.__table__.columns).where(mine)).mappings().all()
    groups.remove(session, vault, founder, NAME, mallory.person_id, now)
    session.commit()
    # His former row, put back as one of the present key.
    for row in kept:
        session.execute(insert(GroupHalfRow).values({**row, "epoch": 2}))
    session.commit()
    assert mallory.person_id not in groups.members(session, NAME)
    groups.rotate(session, vault, founder, NAME, now)
    session.commit()
    assert not session.scalars(
        select(GroupHalfRow.epoch).where(mine, GroupHalfRow.epoch == 3)
    ).all()


def test_admission_takes_the_place_of_a_row_that_somebody_wrote_and_spares_its_secret(
    installation, session, anna, mallory
):
    vault, now = installation.house.vault, installation.clock.now()
    record = case(installation, session, anna)
    secret = session.scalar(select(EnvelopeRow.secret_id).where(EnvelopeRow.id == record))
    write_member(installation, session, mallory)
    session.execute(
        update(GroupHalfRow)
        .where(GroupHalfRow.person_id == mallory.person_id)
        .values(secret_id=secret)
    )
    session.commit()
    groups.admit(session, vault, installation.coordinator, NAME, mallory.person_id, now)
    session.commit()
    assert mallory.person_id in groups.members(session, NAME)
    assert vault.keystore.get(secret)
    assert read(installation, session, anna, record) == TEXT


def test_who_wrote_himself_into_a_group_admits_nobody(installation, session, mallory):
    vault, now = installation.house.vault, installation.clock.now()
    friend = installation.person("Femke", admitted=False)
    write_member(installation, session, mallory)
    with pytest.raises(groups.NotAMember):
        groups.admit(
            session, vault, again(installation, session, mallory), NAME, friend.person_id, now
        )


# ---- readers of a record -----------------------------------------------------------------


def test_who_wrote_himself_in_as_a_reader_is_left_out_when_the_record_is_keyed_anew(
    installation, session, anna, mallory
):
    bram = installation.person("Bram")
    vault, now = installation.house.vault, installation.clock.now()
    record, other = case(installation, session, anna, bram), case(installation, session, mallory)
    (copied,) = macs(session, EnvelopeReaderRow, EnvelopeReaderRow.record_id == other)
    write_reader(session, record, mallory, copied)
    found = {one.recipient: one for one in envelopes.readers(session, record)}
    assert not found[Person(mallory.person_id)].has_key
    assert found[Person(anna.person_id)].has_key
    envelopes.reseal(session, vault, again(installation, session, anna).keys, record, now)
    session.commit()
    assert readers_of(session, record) == {anna.person_id, bram.person_id}
    assert read(installation, session, bram, record) == TEXT


def test_a_row_of_before_the_re_keying_counts_for_nothing_after_it(
    installation, session, anna, mallory
):
    vault, now = installation.house.vault, installation.clock.now()
    record = case(installation, session, anna, mallory)
    his = EnvelopeReaderRow.person_id == mallory.person_id
    columns = EnvelopeReaderRow.__table__.columns
    kept = session.execute(select(*columns).where(his)).mappings().one()
    keys = again(installation, session, anna).keys
    envelopes.revoke(session, vault, keys, record, Person(mallory.person_id), now)
    session.commit()
    session.execute(insert(EnvelopeReaderRow).values(**kept))
    session.commit()
    found = {one.recipient: one for one in envelopes.readers(session, record)}
    assert not found[Person(mallory.person_id)].is_vouched
    envelopes.reseal(session, vault, again(installation, session, anna).keys, record, now)
    assert readers_of(session, record) == {anna.person_id}


def test_sharing_takes_the_place_of_a_row_that_somebody_wrote(installation, session, anna, mallory):
    vault, now = installation.house.vault, installation.clock.now()
    record = case(installation, session, anna)
    write_reader(session, record, mallory)
    keys = again(installation, session, anna).keys
    envelopes.grant(session, vault, keys, record, Person(mallory.person_id), now)
    session.commit()
    assert all(one.has_key for one in envelopes.readers(session, record))
    assert read(installation, session, mallory, record) == TEXT


def unvouch(session, record, person):
    """A half of before, kept and put back in a row that the house did not write."""
    session.execute(
        update(EnvelopeReaderRow)
        .where(
            EnvelopeReaderRow.record_id == record, EnvelopeReaderRow.person_id == person.person_id
        )
        .values(mac=None)
    )
    session.commit()


def test_whose_row_is_not_ours_reads_on_and_hands_on_nothing(installation, session, anna, mallory):
    vault, now = installation.house.vault, installation.clock.now()
    friend = installation.person("Femke")
    record = case(installation, session, anna, mallory)
    unvouch(session, record, mallory)
    assert read(installation, session, mallory, record) == TEXT
    session.commit()
    keys = again(installation, session, mallory).keys
    with pytest.raises(NotVouchedFor):
        envelopes.reseal(session, vault, keys, record, now)
    with pytest.raises(NotVouchedFor):
        envelopes.grant(session, vault, keys, record, Person(friend.person_id), now)


def test_a_new_key_pair_makes_nobody_a_reader_or_a_member(installation, session, anna, mallory):
    vault, now = installation.house.vault, installation.clock.now()
    founder = installation.coordinator
    record = case(installation, session, anna, mallory)
    groups.admit(session, vault, founder, NAME, mallory.person_id, now)
    session.execute(
        update(GroupHalfRow).where(GroupHalfRow.person_id == mallory.person_id).values(mac=None)
    )
    unvouch(session, record, mallory)
    for person in (anna, mallory):
        actor = again(installation, session, person)
        keys = rotation.begin(session, vault, actor, wrappings.stretch(vault, PASSWORD), now)
        session.commit()
        assert rotation.go_on(session, vault, keys, now) == 0
        session.commit()
    found = {one.recipient.person_id: one.has_key for one in envelopes.readers(session, record)}
    assert found == {anna.person_id: True, mallory.person_id: False}
    assert anna.person_id in groups.members(session, NAME)
    assert mallory.person_id not in groups.members(session, NAME)


def test_a_group_whose_row_is_not_ours_is_not_re_keyed_and_stops_nothing(installation, session):
    vault, now = installation.house.vault, installation.clock.now()
    records = [
        envelopes.seal(
            session, vault, kind=Kind.CALLER_NUMBER, plaintext=b"+31612345699",
            recipients=[Group(NAME)], now=now,
        )
        for _ in range(2)
    ]  # fmt: skip
    session.execute(
        update(EnvelopeReaderRow).where(EnvelopeReaderRow.record_id == records[0]).values(mac=None)
    )
    groups.rotate(session, vault, installation.coordinator, NAME, now)
    session.commit()
    actor = again(installation, session, installation.coordinator)
    assert groups.rekey(session, vault, actor, NAME, now) == 1
    assert groups.living_epochs(session, NAME) == [1, 2]


# ---- rows of before, and other service keys ----------------------------------------------


def as_of_before(installation, session):
    """The database and the key store as a house had them that vouched for nothing yet."""
    session.execute(update(GroupHalfRow).values(mac=None))
    session.execute(update(EnvelopeReaderRow).values(mac=None))
    session.commit()
    pin = keystore_tables.pin
    with installation.house.vault.keystore._engine.begin() as connection:
        connection.execute(pin.delete().where(pin.c.kind == taking_up.DONE.kind))


def test_rows_of_before_are_taken_up_once_and_what_is_written_later_never(
    installation, session, anna, mallory, monkeypatch
):
    vault, now = installation.house.vault, installation.clock.now()
    bram = installation.person("Bram")
    records = [case(installation, session, anna, bram) for _ in range(3)]
    as_of_before(installation, session)
    assert groups.members(session, NAME) == set()
    assert read(installation, session, bram, records[0]) == TEXT, "nothing becomes unreadable"
    session.commit()
    # Broken off after each step, it goes on where it was.
    monkeypatch.setattr(taking_up, "STEP", 4)
    commits = iter([None, InterruptedError])

    def commit():
        session.commit()
        if (fails := next(commits)) is not None:
            raise fails

    with pytest.raises(InterruptedError):
        taking_up.take_up(session, vault.keyring, commit)
    assert 0 < len(macs(session, EnvelopeReaderRow)) < 6
    taken = taking_up.once(session, vault)
    assert taken.members == 0
    assert taken.readers > 0
    assert not list(vouching_watch.foreign(session, vault.keyring))
    assert {anna.person_id, bram.person_id} < groups.members(session, NAME)
    envelopes.reseal(session, vault, again(installation, session, anna).keys, records[0], now)
    session.commit()
    assert readers_of(session, records[0]) == {anna.person_id, bram.person_id}
    write_reader(session, records[1], mallory)
    write_member(installation, session, mallory)
    assert taking_up.once(session, vault) == taking_up.TakenUp()
    assert len(list(vouching_watch.foreign(session, vault.keyring))) == 2


def test_a_founded_house_takes_nothing_up(installation, session, anna, mallory):
    write_reader(session, case(installation, session, anna), mallory)
    assert taking_up.once(session, installation.house.vault) == taking_up.TakenUp()


@on_sqlite
def test_rows_move_to_a_new_service_key_and_those_of_nobody_stay_wrong(
    installation, session, anna, mallory
):
    record = case(installation, session, anna)
    write_reader(session, record, mallory, b"\x01" + bytes(8) + bytes(32))
    session.close()
    fresh = installation.house.vault.keyring.rotated()
    fresh.replace(installation.settings.service_keys_file)
    installation.house.dispose()
    installation.house = house = open_house(
        installation.settings, installation.clock, profile=TESTS_ONLY, pool_size=5
    )
    assert service_keys.reseal(house).left(fresh.ids[0]) == 0
    alone = Keyring([fresh._keys[0].raw])
    with house.database.session() as looking:
        (wrong,) = vouching_watch.foreign(looking, alone)
    assert wrong.person_id == mallory.person_id


def test_the_number_of_the_migration_is_the_one_that_made_the_columns():
    (made,) = (migrations.HERE / "versions").glob("*_accounts_vouching.py")
    assert made.name.startswith(taking_up.SINCE)


@pytest.mark.parametrize("case", stored("row-macs"))
def test_a_row_that_was_vouched_for_is_for_ever(case):
    keyring = keyring_of(case)
    person, secret = Person(UUID(case["person"])), UUID(case["secret_id"])
    member = vouching.member_row(NAME, case["group_epoch"], person, case["key_epoch"], secret)
    record, epoch = UUID(case["record_id"]), case["epoch"]
    reader = vouching.reader_row(record, epoch, secret, person, case["key_epoch"])
    group = vouching.reader_row(record, epoch, secret, Group(NAME), case["group_epoch"])
    for purpose, row, name in (
        (vouching.MEMBER, member, "member"),
        (vouching.READER, reader, "reader"),
        (vouching.READER, group, "group"),
    ):
        assert vouching.mac(keyring, purpose, row) == case[name]
        assert vouching.holds(keyring, purpose, row, case[name])
        other = vouching.READER if purpose == vouching.MEMBER else vouching.MEMBER
        assert not vouching.holds(keyring, other, row, case[name])
        assert not vouching.holds(keyring, purpose, row, b"\x02" + case[name][1:])
        assert not vouching.holds(keyring, purpose, row, None)
