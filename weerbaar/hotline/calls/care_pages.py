"""How are you? After a heavy call the confidant may call somebody who knows what it is like.

That it is offered is kept in the confidant's own session, sealed, and nowhere else.
"""

from collections.abc import Callable
from uuid import UUID

from flask import current_app, redirect, render_template, request
from flask_babel import gettext as _

from weerbaar.accounts import doors
from weerbaar.accounts.keystore import KeyStoreGone
from weerbaar.hotline.calls import care as caring
from weerbaar.hotline.calls.back_pages import PLACE, problem_of
from weerbaar.hotline.calls.call_backs import Begun
from weerbaar.hotline.calls.errors import NoPhone, PersonBusy
from weerbaar.hotline.calls.item_pages import CARE, CONFLICT, SEE_OTHER, Answer, given
from weerbaar.hotline.calls.numbers import NotCallable


def is_asked() -> bool:
    """Whether the person of this request is asked how he is: he had a heavy call."""
    session, _vault, actor = given()
    marks = doors.marks()
    return CARE in marks or any(
        _away(one) not in marks for one in caring.heavy_calls(session, actor)
    )


def _away(call_id: UUID) -> str:
    return f"{CARE}-away-{call_id}"


def care() -> Answer:
    """Whom the confidant may call."""
    return _page("")


def _page(problem: str) -> str:
    session, vault, actor = given()
    return render_template(
        "calls/care.html",
        peers=caring.peers(session, vault, actor, doors.now()),
        problem=problem,
        offered=is_asked(),
    )


def call_peer() -> Answer:
    """Ring the confidant's own telephone, then the peer's."""
    session, vault, actor = given()
    try:
        peer = UUID(request.form.get("peer", ""))
        begun = caring.begin(
            session, vault, actor, peer,
            hotline=doors.house().settings.hotline_number, now=doors.now(),
        )  # fmt: skip
        doors.commit()
    except (ValueError, caring.NoSuchPeer):
        doors.rollback()
        return _page(_("Deze collega is nu niet te bellen.")), CONFLICT
    except (NotCallable, NoPhone, PersonBusy, KeyStoreGone) as refused:
        doors.rollback()
        return _page(problem_of(refused)), CONFLICT
    place: Callable[[Begun], bool] = current_app.extensions[PLACE]
    if place(begun):
        doors.flash(_("Uw telefoon gaat over. Neem op en toets 1: dan bellen wij uw collega."))
    else:
        doors.flash(_("De telefoon kon niet worden gebeld. Probeer het opnieuw."), "error")
    return redirect("/after-care", SEE_OTHER)


def put_away() -> Answer:
    """Not now: the question goes from the board."""
    session, _vault, actor = given()
    doors.mark(CARE, kept=False)
    for call_id in caring.heavy_calls(session, actor):
        doors.mark(_away(call_id))
    return redirect("/", SEE_OTHER)
