"""Counts of tries to sign in: which try is let in, and which one has to wait; see `throttle`.

Accounts and sources stand under keyed digests of the day alone.
"""

import hashlib
import hmac
import math
from collections.abc import Iterable
from datetime import UTC, datetime
from enum import StrEnum

from sqlalchemy import select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from weerbaar.accounts import throttle
from weerbaar.accounts.models import ThrottleRow
from weerbaar.accounts.throttle import Count
from weerbaar.accounts.vault import Vault

# A row that only reserves its place has not been tried at.
_NEVER = datetime(2000, 1, 1, tzinfo=UTC)


class TryLater(Exception):
    """This source has to wait before it may try this account again."""

    def __init__(self, free_at: datetime, now: datetime) -> None:
        self.free_at = free_at
        self.seconds = max(1, math.ceil((free_at - now).total_seconds()))
        super().__init__(f"{self.seconds} s")


class _Scope(StrEnum):
    OWN = "own"
    PAIR = "pair"
    ACCOUNT = "account"
    SOURCE = "source"
    KNOWN = "known"


def knock(
    session: Session,
    vault: Vault,
    account: bytes,
    source: str,
    now: datetime,
    *,
    own: bytes | None = None,
) -> None:
    """Count one try of a source at an account, or send it away; the door commits in both cases.

    The try counts as failed until `welcome` says otherwise, so that many at once gain nothing.

    Args:
        session: where the counts are.
        vault: whose keyring hides account and source.
        account: the mail index of what was typed, known or not.
        source: the network it comes from, of `throttle.source_of`.
        now: the instant, aware.
        own: what this try comes with that no outsider has: a device that knows the account, a
            session, a passkey that proved true. It is counted under that alone.

    Raises:
        TryLater: too many tries; the time it names is kept.
    """
    if own is not None:
        _knock_apart(session, _own_digest(vault, account, own, now), now)
        return
    digests = _digests(vault, account, source, now)
    rows = _locked(session, digests.values(), now)
    pair, crowd, network = (
        _count(rows[digests[scope]]) for scope in (_Scope.PAIR, _Scope.ACCOUNT, _Scope.SOURCE)
    )
    known = is_known(session, vault, account, source, now)
    free_at = throttle.free_at(now, pair, crowd, network, known=known)
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


def _knock_apart(session: Session, digest: bytes, now: datetime) -> None:
    row = _locked(session, [digest], now)[digest]
    pair = _count(row)
    free_at = throttle.free_at(now, pair, throttle.NOTHING, throttle.NOTHING, known=True)
    if free_at > now:
        raise TryLater(free_at, now)
    row.failures, row.last_at = throttle.remembered(pair, now).failures + 1, now
    session.flush()


def welcome(
    session: Session,
    vault: Vault,
    account: bytes,
    source: str,
    now: datetime,
    *,
    own: bytes | None = None,
) -> None:
    """Take back the count of a try that succeeded, and remember the source for thirty days.

    Args:
        session: the door commits.
        vault: whose keyring hides account and source.
        account: the mail index.
        source: the network it comes from.
        now: the instant, aware.
        own: what the try was counted under, as for `knock`.
    """
    known = _known_digest(vault, account, source)
    if own is not None:
        digest = _own_digest(vault, account, own, now)
        rows = _locked(session, [digest, known], now)
        rows[digest].failures, rows[known].last_at = 0, now
        session.flush()
        return
    digests = _digests(vault, account, source, now)
    counted = [_Scope.SOURCE]
    if not is_known(session, vault, account, source, now):
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


def is_known(session: Session, vault: Vault, account: bytes, source: str, now: datetime) -> bool:
    """Whether somebody signed in to an account from a source in the last thirty days."""
    seen = session.scalars(
        select(ThrottleRow.last_at).where(ThrottleRow.key == _known_digest(vault, account, source))
    ).first()
    return seen is not None and now - seen < throttle.KNOWN_FOR


def _digests(vault: Vault, account: bytes, source: str, now: datetime) -> dict[_Scope, bytes]:
    # A key of the day: what a source did yesterday cannot be tied to today.
    key = _key(vault, now.date().isoformat())
    return {
        _Scope.PAIR: _digest(key, _Scope.PAIR, account, source.encode()),
        _Scope.ACCOUNT: _digest(key, _Scope.ACCOUNT, account),
        _Scope.SOURCE: _digest(key, _Scope.SOURCE, source.encode()),
    }


def _own_digest(vault: Vault, account: bytes, own: bytes, now: datetime) -> bytes:
    return _digest(_key(vault, now.date().isoformat()), _Scope.OWN, account, own)


def _known_digest(vault: Vault, account: bytes, source: str) -> bytes:
    return _digest(_key(vault, "known"), _Scope.KNOWN, account, source.encode())


def _key(vault: Vault, period: str) -> bytes:
    return hmac.digest(vault.keyring.subkey("throttle"), period.encode(), hashlib.sha256)


def _digest(key: bytes, scope: _Scope, *parts: bytes) -> bytes:
    whole = b"".join(len(part).to_bytes(2, "big") + part for part in (scope.encode(), *parts))
    return hmac.digest(key, whole, hashlib.sha256)


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
