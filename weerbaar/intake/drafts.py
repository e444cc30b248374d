"""Drafts: what somebody was writing, one for each person and form, sealed to him alone.

A draft needs no key to be kept, so text that arrives after a session was locked is kept too. It
needs his key to be read, so it is offered when he is back. Where he went on elsewhere meanwhile,
it is kept beside the draft there is, for him to choose.
"""

import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import bindparam, delete, insert, select
from sqlalchemy.orm import Session

from weerbaar.accounts import envelopes
from weerbaar.accounts.envelopes import Kind
from weerbaar.accounts.keys import OpenKeys
from weerbaar.accounts.recipients import Person
from weerbaar.accounts.vault import Vault
from weerbaar.config.clock import local
from weerbaar.crypto.errors import CannotOpen
from weerbaar.intake import rules
from weerbaar.intake.content import CaseFields
from weerbaar.intake.models import DraftRow

PART = "fields"
SCHEMA = 1

# Which state of a case its writer had before him: without it, going on with an old draft could
# quietly undo what a colleague changed since.
VERSIONS = frozenset({"what_version", "who_version"})

# What its writer had before him, as digests: which fields he changed since.
STOOD = "stood"

# Whatever else a form carries (its token, its buttons) is not kept.
TEXT_FIELDS = frozenset(CaseFields.__dataclass_fields__) - frozenset(rules.LISTS) - {"organisation"}
BESIDE = VERSIONS | {STOOD}
# Of the form for breaking confidentiality.
GROUNDS = frozenset({
    "tried", "conflict", "no_other_way", "harm", "helps", "told", "to_whom", "consulted",
    "not_told_why",
})  # fmt: skip
KEPT = TEXT_FIELDS | frozenset(rules.LISTS) | BESIDE | GROUNDS | {"organisation", "text", "reason"}
LONGEST = 60_000
# An earlier text is gone at once; its secret goes with the worker's next round, not with every
# saving: who types would wait for it each time.
SUPERSEDED = timedelta(seconds=1)

# Made once and run on the bare connection: who types waits for them every ten seconds.
_NEW_DRAFT = insert(DraftRow)
_NO_DRAFT = delete(DraftRow).where(DraftRow.id == bindparam("gone"))
_PRESENT = select(DraftRow.id).where(
    DraftRow.person_id == bindparam("person_id"), DraftRow.form == bindparam("form")
)
_PRESENT_LOCKED = _PRESENT.with_for_update()

_ID = r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}"
_FORM = re.compile(
    rf"new|handover|(?:record|finish|moment|edit|note|closing|back|disclosure)-{_ID}"
)
_PATHS = (
    (re.compile(r"/cases/new"), "new"),
    (re.compile(r"/roster/hand-over"), "handover"),
    (re.compile(rf"/calls/({_ID})/record"), "record-{}"),
    (re.compile(rf"/calls/({_ID})/close"), "finish-{}"),
    (re.compile(rf"/calls/({_ID})/contact"), "moment-{}"),
    (re.compile(rf"/cases/({_ID})/edit"), "edit-{}"),
    (re.compile(rf"/cases/({_ID})/notes"), "note-{}"),
    (re.compile(rf"/cases/({_ID})/(?:close|reopen)"), "closing-{}"),
    (re.compile(rf"/call-backs/({_ID})"), "back-{}"),
    (re.compile(rf"/cases/({_ID})/disclosures"), "disclosure-{}"),
)

Typed = Mapping[str, list[str]]


# Before the name of a form, for texts that came late and are kept beside its draft.
_BESIDE_MARK = "~"
_MOST_BESIDE = 9

# Named by who has no draft before him: what he sends then takes the place of none.
NONE = "none"


class UnknownForm(Exception):
    """No form of the house has that name."""


class DraftMovedOn(Exception):
    """The writer went on elsewhere: this is not the draft he had before him, or it is gone.

    `present` is the id of the one there is now; None when it was saved or thrown away.
    """

    def __init__(self, present: UUID | None) -> None:
        self.present = present
        super().__init__("the draft was changed elsewhere")


@dataclass(frozen=True, repr=False)
class Draft:
    """A draft that was opened: what stood in which field, and when that was."""

    id: UUID
    form: str
    saved_at: datetime
    fields: dict[str, list[str]]

    def __repr__(self) -> str:
        return "<Draft>"


@dataclass(frozen=True)
class Offer:
    """A draft that waits: the page on which its writer goes on, and when it was kept.

    Where there are several of one form that page is the one on which he chooses. `saved_at` is
    None while the writer's session is locked.
    """

    form: str
    path: str
    saved_day: date
    saved_at: datetime | None

    @property
    def kind(self) -> str:
        """What it is a draft of: `new`, or the word before the id (`record`, `note`, ...)."""
        return named(self.form).partition("-")[0]


def named(form: str) -> str:
    """The form of a draft, also of one that is kept beside another."""
    return form.rpartition(_BESIDE_MARK)[2]


