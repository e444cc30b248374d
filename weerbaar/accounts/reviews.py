"""Reviewing rights: begun, judged person by person, signed, and frozen as a record.

What somebody judged, with the rights that he saw, is sealed under the service keys like the names
of the staff: whoever writes the database alone changes no judgement. When the review is signed,
everything becomes one record; its digest stands in the trail's chain, so that `weerbaar trail
verify` finds one that was changed or taken away.
"""

import hashlib
import json
import secrets
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import delete, func, insert, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from weerbaar.accounts import notices, people, reviews_rules, service_keys, trail
from weerbaar.accounts.actors import Actor, Role
from weerbaar.accounts.models import InstallationRow
from weerbaar.accounts.reviews_facts import Facts, Temporary, facts_of, from_plain, plain
from weerbaar.accounts.reviews_models import JudgementRow, ReviewRow
from weerbaar.accounts.reviews_rules import AHEAD, Scope, Verdict
from weerbaar.accounts.trail_proof import Finding
from weerbaar.accounts.vault import Stores, Vault
from weerbaar.config.clock import local
from weerbaar.crypto.errors import CannotOpen

KIND, NOTICE = "review", "review_due"
RECORD, JUDGEMENT = "rights-review", "rights-judgement"
OPEN, HALF, SIGNED = "open", "half", "signed"
FORMAT = 1


class ReviewOver(Exception):
    """There is no such review, or it is signed already."""


class NotYourself(Exception):
    """Nobody judges his own rights, or signs a second time what is about himself."""


class NotAllJudged(Exception):
    """Somebody was not judged yet, or his rights are not those that were judged."""

    def __init__(self, number: int) -> None:
        self.number = number
        super().__init__(f"{number} people")


class RecordLost(Exception):
    """The record of a review went with its period, or is not the one that was signed."""


@dataclass(frozen=True, slots=True)
class Judgement:
    """What was judged of somebody, on what was seen of him."""

    facts: Facts
    verdict: Verdict
    remark: str = field(repr=False)
    by: UUID
    on: date


@dataclass(frozen=True, slots=True)
class Line:
    """One person of a review; without facts he left since, without a judgement it is to come."""

    person_id: UUID
    facts: Facts | None
    judgement: Judgement | None

    @property
    def changed(self) -> bool:
        """Whether his rights are others than those that were judged."""
        return self.judgement is not None and (
            self.facts is None or self.facts.rights != self.judgement.facts.rights
        )

    @property
    def settled(self) -> bool:
        """Whether nothing has to be judged any more: what did not fit may have been changed."""
        if self.judgement is None:
            return False
        return not self.changed or self.judgement.verdict is Verdict.NOT_ANY_MORE


@dataclass(frozen=True, slots=True)
class Review:
    """A review as it stands; `first_by` signed it once."""

    id: UUID
    scope: Scope
    state: str
    begun_by: UUID
    begun_day: date
    signed_day: date | None
    people: int
    findings: int
    first_by: UUID | None = None


@dataclass(frozen=True, slots=True)
class Due:
    """When the next review of a scope must be signed, and how it stands."""

    scope: Scope
    last: date | None
    on: date
    present: Review | None

    def soon(self, today: date) -> bool:
        """Whether it is time to begin, or to go on."""
        return today >= self.on - AHEAD

    def late(self, today: date) -> bool:
        """Whether it should have been signed."""
        return today > self.on


def begin(session: Session, actor: Actor, scope: Scope, now: datetime) -> UUID:
    """Begin a review, or go on with the one that is open.

    Args:
        session: the door commits.
        actor: who begins.
        scope: whose rights.
        now: the instant, aware.
    """
    assert actor.person_id is not None
    review_id = uuid4()
    try:
        with session.begin_nested():
            session.execute(
                insert(ReviewRow).values(
                    id=review_id, scope=scope.value, state=OPEN, begun_by=actor.person_id,
                    begun_day=local(now).date(), people=0, findings=0,
                )
            )  # fmt: skip
    except IntegrityError:
        running = select(ReviewRow.id).where(
            ReviewRow.scope == scope.value, ReviewRow.state != SIGNED
        )
        return session.execute(running).scalar_one()
    trail.record(session, actor, "review.begin", KIND, review_id, now, outcome=scope.value)
    return review_id


