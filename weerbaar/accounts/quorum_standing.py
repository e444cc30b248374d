"""How it stands with somebody's former key: whether it can come back, moves, or is lost."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from weerbaar.accounts import quorum_cover, quorum_requests, rotation
from weerbaar.accounts.envelopes import Kind
from weerbaar.accounts.models import EnvelopeReaderRow, EnvelopeRow
from weerbaar.accounts.quorum_cover import Cover
from weerbaar.accounts.quorum_requests import Asked
from weerbaar.accounts.quorum_requests import Kind as RequestKind
from weerbaar.accounts.vault import Vault


class Former(StrEnum):
    """What has become of the keys somebody had before."""

    NONE = "none"  # there is nothing that they alone open
    MOVES = "moves"  # they are at hand, and what they open is being moved
    WAITS = "waits"  # the holders can give them back
    LOST = "lost"  # nobody can


@dataclass(frozen=True, slots=True)
class Standing:
    """One person's keys, before and now."""

    former: Former
    # Of which key pair shares stand ready, if any.
    cover: Cover | None
    asked: Asked | None
    # Cases of which a former key alone opens something.
    cases: int
    left: int


def of(session: Session, vault: Vault, person_id: UUID, now: datetime) -> Standing:
    """How it stands with somebody's keys.

    Args:
        session: where they are.
        vault: key store and trust.
        person_id: whose.
        now: the instant, aware.

    Raises:
        KeyStoreGone: the key store cannot be reached.
    """
    present = quorum_cover.epochs(session).get(person_id, 0)
    cover = quorum_cover.covers(session, vault, [person_id]).get(person_id)
    waits = cover is not None and cover.epoch < present
    cases = _cases(session, person_id, present)
    if rotation.is_unfinished(session, person_id):
        former = Former.MOVES
    elif waits:
        former = Former.WAITS
    else:
        former = Former.LOST if cases else Former.NONE
    own = [
        one
        for one in (quorum_requests.about(session, vault, person_id, now) if waits else ())
        if one.kind is RequestKind.OWN
    ]
    return Standing(
        former, cover, own[0] if own else None, cases, rotation.left(session, person_id)
    )


def _cases(session: Session, person_id: UUID, present: int) -> int:
    rows = session.execute(
        select(EnvelopeRow.kind, func.count(EnvelopeReaderRow.id))
        .join(EnvelopeRow, EnvelopeRow.id == EnvelopeReaderRow.record_id)
        .where(
            EnvelopeReaderRow.person_id == person_id,
            EnvelopeReaderRow.key_epoch < present,
            EnvelopeRow.kind.in_([Kind.CASE_WHAT.value, Kind.CASE_WHO.value]),
        )
        .group_by(EnvelopeRow.kind)
    )
    # Who it is can hang on a former key where what happened was shared anew; most cases have both.
    return max((number for _kind, number in rows), default=0)
