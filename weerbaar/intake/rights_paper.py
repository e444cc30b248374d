"""What of a case goes out of the house on paper: to the person himself, or for an aangifte.

Made in a reader's session from what he opens, and kept nowhere. Code words are never in it.
"""

import hashlib
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from uuid import UUID

from flask_babel import gettext as _
from sqlalchemy.orm import Session

from weerbaar.accounts import people, trail
from weerbaar.accounts.actors import Actor
from weerbaar.accounts.vault import Vault
from weerbaar.config.clock import local
from weerbaar.face import formats
from weerbaar.intake import (
    attachments,
    casefile,
    casework,
    consents,
    disclosures,
    follow_ups,
    recordings,
    referrals,
    reports,
    retention,
    rights_others,
    sharing,
    showing,
)
from weerbaar.intake.casefile import keys_of
from weerbaar.intake.caseview import CaseView
from weerbaar.intake.consent_codes import POLICE_COMPLAINT, ROUTES
from weerbaar.intake.content import Who
from weerbaar.intake.matching import Piece as Words
from weerbaar.intake.rights_others import LEFT_OUT, Other, leave_out
from weerbaar.intake.rights_rules import Piece

__all__ = [
    "LEFT_OUT",
    "Delicate",
    "File",
    "Paper",
    "Passage",
    "Purpose",
    "Source",
    "leave_out",
    "source",
    "tell",
]


class Purpose(StrEnum):
    """For whom a document is made; the code stands in the trail."""

    ACCESS = "access-document"
    COMPLAINT = "export"


@dataclass(frozen=True, repr=False)
class Passage:
    """A text of somebody, that can be left out as a whole.

    Args:
        key: what names it in a form.
        title: what it is.
        at: when it happened or was written; None for what has no moment of its own.
        text: as it was written.
    """

    key: str
    title: str
    at: datetime | None
    text: str

    def __repr__(self) -> str:
        return f"<Passage {self.key}>"


@dataclass(frozen=True, repr=False)
class Delicate:
    """A piece of which is decided whether the person gets it: telling may do harm.

    `of` is its local day; `typed` is what somebody typed of it, without our own words.
    """

    piece: Piece
    of: date
    passage: Passage
    typed: tuple[str, ...]

    def __repr__(self) -> str:
        return f"<Delicate {self.piece}>"


@dataclass(frozen=True, repr=False)
class File:
    """A file of the case as the list names it: the digest proves which file is meant."""

    name: str
    kind: str
    size: int
    at: datetime
    sha256: str

    def __repr__(self) -> str:
        return "<File>"


@dataclass(frozen=True, repr=False)
class Source:
    """Everything of a case that may go on paper, before anything is left out."""

    view: CaseView
    person: tuple[tuple[str, str], ...]
    incident: tuple[tuple[str, str], ...]
    passages: tuple[Passage, ...]
    files: tuple[File, ...]
    spoken: tuple[str, ...]
    readers: int
    others: tuple[Other, ...]
    delicate: tuple[Delicate, ...] = ()

    def __repr__(self) -> str:
        return "<Source>"

    def without(
        self, words: Collection[str], kept: Collection[str], *, says: bool = False
    ) -> "Paper":
        """The document with some words left out, and only some of the passages.

        Args:
            words: what is left out of every text.
            kept: keys of the passages and of the delicate pieces that stay.
            says: whether it says so where a delicate piece is left out.
        """
        told = [one.passage for one in self.delicate if one.passage.key in kept]
        return Paper(
            person=tuple((name, rights_others.struck(value, words)) for name, value in self.person),
            incident=self.incident,
            passages=tuple(
                (one, rights_others.leave_out(one.text, words))
                for one in (*self.passages, *told)
                if one.key in kept
            ),
            withheld=says and len(told) < len(self.delicate),
            # Where confidentiality was broken it would not be true.
            told_with_consent=all(one.piece is not Piece.DISCLOSURE for one in self.delicate),
            left_out=sum(one.key not in kept for one in self.passages),
            files=tuple(
                File(rights_others.struck(one.name, words), one.kind, one.size, one.at, one.sha256)
                for one in self.files
            ),
            spoken=self.spoken,
            readers=self.readers,
            retention_on=self.view.retention_on,
        )


