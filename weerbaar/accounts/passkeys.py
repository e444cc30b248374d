"""Passkeys: WebAuthn credentials of a person, several, named, each to be removed on its own.

A passkey says who somebody is: its owner was there and was verified by the device itself. With
the PRF extension (WebAuthn Level 3, section 10.1.4) it also gives 32 bytes that nobody else can
make: the private key is kept under them and a secret of the key store, in one more way. Without
PRF it takes the place of the code of the app, and the password opens.

The PRF output is never kept and never logged: it passes through the memory of one request.
"""

from dataclasses import dataclass, field
from datetime import date, datetime
from uuid import UUID, uuid4

from cryptography.exceptions import UnsupportedAlgorithm
from sqlalchemy import delete, func, insert, select, update
from sqlalchemy.orm import Session
from webauthn import verify_authentication_response, verify_registration_response
from webauthn.helpers import (
    parse_authentication_credential_json,
    parse_client_data_json,
    parse_registration_credential_json,
)
from webauthn.helpers.exceptions import WebAuthnException
from webauthn.helpers.structs import AuthenticationCredential, RegistrationCredential

from weerbaar.accounts import challenges, destruction, notices, people, trail, wrappings
from weerbaar.accounts.actors import Actor
from weerbaar.accounts.challenges import Purpose
from weerbaar.accounts.keys import OpenKeys
from weerbaar.accounts.keystore import SecretGone
from weerbaar.accounts.models import KeyWrappingRow, PasskeyRow, PersonRow
from weerbaar.accounts.passkey_options import PRF_SALT
from weerbaar.accounts.relying_party import RelyingParty
from weerbaar.accounts.vault import Vault
from weerbaar.accounts.wrappings import Way
from weerbaar.crypto.encoding import encode

MOST = 10
ADDED, REMOVED = "passkey_added", "passkey_removed"

_LABEL, _MAC = "passkey-label", "passkey"
# Level 3, section 5.8.3: a credential id has at most this many bytes.
_LONGEST_ID = 1023
_MALFORMED = (
    WebAuthnException, UnsupportedAlgorithm, ValueError, TypeError, LookupError, AttributeError,
    OverflowError, RecursionError,
)  # fmt: skip


class PasskeyRefused(Exception):
    """What an authenticator sent is not good here; why is nobody's business."""


class PasskeyCopied(PasskeyRefused):
    """Its counter went back: there may be two of it."""

    def __init__(self, person_id: UUID, passkey_id: UUID) -> None:
        self.person_id, self.passkey_id = person_id, passkey_id
        super().__init__()


class TooManyPasskeys(Exception):
    """Somebody has as many as anybody may."""


class NoSuchPasskey(Exception):
    """This person has no such passkey."""


class LastPasskey(Exception):
    """Without this passkey and without a password, the recovery code would be the only way left."""


@dataclass(frozen=True, slots=True)
class Passkey:
    """A passkey as its owner sees it; `opens` says that it opens the keys without a password."""

    id: UUID
    label: str = field(repr=False)
    created_day: date
    used_day: date | None
    opens: bool


@dataclass(frozen=True, slots=True)
class Sent:
    """What an authenticator sent, read but not believed."""

    credential: AuthenticationCredential = field(repr=False)
    challenge: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class Touched:
    """A passkey that was touched by its owner, and the wrapping that its PRF output opens."""

    person_id: UUID
    passkey_id: UUID
    wrapped: KeyWrappingRow | None = field(default=None, repr=False)


@dataclass(frozen=True, slots=True)
class Made:
    """A passkey that was made for us, proved and not kept yet."""

    credential_id: bytes = field(repr=False)
    public_key: bytes = field(repr=False)
    sign_count: int


# ---- what came back ----------------------------------------------------------------------


def read(sent: str) -> Sent:
    """Read what an authenticator sent on being asked.

    Args:
        sent: `AuthenticationResponseJSON`.

    Raises:
        PasskeyRefused: it is nothing of the kind.
    """
    try:
        credential = parse_authentication_credential_json(sent)
        client = parse_client_data_json(credential.response.client_data_json)
    except _MALFORMED:
        raise PasskeyRefused from None
    if client.cross_origin or not 0 < len(credential.raw_id) <= _LONGEST_ID:
        raise PasskeyRefused
    return Sent(credential, client.challenge)


