"""A bureau: an installation with people of the tour and others, and visitors to its pages."""

import re
from contextlib import contextmanager
from datetime import UTC, datetime
from html import unescape

import pytest

from tests.installation import Installation
from weerbaar.accounts import groups, sessions
from weerbaar.accounts.actors import Role
from weerbaar.web.app import create_app

BASE = "https://localhost"
NOON = datetime(2026, 11, 24, 12, 0, tzinfo=UTC)

STAFF = {
    "toos": (Role.TOUR_OFFICER,),
    "teun": (Role.TOUR_OFFICER,),
    "nina": (Role.TOUR_OFFICER,),
    "anna": (Role.CONFIDANT,),
}
# Nina has not been admitted to the key of the tour.
ADMITTED = ("toos", "teun")


class Bureau:
    """What a test of this room works with; `toos` and the others act with open keys."""

    def __init__(self, installation: Installation):
        self.installation = installation
        self.house = installation.house
        self.database, self.vault = self.house.database, self.house.vault
        self.actors = {
            name: installation.person(name.title(), roles, admitted=False)
            for name, roles in STAFF.items()
        }
        for name in ADMITTED:
            with self.session() as session:
                groups.admit(
                    session, self.vault, installation.coordinator, "tour",
                    self.actors[name].person_id, NOON,
                )  # fmt: skip
                session.commit()
        # Keys as a new request would have them: with the group in them.
        self.actors |= {name: installation.actor(self.actors[name].person_id) for name in ADMITTED}

    def __getattr__(self, name):
        try:
            return self.__dict__["actors"][name]
        except KeyError:
            raise AttributeError(name) from None

    @contextmanager
    def session(self):
        with self.database.session() as session:
            yield session

    def do(self, verb, *args, **kwargs):
        """One verb that needs no vault, in a transaction of its own."""
        with self.session() as session:
            done = verb(session, *args, **kwargs)
            session.commit()
        return done

    def sealed(self, verb, *args, **kwargs):
        """One verb that needs the vault, in a transaction of its own."""
        return self.do(lambda session: verb(session, self.vault, *args, **kwargs))


@pytest.fixture
def bureau(installation):
    installation.clock.set(NOON)
    return Bureau(installation)


class Visit:
    """Somebody signed in at the pages, without scripts."""

    def __init__(self, app, bureau, actor):
        self.client = app.test_client()
        with bureau.session() as session:
            cookie, _seat = sessions.begin(
                session, bureau.vault, actor.keys, bureau.house.clock.now()
            )
            session.commit()
        self.client.set_cookie(sessions.COOKIE, cookie, secure=True)

    def see(self, path):
        return self._took(self.client.get(path, base_url=BASE))

    def send(self, path, fields=None, *, at=None):
        """Send a form with the token of the page it stands on, then follow where it leads."""
        self.see(at or path)
        token = re.search(r'name="csrf_token"[^>]*value="([^"]+)"', self.page)[1]
        seen = re.search(r'name="seen"[^>]*value="(\d+)"', self.page)
        data = {"csrf_token": token, **({"seen": seen[1]} if seen else {}), **(fields or {})}
        self._took(
            self.client.post(
                path, data=data, base_url=BASE,
            )
        )  # fmt: skip
        return self.see(self.location) if self.status == 303 else self

    def _took(self, answer):
        self.answer = answer
        self.body = answer.get_data()
        self.page = answer.get_data(as_text=True) if answer.mimetype.startswith("text") else ""
        self.status = answer.status_code
        self.location = answer.headers.get("Location", "")
        return self

    @property
    def text(self):
        """What a person reads in the main part of the page."""
        main = self.page.partition("<main")[2].partition("</main>")[0].partition(">")[2]
        return " ".join(unescape(re.sub(r"<[^>]+>", " ", main)).split())


@pytest.fixture
def app(bureau):
    return create_app(bureau.house)


@pytest.fixture
def visit(app, bureau):
    return lambda name: Visit(app, bureau, bureau.actors[name])
