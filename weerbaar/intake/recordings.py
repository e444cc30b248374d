"""Spoken messages of a case: kept, heard, shared; each with keys of its own.

A voice says who speaks, whatever it says. So a recording is sealed to those who read both parts of
the case, and is shared on purpose or not at all.
"""

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from weerbaar.accounts import envelopes, trail
from weerbaar.accounts.actors import Actor
from weerbaar.accounts.envelopes import Kind, LongContent
from weerbaar.accounts.keys import OpenKeys
from weerbaar.accounts.recipients import Person
from weerbaar.accounts.vault import Vault
from weerbaar.config.clock import local
from weerbaar.crypto.errors import CannotOpen
from weerbaar.intake import casefile
from weerbaar.intake.casefile import keys_of
from weerbaar.intake.caseview import Spoken
from weerbaar.intake.errors import NotYourCase
from weerbaar.intake.models import CaseRecordingRow, CaseRow

PART = "case"
# One reading of the trail for whoever listens, stops, goes back and listens on.
ONE_LISTENING = timedelta(minutes=30)


def keep(
    session: Session,
    vault: Vault,
    actor: Actor,
    case_id: UUID,
    facts: dict[str, Any],
    sound: Iterable[bytes],
    now: datetime,
) -> UUID:
    """Keep a spoken message with a case, sealed anew to everybody who reads both its parts.

    Args:
        session: the database.
        vault: public keys and the key store.
        actor: who keeps it; a reader of the case.
        case_id: the case.
        facts: media type, seconds, and when it was spoken; sealed with it.
        sound: the bytes, in pieces.
        now: the present instant, aware.

    Raises:
        NotYourCase: unknown, or not shared with this person.
    """
    keys = keys_of(actor)
    row = casefile.case_row(session, case_id, lock=True)
    casefile.open_what(session, vault, keys, row)
    both = {one.person_id for one in casefile.readers(session, row) if one.who and one.what}
    record = envelopes.seal_long(
        session, vault, kind=Kind.RECORDING, part=PART,
        facts={**facts, "case_id": str(case_id)}, content=sound,
        recipients=[Person(one) for one in sorted(both | {keys.person_id})], now=now,
    )  # fmt: skip
    stamp = envelopes.stamp(session, record)
    trail.record(
        session, actor, "case.seal", "envelope", record, now,
        version=stamp.version, digest=stamp.digest,
    )  # fmt: skip
    trail.record(session, actor, "message.keep", "case", case_id, now)
    session.add(CaseRecordingRow(id=record, case_id=case_id, created_day=local(now).date()))
    session.flush()
    return record


def of_case(session: Session, vault: Vault, keys: OpenKeys, row: CaseRow) -> tuple[Spoken, ...]:
    """The recordings of a case that this reader can hear, oldest first."""
    records = records_of(session, row.id)
    mine = envelopes.can_open(session, keys, records)
    found = [(record, _open(session, vault, keys, row.id, record)) for record in records
             if record in mine]  # fmt: skip
    spoken = [
        Spoken(record, datetime.fromisoformat(content.facts["at"]), content.facts["seconds"])
        for record, content in found
    ]
    return tuple(sorted(spoken, key=lambda one: one.at))


def records_of(session: Session, case_id: UUID) -> list[UUID]:
    """The envelopes of all spoken messages of a case, whoever can open them."""
    query = select(CaseRecordingRow.id).where(CaseRecordingRow.case_id == case_id)
    return list(session.scalars(query))


def _open(
    session: Session, vault: Vault, keys: OpenKeys, case_id: UUID, record: UUID
) -> LongContent:
    content = envelopes.open_long(session, vault, keys, record, kind=Kind.RECORDING, part=PART)
    if content.facts.get("case_id") != str(case_id):
        raise CannotOpen
    return content


def hear(
    session: Session, vault: Vault, actor: Actor, case_id: UUID, record: UUID, now: datetime
) -> LongContent:
    """The sound of a recording of a case; a listening leaves a trail once.

    Args:
        session: the database; the door commits, a first opening writes.
        vault: the key store.
        actor: who listens.
        case_id: the case.
        record: which recording.
        now: the present instant, aware.

    Raises:
        NotYourCase: there is no such recording for this person.
        CannotOpen: it was damaged or destroyed.
    """
    keys = keys_of(actor)
    row = casefile.case_row(session, case_id)
    casefile.open_what(session, vault, keys, row)
    if record not in records_of(session, case_id):
        raise NotYourCase(case_id)
    try:
        content = _open(session, vault, keys, case_id, record)
    except envelopes.NotAReader:
        raise NotYourCase(case_id) from None
    trail.record_once(
        session, actor, "message.listen", "case_recording", record, now, within=ONE_LISTENING
    )
    return content


def to_share(session: Session, keys: OpenKeys, row: CaseRow, person_id: UUID) -> list[UUID]:
    """The recordings of a case that the reader with these keys can open and a person cannot yet."""
    return [
        record
        for record in sorted(envelopes.can_open(session, keys, records_of(session, row.id)))
        if not any(
            one.recipient == Person(person_id) and one.has_key
            for one in envelopes.readers(session, record)
        )
    ]
