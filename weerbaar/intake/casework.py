"""Cases: the only door to their plaintext.

A reader of the *what* part sees the incident, its notes and contact moments; a reader of the
*who* part also sees the person. Whoever reads neither gets the same answer as for a case that
does not exist.
"""

from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime, timedelta
from uuid import UUID, uuid4

from sqlalchemy import select
from sqlalchemy.orm import Session

from weerbaar.accounts import envelopes, notices, trail
from weerbaar.accounts.actors import Actor
from weerbaar.accounts.envelopes import Kind
from weerbaar.accounts.vault import Vault
from weerbaar.config.clock import local
from weerbaar.intake import casefile, content, deciding, figures, rules
from weerbaar.intake.casefile import WHO, keys_of
from weerbaar.intake.caseview import CaseView, Reader
from weerbaar.intake.content import WHAT_FIELDS, WHO_FIELDS, CaseFields, EntryKind, What, Who
from weerbaar.intake.errors import (
    CaseworkRefused,
    EditedMeanwhile,
    NothingToRecord,
    NotYourCase,
    NumberCannotBeKept,
    UnknownCode,
)
from weerbaar.intake.listing import CaseLine, Page, caseload
from weerbaar.intake.models import CaseRow
from weerbaar.intake.retention_periods import periods
from weerbaar.intake.retention_rules import Category

__all__ = [
    "CaseFields",
    "CaseLine",
    "CaseView",
    "CaseworkRefused",
    "EditedMeanwhile",
    "NotYourCase",
    "NothingToRecord",
    "NumberCannotBeKept",
    "Page",
    "Reader",
    "UnknownCode",
    "add_contact_moment",
    "add_note",
    "caseload",
    "cases_with_number",
    "close_case",
    "edit_case",
    "enter",
    "open_case",
    "read_case",
    "readers_of",
    "reopen_case",
    "titles",
]

TALK_NOTICE = "case-talk"


def open_case(
    session: Session,
    vault: Vault,
    actor: Actor,
    fields: CaseFields,
    now: datetime,
    *,
    call_id: UUID | None = None,
    at: datetime | None = None,
) -> UUID:
    """Record a new case, sealed to its author alone.

    Args:
        session: the database.
        vault: public keys and the key store.
        actor: the author.
        fields: what was filled in; numbers in E.164.
        now: the present instant, aware.
        call_id: the call it began with; kept inside the seal only.
        at: when the talk took place, if not now.

    Raises:
        NothingToRecord: neither a story nor a code word.
        UnknownCode: a code that its list does not have.
    """
    keys = keys_of(actor)
    fields = rules.checked(fields)
    case_id, today = uuid4(), local(now).date()
    who = Who(
        case_id=str(case_id), labels=rules.who_labels(fields), **content.pick(fields, WHO_FIELDS)
    )
    if who.safe_contact_agreed:
        who = replace(who, last_confirmed_at=now)
    what = What(
        case_id=str(case_id),
        opened_at=now,
        opened_by=str(keys.person_id),
        last_contact=at or now,
        call_id=str(call_id or ""),
        labels=rules.what_labels(fields),
        **content.pick(fields, WHAT_FIELDS),
    )
    row = CaseRow(id=case_id, created_day=today, is_open=True)
    row.who_record = casefile.seal_part(session, vault, actor, who, now)
    row.what_record = casefile.seal_part(session, vault, actor, what, now)
    session.add(row)
    session.flush()
    figures.keep(session, vault, row, what, who, now)
    trail.record(session, actor, "case.open", "case", case_id, now)
    return case_id


def read_case(
    session: Session, vault: Vault, actor: Actor, case_id: UUID, now: datetime
) -> CaseView:
    """A case with its timeline, oldest entry first; the reading leaves a trail.

    Raises:
        NotYourCase: unknown, or not shared with this person.
    """
    row = casefile.case_row(session, case_id)
    view = casefile.see(session, vault, keys_of(actor), row)
    figures.keep(session, vault, row, view.what, view.who, now)
    trail.record(session, actor, "case.read", "case", case_id, now)
    return view


def enter(session: Session, vault: Vault, actor: Actor, case_id: UUID, now: datetime) -> CaseRow:
    """Let a reader in to what belongs to a case, without opening all of it; it leaves a trail.

    Raises:
        NotYourCase: unknown, or not shared with this person.
    """
    row = casefile.case_row(session, case_id)
    casefile.open_what(session, vault, keys_of(actor), row)
    trail.record(session, actor, "case.read", "case", case_id, now)
    return row


