"""What is left at the provider: noted, deleted there until "not found", and compared daily.

Only ids of the provider stand here. A row has a next try until the provider no longer knows the
id; then it waits for the daily comparison, which proves by listing that it is gone, and goes.
"""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import delete, func, literal, select, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session, aliased

from weerbaar.accounts import notices
from weerbaar.accounts.actors import Role
from weerbaar.hotline.calls.models import (
    CallRow,
    ComparisonRow,
    LegRow,
    ProviderLeftoverRow,
    TraceKind,
    VoiceMessageRow,
)

# The provider's record of a call is final about a minute after its end.
FINAL_AFTER = timedelta(minutes=2)
# A text message has found its telephone by then, or never will.
DELIVERED_AFTER = timedelta(minutes=10)
# After each try the next one, and then the last of these again and again.
PAUSES = (
    timedelta(minutes=1),
    timedelta(minutes=2),
    timedelta(minutes=5),
    timedelta(minutes=15),
    timedelta(hours=1),
    timedelta(hours=6),
)
# Somebody else tries again when a worker died in the middle of a try.
LEASE = timedelta(minutes=2)
# Deleting is tried for this long (error 20009); then people are told, and it is tried daily.
PATIENCE = timedelta(days=14)
DAILY = timedelta(days=1)
# A few at a time: the worker has more urgent things to do in between.
AT_ONCE = 10
NOTICE_LEFT = "provider_keeps_traces"


@dataclass(frozen=True)
class Trace:
    """Something to delete at the provider."""

    sid: str
    kind: TraceKind

    def __repr__(self) -> str:
        return f"<Trace {self.kind}>"


@dataclass(frozen=True)
class Left:
    """How much of one kind is still at the provider, and since which day."""

    kind: TraceKind
    count: int
    oldest: date


# ---- noting ------------------------------------------------------------------------------


def leave(
    session: Session,
    kind: TraceKind,
    sids: Iterable[str | None],
    now: datetime,
    *,
    after: timedelta = timedelta(0),
) -> int:
    """Note what the provider keeps and is to delete; what is noted already stays as it is.

    Args:
        session: the caller commits.
        kind: what it is there.
        sids: the provider's ids; None is left out.
        now: this instant, aware, UTC.
        after: how long until it is final there and deleting is tried.

    Returns:
        How many were not known yet.
    """
    wanted = dict.fromkeys(sid for sid in sids if sid)
    if not wanted:
        return 0
    rows = [
        {"sid": sid, "kind": kind.value, "attempts": 0, "next_try_at": now + after,
         "created_day": now.date()}
        for sid in wanted
    ]  # fmt: skip
    written = _insert(session).values(rows).on_conflict_do_nothing()
    return len(session.execute(written.returning(ProviderLeftoverRow.sid)).all())


def _insert(session: Session) -> Any:
    on_postgres = session.get_bind().dialect.name == "postgresql"
    return (postgresql.insert if on_postgres else sqlite.insert)(ProviderLeftoverRow)


def collect(session: Session, now: datetime) -> int:
    """Note the lines and legs of calls that ended a while ago; their records there are final now.

    Args:
        session: the worker commits.
        now: this instant, aware, UTC.

    Returns:
        How many were noted.
    """
    ended = CallRow.ended_at <= now - FINAL_AFTER
    lines = select(CallRow.provider_sid).where(ended, CallRow.provider_sid.is_not(None))
    legs = (
        select(LegRow.provider_sid)
        .join(CallRow, CallRow.id == LegRow.call_id)
        .where(ended, LegRow.provider_sid.is_not(None))
    )
    known = select(ProviderLeftoverRow.sid)
    sids: list[str | None] = []
    sids.extend(session.scalars(lines.where(CallRow.provider_sid.not_in(known)).limit(AT_ONCE)))
    sids.extend(session.scalars(legs.where(LegRow.provider_sid.not_in(known)).limit(AT_ONCE)))
    return leave(session, TraceKind.CALL, sids, now)


# ---- deleting ----------------------------------------------------------------------------


