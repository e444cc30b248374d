"""Breaking confidentiality without consent: a last resort, on record, under two pairs of eyes.

All grounds must be there, each with its reason (domain reference, section 7). Who decides names a
colleague who looks along: that one reads this form and nothing else of the case.
"""

from dataclasses import dataclass, fields, replace
from datetime import datetime
from uuid import UUID

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from weerbaar.accounts import envelopes, notices, people, trail
from weerbaar.accounts.actors import Actor, Role
from weerbaar.accounts.recipients import Person
from weerbaar.accounts.vault import NoKeysYet, Vault
from weerbaar.config.clock import local
from weerbaar.intake import casefile, parts, sharing
from weerbaar.intake.casefile import keys_of
from weerbaar.intake.errors import CaseworkRefused, NotYourCase
from weerbaar.intake.part_contents import Bond, Disclosure
from weerbaar.intake.part_models import CasePartRow, CaseWaitingRow

NOTICE, NOTICE_ANSWERED = "second-eyes", "second-eyes-done"


class GroundMissing(CaseworkRefused):
    """A ground has no reason: then confidentiality is not broken. It is named, with no text."""

    def __init__(self, names: tuple[str, ...]) -> None:
        self.names = names
        super().__init__(", ".join(names))


class NotASecondPair(CaseworkRefused):
    """The second pair of eyes is somebody else, who works on cases and has keys."""


class LookedAlready(CaseworkRefused):
    """The second pair of eyes has answered before."""


@dataclass(frozen=True, repr=False)
class Grounds:
    """The reasons, as they are filled in.

    Args:
        tried: what was done to get consent.
        conflict: why keeping silent brings the confidant into serious conflict of conscience.
        no_other_way: why there is no other way.
        harm: which serious harm or danger is nearly certain.
        helps: why telling helps against it.
        told: what is told: as little as possible.
        to_whom: to whom.
        consulted: with whom it was talked over.
        official_told: whether the person it is about knows.
        not_told_why: why not, where he does not.
    """

    tried: str
    conflict: str
    no_other_way: str
    harm: str
    helps: str
    told: str
    to_whom: str
    consulted: str
    official_told: bool
    not_told_why: str = ""

    def __repr__(self) -> str:
        return "<Grounds>"

    def missing(self) -> tuple[str, ...]:
        """The fields that must hold a text and do not."""
        empty = [
            one.name
            for one in fields(self)
            if one.name not in {"official_told", "not_told_why"}
            and not getattr(self, one.name).strip()
        ]
        if not self.official_told and not self.not_told_why.strip():
            empty.append("not_told_why")
        return tuple(empty)


def decide(
    session: Session,
    vault: Vault,
    actor: Actor,
    case_id: UUID,
    grounds: Grounds,
    second: UUID,
    now: datetime,
) -> UUID:
    """Write down that confidentiality is broken, and ask a colleague to look along.

    Args:
        session: the database.
        vault: public keys and the key store.
        actor: who decides; he reads both parts of the case.
        case_id: the case.
        grounds: the reasons.
        second: the second pair of eyes; a coordinator where there is one.
        now: the present instant, aware.

    Raises:
        NotYourCase: unknown, or not shared with this person.
        WhoNotShared: he reads the *what* part only.
        GroundMissing: not all grounds are there.
        NotASecondPair: it is he himself, or no confidant or coordinator with keys.
    """
    row = casefile.case_row(session, case_id, lock=True)
    missing = grounds.missing()
    if missing:
        raise GroundMissing(missing)
    keys = keys_of(actor)
    if second == keys.person_id or second not in may_look(session):
        raise NotASecondPair
    texts = {one.name: getattr(grounds, one.name) for one in fields(grounds)}
    texts = {name: text.strip() if isinstance(text, str) else text for name, text in texts.items()}
    if grounds.official_told:
        texts["not_told_why"] = ""
    part = Disclosure(
        case_id=str(case_id), at=now, by=str(keys.person_id), second=str(second), **texts
    )
    try:
        sharing.check_receiver(session, vault, second)
        record = parts.add(session, vault, actor, row, part, now, also=[second])
    except (sharing.CannotReceive, NoKeysYet):
        raise NotASecondPair from None
    session.add(CaseWaitingRow(part_id=record, person_id=second, due_on=local(now).date()))
    session.flush()
    trail.record(session, actor, "disclosure.decide", "case", case_id, now)
    trail.record(session, actor, "disclosure.ask", "person", second, now)
    notices.post(session, second, NOTICE, now, key=f"{NOTICE}:{record}")
    return record