def edit_case(
    session: Session,
    vault: Vault,
    actor: Actor,
    case_id: UUID,
    fields: CaseFields,
    now: datetime,
    *,
    what_version: int,
    who_version: int | None,
) -> None:
    """Change a case; a part in which nothing changed stays as it is.

    Args:
        session: the database.
        vault: public keys and the key store.
        actor: the writer.
        case_id: the case.
        fields: what it must become.
        now: the present instant, aware.
        what_version: the revision of the *what* part the writer had before him.
        who_version: the same of the *who* part; None for a reader of the *what* part alone.

    Raises:
        NotYourCase: unknown, or not shared with this person.
        EditedMeanwhile: a part he changes was changed by somebody else; nothing is saved.
        NothingToRecord: neither a story nor a code word would remain.
        UnknownCode: a code that its list does not have.
    """
    keys = keys_of(actor)
    row = casefile.case_row(session, case_id, lock=True)
    what = casefile.open_what(session, vault, keys, row)
    who = casefile.open_who(session, vault, keys, row)
    fields = rules.checked(fields, known_code_word=who is None)
    new_what = replace(what, **content.pick(fields, WHAT_FIELDS), labels=rules.what_labels(fields))
    new_who = who and replace(
        who, **content.pick(fields, WHO_FIELDS), labels=rules.who_labels(fields)
    )
    if new_who is not None and _agreed_anew(who, new_who):
        new_who = replace(new_who, last_confirmed_at=now)
    stale_what = new_what != what and what.revision != what_version
    stale_who = who is not None and new_who != who and who.revision != who_version
    if stale_what or stale_who:
        raise EditedMeanwhile(casefile.see(session, vault, keys, row))
    if new_what != what:
        new_what = replace(new_what, revision=what.revision + 1)
        casefile.save(session, vault, actor, row, new_what, now)
    if new_who is not None and who is not None and new_who != who:
        new_who = replace(new_who, revision=who.revision + 1)
        casefile.save(session, vault, actor, row, new_who, now)
    figures.keep(session, vault, row, new_what, new_who, now, before=(what, who))


def _agreed_anew(old: Who | None, new: Who) -> bool:
    return any(getattr(old, name) != getattr(new, name) for name in content.AGREEMENT)


def add_note(
    session: Session, vault: Vault, actor: Actor, case_id: UUID, text: str, now: datetime
) -> UUID:
    """Add a note to the timeline, for every reader of the *what* part.

    Raises:
        NotYourCase: unknown, or not shared with this person.
        NothingToRecord: the text is empty.
    """
    row = casefile.case_row(session, case_id, lock=True)
    casefile.open_what(session, vault, keys_of(actor), row)
    if not text.strip():
        raise NothingToRecord
    return casefile.add_entry(session, vault, actor, row, EntryKind.NOTE, text, now)


def add_contact_moment(
    session: Session,
    vault: Vault,
    actor: Actor,
    case_id: UUID,
    text: str,
    now: datetime,
    *,
    at: datetime | None = None,
    call_id: UUID | None = None,
    number: str | None = None,
) -> UUID:
    """Add a talk to the timeline; a closed case is open again after it.

    It is not where whoever had the talk does not decide over the case: then those who do are told.

    Args:
        session: the database.
        vault: public keys and the key store.
        actor: who had the talk.
        case_id: the case.
        text: what was said; may be empty where a call is meant.
        now: the present instant, aware.
        at: when the talk took place, if not now.
        call_id: the call, if it was one; kept inside the seal only.
        number: E.164; kept with the numbers of the person, never with the talk.

    Raises:
        NotYourCase: unknown, or not shared with this person.
        NumberCannotBeKept: the number is new and the *who* part is not this person's to change.
        NothingToRecord: neither a text nor a call.
    """
    keys = keys_of(actor)
    row = casefile.case_row(session, case_id, lock=True)
    what = casefile.open_what(session, vault, keys, row)
    if not text.strip() and call_id is None:
        raise NothingToRecord
    if number:
        _keep_number(session, vault, actor, row, number, now)
    if not row.is_open:
        if deciding.decides(session, vault, keys, row):
            _set_open(session, vault, actor, row, "", now, is_open=True)
        else:
            _tell_of_talk(session, row, now)
    moment = at or now
    if moment > what.last_contact:
        casefile.save(session, vault, actor, row, replace(what, last_contact=moment), now)
    return casefile.add_entry(
        session, vault, actor, row, EntryKind.CONTACT_MOMENT, text, now, at=moment, call_id=call_id
    )