def due(session: Session, now: datetime) -> list[Trace]:
    """What is to be deleted now, claimed for the length of a try; the worker commits.

    Args:
        session: the worker commits before it asks the provider.
        now: this instant, aware, UTC.
    """
    rows = session.scalars(
        select(ProviderLeftoverRow)
        .where(ProviderLeftoverRow.next_try_at <= now)
        .order_by(ProviderLeftoverRow.next_try_at)
        .limit(AT_ONCE)
        .with_for_update(skip_locked=True)
        .execution_options(populate_existing=True)
    ).all()
    for row in rows:
        row.next_try_at = now + LEASE
    session.flush()
    return [Trace(row.sid, TraceKind(row.kind)) for row in rows]


def still_there(session: Session, sid: str, now: datetime) -> None:
    """It was asked to be deleted, or could not be: try again, later each time.

    After fourteen days the administrators and coordinators are told.

    Args:
        session: the worker commits.
        sid: the provider's id.
        now: this instant, aware, UTC.
    """
    row = session.get(ProviderLeftoverRow, sid, with_for_update=True, populate_existing=True)
    if row is None or row.next_try_at is None:
        return
    pause = PAUSES[min(row.attempts, len(PAUSES) - 1)]
    row.attempts += 1
    if now.date() - row.created_day > PATIENCE:
        pause = DAILY
        key = f"{NOTICE_LEFT}-{row.created_day}"
        for role in (Role.ADMIN, Role.COORDINATOR):
            notices.post_to_role(session, role, NOTICE_LEFT, now, key)
    row.next_try_at = now + pause


def gone(session: Session, sid: str) -> None:
    """The provider does not know it any longer; our other rows forget its id.

    Args:
        session: the worker commits.
        sid: the provider's id.
    """
    session.execute(
        update(ProviderLeftoverRow)
        .where(ProviderLeftoverRow.sid == sid)
        .values(next_try_at=None)
        .execution_options(synchronize_session=False)
    )
    session.execute(
        update(VoiceMessageRow)
        .where(VoiceMessageRow.recording_sid == sid, VoiceMessageRow.next_try_at.is_(None))
        .values(recording_sid=None)
        .execution_options(synchronize_session=False)
    )


def line_of_recording(session: Session, sid: str) -> str | None:
    """The provider's id of the line on which a recording was made; None where unknown."""
    return session.scalar(
        select(CallRow.provider_sid)
        .join(VoiceMessageRow, VoiceMessageRow.call_id == CallRow.id)
        .where(VoiceMessageRow.recording_sid == sid)
    )


# ---- comparing ---------------------------------------------------------------------------


def begin_comparison(session: Session, now: datetime) -> bool:
    """Claim the daily comparison; True for the one worker that makes it now.

    Args:
        session: the worker commits before it asks the provider.
        now: this instant, aware, UTC.
    """
    on_postgres = session.get_bind().dialect.name == "postgresql"
    first = (postgresql.insert if on_postgres else sqlite.insert)(ComparisonRow)
    session.execute(first.values(id=1, next_at=now, unknown=0).on_conflict_do_nothing())
    won = session.execute(
        update(ComparisonRow)
        .where(ComparisonRow.id == 1, ComparisonRow.next_at <= now)
        .values(next_at=now + timedelta(hours=1))
        .returning(ComparisonRow.id)
        .execution_options(synchronize_session=False)
    ).first()
    return won is not None


def compared(
    session: Session, listed: dict[TraceKind, Collection[str]], now: datetime, *, strays: int
) -> int:
    """Compare what the provider lists with what is noted here, and settle both.

    Listed and not known: noted, and deleted like the rest. Listed though it was gone: tried again.
    Gone and not listed: proved, and forgotten here too.

    Args:
        session: the worker commits.
        listed: ids that the provider lists of lines that are over, by kind.
        now: this instant, aware, UTC.
        strays: how many unknown recordings were found just before, and became work. What is
            listed of recordings beyond those is of another number of the account.

    Returns:
        How much was listed and not known.
    """
    unknown = strays
    for kind, sids in listed.items():
        if kind is not TraceKind.RECORDING:
            unknown += leave(session, kind, _unknown(session, kind, list(sids)), now)
        _try_again(session, kind, list(sids), now)
        _forget(session, kind, set(sids))
    session.execute(
        update(ComparisonRow).values(next_at=now + DAILY, compared_at=now, unknown=unknown)
    )
    return unknown


