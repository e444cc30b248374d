"""A public key that is not the one in the key store: nobody seals to it, and it is told once."""

import pytest
from sqlalchemy import select, update

from tests.installation import Installation
from weerbaar.accounts import key_watch, people
from weerbaar.accounts.actors import Role
from weerbaar.accounts.keystore_tables import pin
from weerbaar.accounts.models import GroupKeyRow, NoticeRow, PersonKeyRow
from weerbaar.accounts.recipients import GroupName, Person
from weerbaar.accounts.vault import Vault
from weerbaar.web import duties


@pytest.fixture
def anna(installation: Installation):
    return installation.person("Anna")


def look(installation: Installation, minutes: int = 1) -> int:
    return key_watch.watch(installation.house, installation.clock.forward(minutes=minutes))


def fresh(installation: Installation) -> Vault:
    return Vault(installation.house.vault.keystore, installation.house.vault.keyring)


def told(installation: Installation) -> list:
    with installation.house.database.session() as session:
        rows = session.scalars(select(NoticeRow).where(NoticeRow.code == key_watch.NOTICE))
        return [row.person_id for row in rows]


def write(installation: Installation, mac: bytes, group: str = GroupName.CONFIDANTS) -> None:
    """Somebody writes in the database behind the back of the house."""
    with installation.house.database.session() as session:
        session.execute(update(GroupKeyRow).where(GroupKeyRow.group_name == group).values(mac=mac))
        session.commit()


def test_while_every_key_is_the_right_one_nobody_is_told(installation, anna):
    assert look(installation) == 0
    assert told(installation) == []


def test_a_changed_key_of_a_group_is_told_once_to_those_who_can_act(installation, anna):
    admin = installation.person("Beheer", (Role.ADMIN,))
    write(installation, b"another")
    for _ in range(3):
        assert look(installation) == 1
    assert sorted(told(installation)) == sorted(
        [installation.coordinator.person_id, admin.person_id]
    )
    assert anna.person_id not in told(installation)


def test_another_change_is_another_event(installation):
    for mac in (b"one", b"two", b"one"):
        write(installation, mac)
        look(installation)
    assert len(told(installation)) == 2


def test_a_key_of_a_person_and_a_pin_that_is_gone_are_told_too(installation, anna):
    with installation.house.database.session() as session:
        session.execute(
            update(PersonKeyRow)
            .where(PersonKeyRow.person_id == anna.person_id)
            .values(public=b"another")
        )
        session.commit()
    assert look(installation) == 1
    with installation.house.vault.keystore._engine.begin() as connection:
        connection.execute(pin.delete().where(pin.c.name == GroupName.TOUR.value))
    with installation.house.database.session() as session:
        found = list(key_watch.untrusted(session, fresh(installation)))
    assert [one.name for one in found] == [GroupName.TOUR.value, Person(anna.person_id).name]


def test_who_has_left_or_has_no_key_yet_is_no_difference(installation, anna):
    installation.person("Nieuw", signed_in=False)
    with installation.house.database.session() as session:
        people.leave(
            session, installation.house.vault, installation.coordinator, anna.person_id,
            installation.clock.now(),
        )  # fmt: skip
        session.commit()
    assert look(installation) == 0


def test_the_worker_looks(installation):
    assert key_watch.watch in [one.duty for one in duties.rounds()]
