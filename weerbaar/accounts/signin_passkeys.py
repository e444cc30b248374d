"""Signing in with a passkey: no name is typed, and where the device has PRF no password either.

In the same two steps as with a code, with a commit between them: the touch is believed and used
up first; only then, and only without PRF, is a password stretched.
"""

import hashlib
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from sqlalchemy.orm import Session

from weerbaar.accounts import notices, passkeys, people, signin, signin_counts, trail, wrappings
from weerbaar.accounts.actors import Actor
from weerbaar.accounts.challenges import Purpose
from weerbaar.accounts.keys import OpenKeys
from weerbaar.accounts.keystore import SecretGone
from weerbaar.accounts.models import KeyWrappingRow
from weerbaar.accounts.passkeys import PasskeyCopied, PasskeyRefused, Sent, Touched
from weerbaar.accounts.relying_party import RelyingParty
from weerbaar.accounts.signin import Attempt, SignInRefused
from weerbaar.accounts.vault import Vault
from weerbaar.accounts.wrappings import Way
from weerbaar.crypto.errors import CannotOpen

COPIED = "passkey_copied"


class PasswordNeeded(Exception):
    """The passkey is right but opens nothing: its owner gives his password as well."""


@dataclass(frozen=True, slots=True)
class Touch:
    """One try with a passkey that was let in; `touched` is None when it was refused.

    One that proved true is counted under the passkey itself: only who touches it can wear it out.
    """

    touched: Touched | None
    account: bytes = field(repr=False)
    source: str = field(repr=False)
    by_password: KeyWrappingRow | None = field(default=None, repr=False)
    own: bytes | None = field(default=None, repr=False)


def touch(
    session: Session,
    vault: Vault,
    party: RelyingParty,
    sent: Sent,
    purpose: Purpose,
    tie: bytes,
    source: str,
    now: datetime,
    *,
    person_id: UUID | None = None,
) -> Touch:
    """The first step: believe the touch or not, and count the try. The door commits always.

    It is proved before it is counted: what others do at an account, with passwords or with
    passkeys that are none, never lets a true touch wait.

    Args:
        session: the door commits, whatever comes out: a used challenge stays used.
        vault: key store and keyring.
        party: for whom the passkey must be.
        sent: of `passkeys.read`.
        purpose: what the passkey was asked for.
        tie: a secret of this browser.
        source: the network it comes from.
        now: the instant, aware.
        person_id: whose it must be, once somebody is signed in.

    Raises:
        TryLater: too many tries.
        KeyStoreGone: the key store cannot be reached.
    """
    whose = passkeys.owner(session, sent)
    if whose is None:
        account = hashlib.sha256(sent.credential.raw_id).digest()
    else:
        account = people.mail_index(vault, people.card(session, vault, whose).mail)
    try:
        touched = passkeys.prove(
            session, vault, party, sent, purpose, tie, now, person_id=person_id
        )
    except PasskeyCopied as copied:
        _tell(session, copied, now)
    except PasskeyRefused:
        pass
    else:
        own = b"passkey" + touched.passkey_id.bytes
        signin_counts.knock(session, vault, account, source, now, own=own)
        by_password = wrappings.find(session, touched.person_id, Way.PASSWORD)
        return Touch(touched, account, source, by_password, own)
    signin_counts.knock(session, vault, account, source, now)
    trail.count_refusal(session, "sign-in", now)
    return Touch(None, account, source)


def open_keys(vault: Vault, touch: Touch, prf: bytes | None, password: str) -> OpenKeys:
    """The second step: open the private key by PRF, or by password. No transaction is open.

    Args:
        vault: key store.
        touch: of `touch`, committed.
        prf: what the passkey gave; None from a device without PRF.
        password: as typed; empty where nothing was asked.

    Raises:
        SignInRefused: passkey or password was wrong.
        PasswordNeeded: the passkey is right and opens nothing, and there is no password.
        KeyStoreGone: the key store cannot be reached.
    """
    if touch.touched is None:
        raise SignInRefused
    if prf is not None and touch.touched.wrapped is not None:
        try:
            return wrappings.open_with(vault, touch.touched.wrapped, prf)
        except (CannotOpen, SecretGone):
            pass
    if not password:
        raise PasswordNeeded
    return signin.open_keys(
        vault,
        Attempt(touch.touched.person_id, touch.account, touch.source, touch.by_password),
        password,
    )


def welcome(session: Session, vault: Vault, touch: Touch, now: datetime) -> None:
    """Take back the count of a touch that did what it was for.

    Args:
        session: the door commits.
        vault: whose keyring hides account and source.
        touch: the try.
        now: the instant, aware.
    """
    signin_counts.welcome(session, vault, touch.account, touch.source, now, own=touch.own)


def keep_prf(
    session: Session, vault: Vault, touch: Touch, keys: OpenKeys, prf: bytes | None, now: datetime
) -> None:
    """Let the PRF of a passkey open from now on, where the password had to.

    Args:
        session: the door commits.
        vault: key store.
        touch: the try.
        keys: what it opened.
        prf: what the passkey gave, if anything.
        now: the instant, aware.

    Raises:
        KeyStoreGone: the key store cannot be reached.
    """
    touched = touch.touched
    if prf is not None and touched is not None and not _opens(vault, touched, prf):
        passkeys.keep_under(session, vault, keys, touched.passkey_id, prf, now)


def _opens(vault: Vault, touched: Touched, prf: bytes) -> bool:
    if touched.wrapped is None:
        return False
    try:
        wrappings.open_with(vault, touched.wrapped, prf)
    except (CannotOpen, SecretGone):
        return False
    return True


def _tell(session: Session, copied: PasskeyCopied, now: datetime) -> None:
    actor = Actor(copied.person_id)
    trail.record(
        session, actor, "passkey.copied", "passkey", copied.passkey_id, now, outcome="refused"
    )
    notices.post(session, copied.person_id, COPIED, now, key=f"{COPIED}:{now.date()}")
