"""Sealed content opens for its readers, in its own place, under both locks, and not otherwise."""

import shutil
from datetime import timedelta
from uuid import uuid4

import pytest
from sqlalchemy import delete, func, select, update

from weerbaar.accounts import destruction, envelopes, groups, keystore_tables, trail
from weerbaar.accounts.envelopes import (
    ChangedMeanwhile,
    KeysLocked,
    Kind,
    LastReader,
    NotAReader,
)
from weerbaar.accounts.keys import OpenKeys
from weerbaar.accounts.keystore import KeyStore, KeyStoreGone, SecretGone
from weerbaar.accounts.models import (
    EnvelopeReaderRow,
    EnvelopeRow,
    GroupHalfRow,
    GroupKeyRow,
    KeyWrappingRow,
    PendingDestructionRow,
    PersonKeyRow,
    SessionRow,
)
from weerbaar.accounts.recipients import Group, Person
from weerbaar.accounts.vault import KeyNotTrusted, NoKeysYet, Vault
from weerbaar.config.database import Database
from weerbaar.crypto.errors import CannotOpen
from weerbaar.crypto.keyring import Keyring
from weerbaar.crypto.recipients import PrivateKey
from weerbaar.crypto.wrapping import TESTS_ONLY

TEXT = b"Brief door de bus, met naam en adres."
CONFIDANTS = Group("confidants")


@pytest.fixture
def house(installation):
    return installation.house


@pytest.fixture
def session(house):
    with house.database.session() as session:
        yield session


def put(installation, session, *readers, text=TEXT, kind=Kind.CASE_WHAT, part="whole"):
    record = envelopes.seal(
        session, installation.house.vault, kind=kind, part=part, plaintext=text,
        recipients=readers, now=installation.clock.now(),
    )  # fmt: skip
    session.commit()
    return record


def read(installation, session, actor, record, *, kind=Kind.CASE_WHAT, part="whole"):
    return envelopes.open_one(
        session, installation.house.vault, actor.keys, record, kind=kind, part=part
    )


def test_a_reader_opens_and_a_colleague_does_not(installation, session):
    anna, bram = installation.person("Anna"), installation.person("Bram")
    record = put(installation, session, Person(anna.person_id))
    assert read(installation, session, anna, record) == TEXT
    with pytest.raises(NotAReader):
        read(installation, session, bram, record)
    with pytest.raises(NotAReader):
        read(installation, session, anna, uuid4())
    with pytest.raises(NotAReader):
        read(installation, session, anna, record, kind=Kind.CASE_WHO)
    with pytest.raises(NotAReader):
        read(installation, session, anna, record, part="other")
    with pytest.raises(KeysLocked):
        envelopes.open_one(session, installation.house.vault, None, record, kind=Kind.CASE_WHAT)


def test_members_of_a_group_open_what_is_sealed_to_it(installation, session):
    anna, eva = installation.person("Anna"), installation.person("Eva", admitted=False)
    record = put(installation, session, CONFIDANTS, kind=Kind.CALLER_NUMBER)
    assert read(installation, session, anna, record, kind=Kind.CALLER_NUMBER) == TEXT
    with pytest.raises(NotAReader):
        read(installation, session, eva, record, kind=Kind.CALLER_NUMBER)


def test_the_first_opening_makes_later_ones_cheap_for_that_reader_alone(installation, session):
    anna = installation.person("Anna")
    record = put(installation, session, Person(anna.person_id), CONFIDANTS)
    read(installation, session, anna, record)
    session.commit()
    wrapped = session.execute(
        select(EnvelopeReaderRow.person_id, EnvelopeReaderRow.rewrapped_half)
    ).all()
    assert [row[1] is not None for row in wrapped if row[0]] == [True]
    # The sealed half is no longer needed, nor is it looked at.
    session.execute(update(EnvelopeReaderRow).values(sealed_half=b"spoilt"))
    session.commit()
    assert read(installation, session, installation.actor(anna.person_id), record) == TEXT


def test_a_re_wrapped_half_of_a_group_opens_only_through_the_group(installation, session):
    anna, bram = installation.person("Anna"), installation.person("Bram")
    record = put(installation, session, CONFIDANTS)
    read(installation, session, anna, record)
    session.commit()
    half = session.scalar(select(EnvelopeReaderRow.rewrapped_half))
    assert half is not None
    assert read(installation, session, bram, record) == TEXT
    # A former member who kept the row and his own key, but lost the group's, opens nothing.
    groups.remove(
        session, installation.house.vault, installation.coordinator, "confidants",
        bram.person_id, installation.clock.now(),
    )  # fmt: skip
    session.commit()
    with pytest.raises(NotAReader):
        read(installation, session, installation.actor(bram.person_id), record)


