"""Referring somebody to another who can help, and introducing him there; only with his consent."""

from dataclasses import dataclass, replace
from datetime import date, datetime
from uuid import UUID

from sqlalchemy.orm import Session

from weerbaar.accounts import trail
from weerbaar.accounts.actors import Actor
from weerbaar.accounts.vault import Vault
from weerbaar.config.clock import local
from weerbaar.intake import casefile, consents, parts
from weerbaar.intake.casefile import keys_of
from weerbaar.intake.consent_codes import REFERRAL
from weerbaar.intake.errors import CaseworkRefused, NothingToRecord
from weerbaar.intake.part_contents import Referral


class ReferralRefused(CaseworkRefused):
    """A day lies in the future, or somebody took over before he was introduced."""


@dataclass(frozen=True, repr=False)
class Facts:
    """A referral as it is filled in.

    Args:
        to_whom: who is to help; a function or an organisation is enough.
        why: what for.
        is_warm: whether we introduce him there ourselves.
        told: what we tell there.
    """

    to_whom: str
    why: str
    is_warm: bool
    told: str = ""

    def __repr__(self) -> str:
        return "<Facts>"


def refer(
    session: Session, vault: Vault, actor: Actor, case_id: UUID, facts: Facts, now: datetime
) -> UUID:
    """Write down to whom somebody is referred.

    Giving somebody an address to go to himself tells nobody anything. An introduction does: it asks
    for a consent that holds.

    Args:
        session: the database.
        vault: public keys and the key store.
        actor: a reader of both parts of the case.
        case_id: the case.
        facts: what was filled in.
        now: the present instant, aware.

    Raises:
        NotYourCase: unknown, or not shared with this person.
        WhoNotShared: he reads the *what* part only.
        NothingToRecord: without whom.
        NoConsent: an introduction without consent.
    """
    row = casefile.case_row(session, case_id, lock=True)
    if not facts.to_whom.strip():
        raise NothingToRecord
    if facts.is_warm:
        consents.demand(session, vault, actor, case_id, REFERRAL, now)
    referral = Referral(
        case_id=str(case_id), at=now, by=str(keys_of(actor).person_id),
        to_whom=facts.to_whom.strip(), why=facts.why.strip(), is_warm=facts.is_warm,
        told=facts.told.strip() if facts.is_warm else "",
    )  # fmt: skip
    record = parts.add(session, vault, actor, row, referral, now)
    trail.record(session, actor, "referral.make", "case", case_id, now)
    return record


def introduce(
    session: Session,
    vault: Vault,
    actor: Actor,
    case_id: UUID,
    record: UUID,
    on: date,
    now: datetime,
) -> None:
    """Note when somebody was introduced; the consent must still hold.

    Args:
        session: the database.
        vault: the key store.
        actor: a reader of both parts of the case.
        case_id: the case.
        record: which referral.
        on: the local day.
        now: the present instant, aware.

    Raises:
        NotYourCase: there is no such referral for this person.
        ReferralRefused: the day lies in the future, or nobody is introduced in this one.
        NoConsent: the consent was withdrawn or is over.
    """
    _row, referral = parts.one(session, vault, keys_of(actor), record, Referral, case_id=case_id)
    if not referral.is_warm or on > local(now).date():
        raise ReferralRefused
    consents.demand(session, vault, actor, case_id, REFERRAL, now)
    parts.change(session, vault, actor, record, replace(referral, introduced_on=on), now)
    trail.record(session, actor, "referral.introduce", "case", case_id, now)


def take_over(
    session: Session,
    vault: Vault,
    actor: Actor,
    case_id: UUID,
    record: UUID,
    on: date,
    now: datetime,
) -> None:
    """Note when the other took over. Args as `introduce`.

    Raises:
        NotYourCase: there is no such referral for this person.
        ReferralRefused: the day lies in the future, or before the introduction.
    """
    _row, referral = parts.one(session, vault, keys_of(actor), record, Referral, case_id=case_id)
    begun = referral.introduced_on
    if on > local(now).date() or (referral.is_warm and (begun is None or on < begun)):
        raise ReferralRefused
    parts.change(session, vault, actor, record, replace(referral, taken_over_on=on), now)
    trail.record(session, actor, "referral.take_over", "case", case_id, now)


def of_case(
    session: Session, vault: Vault, actor: Actor, case_id: UUID
) -> list[tuple[UUID, Referral]]:
    """The referrals of a case that this reader can open, the oldest first."""
    return parts.of_case(session, vault, keys_of(actor), case_id, Referral)
