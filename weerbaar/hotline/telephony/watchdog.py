"""What the worker does for the telephone: overdue lines, waiting work, finished calls."""

import time
from datetime import datetime
from uuid import UUID

from weerbaar.accounts.house import House
from weerbaar.config import faultpoint
from weerbaar.config.log import logger
from weerbaar.hotline.calls import (
    call_backs,
    course,
    deadlines,
    legs,
    line,
    misuse,
    passing_on,
    rally,
    snapshot,
    take_in,
    together,
)
from weerbaar.hotline.calls.conversation import FINAL_WORDS
from weerbaar.hotline.calls.reserve import Reserve
from weerbaar.hotline.telephony import client, errands
from weerbaar.hotline.telephony.twiml import Documents

_log = logger("hotline.telephony")


def act_on_deadlines(house: House, now: datetime) -> int:
    """Act on every passed deadline: the provider is asked first whether the line still lives.

    Args:
        house: settings, database, vault and clock.
        now: this instant, aware, UTC.

    Returns:
        How many lines and call-backs were moved.
    """
    with house.database.session() as session:
        overdue = deadlines.overdue(session, now)
        moved = call_backs.end_overdue(session, house.vault, now)
        moved += call_backs.release_expired(session, house.vault, now)
        session.commit()
    for one in overdue:
        lives = _lives(house, one.sid)
        taker_lives = None if one.taker_sid is None else _lives(house, one.taker_sid)
        talked = lives is False and _have_talked(house, one.call_id)
        with house.database.session() as session:
            acted = deadlines.act(
                session, house.vault, one.call_id, now,
                lives=lives, taker_lives=taker_lives, talked=talked,
            )  # fmt: skip
            faultpoint.reach("deadline before commit")
            session.commit()
        faultpoint.reach("deadline after commit")
        if acted is None:
            continue
        moved += 1
        _log.warning("deadline passed", call=str(one.call_id), state=acted.state.value)
        errands.attend(house, one.call_id)
        if lives and one.sid is not None and acted.fetch:
            _fetch_again(house, one.sid)
    return moved


def run_errands(house: House, now: datetime) -> int:
    """Ask the provider what a process left to be asked that died after its commit.

    Args:
        house: settings, database, vault and clock.
        now: this instant, aware, UTC.

    Returns:
        For how many calls something was asked.
    """
    _ = now
    with house.database.session() as session:
        waiting = rally.waiting_errands(session)
    begun = time.monotonic()
    done = 0
    for call_id in waiting:
        # A provider that hangs keeps no deadline waiting: the others come at the next look.
        if done and time.monotonic() - begun > errands.PATIENCE_SECONDS:
            break
        errands.attend(house, call_id)
        done += 1
    return done


def ask_about_legs(house: House, now: datetime) -> int:
    """Ask the provider about legs whose last word did not come, and move them by its answer.

    Args:
        house: settings, database, vault and clock.
        now: this instant, aware, UTC.

    Returns:
        How many legs turned out to be over.
    """
    with house.database.session() as session:
        unheard = legs.unheard(session, now)
        session.commit()
    over = 0
    for leg in unheard:
        try:
            word = client.provider(house.settings).word(leg.sid)
        except (client.ProviderRefused, client.ProviderSilent, client.NoProvider):
            continue
        if word in FINAL_WORDS:
            _log.warning("last word of a leg asked for", leg=str(leg.leg_id), status=word)
            _move_leg(house, leg, word, now)
            over += 1
    return over


def _move_leg(house: House, leg: legs.Unheard, word: str, now: datetime) -> None:
    with house.database.session() as session:
        if leg.call_id is not None:
            call = line.by_id(session, leg.call_id)
            if call is not None:
                legs.progress(
                    session, house.vault, call, leg.number, status=word, sid=leg.sid, now=now
                )
        elif leg.call_back_id is not None:
            row = call_backs.by_id(session, leg.call_back_id)
            if row is not None:
                call_backs.progress(session, house.vault, row, status=word, sid=leg.sid, now=now)
        session.commit()
    if leg.call_id is not None:
        errands.attend(house, leg.call_id)


def forget_callers(house: House, now: datetime) -> int:
    """Clear what is kept for half an hour to know a caller again who was cut off."""
    with house.database.session() as session:
        forgotten = line.forget_marks(session, now)
        session.commit()
    return forgotten


def _lives(house: House, sid: str | None) -> bool | None:
    if sid is None:
        return False
    try:
        return client.provider(house.settings).is_live(sid)
    except (client.ProviderRefused, client.ProviderSilent, client.NoProvider):
        return None


def _have_talked(house: House, call_id: UUID) -> bool:
    with house.database.session() as session:
        pair = together.pair(session, call_id)
    if pair is None:
        return False
    try:
        ends = [_end_of(house, sid) for sid in (pair.caller_sid, pair.taker_sid)]
    except (client.ProviderRefused, client.ProviderSilent, client.NoProvider):
        return False
    return together.have_talked(pair.since, *ends)


def _end_of(house: House, sid: str) -> datetime | None:
    line_there = client.provider(house.settings).line(sid)
    return None if line_there is None or line_there.lives else line_there.ended_at


def _fetch_again(house: House, sid: str) -> None:
    # The line is there and lost its way: it is told to ask for its present document.
    documents = Documents(house.settings.public_url, house.settings.hotline_number)
    try:
        client.provider(house.settings).move(sid, documents.url("voice"))
    except (client.ProviderRefused, client.ProviderSilent, client.NoProvider) as error:
        _log.warning("line not moved", error=type(error).__name__)


def place_waiting_legs(house: House, now: datetime) -> int:
    """Give up legs that were written down and never placed.

    Who begins a call-back places it at once and alone holds the token its number is under; a
    process that died in between cannot be replaced, only the person set free.
    """
    with house.database.session() as session:
        ended = call_backs.give_up_waiting(session, house.vault, now)
        session.commit()
    return ended


def escalate_items(house: House, now: datetime) -> int:
    """Pass on waiting work whose time has come or whose owner went off duty."""
    with house.database.session() as session:
        moved = passing_on.escalate(session, now)
        session.commit()
    return moved


def seal_courses(house: House, now: datetime) -> int:
    """Seal the exact course of calls that ended an hour ago."""
    with house.database.session() as session:
        sealed = course.seal_course(session, house.vault, now)
        session.commit()
    return sealed


def keep_snapshot(house: House, now: datetime) -> int:
    """Keep on disk what a call needs while the database is gone."""
    with house.database.session() as session:
        taken = snapshot.take(session, house.vault, now)
    return int(Reserve(house.settings, house.vault).file.write(taken))


def take_in_journal(house: House, now: datetime) -> int:
    """Take in what happened while the database was gone, once it is back."""
    return take_in.take_in(house, Reserve(house.settings, house.vault).journal, now)


def forget_misuse(house: House, now: datetime) -> int:
    """Forget numbers that were marked as misuse a day ago."""
    with house.database.session() as session:
        gone = misuse.forget_old(session, house.vault, now)
        session.commit()
    return gone


def forget_journal_lines(house: House, now: datetime) -> int:
    """Forget which lines of the journal were taken in long ago."""
    with house.database.session() as session:
        gone = take_in.forget_old(session, now)
        session.commit()
    return gone
