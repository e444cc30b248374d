"""Signing in: mail address, a code that works once, and the password that opens the private key.

In two steps with a commit between them. The first is cheap and the same for known and unknown
names: it counts the attempt, checks the code and uses it up. Only then, with no transaction
open, is the password stretched: outsiders cannot burn the machine.
"""

import hmac
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from uuid import UUID

import pyotp
from sqlalchemy import delete, insert
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from weerbaar.accounts import (
    challenges,
    known_devices,
    notices,
    people,
    signin_counts,
    throttle,
    trail,
    wrappings,
)
from weerbaar.accounts.actors import Actor
from weerbaar.accounts.keys import OpenKeys
from weerbaar.accounts.keystore import SecretGone
from weerbaar.accounts.models import KeyWrappingRow, ThrottleRow, TotpStepRow
from weerbaar.accounts.vault import Vault
from weerbaar.accounts.wrappings import Stretched, Way
from weerbaar.crypto.errors import CannotOpen
from weerbaar.crypto.wrapping import NotARecoveryCode, RecoveryCode

STEP_SECONDS = 30
STEPS = (0, -1, 1)
# Steps this old can no longer be asked for.
STEPS_KEPT = timedelta(minutes=10)

# The notice of a sign-in from a network that is new to the account.
STRANGE = "sign_in_strange"
PASSWORD_CHANGED, RECOVERY_CHANGED = "password_changed", "recovery_changed"
NOBODY_SECRET = "A" * 32
_DIGITS = 6


class SignInRefused(Exception):
    """Name, password or code is not right; which of them is nobody's business."""


@dataclass(frozen=True, slots=True)
class Attempt:
    """One try that was let in: whose keys the password or recovery code may open, if any."""

    person_id: UUID | None
    account: bytes = field(repr=False)
    source: str = field(repr=False)
    wrapped: KeyWrappingRow | None = field(default=None, repr=False)
    # Under what the try is counted in the place of its network, see `knock`.
    own: bytes | None = field(default=None, repr=False)


def try_code(
    session: Session,
    vault: Vault,
    mail: str,
    code: str,
    source: str,
    now: datetime,
    *,
    way: Way,
    device: str | None = None,
) -> Attempt:
    """The first step: count the try, check the code and use it up. The door commits always.

    Args:
        session: the door commits, whatever comes out: a used code stays used.
        vault: keyring.
        mail: as typed.
        code: the six digits, as typed.
        source: the network it comes from.
        now: the instant, aware.
        way: what is going to open the keys, password or recovery code.
        device: the cookie of a device on which somebody signed in before, if any.

    Returns:
        The attempt; without a person when name or code is wrong. `open_keys` refuses it then.

    Raises:
        TryLater: too many tries.
    """
    account = people.mail_index(vault, mail)
    name = known_devices.known(vault, device, account, now)
    own = None if name is None else b"device" + name
    signin_counts.knock(session, vault, account, source, now, own=own)
    person_id = people.by_mail(session, vault, mail)
    secret = None if person_id is None else people.totp_secret(session, vault, person_id)
    step = matching_step(secret or NOBODY_SECRET, code, now)
    if (
        person_id is None
        or secret is None
        or step is None
        or not use_step(session, person_id, step)
    ):
        trail.count_refusal(session, "sign-in", now)
        return Attempt(None, account, source, own=own)
    return Attempt(person_id, account, source, wrappings.find(session, person_id, way), own)


def open_keys(vault: Vault, attempt: Attempt, password: str) -> OpenKeys:
    """The second step: open the private key with the password. No transaction is open meanwhile.

    Args:
        vault: key store.
        attempt: of `try_code`, committed.
        password: as typed.

    Raises:
        SignInRefused: name, code or password was wrong.
        KeyStoreGone: the key store cannot be reached.
    """
    if attempt.wrapped is None:
        raise SignInRefused
    try:
        return wrappings.open_with_password(vault, attempt.wrapped, password)
    except (CannotOpen, SecretGone):
        raise SignInRefused from None


def open_recovered(vault: Vault, attempt: Attempt, typed: str) -> OpenKeys:
    """The second step of who forgot the password: open the private key with the recovery code.

    Raises:
        SignInRefused: name, code or recovery code was wrong.
        KeyStoreGone: the key store cannot be reached.
    """
    if attempt.wrapped is None:
        raise SignInRefused
    try:
        code = RecoveryCode.parse(typed)
        return wrappings.open_with(vault, attempt.wrapped, code.value)
    except (CannotOpen, SecretGone, NotARecoveryCode):
        raise SignInRefused from None


def failed(session: Session, now: datetime) -> None:
    """Count a try that failed at its second step; the door commits."""
    trail.count_refusal(session, "sign-in", now)


