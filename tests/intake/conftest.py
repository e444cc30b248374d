"""A desk: an installation with a few people at work, and visitors to the pages of cases."""

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from html import unescape
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy.orm import Session

import weerbaar
from tests.installation import Installation
from weerbaar import face
from weerbaar.accounts import doors, sessions
from weerbaar.accounts import pages as accounts_pages
from weerbaar.accounts.actors import Actor, Role
from weerbaar.intake import casework, consents, drafts, pages
from weerbaar.intake.content import CaseFields

NOON = datetime(2026, 11, 24, 12, 0, tzinfo=UTC)

STAFF = {
    "anna": (Role.CONFIDANT,),
    "bram": (Role.CONFIDANT,),
    "esther": (Role.PEER,),
    "carla": (Role.COORDINATOR,),
    "rob": (Role.ROSTER_MANAGER,),
}


class Desk:
    """What a test of this room works with; `anna` and the others act with open keys."""

    def __init__(self, installation: Installation) -> None:
        self.installation = installation
        self.database = installation.house.database
        self.vault = installation.house.vault
        self.actors = {
            name: installation.person(name.title(), roles, admitted=False)
            for name, roles in STAFF.items()
        }

    def __getattr__(self, name: str) -> Actor:
        try:
            return self.__dict__["actors"][name]
        except KeyError:
            raise AttributeError(name) from None

    @contextmanager
    def session(self) -> Iterator[Session]:
        with self.database.session() as session:
            yield session

    def open_case(self, actor: Actor, now: datetime = NOON, **fields):
        fields = {"narrative": "Een brief onder de deur.", **fields}
        return self.do(casework.open_case, actor, CaseFields(**fields), now)

    def consent(self, actor: Actor, case_id, purpose="expert", now: datetime = NOON, **others):
        """What somebody consented to, today and for whatever is asked."""
        facts = {
            "purpose": purpose, "to_whom": "een expert van het team", "scope": "het verhaal",
            "given_by": "caller", "how": "spoken", "given_on": NOON.date(),
        }  # fmt: skip
        return self.do(consents.give, actor, case_id, consents.Terms(**{**facts, **others}), now)

    def read(self, actor: Actor, case_id, now: datetime = NOON) -> casework.CaseView:
        return self.do(casework.read_case, actor, case_id, now)

    def do(self, verb: Callable, actor: Actor, *args, **kwargs):
        """One verb in a transaction of its own."""
        with self.session() as session:
            done = verb(session, self.vault, actor, *args, **kwargs)
            session.commit()
        return done


@pytest.fixture
def desk(installation: Installation) -> Desk:
    installation.clock.set(NOON)
    return Desk(installation)


class Visit:
    """Somebody signed in at the pages, without scripts."""

    def __init__(self, app: Flask, desk: Desk, actor: Actor) -> None:
        self.client = app.test_client()
        with desk.session() as session:
            cookie, _seat = sessions.begin(session, desk.vault, actor.keys, NOON)
            session.commit()
        self.client.set_cookie(sessions.COOKIE, cookie, secure=True)
        self.page = ""
        self.status = 0
        self.location = ""

    def see(self, path: str) -> "Visit":
        return self._took(self.client.get(path, base_url="https://localhost"))

    def send(self, path: str, fields: dict | None = None, *, at: str | None = None) -> "Visit":
        """Send a form, with the token of the page it stands on."""
        token = Visit.token(self.see(at or path).page)
        return self._took(
            self.client.post(
                path, data={"csrf_token": token, **(fields or {})}, base_url="https://localhost"
            )
        )

    def _took(self, answer) -> "Visit":
        self.page = answer.get_data(as_text=True)
        self.status = answer.status_code
        self.location = answer.headers.get("Location", "")
        return self

    @property
    def text(self) -> str:
        """What a person reads in the main part of the page."""
        main = self.page.partition("<main")[2].partition("</main>")[0].partition(">")[2]
        return " ".join(unescape(re.sub(r"<[^>]+>", " ", main)).split())

    @staticmethod
    def token(page: str) -> str:
        return re.search(r'name="csrf_token"[^>]*value="([^"]+)"', page)[1]


@pytest.fixture
def app(desk: Desk) -> Flask:
    app = Flask("weerbaar", root_path=str(Path(weerbaar.__file__).parent))
    app.extensions["weerbaar"] = desk.installation.house
    app.extensions["weerbaar.late_form"] = drafts.keep_late_form
    face.plug(app)
    doors.plug(app)
    app.register_blueprint(accounts_pages.blueprint())
    app.register_blueprint(pages.blueprint())
    doors.check_routes(app)
    return app


@pytest.fixture
def visit(app: Flask, desk: Desk) -> Callable[[str], Visit]:
    return lambda name: Visit(app, desk, desk.actors[name])
