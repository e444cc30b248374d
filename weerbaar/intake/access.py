"""Who may read a case and who has read it, for its readers to see."""

from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from sqlalchemy.orm import Session

from weerbaar.accounts import envelopes, people, trail_reading
from weerbaar.accounts.actors import Actor
from weerbaar.accounts.recipients import Person
from weerbaar.accounts.trail_reading import Fact
from weerbaar.accounts.vault import Vault
from weerbaar.intake import (
    attachments,
    casefile,
    casework,
    disclosures,
    grants,
    recordings,
    sharing,
)
from weerbaar.intake.casefile import WHAT, WHO

# The newest facts; older ones are in the trail.
NEWEST = 200
# A row beside another that says the same.
_DOUBLE = ("case.seal", "case.reseal")


@dataclass(frozen=True)
class Access:
    """What one person may read of a case.

    Args:
        person_id: who.
        who, what: whether he reads that part.
        who_since, what_since: the first day of it.
        until: the last local day; None without an end.
        given_by: who shared it with him; None for whoever began the case.
        works_on_cases: False for who left, or lost the role: his right opens nothing any more.
        looks_along: he reads a form for breaking confidentiality alone, as its second pair of eyes.
    """

    person_id: UUID
    who: bool
    what: bool
    who_since: date | None
    what_since: date | None
    until: date | None
    given_by: UUID | None
    works_on_cases: bool
    looks_along: bool = False


def of_case(
    session: Session, vault: Vault, actor: Actor, case_id: UUID, now: datetime
) -> tuple[list[Access], list[Fact]]:
    """Who may read a case, and the newest of what was done with it.

    Args:
        session: the database.
        vault: public keys and the key store.
        actor: a reader of the case; the reading leaves a trail.
        case_id: the case.
        now: the present instant, aware.

    Raises:
        NotYourCase: unknown, or not shared with this person.
    """
    view = casework.read_case(session, vault, actor, case_id, now)
    row = casefile.case_row(session, case_id)
    who_since, what_since = _since(session, row.who_record), _since(session, row.what_record)
    given = grants.of_case(session, case_id)
    cards = people.cards(session, vault, [reader.person_id for reader in view.readers])
    found = []
    for reader in view.readers:
        grant, card = given.get(reader.person_id), cards.get(reader.person_id)
        found.append(
            Access(
                person_id=reader.person_id,
                who=reader.who,
                what=reader.what,
                who_since=who_since.get(reader.person_id),
                what_since=what_since.get(reader.person_id),
                until=grant.ends_on if grant else None,
                given_by=grant.given_by if grant else None,
                works_on_cases=card is not None and sharing.works_on_cases(card),
            )
        )
    read = {reader.person_id for reader in view.readers}
    for person_id in sorted(disclosures.seconds_of(session, case_id) - read):
        card = people.cards(session, vault, [person_id]).get(person_id)
        works = card is not None and sharing.works_on_cases(card)
        found.append(
            Access(
                person_id=person_id, who=False, what=False, who_since=None, what_since=None,
                until=None, given_by=None, works_on_cases=works, looks_along=True,
            )
        )  # fmt: skip
    records = [
        *sharing.records_of_part(session, row, WHO),
        *sharing.records_of_part(session, row, WHAT),
        *recordings.records_of(session, case_id),
        *attachments.records_of(session, case_id),
    ]
    facts = trail_reading.of_objects(session, [case_id, *records], without=_DOUBLE, newest=NEWEST)
    return found, facts


def last_change(session: Session, case_id: UUID) -> Fact | None:
    """Who changed the fields of a case last, and when; None where the trail no longer tells.

    Raises:
        NotYourCase: there is no such case.
    """
    row = casefile.case_row(session, case_id)
    records = [record for record in (row.who_record, row.what_record) if record is not None]
    facts = trail_reading.of_objects(session, records, newest=NEWEST)
    return next((fact for fact in facts if fact.action == "case.reseal"), None)


def _since(session: Session, record: UUID | None) -> dict[UUID, date]:
    if record is None:
        return {}
    return {
        reader.recipient.person_id: reader.since
        for reader in envelopes.readers(session, record)
        if isinstance(reader.recipient, Person)
    }