def _tell_of_talk(session: Session, row: CaseRow, now: datetime) -> None:
    key = f"{TALK_NOTICE}:{row.id}:{local(now).date().isoformat()}"
    for reader in casefile.readers(session, row):
        if reader.who and reader.what:
            notices.post(session, reader.person_id, TALK_NOTICE, now, key=key)


def close_case(
    session: Session, vault: Vault, actor: Actor, case_id: UUID, now: datetime, *, text: str = ""
) -> None:
    """Close a case and set the day on which its content is destroyed; twice changes nothing.

    Raises:
        NotYourCase: unknown, or not shared with this person.
        NotYoursToDecide: he reads a part of it, or for a while only.
    """
    row = casefile.case_row(session, case_id, lock=True)
    deciding.check(session, vault, actor, row)
    if row.is_open:
        _set_open(session, vault, actor, row, text, now, is_open=False)


def reopen_case(
    session: Session, vault: Vault, actor: Actor, case_id: UUID, now: datetime, *, text: str = ""
) -> None:
    """Open a closed case again. Doing so to an open one changes nothing.

    Raises:
        NotYourCase: unknown, or not shared with this person.
        NotYoursToDecide: he reads a part of it, or for a while only.
    """
    row = casefile.case_row(session, case_id, lock=True)
    deciding.check(session, vault, actor, row)
    if not row.is_open:
        _set_open(session, vault, actor, row, text, now, is_open=True)


def cases_with_number(session: Session, vault: Vault, actor: Actor, number: str) -> list[UUID]:
    """The cases of this person, open or closed, in which a number stands, newest first.

    The numbers are compared here, in the reader's session: no index of them exists.

    Args:
        session: the database.
        vault: the key store.
        actor: the reader.
        number: E.164.
    """
    keys = keys_of(actor)
    rows = session.execute(
        select(CaseRow.who_record, CaseRow.id).order_by(CaseRow.created_day.desc(), CaseRow.id)
    )
    records = {record: case_id for record, case_id in rows if record is not None}
    sought = number.encode()
    found = {
        record
        for record, plaintext in envelopes.open_many(
            session, vault, keys, list(records), kind=Kind.CASE_WHO, part=WHO
        )
        if sought in plaintext and number in content.who_from(plaintext).numbers
    }
    return [case_id for record, case_id in records.items() if record in found]


def titles(
    session: Session, vault: Vault, actor: Actor, case_ids: Iterable[UUID], now: datetime
) -> dict[UUID, str]:
    """The titles of some cases of this person, to choose one from; those not his are left out."""
    keys = keys_of(actor)
    found: dict[UUID, str] = {}
    for case_id in case_ids:
        try:
            row = casefile.case_row(session, case_id)
            what = casefile.open_what(session, vault, keys, row)
        except NotYourCase:
            continue
        found[case_id] = content.title(what)
        trail.record(session, actor, "case.listed", "case", case_id, now)
    return found


def readers_of(session: Session, case_id: UUID) -> tuple[Reader, ...]:
    """Who can open a case, and which of its parts.

    Raises:
        NotYourCase: there is no such case.
    """
    return casefile.readers(session, casefile.case_row(session, case_id))


def _keep_number(
    session: Session, vault: Vault, actor: Actor, row: CaseRow, number: str, now: datetime
) -> None:
    who = casefile.open_who(session, vault, keys_of(actor), row)
    if who is None:
        raise NumberCannotBeKept
    if number in who.numbers:
        return
    if who.caller_number:
        grown = replace(who, other_numbers=(*who.other_numbers, number))
    else:
        grown = replace(who, caller_number=number)
    casefile.save(session, vault, actor, row, replace(grown, revision=who.revision + 1), now)


def _set_open(
    session: Session,
    vault: Vault,
    actor: Actor,
    row: CaseRow,
    text: str,
    now: datetime,
    *,
    is_open: bool,
) -> None:
    row.is_open = is_open
    kept = timedelta(days=periods(session)[Category.CASE_WHAT])
    row.retention_on = None if is_open else local(now).date() + kept
    kind = EntryKind.REOPENED if is_open else EntryKind.CLOSED
    casefile.add_entry(session, vault, actor, row, kind, text, now)
    action = "case.reopen" if is_open else "case.close"
    trail.record(session, actor, action, "case", row.id, now)
