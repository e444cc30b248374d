"""The test call: my own telephone rings, and pressing 1 proves that it works."""

from flask import current_app, redirect, render_template
from flask_babel import gettext as _

from weerbaar.accounts import doors, people
from weerbaar.hotline.calls import staff_calls
from weerbaar.hotline.calls.errors import NoPhone, PersonBusy, TooManyTests
from weerbaar.hotline.calls.item_pages import CONFLICT, REFUSED, SEE_OTHER, Answer
from weerbaar.hotline.calls.staff_calls import Shown

# Set by the room above: rings what was begun, after the commit.
RING = "weerbaar.ring_staff_call"
RUNNING = frozenset({Shown.WAITING, Shown.RINGING, Shown.ANSWERED})


def test_call() -> str:
    """The page `/test-call`."""
    return _page()


def test_call_part() -> str:
    """The part that refreshes by itself while the telephone rings, and then no more."""
    return render_template("calls/test_call_part.html", **_facts())


def begin_test_call() -> Answer:
    """Ring my telephone."""
    session, now = doors.db(), doors.now()
    try:
        begun = staff_calls.begin_test(session, doors.house().vault, doors.actor(), now)
    except NoPhone:
        return _refused(_("Er staat geen telefoonnummer van u in Weerbaar."))
    except PersonBusy:
        return _refused(_("U wordt al gebeld, of u bent in gesprek. Probeer het straks opnieuw."))
    except TooManyTests:
        return _page(_("U heeft dit uur vaak genoeg getest. Probeer het later opnieuw.")), REFUSED
    doors.commit()
    current_app.extensions[RING](begun)
    return redirect("/test-call", SEE_OTHER)


def _refused(problem: str) -> Answer:
    return _page(problem), CONFLICT


def _page(problem: str = "") -> str:
    return render_template("calls/test_call.html", problem=problem, **_facts())


def _facts() -> dict[str, object]:
    person_id, session = doors.actor().person_id, doors.db()
    assert person_id is not None
    shown = staff_calls.latest_test(session, person_id)
    return {
        "card": people.card(session, doors.house().vault, person_id),
        "shown": shown,
        "running": shown in RUNNING,
    }
