"""Both locks, versions, pieces, and what can be seen of a length."""

from uuid import uuid4

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from weerbaar.crypto import envelope
from weerbaar.crypto.envelope import Binding, DataKey, data_key, new_half
from weerbaar.crypto.errors import CannotOpen
from weerbaar.crypto.padding import LEAST, pad, padme, unpad
from weerbaar.crypto.recipients import PrivateKey

PLACE = Binding("case-what", uuid4(), "whole", 1, 1)


def a_key() -> DataKey:
    return data_key(new_half(), new_half(), PLACE)


@settings(max_examples=100)
@given(st.binary(max_size=5000) | st.integers(0, 70_000).map(bytes))
def test_every_size_comes_back(plaintext):
    key = a_key()
    assert key.open(key.seal(plaintext, PLACE), PLACE) == plaintext


def test_a_reader_opens_what_was_sealed_for_him_first_slowly_then_cheaply():
    reader, half, secret = PrivateKey.generate(), new_half(), new_half()
    content = data_key(half, secret, PLACE).seal(b"verhaal", PLACE)
    sealed = envelope.seal_half(reader.public, half, PLACE, b"person 1")
    opened = envelope.open_half(reader, sealed, PLACE, b"person 1")
    rewrapped = envelope.rewrap_half(b"o" * 32, opened, PLACE)
    again = envelope.open_rewrapped(b"o" * 32, rewrapped, PLACE)
    assert data_key(again, secret, PLACE).open(content, PLACE) == b"verhaal"


def test_the_same_text_sealed_twice_looks_different():
    key = a_key()
    assert key.seal(b"zelfde", PLACE) != key.seal(b"zelfde", PLACE)


def test_each_version_has_a_key_of_its_own():
    key = a_key()
    ids = {key.seal(b"", PLACE._replace(version=version))[2:34] for version in range(20)}
    assert len(ids) == 20


def test_no_two_keys_share_a_key_id_so_no_text_opens_to_two():
    assert len({a_key().seal(b"", PLACE)[2:34] for _ in range(20)}) == 20


def test_nothing_of_a_key_shows():
    half, secret = new_half(), new_half()
    key = data_key(half, secret, PLACE)
    assert repr(key) == "<DataKey>"
    assert not hasattr(key, "__dict__")
    sealed = key.seal(b"", PLACE)
    assert half not in sealed
    assert secret not in sealed


def test_another_sized_half_is_none():
    reader = PrivateKey.generate()
    sealed = envelope.seal_half(reader.public, b"short", PLACE, b"person 1")
    with pytest.raises(CannotOpen):
        envelope.open_half(reader, sealed, PLACE, b"person 1")
    with pytest.raises(CannotOpen):
        envelope.open_rewrapped(b"o" * 32, envelope.rewrap_half(b"o" * 32, b"short", PLACE), PLACE)


chunks = st.lists(st.binary(max_size=600), max_size=5)


@settings(max_examples=80)
@given(chunks)
def test_pieces_come_back_in_order(pieces):
    key = a_key()
    sealed = list(key.seal_chunks(pieces, PLACE))
    assert len(sealed) == max(1, len(pieces))
    assert list(key.open_chunks(sealed, PLACE)) == (pieces or [b""])


@settings(max_examples=100)
@given(st.lists(st.binary(max_size=100), min_size=2, max_size=5), st.data())
def test_pieces_cannot_be_dropped_doubled_swapped_or_added(pieces, data):
    key = a_key()
    sealed = list(key.seal_chunks(pieces, PLACE))
    other = list(key.seal_chunks(pieces, PLACE))
    nth = data.draw(st.integers(0, len(sealed) - 1))
    doubled = [*sealed[:nth], sealed[nth], *sealed[nth:]]
    dropped = sealed[:nth] + sealed[nth + 1 :]
    swapped = list(sealed)
    swapped[0], swapped[-1] = swapped[-1], swapped[0]
    mixed = [*sealed[:nth], other[nth], *sealed[nth + 1 :]]
    for changed in (doubled, dropped, swapped, mixed, [*sealed, other[-1]], sealed[:-1], []):
        with pytest.raises(CannotOpen):
            list(key.open_chunks(changed, PLACE))


def test_no_byte_of_a_piece_can_be_changed_or_cut():
    key = a_key()
    sealed = list(key.seal_chunks([b"een", b"twee"], PLACE))
    for nth, piece in enumerate(sealed):
        for place in range(len(piece)):
            changed = bytearray(piece)
            changed[place] ^= 1
            for wrong in (bytes(changed), piece[:place]):
                with pytest.raises(CannotOpen):
                    list(key.open_chunks([*sealed[:nth], wrong, *sealed[nth + 1 :]], PLACE))


def test_pieces_open_in_their_own_place_only():
    half, secret = new_half(), new_half()
    key = data_key(half, secret, PLACE)
    sealed = list(key.seal_chunks([b"een"], PLACE))
    for elsewhere in (PLACE._replace(version=2), PLACE._replace(part="other")):
        with pytest.raises(CannotOpen):
            list(key.open_chunks(sealed, elsewhere))
    with pytest.raises(CannotOpen):
        key.open(sealed[0], PLACE)
    with pytest.raises(CannotOpen):
        list(key.open_chunks([key.seal(b"een", PLACE)], PLACE))
    with pytest.raises(CannotOpen):
        list(data_key(half, new_half(), PLACE).open_chunks(sealed, PLACE))


@given(st.integers(0, 200_000), st.integers(0, 200_000))
def test_lengths_within_a_step_look_the_same(one, other):
    key = a_key()
    same_step = padme(4 + one) == padme(4 + other)
    lengths = {len(key.seal(bytes(size), PLACE)) for size in (one, other)}
    assert (len(lengths) == 1) == same_step


def test_short_texts_all_have_one_length():
    key = a_key()
    assert len({len(key.seal(bytes(size), PLACE)) for size in range(LEAST - 4 + 1)}) == 1


@given(st.integers(0, 10**9))
def test_steps_are_few_and_small(length):
    size = padme(length)
    assert length <= size
    assert size == LEAST or size - length <= 0.12 * length
    assert padme(size) == size


@given(st.integers(LEAST, 10**9), st.integers(0, 10**6))
def test_longer_is_never_padded_to_less(length, more):
    assert padme(length) <= padme(length + more)


@given(st.binary(max_size=600))
def test_padding_comes_off(plaintext):
    assert unpad(pad(plaintext)) == plaintext


@given(st.binary(max_size=300), st.binary(max_size=300))
def test_what_is_no_padding_is_refused(plaintext, junk):
    padded = pad(plaintext)
    wrong = [padded + b"\0", padded[:-1], padded[:4], b"", b"\xff" * 256]
    if len(plaintext) < LEAST - 5:
        wrong.append(padded[:-1] + b"\1")
    if junk != pad(junk[4 : 4 + int.from_bytes(junk[:4], "big")]):
        wrong.append(junk)
    for one in wrong:
        with pytest.raises(CannotOpen):
            unpad(one)
