"""Whatever is flipped, cut, added or put elsewhere does not open, and fails in one way."""

from uuid import UUID

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.crypto.formats import FORMATS
from weerbaar.crypto import envelope, held
from weerbaar.crypto.envelope import Binding, data_key, new_half
from weerbaar.crypto.errors import CannotOpen
from weerbaar.crypto.keyring import Keyring
from weerbaar.crypto.recipients import PrivateKey, open_sealed, seal_to
from weerbaar.crypto.wrapping import unwrap_private, wrap_private

PLACE = {
    "kind": "case-what",
    "record_id": "5c9b1f0e-7a3d-4c55-9b1d-2f6a8e4d7c10",
    "part": "whole",
    "epoch": 1,
    "version": 2,
}
SEED = bytes(range(32))
PRIVATE = PrivateKey(SEED)
KEYRING_KEYS = [b"k" * 32, b"p" * 32]
RECORDS = [UUID(int=number << 64 | 4 << 76) for number in (1, 2, 256)]


class Case(dict):
    """Everything a format may ask for, of one place."""

    def __init__(self, plaintext, **other):
        super().__init__(
            binding=PLACE, half=b"h" * 32, secret=b"s" * 32, own_key=b"o" * 32, seed=SEED,
            recipient=b"person", what=b"w" * 32, token=b"t" * 32, place=b"place", purpose="person",
            plaintext=plaintext, keyring=self.keyring,
        )  # fmt: skip
        self.update(other)


@pytest.fixture(scope="module", autouse=True)
def _keyring(tmp_path_factory):
    path = tmp_path_factory.mktemp("keys") / "service-keys.json"
    Keyring(KEYRING_KEYS).write(path)
    Case.keyring = path.read_text()


def sealed_case(name, plaintext=SEED):
    case = Case(plaintext)
    case["sealed"] = FORMATS[name].seal(case)
    assert FORMATS[name].open(case) == plaintext
    return case


def refused(name, case, sealed):
    with pytest.raises(CannotOpen) as caught:
        FORMATS[name].open({**case, "sealed": sealed})
    assert caught.value.args == ("cannot open",)
    assert caught.value.__cause__ is None
    assert caught.value.__suppress_context__ or caught.value.__context__ is None


@pytest.mark.parametrize("name", FORMATS)
def test_no_byte_can_be_changed(name):
    case = sealed_case(name)
    for place in range(len(case["sealed"])):
        changed = bytearray(case["sealed"])
        changed[place] ^= 1 << place % 8
        refused(name, case, bytes(changed))


@pytest.mark.parametrize("name", FORMATS)
def test_nothing_can_be_cut_off(name):
    case = sealed_case(name)
    sealed = case["sealed"]
    for length in range(len(sealed)):
        refused(name, case, sealed[:length])
        if length:
            refused(name, case, sealed[length:])


@pytest.mark.parametrize("name", FORMATS)
@settings(max_examples=60)
@given(added=st.binary(min_size=1, max_size=40), place=st.integers(0, 2000), junk=st.binary())
def test_nothing_can_be_added_or_made_up(name, added, place, junk):
    case = sealed_case(name)
    sealed = case["sealed"]
    place %= len(sealed) + 1
    if sealed[:place] + added + sealed[place:] != sealed:
        refused(name, case, sealed[:place] + added + sealed[place:])
    refused(name, case, junk)


@pytest.mark.parametrize("name", FORMATS)
@settings(max_examples=40)
@given(cut=st.integers(1, 2000))
def test_two_sealings_cannot_be_put_together(name, cut):
    one, other = sealed_case(name), sealed_case(name)
    cut = 1 + cut % (len(one["sealed"]) - 1)
    mixed = one["sealed"][:cut] + other["sealed"][cut:]
    if mixed not in {one["sealed"], other["sealed"]}:
        refused(name, one, mixed)


@pytest.mark.parametrize("name", FORMATS)
def test_one_format_is_not_taken_for_another(name):
    case = sealed_case(name)
    for other in FORMATS:
        if other != name:
            refused(other, case, case["sealed"])


# Few values that look alike, so that places which differ in one thing only meet often.
labels = st.sampled_from(["a", "ab", "b", "case-what", "case-who", "case", "é", ""])
bindings = st.builds(
    Binding,
    kind=labels,
    record_id=st.sampled_from(RECORDS),
    part=labels,
    epoch=st.integers(0, 3) | st.integers(-(2**63), 2**63 - 1),
    version=st.integers(0, 3) | st.integers(-(2**63), 2**63 - 1),
)


def neighbours(binding):
    """The same place with one thing changed at a time."""
    yield binding._replace(kind=binding.kind + "x")
    yield binding._replace(part=binding.part + "x")
    yield binding._replace(record_id=UUID(int=binding.record_id.int ^ 1))
    yield binding._replace(epoch=binding.epoch ^ 1)
    yield binding._replace(version=binding.version ^ 1)
    if binding.kind:
        # The same letters, divided otherwise.
        yield binding._replace(kind=binding.kind[:-1], part=binding.kind[-1] + binding.part)


