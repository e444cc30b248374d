"""Consent: what may be told, to whom and what for; given, limited, withdrawn, never forgotten.

Without a consent that holds nothing is told for that purpose: the verbs that tell ask `given` or
`demand` first. Who withdrew one stops what would come; the record that it was given stays, by
itself, when the case is gone.
"""

from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from uuid import UUID

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from weerbaar.accounts import trail
from weerbaar.accounts.actors import Actor
from weerbaar.accounts.vault import Vault
from weerbaar.config.clock import local
from weerbaar.intake import casefile, consent_codes, parts
from weerbaar.intake.casefile import keys_of
from weerbaar.intake.errors import CaseworkRefused, NoConsent, UnknownCode
from weerbaar.intake.models import CaseRow
from weerbaar.intake.part_contents import Bond, Consent
from weerbaar.intake.part_models import CasePartRow
from weerbaar.intake.retention_periods import periods
from weerbaar.intake.retention_rules import Category


class ConsentRefused(CaseworkRefused):
    """A consent says to whom and what, was not given in the future, and ends after it began."""


class NotWithdrawable(CaseworkRefused):
    """It was withdrawn already."""


@dataclass(frozen=True, repr=False)
class Terms:
    """What somebody consented to, as it is filled in; days are local.

    Args:
        purpose: a code of `consent_codes.PURPOSES`.
        to_whom: who may be told; a function is enough.
        scope: what exactly may be told.
        given_by: a code of `consent_codes.GIVERS`.
        how: a code of `consent_codes.HOW`.
        given_on: the day it was given.
        until: its last day; None without an end.
    """

    purpose: str
    to_whom: str
    scope: str
    given_by: str
    how: str
    given_on: date
    until: date | None = None

    def __repr__(self) -> str:
        return "<Terms>"


def give(
    session: Session, vault: Vault, actor: Actor, case_id: UUID, terms: Terms, now: datetime
) -> UUID:
    """Write down that somebody consented; sealed to whoever reads both parts of the case.

    Args:
        session: the database.
        vault: public keys and the key store.
        actor: who heard it; he reads both parts himself.
        case_id: the case.
        terms: to what.
        now: the present instant, aware.

    Raises:
        NotYourCase: unknown, or not shared with this person.
        WhoNotShared: he reads the *what* part only.
        ConsentRefused: without whom or what, from the future, or over already.
        UnknownCode: a code that its list does not have.
    """
    row = casefile.case_row(session, case_id, lock=True)
    _check(terms, local(now).date())
    consent = Consent(
        case_id=str(case_id),
        at=now,
        by=str(keys_of(actor).person_id),
        purpose=terms.purpose,
        to_whom=terms.to_whom.strip(),
        scope=terms.scope.strip(),
        given_by=terms.given_by,
        how=terms.how,
        given_on=terms.given_on,
        until=terms.until,
    )
    record = parts.add(session, vault, actor, row, consent, now)
    trail.record(session, actor, "consent.give", "case", case_id, now)
    return record


def _check(terms: Terms, today: date) -> None:
    for name, codes in (
        ("purpose", consent_codes.PURPOSES),
        ("given_by", consent_codes.GIVERS),
        ("how", consent_codes.HOW),
    ):
        if getattr(terms, name) not in codes:
            raise UnknownCode(name)
    if not terms.to_whom.strip() or not terms.scope.strip() or terms.given_on > today:
        raise ConsentRefused
    if terms.until is not None and terms.until < max(terms.given_on, today):
        raise ConsentRefused


def limit(
    session: Session,
    vault: Vault,
    actor: Actor,
    case_id: UUID,
    record: UUID,
    until: date,
    now: datetime,
) -> None:
    """Let a consent end on a day, which may lie before the one it had and not after it.

    Args:
        session: the database.
        vault: the key store.
        actor: who heard it.
        case_id: the case.
        record: which consent.
        until: its last local day, from today on.
        now: the present instant, aware.

    Raises:
        NotYourCase: there is no such consent for this person.
        ConsentRefused: it does not hold any more, or the day is past or later than the one it had.
    """
    row, consent = parts.one(session, vault, keys_of(actor), record, Consent, case_id=case_id)
    today = local(now).date()
    if (
        not consent.holds(today)
        or until < today
        or (consent.until is not None and until > consent.until)
    ):
        raise ConsentRefused
    parts.change(session, vault, actor, record, replace(consent, until=until), now)
    row.created_day = today
    trail.record(session, actor, "consent.limit", "case", case_id, now)


