"""The first page after signing in: my shift, who answers now, my tasks, what waits."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from flask import Blueprint, make_response, redirect, render_template, request
from flask_babel import gettext as _
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from weerbaar.accounts import doors, groups, notices, people
from weerbaar.accounts.actors import Actor
from weerbaar.accounts.people import PersonCard
from weerbaar.accounts.permissions import Permission, allows
from weerbaar.face.plugging import APPEARANCE_COOKIE, APPEARANCES
from weerbaar.hotline.calls import listing
from weerbaar.hotline.roster import verbs as roster
from weerbaar.hotline.roster.pages import tier_name
from weerbaar.hotline.roster.rules import Hole
from weerbaar.hotline.roster.verbs import DutyCard
from weerbaar.intake import drafts

YEAR_SECONDS = 365 * 24 * 3600
COVERAGE = timedelta(days=7)
READERS = "confidants"
FEWEST_READERS = 2


@dataclass(frozen=True)
class Line:
    """One tier of the roster now; without names there is a hole."""

    tier: int
    names: tuple[str, ...]


@dataclass(frozen=True)
class MyShift:
    """The reader's present or next turn, with names."""

    card: DutyCard
    backup: str
    follows: str


def blueprint() -> Blueprint:
    """The pages `/`, `/board/part`, `/notices/read`, `/appearance` and `/accessibility`."""
    pages = Blueprint("board", __name__)
    see = doors.permits(Permission.BOARD_SEE)
    poll = doors.permits(Permission.BOARD_SEE, passive=True)
    pages.add_url_rule("/", "start", see(start))
    pages.add_url_rule("/board/part", "part", poll(part))
    pages.add_url_rule("/notices/read", "read", see(read), methods=["POST"])
    pages.add_url_rule("/appearance", "appearance", doors.public(appearance), methods=["POST"])
    pages.add_url_rule("/accessibility", "accessibility", doors.public(accessibility))
    return pages


def start() -> str:
    """The whole board."""
    return render_template("board/start.html", **_facts())


def part() -> str:
    """The part that refreshes by itself."""
    return render_template("board/part.html", **_facts())


def read() -> Response:
    """Put my notices away."""
    actor, session = doors.actor(), doors.db()
    if actor.person_id is not None:
        waiting = notices.unread(session, actor.person_id)
        notices.mark_read(session, actor.person_id, [one.id for one in waiting], doors.now())
        doors.commit()
    return redirect("/", 303)


def appearance() -> Response:
    """Remember light, dark or as the system says, and go back."""
    chosen = request.form.get("kleur", "")
    response = make_response(redirect(doors.own_path(request.form.get("back")) or "/", 303))
    if chosen in APPEARANCES:
        response.set_cookie(
            APPEARANCE_COOKIE, chosen, max_age=YEAR_SECONDS, httponly=True, samesite="Strict",
            secure=doors.house().settings.secure,
        )  # fmt: skip
    return response


def accessibility() -> str:
    """How far these pages can be used by everybody."""
    return render_template("accessibility.html")


def _facts() -> dict[str, object]:
    session, vault, actor, now = doors.db(), doors.house().vault, doors.actor(), doors.now()
    cards = people.cards(session, vault)
    works = allows(actor.roles, Permission.CALLS_WORK)
    sees_work = works or allows(actor.roles, Permission.CALLS_ASSIGN)
    members = groups.members(session, READERS)
    return {
        "now": now,
        "lines": _lines(session, cards, now),
        "shift": _my_shift(session, cards, actor, now),
        "holes": _holes(session, now),
        "tier_name": tier_name,
        "sees_work": sees_work,
        "mine": listing.mine(session, actor) if works else [],
        "open_count": listing.open_count(session) if sees_work else 0,
        "admitted": not works or actor.person_id in members,
        "few_readers": sees_work and len(members) < FEWEST_READERS,
        "offers": _offers(session, actor),
        "notices": [_notice(one.code) for one in notices.unread(session, actor.person_id)]
        if actor.person_id
        else [],
    }


def _names(cards: dict[UUID, PersonCard], ids: tuple[UUID, ...]) -> str:
    return ", ".join(cards[one].name for one in ids if one in cards)


def _lines(session: Session, cards: dict[UUID, PersonCard], now: datetime) -> list[Line]:
    found: dict[int, list[str]] = {1: []}
    for duty in roster.on_duty(session, now):
        found.setdefault(duty.tier, []).append(cards[duty.person_id].name)
    return [Line(tier, tuple(names)) for tier, names in sorted(found.items())]


def _my_shift(
    session: Session, cards: dict[UUID, PersonCard], actor: Actor, now: datetime
) -> MyShift | None:
    if actor.person_id is None:
        return None
    card = roster.duty_card(session, actor.person_id, now)
    if card is None:
        return None
    return MyShift(card, _names(cards, card.backup), _names(cards, card.follows))


def _holes(session: Session, now: datetime) -> list[Hole]:
    return list(roster.coverage(session, now, now + COVERAGE))


def _offers(session: Session, actor: Actor) -> list[drafts.Offer]:
    if actor.person_id is None or not allows(actor.roles, Permission.CASES_WORK):
        return []
    return drafts.offered(session, doors.house().vault, actor.keys, actor.person_id)


def _notice(code: str) -> str:
    texts = {
        "task_waiting": _("Er staat een taak voor u klaar."),
        "nobody_on_duty": _("Er belde iemand terwijl niemand dienst had."),
        "task_overdue": _("Een taak is niet op tijd gedaan."),
        "task_attempts": _("Terugbellen lukte niet. Een coördinator moet beslissen."),
        "group-too-small": _("Er zijn te weinig mensen met toegang tot de sleutels."),
        "group-admission": _("Iemand is toegelaten tot de sleutels."),
        "case-shared": _("Een collega deelde een casus met u."),
        "phone_forwards_to_hotline": _("Een telefoon van het team schakelt door naar de hulplijn."),
    }
    return texts.get(code, _("Er is nieuws voor u."))