def test_many_open_in_the_order_asked_without_what_is_not_mine(installation, session):
    anna, bram = installation.person("Anna"), installation.person("Bram")
    mine = [
        put(installation, session, Person(anna.person_id), text=b"%d" % number)
        for number in range(5)
    ]
    other = put(installation, session, Person(bram.person_id))
    asked = [mine[3], other, mine[0], mine[4]]
    for _ in range(2):
        opened = list(
            envelopes.open_many(
                session, installation.house.vault, anna.keys, asked, kind=Kind.CASE_WHAT
            )
        )
        session.commit()
        assert opened == [(mine[3], b"3"), (mine[0], b"0"), (mine[4], b"4")]
    assert envelopes.can_open(session, anna.keys, asked) == {mine[3], mine[0], mine[4]}


def test_a_damaged_one_is_named_and_the_rest_still_opens(installation, session):
    anna = installation.person("Anna")
    records = [put(installation, session, Person(anna.person_id)) for _ in range(3)]
    session.execute(
        update(EnvelopeRow).where(EnvelopeRow.id == records[1]).values(content=b"x" * 300)
    )
    session.commit()
    damaged = []
    opened = envelopes.open_many(
        session, installation.house.vault, anna.keys, records, kind=Kind.CASE_WHAT, damaged=damaged
    )
    assert [one for one, _ in opened] == [records[0], records[2]]
    assert damaged == [records[1]]
    with pytest.raises(CannotOpen):
        list(
            envelopes.open_many(
                session, installation.house.vault, anna.keys, records, kind=Kind.CASE_WHAT
            )
        )


def test_replacing_keeps_readers_and_counts_versions(installation, session):
    anna, bram = installation.person("Anna"), installation.person("Bram")
    vault, now = installation.house.vault, installation.clock.now()
    record = put(installation, session, Person(anna.person_id), Person(bram.person_id))
    version, digest = envelopes.replace(
        session, vault, anna.keys, record, kind=Kind.CASE_WHAT, plaintext=b"nieuw", now=now
    )
    session.commit()
    assert version == 2
    assert envelopes.stamp(session, record) == envelopes.Stamp(2, digest)
    assert read(installation, session, bram, record) == b"nieuw"


def test_two_who_change_at_once_do_not_overwrite_each_other(installation, monkeypatch):
    anna = installation.person("Anna")
    house, now = installation.house, installation.clock.now()
    with house.database.session() as session:
        record = put(installation, session, Person(anna.person_id))
    opened = envelopes.open_record

    def meanwhile(session, *arguments):
        found = opened(session, *arguments)
        session.execute(update(EnvelopeRow).values(version=EnvelopeRow.version + 1))
        return found

    monkeypatch.setattr(envelopes, "open_record", meanwhile)
    with house.database.session() as session, pytest.raises(ChangedMeanwhile):
        envelopes.replace(
            session, house.vault, anna.keys, record, kind=Kind.CASE_WHAT, plaintext=b"a", now=now
        )


def test_granting_and_revoking(installation, session):
    anna, bram = installation.person("Anna"), installation.person("Bram")
    vault, now = installation.house.vault, installation.clock.now()
    record = put(installation, session, Person(anna.person_id))
    with pytest.raises(NotAReader):
        envelopes.grant(session, vault, bram.keys, record, Person(bram.person_id), now)
    envelopes.grant(session, vault, anna.keys, record, Person(bram.person_id), now)
    envelopes.grant(session, vault, anna.keys, record, Person(bram.person_id), now)
    session.commit()
    assert read(installation, session, bram, record) == TEXT
    assert {one.recipient for one in envelopes.readers(session, record)} == {
        Person(anna.person_id), Person(bram.person_id),
    }  # fmt: skip
    before = session.execute(select(EnvelopeRow.secret_id, EnvelopeRow.content)).one()
    kept = session.execute(
        select(EnvelopeReaderRow.sealed_half).where(EnvelopeReaderRow.person_id == bram.person_id)
    ).scalar_one()
    stamp = envelopes.revoke(session, vault, anna.keys, record, Person(bram.person_id), now)
    session.commit()
    assert stamp == envelopes.stamp(session, record)
    assert read(installation, session, anna, record) == TEXT
    with pytest.raises(NotAReader):
        read(installation, session, bram, record)
    after = session.execute(select(EnvelopeRow.secret_id, EnvelopeRow.content)).one()
    assert before.secret_id != after.secret_id
    # The half he kept opens nothing of today's content.
    session.execute(
        update(EnvelopeReaderRow).values(
            person_id=bram.person_id, sealed_half=kept, rewrapped_half=None
        )
    )
    with pytest.raises(CannotOpen):
        read(installation, session, bram, record)


