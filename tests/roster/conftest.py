"""An office with people who take calls, and one who does not."""

from dataclasses import dataclass
from datetime import UTC, datetime
from uuid import UUID

import pytest

from weerbaar.accounts import people, trail
from weerbaar.accounts.actors import SYSTEM, Actor, Role
from weerbaar.accounts.keystore import KeyStore
from weerbaar.accounts.vault import Vault
from weerbaar.config.database import Database
from weerbaar.crypto.keyring import Keyring

STAFF = {
    "anna": [Role.CONFIDANT],
    "bram": [Role.CONFIDANT],
    "carla": [Role.COORDINATOR],
    "rosa": [Role.ROSTER_MANAGER],
    "otto": [Role.AUDITOR],
}


@dataclass
class Office:
    database: Database
    vault: Vault
    people: dict[str, UUID]
    planner: Actor


@pytest.fixture(scope="session")
def vault(tmp_path_factory):
    folder = tmp_path_factory.mktemp("keys")
    keystore = KeyStore.create(f"sqlite:///{folder / 'keystore.sqlite'}")
    return Vault(keystore, Keyring.create(folder / "service-keys.json"))


@pytest.fixture
def office(database, vault):
    trail.attach(database, vault)
    now = datetime(2026, 11, 1, tzinfo=UTC)
    with database.session() as session:
        trail.start(session)
        invited = {
            name: people.invite(
                session, vault, SYSTEM, mail=f"{name}@example.nl", name=name.title(), roles=roles,
                phone=None, now=now, hotline_number="+31703738314",
            )
            for name, roles in STAFF.items()
        }  # fmt: skip
        session.commit()
    return Office(
        database, vault, invited, Actor(invited["rosa"], frozenset({Role.ROSTER_MANAGER}))
    )