def withdraw(
    session: Session, vault: Vault, actor: Actor, case_id: UUID, record: UUID, now: datetime
) -> None:
    """End a consent today; the record that it was given stays.

    Args:
        session: the database.
        vault: the key store.
        actor: who heard it.
        case_id: the case.
        record: which consent.
        now: the present instant, aware.

    Raises:
        NotYourCase: there is no such consent for this person.
        NotWithdrawable: it was withdrawn before.
    """
    row, consent = parts.one(session, vault, keys_of(actor), record, Consent, case_id=case_id)
    if consent.withdrawn_on is not None:
        raise NotWithdrawable
    today = local(now).date()
    ended = replace(consent, withdrawn_on=today, withdrawn_by=str(keys_of(actor).person_id))
    parts.change(session, vault, actor, record, ended, now)
    row.created_day = today
    trail.record(session, actor, "consent.withdraw", "case", case_id, now)


def of_case(
    session: Session, vault: Vault, actor: Actor, case_id: UUID
) -> list[tuple[UUID, Consent]]:
    """The consents of a case that this reader can open, the oldest first; also of one that is gone.

    Args:
        session: the database; the door commits, a first opening writes.
        vault: the key store.
        actor: the reader.
        case_id: the case.
    """
    return parts.of_case(session, vault, keys_of(actor), case_id, Consent)


def given(
    session: Session, vault: Vault, actor: Actor, case_id: UUID, purpose: str, now: datetime
) -> bool:
    """Whether a consent for this purpose holds today, as far as this reader can open them.

    Args:
        session: the database; the door commits, a first opening writes.
        vault: the key store.
        actor: a reader of both parts of the case; another sees no consent, and is told no.
        case_id: the case.
        purpose: a code of `consent_codes.PURPOSES`.
        now: the present instant, aware.
    """
    today = local(now).date()
    return any(
        consent.purpose == purpose and consent.holds(today)
        for _record, consent in of_case(session, vault, actor, case_id)
    )


def demand(
    session: Session, vault: Vault, actor: Actor, case_id: UUID, purpose: str, now: datetime
) -> None:
    """Refuse what was not consented to. Args as `given`.

    Raises:
        NoConsent: no consent for this purpose holds.
    """
    if not given(session, vault, actor, case_id, purpose, now):
        raise NoConsent(purpose)


# ---- keeping them ------------------------------------------------------------------------


def due(session: Session, on: date, *, only: UUID | None = None) -> list[UUID]:
    """Consents whose period is over: not of an open case, and not of one that is held.

    Args:
        session: the database.
        on: the local day.
        only: look at this consent alone.
    """
    oldest = on - timedelta(days=periods(session)[Category.CONSENT])
    wanted = (
        select(CasePartRow.id)
        .join(CaseRow, CaseRow.id == CasePartRow.case_id)
        .where(
            CasePartRow.bond == Bond.CONSENT.value,
            CasePartRow.created_day <= oldest,
            CaseRow.is_open.is_(False),
            or_(CaseRow.hold_until.is_(None), CaseRow.hold_until < on),
        )
    )
    if only is not None:
        wanted = wanted.where(CasePartRow.id == only)
    return list(session.scalars(wanted.order_by(CasePartRow.created_day, CasePartRow.id)))


def destroy(
    session: Session, vault: Vault, actor: Actor, record: UUID, now: datetime, why: str
) -> None:
    """Destroy one consent whose period is over; the caller commits."""
    parts.destroy(session, vault, [record], now, actor=actor, why=why)


def kept_of_the_gone(session: Session, vault: Vault, actor: Actor) -> list[tuple[UUID, Consent]]:
    """The consents that this reader can open of cases that were destroyed, the oldest first.

    Args:
        session: the database; the door commits, a first opening writes.
        vault: the key store.
        actor: the reader.
    """
    gone = (
        select(CasePartRow.case_id)
        .join(CaseRow, CaseRow.id == CasePartRow.case_id)
        .where(CasePartRow.bond == Bond.CONSENT.value, CaseRow.what_record.is_(None))
        .distinct()
    )
    found = [
        pair
        for case_id in session.scalars(gone.order_by(CasePartRow.case_id))
        for pair in parts.of_case(session, vault, keys_of(actor), case_id, Consent)
    ]
    return sorted(found, key=lambda pair: (pair[1].at, pair[0]))