@dataclass(frozen=True, repr=False)
class Paper:
    """A document as it is printed: marked pieces of a passage are left out."""

    person: tuple[tuple[str, str], ...]
    incident: tuple[tuple[str, str], ...]
    passages: tuple[tuple[Passage, list[Words]], ...]
    left_out: int
    withheld: bool
    told_with_consent: bool
    files: tuple[File, ...]
    spoken: tuple[str, ...]
    readers: int
    retention_on: date | None

    def __repr__(self) -> str:
        return "<Paper>"


def source(
    session: Session,
    vault: Vault,
    actor: Actor,
    case_id: UUID,
    purpose: Purpose,
    now: datetime,
) -> Source:
    """Open a case for a document; the reading leaves a trail.

    Args:
        session: the door commits, a first opening writes.
        vault: the key store.
        actor: who decides who reads the case.
        case_id: the case.
        purpose: for whom it is.
        now: the present instant, aware.

    Raises:
        NotYourCase: unknown, or not shared with this person.
        NotYoursToShare: he reads a part of it, or for a while only.
        NoConsent: it is for an aangifte, and no consent to that holds.
    """
    keys, row = keys_of(actor), casefile.case_row(session, case_id)
    if not sharing.decides(session, vault, keys, row):
        raise sharing.NotYoursToShare
    if purpose is Purpose.COMPLAINT:
        consents.demand(session, vault, actor, case_id, POLICE_COMPLAINT, now)
    view = casework.read_case(session, vault, actor, case_id, now)
    staff = {card.id: card.name for card in people.cards(session, vault).values()}
    passages = (*_passages(view), *_parts(session, vault, actor, case_id, purpose))
    files = tuple(
        File(one.name, one.kind.media_type, one.size, one.at, one.sha256)
        for one in attachments.of_case(session, vault, keys, row)
    )
    person = tuple(_person(view.who, purpose))
    # What was agreed may name who else answers the telephone.
    delicate = tuple(_delicate(session, vault, actor, case_id, purpose))
    texts = [one.text for one in passages] + [one.name for one in files]
    texts += [text for one in delicate for text in one.typed]
    texts += [value for _name, value in person]
    spoken = recordings.of_case(session, vault, keys, row)
    return Source(
        view=view,
        person=person,
        incident=tuple(_incident(view)),
        passages=passages,
        files=files,
        spoken=tuple(f"{formats.moment(one.at)}, {formats.span(one.seconds)}" for one in spoken),
        readers=sum(reader.what for reader in view.readers),
        others=tuple(rights_others.others(texts, view.who, list(staff.values()))),
        delicate=delicate,
    )


def tell(session: Session, actor: Actor, case_id: UUID, purpose: Purpose, now: datetime) -> None:
    """Leave in the trail that a document was made of a case, before it is sent."""
    trail.record(session, actor, f"case.{purpose.value}", "case", case_id, now)


def _person(who: Who | None, purpose: Purpose) -> list[tuple[str, str]]:
    if who is None:
        return []
    numbers = [formats.telephone(one) for one in sorted(who.numbers)]
    pairs = [
        (_("Naam"), who.name),
        (_("Functie"), showing.words("function", who.function)),
        (_("Gemeente of provincie"), showing.words("organisation", who.organisation)),
        (_("Telefoonnummers"), ", ".join(numbers)),
    ]
    if purpose is Purpose.ACCESS:
        pairs += [
            (_("Vaste uren om te bellen"), who.safe_hours),
            (_("Veilig te bereiken"), who.safe_windows),
            (_("Als een ander opneemt"), who.if_other_answers),
            (_("Wij noemen ons dan"), who.may_identify_as),
        ]
    return [(name, text) for name, text in pairs if text]