def judge(
    session: Session,
    vault: Vault,
    actor: Actor,
    review_id: UUID,
    person_id: UUID,
    verdict: Verdict,
    remark: str,
    temporary: Mapping[UUID, Temporary],
    now: datetime,
) -> None:
    """Judge a person's rights as they are; a first signature is void after it.

    Args:
        session: the door commits.
        vault: its keyring.
        actor: who judges.
        review_id: of the review.
        person_id: whose rights.
        verdict: what is judged.
        remark: why, in words; may be empty.
        temporary: the rights to single cases that end on a day, by person.
        now: the instant, aware.

    Raises:
        ReviewOver: there is none, or it is signed; or this person is not in it.
        NotYourself: he judges himself.
    """
    row = _open_row(session, review_id)
    if not reviews_rules.may_judge(actor.person_id, person_id):
        raise NotYourself
    facts = facts_of(session, vault, Scope(row.scope), temporary).get(person_id)
    if facts is None or actor.person_id is None:
        raise ReviewOver
    given = Judgement(facts, verdict, remark.strip(), actor.person_id, local(now).date())
    session.execute(
        delete(JudgementRow).where(
            JudgementRow.review_id == review_id, JudgementRow.person_id == person_id
        )
    )
    identity = uuid4()
    content = _content({"review": str(review_id), "person": str(person_id), **_plain(given)})
    session.execute(
        insert(JudgementRow).values(
            id=identity, review_id=review_id, person_id=person_id,
            sealed=vault.keyring.seal(JUDGEMENT, content, identity.bytes),
        )
    )  # fmt: skip
    row.state, row.sealed = OPEN, None
    trail.record(session, actor, "review.judge", "person", person_id, now, outcome=verdict.value)


def sign(
    session: Session,
    vault: Vault,
    actor: Actor,
    review_id: UUID,
    temporary: Mapping[UUID, Temporary],
    now: datetime,
) -> bool:
    """Sign a review; where the first who signs is reviewed himself, somebody else signs too.

    Args:
        session: the door commits.
        vault: its keyring.
        actor: who signs.
        review_id: of the review.
        temporary: the rights to single cases that end on a day, by person.
        now: the instant, aware.

    Returns:
        Whether it is frozen now; else a second signature is to come.

    Raises:
        ReviewOver: there is none, or it is signed already.
        NotAllJudged: somebody is still to be judged.
        NotYourself: he signed first, and this would be the second signature.
    """
    assert actor.person_id is not None
    row = _open_row(session, review_id)
    lines = list(_lines(session, vault, row, temporary))
    waiting = sum(not one.settled for one in lines)
    if waiting or not lines:
        raise NotAllJudged(waiting)
    judged = _digest_of(lines)
    first = _first(vault, row)
    signature = {"by": str(actor.person_id), "day": local(now).date().isoformat()}
    if first is None or first["judged"] != judged:
        first = {**signature, "judged": judged}
        if reviews_rules.needs_second(actor.person_id, [one.person_id for one in lines]):
            row.state = HALF
            row.sealed = vault.keyring.seal(RECORD, _content(first), row.id.bytes)
            trail.record(session, actor, "review.sign-first", KIND, review_id, now)
            return False
        signatures = [signature]
    else:
        if UUID(first["by"]) == actor.person_id:
            raise NotYourself
        signatures = [{"by": first["by"], "day": first["day"]}, signature]
    _freeze(session, vault, actor, row, lines, signatures, now)
    return True