def may_look(session: Session) -> frozenset[UUID]:
    """Who can be a second pair of eyes: confidants and coordinators, no experts and no peers."""
    return people.with_role(session, Role.CONFIDANT, Role.COORDINATOR)


def seconds_of(session: Session, case_id: UUID) -> set[UUID]:
    """Everybody who reads a form of this case, also who reads nothing else of it."""
    forms = select(CasePartRow.id).where(
        CasePartRow.case_id == case_id, CasePartRow.bond == Bond.BOTH.value
    )
    return {
        reader.recipient.person_id
        for record in session.scalars(forms)
        for reader in envelopes.readers(session, record)
        if isinstance(reader.recipient, Person)
    }


def ask_no_more(session: Session, case_id: UUID, person_id: UUID) -> None:
    """Let no form of a case wait for somebody whose right to it was taken back."""
    forms = select(CasePartRow.id).where(
        CasePartRow.case_id == case_id, CasePartRow.bond == Bond.BOTH.value
    )
    session.execute(
        delete(CaseWaitingRow)
        .where(CaseWaitingRow.person_id == person_id, CaseWaitingRow.part_id.in_(forms))
        .execution_options(synchronize_session=False)
    )


def of_case(
    session: Session, vault: Vault, actor: Actor, case_id: UUID
) -> list[tuple[UUID, Disclosure]]:
    """What was told of a case without consent, the oldest first, as far as this reader opens it."""
    return parts.of_case(session, vault, keys_of(actor), case_id, Disclosure)


def waiting(session: Session, actor: Actor) -> list[UUID]:
    """The forms that wait for this person as the second pair of eyes."""
    rows = session.scalars(
        select(CaseWaitingRow.part_id)
        .join(CasePartRow, CasePartRow.id == CaseWaitingRow.part_id)
        .where(CaseWaitingRow.person_id == actor.person_id, CasePartRow.bond == Bond.BOTH.value)
    )
    return sorted(rows)


def look(session: Session, vault: Vault, actor: Actor, record: UUID, now: datetime) -> Disclosure:
    """A form, for the second pair of eyes; the reading leaves a trail.

    Args:
        session: the database; the door commits, a first opening writes.
        vault: the key store.
        actor: who looks along.
        record: which form.
        now: the present instant, aware.

    Raises:
        NotYourCase: there is none for this person.
    """
    _row, part = parts.one(session, vault, keys_of(actor), record, Disclosure)
    if part.second != str(keys_of(actor).person_id):
        raise NotYourCase(record)
    trail.record(session, actor, "disclosure.read", "disclosure", record, now)
    return part


def answer(
    session: Session,
    vault: Vault,
    actor: Actor,
    record: UUID,
    remark: str,
    now: datetime,
    *,
    agrees: bool,
) -> None:
    """Say as the second pair of eyes whether the grounds are there; once.

    Args:
        session: the database.
        vault: the key store.
        actor: the second pair of eyes.
        record: which form.
        remark: what he has to say of it; asked for where he disagrees.
        now: the present instant, aware.
        agrees: whether the grounds are there, to him.

    Raises:
        NotYourCase: there is none for this person.
        LookedAlready: he answered before.
        GroundMissing: he disagrees and does not say why.
    """
    row, part = parts.one(session, vault, keys_of(actor), record, Disclosure)
    if part.second != str(keys_of(actor).person_id):
        raise NotYourCase(record)
    if part.second_at is not None:
        raise LookedAlready
    if not agrees and not remark.strip():
        raise GroundMissing(("remark",))
    seen = replace(part, second_at=now, second_agrees=agrees, second_remark=remark.strip())
    parts.change(session, vault, actor, record, seen, now)
    session.execute(delete(CaseWaitingRow).where(CaseWaitingRow.part_id == record))
    action = "disclosure.agree" if agrees else "disclosure.disagree"
    trail.record(session, actor, action, "case", row.case_id, now)
    notices.post(session, UUID(part.by), NOTICE_ANSWERED, now, key=f"{NOTICE_ANSWERED}:{record}")
