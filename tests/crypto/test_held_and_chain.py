"""A value held for a moment, the chain of the trail, and the encoding both rely on."""

from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from weerbaar.crypto import chain, held
from weerbaar.crypto.encoding import encode
from weerbaar.crypto.errors import CannotOpen

TOKEN, SECRET = b"t" * 32, b"s" * 32


def test_what_is_held_comes_back_to_who_has_token_and_secret():
    kept = held.hold(TOKEN, SECRET, b"+31612345601", b"leg 1")
    assert held.reveal(TOKEN, SECRET, kept, b"leg 1") == b"+31612345601"
    assert b"612345601" not in kept
    for token, secret, binding in (
        (b"T" * 32, SECRET, b"leg 1"),
        (TOKEN, b"S" * 32, b"leg 1"),
        (TOKEN, SECRET, b"leg 2"),
        # The same bytes, divided otherwise between token and secret.
        (TOKEN + b"s", SECRET, b"leg 1"),
    ):
        with pytest.raises(CannotOpen):
            held.reveal(token, secret, kept, binding)


def test_a_short_and_a_long_number_look_the_same():
    short, long = (held.hold(TOKEN, SECRET, number, b"") for number in (b"112", b"+3161234560112"))
    assert len(short) == len(long)


def test_nothing_is_held_under_half_a_lock():
    for token, secret in ((b"t" * 15, SECRET), (TOKEN, b"s" * 31), (b"", b"")):
        with pytest.raises(ValueError, match="needed"):
            held.hold(token, secret, b"value", b"")


rows = st.lists(st.binary(max_size=30), min_size=2, max_size=6)


def macs(key, entries):
    previous, made = chain.START, []
    for row in entries:
        previous = chain.link(key, previous, row)
        made.append(previous)
    return made


@given(rows, st.data())
def test_a_changed_dropped_or_swapped_row_shows_to_the_end(entries, data):
    whole = macs(b"k" * 32, entries)
    nth = data.draw(st.integers(0, len(entries) - 1))
    changed = [*entries[:nth], entries[nth] + b"x", *entries[nth + 1 :]]
    assert all(
        one != other for one, other in zip(whole[nth:], macs(b"k" * 32, changed)[nth:], strict=True)
    )
    dropped = macs(b"k" * 32, entries[:nth] + entries[nth + 1 :])
    assert dropped[-1] != whole[-1]
    if entries[0] != entries[-1]:
        swapped = [entries[-1], *entries[1:-1], entries[0]]
        assert macs(b"k" * 32, swapped)[-1] != whole[-1]
    assert macs(b"K" * 32, entries)[-1] != whole[-1]


parts = st.lists(
    st.none()
    | st.binary(max_size=6)
    | st.text(st.characters(codec="utf-8"), max_size=4)
    | st.integers(-(2**63), 2**63 - 1)
    | st.uuids(),
    max_size=4,
)


@given(parts, parts)
def test_no_two_lists_are_encoded_alike(one, other):
    same = [(type(part), part) for part in one] == [(type(part), part) for part in other]
    assert (encode(*one) == encode(*other)) == same


def decode(encoded):
    read = {
        b"b": bytes, b"s": bytes.decode, b"u": lambda data: UUID(bytes=data), b"n": lambda _: None,
        b"i": lambda data: int.from_bytes(data, "big", signed=True),
    }  # fmt: skip
    found = []
    while encoded:
        end = 5 + int.from_bytes(encoded[1:5], "big")
        found.append(read[encoded[:1]](encoded[5:end]))
        encoded = encoded[end:]
    return found


@given(parts)
def test_every_part_can_be_read_back(some):
    assert decode(encode(*some)) == some
