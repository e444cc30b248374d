"""Sessions: one cookie with a random secret, and a row that opens only with it.

The row's id and the row's key are two different HMACs of the cookie's secret, so that the
database alone can neither name nor open a session. The row (CSRF secret, flash texts) is sealed
under that key and a secret of the key store; the private key stands apart, in a wrapping of its
own, so that locking destroys it and leaves the rest.

A session locks after fifteen idle minutes, ends after twelve hours, and its row is kept a day
longer, without keys, so that a form that comes late can still be told from a forged one.
"""

import base64
import binascii
import hashlib
import hmac
import json
import secrets
from collections.abc import Collection
from dataclasses import asdict, dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Self
from uuid import UUID

from sqlalchemy import delete, select, update
from sqlalchemy.orm import Session

from weerbaar.accounts import destruction, wrappings
from weerbaar.accounts.actors import Role, roles_of
from weerbaar.accounts.devices import Device
from weerbaar.accounts.house import House
from weerbaar.accounts.keys import OpenKeys
from weerbaar.accounts.keystore import SecretGone
from weerbaar.accounts.models import KeyWrappingRow, PersonRow, SessionRow
from weerbaar.accounts.vault import Vault
from weerbaar.accounts.wrappings import Way
from weerbaar.crypto.envelope import Binding, DataKey, data_key
from weerbaar.crypto.errors import CannotOpen

COOKIE = "__Host-weerbaar"

IDLE = timedelta(minutes=15)
LIFE = timedelta(hours=12)
KEPT = timedelta(hours=24)
# Activity is noted no more often than this: a page view is not always a write.
NOTED = timedelta(seconds=30)

_BYTES = 32
_COOKIE_CHARACTERS = 43
_ID_PURPOSE = b"weerbaar session id"
_KEY_PURPOSE = b"weerbaar session row"
_DEVICE = "session-device"
_MOST_FLASHES = 20
_SWEPT = 500


class State(StrEnum):
    """What a session is good for: everything, what needs no key, or a late form alone."""

    OPEN = "open"
    LOCKED = "locked"
    ENDED = "ended"


@dataclass(frozen=True, slots=True)
class Flash:
    """A text for the next page, and its kind: ok, info, warning or error."""

    kind: str
    text: str = field(repr=False)


@dataclass(slots=True, repr=False)
class Contents:
    """What the sealed row holds."""

    person_id: UUID
    csrf_secret: bytes
    flashes: list[Flash] = field(default_factory=list)
    # The person has no recovery code yet and sees no other page before he has.
    owes_recovery: bool = False
    # The recovery code that is being shown, until it is typed back.
    offered_recovery: str | None = None
    # Fixed words that concern this session alone and end with it.
    marks: list[str] = field(default_factory=list)
    # Texts that one page keeps for its next visit, by the name of the page.
    kept: dict[str, str] = field(default_factory=dict)
    # When its owner last gave his password or touched his passkey.
    proven_at: datetime | None = None

    def __repr__(self) -> str:
        return "<Contents>"

    def to_bytes(self) -> bytes:
        """As it is sealed."""
        values = asdict(self)
        values["person_id"] = str(self.person_id)
        values["proven_at"] = self.proven_at and self.proven_at.isoformat()
        values["csrf_secret"] = base64.b64encode(self.csrf_secret).decode()
        values["flashes"] = [[one.kind, one.text] for one in self.flashes[-_MOST_FLASHES:]]
        return json.dumps(values, ensure_ascii=False).encode()

    @classmethod
    def from_bytes(cls, raw: bytes) -> Self:
        """As it was sealed."""
        values = json.loads(raw)
        return cls(
            person_id=UUID(values["person_id"]),
            csrf_secret=base64.b64decode(values["csrf_secret"]),
            flashes=[Flash(kind, text) for kind, text in values["flashes"]],
            owes_recovery=values["owes_recovery"],
            offered_recovery=values["offered_recovery"],
            # Rows from before there were marks have none.
            marks=values.get("marks", []),
            kept=values.get("kept", {}),
            proven_at=_instant(values.get("proven_at")),
        )


@dataclass(slots=True, repr=False)
class Seat:
    """A session as one request holds it; `changed` says that loading it wrote something."""

    id: bytes
    person_id: UUID
    roles: frozenset[Role]
    state: State
    contents: Contents
    keys: OpenKeys | None
    row_key: bytes
    row_secret: bytes
    active_at: datetime
    ends_at: datetime
    changed: bool = False

    def __repr__(self) -> str:
        return f"<Seat {self.state}>"


