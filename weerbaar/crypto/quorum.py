"""Shares of a random key: some of them give it back, fewer tell nothing.

Shamir's sharing by SLIP-39 (SatoshiLabs, "Shamir's Secret-Sharing for Mnemonic Codes"), one group
of which some members are enough. What is split is random and 32 bytes: its own stretching adds
nothing and stands at its least, without a passphrase. A share is sealed to its holder (see
`recipients`), always at one size: words differ in length, and would tell of themselves.
"""

from collections.abc import Iterable

from shamir_mnemonic import MnemonicError, combine_mnemonics, generate_mnemonics

from weerbaar.crypto.encoding import encode
from weerbaar.crypto.errors import CannotOpen
from weerbaar.crypto.recipients import PrivateKey, PublicKey, open_sealed, seal_to

WHAT_SIZE = 32
LEAST_NEEDED = 2
MOST_HOLDERS = 16
_LENGTH_SIZE = 4
# Thirty-three words of at most eight letters with the spaces between, behind their length.
_SHARE_SIZE = 304
_LEAST_STRETCHING = 0


def split(what: bytes, needed: int, holders: int) -> list[bytes]:
    """Split a random key into one share a holder.

    Args:
        what: 32 random bytes.
        needed: how many shares give it back; at least two.
        holders: how many shares there are.

    Raises:
        ValueError: sizes or numbers cannot be used.
    """
    if len(what) != WHAT_SIZE or not LEAST_NEEDED <= needed <= holders <= MOST_HOLDERS:
        raise ValueError("32 bytes, and two up to sixteen holders of whom some are enough")
    (shares,) = generate_mnemonics(
        1, [(needed, holders)], what, iteration_exponent=_LEAST_STRETCHING
    )
    return [one.encode("ascii") for one in shares]


def join(shares: Iterable[bytes]) -> bytes:
    """The key that was split; exactly as many shares as were needed.

    Raises:
        CannotOpen: too few, too many, or not of one splitting.
    """
    try:
        what = combine_mnemonics([one.decode("ascii") for one in shares])
    except (MnemonicError, ValueError):
        raise CannotOpen from None
    if len(what) != WHAT_SIZE:
        raise CannotOpen
    return what


def seal_share(public: PublicKey, share: bytes, place: bytes) -> bytes:
    """Seal a share to whoever holds it.

    Args:
        public: the holder's key.
        share: of `split`.
        place: what it is bound to, unambiguously encoded.
    """
    long = len(share).to_bytes(_LENGTH_SIZE, "big") + share
    return seal_to(public, long.ljust(_SHARE_SIZE, b"\0"), _bound(place))


def open_share(private: PrivateKey, sealed: bytes, place: bytes) -> bytes:
    """Open a share.

    Raises:
        CannotOpen: another key or place, or changed.
    """
    long = open_sealed(private, sealed, _bound(place))
    end = _LENGTH_SIZE + int.from_bytes(long[:_LENGTH_SIZE], "big")
    if len(long) < end or any(long[end:]):
        raise CannotOpen
    return long[_LENGTH_SIZE:end]


def _bound(place: bytes) -> bytes:
    return encode("weerbaar quorum share", place)