def form_of(path: str) -> str | None:
    """The name of the form that is sent to a path; None for a form whose text is not kept."""
    if path.startswith("/drafts/"):
        name = path.removeprefix("/drafts/")
        return name if _FORM.fullmatch(name) else None
    for pattern, name in _PATHS:
        found = pattern.fullmatch(path)
        if found:
            return name.format(*found.groups())
    return None


def page_of(form: str) -> str:
    """The page that shows a form."""
    kind, _, target = named(form).partition("-")
    return {
        "new": "/cases/new",
        "handover": "/roster/hand-over",
        "record": f"/calls/{target}/record",
        "finish": f"/calls/{target}/close",
        "moment": f"/calls/{target}/record?cases=1",
        "edit": f"/cases/{target}/edit",
        "note": f"/cases/{target}",
        "closing": f"/cases/{target}",
        "back": f"/call-backs/{target}?note=1",
        "disclosure": f"/cases/{target}/disclosures",
    }[kind]


def allowed(fields: Any) -> dict[str, list[str]]:
    """The fields of a case or an entry that hold something, with codes that are on their lists.

    Args:
        fields: a mapping of names to a text or to several; the form of a request will do.
    """
    kept: dict[str, list[str]] = {}
    pairs: Iterable[tuple[str, Any]] = (
        fields.lists() if hasattr(fields, "lists") else fields.items()
    )
    for name, value in pairs:
        if name not in KEPT:
            continue
        texts = [value] if isinstance(value, str) else list(value)
        texts = [text[:LONGEST] for text in texts if text.strip() and rules.code_known(name, text)]
        if texts:
            kept[name] = texts
    return kept if kept.keys() - BESIDE else {}


def keep(
    session: Session,
    vault: Vault,
    person_id: UUID,
    form: str,
    fields: Any,
    now: datetime,
    *,
    before: str | None = None,
) -> bool:
    """Keep what was typed, in place of what was kept for this form before.

    Args:
        session: the database.
        vault: the person's public key and the key store.
        person_id: whose draft; nobody else can read it.
        form: the form's name.
        fields: the fields as sent; only those of a case are kept.
        now: the present instant, aware.
        before: the id of the draft that the writer had before him, or `NONE`; without it the new
            one takes the place of any.

    Returns:
        Whether there was anything to keep; an empty form leaves the earlier draft as it is.

    Raises:
        UnknownForm: no form has that name.
        DraftMovedOn: another draft stands there than the writer had before him; it stays.
    """
    if not _FORM.fullmatch(form):
        raise UnknownForm
    typed = allowed(fields)
    if not typed:
        return False
    present = id_of(session, person_id, form, lock=True)
    if before is not None and before != str(present or NONE):
        raise DraftMovedOn(present)
    _put(session, vault, person_id, form, typed, now, instead_of=present)
    return True


def _put(
    session: Session,
    vault: Vault,
    person_id: UUID,
    form: str,
    typed: dict[str, list[str]],
    now: datetime,
    *,
    instead_of: UUID | None,
) -> UUID:
    if instead_of is not None:
        session.connection().execute(_NO_DRAFT, {"gone": instead_of})
        envelopes.destroy(session, vault, instead_of, now, after=SUPERSEDED)
    document = {"schema": SCHEMA, "form": named(form), "saved_at": now.astimezone(UTC).isoformat()}
    record = envelopes.seal(
        session,
        vault,
        kind=Kind.DRAFT,
        part=PART,
        plaintext=json.dumps({**document, "fields": typed}, ensure_ascii=False).encode(),
        recipients=[Person(person_id)],
        now=now,
        record_id=uuid4(),
    )
    row = {
        "id": record, "person_id": person_id, "form": form, "created_day": local(now).date(),
    }  # fmt: skip
    session.connection().execute(_NEW_DRAFT, row)
    return record


def keep_late_form(
    session: Session,
    vault: Vault,
    person_id: UUID,
    path: str,
    fields: Any,
    now: datetime,
    *,
    before: str | None = None,
) -> UUID | None:
    """Keep the text of a form that came after its session was locked or had ended.

    It takes the place of the draft that its writer had before him and of no other: where another
    one stands it is kept beside that.

    Args:
        session: the database.
        vault: the person's public key and the key store.
        person_id: who typed it.
        path: where the form was sent.
        fields: the fields as sent.
        now: the present instant, aware.
        before: the id of the draft that the writer had before him, where the page says so.

    Returns:
        The draft that was kept; None for a form without case text.
    """
    form, typed = form_of(path), allowed(fields)
    if form is None or not typed:
        return None
    rows = {row.form: row.id for row in _rows(session, person_id, form, lock=True)}
    mine = next((place for place, record in rows.items() if str(record) == before), None)
    places = [form, *(f"{place}{_BESIDE_MARK}{form}" for place in range(1, _MOST_BESIDE + 1))]
    place = mine or next((one for one in places if one not in rows), places[-1])
    return _put(session, vault, person_id, place, typed, now, instead_of=rows.get(place))