@settings(max_examples=100)
@given(place=bindings, other=bindings)
def test_content_opens_in_its_own_place_only(place, other):
    half, secret = new_half(), new_half()
    sealed = data_key(half, secret, place).seal(b"inhoud", place)
    assert data_key(half, secret, place).open(sealed, place) == b"inhoud"
    for elsewhere in (*neighbours(place), other):
        if elsewhere == place:
            continue
        with pytest.raises(CannotOpen):
            data_key(half, secret, elsewhere).open(sealed, elsewhere)
        with pytest.raises(CannotOpen):
            data_key(half, secret, place).open(sealed, elsewhere)


@settings(max_examples=60)
@given(place=bindings, other=bindings)
def test_a_half_opens_for_its_own_record_and_epoch_only(place, other):
    own, half = b"o" * 32, new_half()
    rewrapped = envelope.rewrap_half(own, half, place)
    later = place._replace(version=place.version ^ 1)
    assert envelope.open_rewrapped(own, rewrapped, later) == half
    for elsewhere in (*neighbours(place), other):
        if elsewhere.key_place() == place.key_place():
            continue
        with pytest.raises(CannotOpen):
            envelope.open_rewrapped(own, rewrapped, elsewhere)


@settings(max_examples=20)
@given(place=bindings)
def test_a_sealed_half_opens_for_its_recipient_and_place_only(place):
    half = new_half()
    sealed = envelope.seal_half(PRIVATE.public, half, place, b"person 1")
    assert envelope.open_half(PRIVATE, sealed, place, b"person 1") == half
    for elsewhere in neighbours(place):
        if elsewhere.key_place() != place.key_place():
            with pytest.raises(CannotOpen):
                envelope.open_half(PRIVATE, sealed, elsewhere, b"person 1")
    for recipient in (b"person 2", b"person", b"person 11", b""):
        with pytest.raises(CannotOpen):
            envelope.open_half(PRIVATE, sealed, place, recipient)


@settings(max_examples=30)
@given(place=bindings, other=bindings)
def test_a_wrapping_opens_in_its_own_place_only(place, other):
    wrapped = wrap_private(PRIVATE, b"what", b"s" * 32, place)
    assert unwrap_private(wrapped, b"what", b"s" * 32, place).seed == SEED
    for elsewhere in (*neighbours(place), other):
        if elsewhere != place:
            with pytest.raises(CannotOpen):
                unwrap_private(wrapped, b"what", b"s" * 32, elsewhere)


@settings(max_examples=60)
@given(place=st.binary(max_size=40), other=st.binary(max_size=40), end=st.binary(max_size=8))
def test_bound_bytes_count_to_the_last(place, other, end):
    keyring = Keyring(KEYRING_KEYS)
    token, secret = b"t" * 32, b"s" * 32
    sealed = keyring.seal("person", b"naam", place)
    kept = held.hold(token, secret, b"+31612345601", place)
    for elsewhere in (other, place + end, end + place):
        if elsewhere == place:
            continue
        with pytest.raises(CannotOpen):
            keyring.open("person", sealed, elsewhere)
        with pytest.raises(CannotOpen):
            held.reveal(token, secret, kept, elsewhere)
    with pytest.raises(CannotOpen):
        keyring.open("people", sealed, place)


def test_sealed_to_bytes_count_to_the_last():
    sealed = seal_to(PRIVATE.public, b"half", b"place")
    assert open_sealed(PRIVATE, sealed, b"place") == b"half"
    for elsewhere in (b"", b"plac", b"place ", b"Place"):
        with pytest.raises(CannotOpen):
            open_sealed(PRIVATE, sealed, elsewhere)


OTHER_KEYS = [
    ("content", {"half": b"H" * 32}),
    ("content", {"secret": b"S" * 32}),
    ("content", {"half": b"h" * 31}),
    ("content", {"secret": b""}),
    ("content", {"half": b"s" * 32, "secret": b"h" * 32}),
    ("sealed-half", {"seed": b"S" * 32}),
    ("sealed-half", {"recipient": b"persons"}),
    ("rewrapped-half", {"own_key": b"O" * 32}),
    ("private-key", {"what": b"W" * 32}),
    ("private-key", {"what": b""}),
    ("private-key", {"what": b"w" * 31, "secret": b"ws" + b"s" * 30}),
    ("private-key", {"secret": b"S" * 32}),
    ("private-key", {"secret": b"s" * 31}),
    ("service", {"purpose": "telephone"}),
    ("held", {"token": b"T" * 32}),
    ("held", {"token": b"t" * 31}),
    ("held", {"token": b""}),
    ("held", {"secret": b"S" * 32}),
    ("held", {"secret": b"s" * 16}),
]


@pytest.mark.parametrize(("name", "other"), OTHER_KEYS)
def test_another_key_does_not_open(name, other):
    refused(name, {**sealed_case(name), **other}, sealed_case(name)["sealed"])


def test_another_house_opens_nothing(tmp_path):
    other = Keyring.create(tmp_path / "other.json")
    sealed = Keyring(KEYRING_KEYS).seal("person", b"naam", b"place")
    with pytest.raises(CannotOpen):
        other.open("person", sealed, b"place")
