"""What stands around every page: who is signed in, where he may go, his language."""

from typing import Any

from flask import Flask, current_app, g, request
from flask_babel import gettext as _
from sqlalchemy.exc import SQLAlchemyError

from weerbaar.accounts import doors, people
from weerbaar.accounts.actors import Actor
from weerbaar.accounts.own_pages import LANGUAGE_COOKIE
from weerbaar.accounts.people import PersonCard
from weerbaar.accounts.permissions import Permission, allows
from weerbaar.face.plugging import FLASHES, LOCALES

Item = tuple[str, str, str, bool]

# Pages that stand elsewhere and belong to an item of the menu.
_UNDER = {"/people": ("/reviews",), "/cases": ("/follow-ups", "/consents", "/disclosures")}


def items(actor: Actor) -> list[Item]:
    """The main menu of a person: label, address, sign, and whether it is the present page.

    Args:
        actor: who looks.
    """
    offered = (
        (Permission.BOARD_SEE, _("Overzicht"), "/", "home"),
        (Permission.CALLS_WORK, _("Oproepen"), "/calls", "phone-incoming"),
        (Permission.CASES_WORK, _("Casussen"), "/cases", "folder"),
        (Permission.CASES_WORK, _("Zoeken"), "/search", "search"),
        (Permission.ROSTER_SEE, _("Rooster"), "/roster", "calendar"),
        (Permission.TOUR_SEE, _("Tour"), "/tour", "map"),
        (Permission.CALLS_WORK, _("Vraag over de tour"), "/tour/enquiries/new", "message-plus"),
        (Permission.PEOPLE_SEE, _("Mensen"), "/people", "users"),
        (Permission.FIGURES_SEE, _("Cijfers"), "/figures", "chart-bar"),
        (Permission.TRAIL_SEE, _("Spoor"), "/trail", "history"),
        (Permission.TRACES_SEE, _("Bij de provider"), "/provider", "server"),
        (Permission.RETENTION_SEE, _("Bewaren"), "/retention", "archive"),
        (Permission.BREACH_REPORT, _("Privacy"), "/privacy", "shield-lock"),
        (Permission.BOARD_SEE, _("Mijn account"), "/account", "user"),
    )
    seen: list[Item] = []
    for permission, label, address, sign in offered:
        allowed = allows(actor.roles, permission) or (
            address == "/calls" and allows(actor.roles, Permission.CALLS_ASSIGN)
        )
        if allowed:
            here = any(
                request.path == one or (one != "/" and request.path.startswith(one + "/"))
                for one in (address, *_UNDER.get(address, ()))
            )
            seen.append((label, address, sign, here))
    return seen


def language() -> str | None:
    """The language chosen in this browser; else the one the browser asks for, else Dutch."""
    chosen = request.cookies.get(LANGUAGE_COOKIE)
    if chosen in LOCALES:
        return chosen
    return request.accept_languages.best_match(LOCALES, LOCALES[0])


def plug(app: Flask) -> None:
    """Give every page its frame.

    Args:
        app: the application.
    """

    def frame() -> dict[str, Any]:
        # A part of a page that refreshes by itself draws no frame.
        fragment = request.headers.get("HX-Request") == "true"
        if fragment or g.get("visit_unknown") or "visit_seat" not in g:
            return {"signed_in": None, "navigation": ()}
        actor = doors.actor()
        if actor.person_id is None:
            return {"signed_in": None, "navigation": ()}
        return {
            "signed_in": _card(actor),
            "navigation": items(actor),
        }

    app.context_processor(frame)
    app.extensions[FLASHES] = doors.flashes


def _card(actor: Actor) -> PersonCard | None:
    if actor.person_id is None:
        return None
    if "frame_card" not in g:
        try:
            g.frame_card = people.card(doors.db(), doors.house().vault, actor.person_id)
        except (SQLAlchemyError, people.NoSuchPerson):
            current_app.logger.warning("no card for the frame of a page")
            g.frame_card = None
    card: PersonCard | None = g.frame_card
    return card
