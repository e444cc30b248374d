"""The first page after signing in: my shift, my tasks, what waits."""

from flask import Blueprint, Response, make_response, redirect, render_template, request, url_for
from werkzeug.wrappers import Response as AnyResponse

from weerbaar.accounts import doors, groups, notices, people
from weerbaar.accounts.permissions import Permission, allows
from weerbaar.hotline.calls import items
from weerbaar.hotline.roster import verbs as roster
from weerbaar.intake import drafts

APPEARANCES = frozenset({"licht", "donker", "systeem"})
YEAR_SECONDS = 365 * 24 * 3600
COVERAGE_DAYS = 7


def blueprint() -> Blueprint:
    """The pages `/`, `/board/part` and `/appearance`."""
    pages = Blueprint("board", __name__)
    pages.add_url_rule(
        "/", "start", doors.permits(Permission.BOARD_SEE)(start)
    )
    pages.add_url_rule(
        "/board/part", "part", doors.permits(Permission.BOARD_SEE, passive=True)(part)
    )
    pages.add_url_rule("/appearance", "appearance", doors.public(appearance), methods=["POST"])
    return pages


def start() -> str:
    """The whole board."""
    return render_template("board/start.html", **_facts())


def part() -> str:
    """The part that refreshes by itself."""
    return render_template("board/part.html", **_facts())


def appearance() -> AnyResponse:
    """Remember light, dark or as the system says, and go back."""
    chosen = request.form.get("kleur", "systeem")
    response: Response = make_response(redirect(doors.own_path(request.form.get("back")) or "/"))
    if chosen in APPEARANCES:
        response.set_cookie(
            "weerbaar-kleur", chosen, max_age=YEAR_SECONDS, httponly=True, samesite="Strict",
            secure=doors.house().settings.secure,
        )  # fmt: skip
    return response


def _facts() -> dict[str, object]:
    session, vault, actor, now = doors.db(), doors.house().vault, doors.actor(), doors.now()
    duty = roster.on_duty(session, now)
    card = roster.duty_card(session, actor.person_id, now)
    return {"duty": duty, "card": card, "now": now, "vault": vault}
