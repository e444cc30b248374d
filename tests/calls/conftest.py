"""The telephone's desk, and people at the pages of the whole application."""

import re
from collections.abc import Callable
from html import unescape
from typing import Any

import pytest

from tests.telephony.conftest import Desk, desk, exchange, make_desk
from weerbaar.accounts import sessions
from weerbaar.accounts.actors import Actor
from weerbaar.web.app import create_app

__all__ = ["desk", "exchange", "make_desk"]

BASE = "https://localhost"


class Visit:
    """Somebody signed in at the pages, without scripts."""

    def __init__(self, desk: Desk, actor: Actor) -> None:
        self.client = create_app(desk.house).test_client()
        with desk.house.database.session() as session:
            cookie, _seat = sessions.begin(session, desk.house.vault, actor.keys, desk.now())
            session.commit()
        self.client.set_cookie(sessions.COOKIE, cookie, secure=True)
        self.page, self.status, self.location = "", 0, ""

    def see(self, path: str) -> "Visit":
        return self._took(self.client.get(path, base_url=BASE))

    def send(
        self, path: str, fields: dict[str, Any] | None = None, *, at: str | None = None
    ) -> "Visit":
        """Send a form, with the token of the page it stands on."""
        self.see(at or path)
        token = re.search(r'name="csrf_token"[^>]*value="([^"]+)"', self.page)[1]
        return self._took(
            self.client.post(path, data={"csrf_token": token, **(fields or {})}, base_url=BASE)
        )

    def _took(self, answer: Any) -> "Visit":
        self.page = answer.get_data(as_text=True)
        self.status = answer.status_code
        self.location = answer.headers.get("Location", "")
        return self

    @property
    def text(self) -> str:
        """What a person reads in the main part of the page."""
        main = self.page.partition("<main")[2].partition("</main>")[0].partition(">")[2]
        return " ".join(unescape(re.sub(r"<[^>]+>", " ", main)).split())

    def value(self, name: str) -> str:
        """What stands in a field."""
        found = re.search(rf'<input[^>]*name="{name}"[^>]*>', self.page)[0]
        return unescape(re.search(r'value="([^"]*)"', found)[1])


@pytest.fixture
def visit(desk: Desk) -> Callable[[Actor], Visit]:
    return lambda actor: Visit(desk, actor)
