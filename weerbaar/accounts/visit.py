"""One request of one visitor: the house, the instant, the session, who acts, what is flashed.

Everything here is kept for the length of a request. Rooms use it through `doors`.
"""

from contextlib import ExitStack
from datetime import datetime
from typing import cast

from flask import current_app, g, request
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session

from weerbaar.accounts import sessions
from weerbaar.accounts.actors import Actor
from weerbaar.accounts.house import House
from weerbaar.accounts.keystore import KeyStoreGone
from weerbaar.accounts.sessions import Flash, Seat, State
from weerbaar.config.log import logger

NOBODY = Actor(person_id=None)

_log = logger("accounts.doors")


def house() -> House:
    """Settings, database, vault and clock of this application."""
    return cast(House, current_app.extensions["weerbaar"])


def now() -> datetime:
    """The instant of this request, aware, in UTC: read from the clock once."""
    if "visit_now" not in g:
        g.visit_now = house().clock.now()
    return cast(datetime, g.visit_now)


def db() -> Session:
    """The database session of this request; what the door does not commit is rolled back."""
    if "visit_db" not in g:
        g.visit_stack = ExitStack()
        g.visit_db = g.visit_stack.enter_context(house().database.session())
    return cast(Session, g.visit_db)


def commit() -> None:
    """Make what was done lasting, trail rows included."""
    db().commit()


def rollback() -> None:
    """Drop what was not committed, and the locks it held."""
    if "visit_db" in g:
        db().rollback()


def seat(*, passive: bool = False) -> Seat | None:
    """The session behind the request's cookie, open, locked or ended; None without one.

    Args:
        passive: the request is a poll of the page itself and does not count as activity.
    """
    if "visit_seat" not in g:
        # Set before looking, so that an error page of a failing database does not look again.
        g.visit_seat = None
        g.visit_unknown = True
        cookie = request.cookies.get(sessions.COOKIE)
        if cookie:
            found = sessions.load(db(), house().vault, cookie, now(), active=not passive)
            if found is not None and found.changed:
                commit()
            g.visit_seat = found
        g.visit_unknown = False
    return cast("Seat | None", g.visit_seat)


def look_again() -> Seat | None:
    """Read clock and session anew, in a request that took long."""
    rollback()
    g.pop("visit_now", None)
    g.pop("visit_seat", None)
    return seat()


def present_seat() -> Seat | None:
    """The session this request has already found; nothing is looked up."""
    return cast("Seat | None", g.get("visit_seat"))


def take_seat(taken: Seat | None) -> None:
    """From here on in this request, this is the session (after signing in or out)."""
    g.visit_seat = taken
    g.visit_flashed = False


def actor() -> Actor:
    """Who acts: nobody for a visitor; without keys while the session is locked."""
    here = seat()
    if here is None or here.state is State.ENDED:
        return NOBODY
    return Actor(person_id=here.person_id, roles=here.roles, keys=here.keys)


def flash(text: str, kind: str = "ok") -> None:
    """Show a text on the next page; it waits in the sealed session row.

    Args:
        text: what the person reads, translated.
        kind: `ok`, `info`, `warning` or `error`.
    """
    here = seat()
    if here is not None:
        here.contents.flashes.append(Flash(kind=kind, text=str(text)))
        g.visit_flashed = True


def marks() -> frozenset[str]:
    """The fixed words that this session keeps for itself."""
    here = present_seat()
    return frozenset() if here is None else frozenset(here.contents.marks)


def mark(word: str, *, kept: bool = True) -> None:
    """Keep a fixed word in the sealed session row until the session ends, or let it go.

    Args:
        word: a code; the same word is kept once.
        kept: False lets it go.
    """
    here = seat()
    if here is not None and (word in here.contents.marks) != kept:
        words = [one for one in here.contents.marks if one != word]
        here.contents.marks = [*words, word] if kept else words
        g.visit_flashed = True


def kept(page: str) -> str | None:
    """What a page kept for its next visit, in this session; None where it kept nothing."""
    here = present_seat()
    return None if here is None else here.contents.kept.get(page)


def keep(page: str, text: str | None) -> None:
    """Keep a text in the sealed session row until the session ends, or let it go.

    Args:
        page: a fixed name; a page keeps one text.
        text: what is kept; None lets it go.
    """
    here = seat()
    if here is None or here.contents.kept.get(page) == text:
        return
    here.contents.kept.pop(page, None)
    if text is not None:
        here.contents.kept[page] = text
    g.visit_flashed = True


def flashes() -> list[tuple[str, str]]:
    """The waiting texts as kind and text, once; for the layout."""
    here = g.get("visit_seat")
    if here is None or here.state is State.ENDED or not here.contents.flashes:
        return []
    waiting = [(one.kind, one.text) for one in here.contents.flashes]
    here.contents.flashes.clear()
    g.visit_flashed = True
    return waiting


def keep_flashes() -> None:
    """Write changed flash texts, after everything the door did not commit is dropped."""
    here = g.get("visit_seat")
    if here is None or not g.get("visit_flashed"):
        return
    try:
        rollback()
        sessions.keep_contents(db(), here)
        commit()
    except (SQLAlchemyError, KeyStoreGone) as error:
        _log.error("flash texts lost", error=type(error).__name__)


def leave() -> None:
    """Close what the request opened."""
    stack = g.pop("visit_stack", None)
    g.pop("visit_db", None)
    if stack is not None:
        stack.close()