def owner(session: Session, sent: Sent) -> UUID | None:
    """Who says to be there, by the passkey that was touched; None for an unknown one."""
    return session.scalar(
        select(PasskeyRow.person_id)
        .join(PersonRow, PersonRow.id == PasskeyRow.person_id)
        .where(PasskeyRow.credential_id == sent.credential.raw_id, PersonRow.state == people.ACTIVE)
    )


def prove(
    session: Session,
    vault: Vault,
    party: RelyingParty,
    sent: Sent,
    purpose: Purpose,
    tie: bytes,
    now: datetime,
    *,
    person_id: UUID | None = None,
) -> Touched:
    """Believe what an authenticator sent, or refuse it. The challenge is used up in any case.

    Args:
        session: the door commits, whatever comes out.
        vault: key store and service keys.
        party: for whom the passkey must be.
        sent: of `read`.
        purpose: what it was asked for.
        tie: a secret of this browser.
        now: the instant, aware.
        person_id: whose it must be.

    Raises:
        PasskeyCopied: its counter went back.
        PasskeyRefused: anything else is not right.
        KeyStoreGone: the key store cannot be reached.
    """
    whose = owner(session, sent)
    asked = challenges.use(session, vault, sent.challenge, purpose, tie, now)
    if not asked or whose is None or person_id not in {None, whose}:
        raise PasskeyRefused
    row = session.scalars(
        select(PasskeyRow).where(PasskeyRow.credential_id == sent.credential.raw_id)
    ).one()
    handle = sent.credential.response.user_handle
    if (handle is None and person_id is None) or handle not in {None, whose.bytes}:
        raise PasskeyRefused
    _check_row(vault, row)
    try:
        verified = verify_authentication_response(
            credential=sent.credential,
            expected_challenge=sent.challenge,
            expected_rp_id=party.id,
            expected_origin=party.origin,
            credential_public_key=bytes(row.public_key),
            # Compared below, in the same statement that keeps it.
            credential_current_sign_count=0,
            require_user_verification=True,
        )
    except _MALFORMED:
        raise PasskeyRefused from None
    if not _count(session, row.id, verified.new_sign_count, now):
        raise PasskeyCopied(whose, row.id)
    return Touched(whose, row.id, wrappings.of_passkeys(session, whose, row.id).get(row.id))


def _count(session: Session, passkey_id: UUID, count: int, now: datetime) -> bool:
    """Keep the counter; False where it did not go up (Level 3, section 6.1.1).

    Passkeys that are kept on several devices count nothing: always zero.
    """
    kept = PasskeyRow.sign_count
    counted = session.execute(
        update(PasskeyRow)
        .where(PasskeyRow.id == passkey_id, (kept < count) if count else (kept == 0))
        .values(sign_count=count, used_day=now.date())
        .execution_options(synchronize_session=False)
    )
    return bool(counted.rowcount)  # type: ignore[attr-defined]


# ---- what somebody has -------------------------------------------------------------------


def listing(session: Session, vault: Vault, person_id: UUID) -> list[Passkey]:
    """Somebody's passkeys, in the order in which they were made.

    Args:
        session: where passkeys are.
        vault: its service keys.
        person_id: whose.

    Raises:
        CannotOpen: a row was damaged or moved.
    """
    opening = wrappings.of_passkeys(session, person_id)
    rows = session.scalars(
        select(PasskeyRow)
        .where(PasskeyRow.person_id == person_id)
        .order_by(PasskeyRow.created_day, PasskeyRow.id)
    )
    return [
        Passkey(row.id, _label(vault, row), row.created_day, row.used_day, row.id in opening)
        for row in rows
    ]


