"""The ways in which a person's private key is kept: password, recovery code, passkey, session.

Each is the key under something the person has and a destruction secret of its own, so that the
database alone cannot be used to guess, and a removed way is gone from every backup too.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from uuid import UUID, uuid4

from sqlalchemy import delete, func, insert, select
from sqlalchemy.orm import Session

from weerbaar.accounts import destruction
from weerbaar.accounts.keys import OpenKeys
from weerbaar.accounts.models import KeyWrappingRow, PersonKeyRow
from weerbaar.accounts.vault import Vault
from weerbaar.config.desks import stepped_aside
from weerbaar.crypto import wrapping
from weerbaar.crypto.envelope import Binding
from weerbaar.crypto.errors import CannotOpen
from weerbaar.crypto.wrapping import STRONG, Profile, RecoveryCode


class Way(StrEnum):
    """What the person has, as rows name it."""

    PASSWORD = "password"  # noqa: S105 - the name of a way, not a password
    RECOVERY = "recovery"
    PASSKEY = "passkey"
    QUORUM = "quorum"
    SESSION = "session"
    # A former key, under the present one, until everything it opens is moved.
    FORMER = "former"


def add(
    session: Session,
    vault: Vault,
    keys: OpenKeys,
    way: Way,
    what: bytes,
    now: datetime,
    *,
    session_id: bytes | None = None,
    passkey_id: UUID | None = None,
    salt: bytes | None = None,
    profile: str | None = None,
) -> UUID:
    """Keep a private key in one more way.

    Args:
        session: the door commits.
        vault: whose key store gives the second lock.
        keys: the person's open keys.
        way: the kind of wrapping.
        what: the secret bytes that the person has.
        now: the instant, aware.
        session_id: of a session's wrapping, the session.
        passkey_id: of a passkey's wrapping, the passkey.
        salt: of a password, the salt it was stretched with.
        profile: of a password, the name of the profile it was stretched with.

    Returns:
        The id of the wrapping.

    Raises:
        KeyStoreGone: the key store cannot be reached.
    """
    row_id = uuid4()
    secret_id, secret = vault.keystore.take()
    session.execute(
        insert(KeyWrappingRow).values(
            id=row_id,
            person_id=keys.person_id,
            epoch=keys.epoch,
            kind=way.value,
            session_id=session_id,
            passkey_id=passkey_id,
            salt=salt,
            profile=profile,
            wrapped=wrapping.wrap_private(
                keys.private, what, secret, _binding(row_id, way, keys.epoch)
            ),
            secret_id=secret_id,
            created_day=now.date(),
        )
    )
    return row_id


def open_with(vault: Vault, row: KeyWrappingRow, what: bytes) -> OpenKeys:
    """A person's keys, from one of the ways they are kept in.

    Args:
        vault: whose key store holds the second lock.
        row: the wrapping.
        what: the secret bytes that the person has.

    Raises:
        CannotOpen: it is not what the key was kept under.
        SecretGone: this way was destroyed.
        KeyStoreGone: the key store cannot be reached.
    """
    secret = vault.keystore.get(row.secret_id)
    private = wrapping.unwrap_private(
        bytes(row.wrapped), what, secret, _binding(row.id, Way(row.kind), row.epoch)
    )
    return OpenKeys(person_id=row.person_id, private=private, epoch=row.epoch)


def find(session: Session, person_id: UUID, way: Way) -> KeyWrappingRow | None:
    """The wrapping of a person of which there is one at a time; None when there is none."""
    return session.scalars(
        select(KeyWrappingRow).where(
            KeyWrappingRow.person_id == person_id, KeyWrappingRow.kind == way.value
        )
    ).first()


def of_passkeys(
    session: Session, person_id: UUID, passkey_id: UUID | None = None
) -> dict[UUID, KeyWrappingRow]:
    """The wrappings under a person's passkeys, of his present key pair alone.

    Args:
        session: where wrappings are.
        person_id: whose.
        passkey_id: of this passkey only.
    """
    present = select(func.max(PersonKeyRow.epoch)).where(PersonKeyRow.person_id == person_id)
    wanted = select(KeyWrappingRow).where(
        KeyWrappingRow.person_id == person_id,
        KeyWrappingRow.kind == Way.PASSKEY.value,
        KeyWrappingRow.epoch == present.scalar_subquery(),
    )
    if passkey_id is not None:
        wanted = wanted.where(KeyWrappingRow.passkey_id == passkey_id)
    return {row.passkey_id: row for row in session.scalars(wanted) if row.passkey_id is not None}


def remove(session: Session, vault: Vault, rows: Sequence[KeyWrappingRow], now: datetime) -> None:
    """Destroy ways, in the database and in the key store.

    Args:
        session: the door commits; the secrets go with the commit.
        vault: whose key store holds the secrets.
        rows: the wrappings.
        now: the instant, aware.
    """
    if not rows:
        return
    gone = session.scalars(
        delete(KeyWrappingRow)
        .where(KeyWrappingRow.id.in_([row.id for row in rows]))
        .returning(KeyWrappingRow.secret_id)
    )
    destruction.give_up(session, vault, list(gone), now)


@dataclass(frozen=True, slots=True)
class Stretched:
    """A password after Argon2id, ready to keep a key under."""

    what: bytes = field(repr=False)
    salt: bytes = field(repr=False)
    profile: str


def stretch(vault: Vault, password: str) -> Stretched:
    """Stretch a new password; it takes a while, so no transaction should be open meanwhile.

    Args:
        vault: whose profile is used.
        password: as typed.
    """
    salt = wrapping.new_salt()
    with stepped_aside():
        what = wrapping.from_password(password, salt, vault.profile)
    return Stretched(what=what, salt=salt, profile=vault.profile.name)


def set_password(
    session: Session, vault: Vault, keys: OpenKeys, password: Stretched, now: datetime
) -> None:
    """Keep a private key under a password; an earlier password no longer opens it.

    Args:
        session: the door commits.
        vault: key store.
        keys: the person's open keys.
        password: what `stretch` gave.
        now: the instant, aware.
    """
    drop(session, vault, keys.person_id, Way.PASSWORD, now)
    add(
        session, vault, keys, Way.PASSWORD, password.what, now,
        salt=password.salt, profile=password.profile,
    )  # fmt: skip


def open_with_password(vault: Vault, row: KeyWrappingRow, password: str) -> OpenKeys:
    """A person's keys, from the password; no transaction is open meanwhile.

    Raises:
        CannotOpen: it is not the password.
        SecretGone: this way was destroyed.
        KeyStoreGone: the key store cannot be reached.
    """
    profile = _profile(vault, row)
    with stepped_aside():
        stretched = wrapping.from_password(password, bytes(row.salt or b""), profile)
    return open_with(vault, row, stretched)


def set_recovery(
    session: Session, vault: Vault, keys: OpenKeys, code: RecoveryCode, now: datetime
) -> None:
    """Keep a private key under a recovery code; an earlier code no longer opens it.

    Args:
        session: the door commits.
        vault: key store.
        keys: the person's open keys.
        code: shown once and typed back.
        now: the instant, aware.
    """
    drop(session, vault, keys.person_id, Way.RECOVERY, now)
    add(session, vault, keys, Way.RECOVERY, code.value, now)


def drop(session: Session, vault: Vault, person_id: UUID, way: Way, now: datetime) -> None:
    """Destroy the one wrapping of this kind that a person has, if any."""
    old = find(session, person_id, way)
    if old is not None:
        remove(session, vault, [old], now)


def _profile(vault: Vault, row: KeyWrappingRow) -> Profile:
    # The strong one is always known, so that a cheaper present profile locks nobody out.
    known = {profile.name: profile for profile in (STRONG, vault.profile)}
    try:
        return known[row.profile or ""]
    except KeyError:
        raise CannotOpen from None


def _binding(row_id: UUID, way: Way, epoch: int) -> Binding:
    return Binding("private-key", row_id, way.value, epoch, 1)
