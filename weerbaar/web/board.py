"""The first page after signing in: what goes on now; and the duty card to print."""

from flask import Blueprint, make_response, redirect, render_template, request
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from weerbaar.accounts import (
    doors,
    groups,
    notice_rules,
    notices,
    open_check,
    people,
    quorum_holders,
    quorum_requests,
    quorum_standing,
    reviews,
)
from weerbaar.accounts.actors import Actor
from weerbaar.accounts.permissions import Permission, allows
from weerbaar.config.clock import local
from weerbaar.face.plugging import APPEARANCE_COOKIE, APPEARANCES
from weerbaar.hotline.calls import care_pages
from weerbaar.hotline.roster import handover
from weerbaar.hotline.roster.pages import tier_name
from weerbaar.intake import drafts, taxonomy
from weerbaar.web import now

YEAR_SECONDS = 365 * 24 * 3600
READERS = "confidants"
CHECKED = "keys-checked"
FEWEST_READERS = 2


def blueprint() -> Blueprint:
    """The board, the duty card, and what stands around every page."""
    pages = Blueprint("board", __name__)
    see = doors.permits(Permission.BOARD_SEE)
    poll = doors.permits(Permission.BOARD_SEE, passive=True)
    pages.add_url_rule("/", "start", see(start))
    pages.add_url_rule("/board/part", "part", poll(part))
    pages.add_url_rule("/duty-card", "duty", see(duty))
    pages.add_url_rule("/notices/read", "read", see(read), methods=["POST"])
    pages.add_url_rule("/appearance", "appearance", doors.public(appearance), methods=["POST"])
    return pages


def start() -> str:
    """The whole board; once a day it looks whether the reader's key still opens what it should."""
    keys, today = doors.actor().keys, doors.now().date().isoformat()
    if keys is not None and doors.kept(CHECKED) != today:
        if doors.kept(CHECKED) is not None:
            open_check.check(doors.db(), doors.house().vault, keys, doors.now())
            doors.commit()
        doors.keep(CHECKED, today)
    return render_template("board/start.html", **_whole())


def part() -> str:
    """The part that refreshes by itself."""
    return render_template("board/part.html", **_moment())


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


def _whole() -> dict[str, object]:
    """What stands around the part that refreshes by itself."""
    session, actor = doors.db(), doors.actor()
    works = allows(actor.roles, Permission.CALLS_WORK)
    members = groups.members(session, READERS)
    sees_work = works or allows(actor.roles, Permission.CALLS_ASSIGN)
    waiting = notices.unread(session, actor.person_id) if actor.person_id else []
    hands_over = allows(actor.roles, Permission.ROSTER_HAND_OVER)
    return {
        **_moment(),
        "care": works and care_pages.is_asked(),
        "admitted": not works or actor.person_id in members,
        "few_readers": sees_work and len(members) < FEWEST_READERS,
        **_keys(session, actor),
        "reviews": _reviews(session, actor),
        "offers": _offers(session, actor),
        # How many notes from shift to shift nobody has acknowledged.
        "handovers": handover.waiting(session, actor) if hands_over else 0,
        "notices": [notice_rules.text_of(one.code) for one in waiting],
    }


def _keys(session: Session, actor: Actor) -> dict[str, object]:
    """What the reader must know of keys: too few holders of shares, a request, a former key."""
    assert actor.person_id is not None
    vault, at = doors.house().vault, doors.now()
    able = quorum_holders.effective(session, vault, quorum_holders.present(session, vault))
    return {
        "few_holders": (
            allows(actor.roles, Permission.KEYS_ADMIT) and len(able) < quorum_holders.FEWEST
        ),
        "helps": len(quorum_requests.for_holder(session, vault, actor.person_id, at)),
        "former": quorum_standing.of(session, vault, actor.person_id, at).former,
    }


def _reviews(session: Session, actor: Actor) -> list[reviews.Due]:
    """The reviews of rights that a coordinator must see to."""
    if not allows(actor.roles, Permission.KEYS_ADMIT):
        return []
    today = local(doors.now()).date()
    return [one for one in reviews.due(session, doors.house().vault) if one.soon(today)]


def _moment() -> dict[str, object]:
    shown = now.look(doors.db(), doors.house().vault, doors.actor(), doors.now())
    return {
        "moment": shown,
        "tier_name": tier_name,
        "works": allows(doors.actor().roles, Permission.CALLS_WORK),
    }


def duty() -> str:
    """One page to print: my shift, what to do in acute danger and when the house fails."""
    session, actor = doors.db(), doors.actor()
    cards = people.cards(session, doors.house().vault)
    shift = now.my_shift(session, cards, actor, doors.now())
    sees_phones = allows(actor.roles, Permission.PEOPLE_SEE)
    backup = shift.card.backup if shift is not None else ()
    return render_template(
        "board/duty_card.html",
        now=doors.now(),
        shift=shift,
        phones=[cards[one] for one in backup if sees_phones and cards[one].phone],
        tier_name=tier_name,
        standby=doors.house().settings.standby_number,
        checklist=taxonomy.ACUTE_CHECKLIST,
    )


def _offers(session: Session, actor: Actor) -> list[drafts.Offer]:
    if actor.person_id is None or not allows(actor.roles, Permission.CASES_WORK):
        return []
    return drafts.offered(session, doors.house().vault, actor.keys, actor.person_id)
