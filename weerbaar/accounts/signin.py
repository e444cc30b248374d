"""Signing in: mail address, a code that works once, and the password that opens the private key.

In two steps with a commit between them. The first is cheap and the same for known and unknown
names: it counts the attempt, checks the code and uses it up. Only then, with no transaction
open, is the password stretched: outsiders cannot burn the machine.
"""

import hashlib
import hmac
import math
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from uuid import UUID

import pyotp
from sqlalchemy import delete, insert, select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from weerbaar.accounts import challenges, notices, people, throttle, trail, wrappings
from weerbaar.accounts.actors import Actor
from weerbaar.accounts.keys import OpenKeys
from weerbaar.accounts.keystore import SecretGone
from weerbaar.accounts.models import KeyWrappingRow, ThrottleRow, TotpStepRow
from weerbaar.accounts.throttle import Count
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
# A row that only reserves its place has not been tried at.
_NEVER = datetime(2000, 1, 1, tzinfo=UTC)
_DIGITS = 6


class SignInRefused(Exception):
    """Name, password or code is not right; which of them is nobody's business."""


class TryLater(Exception):
    """This source has to wait before it may try this account again."""

    def __init__(self, free_at: datetime, now: datetime) -> None:
        self.free_at = free_at
        self.seconds = max(1, math.ceil((free_at - now).total_seconds()))
        super().__init__(f"{self.seconds} s")


class _Scope(StrEnum):
    PAIR = "pair"
    ACCOUNT = "account"
    SOURCE = "source"
    KNOWN = "known"


@dataclass(frozen=True, slots=True)
class Attempt:
    """One try that was let in: whose keys the password or recovery code may open, if any."""

    person_id: UUID | None
    account: bytes = field(repr=False)
    source: str = field(repr=False)
    wrapped: KeyWrappingRow | None = field(default=None, repr=False)


def knock(session: Session, vault: Vault, account: bytes, source: str, now: datetime) -> None:
    """Count one try of a source at an account, or send it away; the door commits in both cases.

    The try counts as failed until `welcome` says otherwise, so that many at once gain nothing.

    Args:
        session: where the counts are.
        vault: whose keyring hides account and source.
        account: the mail index of what was typed, known or not.
        source: the network it comes from, of `throttle.source_of`.
        now: the instant, aware.

    Raises:
        TryLater: too many tries; the time it names is kept.
    """
    digests = _digests(vault, account, source, now)
    rows = _locked(session, digests.values(), now)
    pair, crowd, own = (
        _count(rows[digests[scope]]) for scope in (_Scope.PAIR, _Scope.ACCOUNT, _Scope.SOURCE)
    )
    known = _is_known(session, vault, account, source, now)
    free_at = throttle.free_at(now, pair, crowd, own, known=known)
    if free_at > now:
        row = rows[digests[_Scope.PAIR]]
        row.blocked_until = free_at
        if pair.last_at is None or throttle.remembered(pair, now).last_at is None:
            row.failures, row.last_at = 0, now
        raise TryLater(free_at, now)
    for scope in (_Scope.PAIR, _Scope.SOURCE) if known else tuple(digests):
        row = rows[digests[scope]]
        row.failures = throttle.remembered(_count(row), now).failures + 1
        row.last_at = now
        row.blocked_until = None
    session.flush()


def welcome(session: Session, vault: Vault, account: bytes, source: str, now: datetime) -> None:
    """Take back the count of a try that succeeded, and remember the source for thirty days.

    Args:
        session: the door commits.
        vault: whose keyring hides account and source.
        account: the mail index.
        source: the network it comes from.
        now: the instant, aware.
    """
    digests = _digests(vault, account, source, now)
    known = _known_digest(vault, account, source)
    counted = [_Scope.SOURCE]
    if not _is_known(session, vault, account, source, now):
        counted.append(_Scope.ACCOUNT)
    rows = _locked(session, [*digests.values(), known], now)
    pair = rows[digests[_Scope.PAIR]]
    pair.failures, pair.blocked_until = 0, None
    for scope in counted:
        row = rows[digests[scope]]
        row.failures = max(0, row.failures - 1)
    rows[known].last_at = now
    session.flush()