def test_the_last_reader_stays(installation, session):
    anna = installation.person("Anna")
    record = put(installation, session, Person(anna.person_id))
    with pytest.raises(LastReader):
        envelopes.revoke(
            session, installation.house.vault, anna.keys, record, Person(anna.person_id),
            installation.clock.now(),
        )  # fmt: skip
    with pytest.raises(LastReader):
        put(installation, session)


def test_a_re_keyed_secret_lives_as_long_as_backups_do(installation, session):
    anna = installation.person("Anna")
    house, now = installation.house, installation.clock.now()
    record = put(installation, session, Person(anna.person_id))
    old = session.scalar(select(EnvelopeRow.secret_id))
    envelopes.reseal(session, house.vault, anna.keys, record, now)
    session.commit()
    session.close()
    assert house.vault.keystore.get(old)
    assert envelopes.finish_destructions(house, now + timedelta(days=6)) == 0
    assert envelopes.finish_destructions(house, now + timedelta(days=7)) == 1
    with pytest.raises(SecretGone):
        house.vault.keystore.get(old)
    assert read(installation, session, anna, record) == TEXT


def test_what_was_destroyed_does_not_open_from_a_backup_of_the_database(installation, session):
    anna = installation.person("Anna")
    house, now = installation.house, installation.clock.now()
    record = put(installation, session, Person(anna.person_id))
    assert read(installation, session, anna, record) == TEXT
    session.commit()
    rows = [
        (table, session.execute(select(*table.__table__.columns)).mappings().one())
        for table in (EnvelopeRow, EnvelopeReaderRow)
    ]
    envelopes.destroy(session, house.vault, record, now)
    assert house.vault.keystore.get(rows[0][1]["secret_id"])  # not before the commit
    session.commit()
    assert session.scalar(select(func.count()).select_from(EnvelopeReaderRow)) == 0
    for table, row in rows:
        session.execute(table.__table__.insert().values(**row))
    session.commit()
    with pytest.raises(CannotOpen):
        read(installation, session, anna, record)


def test_a_rolled_back_destruction_destroys_nothing(installation, session):
    anna = installation.person("Anna")
    record = put(installation, session, Person(anna.person_id))
    envelopes.destroy(session, installation.house.vault, record, installation.clock.now())
    session.rollback()
    with session.begin_nested() as savepoint:
        envelopes.destroy(session, installation.house.vault, record, installation.clock.now())
        savepoint.rollback()
    session.commit()
    assert read(installation, session, anna, record) == TEXT


def test_a_destruction_that_the_key_store_missed_is_done_later(installation, session, monkeypatch):
    anna = installation.person("Anna")
    house, now = installation.house, installation.clock.now()
    record = put(installation, session, Person(anna.person_id))
    secret = session.scalar(select(EnvelopeRow.secret_id))

    def gone(*_arguments):
        raise KeyStoreGone

    with monkeypatch.context() as patched:
        patched.setattr(KeyStore, "destroy", gone)
        envelopes.destroy(session, house.vault, record, now)
        session.commit()
    session.close()
    assert house.vault.keystore.get(secret)
    assert envelopes.finish_destructions(house, now) == 1
    assert house.vault.keystore.destroyed(secret)
    assert session.scalar(select(func.count()).select_from(PendingDestructionRow)) == 0


# ---- what a writer of the database can try -------------------------------------------------