def looks_like_cookie(text: str | None) -> bool:
    """Whether a cookie's value has the form of ours; nothing is looked up."""
    return _secret_of(text) is not None


def begin(
    session: Session,
    vault: Vault,
    keys: OpenKeys,
    now: datetime,
    *,
    owes_recovery: bool = False,
    device: Device = Device.OTHER,
) -> tuple[str, Seat]:
    """Begin a session for somebody whose private key is open.

    Args:
        session: the session that signs in; the door commits.
        vault: key store and keyring.
        keys: the person's open keys.
        now: the instant, aware.
        owes_recovery: the person must make a recovery code before anything else.
        device: the kind of device, shown among his sessions.

    Returns:
        The value of the cookie, and the session.

    Raises:
        KeyStoreGone: the key store cannot be reached.
    """
    secret = secrets.token_bytes(_BYTES)
    identity, row_key = _derived(secret)
    contents = Contents(
        person_id=keys.person_id,
        csrf_secret=secrets.token_bytes(_BYTES),
        owes_recovery=owes_recovery,
        proven_at=now,
    )
    secret_id, lock = vault.keystore.take()
    session.add(
        SessionRow(
            id=identity,
            person_id=keys.person_id,
            sealed=_seal(contents, identity, row_key, lock),
            secret_id=secret_id,
            started_at=now,
            active_at=now,
            ends_at=now + LIFE,
            device_sealed=vault.keyring.seal(_DEVICE, device.encode(), identity),
        )
    )
    session.flush()
    wrappings.add(
        session, vault, keys, Way.SESSION, _wrapping_key(row_key), now, session_id=identity
    )
    roles = session.scalars(select(PersonRow.roles).where(PersonRow.id == keys.person_id)).one()
    seat = Seat(
        id=identity,
        person_id=keys.person_id,
        roles=roles_of(roles),
        state=State.OPEN,
        contents=contents,
        keys=keys,
        row_key=row_key,
        row_secret=lock,
        active_at=now,
        ends_at=now + LIFE,
    )
    return base64.urlsafe_b64encode(secret).decode().rstrip("="), seat


def load(
    session: Session, vault: Vault, cookie: str, now: datetime, *, active: bool
) -> Seat | None:
    """The session of a cookie, locked or ended when its time has passed.

    Args:
        session: where sessions are; when the seat is `changed` the door commits at once.
        vault: key store and keyring.
        cookie: what the browser sent.
        now: the instant, aware.
        active: whether this request keeps the session awake (a poll does not).

    Returns:
        None when there is no such session, or its person has left.

    Raises:
        KeyStoreGone: the key store cannot be reached.
    """
    secret = _secret_of(cookie)
    if secret is None:
        return None
    identity, row_key = _derived(secret)
    found = session.execute(
        select(SessionRow, PersonRow.roles, KeyWrappingRow)
        .join(PersonRow, PersonRow.id == SessionRow.person_id)
        .outerjoin(KeyWrappingRow, KeyWrappingRow.session_id == SessionRow.id)
        .where(SessionRow.id == identity, PersonRow.state == "active")
    ).first()
    if found is None or _is_past(found[0], now):
        return None
    row, roles, wrapped = found
    lock = vault.keystore.get_many([row.secret_id]).get(row.secret_id)
    if lock is None:
        return None
    try:
        contents = _open(row.sealed, identity, row_key, lock)
    except CannotOpen:
        return None
    if contents.person_id != row.person_id:
        # Whoever writes the database gave this row to somebody else.
        return None
    changed = _settle(session, vault, row, now)
    seat = Seat(
        id=identity,
        person_id=row.person_id,
        roles=roles_of(roles),
        state=_state(row),
        contents=contents,
        keys=None,
        row_key=row_key,
        row_secret=lock,
        active_at=row.active_at,
        ends_at=row.ends_at,
        changed=changed,
    )
    if seat.state is State.OPEN:
        seat.keys = _open_keys(vault, wrapped, row_key)
        if seat.keys is None:
            seat.state = State.LOCKED
    if active and seat.state is State.OPEN and now - row.active_at >= NOTED:
        row.active_at = seat.active_at = now
        seat.changed = True
    return seat


