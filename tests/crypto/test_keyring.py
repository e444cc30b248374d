"""The service keys: where they live, who may read them, and how they change."""

import json
import os
import stat

import pytest
from hypothesis import given
from hypothesis import strategies as st

from weerbaar.crypto.errors import CannotOpen
from weerbaar.crypto.keyring import Keyring, KeyringDamaged, KeyringExists, KeyringMissing


@pytest.fixture
def path(tmp_path):
    return tmp_path / "service-keys.json"


@pytest.fixture
def keyring(path):
    return Keyring.create(path)


def test_a_new_keyring_is_its_owners_alone_and_loads_again(path, keyring):
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    loaded = Keyring.load(path)
    sealed = keyring.seal("person", b"naam", b"place")
    assert loaded.open("person", sealed, b"place") == b"naam"
    assert loaded.fingerprint == keyring.fingerprint
    assert list(path.parent.iterdir()) == [path]


def test_the_file_is_made_private_whatever_the_process_allows(path):
    before = os.umask(0)
    try:
        Keyring.create(path)
    finally:
        os.umask(before)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_keys_are_never_written_over(path, keyring):
    before = path.read_bytes()
    for write in (Keyring.create, keyring.rotated().write):
        with pytest.raises(KeyringExists, match="SERVICE_KEYS_FILE"):
            write(path)
    assert path.read_bytes() == before
    assert list(path.parent.iterdir()) == [path]


def test_a_link_that_leads_nowhere_is_not_written_through(path, tmp_path):
    path.symlink_to(tmp_path / "elsewhere.json")
    with pytest.raises(KeyringExists):
        Keyring.create(path)
    assert not (tmp_path / "elsewhere.json").exists()


def test_a_place_that_cannot_be_written_is_named(tmp_path):
    with pytest.raises(KeyringMissing, match="SERVICE_KEYS_FILE cannot be written"):
        Keyring.create(tmp_path / "no such folder" / "keys.json")


def test_missing_keys_are_named_and_not_made(path):
    with pytest.raises(KeyringMissing, match="SERVICE_KEYS_FILE"):
        Keyring.load(path)
    assert not path.exists()


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o620, 0o602, 0o610, 0o666])
def test_keys_that_others_can_reach_are_refused(path, keyring, mode):
    path.chmod(mode)
    with pytest.raises(KeyringDamaged, match="600"):
        Keyring.load(path)


def test_a_folder_is_no_keyring(tmp_path):
    with pytest.raises(KeyringDamaged, match="SERVICE_KEYS_FILE"):
        Keyring.load(tmp_path)


def damaged_texts(path, keyring):
    text = path.read_text()
    whole = json.loads(text)
    key = whole["current"]
    yield from ("", "{", "[]", "null", "1", '"text"', "{}", "[" * 100_000, text[:-10])
    for change in (
        {"format": 2}, {"format": None}, {"current": None}, {"current": key["key"]},
        {"previous": None}, {"previous": 1}, {"previous": "ab"}, {"previous": [key]},
        {"current": {**key, "id": "0" * 16}}, {"current": {"key": key["key"]}},
        {"current": {**key, "key": key["key"][:-4]}}, {"current": {**key, "key": 1}},
        {"current": {**key, "key": "é"}}, {"current": {"id": "", "key": ""}},
    ):  # fmt: skip
        yield json.dumps({**whole, **change})
    slip = "A" if key["key"][3] != "A" else "B"
    yield text.replace(key["key"], key["key"][:3] + slip + key["key"][4:])


def test_damaged_keys_are_refused_by_the_name_of_their_setting(path, keyring):
    secret = json.loads(path.read_text())["current"]["key"]
    for text in damaged_texts(path, keyring):
        path.write_text(text)
        with pytest.raises(KeyringDamaged, match=r"^SERVICE_KEYS_FILE ") as caught:
            Keyring.load(path)
        assert secret[:8] not in str(caught.value)
        assert caught.value.__suppress_context__ or caught.value.__context__ is None
    path.write_bytes(b"\xff\xfe")
    with pytest.raises(KeyringDamaged):
        Keyring.load(path)


def test_keys_may_come_from_a_variable_under_its_own_name(path, keyring):
    from_variable = Keyring.parse(path.read_text(), setting="SERVICE_KEYS")
    assert from_variable.fingerprint == keyring.fingerprint
    with pytest.raises(KeyringDamaged, match=r"^SERVICE_KEYS is"):
        Keyring.parse("nothing", setting="SERVICE_KEYS")


def test_no_keys_and_keys_of_another_size_are_refused():
    for keys in ([], [b""], [b"k" * 31], [b"k" * 32, b"short"], [b"k" * 32, b"k" * 32]):
        with pytest.raises(KeyringDamaged):
            Keyring(keys)


def test_after_a_rotation_the_old_still_opens_and_the_new_seals(path, tmp_path, keyring):
    sealed = keyring.seal("person", b"naam", b"place")
    mac = keyring.mac("public-key", b"data")
    keyring.rotated().write(tmp_path / "new.json")
    rotated = Keyring.load(tmp_path / "new.json")
    assert rotated.fingerprint != keyring.fingerprint
    assert rotated.open("person", sealed, b"place") == b"naam"
    assert rotated.check_mac("public-key", b"data", mac)
    assert rotated.index_all("mail", "a@example.nl")[1:] == [keyring.index("mail", "a@example.nl")]
    assert rotated.subkeys("trail")[1] == keyring.subkey("trail")
    with pytest.raises(CannotOpen):
        keyring.open("person", rotated.seal("person", b"naam", b"place"), b"place")
    assert not keyring.check_mac("public-key", b"data", rotated.mac("public-key", b"data"))


@given(st.binary(max_size=80), st.binary(max_size=80))
def test_a_mac_holds_for_its_data_and_purpose_only(data, other):
    keyring = Keyring([b"k" * 32])
    mac = keyring.mac("public-key", data)
    assert keyring.check_mac("public-key", data, mac)
    assert not keyring.check_mac("trail", data, mac)
    assert (data == other) == keyring.check_mac("public-key", other, mac)
    for place in range(len(mac)):
        changed = bytearray(mac)
        changed[place] ^= 1
        assert not keyring.check_mac("public-key", data, bytes(changed))
        assert not keyring.check_mac("public-key", data, mac[:place])
    assert not keyring.check_mac("public-key", data, mac + b"\0")


@given(st.text(max_size=20), st.text(max_size=20))
def test_an_index_finds_equal_texts_and_nothing_else(one, other):
    try:
        one.encode(), other.encode()
    except UnicodeEncodeError:
        return
    keyring = Keyring([b"k" * 32])
    assert (keyring.index("mail", one) == keyring.index("mail", other)) == (one == other)
    assert keyring.index("mail", one) != keyring.index("phone", one)
    assert keyring.index("mail", one) != Keyring([b"K" * 32]).index("mail", one)


def test_no_key_serves_two_ends():
    keyring = Keyring([b"k" * 32])
    text = "anna@example.nl"
    outcomes = {
        keyring.index("mail", text),
        keyring.mac("mail", text.encode())[8:],
        keyring.subkey("mail"),
        keyring.subkey("phone"),
    }
    assert len(outcomes) == 4


def test_nothing_of_the_keys_shows(path, keyring):
    stored = json.loads(path.read_text())["current"]
    shown = repr(keyring) + str(keyring) + keyring.fingerprint + repr(vars(type(keyring)))
    assert stored["key"] not in shown
    assert repr(keyring) == "<Keyring of 1>"
    assert keyring.fingerprint == stored["id"]
    assert not hasattr(keyring, "__dict__")
