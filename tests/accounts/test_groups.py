"""Groups: who holds the key, who gives it, and what a removal takes away."""

import pytest
from sqlalchemy import select

from weerbaar.accounts import envelopes, groups, notices, people
from weerbaar.accounts.actors import SYSTEM, Actor, Role
from weerbaar.accounts.envelopes import KeysLocked, Kind, NotAReader
from weerbaar.accounts.groups import GroupExists, LastMember, NotAMember
from weerbaar.accounts.keys import make_pair
from weerbaar.accounts.keystore import SecretGone
from weerbaar.accounts.models import GroupHalfRow, NoticeRow
from weerbaar.accounts.recipients import Group
from weerbaar.accounts.vault import NoKeysYet
from weerbaar.crypto.errors import CannotOpen

NAME = "confidants"


@pytest.fixture
def house(installation):
    return installation.house


@pytest.fixture
def session(house):
    with house.database.session() as session:
        yield session


def number(installation, session):
    record = envelopes.seal(
        session, installation.house.vault, kind=Kind.CALLER_NUMBER, plaintext=b"+31612345699",
        recipients=[Group(NAME)], now=installation.clock.now(),
    )  # fmt: skip
    session.commit()
    return record


def opens(installation, session, person_id, record):
    session.rollback()
    keys = installation.actor(person_id).keys
    try:
        envelopes.open_one(session, installation.house.vault, keys, record, kind=Kind.CALLER_NUMBER)
    except NotAReader:
        return False
    session.commit()
    return True


def test_setup_founds_every_group_with_the_first_coordinator(installation, session):
    for name in groups.names():
        assert groups.members(session, name) == {installation.coordinator.person_id}
    with pytest.raises(GroupExists):
        groups.found(
            session, installation.house.vault, SYSTEM, NAME,
            installation.coordinator.person_id, installation.clock.now(),
        )  # fmt: skip


def test_only_a_member_with_an_open_session_admits(installation, session):
    vault, now = installation.house.vault, installation.clock.now()
    eva = installation.person("Eva", admitted=False)
    outsider = installation.person("Otto", [Role.COORDINATOR], admitted=False)
    invited = installation.person("Noor", signed_in=False)
    coordinator = installation.coordinator
    locked = Actor(coordinator.person_id, coordinator.roles)
    with pytest.raises(KeysLocked):
        groups.admit(session, vault, locked, NAME, eva.person_id, now)
    with pytest.raises(NotAMember):
        groups.admit(session, vault, outsider, NAME, eva.person_id, now)
    with pytest.raises(NoKeysYet):
        groups.admit(session, vault, coordinator, NAME, invited.person_id, now)
    session.rollback()
    record = number(installation, session)
    assert not opens(installation, session, eva.person_id, record)
    groups.admit(session, vault, coordinator, NAME, eva.person_id, now)
    groups.admit(session, vault, coordinator, NAME, eva.person_id, now)
    session.commit()
    assert eva.person_id in groups.members(session, NAME)
    assert opens(installation, session, eva.person_id, record)


def test_the_other_coordinators_are_told_once_and_without_content(installation, session):
    other = installation.person("Otto", [Role.COORDINATOR])
    eva = installation.person("Eva", admitted=False)
    now = installation.clock.now()
    for _ in range(2):
        groups.admit(
            session, installation.house.vault, installation.coordinator, NAME, eva.person_id, now
        )
        session.commit()
    told = [one.code for one in notices.unread(session, other.person_id)]
    assert told == ["group-admission"]
    assert not [
        one
        for one in session.scalars(
            select(NoticeRow).where(NoticeRow.person_id == installation.coordinator.person_id)
        )
        if str(eva.person_id) in (one.key or "")
    ]


def test_a_removed_member_opens_neither_old_nor_new_and_the_others_both(installation, session):
    vault, now = installation.house.vault, installation.clock.now()
    anna, bram = installation.person("Anna"), installation.person("Bram")
    old = number(installation, session)
    halves = session.execute(
        select(*GroupHalfRow.__table__.columns).where(GroupHalfRow.person_id == bram.person_id)
    ).mappings().all()  # fmt: skip
    groups.remove(session, vault, installation.coordinator, NAME, bram.person_id, now)
    session.commit()
    new = number(installation, session)
    for record in (old, new):
        assert opens(installation, session, anna.person_id, record)
        assert not opens(installation, session, bram.person_id, record)
    # Put back from a backup, his half opens nothing: its secret is destroyed.
    for half in halves:
        session.execute(GroupHalfRow.__table__.insert().values(**half))
        with pytest.raises(SecretGone):
            vault.keystore.get(half["secret_id"])
    session.commit()
    with pytest.raises(CannotOpen):
        envelopes.open_one(
            session, vault, installation.actor(bram.person_id).keys, old, kind=Kind.CALLER_NUMBER
        )