def succeeded(
    session: Session, vault: Vault, attempt: Attempt, keys: OpenKeys, action: str, now: datetime
) -> None:
    """What a successful try leaves: a trail row, a known source, no count.

    Args:
        session: the door commits.
        vault: keyring.
        attempt: the try.
        keys: what it opened.
        action: the code of the trail, e.g. `sign-in`.
        now: the instant, aware.
    """
    strange = not signin_counts.is_known(session, vault, attempt.account, attempt.source, now)
    signin_counts.welcome(session, vault, attempt.account, attempt.source, now, own=attempt.own)
    actor = Actor(person_id=keys.person_id)
    if strange and trail.has_done(session, actor, "sign-in"):
        # Once a day: a telephone on the road changes its network often.
        notices.post(session, keys.person_id, STRANGE, now, key=f"{STRANGE}:{now.date()}")
    trail.record(session, actor, action, "person", keys.person_id, now)


def owes_recovery(session: Session, person_id: UUID) -> bool:
    """Whether a person has no second way to his keys yet."""
    return wrappings.find(session, person_id, Way.RECOVERY) is None


def change_password(
    session: Session, vault: Vault, actor: Actor, keys: OpenKeys, fresh: Stretched, now: datetime
) -> None:
    """Put a new password in the place of the old one, which opens nothing any more; he is told.

    Args:
        session: the door commits.
        vault: key store.
        actor: whose password it is.
        keys: his open keys.
        fresh: the new password, stretched.
        now: the instant, aware.
    """
    wrappings.set_password(session, vault, keys, fresh, now)
    trail.record(session, actor, "password.change", "person", keys.person_id, now)
    notices.post(session, keys.person_id, PASSWORD_CHANGED, now)


def change_recovery(
    session: Session, vault: Vault, actor: Actor, code: RecoveryCode, now: datetime, *, first: bool
) -> None:
    """Put a recovery code in place, typed back by its owner; the old one opens nothing any more.

    Args:
        session: the door commits.
        vault: key store.
        actor: whose code it is, with open keys.
        code: the new one.
        now: the instant, aware.
        first: he had none; else he is told that there is another.
    """
    keys = actor.keys
    assert keys is not None
    wrappings.set_recovery(session, vault, keys, code, now)
    trail.record(session, actor, "recovery.make", "person", keys.person_id, now)
    if not first:
        notices.post(session, keys.person_id, RECOVERY_CHANGED, now)


def matching_step(secret: str, code: str, now: datetime) -> int | None:
    """The time step whose code was typed: this one, the one before or the one after (RFC 6238).

    Args:
        secret: base32.
        code: as typed; spaces do not count.
        now: the instant, aware.
    """
    typed = "".join(code.split())
    if len(typed) != _DIGITS or not (typed.isascii() and typed.isdigit()):
        typed = "-" * _DIGITS
    present = int(now.timestamp()) // STEP_SECONDS
    generator = pyotp.TOTP(secret)
    found = None
    for offset in STEPS:
        expected = generator.generate_otp(present + offset)
        if hmac.compare_digest(expected.encode(), typed.encode()):
            found = present + offset
    return found


def use_step(session: Session, person_id: UUID, step: int) -> bool:
    """Use a step up; False when it was used before, by whomever.

    Args:
        session: the door commits.
        person_id: whose code.
        step: of `matching_step`.
    """
    try:
        with session.begin_nested():
            session.execute(insert(TotpStepRow).values(person_id=person_id, step=step))
    except IntegrityError:
        return False
    return True


def begin_steps(session: Session, person_id: UUID, step: int) -> None:
    """Use up the first step of a new app; those of the app before it say nothing any more.

    Args:
        session: the door commits.
        person_id: whose app.
        step: of `matching_step`.
    """
    session.execute(delete(TotpStepRow).where(TotpStepRow.person_id == person_id))
    session.execute(insert(TotpStepRow).values(person_id=person_id, step=step))


def forget_old(session: Session, now: datetime) -> int:
    """Delete counts and used steps that no longer say anything; the worker's verb commits.

    Args:
        session: the worker's.
        now: the instant, aware.
    """
    oldest = int((now - STEPS_KEPT).timestamp()) // STEP_SECONDS
    steps = session.execute(delete(TotpStepRow).where(TotpStepRow.step < oldest))
    counts = session.execute(
        delete(ThrottleRow).where(ThrottleRow.last_at <= now - throttle.KNOWN_FOR)
    )
    passed = int(steps.rowcount) + int(counts.rowcount)  # type: ignore[attr-defined]
    return passed + challenges.forget_old(session, now)