def _freeze(
    session: Session,
    vault: Vault,
    actor: Actor,
    row: ReviewRow,
    lines: Sequence[Line],
    signatures: Sequence[Mapping[str, str]],
    now: datetime,
) -> None:
    named = {row.begun_by, *(UUID(one["by"]) for one in signatures)}
    named |= {one.judgement.by for one in lines if one.judgement is not None}
    names = {one.id: one.name for one in people.cards(session, vault, named).values()}
    record = _content({
        # So that the digest in the trail tells nothing of what stands here.
        "nonce": secrets.token_hex(32),
        "scope": row.scope,
        "begun": {"by": str(row.begun_by), "day": row.begun_day.isoformat()},
        "signed": list(signatures),
        "names": {str(one): name for one, name in names.items()},
        "people": [
            {
                "person": str(one.person_id),
                "changed": one.changed,
                **_plain(one.judgement),
            }
            for one in lines
            if one.judgement is not None
        ],
    })  # fmt: skip
    row.state, row.signed_day, row.people = SIGNED, local(now).date(), len(lines)
    row.findings = sum(
        one.judgement is not None and one.judgement.verdict is Verdict.NOT_ANY_MORE for one in lines
    )
    row.sealed = vault.keyring.seal(RECORD, record, row.id.bytes)
    row.digest = hashlib.sha256(record).digest()
    session.execute(delete(JudgementRow).where(JudgementRow.review_id == row.id))
    trail.record(session, actor, "review.sign", KIND, row.id, now, digest=row.digest)


# ---- reading -----------------------------------------------------------------------------


def lines_of(
    session: Session, vault: Vault, review_id: UUID, temporary: Mapping[UUID, Temporary]
) -> list[Line]:
    """Everybody in an open review, in the order of names.

    Raises:
        ReviewOver: there is none, or it is signed.
    """
    return list(_lines(session, vault, _open_row(session, review_id), temporary))


def one(session: Session, vault: Vault, review_id: UUID) -> Review:
    """A review.

    Raises:
        ReviewOver: there is none.
    """
    row = session.get(ReviewRow, review_id)
    if row is None:
        raise ReviewOver
    return _review(vault, row)


def listing(session: Session, vault: Vault) -> list[Review]:
    """Every review, the newest first."""
    rows = session.scalars(
        select(ReviewRow).order_by(ReviewRow.begun_day.desc(), ReviewRow.id)
    ).all()
    return [_review(vault, row) for row in rows]


def due(session: Session, vault: Vault) -> list[Due]:
    """Of each scope when the next review must be signed."""
    founded = session.execute(select(InstallationRow.created_day)).scalar_one()
    found = []
    for scope in Scope:
        of_scope = select(func.max(ReviewRow.signed_day)).where(ReviewRow.scope == scope.value)
        last = session.scalar(of_scope)
        present = session.scalars(
            select(ReviewRow).where(ReviewRow.scope == scope.value, ReviewRow.state != SIGNED)
        ).first()
        found.append(
            Due(
                scope, last, reviews_rules.due_on(last or founded, scope),
                None if present is None else _review(vault, present),
            )
        )  # fmt: skip
    return found


def record_of(session: Session, vault: Vault, review_id: UUID) -> dict[str, Any]:
    """What was frozen: who was judged how and by whom, and who signed.

    Raises:
        ReviewOver: there is no signed review with this id.
        RecordLost: its period is over, or it is not the record that was signed.
    """
    row = session.get(ReviewRow, review_id)
    if row is None or row.state != SIGNED:
        raise ReviewOver
    try:
        content = vault.keyring.open(RECORD, bytes(row.sealed or b""), row.id.bytes)
    except CannotOpen:
        raise RecordLost from None
    if hashlib.sha256(content).digest() != bytes(row.digest or b""):
        raise RecordLost
    record: dict[str, Any] = json.loads(content)
    for one in record["people"]:
        one["judged"] = _judged(one)
    return record


# ---- the worker --------------------------------------------------------------------------


def remind(stores: Stores, now: datetime) -> int:
    """Tell the coordinators that a review is due, two weeks ahead and when it is late.

    Args:
        stores: database and vault.
        now: the instant, aware.

    Returns:
        How many reviews there is something to tell of.
    """
    today, told = local(now).date(), 0
    with stores.database.session() as session:
        for one in due(session, stores.vault):
            if not one.soon(today):
                continue
            key = f"{NOTICE}:{one.scope.value}:{one.on}:{'late' if one.late(today) else 'soon'}"
            notices.post_to_role(session, Role.COORDINATOR, NOTICE, now, key)
            told += 1
        session.commit()
    return told


def forget_records(session: Session, before: date) -> int:
    """Let the records go that were signed before a day; that they were signed stays.

    Args:
        session: the caller commits.
        before: a day; what was signed on it stays.

    Returns:
        How many went.
    """
    gone = session.execute(
        update(ReviewRow)
        .where(ReviewRow.signed_day < before, ReviewRow.sealed.is_not(None))
        .values(sealed=None)
        .execution_options(synchronize_session=False)
    )
    return int(gone.rowcount)  # type: ignore[attr-defined]