def unknown_recordings(session: Session, sids: list[str]) -> list[str]:
    """Which of the recordings that the provider lists nobody told us of."""
    return _unknown(session, TraceKind.RECORDING, sids)


def _unknown(session: Session, kind: TraceKind, sids: list[str]) -> list[str]:
    known = set(_among(session, ProviderLeftoverRow.sid, sids))
    if kind is TraceKind.CALL:
        # A line of which the house still has something to say is noted when it is over.
        known.update(_among(session, CallRow.provider_sid, sids))
        known.update(_among(session, LegRow.provider_sid, sids))
    if kind is TraceKind.RECORDING:
        known.update(_among(session, VoiceMessageRow.recording_sid, sids))
    return [sid for sid in sids if sid not in known]


def _among(session: Session, column: Any, sids: list[str]) -> list[str]:
    found: list[str] = []
    for start in range(0, len(sids), 500):
        part = sids[start : start + 500]
        found.extend(session.scalars(select(column).where(column.in_(part))))
    return found


def _try_again(session: Session, kind: TraceKind, sids: list[str], now: datetime) -> None:
    for start in range(0, len(sids), 500):
        session.execute(
            update(ProviderLeftoverRow)
            .where(
                ProviderLeftoverRow.kind == kind,
                ProviderLeftoverRow.next_try_at.is_(None),
                ProviderLeftoverRow.sid.in_(sids[start : start + 500]),
            )
            .values(next_try_at=now)
            .execution_options(synchronize_session=False)
        )


def _forget(session: Session, kind: TraceKind, listed: set[str]) -> None:
    finished = session.scalars(
        select(ProviderLeftoverRow.sid).where(
            ProviderLeftoverRow.kind == kind, ProviderLeftoverRow.next_try_at.is_(None)
        )
    ).all()
    for sid in finished:
        if sid in listed or _still_needed(session, sid):
            continue
        session.execute(
            update(CallRow)
            .where(CallRow.provider_sid == sid)
            .values(provider_sid=None)
            .execution_options(synchronize_session=False)
        )
        session.execute(delete(ProviderLeftoverRow).where(ProviderLeftoverRow.sid == sid))


def _still_needed(session: Session, sid: str) -> bool:
    # Until its course is sealed a call is found by this id, and would be noted once more; until
    # its recordings are fetched they are looked for by it.
    waiting = aliased(VoiceMessageRow)
    call = select(literal(1)).where(
        CallRow.provider_sid == sid,
        CallRow.ended_at.is_not(None)
        | select(waiting.id)
        .where(waiting.call_id == CallRow.id, waiting.next_try_at.is_not(None))
        .exists(),
    )
    leg = select(literal(1)).where(LegRow.provider_sid == sid)
    return session.execute(call.union_all(leg)).first() is not None


# ---- showing -----------------------------------------------------------------------------


@dataclass(frozen=True)
class Standing:
    """What is left at the provider, as far as is known, and when that was last compared."""

    left: tuple[Left, ...]
    compared_at: datetime | None
    unknown: int


def standing(session: Session) -> Standing:
    """What is left at the provider, counted; no ids."""
    rows = session.execute(
        select(
            ProviderLeftoverRow.kind,
            func.count(),
            func.min(ProviderLeftoverRow.created_day),
        )
        .where(ProviderLeftoverRow.next_try_at.is_not(None))
        .group_by(ProviderLeftoverRow.kind)
    ).all()
    counted = {
        TraceKind(kind): Left(TraceKind(kind), count, oldest) for kind, count, oldest in rows
    }
    waiting = session.execute(
        select(func.count(), func.min(VoiceMessageRow.created_day)).where(
            VoiceMessageRow.next_try_at.is_not(None), VoiceMessageRow.recording_sid.is_not(None)
        )
    ).one()
    if waiting[0]:
        noted = counted.get(TraceKind.RECORDING)
        counted[TraceKind.RECORDING] = Left(
            TraceKind.RECORDING,
            waiting[0] + (noted.count if noted else 0),
            min(waiting[1], noted.oldest) if noted else waiting[1],
        )
    comparison = session.get(ComparisonRow, 1)
    return Standing(
        tuple(counted[kind] for kind in TraceKind if kind in counted),
        None if comparison is None else comparison.compared_at,
        0 if comparison is None else comparison.unknown,
    )