def prove_new(
    session: Session,
    vault: Vault,
    party: RelyingParty,
    sent: str,
    purpose: Purpose,
    tie: bytes,
    now: datetime,
) -> Made:
    """Believe what an authenticator sent that made a passkey. The challenge is used up in any case.

    Args:
        session: the door commits, also when it was refused.
        vault: its service keys.
        party: for whom it must have been made.
        sent: `RegistrationResponseJSON`.
        purpose: what it was asked for.
        tie: a secret of this browser.
        now: the instant, aware.

    Raises:
        PasskeyRefused: it is not what was asked for, or somebody has it already.
    """
    credential, challenge = _read_new(sent)
    if not challenges.use(session, vault, challenge, purpose, tie, now):
        raise PasskeyRefused
    try:
        verified = verify_registration_response(
            credential=credential,
            expected_challenge=challenge,
            expected_rp_id=party.id,
            expected_origin=party.origin,
            require_user_verification=True,
        )
    except _MALFORMED:
        raise PasskeyRefused from None
    taken = select(PasskeyRow.id).where(PasskeyRow.credential_id == verified.credential_id)
    if len(verified.credential_id) > _LONGEST_ID or session.scalar(taken) is not None:
        raise PasskeyRefused
    return Made(verified.credential_id, verified.credential_public_key, verified.sign_count)


def keep(
    session: Session,
    vault: Vault,
    keys: OpenKeys,
    made: Made,
    prf: bytes | None,
    label: str,
    now: datetime,
) -> UUID:
    """Keep a new passkey; with a PRF output the private key is kept under it as well.

    Args:
        session: the door commits.
        vault: key store and service keys.
        keys: the person's open keys.
        made: of `prove_new`.
        prf: 32 bytes, or None from a device that has no PRF.
        label: what its owner calls it.
        now: the instant, aware.

    Raises:
        KeyStoreGone: the key store cannot be reached.
    """
    passkey_id = uuid4()
    secret_id, secret = vault.keystore.take()
    session.execute(
        insert(PasskeyRow).values(
            id=passkey_id,
            person_id=keys.person_id,
            credential_id=made.credential_id,
            public_key=made.public_key,
            sign_count=made.sign_count,
            prf_salt=PRF_SALT,
            label_sealed=vault.keyring.seal(_LABEL, label.encode(), passkey_id.bytes),
            mac=vault.keyring.mac(
                _MAC,
                encode(secret, passkey_id, keys.person_id, made.credential_id, made.public_key),
            ),
            secret_id=secret_id,
            created_day=now.date(),
        )
    )
    if prf is not None:
        wrappings.add(session, vault, keys, Way.PASSKEY, prf, now, passkey_id=passkey_id)
    trail.record(session, Actor(keys.person_id), "passkey.add", "passkey", passkey_id, now)
    return passkey_id


def add(
    session: Session,
    vault: Vault,
    party: RelyingParty,
    keys: OpenKeys,
    sent: str,
    prf: bytes | None,
    label: str,
    tie: bytes,
    now: datetime,
) -> UUID:
    """Keep one more passkey of somebody, who is told.

    Args:
        session: the door commits, also when it was refused: the challenge is used up.
        vault: key store and service keys.
        party: for whom it must have been made.
        keys: the person's open keys.
        sent: `RegistrationResponseJSON`.
        prf: 32 bytes, or None from a device that has no PRF.
        label: what its owner calls it.
        tie: a secret of this browser.
        now: the instant, aware.

    Raises:
        TooManyPasskeys: he has ten.
        PasskeyRefused: it is not what was asked for, or somebody has it already.
        KeyStoreGone: the key store cannot be reached.
    """
    count = session.scalar(
        select(func.count()).select_from(PasskeyRow).where(PasskeyRow.person_id == keys.person_id)
    )
    if (count or 0) >= MOST:
        raise TooManyPasskeys
    made = prove_new(session, vault, party, sent, Purpose.ADD, tie, now)
    passkey_id = keep(session, vault, keys, made, prf, label, now)
    notices.post(session, keys.person_id, ADDED, now)
    return passkey_id