# ---- proof -------------------------------------------------------------------------------


def differences(session: Session, told: Mapping[str, Sequence[bytes]]) -> Iterator[Finding]:
    """What of the signed reviews is not as the trail tells it.

    Codes: `review-differs`, `review-missing`, `review-untold`.

    Args:
        session: any session.
        told: by the id of each review, the digest of its record.
    """
    signed = session.execute(
        select(ReviewRow.id, ReviewRow.digest).where(ReviewRow.digest.is_not(None))
    )
    stored = {review_id: bytes(digest or b"") for review_id, digest in signed}
    for review_id, digest in sorted(stored.items()):
        known = told.get(str(review_id))
        if known is None:
            yield Finding("review-untold", record_id=review_id)
        elif known[-1] != digest:
            yield Finding("review-differs", record_id=review_id)
    for text in sorted(set(told) - {str(one) for one in stored}):
        yield Finding("review-missing", record_id=UUID(text))


# ---- within ------------------------------------------------------------------------------


def _open_row(session: Session, review_id: UUID) -> ReviewRow:
    row = session.get(ReviewRow, review_id, with_for_update=True)
    if row is None or row.state == SIGNED:
        raise ReviewOver
    return row


def _lines(
    session: Session, vault: Vault, row: ReviewRow, temporary: Mapping[UUID, Temporary]
) -> Iterator[Line]:
    present = facts_of(session, vault, Scope(row.scope), temporary)
    judged = dict(_judgements(session, vault, row.id))
    for person_id, facts in present.items():
        yield Line(person_id, facts, judged.pop(person_id, None))
    for person_id, judgement in judged.items():
        yield Line(person_id, None, judgement)


def _judgements(
    session: Session, vault: Vault, review_id: UUID
) -> Iterator[tuple[UUID, Judgement]]:
    rows = session.scalars(
        select(JudgementRow)
        .where(JudgementRow.review_id == review_id)
        .order_by(JudgementRow.person_id)
    )
    for row in rows:
        try:
            content = json.loads(vault.keyring.open(JUDGEMENT, bytes(row.sealed), row.id.bytes))
        except CannotOpen:
            # What nobody of the house judged counts as not judged.
            continue
        if (content["review"], content["person"]) == (str(review_id), str(row.person_id)):
            yield row.person_id, _judged(content)


def _first(vault: Vault, row: ReviewRow) -> dict[str, str] | None:
    if row.state != HALF:
        return None
    try:
        found: dict[str, str] = json.loads(
            vault.keyring.open(RECORD, bytes(row.sealed or b""), row.id.bytes)
        )
    except CannotOpen:
        return None
    return found


def _review(vault: Vault, row: ReviewRow) -> Review:
    first = _first(vault, row)
    return Review(
        row.id, Scope(row.scope), row.state, row.begun_by, row.begun_day, row.signed_day,
        row.people, row.findings, None if first is None else UUID(first["by"]),
    )  # fmt: skip


def _digest_of(lines: Iterable[Line]) -> str:
    every = [
        {"person": str(one.person_id), **_plain(one.judgement)}
        for one in lines
        if one.judgement is not None
    ]
    return hashlib.sha256(_content({"people": every})).hexdigest()


def _plain(given: Judgement) -> dict[str, Any]:
    return {
        "facts": plain(given.facts), "verdict": given.verdict.value, "remark": given.remark,
        "by": str(given.by), "on": given.on.isoformat(),
    }  # fmt: skip


def _judged(content: Mapping[str, Any]) -> Judgement:
    return Judgement(
        from_plain(content["facts"]), Verdict(content["verdict"]), content["remark"],
        UUID(content["by"]), date.fromisoformat(content["on"]),
    )  # fmt: skip


def _content(values: Mapping[str, Any]) -> bytes:
    return json.dumps({"format": FORMAT, **values}, sort_keys=True).encode()


trail.bind(KIND, differences)
service_keys.bind(ReviewRow, "sealed", RECORD)
service_keys.bind(JudgementRow, "sealed", JUDGEMENT)