@pytest.mark.parametrize("column", ["content", "sealed_half", "rewrapped_half"])
@pytest.mark.parametrize("place", [0, 1, 5, 12, 40, -1])
def test_a_flipped_bit_does_not_open(installation, session, column, place):
    anna = installation.person("Anna")
    record = put(installation, session, Person(anna.person_id))
    if column == "rewrapped_half":
        read(installation, session, anna, record)
    table = EnvelopeRow if column == "content" else EnvelopeReaderRow
    bytes_there = bytearray(session.scalar(select(getattr(table, column))))
    bytes_there[place] ^= 1
    session.execute(update(table).values({column: bytes(bytes_there)}))
    session.commit()
    with pytest.raises(CannotOpen):
        read(installation, session, anna, record)


def test_contents_and_halves_do_not_open_in_another_place(installation, session):
    anna, bram = installation.person("Anna"), installation.person("Bram")
    vault, now = installation.house.vault, installation.clock.now()
    first = put(installation, session, Person(anna.person_id), Person(bram.person_id))
    second = put(installation, session, Person(anna.person_id))
    other_part = put(installation, session, Person(anna.person_id), part="other")
    contents = dict(session.execute(select(EnvelopeRow.id, EnvelopeRow.content)).all())
    secrets = dict(session.execute(select(EnvelopeRow.id, EnvelopeRow.secret_id)).all())
    halves = {
        (row[0], row[1]): row[2]
        for row in session.execute(
            select(
                EnvelopeReaderRow.record_id,
                EnvelopeReaderRow.person_id,
                EnvelopeReaderRow.sealed_half,
            )
        )
    }
    mine = (first, anna.person_id)
    envelopes.replace(
        session, vault, anna.keys, second, kind=Kind.CASE_WHAT, plaintext=b"later", now=now
    )
    session.commit()

    def attempt(envelope=None, half=None, *, kind=Kind.CASE_WHAT, part="whole", record=first):
        with session.begin_nested() as savepoint:
            if envelope:
                session.execute(
                    update(EnvelopeRow).where(EnvelopeRow.id == record).values(**envelope)
                )
            if half:
                session.execute(
                    update(EnvelopeReaderRow)
                    .where(
                        EnvelopeReaderRow.record_id == record,
                        EnvelopeReaderRow.person_id == anna.person_id,
                    )
                    .values(rewrapped_half=None, **half)
                )
            session.expire_all()
            try:
                return read(installation, session, anna, record, kind=kind, part=part)
            finally:
                savepoint.rollback()

    assert attempt() == TEXT
    wrong = [
        {"envelope": {"content": contents[second]}},
        {"half": {"sealed_half": halves[second, anna.person_id]}},
        {
            "envelope": {"content": contents[second]},
            "half": {"sealed_half": halves[second, anna.person_id]},
        },
        {"half": {"sealed_half": halves[first, bram.person_id]}},
        {"envelope": {"part": "other"}, "part": "other"},
        {"envelope": {"kind": "case-who"}, "kind": Kind.CASE_WHO},
        {"envelope": {"epoch": 2}},
        {"envelope": {"version": 2}},
        {
            "envelope": {"content": contents[other_part]},
            "half": {"sealed_half": halves[other_part, anna.person_id]},
        },
    ]
    for change in wrong:
        with pytest.raises(CannotOpen):
            attempt(**change)
    # Exchanged secrets too: an id is unique, so the other record goes first.
    session.execute(delete(EnvelopeReaderRow).where(EnvelopeReaderRow.record_id == second))
    session.execute(delete(EnvelopeRow).where(EnvelopeRow.id == second))
    with pytest.raises(CannotOpen):
        attempt({"secret_id": secrets[second]})
    assert mine in halves


def test_an_older_epoch_of_the_reader_key_is_no_reader(installation, session):
    anna = installation.person("Anna")
    record = put(installation, session, Person(anna.person_id))
    newer = OpenKeys(anna.person_id, PrivateKey.generate(), 2)
    with pytest.raises(NotAReader):
        envelopes.open_one(session, installation.house.vault, newer, record, kind=Kind.CASE_WHAT)


def fresh_vault(house):
    """Another process: nothing verified or pinned is remembered."""
    return Vault(house.vault.keystore, house.vault.keyring, TESTS_ONLY)


