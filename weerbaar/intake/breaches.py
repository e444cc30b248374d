"""The register of breaches of personal data (AVG article 33(5)), with its clock of 72 hours.

Whoever works here can report one; it is sealed to the coordinators who were admitted to the keys.
The clock and the decisions stand in the clear, so that the alarms need nobody's keys.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from uuid import UUID

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from weerbaar.accounts import envelopes, groups, notices, people, trail
from weerbaar.accounts.actors import Actor, Role
from weerbaar.accounts.envelopes import Kind
from weerbaar.accounts.house import House
from weerbaar.accounts.recipients import GroupName, Person
from weerbaar.accounts.vault import NoKeysYet, Vault
from weerbaar.config.clock import local
from weerbaar.intake import breaches_content, reminding
from weerbaar.intake import breaches_rules as rules
from weerbaar.intake.breaches_content import Breach
from weerbaar.intake.breaches_models import BreachRow
from weerbaar.intake.breaches_rules import Decision, Gap
from weerbaar.intake.casefile import keys_of
from weerbaar.intake.errors import CaseworkRefused
from weerbaar.intake.reminding import Reminder
from weerbaar.intake.retention_periods import periods
from weerbaar.intake.retention_rules import Category

PART = "breach"
FOUND = "breach_found"


class NoSuchBreach(CaseworkRefused):
    """There is none, or it is not sealed to this person."""


class NobodyHandles(CaseworkRefused):
    """No coordinator has been admitted to the keys: there is nobody to seal a breach to."""


class TimesDoNotFit(CaseworkRefused):
    """It was known before it was found, or either lies in the future."""


class Incomplete(CaseworkRefused):
    """A decision lacks something: `gaps` names it for `authority` and `persons`."""

    def __init__(self, gaps: dict[str, Gap]) -> None:
        self.gaps = gaps
        super().__init__("a decision lacks something")


class ChangedMeanwhile(CaseworkRefused):
    """Somebody else saved it since it was read."""


class NotDecided(CaseworkRefused):
    """It cannot be closed before it was decided whom to tell."""


@dataclass(frozen=True)
class Line:
    """A breach as the register shows it to whoever may see that there is one."""

    id: UUID
    known_at: datetime
    due_at: datetime
    authority: Decision
    persons: Decision
    is_open: bool
    created_day: date
    closed_day: date | None

    @property
    def runs(self) -> bool:
        """Whether the clock still runs."""
        return self.is_open and self.authority is Decision.UNDECIDED


def handlers(session: Session) -> frozenset[UUID]:
    """The coordinators to whom breaches are sealed: those who were admitted to the keys."""
    admitted = groups.members(session, GroupName.CONFIDANTS.value)
    return people.with_role(session, Role.COORDINATOR) & admitted


def report(session: Session, vault: Vault, actor: Actor, breach: Breach, now: datetime) -> UUID:
    """Put a breach in the register, sealed to the coordinators, and tell them at once.

    Args:
        session: the door commits.
        vault: public keys and the key store.
        actor: who reports it; he does not read it back unless he is a coordinator.
        breach: what is known; its decisions come later.
        now: the present instant, aware.

    Raises:
        TimesDoNotFit: known before it was found, or in the future.
        NobodyHandles: there is no coordinator with keys.
    """
    if not breach.found_at <= breach.known_at <= now:
        raise TimesDoNotFit
    recipients = [Person(one) for one in sorted(handlers(session))]
    if not recipients:
        raise NobodyHandles
    fresh = replace(breach, reported_by=str(actor.person_id), revision=1)
    record = envelopes.seal(
        session, vault, kind=Kind.BREACH, part=PART, plaintext=breaches_content.to_bytes(fresh),
        recipients=recipients, now=now,
    )  # fmt: skip
    _tell(session, actor, "breach.report", record, envelopes.stamp(session, record), now)
    session.add(
        BreachRow(
            id=record,
            known_at=rules.quarter(breach.known_at),
            authority=Decision.UNDECIDED.value,
            persons=Decision.UNDECIDED.value,
            created_day=local(now).date(),
        )
    )
    session.flush()
    key = f"{FOUND}:{record}"
    notices.post_to_role(session, Role.COORDINATOR, FOUND, now, key, without={actor.person_id})
    return record


def _tell(
    session: Session,
    actor: Actor,
    action: str,
    record: UUID,
    stamp: envelopes.Stamp,
    now: datetime,
) -> None:
    trail.record(
        session, actor, action, "envelope", record, now, version=stamp.version, digest=stamp.digest
    )


def register(session: Session) -> list[Line]:
    """Every breach, the newest first; what happened is not in it."""
    rows = session.scalars(
        select(BreachRow).order_by(BreachRow.is_open.desc(), BreachRow.known_at.desc())
    )
    return [_line(row) for row in rows]


def _line(row: BreachRow) -> Line:
    return Line(
        id=row.id,
        known_at=row.known_at,
        due_at=rules.due(row.known_at),
        authority=Decision(row.authority),
        persons=Decision(row.persons),
        is_open=row.is_open,
        created_day=row.created_day,
        closed_day=row.closed_day,
    )


def read(
    session: Session, vault: Vault, actor: Actor, breach_id: UUID, now: datetime
) -> tuple[Line, Breach]:
    """A breach; the reading leaves a trail.

    Whoever became coordinator since reads it from now on, and who is none any more does not.

    Raises:
        NoSuchBreach: there is none, or it is not sealed to this person.
    """
    row, breach = _open(session, vault, actor, breach_id)
    _keep_readers(session, vault, actor, breach_id, now)
    trail.record(session, actor, "breach.read", "breach", breach_id, now)
    return _line(row), breach


def _open(
    session: Session, vault: Vault, actor: Actor, breach_id: UUID, *, lock: bool = False
) -> tuple[BreachRow, Breach]:
    keys = keys_of(actor)
    row = session.get(BreachRow, breach_id, with_for_update=lock or None, populate_existing=lock)
    if row is None or keys.person_id not in handlers(session):
        raise NoSuchBreach
    try:
        plaintext = envelopes.open_one(session, vault, keys, breach_id, kind=Kind.BREACH, part=PART)
    except envelopes.NotAReader:
        raise NoSuchBreach from None
    return row, breaches_content.from_bytes(plaintext)


def _keep_readers(
    session: Session, vault: Vault, actor: Actor, breach_id: UUID, now: datetime
) -> None:
    keys, wanted = keys_of(actor), handlers(session)
    present = {
        one.recipient.person_id: one.has_key
        for one in envelopes.readers(session, breach_id)
        if isinstance(one.recipient, Person)
    }
    for person_id in sorted(one for one in wanted if not present.get(one)):
        try:
            envelopes.grant(session, vault, keys, breach_id, Person(person_id), now)
        except NoKeysYet:
            continue
        trail.record(session, actor, "breach.share-with", "person", person_id, now)
    for person_id in sorted(present.keys() - wanted):
        stamp = envelopes.revoke(session, vault, keys, breach_id, Person(person_id), now)
        _tell(session, actor, "breach.reseal", breach_id, stamp, now)
        trail.record(session, actor, "breach.revoke-from", "person", person_id, now)


def save(
    session: Session,
    vault: Vault,
    actor: Actor,
    breach_id: UUID,
    wanted: Breach,
    now: datetime,
) -> None:
    """Write what is known and what was decided.

    Args:
        session: the door commits.
        vault: the key store.
        actor: a coordinator to whom it is sealed.
        breach_id: which breach.
        wanted: what it must become; its revision is the one that was read.
        now: the present instant, aware.

    Raises:
        NoSuchBreach: there is none, or it is not sealed to this person, or it is closed.
        TimesDoNotFit: known before it was found, or in the future.
        Incomplete: a decision lacks something.
        ChangedMeanwhile: somebody else saved it since.
    """
    row, stored = _open(session, vault, actor, breach_id, lock=True)
    if not row.is_open:
        raise NoSuchBreach
    if wanted.revision != stored.revision:
        raise ChangedMeanwhile
    if not wanted.found_at <= wanted.known_at <= now:
        raise TimesDoNotFit
    gaps = {
        name: found
        for name, found in (
            (
                "authority",
                rules.gap(wanted.authority, wanted.known_at, now, rules.due(wanted.known_at)),
            ),
            ("persons", rules.gap(wanted.persons, wanted.known_at, now)),
        )
        if found is not None
    }
    if gaps:
        raise Incomplete(gaps)
    fresh = replace(wanted, reported_by=stored.reported_by, revision=stored.revision + 1)
    stamp = envelopes.replace(
        session, vault, keys_of(actor), breach_id, kind=Kind.BREACH, part=PART,
        plaintext=breaches_content.to_bytes(fresh), now=now,
    )  # fmt: skip
    _tell(session, actor, "breach.edit", breach_id, stamp, now)
    row.known_at = rules.quarter(fresh.known_at)
    row.authority, row.persons = fresh.authority.decision.value, fresh.persons.decision.value
    session.flush()


def close(session: Session, vault: Vault, actor: Actor, breach_id: UUID, now: datetime) -> None:
    """Close a breach; its clock falls back to the day.

    Raises:
        NoSuchBreach: there is none, it is not sealed to this person, or it was closed.
        NotDecided: it is not decided yet whom to tell.
    """
    row, _breach = _open(session, vault, actor, breach_id, lock=True)
    if not row.is_open:
        raise NoSuchBreach
    if Decision.UNDECIDED.value in (row.authority, row.persons):
        raise NotDecided
    row.is_open, row.closed_day = False, local(now).date()
    row.known_at = local(row.known_at).replace(hour=0, minute=0, second=0, microsecond=0)
    session.flush()
    notices.fall_back_to_day(session, [_key(code, breach_id) for code in _codes()])
    trail.record(session, actor, "breach.close", "breach", breach_id, now)


def _codes() -> list[str]:
    return [FOUND, *(code for code, _before in rules.STAGES)]


def _key(code: str, breach_id: UUID) -> str:
    return f"{code}:{breach_id}"


def remind(house: House, now: datetime) -> int:
    """The worker's duty: tell coordinators that the time is nearly up, and when it is.

    Args:
        house: the database.
        now: the present instant, aware.

    Returns:
        How many breaches somebody was to be told of; each stage is told once to each person.
    """
    return reminding.remind(house, now, _due)


def _due(session: Session, now: datetime) -> Iterator[Reminder]:
    rows = session.scalars(
        select(BreachRow).where(
            BreachRow.is_open.is_(True), BreachRow.authority == Decision.UNDECIDED.value
        )
    ).all()
    for row in rows:
        code = rules.stage(rules.due(row.known_at), now)
        if code is not None:
            yield Reminder(code, _key(code, row.id), coordinators=True)


# ---- what is kept, and for how long ----------------------------------------------------------


def due_to_go(session: Session, on: date, *, only: UUID | None = None) -> list[UUID]:
    """Closed breaches whose period is over on a local day, the earliest first."""
    oldest = on - timedelta(days=periods(session)[Category.BREACH])
    wanted = select(BreachRow.id).where(BreachRow.closed_day <= oldest)
    if only is not None:
        wanted = wanted.where(BreachRow.id == only)
    return list(session.scalars(wanted.order_by(BreachRow.closed_day, BreachRow.id)))


def destroy(
    session: Session, vault: Vault, actor: Actor, breach_id: UUID, now: datetime, why: str
) -> None:
    """Destroy a breach for good; one that is gone changes nothing."""
    gone = session.execute(
        delete(BreachRow).where(BreachRow.id == breach_id).returning(BreachRow.id)
    ).first()
    if gone is not None:
        envelopes.destroy(session, vault, breach_id, now, actor=actor, why=why)


def of_mine(lines: Iterable[Line], session: Session, actor: Actor) -> set[UUID]:
    """Which of these breaches this person can open."""
    if actor.keys is None:
        return set()
    return envelopes.can_open(session, actor.keys, [one.id for one in lines])