def keep_under(
    session: Session, vault: Vault, keys: OpenKeys, passkey_id: UUID, prf: bytes, now: datetime
) -> None:
    """Keep a private key under the PRF output of a passkey that did not open it so far.

    Args:
        session: the door commits.
        vault: key store.
        keys: the person's open keys.
        passkey_id: his passkey.
        prf: 32 bytes.
        now: the instant, aware.

    Raises:
        KeyStoreGone: the key store cannot be reached.
    """
    _drop_wrapping(session, vault, passkey_id, now)
    wrappings.add(session, vault, keys, Way.PASSKEY, prf, now, passkey_id=passkey_id)


def remove(
    session: Session, vault: Vault, actor: Actor, person_id: UUID, passkey_id: UUID, now: datetime
) -> None:
    """Remove a passkey: what it opened is destroyed, in every backup of the database too.

    Args:
        session: the door commits; the secrets go with the commit.
        vault: key store.
        actor: who removes it.
        person_id: whose it is.
        passkey_id: which one.
        now: the instant, aware.

    Raises:
        NoSuchPasskey: he has no such passkey.
        LastPasskey: it is the last that opens his keys, and he has no password.
    """
    mine = (PasskeyRow.id == passkey_id, PasskeyRow.person_id == person_id)
    if session.scalar(select(PasskeyRow.id).where(*mine)) is None:
        raise NoSuchPasskey
    opening = wrappings.of_passkeys(session, person_id).keys()
    if opening == {passkey_id} and wrappings.find(session, person_id, Way.PASSWORD) is None:
        raise LastPasskey
    _drop_wrapping(session, vault, passkey_id, now)
    gone = session.scalars(delete(PasskeyRow).where(*mine).returning(PasskeyRow.secret_id))
    destruction.give_up(session, vault, list(gone), now)
    trail.record(session, actor, "passkey.remove", "passkey", passkey_id, now)
    notices.post(session, person_id, REMOVED, now)


def _drop_wrapping(session: Session, vault: Vault, passkey_id: UUID, now: datetime) -> None:
    rows = session.scalars(select(KeyWrappingRow).where(KeyWrappingRow.passkey_id == passkey_id))
    wrappings.remove(session, vault, list(rows), now)


def _read_new(sent: str) -> tuple[RegistrationCredential, bytes]:
    try:
        credential = parse_registration_credential_json(sent)
        client = parse_client_data_json(credential.response.client_data_json)
    except _MALFORMED:
        raise PasskeyRefused from None
    if client.cross_origin:
        raise PasskeyRefused
    return credential, client.challenge


def _check_row(vault: Vault, row: PasskeyRow) -> None:
    """Refuse a row that we did not write, or whose passkey was removed."""
    try:
        secret = vault.keystore.get(row.secret_id)
    except SecretGone:
        raise PasskeyRefused from None
    if not vault.keyring.check_mac(_MAC, _maced(row, secret), bytes(row.mac)):
        raise PasskeyRefused


def resealed(vault: Vault, row: PasskeyRow) -> dict[str, bytes]:
    """A passkey's label and MAC under the current service key; only what changes.

    Args:
        vault: key store and service keys.
        row: the passkey.

    Raises:
        PasskeyRefused: we did not write this row, or the passkey was removed.
        CannotOpen: its label was damaged or moved.
        KeyStoreGone: the key store cannot be reached.
    """
    _check_row(vault, row)
    keyring, found = vault.keyring, {}
    if keyring.maced_by(row.mac) != keyring.ids[0]:
        secret = vault.keystore.get(row.secret_id)
        found["mac"] = keyring.mac(_MAC, _maced(row, secret))
    if row.label_sealed is not None and keyring.sealed_by(row.label_sealed) != keyring.ids[0]:
        label = _label(vault, row).encode()
        found["label_sealed"] = keyring.seal(_LABEL, label, row.id.bytes)
    return found


def _maced(row: PasskeyRow, secret: bytes) -> bytes:
    return encode(secret, row.id, row.person_id, bytes(row.credential_id), bytes(row.public_key))


def _label(vault: Vault, row: PasskeyRow) -> str:
    return vault.keyring.open(_LABEL, bytes(row.label_sealed or b""), row.id.bytes).decode()
