"""An office with people who take calls and people who do not, and its pages and commands."""

import re
from dataclasses import dataclass
from datetime import UTC, datetime
from html import unescape
from pathlib import Path
from uuid import UUID

import pytest
from flask import Flask

import weerbaar
from weerbaar import face
from weerbaar.accounts import doors, people, sessions, trail, vouching
from weerbaar.accounts.actors import SYSTEM, Actor, Role
from weerbaar.accounts.house import House
from weerbaar.accounts.keystore import KeyStore
from weerbaar.accounts.vault import Vault
from weerbaar.config.database import Database
from weerbaar.config.settings import Settings
from weerbaar.crypto.keyring import Keyring
from weerbaar.hotline.roster import (
    coverage_pages,
    feeds_pages,
    files_pages,
    hours_pages,
    pages,
    readiness_pages,
    rotation_pages,
)

PHONES = {"anna": "+31612345601", "bram": "+31612345602", "carla": "+31612345603"}
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

    def activate(self, session, name):
        """The key pair of somebody who has signed in for the first time."""
        return people.activate(
            session,
            self.vault,
            self.people[name],
            totp_secret="JBSWY3DPEHPK3PXP",
            now=datetime(2026, 11, 2, tzinfo=UTC),
        )


@pytest.fixture
def vault(tmp_path):
    keystore = KeyStore.create(f"sqlite:///{tmp_path / 'keystore.sqlite'}")
    yield Vault(keystore, Keyring.create(tmp_path / "service-keys.json"))
    keystore.dispose()


@pytest.fixture
def office(database, vault):
    trail.attach(database, vault)
    vouching.attach(database, vault)
    now = datetime(2026, 11, 1, tzinfo=UTC)
    with database.session() as session:
        trail.start(session)
        invited = {
            name: people.invite(
                session, vault, SYSTEM, mail=f"{name}@example.nl", name=name.title(), roles=roles,
                phone=PHONES.get(name), now=now, hotline_number="+31703738314",
            )
            for name, roles in STAFF.items()
        }  # fmt: skip
        session.commit()
    return Office(
        database, vault, invited, Actor(invited["rosa"], frozenset({Role.ROSTER_MANAGER}))
    )


class StoppedClock:
    """Tuesday 24 November 2026, 12:30 in Amsterdam, until somebody sets it."""

    def __init__(self):
        self.at = datetime(2026, 11, 24, 11, 30, tzinfo=UTC)

    def now(self):
        return self.at


@pytest.fixture
def house(office):
    return House(Settings(), office.database, office.vault, StoppedClock())


class Visitor:
    """Somebody signed in, who reads pages and sends the forms that stand on them."""

    def __init__(self, client):
        self._client = client
        self.answer = None
        self.page = ""
        self.status = 0

    def _read(self, response):
        self.answer = response
        self.page, self.status = response.get_data(as_text=True), response.status_code
        return self

    def see(self, address="/roster", **more):
        return self._read(self._client.get(address, follow_redirects=True, **more))

    def send(self, address, *, follow=True, **fields):
        fields["csrf_token"] = self.value("csrf_token")
        return self._read(self._client.post(address, data=fields, follow_redirects=follow))

    def value(self, name):
        """The value of a form's field on the page."""
        found = re.search(rf'name="{name}"[^>]*? value="([^"]*)"', self.page)
        return unescape(found.group(1)) if found else ""

    @property
    def text(self):
        """What one reads, without marks."""
        main = self.page[self.page.index("<main") : self.page.index("</main>")]
        return " ".join(unescape(re.sub(r"<[^>]+>", " ", main)).split())


@pytest.fixture
def visit(office, house):
    """`visit("anna")`: Anna, signed in; `visit("nobody")` has no session."""
    app = Flask("weerbaar", root_path=str(Path(weerbaar.__file__).parent))
    app.config["TESTING"] = True
    app.extensions["weerbaar"] = house
    face.plug(app)
    doors.plug(app)
    rooms = (
        pages, feeds_pages, files_pages, hours_pages, rotation_pages, coverage_pages,
        readiness_pages,
    )  # fmt: skip
    for room in rooms:
        app.register_blueprint(room.blueprint())
    doors.check_routes(app)

    def visit(name):
        if name == "nobody":
            return Visitor(app.test_client())
        with office.database.session() as session:
            pair = office.activate(session, name)
            cookie, _seat = sessions.begin(session, office.vault, pair, house.clock.now())
            session.commit()
        client = app.test_client()
        client.set_cookie(sessions.COOKIE, cookie)
        return Visitor(client)

    return visit
