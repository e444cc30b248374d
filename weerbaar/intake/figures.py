"""The facts of cases that are counted: sealed, kept in line with the cases, destroyed with them.

They are sealed to the group `figures` when a case is recorded and anew when they change. They
carry the first day of their quarter in place of the true one. Where a quarter is published they
go, and what is left are numbers (`figures_publishing`).
"""

import json
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import delete, func, insert, select, update
from sqlalchemy.orm import Session

from weerbaar.accounts import envelopes, service_keys
from weerbaar.accounts.actors import Actor
from weerbaar.accounts.envelopes import Kind
from weerbaar.accounts.models import DestructionRow
from weerbaar.accounts.notices import insert_once
from weerbaar.accounts.recipients import Group, GroupName
from weerbaar.accounts.vault import KeyNotTrusted, NoKeysYet, Vault
from weerbaar.config.log import logger
from weerbaar.crypto.errors import CannotOpen
from weerbaar.intake import figures_facts
from weerbaar.intake.content import What, Who
from weerbaar.intake.figures_facts import Incident, Quarter, Region
from weerbaar.intake.figures_models import CaseFiguresRow, FigureFactRow, FigureQuarterRow
from weerbaar.intake.models import CaseRow

PURPOSE = "case-figures"
INCIDENT, REGION = "incident", "region"
GROUP = Group(GroupName.FIGURES)

service_keys.bind(CaseFiguresRow, "link", PURPOSE, identity="case_id")

_log = logger("intake.figures")


@dataclass(frozen=True)
class _Link:
    """Where the facts of a case are; `seen` are the revisions of *what* and *who* they tell of."""

    facts: tuple[UUID, UUID]
    seen: tuple[int, int]


def keep(
    session: Session,
    vault: Vault,
    case: CaseRow,
    what: What,
    who: Who | None,
    now: datetime,
    *,
    before: tuple[What, Who | None] | None = None,
) -> None:
    """Bring the facts of a case in line with it, unless its quarter was published.

    Who reads only *what* cannot: it is done when somebody who reads both opens the case. A case
    is never refused because its facts cannot be sealed.

    Args:
        session: the caller commits.
        vault: keyring, key store and public keys.
        case: its row.
        what: its *what* part.
        who: its *who* part; None for who does not read it, or where it was destroyed.
        now: the present instant, aware.
        before: both parts as they were, where somebody has just changed them.

    Raises:
        KeyStoreGone: the key store cannot be reached.
    """
    if who is None:
        return
    seen, quarter = (what.revision, who.revision), Quarter.of(case.created_day)
    try:
        if _is_in_line(session, _link(session, vault, case.id), seen) or _frozen(session, quarter):
            return
        # Two who read at once come one after the other; the second finds it done.
        session.execute(select(CaseRow.id).where(CaseRow.id == case.id).with_for_update())
        link = _link(session, vault, case.id)
    except CannotOpen:
        # Sealed under a service key that is gone. New facts beside the old would count twice.
        _log.error("figures of a case not found", error="CannotOpen")
        return
    if _is_in_line(session, link, seen) or hold(session, quarter):
        return
    facts = figures_facts.facts_of(quarter, what, who)
    if link is not None and _same(link, before, facts, quarter) and _alive(session, link):
        _point(session, vault, case.id, _Link(link.facts, seen))
        return
    try:
        vault.public_key_of(session, GROUP)
    except (NoKeysYet, KeyNotTrusted) as error:
        # Coordinators are told by the watch over keys; the next reading tries again.
        _log.warning("figures not sealed", error=type(error).__name__)
        return
    if link is not None:
        destroy(session, vault, link.facts, now)
    records = (
        _seal(session, vault, quarter, INCIDENT, facts[0]),
        _seal(session, vault, quarter, REGION, facts[1]),
    )
    _point(session, vault, case.id, _Link(records, seen))


def _is_in_line(session: Session, link: _Link | None, seen: tuple[int, int]) -> bool:
    if link is None:
        return False
    newer = link.seen[0] > seen[0] or link.seen[1] > seen[1]
    return newer or (link.seen == seen and _alive(session, link))


def _same(
    link: _Link,
    before: tuple[What, Who | None] | None,
    facts: tuple[Incident, Region],
    quarter: Quarter,
) -> bool:
    if before is None or before[1] is None:
        return False
    old_what, old_who = before[0], before[1]
    if link.seen != (old_what.revision, old_who.revision):
        return False
    return figures_facts.facts_of(quarter, old_what, old_who) == facts


def _seal(
    session: Session, vault: Vault, quarter: Quarter, part: str, facts: Incident | Region
) -> UUID:
    # Neither the trail nor a day tells of it: both would lead to the case.
    record = envelopes.seal(
        session, vault, kind=Kind.FIGURES, part=part, plaintext=figures_facts.to_bytes(facts),
        recipients=[GROUP], now=quarter.stamp,
    )  # fmt: skip
    session.execute(insert(FigureFactRow).values(id=record, quarter=quarter.code, part=part))
    return record


def _frozen(session: Session, quarter: Quarter) -> bool:
    day = select(FigureQuarterRow.published_on).where(FigureQuarterRow.quarter == quarter.code)
    return session.scalar(day) is not None