def _incident(view: CaseView) -> list[tuple[str, str]]:
    return [
        (_("Vastgelegd op"), formats.moment(view.what.opened_at)),
        (_("Laatste contact"), formats.moment(view.what.last_contact)),
        *showing.incident(view),
    ]


def _passages(view: CaseView) -> Iterator[Passage]:
    what = view.what
    for title, text in (
        (_("Verhaal"), what.narrative),
        (_("Hulpvraag"), what.request),
        (_("Advies en afspraken"), what.advice),
    ):
        if text:
            yield Passage(_key(title, None, text), title, None, text)
    titles = showing.entry_titles()
    for entry in view.entries:
        if entry.text:
            title = titles[entry.kind]
            yield Passage(_key(title, entry.at, entry.text), title, entry.at, entry.text)


def _parts(
    session: Session, vault: Vault, actor: Actor, case_id: UUID, purpose: Purpose
) -> Iterator[Passage]:
    """What was arranged for the person; notes that somebody keeps to himself are not among it."""
    found = [
        (_("Melding"), one.at, f"{_(ROUTES.label(one.route))}, {formats.day(one.on)}. {one.note}")
        for _record, one in reports.of_case(session, vault, actor, case_id)
    ]
    if purpose is Purpose.ACCESS:
        found += [
            (_("Toestemming"), one.at, f"{one.to_whom}: {one.scope} ({formats.day(one.given_on)})")
            for _record, one in consents.of_case(session, vault, actor, case_id)
        ]
        found += [
            (_("Doorverwijzing"), one.at, f"{one.to_whom}: {one.why} {one.told}")
            for _record, one in referrals.of_case(session, vault, actor, case_id)
        ]
        found += [
            (
                _("Vervolgafspraak"),
                one.at,
                f"{formats.day(one.due_on)}: {one.text} {one.came_of_it}",
            )
            for _record, one in follow_ups.of_case(session, vault, actor, case_id)
        ]
    for title, at, text in sorted(found, key=lambda one: one[1]):
        yield Passage(_key(title, at, text.strip()), title, at, text.strip())


def _delicate(
    session: Session, vault: Vault, actor: Actor, case_id: UUID, purpose: Purpose
) -> Iterator[Delicate]:
    """That confidentiality was broken, and why the case is held."""
    if purpose is not Purpose.ACCESS:
        return
    for _record, one in disclosures.of_case(session, vault, actor, case_id):
        title = _("Verteld zonder toestemming")
        lines = (
            (_("Aan wie:"), one.to_whom),
            (_("Wat is verteld:"), one.told),
            (_("Welk gevaar dreigde:"), one.harm),
            (_("Waarom vertellen hielp:"), one.helps),
            (_("Wat is gedaan om toestemming te krijgen:"), one.tried),
            (_("Waarom het niet anders kon:"), one.no_other_way),
        )
        text = "\n".join(f"{label} {value}" for label, value in lines)
        passage = Passage(_key(title, one.at, text), title, one.at, text)
        typed = tuple(value for _label, value in lines)
        yield Delicate(Piece.DISCLOSURE, local(one.at).date(), passage, typed)
    keeping = retention.keeping(session, vault, actor, case_id)
    if keeping.hold_until is not None:
        title = _("Waarom de casus langer wordt bewaard")
        # Who came to read the case later cannot open why: then he cannot tell it either.
        text = keeping.hold_reason or ""
        of = keeping.hold_until
        passage = Passage(_key(title, None, f"{of} {text}"), title, None, text)
        yield Delicate(Piece.HOLD, of, passage, (text,))


def _key(title: str, at: datetime | None, text: str) -> str:
    # Of what it says: a text that changed since somebody looked at it is another one.
    return hashlib.sha256(repr((title, at, text)).encode()).hexdigest()[:16]
