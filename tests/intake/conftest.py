"""A desk: a database of the house with a few people who have keys, and nothing of the web."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

import pyotp
import pytest
from sqlalchemy.orm import Session

from weerbaar.accounts import people, trail
from weerbaar.accounts.actors import SYSTEM, Actor, Role
from weerbaar.accounts.keystore import KeyStore
from weerbaar.accounts.vault import Vault
from weerbaar.config.database import Database
from weerbaar.crypto.keyring import Keyring
from weerbaar.intake import casework
from weerbaar.intake.content import CaseFields

NOON = datetime(2026, 11, 24, 12, 0, tzinfo=UTC)
HOTLINE = "+31703738314"

STAFF = {
    "anna": (Role.CONFIDANT,),
    "bram": (Role.CONFIDANT,),
    "esther": (Role.PEER,),
    "carla": (Role.COORDINATOR,),
    "rob": (Role.ROSTER_MANAGER,),
}


@dataclass
class Desk:
    """What a test of this room works with; `anna` and the others act with open keys."""

    database: Database
    vault: Vault
    actors: dict[str, Actor] = field(default_factory=dict)

    def __getattr__(self, name: str) -> Actor:
        try:
            return self.actors[name]
        except KeyError:
            raise AttributeError(name) from None

    @contextmanager
    def session(self) -> Iterator[Session]:
        with self.database.session() as session:
            yield session

    def open_case(self, actor: Actor, now: datetime = NOON, **fields):
        with self.session() as session:
            fields = {"narrative": "Een brief onder de deur.", **fields}
            case_id = casework.open_case(session, self.vault, actor, CaseFields(**fields), now)
            session.commit()
        return case_id

    def read(self, actor: Actor, case_id, now: datetime = NOON) -> casework.CaseView:
        with self.session() as session:
            view = casework.read_case(session, self.vault, actor, case_id, now)
            session.commit()
        return view

    def do(self, verb: Callable, actor: Actor, *args, **kwargs):
        """One verb in a transaction of its own."""
        with self.session() as session:
            done = verb(session, self.vault, actor, *args, **kwargs)
            session.commit()
        return done


@pytest.fixture
def desk(database: Database, tmp_path: Path) -> Iterator[Desk]:
    keystore = KeyStore.create(f"sqlite:///{tmp_path / 'keystore.sqlite'}")
    desk = Desk(database, Vault(keystore, Keyring.create(tmp_path / "service-keys.json")))
    trail.attach(database, desk.vault)
    with desk.session() as session:
        trail.start(session)
        for name, roles in STAFF.items():
            person_id = people.invite(
                session, desk.vault, SYSTEM, mail=f"{name}@example.nl", name=name.title(),
                roles=roles, phone=None, now=NOON, hotline_number=HOTLINE,
            )  # fmt: skip
            keys = people.activate(
                session, desk.vault, person_id, totp_secret=pyotp.random_base32(), now=NOON
            )
            desk.actors[name] = Actor(person_id, frozenset(roles), keys)
        session.commit()
    yield desk
    keystore.dispose()