@pytest.mark.parametrize("mac_too", [False, True])
def test_a_swapped_public_key_is_never_sealed_to(installation, session, mac_too):
    anna, eve = installation.person("Anna"), PrivateKey.generate().public
    vault = fresh_vault(installation.house)
    values = {"public": eve.raw, "fingerprint": eve.fingerprint}
    if mac_too:
        # With the service keys in hand the MAC can be made; the pin still says no.
        data = f"person:{anna.person_id}:1".encode() + b"\x00" + eve.raw
        values["mac"] = vault.keyring.mac("public-key", data)
    session.execute(
        update(PersonKeyRow).where(PersonKeyRow.person_id == anna.person_id).values(**values)
    )
    session.commit()
    with pytest.raises(KeyNotTrusted):
        vault.public_key_of(session, Person(anna.person_id))
    with pytest.raises(KeyNotTrusted):
        envelopes.seal(
            session, vault, kind=Kind.DRAFT, plaintext=TEXT,
            recipients=[Person(anna.person_id)], now=installation.clock.now(),
        )  # fmt: skip


def test_a_swapped_key_is_not_sealed_to_even_when_its_pin_is_swapped_too(installation, session):
    """Whoever writes database and key store still lacks the service keys for the MAC."""
    anna, eve = installation.person("Anna"), PrivateKey.generate().public
    vault = fresh_vault(installation.house)
    session.execute(
        update(PersonKeyRow)
        .where(PersonKeyRow.person_id == anna.person_id)
        .values(public=eve.raw, fingerprint=eve.fingerprint)
    )
    session.commit()
    store = Database(installation.settings.keystore_url.get_secret_value())
    with store.engine.begin() as connection:
        connection.execute(
            keystore_tables.pin.update()
            .where(keystore_tables.pin.c.name == str(anna.person_id))
            .values(fingerprint=eve.fingerprint)
        )
    store.dispose()
    with pytest.raises(KeyNotTrusted):
        vault.public_key_of(session, Person(anna.person_id))


def test_a_key_of_another_person_is_never_sealed_to(installation, session):
    anna, bram = installation.person("Anna"), installation.person("Bram")
    vault = fresh_vault(installation.house)
    theirs = session.execute(
        select(PersonKeyRow.public, PersonKeyRow.fingerprint, PersonKeyRow.mac).where(
            PersonKeyRow.person_id == bram.person_id
        )
    ).one()
    session.execute(
        update(PersonKeyRow)
        .where(PersonKeyRow.person_id == anna.person_id)
        .values(public=theirs.public, fingerprint=theirs.fingerprint, mac=theirs.mac)
    )
    session.commit()
    with pytest.raises(KeyNotTrusted):
        vault.public_key_of(session, Person(anna.person_id))


@pytest.mark.parametrize("remembering", [False, True])
def test_an_older_epoch_of_a_right_key_is_never_sealed_to(installation, session, remembering):
    bram = installation.person("Bram")
    installation.person("Anna")
    house = installation.house
    old = house.vault.public_key_of(session, CONFIDANTS)
    groups.remove(
        session, house.vault, installation.coordinator, "confidants", bram.person_id,
        installation.clock.now(),
    )  # fmt: skip
    session.commit()
    session.execute(delete(GroupHalfRow).where(GroupHalfRow.epoch == 2))
    session.execute(delete(GroupKeyRow).where(GroupKeyRow.epoch == 2))
    session.commit()
    vault = house.vault if remembering else fresh_vault(house)
    try:
        assert vault.public_key_of(session, CONFIDANTS).epoch == old.epoch + 1
        assert remembering  # verified before, in this process: the right key, still
    except KeyNotTrusted:
        pass


def test_a_new_key_counts_when_its_confirmation_was_lost(installation, session, monkeypatch):
    bram = installation.person("Bram")
    house = installation.house
    with monkeypatch.context() as patched:

        def gone(*_arguments):
            raise KeyStoreGone

        patched.setattr(KeyStore, "confirm_pin", gone)
        groups.remove(
            session, house.vault, installation.coordinator, "confidants", bram.person_id,
            installation.clock.now(),
        )  # fmt: skip
        session.commit()
    assert house.vault.keystore.pin(CONFIDANTS).epoch == 1
    vault = fresh_vault(house)
    assert vault.public_key_of(session, CONFIDANTS).epoch == 2
    assert house.vault.keystore.pin(CONFIDANTS).epoch == 2


def test_a_key_whose_commit_never_came_changes_nothing(installation, session):
    bram = installation.person("Bram")
    house = installation.house
    groups.remove(
        session, house.vault, installation.coordinator, "confidants", bram.person_id,
        installation.clock.now(),
    )  # fmt: skip
    session.rollback()
    assert fresh_vault(house).public_key_of(session, CONFIDANTS).epoch == 1
    groups.remove(
        session, house.vault, installation.coordinator, "confidants", bram.person_id,
        installation.clock.now(),
    )  # fmt: skip
    session.commit()
    assert house.vault.public_key_of(session, CONFIDANTS).epoch == 2


