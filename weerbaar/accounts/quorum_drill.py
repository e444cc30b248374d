"""The yearly drill: a test account is made, covered by the holders, lost, and given back.

It goes the way of a successor: the coordinator who holds the drill receives the test account's
key, and must open with it what was sealed to the account. The account signs in nowhere, reads
nothing, and goes when the drill is over.
"""

import secrets
from collections.abc import Collection
from datetime import date, datetime, timedelta
from uuid import UUID, uuid4

from sqlalchemy import delete, func, insert, select
from sqlalchemy.orm import Session

from weerbaar.accounts import (
    destruction,
    envelopes,
    quorum_cover,
    quorum_holders,
    quorum_requests,
    quorum_restore,
    trail,
)
from weerbaar.accounts.actors import Actor
from weerbaar.accounts.keys import make_pair
from weerbaar.accounts.models import EnvelopeReaderRow, KeyWrappingRow, PersonRow
from weerbaar.accounts.people import INDEX_BYTES, LEFT
from weerbaar.accounts.quorum_models import QuorumRequestRow
from weerbaar.accounts.quorum_requests import Kind, NotCovered, RequestOver, State
from weerbaar.accounts.recipients import Person
from weerbaar.accounts.vault import Vault

EVERY = timedelta(days=365)
NAME = "Oefenaccount"
WORD = b"dit opent alleen de sleutel van het oefenaccount"


class DrillFailed(Exception):
    """The key that came back does not open what was sealed to the test account."""


def begin(session: Session, vault: Vault, actor: Actor, now: datetime) -> UUID:
    """Make a test account, cover it, forget its key, and ask the holders for it.

    Args:
        session: the door commits.
        vault: key store, keyring and trust.
        actor: the coordinator who holds the drill.
        now: the instant, aware.

    Returns:
        The request.

    Raises:
        NotCovered: there are too few holders.
        AlreadyAsked: a drill of this coordinator is going on.
        KeyStoreGone: the key store cannot be reached.
    """
    assert actor.person_id is not None
    if running(session) is not None:
        raise quorum_requests.AlreadyAsked
    chosen = quorum_holders.present(session, vault)
    holders = quorum_holders.effective(session, vault, chosen)
    # Who receives the key gives no share of it.
    if chosen is None or len(holders.keys() - {actor.person_id}) < chosen.needed:
        raise NotCovered
    account = _account(session, vault, now)
    keys = make_pair(session, vault, account, now)
    envelopes.seal(
        session, vault, kind=envelopes.Kind.DRILL, plaintext=WORD, recipients=[Person(account)],
        now=now,
    )  # fmt: skip
    quorum_cover.cover(session, vault, keys, chosen, holders, now)
    return quorum_requests.ask(session, vault, actor, account, now, kind=Kind.DRILL)


def _account(session: Session, vault: Vault, now: datetime) -> UUID:
    person_id = uuid4()
    seal = vault.keyring.seal
    session.execute(
        insert(PersonRow).values(
            id=person_id,
            # As of somebody who left: it is nobody's, and signs in nowhere.
            state=LEFT,
            roles="",
            mail_index=secrets.token_bytes(INDEX_BYTES),
            mail_sealed=seal("person-mail", b"", person_id.bytes),
            name_sealed=seal("person-name", NAME.encode(), person_id.bytes),
            created_day=now.date(),
        )
    )
    return person_id


def finish(session: Session, vault: Vault, actor: Actor, request_id: UUID, now: datetime) -> None:
    """Take the test account's key, open what was sealed to it, and end the drill.

    Args:
        session: the door commits.
        vault: key store and trust.
        actor: who holds the drill, with open keys.
        request_id: of the drill, approved by enough holders.
        now: the instant, aware.

    Raises:
        RequestOver: it is no drill of his.
        DrillFailed: the key opens nothing; the drill stays open.
        KeysLocked, NotEnough, CannotOpen, KeyStoreGone: as `quorum_restore.take`.
    """
    asked = quorum_restore.mine(session, vault, actor, request_id, now)
    if asked.kind is not Kind.DRILL:
        raise RequestOver
    keys = quorum_restore.take(session, vault, actor.keys, asked)
    found = envelopes.open_many(session, vault, keys, kind=envelopes.Kind.DRILL)
    if [content for _record, content in found] != [WORD]:
        raise DrillFailed
    quorum_requests.done(session, request_id, now)
    _clear(session, vault, [asked.owner_id], now)
    trail.record(session, actor, "quorum.drill", "quorum-request", request_id, now)


def clear(session: Session, vault: Vault, now: datetime) -> int:
    """Take the test accounts of drills away that are over; the worker's verb commits.

    Args:
        session: the worker's.
        vault: key store.
        now: the instant, aware.

    Returns:
        How many went.
    """
    over = session.scalars(
        select(QuorumRequestRow.owner_id).where(
            QuorumRequestRow.kind == Kind.DRILL.value,
            QuorumRequestRow.state != State.OPEN.value,
            QuorumRequestRow.owner_id.is_not(None),
        )
    )
    accounts = [one for one in over if one is not None]
    _clear(session, vault, accounts, now)
    return len(accounts)


def _clear(session: Session, vault: Vault, accounts: Collection[UUID], now: datetime) -> None:
    if not accounts:
        return
    records = session.scalars(
        select(EnvelopeReaderRow.record_id).where(EnvelopeReaderRow.person_id.in_(accounts))
    )
    for record in list(records):
        envelopes.destroy(session, vault, record, now)
    gone = session.scalars(
        delete(KeyWrappingRow)
        .where(KeyWrappingRow.person_id.in_(accounts))
        .returning(KeyWrappingRow.secret_id)
    ).all()
    destruction.give_up(session, vault, gone, now)
    session.execute(delete(PersonRow).where(PersonRow.id.in_(accounts), PersonRow.state == LEFT))


def running(session: Session) -> UUID | None:
    """The drill that is going on, if any."""
    return session.scalar(
        select(QuorumRequestRow.id).where(
            QuorumRequestRow.kind == Kind.DRILL.value, QuorumRequestRow.state == State.OPEN.value
        )
    )


def last(session: Session) -> date | None:
    """The day of the last drill that went well; None: never."""
    return session.scalar(
        select(func.max(QuorumRequestRow.ended_day)).where(
            QuorumRequestRow.kind == Kind.DRILL.value, QuorumRequestRow.state == State.DONE.value
        )
    )


def is_overdue(day: date | None, today: date) -> bool:
    """Whether a drill is due again.

    Args:
        day: of the last one.
        today: the present day.
    """
    return day is None or today - day > EVERY