def device_of_row(vault: Vault, row: SessionRow) -> Device:
    """What kind of device a session began at; nobody knows of rows from before that was kept.

    Args:
        vault: its service keys.
        row: the session.

    Raises:
        CannotOpen: the row was damaged or moved.
    """
    if row.device_sealed is None:
        return Device.OTHER
    opened = vault.keyring.open(_DEVICE, bytes(row.device_sealed), bytes(row.id))
    return Device(opened.decode())


def unlock(session: Session, vault: Vault, seat: Seat, keys: OpenKeys, now: datetime) -> None:
    """Put the private key back into a locked session.

    Args:
        session: the session that unlocks; the door commits.
        vault: key store and keyring.
        seat: the locked session.
        keys: the person's keys, opened with the password.
        now: the instant, aware.

    Raises:
        ValueError: the keys are another person's, or the session has ended.
        KeyStoreGone: the key store cannot be reached.
    """
    if keys.person_id != seat.person_id or seat.state is State.ENDED:
        raise ValueError("this session cannot be unlocked with these keys")
    _drop_keys(session, vault, [seat.id], now)
    wrappings.add(
        session, vault, keys, Way.SESSION, _wrapping_key(seat.row_key), now, session_id=seat.id
    )
    session.execute(
        update(SessionRow).where(SessionRow.id == seat.id).values(active_at=now, locked_at=None)
    )
    seat.keys, seat.state, seat.active_at = keys, State.OPEN, now
    prove(session, seat, now)


def prove(session: Session, seat: Seat, now: datetime) -> None:
    """Keep in a session that its owner just showed that it is he.

    Args:
        session: the door commits.
        seat: whose session.
        now: the instant, aware.
    """
    seat.contents.proven_at = now
    keep_contents(session, seat)


def lock(session: Session, vault: Vault, seat: Seat, now: datetime) -> None:
    """Lock a session: its private key is destroyed, board and roster stay.

    Args:
        session: the door commits.
        vault: key store and keyring.
        seat: the session.
        now: the instant, aware.
    """
    _drop_keys(session, vault, [seat.id], now)
    session.execute(update(SessionRow).where(SessionRow.id == seat.id).values(locked_at=now))
    seat.keys, seat.state = None, State.LOCKED


def keep_contents(session: Session, seat: Seat) -> None:
    """Seal the changed contents of a session into its row; a row that is gone stays gone.

    Args:
        session: the door commits.
        seat: whose contents changed.
    """
    session.execute(
        update(SessionRow)
        .where(SessionRow.id == seat.id)
        .values(sealed=_seal(seat.contents, seat.id, seat.row_key, seat.row_secret))
    )


def sign_out(session: Session, vault: Vault, seat: Seat, now: datetime) -> None:
    """End a session for good: nothing of it is kept, not even for a late form.

    Args:
        session: the door commits.
        vault: key store and keyring.
        seat: the session.
        now: the instant, aware.
    """
    forget(session, vault, [seat.id], now)


def sign_out_everywhere(
    session: Session, vault: Vault, person_id: UUID, now: datetime, *, but: Seat | None = None
) -> None:
    """End every session of a person for good (a new password, a lost device, leaving).

    Args:
        session: the door commits.
        vault: key store and keyring.
        person_id: whose sessions.
        now: the instant, aware.
        but: the session that stays.
    """
    wanted = select(SessionRow.id).where(SessionRow.person_id == person_id)
    if but is not None:
        wanted = wanted.where(SessionRow.id != but.id)
    forget(session, vault, list(session.scalars(wanted)), now)


def sweep(house: House, now: datetime) -> int:
    """Lock idle sessions, end old ones, delete those ended a day ago; the worker's verb.

    Args:
        house: database and vault.
        now: the instant, aware.

    Returns:
        How many sessions changed.
    """
    with house.database.session() as session:
        ended = list(
            session.scalars(
                select(SessionRow)
                .where(SessionRow.ends_at <= now, SessionRow.ended_at.is_(None))
                .limit(_SWEPT)
                .with_for_update(skip_locked=True)
            )
        )
        idle = list(
            session.scalars(
                select(SessionRow)
                .where(
                    SessionRow.active_at <= now - IDLE,
                    SessionRow.ends_at > now,
                    SessionRow.locked_at.is_(None),
                    SessionRow.ended_at.is_(None),
                )
                .limit(_SWEPT)
                .with_for_update(skip_locked=True)
            )
        )
        for row in (*ended, *idle):
            _settle(session, house.vault, row, now)
        past = list(
            session.scalars(
                select(SessionRow.id)
                .where(SessionRow.ends_at <= now - KEPT)
                .limit(_SWEPT)
                .with_for_update(skip_locked=True)
            )
        )
        forget(session, house.vault, past, now)
        session.commit()
        return len(ended) + len(idle) + len(past)