def test_nothing_is_sealed_to_who_has_no_keys(installation, session):
    eva = installation.person("Eva", signed_in=False)
    with pytest.raises(NoKeysYet):
        put(installation, session, Person(eva.person_id))
    assert session.scalar(select(func.count()).select_from(EnvelopeRow)) == 0


# ---- what a thief has --------------------------------------------------------------------


def test_the_database_alone_opens_nothing(installation, session, tmp_path):
    """With the database and a person's own key, but another key store, nothing opens."""
    anna = installation.person("Anna")
    record = put(installation, session, Person(anna.person_id), CONFIDANTS)
    read(installation, session, anna, record)
    session.commit()
    other = Vault(
        KeyStore.create(f"sqlite:///{tmp_path / 'other.sqlite'}"),
        Keyring.create(tmp_path / "other.json"),
        TESTS_ONLY,
    )
    keys = OpenKeys(anna.person_id, anna.keys.private, anna.keys.epoch)
    with pytest.raises(CannotOpen):
        envelopes.open_one(session, other, keys, record, kind=Kind.CASE_WHAT)
    # Nor can a password be tried: the wrapping needs a secret that is not in the database.
    with pytest.raises(SecretGone):
        other.keystore.get(
            session.scalar(
                select(KeyWrappingRow.secret_id).where(KeyWrappingRow.kind == "password")
            )
        )
    other.keystore.dispose()


def test_database_service_keys_and_key_store_together_hold_no_private_key(installation, session):
    """No stored byte, nor what the service keys open, is a private key or a content."""
    anna = installation.person("Anna")
    record = put(installation, session, Person(anna.person_id), CONFIDANTS)
    house = installation.house
    seeds = [anna.keys.private.seed, installation.coordinator.keys.private.seed]
    seeds.append(anna.keys.of_group(session, house.vault, "confidants", 1).private.seed)
    session.commit()
    stored = []
    for table in (EnvelopeRow, EnvelopeReaderRow, GroupHalfRow, KeyWrappingRow, SessionRow):
        for row in session.execute(select(*table.__table__.columns)):
            stored.extend(bytes(value) for value in row if isinstance(value, bytes))
    files = [path.read_bytes() for path in installation.folder.iterdir() if path.is_file()]
    for seed in seeds:
        assert not any(seed in one for one in [*stored, *files])
    assert not any(TEXT in one for one in [*stored, *files])
    # A stranger with the service keys may read names, but is a reader of nothing.
    stranger = OpenKeys(anna.person_id, PrivateKey.generate(), 1)
    with pytest.raises(CannotOpen):
        envelopes.open_one(session, house.vault, stranger, record, kind=Kind.CASE_WHAT)


def test_sealing_fails_closed_when_the_key_store_is_gone(installation, session):
    anna = installation.person("Anna")
    house = installation.house
    record = put(installation, session, Person(anna.person_id))
    folder = installation.folder
    house.vault.keystore.dispose()
    house.vault.keystore._batch.clear()
    for name in ("keystore.sqlite", "keystore.sqlite-wal", "keystore.sqlite-shm"):
        if (folder / name).exists():
            shutil.move(folder / name, folder / f"{name}.away")
    with pytest.raises(KeyStoreGone):
        put(installation, session, Person(anna.person_id))
    session.rollback()
    with pytest.raises(KeyStoreGone):
        read(installation, session, anna, record)
    assert session.scalar(select(func.count()).select_from(EnvelopeRow)) == 1


def test_nothing_personal_is_shown_by_repr(installation, session):
    anna = installation.person("Anna")
    record = put(installation, session, Person(anna.person_id))
    row = session.get(EnvelopeRow, record)
    shown = " ".join(repr(one) for one in (anna, anna.keys, row, installation.house.vault))
    assert anna.keys.private.seed.hex() not in shown
    assert "Anna" not in shown
    assert str(row.content) not in shown


def test_secrets_are_given_up_only_once(installation, session):
    house, now = installation.house, installation.clock.now()
    destruction.give_up(session, house.vault, [], now)
    session.commit()
    assert trail.verify(house.database, house.vault) == []