def offered(session: Session, vault: Vault, keys: OpenKeys | None, person_id: UUID) -> list[Offer]:
    """The drafts that wait for a person, the newest first where his keys tell.

    Args:
        session: the database.
        vault: the key store.
        keys: of an unlocked session, or None.
        person_id: whose drafts.
    """
    rows = session.scalars(
        select(DraftRow)
        .where(DraftRow.person_id == person_id)
        .order_by(DraftRow.created_day.desc(), DraftRow.id)
    ).all()
    saved = {} if keys is None else {row.form: _open(session, vault, keys, row) for row in rows}
    offers = []
    for row in rows:
        draft = saved.get(row.form)
        if keys is None or draft is not None:
            moment = draft.saved_at if draft else None
            several = len({one.id for one in rows if named(one.form) == named(row.form)}) > 1
            path = page_to_choose(row.form) if several else page_of(row.form)
            offers.append(Offer(row.form, path, row.created_day, moment))
    oldest = datetime.min.replace(tzinfo=UTC)
    return sorted(offers, key=lambda offer: offer.saved_at or oldest, reverse=True)


def page_to_choose(form: str) -> str:
    """The page that shows every draft of a form beside one another."""
    return f"/drafts/{named(form)}/choose"


def beside(session: Session, person_id: UUID, form: str) -> int:
    """How many texts came late for a form and are kept beside its draft."""
    return sum(row.form != form for row in _rows(session, person_id, form))


def to_choose(session: Session, vault: Vault, keys: OpenKeys, form: str) -> list[Draft]:
    """Every draft of a form that opens: first the one the form goes on with, then those beside it.

    Args:
        session: the database.
        vault: the key store.
        keys: of the writer.
        form: the form's name.
    """
    opened = (_open(session, vault, keys, row) for row in _rows(session, keys.person_id, form))
    return [draft for draft in opened if draft is not None]


def choose(session: Session, person_id: UUID, form: str, draft_id: UUID) -> bool:
    """Let a form go on with one of its drafts; the one it had is kept beside it.

    Args:
        session: the caller commits.
        person_id: whose drafts.
        form: the form's name.
        draft_id: which of them.

    Returns:
        Whether there is such a draft.
    """
    rows = {row.form: row for row in _rows(session, person_id, form, lock=True)}
    chosen = next((row for row in rows.values() if row.id == draft_id), None)
    if chosen is None:
        return False
    place, present = chosen.form, rows.get(form)
    if present is not None and present is not chosen:
        # By way of a third name: two rows never bear the same.
        present.form = f"0{_BESIDE_MARK}{form}"
        session.flush()
    chosen.form = form
    session.flush()
    if present is not None and present is not chosen:
        present.form = place
        session.flush()
    return True


def draft_of(session: Session, vault: Vault, keys: OpenKeys, form: str) -> Draft | None:
    """The draft of a form for the person whose keys these are, opened; None without one."""
    row = _row(session, keys.person_id, form)
    return None if row is None else _open(session, vault, keys, row)


def id_of(session: Session, person_id: UUID, form: str, *, lock: bool = False) -> UUID | None:
    """Which draft of a form there is now; it is another after each keeping."""
    session.flush()
    wanted = {"person_id": person_id, "form": form}
    return session.connection().scalar(_PRESENT_LOCKED if lock else _PRESENT, wanted)


def drop(session: Session, vault: Vault, person_id: UUID, form: str, now: datetime) -> bool:
    """Destroy the draft of a form, after saving it or throwing it away.

    Returns:
        Whether there was one.
    """
    row = _row(session, person_id, form, lock=True)
    if row is None:
        return False
    session.delete(row)
    session.flush()
    envelopes.destroy(session, vault, row.id, now)
    return True


def drop_all(session: Session, vault: Vault, person_id: UUID, form: str, now: datetime) -> None:
    """Destroy the draft of a form and what came late beside it, where a right to write ends."""
    for row in _rows(session, person_id, form, lock=True):
        session.delete(row)
        session.flush()
        envelopes.destroy(session, vault, row.id, now)


def _row(session: Session, person_id: UUID, form: str, *, lock: bool = False) -> DraftRow | None:
    wanted = select(DraftRow).where(DraftRow.person_id == person_id, DraftRow.form == form)
    return session.scalars(wanted.with_for_update() if lock else wanted).first()


def _rows(session: Session, person_id: UUID, form: str, *, lock: bool = False) -> list[DraftRow]:
    wanted = (
        select(DraftRow)
        .where(
            DraftRow.person_id == person_id,
            (DraftRow.form == form) | DraftRow.form.endswith(f"{_BESIDE_MARK}{form}"),
        )
        .order_by(DraftRow.form)
    )
    found = session.scalars(wanted.with_for_update() if lock else wanted).all()
    return sorted(found, key=lambda row: row.form != form)


def _open(session: Session, vault: Vault, keys: OpenKeys, row: DraftRow) -> Draft | None:
    try:
        plaintext = envelopes.open_one(session, vault, keys, row.id, kind=Kind.DRAFT, part=PART)
    except (envelopes.NotAReader, CannotOpen):
        # A draft of a key pair that is gone is of no use to anybody.
        return None
    document = json.loads(plaintext)
    if document["form"] != named(row.form):
        return None
    return Draft(row.id, row.form, datetime.fromisoformat(document["saved_at"]), document["fields"])
