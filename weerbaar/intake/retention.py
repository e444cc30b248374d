"""When a case is destroyed, holding it for longer, and destroying its parts.

Who somebody is goes first, what happened last. A hold keeps all of a case through a day, for a
reason that is sealed to whoever reads the case. A case can also be destroyed before its time
(`destroy_case`), on the request of the person it is about.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import delete, or_, select
from sqlalchemy.orm import Session

from weerbaar.accounts import envelopes, trail
from weerbaar.accounts.actors import Actor
from weerbaar.accounts.envelopes import Kind
from weerbaar.accounts.vault import Vault
from weerbaar.config.clock import local
from weerbaar.crypto.errors import CannotOpen
from weerbaar.intake import attachments, casefile, deciding, figures, grants, parts, retention_rules
from weerbaar.intake.breaches_models import BreachRow
from weerbaar.intake.casefile import keys_of
from weerbaar.intake.errors import CaseworkRefused
from weerbaar.intake.models import (
    CaseAttachmentRow,
    CaseEntryRow,
    CaseRecordingRow,
    CaseRow,
    DraftRow,
)
from weerbaar.intake.part_contents import Bond
from weerbaar.intake.part_models import CasePartRow
from weerbaar.intake.retention_periods import periods
from weerbaar.intake.retention_rules import LONGEST_HOLD, Category
from weerbaar.intake.rights_models import RightsRequestRow

HOLD = "hold"
# What belongs to a part of a case: tables whose id is that of an envelope, with a `case_id`. A
# voice says who speaks.
OF_WHO: tuple[type[CaseRecordingRow], ...] = (CaseRecordingRow,)
OF_NOTES: tuple[type[CaseEntryRow], ...] = (CaseEntryRow,)


class HoldRefused(CaseworkRefused):
    """A hold needs a reason and a last day from today on, at most two years ahead."""


@dataclass(frozen=True)
class Keeping:
    """How long a case is kept: the last days of its parts, and the hold if there is one.

    `who_on`, `notes_on` and `what_on` are the days on which the parts are destroyed; None for an
    open case and for what is gone already.
    """

    who_on: date | None
    notes_on: date | None
    what_on: date | None
    hold_until: date | None
    hold_reason: str | None = field(repr=False)


def keeping(session: Session, vault: Vault, actor: Actor, case_id: UUID) -> Keeping:
    """How long a case is kept, and why it is held.

    Args:
        session: the database; the door commits, a first opening writes.
        vault: the key store.
        actor: a reader of the *what* part.
        case_id: the case.

    Raises:
        NotYourCase: unknown, or not shared with this person.
    """
    row = casefile.case_row(session, case_id)
    casefile.open_what(session, vault, keys_of(actor), row)
    reason = None
    if row.hold_record is not None:
        try:
            reason = envelopes.open_one(
                session, vault, keys_of(actor), row.hold_record, kind=Kind.RETENTION_HOLD, part=HOLD
            ).decode()
        except (envelopes.NotAReader, CannotOpen):
            # Who came to read the case later does not read why it was held before.
            reason = None
    on = row.retention_on
    kept = periods(session)
    return Keeping(
        who_on=None
        if on is None or row.who_record is None
        else retention_rules.part_goes_on(on, Category.CASE_WHO, kept),
        notes_on=None
        if on is None
        else retention_rules.part_goes_on(on, Category.CASE_NOTES, kept),
        what_on=on,
        hold_until=row.hold_until,
        hold_reason=reason,
    )


def hold(
    session: Session,
    vault: Vault,
    actor: Actor,
    case_id: UUID,
    reason: str,
    until: date,
    now: datetime,
) -> None:
    """Keep all of a case through a day, in place of an earlier hold.

    Args:
        session: the database.
        vault: public keys and the key store.
        actor: who decides over the case.
        case_id: the case.
        reason: why; sealed to everybody who reads the *what* part.
        until: the last day, local.
        now: the present instant, aware.

    Raises:
        NotYourCase: unknown, or not shared with this person.
        NotYoursToDecide: he reads a part of it, or for a while only.
        HoldRefused: without a reason, in the past, or too far ahead.
    """
    row = casefile.case_row(session, case_id, lock=True)
    deciding.check(session, vault, actor, row)
    today = local(now).date()
    if not reason.strip() or not today <= until <= today + LONGEST_HOLD:
        raise HoldRefused
    _drop_hold(session, vault, actor, row, now)
    record = envelopes.seal(
        session, vault, kind=Kind.RETENTION_HOLD, part=HOLD, plaintext=reason.strip().encode(),
        recipients=casefile.recipients_of_what(session, row), now=now,
    )  # fmt: skip
    row.hold_until, row.hold_record = until, record
    session.flush()
    trail.record(session, actor, "case.hold", "case", case_id, now)


def release(session: Session, vault: Vault, actor: Actor, case_id: UUID, now: datetime) -> None:
    """End the hold of a case; it is destroyed when its time has come. Twice changes nothing.

    Raises:
        NotYourCase: unknown, or not shared with this person.
        NotYoursToDecide: he reads a part of it, or for a while only.
    """
    row = casefile.case_row(session, case_id, lock=True)
    deciding.check(session, vault, actor, row)
    if row.hold_record is not None:
        _drop_hold(session, vault, actor, row, now)
        trail.record(session, actor, "case.release", "case", case_id, now)


def _drop_hold(session: Session, vault: Vault, actor: Actor, row: CaseRow, now: datetime) -> None:
    record, row.hold_record, row.hold_until = row.hold_record, None, None
    session.flush()
    if record is not None:
        envelopes.destroy(session, vault, record, now, actor=actor)


# ---- what is due -------------------------------------------------------------------------


def cases_due(
    session: Session, category: Category, on: date, *, only: UUID | None = None
) -> list[UUID]:
    """Cases of which a part is destroyed on or before a day, the earliest first.

    Where the whole case is due, that alone is listed.

    Args:
        session: the database.
        category: of which part.
        on: the local day.
        only: look at this case alone.
    """
    kept = periods(session)
    ahead = retention_rules.part_goes_on(on, category, kept)
    wanted = select(CaseRow.id).where(
        CaseRow.is_open.is_(False),
        CaseRow.what_record.is_not(None),
        # The day of the part lies before that of the *what*: so it is looked for further ahead.
        CaseRow.retention_on <= on + (on - ahead),
        or_(CaseRow.hold_until.is_(None), CaseRow.hold_until < on),
    )
    if category is not Category.CASE_WHAT:
        wanted = wanted.where(CaseRow.retention_on > on)
    if category is Category.CASE_WHO:
        wanted = wanted.where(CaseRow.who_record.is_not(None))
    if category is Category.CASE_NOTES:
        own = CasePartRow.bond == Bond.OWN.value
        wanted = wanted.where(
            or_(
                select(CaseEntryRow.id).where(CaseEntryRow.case_id == CaseRow.id).exists(),
                select(CasePartRow.id).where(CasePartRow.case_id == CaseRow.id, own).exists(),
            )
        )
    if only is not None:
        wanted = wanted.where(CaseRow.id == only)
    return list(session.scalars(wanted.order_by(CaseRow.retention_on, CaseRow.id)))


def mine_due(session: Session, actor: Actor, on: date) -> list[tuple[UUID, Category, date]]:
    """What of the cases that this person can open is destroyed on or before a day.

    Args:
        session: the database.
        actor: the reader; without open keys he has none.
        on: the local day.

    Returns:
        Ids with the part (`CASE_WHAT`: all of it) and its day, the earliest first.
    """
    if actor.keys is None:
        return []
    kept = periods(session)
    found: list[tuple[UUID, Category, date]] = []
    for category in (Category.CASE_WHO, Category.CASE_WHAT):
        rows = session.execute(
            select(CaseRow.id, CaseRow.what_record, CaseRow.who_record, CaseRow.retention_on).where(
                CaseRow.id.in_(cases_due(session, category, on))
            )
        ).all()
        of_part = {
            row.who_record if category is Category.CASE_WHO else row.what_record: row
            for row in rows
        }
        for record in envelopes.can_open(session, actor.keys, [one for one in of_part if one]):
            row = of_part[record]
            day = retention_rules.part_goes_on(row.retention_on, category, kept)
            found.append((row.id, category, day))
    return sorted(found, key=lambda one: (one[2], one[0]))


# ---- destroying --------------------------------------------------------------------------


def destroy_part(
    session: Session,
    vault: Vault,
    actor: Actor,
    case_id: UUID,
    category: Category,
    now: datetime,
    why: str,
) -> None:
    """Destroy a part of a case for good, and with the *what* part everything else of it.

    Args:
        session: the caller commits; the secrets go with the commit.
        vault: whose key store holds the secrets.
        actor: who destroys; the system where its time has come.
        case_id: the case; one without content is left as it is.
        category: `CASE_WHO`, `CASE_NOTES` or `CASE_WHAT`.
        now: the present instant, aware.
        why: a fixed code, for the destruction log.
    """
    row = session.get(CaseRow, case_id, with_for_update=True, populate_existing=True)
    if row is None or row.what_record is None:
        return
    whole = category is Category.CASE_WHAT
    gone: list[UUID] = []
    if whole or category is Category.CASE_WHO:
        gone += _take_rows(session, OF_WHO, case_id)
        gone += [row.who_record] if row.who_record is not None else []
        row.who_record = None
    if whole or category is Category.CASE_NOTES:
        gone += _take_rows(session, OF_NOTES, case_id)
        gone += parts.take_rows(session, case_id, (Bond.OWN,))
        row.worked_day = row.created_day
    if whole:
        # Consents stay: that they were given must be shown for longer than what for.
        gone += parts.take_rows(session, case_id, (Bond.BOTH, Bond.WHAT))
        # What may be needed for a report to the police stays as long as what happened.
        grants.drop_all(session, case_id)
        figures.forget(session, vault, row, now)
        attachments.destroy_all(session, vault, case_id, now, actor=actor, why=why)
        gone += [one for one in (row.what_record, row.hold_record) if one is not None]
        row.what_record = row.hold_record = row.hold_until = row.retention_on = None
        row.is_open = False
    # What somebody was typing for this case may hold all of it.
    gone += session.scalars(
        delete(DraftRow).where(DraftRow.form.endswith(str(case_id))).returning(DraftRow.id)
    ).all()
    session.flush()
    for record in gone:
        envelopes.destroy(session, vault, record, now, actor=actor, why=why)
    trail.record(session, actor, f"{category.value.replace('_', '.')}.destroy", "case", case_id,
                 now, outcome=why)  # fmt: skip


def _take_rows(
    session: Session, tables: Iterable[type[CaseRecordingRow | CaseEntryRow]], case_id: UUID
) -> list[UUID]:
    gone: list[UUID] = []
    for table in tables:
        rows = delete(table).where(table.case_id == case_id).returning(table.id)
        gone += session.scalars(rows).all()
    return gone


def destroy_case(
    session: Session, vault: Vault, actor: Actor, case_id: UUID, now: datetime, why: str
) -> None:
    """Destroy a case before its time, in the name of somebody who reads it.

    Args:
        session: the door commits.
        vault: whose key store holds the secrets.
        actor: a reader of the *what* part.
        case_id: the case; a hold does not keep it, so its reader looks at the hold first.
        now: the present instant, aware.
        why: a fixed code such as `erasure`.

    Raises:
        NotYourCase: unknown, or not shared with this person.
    """
    row = casefile.case_row(session, case_id, lock=True)
    casefile.open_what(session, vault, keys_of(actor), row)
    destroy_part(session, vault, actor, case_id, Category.CASE_WHAT, now, why)


def forget_lost(session: Session, lost: Iterable[UUID]) -> int:
    """Let rows go whose envelopes are about to go, because their secrets no longer exist.

    For whoever restores an older database: what was destroyed since is destroyed in it too.

    Args:
        session: the caller commits.
        lost: envelopes that open nothing any more.

    Returns:
        How many cases lost their content.
    """
    records = set(lost)
    figures.forget_lost(session, records)
    tables: tuple[Any, ...] = (
        *OF_WHO, *OF_NOTES, CaseAttachmentRow, CasePartRow, DraftRow, BreachRow, RightsRequestRow,
    )  # fmt: skip
    for table in tables:
        for one in session.scalars(select(table.id)).all():
            if one in records:
                session.execute(delete(table).where(table.id == one))
    cases = 0
    for row in session.scalars(select(CaseRow)).all():
        if row.who_record in records:
            row.who_record = None
        if row.hold_record in records:
            row.hold_record = row.hold_until = None
        if row.what_record in records:
            row.what_record = row.retention_on = None
            row.is_open = False
            cases += 1
    session.flush()
    return cases