def _settle(session: Session, vault: Vault, row: SessionRow, now: datetime) -> bool:
    """Lock or end a row whose time has passed; whether it changed."""
    if not _is_due(row, now):
        return False
    # Another request or the worker may be doing the same: only one of them destroys the key.
    held = session.scalars(
        select(SessionRow)
        .where(SessionRow.id == row.id)
        .with_for_update()
        .execution_options(populate_existing=True)
    ).first()
    if held is None or not _is_due(held, now):
        return False
    if now >= held.ends_at:
        held.ended_at = held.ends_at
    else:
        held.locked_at = held.active_at + IDLE
    _drop_keys(session, vault, [held.id], now)
    return True


def _is_due(row: SessionRow, now: datetime) -> bool:
    if row.ended_at is not None:
        return False
    return now >= row.ends_at or (row.locked_at is None and now - row.active_at >= IDLE)


def _state(row: SessionRow) -> State:
    if row.ended_at is not None:
        return State.ENDED
    return State.OPEN if row.locked_at is None else State.LOCKED


def _is_past(row: SessionRow, now: datetime) -> bool:
    return now >= row.ends_at + KEPT


def _open_keys(vault: Vault, wrapped: KeyWrappingRow | None, row_key: bytes) -> OpenKeys | None:
    if wrapped is None:
        return None
    try:
        return wrappings.open_with(vault, wrapped, _wrapping_key(row_key))
    except (CannotOpen, SecretGone):
        return None


def _drop_keys(session: Session, vault: Vault, ids: Collection[bytes], now: datetime) -> None:
    rows = session.scalars(select(KeyWrappingRow).where(KeyWrappingRow.session_id.in_(ids)))
    wrappings.remove(session, vault, list(rows), now)


def forget(session: Session, vault: Vault, ids: Collection[bytes], now: datetime) -> None:
    """Let sessions go whole, with their keys.

    Args:
        session: the caller commits.
        vault: key store and keyring.
        ids: which sessions.
        now: the instant, aware.
    """
    if not ids:
        return
    _drop_keys(session, vault, ids, now)
    gone = session.scalars(select(SessionRow.secret_id).where(SessionRow.id.in_(ids)))
    destruction.give_up(session, vault, list(gone), now)
    session.execute(delete(SessionRow).where(SessionRow.id.in_(ids)))


def _secret_of(cookie: str | None) -> bytes | None:
    if cookie is None or len(cookie) != _COOKIE_CHARACTERS:
        return None
    try:
        raw = base64.b64decode(cookie.encode() + b"=", altchars=b"-_", validate=True)
    except (ValueError, binascii.Error):
        return None
    return raw if len(raw) == _BYTES else None


def _derived(secret: bytes) -> tuple[bytes, bytes]:
    """Id and key of the row: neither gives the other, nor the cookie."""
    return (
        hmac.digest(secret, _ID_PURPOSE, hashlib.sha256),
        hmac.digest(secret, _KEY_PURPOSE, hashlib.sha256),
    )


def _instant(text: str | None) -> datetime | None:
    return None if text is None else datetime.fromisoformat(text)


def _wrapping_key(row_key: bytes) -> bytes:
    return hmac.digest(row_key, b"private key", hashlib.sha256)


def _row_lock(identity: bytes, row_key: bytes, secret: bytes) -> tuple[DataKey, Binding]:
    binding = Binding("session", UUID(bytes=identity[:16]), "contents", 1, 1)
    return data_key(row_key, secret, binding), binding


def _seal(contents: Contents, identity: bytes, row_key: bytes, secret: bytes) -> bytes:
    key, binding = _row_lock(identity, row_key, secret)
    return key.seal(contents.to_bytes(), binding)


def _open(sealed: bytes, identity: bytes, row_key: bytes, secret: bytes) -> Contents:
    key, binding = _row_lock(identity, row_key, secret)
    return Contents.from_bytes(key.open(bytes(sealed), binding))
