"""A small application with the pages of this room, and somebody in front of it."""

import re
from html import unescape
from pathlib import Path
from urllib.parse import urlsplit

from flask import Blueprint, Flask, render_template_string, request
from sqlalchemy.exc import OperationalError

import weerbaar
from tests.installation import PASSWORD, Installation
from weerbaar import face
from weerbaar.accounts import doors, pages
from weerbaar.accounts.actors import Actor
from weerbaar.accounts.keystore import KeyStoreGone
from weerbaar.accounts.permissions import Permission

BASE = "http://127.0.0.1:8070"

PAGE = """{% extends 'layout.html' %}{% block content %}<h1>{{ words }}</h1>
<form method="post"><input type="hidden" name="csrf_token" value="{{ csrf_token() }}"></form>
{% endblock %}"""


def application(installation: Installation) -> Flask:
    """The pages of accounts, a board, and a few pages as other rooms have them."""
    app = Flask("weerbaar", root_path=str(Path(weerbaar.__file__).parent))
    app.config.update(PROPAGATE_EXCEPTIONS=False)
    app.extensions["weerbaar"] = installation.house
    face.plug(app, select_locale=None)
    doors.plug(app)
    for error in (OperationalError, KeyStoreGone):
        app.register_error_handler(error, lambda _error: doors.not_saved() or ("", 503))
    app.register_blueprint(pages.blueprint())
    app.register_blueprint(_other_rooms())
    doors.check_routes(app)
    return app


def _other_rooms() -> Blueprint:
    rooms = Blueprint("rooms", __name__)
    sealed = doors.permits(Permission.CASES_WORK, keys=True)

    def page(words: str):
        return lambda: render_template_string(PAGE, words=words)

    def keep():
        doors.flash("Bewaard: " + request.form["narrative"])
        return "kept", 200

    def polled():
        return "still here"

    def public_page():
        return render_template_string(PAGE, words="Voor iedereen")

    for rule, name, view, methods in (
        ("/", "start", doors.permits(Permission.BOARD_SEE)(page("Nu")), ["GET"]),
        ("/board/part", "part", doors.permits(Permission.BOARD_SEE, passive=True)(polled), ["GET"]),
        ("/cases", "cases", sealed(page("Casussen")), ["GET"]),
        ("/cases/new", "new", sealed(page("Nieuwe casus")), ["GET"]),
        ("/cases/new", "keep", sealed(keep), ["POST"]),
        ("/roster", "roster", doors.permits(Permission.ROSTER_PLAN)(page("Rooster")), ["GET"]),
        ("/open", "open", doors.public(public_page), ["GET", "POST"]),
        ("/hook", "hook", doors.signed(lambda: "heard"), ["POST"]),
    ):
        rooms.add_url_rule(rule, name, view, methods=methods)
    return rooms


class Visitor:
    """Somebody at the pages, without scripts; keeps cookies as a browser does."""

    def __init__(self, app: Flask, *, address: str = "192.0.2.1") -> None:
        self.client = app.test_client()
        self.address = address
        self.page = ""
        self.status = 0
        self.headers = {}

    def see(self, path: str, **headers: str) -> "Visitor":
        return self._took(self._open("GET", path, None, headers))

    def send(self, path: str, fields: dict | None = None, *, at: str | None = None, **headers: str):
        """Send a form with the token of the page it stands on."""
        token = self.see(at or path).token()
        return self.post(path, {"csrf_token": token, **(fields or {})}, **headers)

    def post(self, path: str, fields: dict, **headers: str) -> "Visitor":
        return self._took(self._open("POST", path, fields, headers))

    def _open(self, method: str, path: str, fields: dict | None, headers: dict[str, str]):
        return self.client.open(
            path,
            method=method,
            data=fields,
            base_url=BASE,
            headers={name.replace("_", "-"): value for name, value in headers.items()},
            environ_overrides={"REMOTE_ADDR": self.address},
        )

    def _took(self, answer) -> "Visitor":
        self.page = answer.get_data(as_text=True)
        self.status = answer.status_code
        self.headers = answer.headers
        self.cookies = answer.headers.getlist("Set-Cookie")
        return self

    @property
    def location(self) -> str:
        return self.headers.get("Location", "")

    def token(self) -> str:
        return re.search(r'name="csrf_token"[^>]*value="([^"]+)"', self.page)[1]

    def shown(self, element_id: str) -> str:
        """The text of an element."""
        return unescape(re.search(rf'id="{element_id}"[^>]*>([^<]*)<', self.page)[1]).strip()

    @property
    def text(self) -> str:
        main = self.page.partition("<main")[2].partition("</main>")[0].partition(">")[2]
        return " ".join(unescape(re.sub(r"<[^>]+>", " ", main)).split())

    def follow(self) -> "Visitor":
        parts = urlsplit(self.location)
        return self.see(parts.path + (f"?{parts.query}" if parts.query else ""))

    def cookie(self, name: str = "__Host-weerbaar") -> str | None:
        found = self.client.get_cookie(name, domain="127.0.0.1")
        return None if found is None else found.value

    def sign_in(
        self,
        installation: Installation,
        actor: Actor,
        *,
        password: str = PASSWORD,
        code: str | None = None,
        at: str = "/sign-in",
    ) -> "Visitor":
        """Fill in the sign-in form and send it."""
        return self.send(
            at,
            {
                "email": installation.mail(actor),
                "password": password,
                "code": installation.code(actor) if code is None else code,
            },
        )
