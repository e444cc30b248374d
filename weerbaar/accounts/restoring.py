"""Bringing a database and a key store together again, after one of them was put back older.

What the key store knows of the time since counts in the older database: what was destroyed is
destroyed in it too, who left has left, who was removed from a group is out. What the database
knows counts in the older key store: its secrets are taken, its destructions are done again, its
keys are the pinned ones. Sessions and invitations end in any case, and codes that may have been
used are used.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, cast
from uuid import UUID

from sqlalchemy import Uuid, column, delete, insert, inspect, select, table, update
from sqlalchemy.orm import Session

from weerbaar.accounts import (
    destruction,
    envelopes,
    groups,
    notices,
    people,
    quorum_holders,
    taking_up,
    trail,
)
from weerbaar.accounts.actors import SYSTEM, Role
from weerbaar.accounts.keystore import KeyStore, NotedHead
from weerbaar.accounts.models import (
    EnvelopeRow,
    GroupHalfRow,
    InvitationRow,
    KeyWrappingRow,
    PasskeyRow,
    PendingDestructionRow,
    PersonRow,
    SessionRow,
    TotpStepRow,
    TrailHeadRow,
)
from weerbaar.accounts.signin import STEP_SECONDS, STEPS
from weerbaar.accounts.vault import Vault
from weerbaar.accounts.wrappings import Way
from weerbaar.config.clock import local

NOTICE = "restored"
_NOT_IN_USE = frozenset({"pending_destruction", "destruction_log"})
# Written now, done by the worker: nothing of the key store is destroyed before the old house is
# gone.
_LATER = timedelta(microseconds=1)

# Takes the ids of envelopes that open nothing any more; each room lets its rows go.
Forget = Callable[[Session, frozenset[UUID]], None]


@dataclass
class Findings:
    """What putting a database back led to; every number can be 0."""

    # Destroyed since the backup was made, and destroyed in it again.
    destroyed: int = 0
    # Not destroyed, and yet without a secret: the key store is older than they are.
    closed: int = 0
    left: list[UUID] = field(default_factory=list)
    renewed_groups: list[str] = field(default_factory=list)
    # Who has no password or recovery code left that opens his keys.
    shut_out: list[UUID] = field(default_factory=list)
    sessions: int = 0
    invitations: int = 0
    # Rights to single cases that ended in them are there again, and no number tells how many: the
    # key store does not know of them.
    # The rows of the trail that the key store knows of and this database does not.
    missing_rows: tuple[int, int] | None = None
    known_until: datetime | None = None


class Postponed:
    """A key store whose last words are kept back until the database they belong to is in place.

    Everything that is read, taken or announced goes through at once: it harms nobody. What would
    close the old house goes when `say` is called; said never, the worker does it from the rows.
    """

    def __init__(self, keystore: KeyStore) -> None:
        self._keystore = keystore
        self._words: list[tuple[str, tuple[Any, ...]]] = []

    def __getattr__(self, name: str) -> Any:
        return getattr(self._keystore, name)

    def destroy(self, *given: Any) -> None:
        """Destroy later."""
        self._words.append(("destroy", given))

    def confirm_pin(self, *given: Any) -> bool:
        """Put a key in force later."""
        self._words.append(("confirm_pin", given))
        return False

    def set_head(self, *given: Any) -> None:
        """Keep another head of the trail later."""
        self._words.append(("set_head", given))

    def say(self) -> None:
        """Do what was kept back.

        Raises:
            KeyStoreGone: the key store cannot be reached.
        """
        for name, given in self._words:
            getattr(self._keystore, name)(*given)
        self._words.clear()


def postponed(vault: Vault) -> tuple[Vault, Postponed]:
    """A vault whose key store keeps its last words back, and who says them."""
    keystore = Postponed(vault.keystore)
    return Vault(cast("KeyStore", keystore), vault.keyring, vault.profile), keystore


# ---- what the database uses --------------------------------------------------------------


def used_secrets(session: Session) -> frozenset[UUID]:
    """Every secret that a row of any room stands under: all columns that are named after one."""
    found: set[UUID] = set()
    # The database is asked, for not every room's tables need be known to this process.
    present = inspect(session.connection())
    for name in present.get_table_names():
        for one in () if name in _NOT_IN_USE else present.get_columns(name):
            if one["name"].endswith("secret_id"):
                secret = column(one["name"], Uuid())
                rows = select(secret).select_from(table(name)).where(secret.is_not(None))
                found.update(session.scalars(rows))
    return frozenset(found)


def bring_up_keystore(session: Session, vault: Vault, keystore: KeyStore, now: datetime) -> int:
    """Let a key store know what a database knows; repeating it changes nothing.

    Args:
        session: the database.
        vault: whose keyring proves the public keys.
        keystore: the one that is brought up; it may be a copy that is not in place yet.
        now: the instant, aware.

    Returns:
        How many secrets the database uses that are not there: what stood under them is closed.

    Raises:
        KeyStoreGone: the key store cannot be reached.
    """
    gone = destruction.logged(session)
    due = session.scalars(
        select(PendingDestructionRow.secret_id).where(PendingDestructionRow.due_at <= now)
    ).all()
    used = used_secrets(session) - {one.secret_id for one in gone}
    _marked, missing = keystore.mark_taken(used)
    fates = {one.secret_id: one.fate for one in gone if one.fate is not None}
    keystore.destroy([*(one.secret_id for one in gone), *due], now, fates)
    for recipient, epoch, fingerprint in vault.proven_keys(session):
        pin = keystore.pin(recipient)
        if pin is None or pin.epoch is None or pin.epoch < epoch:
            keystore.announce_pin(recipient, epoch, fingerprint)
            keystore.confirm_pin(recipient, epoch, fingerprint)
    quorum_holders.make_known(session, vault, keystore)
    taking_up.note(keystore)
    head = session.execute(select(TrailHeadRow.number, TrailHeadRow.mac)).one()
    keystore.note_head(head.number, bytes(head.mac), now)
    return len(missing)


# ---- what the key store knows ------------------------------------------------------------


def bring_up_database(
    session: Session, vault: Vault, now: datetime, forget: Iterable[Forget]
) -> Findings:
    """Let a database that was put back know what the key store knows.

    Args:
        session: the database; the caller commits.
        vault: of `postponed`.
        now: the instant, aware.
        forget: of each room with envelopes.

    Raises:
        KeyStoreGone: the key store cannot be reached.
    """
    found = Findings()
    log = vault.keystore.destructions()
    recent = (now - destruction.BACKUPS_LIVE).date()
    destruction.log(session, [one for one in log if one.fate is not None or one.day >= recent])
    fates = {one.secret_id: one.fate for one in log}
    _envelopes(session, vault, now, fates, forget, found)
    _wrappings(session, vault)
    found.left = [
        fate.record_id
        for fate in dict.fromkeys(one.fate for one in log if one.fate is not None)
        if fate.kind == "person" and _leave_again(session, fate.record_id, now)
    ]
    for name in groups.names():
        if groups.renew(session, vault, name, now):
            found.renewed_groups.append(name)
    found.sessions = _end_sessions(session, vault, now)
    found.invitations = _void_invitations(session, vault, now)
    _use_codes(session, now)
    found.shut_out = _shut_out(session)
    _tell(session, vault, now, found)
    return found


def _envelopes(
    session: Session,
    vault: Vault,
    now: datetime,
    fates: dict[UUID, destruction.Fate | None],
    forget: Iterable[Forget],
    found: Findings,
) -> None:
    rows = session.execute(select(EnvelopeRow.id, EnvelopeRow.secret_id)).all()
    alive = vault.keystore.values([row.secret_id.bytes for row in rows])
    lost = [row for row in rows if row.secret_id.bytes not in alive]
    dead = {row.id: fates[row.secret_id] for row in lost if row.secret_id in fates}
    found.destroyed, found.closed = len(dead), len(lost) - len(dead)
    for room in forget:
        room(session, frozenset(dead))
    session.flush()
    for record_id, fate in dead.items():
        envelopes.destroy(session, vault, record_id, now, why=None if fate is None else fate.why)


def _wrappings(session: Session, vault: Vault) -> None:
    """Ways to a key and passkeys that were given up since are taken out: they open nothing."""
    rows = session.execute(select(KeyWrappingRow.id, KeyWrappingRow.secret_id)).all()
    alive = vault.keystore.values([row.secret_id.bytes for row in rows])
    for row in rows:
        if row.secret_id.bytes not in alive:
            session.execute(delete(KeyWrappingRow).where(KeyWrappingRow.id == row.id))
    passkeys = session.execute(select(PasskeyRow.id, PasskeyRow.secret_id)).all()
    alive = vault.keystore.values([row.secret_id.bytes for row in passkeys])
    for row in passkeys:
        if row.secret_id.bytes not in alive:
            session.execute(delete(PasskeyRow).where(PasskeyRow.id == row.id))


def _leave_again(session: Session, person_id: UUID, now: datetime) -> bool:
    row = session.get(PersonRow, person_id)
    if row is None or row.state == people.LEFT:
        return False
    for kept in (GroupHalfRow, KeyWrappingRow, PasskeyRow):
        session.execute(delete(kept).where(kept.person_id == person_id))
    row.state, row.roles, row.totp_sealed, row.phone_sealed = people.LEFT, "", None, None
    row.left_day = local(now).date()
    session.flush()
    trail.record(session, SYSTEM, "person.leave", "person", person_id, now, outcome="restored")
    return True


def _end_sessions(session: Session, vault: Vault, now: datetime) -> int:
    kept = KeyWrappingRow.kind == Way.SESSION.value
    secrets = session.scalars(
        delete(KeyWrappingRow).where(kept).returning(KeyWrappingRow.secret_id)
    ).all()
    rows = session.scalars(delete(SessionRow).returning(SessionRow.secret_id)).all()
    _give_up(session, vault, [*secrets, *rows], now)
    return len(rows)


def _void_invitations(session: Session, vault: Vault, now: datetime) -> int:
    opened = session.execute(
        select(InvitationRow.id, InvitationRow.secret_id).where(
            InvitationRow.secret_id.is_not(None)
        )
    ).all()
    session.execute(
        update(InvitationRow)
        .where(InvitationRow.id.in_([row.id for row in opened]))
        .values(secret_id=None)
        .execution_options(synchronize_session=False)
    )
    _give_up(session, vault, [row.secret_id for row in opened if row.secret_id], now)
    return len(opened)


def _give_up(session: Session, vault: Vault, secret_ids: Iterable[UUID], now: datetime) -> None:
    waiting = set(session.scalars(select(PendingDestructionRow.secret_id)))
    fresh = [one for one in dict.fromkeys(secret_ids) if one not in waiting]
    destruction.give_up(session, vault, fresh, now, after=_LATER)


def _use_codes(session: Session, now: datetime) -> None:
    """Which codes were used since the backup nobody knows: those that still count are."""
    step = int(now.timestamp()) // STEP_SECONDS
    session.execute(delete(TotpStepRow))
    people_with_codes = session.scalars(
        select(PersonRow.id).where(PersonRow.totp_sealed.is_not(None))
    ).all()
    rows = [
        {"person_id": person_id, "step": step + offset}
        for person_id in people_with_codes
        for offset in STEPS
    ]
    if rows:
        session.execute(insert(TotpStepRow), rows)


def _shut_out(session: Session) -> list[UUID]:
    ways = select(KeyWrappingRow.person_id)
    return list(
        session.scalars(
            select(PersonRow.id)
            .where(PersonRow.state == people.ACTIVE, PersonRow.id.not_in(ways))
            .order_by(PersonRow.id)
        )
    )


def _tell(session: Session, vault: Vault, now: datetime, found: Findings) -> None:
    number = session.scalar(select(TrailHeadRow.number)) or 0
    noted: NotedHead | None = vault.keystore.noted_head()
    span = None
    if noted is not None and noted.number > number:
        found.missing_rows = (number + 1, noted.number)
        found.known_until = noted.noted_at
        span = f"{number + 1}-{noted.number}"
    trail.record(
        session, SYSTEM, "installation.restore", "installation", span, now,
        outcome="done" if span is None else "rows-missing",
    )  # fmt: skip
    for role in (Role.COORDINATOR, Role.ADMIN):
        notices.post_to_role(session, role, NOTICE, now, key=f"{NOTICE}:{now:%Y%m%d%H%M%S}")


def keep_head(session: Session, vault: Vault, now: datetime) -> None:
    """Let the key store keep the trail's newest row as it now is; after the commit."""
    head = session.execute(select(TrailHeadRow.number, TrailHeadRow.mac)).one()
    vault.keystore.set_head(head.number, bytes(head.mac), now)