def test_removal_needs_no_keys_of_who_removes(installation, session):
    bram = installation.person("Bram")
    anna = installation.person("Anna")
    admin = installation.person("Ada", [Role.ADMIN])
    groups.remove(
        session, installation.house.vault, Actor(admin.person_id, admin.roles), NAME,
        bram.person_id, installation.clock.now(),
    )  # fmt: skip
    session.commit()
    assert groups.members(session, NAME) == {
        anna.person_id, installation.coordinator.person_id,
    }  # fmt: skip


def test_a_newcomer_gets_every_epoch_that_is_still_in_use(installation, session):
    vault, now = installation.house.vault, installation.clock.now()
    bram = installation.person("Bram")
    records = [number(installation, session)]
    groups.remove(session, vault, installation.coordinator, NAME, bram.person_id, now)
    session.commit()
    records.append(number(installation, session))
    assert groups.living_epochs(session, NAME) == [1, 2]
    session.rollback()
    eva = installation.person("Eva")
    assert all(opens(installation, session, eva.person_id, one) for one in records)


def test_re_keying_moves_living_records_to_the_present_key(installation, session):
    vault, now = installation.house.vault, installation.clock.now()
    bram, anna = installation.person("Bram"), installation.person("Anna")
    records = [number(installation, session) for _ in range(3)]
    groups.remove(session, vault, installation.coordinator, NAME, bram.person_id, now)
    session.commit()
    coordinator = installation.actor(installation.coordinator.person_id)
    assert groups.rekey(session, vault, coordinator, NAME, now, limit=2) == 2
    session.commit()
    assert groups.rekey(session, vault, coordinator, NAME, now, limit=2) == 1
    session.commit()
    assert groups.rekey(session, vault, coordinator, NAME, now) == 0
    assert groups.living_epochs(session, NAME) == [2]
    assert all(opens(installation, session, anna.person_id, one) for one in records)


def test_the_last_member_stays_and_one_left_raises_an_alarm(installation, session):
    vault, now = installation.house.vault, installation.clock.now()
    coordinator = installation.coordinator
    with pytest.raises(LastMember):
        groups.remove(session, vault, SYSTEM, NAME, coordinator.person_id, now)
    session.rollback()
    bram = installation.person("Bram")
    with pytest.raises(NotAMember):
        groups.remove(session, vault, SYSTEM, "tour", bram.person_id, now)
    groups.remove(session, vault, SYSTEM, NAME, bram.person_id, now)
    session.commit()
    assert [one.code for one in notices.unread(session, coordinator.person_id)] == [
        "group-too-small"
    ]


def test_a_person_with_a_new_key_pair_is_a_newcomer(installation, session):
    vault, now = installation.house.vault, installation.clock.now()
    anna = installation.person("Anna")
    record = number(installation, session)
    renewed = make_pair(session, vault, anna.person_id, now)
    session.commit()
    assert renewed.epoch == 2
    assert anna.person_id not in groups.members(session, NAME)
    with pytest.raises(NotAReader):
        envelopes.open_one(session, vault, renewed, record, kind=Kind.CALLER_NUMBER)
    groups.admit(session, vault, installation.coordinator, NAME, anna.person_id, now)
    session.commit()
    renewed.forget_groups()
    assert anna.person_id in groups.members(session, NAME)
    assert envelopes.open_one(session, vault, renewed, record, kind=Kind.CALLER_NUMBER)


def test_who_leaves_goes_from_every_group_and_every_way_to_his_key_goes_too(installation, session):
    vault, now = installation.house.vault, installation.clock.now()
    anna, bram = installation.person("Anna"), installation.person("Bram")
    record = number(installation, session)
    with pytest.raises(people.LastAdmin):
        people.leave(session, vault, anna, installation.coordinator.person_id, now)
    people.leave(session, vault, installation.coordinator, bram.person_id, now)
    session.commit()
    assert groups.members(session, NAME) == {anna.person_id, installation.coordinator.person_id}
    assert people.by_mail(session, vault, installation.mail(bram)) is None
    assert people.phones(session, vault, [bram.person_id]) == {}
    assert people.card(session, vault, bram.person_id).state == people.LEFT
    assert opens(installation, session, anna.person_id, record)
    with pytest.raises(people.NoSuchPerson):
        people.leave(session, vault, installation.coordinator, bram.person_id, now)