def strange_tries(
    session: Session, vault: Vault, accounts: Iterable[bytes], now: datetime
) -> dict[bytes, int]:
    """How often accounts were tried in vain today, from networks that never signed in to them.

    Args:
        session: where the counts are.
        vault: whose keyring hides accounts.
        accounts: mail indices.
        now: the instant, aware.
    """
    digests = {_digests(vault, one, "", now)[_Scope.ACCOUNT]: one for one in accounts}
    rows = session.execute(
        select(ThrottleRow.key, ThrottleRow.failures).where(ThrottleRow.failures > 0)
    )
    return {digests[bytes(key)]: count for key, count in rows if bytes(key) in digests}


def try_code(
    session: Session, vault: Vault, mail: str, code: str, source: str, now: datetime, *, way: Way
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

    Returns:
        The attempt; without a person when name or code is wrong. `open_keys` refuses it then.

    Raises:
        TryLater: too many tries.
    """
    account = people.mail_index(vault, mail)
    knock(session, vault, account, source, now)
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
        return Attempt(None, account, source)
    return Attempt(person_id, account, source, wrappings.find(session, person_id, way))


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
    strange = not _is_known(session, vault, attempt.account, attempt.source, now)
    welcome(session, vault, attempt.account, attempt.source, now)
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


def _digests(vault: Vault, account: bytes, source: str, now: datetime) -> dict[_Scope, bytes]:
    # A key of the day: what a source did yesterday cannot be tied to today.
    key = _key(vault, now.date().isoformat())
    return {
        _Scope.PAIR: _digest(key, _Scope.PAIR, account, source.encode()),
        _Scope.ACCOUNT: _digest(key, _Scope.ACCOUNT, account),
        _Scope.SOURCE: _digest(key, _Scope.SOURCE, source.encode()),
    }


def _known_digest(vault: Vault, account: bytes, source: str) -> bytes:
    return _digest(_key(vault, "known"), _Scope.KNOWN, account, source.encode())


def _key(vault: Vault, period: str) -> bytes:
    return hmac.digest(vault.keyring.subkey("throttle"), period.encode(), hashlib.sha256)


def _digest(key: bytes, scope: _Scope, *parts: bytes) -> bytes:
    whole = b"".join(len(part).to_bytes(2, "big") + part for part in (scope.encode(), *parts))
    return hmac.digest(key, whole, hashlib.sha256)


def _is_known(session: Session, vault: Vault, account: bytes, source: str, now: datetime) -> bool:
    seen = session.scalars(
        select(ThrottleRow.last_at).where(ThrottleRow.key == _known_digest(vault, account, source))
    ).first()
    return seen is not None and now - seen < throttle.KNOWN_FOR


def _locked(session: Session, digests: Iterable[bytes], now: datetime) -> dict[bytes, ThrottleRow]:
    """The rows of these digests, made where missing, held until the commit."""
    wanted = sorted(digests)
    on_postgres = session.get_bind().dialect.name == "postgresql"
    made = (postgresql.insert if on_postgres else sqlite.insert)(ThrottleRow)
    # Always in one order, so that two tries wait for each other instead of locking crosswise.
    for digest in wanted:
        session.execute(
            made.values(key=digest, failures=0, since=now, last_at=_NEVER).on_conflict_do_nothing(
                index_elements=["key"]
            )
        )
    rows = session.scalars(
        select(ThrottleRow)
        .where(ThrottleRow.key.in_(wanted))
        .order_by(ThrottleRow.key)
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    return {bytes(row.key): row for row in rows}


def _count(row: ThrottleRow) -> Count:
    last_at = None if row.last_at == _NEVER else row.last_at
    return Count(failures=row.failures, last_at=last_at, free_at=row.blocked_until)