def hold(session: Session, quarter: Quarter) -> bool:
    """Whether a quarter was published; until the commit nobody publishes it.

    Args:
        session: the caller commits.
        quarter: which.
    """
    present = select(FigureQuarterRow.published_on).where(FigureQuarterRow.quarter == quarter.code)
    found = session.execute(present.with_for_update(read=True)).first()
    if found is None:
        session.execute(
            insert_once(session, FigureQuarterRow)
            .values(quarter=quarter.code)
            .on_conflict_do_nothing()
        )
        found = session.execute(present.with_for_update(read=True)).one()
    return found.published_on is not None


def _link(session: Session, vault: Vault, case_id: UUID) -> _Link | None:
    sealed = session.scalar(select(CaseFiguresRow.link).where(CaseFiguresRow.case_id == case_id))
    if sealed is None:
        return None
    told = json.loads(vault.keyring.open(PURPOSE, bytes(sealed), case_id.bytes))
    incident, region = told["facts"]
    what, who = told["seen"]
    return _Link((UUID(incident), UUID(region)), (int(what), int(who)))


def _point(session: Session, vault: Vault, case_id: UUID, link: _Link) -> None:
    told = {"facts": [str(one) for one in link.facts], "seen": link.seen}
    sealed = vault.keyring.seal(PURPOSE, json.dumps(told).encode(), case_id.bytes)
    session.execute(delete(CaseFiguresRow).where(CaseFiguresRow.case_id == case_id))
    session.execute(insert(CaseFiguresRow).values(case_id=case_id, link=sealed))


def _alive(session: Session, link: _Link) -> bool:
    found = session.scalar(
        select(func.count()).select_from(FigureFactRow).where(FigureFactRow.id.in_(link.facts))
    )
    return found == len(link.facts)


def forget(session: Session, vault: Vault, case: CaseRow, now: datetime) -> None:
    """Destroy the facts of a case; what was published of it are numbers, and stay.

    Args:
        session: the caller commits; the secrets go with the commit.
        vault: keyring and key store.
        case: the row of a case that is destroyed.
        now: the present instant, aware.
    """
    hold(session, Quarter.of(case.created_day))
    try:
        link = _link(session, vault, case.id)
    except CannotOpen:
        # Sealed under a service key that is gone: the facts go with their quarter.
        _log.error("figures of a case not found", error="CannotOpen")
        link = None
    session.execute(delete(CaseFiguresRow).where(CaseFiguresRow.case_id == case.id))
    if link is not None:
        destroy(session, vault, link.facts, now)


def destroy(session: Session, vault: Vault, records: Iterable[UUID], now: datetime) -> None:
    """Destroy facts for good, with the commit of this session."""
    gone = list(records)
    session.execute(
        delete(FigureFactRow)
        .where(FigureFactRow.id.in_(gone))
        .execution_options(synchronize_session=False)
    )
    envelopes.destroy_all(session, vault, gone, now)


def destroy_published(
    session: Session, vault: Vault, actor: Actor, record: UUID, quarter: Quarter, now: datetime
) -> None:
    """Destroy a fact of a quarter that is published, and let the destruction log tell of that.

    Args:
        session: the caller commits.
        vault: key store.
        actor: who publishes.
        record: one fact of the quarter.
        quarter: which.
        now: the present instant, aware.
    """
    session.execute(delete(FigureFactRow).where(FigureFactRow.id == record))
    envelopes.destroy(session, vault, record, now, actor=actor, why=quarter.code)


def unlink(session: Session, quarter: Quarter) -> None:
    """Forget which facts belonged to the cases of a quarter.

    Args:
        session: the caller commits.
        quarter: one that is published.
    """
    cases = select(CaseRow.id).where(
        CaseRow.created_day >= quarter.first_day, CaseRow.created_day <= quarter.last_day
    )
    session.execute(
        delete(CaseFiguresRow)
        .where(CaseFiguresRow.case_id.in_(cases))
        .execution_options(synchronize_session=False)
    )


def freeze_published(session: Session) -> list[Quarter]:
    """Freeze the quarters that the destruction log says were published, after a restore.

    Their numbers went with the newer database. No fact of them is sealed anew: a second table of
    one quarter beside the first would show what both withhold.

    Args:
        session: the caller commits; the log of the key store is in it.

    Returns:
        The quarters that were not frozen in this database.
    """
    told = session.execute(
        select(DestructionRow.why, DestructionRow.day).where(
            DestructionRow.kind == Kind.FIGURES.value, DestructionRow.why.is_not(None)
        )
    ).all()
    frozen = []
    for code, day in told:
        quarter = Quarter.parse(code or "")
        if hold(session, quarter):
            continue
        session.execute(
            update(FigureQuarterRow)
            .where(FigureQuarterRow.quarter == quarter.code)
            .values(published_on=day)
            .execution_options(synchronize_session=False)
        )
        unlink(session, quarter)
        frozen.append(quarter)
    return frozen


def forget_lost(session: Session, lost: Iterable[UUID]) -> None:
    """Let facts go whose envelopes are about to go; a reader of the case seals them anew.

    Not those of a quarter that was published: it is frozen before.

    Args:
        session: the caller commits.
        lost: envelopes that open nothing any more.
    """
    freeze_published(session)
    records = set(lost)
    for one in session.scalars(select(FigureFactRow.id)).all():
        if one in records:
            session.execute(delete(FigureFactRow).where(FigureFactRow.id == one))
