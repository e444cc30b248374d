"""How long a source waits before it may try to sign in to an account again.

Three counts are kept, all under keyed digests: of the pair (account, source), of the account
(tries from sources that never signed in to it) and of the source (tries at any account). Only the
pair's own count can hold up a source that signed in to the account before, and never for long: an
outsider who keeps trying does not keep the confidant on duty out. A source that is new to the
account waits longer the more is tried there, but is let in at the time it was told, however
hard others try meanwhile.

What comes with something that no outsider has (a device that signed in to the account before, a
session, a passkey that proved true) is counted under that alone, as a pair that is known.
"""

import ipaddress
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

FORGOTTEN_AFTER = timedelta(hours=24)
KNOWN_FOR = timedelta(days=30)

# Tries that cost no waiting, before the delay starts to double from one second.
FREE_PAIR, FREE_ACCOUNT, FREE_SOURCE = 5, 20, 40
LONGEST_KNOWN = timedelta(seconds=30)
LONGEST_NEW = timedelta(minutes=15)
LONGEST_SOURCE = timedelta(minutes=1)

_IPV6_NETWORK_BITS = 64


@dataclass(frozen=True)
class Count:
    """Failures under one digest, when the last try was, and the time that was promised.

    `free_at` is what a refused visitor was told: from then on the next try is let in.
    """

    failures: int = 0
    last_at: datetime | None = None
    free_at: datetime | None = None


NOTHING = Count()


def remembered(count: Count, now: datetime) -> Count:
    """The count as it still stands: a day without tries wipes it.

    Args:
        count: as stored.
        now: the present instant, aware.
    """
    if count.last_at is None or now - count.last_at >= FORGOTTEN_AFTER:
        return NOTHING
    return count


def delay(failures: int, free: int, longest: timedelta) -> timedelta:
    """The waiting time after a number of failures: none, then 1, 2, 4 ... seconds up to a limit.

    Args:
        failures: tries so far that failed.
        free: how many cost nothing.
        longest: the limit.
    """
    if failures < free:
        return timedelta()
    doublings = min(failures - free, 20)
    return min(timedelta(seconds=2**doublings), longest)


def free_at(now: datetime, pair: Count, account: Count, source: Count, *, known: bool) -> datetime:
    """From when this source may try this account; not after `now` means at once.

    Args:
        now: the present instant, aware.
        pair: tries of this source at this account.
        account: tries at this account from sources new to it.
        source: tries of this source at any account.
        known: whether this source signed in to this account in the last thirty days.
    """
    pair, account, source = (remembered(each, now) for each in (pair, account, source))
    if known:
        return _after(pair, delay(pair.failures, FREE_PAIR, LONGEST_KNOWN), now)
    if pair.free_at is not None:
        return min(pair.free_at, now + LONGEST_NEW)
    crowd = delay(account.failures, FREE_ACCOUNT, LONGEST_NEW)
    return max(
        _after(pair, delay(pair.failures, FREE_PAIR, LONGEST_NEW), now),
        _after(source, delay(source.failures, FREE_SOURCE, LONGEST_SOURCE), now),
        _after(pair, crowd, now) if pair.last_at is not None else now + crowd,
    )


def _after(count: Count, wait: timedelta, now: datetime) -> datetime:
    return now if count.last_at is None else min(count.last_at, now) + wait


def source_of(
    remote: str | None, forwarded: Sequence[str] = (), *, trusted_proxies: int = 0
) -> str:
    """The network a try comes from: an IPv4 address, or the /64 of an IPv6 address.

    Args:
        remote: the address of the other end of the connection.
        forwarded: the addresses of `X-Forwarded-For`, in order.
        trusted_proxies: how many of them, counted from the end, our own proxies wrote.
    """
    address = remote or ""
    if trusted_proxies and len(forwarded) >= trusted_proxies:
        address = forwarded[-trusted_proxies].strip()
    try:
        parsed = ipaddress.ip_address(address.partition("%")[0])
    except ValueError:
        return "unknown"
    if isinstance(parsed, ipaddress.IPv6Address):
        if parsed.ipv4_mapped is not None:
            return str(parsed.ipv4_mapped)
        return str(ipaddress.ip_network((parsed, _IPV6_NETWORK_BITS), strict=False))
    return str(parsed)
