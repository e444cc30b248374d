"""Shares: enough of them give the key back, fewer or others nothing, and none tells its words."""

import secrets
from itertools import combinations

import pytest

from weerbaar.crypto.errors import CannotOpen
from weerbaar.crypto.quorum import join, seal_share, split
from weerbaar.crypto.recipients import PrivateKey

WHAT = secrets.token_bytes(32)


def test_any_two_of_three_give_the_key_back():
    shares = split(WHAT, 2, 3)
    for two in combinations(shares, 2):
        assert join(two) == WHAT
        assert join(reversed(two)) == WHAT


@pytest.mark.parametrize("number", [0, 1, 3])
def test_too_few_and_too_many_do_not_open(number):
    with pytest.raises(CannotOpen):
        join(split(WHAT, 2, 3)[:number])


def test_shares_of_two_splittings_do_not_fit():
    with pytest.raises(CannotOpen):
        join([split(WHAT, 2, 3)[0], split(WHAT, 2, 3)[1]])


@pytest.mark.parametrize("share", [b"", b"academic acid", b"\xff\xfe", b"woord " * 33])
def test_what_is_no_share_fails_in_the_same_way(share):
    with pytest.raises(CannotOpen):
        join([share, split(WHAT, 2, 3)[0]])


@pytest.mark.parametrize(("needed", "holders"), [(1, 3), (4, 3), (2, 17)])
def test_numbers_that_protect_nothing_are_refused(needed, holders):
    with pytest.raises(ValueError, match="holders"):
        split(WHAT, needed, holders)


def test_sealed_shares_have_one_size():
    public = PrivateKey.generate().public
    shares = [share for _ in range(3) for share in split(secrets.token_bytes(32), 2, 5)]
    assert len({len(share) for share in shares}) > 1
    assert len({len(seal_share(public, share, b"place")) for share in shares}) == 1
