"""What every page of the house needs from accounts: the guard, and the request's values.

A page declares who may use it (`permits`, `public`, `signed`), asks `db()`, `now()` and
`actor()`, calls one verb, and makes it lasting with `commit()`.
"""

from typing import Any, NoReturn
from uuid import UUID

from flask import Flask, abort
from flask.sessions import NullSession, SessionInterface
from flask.wrappers import Request, Response
from flask_login import LoginManager, UserMixin

from weerbaar.accounts import csrf, guard, people, sessions, trail, visit
from weerbaar.accounts.declarations import (
    RouteWithoutPermission,
    check_routes,
    permits,
    public,
    signed,
)
from weerbaar.accounts.guard import (
    has_session,
    not_saved,
    over_meanwhile,
    own_path,
    sent_upload,
    typed_fields,
)
from weerbaar.accounts.house import House, pass_house
from weerbaar.accounts.sessions import Seat, State
from weerbaar.accounts.uploads import HouseRequest
from weerbaar.accounts.visit import (
    actor,
    commit,
    db,
    flash,
    flashes,
    house,
    keep,
    kept,
    mark,
    marks,
    now,
    rollback,
    seat,
)

__all__ = [
    "House", "RouteWithoutPermission", "Seat", "State", "actor", "check_routes", "commit", "db",
    "flash", "flashes", "has_session", "house", "keep", "kept", "mark", "marks", "not_saved",
    "not_yours", "now", "over_meanwhile", "own_path", "pass_house", "permits", "plug", "public",
    "read_away", "rollback", "seat", "sent_upload", "signed", "typed_fields",
]  # fmt: skip


class Staff(UserMixin):
    """The signed-in person, as flask-login knows him."""

    def __init__(self, seat: Seat) -> None:
        self.id = str(seat.person_id)
        self.seat = seat

    def __repr__(self) -> str:
        return "<Staff>"


class NoCookieSession(SessionInterface):
    """Flask's own session is not used: it reads as empty and refuses to be written."""

    def open_session(self, app: Flask, request: Request) -> NullSession:
        """An empty session that cannot be written."""
        _ = app, request
        return NullSession()

    def save_session(self, app: Flask, session: object, response: Response) -> None:
        """Nothing is ever saved."""


def read_away() -> None:
    """Read away what still comes of a file, before an answer that did not wait for it."""
    guard.drain()


def not_yours(action: str, object_kind: str, object_id: UUID | str) -> NoReturn:
    """Refuse an object: leave a trail row, and answer like an object that never existed.

    Args:
        action: a fixed code, e.g. `case.open`.
        object_kind: a fixed code, e.g. `case`.
        object_id: the id that was asked for.
    """
    visit.rollback()
    trail.refused(house().database, actor(), action, object_kind, object_id, now())
    abort(404)


def plug(app: Flask) -> None:
    """Put sessions, guard and form tokens before every page of an application.

    Args:
        app: with a House in `extensions["weerbaar"]`.
    """
    app.session_interface = NoCookieSession()
    app.request_class = HouseRequest
    app.extensions["weerbaar.csrf"] = csrf.SessionCSRF
    login: Any = LoginManager()
    login.session_protection = None
    login.request_loader(_load_staff)
    login.init_app(app)
    guard.plug(app)
    app.extensions["weerbaar.flashes"] = visit.flashes
    app.context_processor(_for_layout)


class SignedIn:
    """Who the layout greets; the name is read when it is shown."""

    def __init__(self, seat: Seat) -> None:
        self._seat = seat

    @property
    def name(self) -> str:
        """The person's name."""
        return people.card(visit.db(), house().vault, self._seat.person_id).name


def _for_layout() -> dict[str, Any]:
    here = visit.present_seat()
    if here is None or here.state is State.ENDED:
        return {"signed_in": None, "lock_seconds": None}
    idle = sessions.IDLE - (now() - here.active_at)
    seconds = max(1, int(idle.total_seconds())) if here.state is State.OPEN else None
    return {"signed_in": SignedIn(here), "lock_seconds": seconds}


def _load_staff(_request: Request) -> Staff | None:
    here = seat()
    if here is None or here.state is State.ENDED:
        return None
    return Staff(here)
