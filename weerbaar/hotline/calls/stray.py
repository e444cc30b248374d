"""Recordings of which the house was never told: each becomes work, like any other message."""

import secrets
from datetime import datetime
from uuid import uuid4

from sqlalchemy import select
from sqlalchemy.orm import Session

from weerbaar.accounts.vault import Vault
from weerbaar.hotline.calls import items, line, messages, numbers
from weerbaar.hotline.calls.conversation import Outcome, State
from weerbaar.hotline.calls.models import CallRow, ItemKind


def take_in(
    session: Session,
    vault: Vault,
    *,
    line_sid: str | None,
    recording_sid: str,
    caller: str,
    hotline: str,
    now: datetime,
) -> None:
    """Make a found recording work, with an owner and a due time.

    A line that is known keeps its call and its work; of an unknown one a call is written down
    that has ended, with the number that the provider still had.

    Args:
        session: the worker commits.
        vault: seals the number.
        line_sid: the provider's id of the line it was spoken on, where it says.
        recording_sid: the provider's id of the recording.
        caller: the provider's `From` of that line; empty where it does not know it any longer.
        hotline: the number of the house, E.164.
        now: this instant, aware, UTC.
    """
    call = None if line_sid is None else line.by_sid(session, line_sid)
    if call is None:
        call = _ended(session, vault, line_sid, caller, hotline, now)
        items.open_for(session, call, ItemKind.MESSAGE_LEFT, now)
    messages.heard_of(session, call, recording_sid, now)


def _ended(
    session: Session,
    vault: Vault,
    line_sid: str | None,
    caller: str,
    hotline: str,
    now: datetime,
) -> CallRow:
    withheld = numbers.is_withheld(caller)
    call = CallRow(
        id=uuid4(),
        token=secrets.token_urlsafe(line.TOKEN_BYTES),
        provider_sid=line_sid,
        state=State.ENDED.value,
        outcome=Outcome.MESSAGE_LEFT.value,
        withheld=withheld or caller == hotline,
        number_record=None if withheld else line.seal_number(session, vault, caller, now),
        ended_at=now,
        created_day=now.date(),
    )
    session.add(call)
    session.flush()
    return session.scalars(select(CallRow).where(CallRow.id == call.id)).one()
