"""Key pairs, and sealing to them, as the specifications say."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.crypto.hpke_by_hand import open_by_hand
from weerbaar.crypto.encoding import encode
from weerbaar.crypto.errors import CannotOpen
from weerbaar.crypto.recipients import (
    PUBLIC_SIZE,
    PrivateKey,
    PublicKey,
    _proquint,
    open_sealed,
    seal_to,
)

# Of draft-connolly-cfrg-xwing-kem, appendix C: seed, and how the public key begins and ends.
PUBLISHED = [
    (
        "7f9c2ba4e88f827d616045507605853ed73b8093f6efbc88eb1a6eacfa66ef26",
        "e2236b35a8c24b39b10aa1323a96a919a2ced88400633a7b07131713fc14b2b5b19cfc3d",
        "eff389b27dce59844570216223593d4ba32d9abac8cd049040ef6534",
    ),
    (
        "badfd6dfaac359a5efbb7bcc4b59d538df9a04302e10c8bc1cbf1a0b3a5120ea",
        "0333285fa253661508c9fb444852caa4061636cb060e69943b431400134ae1fbc0228724",
        "cbb48fd4c562a576549f85b528c953926d96ea8a160b8843f1c89c62",
    ),
]
# Points of X25519 whose product with anything is zero (RFC 7748, 6.1): zero, one, order eight.
LOW_ORDER = [
    bytes(32),
    b"\x01" + bytes(31),
    bytes.fromhex("e0eb7a7c3b41b8ae1656e3faf19fc46ada098deb9c32b1fd866205165f49b800"),
    bytes.fromhex("5f9c95bca3508c24b1d0b1559c83ef5b04445cc4581c8e86d8224eddd09f1157"),
]


@pytest.mark.parametrize(("seed", "begins", "ends"), PUBLISHED)
def test_a_seed_gives_the_public_key_that_x_wing_publishes(seed, begins, ends):
    raw = PrivateKey.from_seed(bytes.fromhex(seed)).public.raw
    assert len(raw) == PUBLIC_SIZE == 1216
    assert raw.hex().startswith(begins)
    assert raw.hex().endswith(ends)


@settings(max_examples=25)
@given(plaintext=st.binary(max_size=100), binding=st.binary(max_size=100))
def test_what_is_sealed_opens_here_and_by_hand(plaintext, binding):
    private = PrivateKey.generate()
    sealed = seal_to(private.public, plaintext, binding)
    assert open_sealed(private, sealed, binding) == plaintext
    assert sealed[:10] == b"\x01\x01" + private.public.fingerprint[:8]
    info = encode("weerbaar sealed to", sealed[:10], binding)
    assert open_by_hand(private.seed, sealed[10:], info) == plaintext


def test_a_stored_seed_opens_what_was_sealed_to_its_public_key():
    private = PrivateKey.generate()
    sealed = seal_to(PublicKey(private.public.raw), b"half", b"place")
    assert open_sealed(PrivateKey.from_seed(private.seed), sealed, b"place") == b"half"


def test_another_key_does_not_open_even_under_the_right_name():
    private, other = PrivateKey.generate(), PrivateKey.generate()
    sealed = seal_to(private.public, b"half", b"place")
    renamed = sealed[:2] + other.public.key_id + sealed[10:]
    for wrong in (sealed, renamed):
        with pytest.raises(CannotOpen):
            open_sealed(other, wrong, b"place")


@pytest.mark.parametrize("point", LOW_ORDER)
def test_a_public_key_that_adds_nothing_is_refused(point):
    raw = PrivateKey.generate().public.raw
    with pytest.raises(CannotOpen):
        PublicKey(raw[:1184] + point)


@given(st.binary(max_size=64) | st.just(b"\xff" * PUBLIC_SIZE))
def test_what_is_no_key_is_refused(junk):
    with pytest.raises(CannotOpen):
        PublicKey(junk)
    if len(junk) != 32:
        with pytest.raises(CannotOpen):
            PrivateKey.from_seed(junk)


def test_four_words_are_read_aloud_as_they_are_spelled():
    words = PrivateKey.generate().public.words().split()
    assert len(words) == 4
    for word in words:
        assert len(word) == 5
        assert all(letter in "aiou" for letter in word[1::2])
        assert all(letter in "bdfghjklmnprstvz" for letter in word[0::2])


# 127.0.0.1 and 63.84.220.193, from arXiv 0901.4016.
@pytest.mark.parametrize(
    ("number", "word"),
    [(0x7F00, "lusab"), (0x0001, "babad"), (0x3F54, "gutih"), (0xDCC1, "tugad")],
)
def test_words_are_proquints(number, word):
    assert _proquint(number) == word


def test_every_bit_of_the_first_64_changes_the_words():
    public = PrivateKey.generate().public
    number = int.from_bytes(public.fingerprint[:8], "big")
    spoken = {public.words()}
    for bit in range(64):
        public.fingerprint = (number ^ 1 << bit).to_bytes(8, "big") + public.fingerprint[8:]
        spoken.add(public.words())
    assert len(spoken) == 65


def test_keys_are_equal_by_their_bytes_and_show_no_secret():
    private = PrivateKey.generate()
    assert PublicKey(private.public.raw) == private.public
    assert len({PublicKey(private.public.raw), private.public}) == 1
    assert private.public != PrivateKey.generate().public
    assert private.public != private.public.raw
    shown = repr(private) + repr(private.public)
    assert private.seed.hex() not in shown
    assert repr(private.seed) not in shown
    assert private.public.key_id.hex() in shown
