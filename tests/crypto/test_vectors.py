"""What was sealed once opens for ever, and is sealed to the very same bytes."""

import json
import re
from pathlib import Path

import pytest

from tests.crypto import make_vectors
from tests.crypto.formats import FORMATS, binding, data_key_of, keyring_of
from weerbaar.crypto import chain, frame, quorum
from weerbaar.crypto.frame import KEY_ID_SIZE
from weerbaar.crypto.keyring import Keyring
from weerbaar.crypto.recipients import PrivateKey, PublicKey
from weerbaar.crypto.wrapping import RecoveryCode, from_password, known_profile

VECTORS = Path(__file__).parent / "vectors"
TEXTS = {
    "kind", "record_id", "part", "keyring", "purpose", "text", "words", "password", "profile",
    "person", "secret_id",
}  # fmt: skip


def _read(value, name=None):
    if isinstance(value, list):
        return [_read(one, name) for one in value]
    if isinstance(value, dict):
        return {key: _read(one, key) for key, one in value.items()}
    return bytes.fromhex(value) if isinstance(value, str) and name not in TEXTS else value


def stored(name):
    """The cases of a format, of every number its file ever had."""
    found = sorted(VECTORS.glob(f"{name}-[0-9]*.json"))
    assert found
    cases = [case for path in found for case in _read(json.loads(path.read_text()))]
    assert cases
    return cases


@pytest.mark.parametrize("name", FORMATS)
def test_what_was_sealed_opens(name):
    for case in stored(name):
        assert FORMATS[name].open(case) == case["plaintext"]


@pytest.mark.parametrize("name", [name for name, one in FORMATS.items() if one.random])
def test_the_same_is_sealed_to_the_same_bytes(name, monkeypatch):
    for case in stored(name):
        begin, end = FORMATS[name].random
        chosen = case["sealed"][begin:end]
        monkeypatch.setattr(frame, "fresh", lambda size, chosen=chosen: chosen[:size])
        assert FORMATS[name].seal(case) == case["sealed"]


def test_pieces_open_and_are_sealed_to_the_same_bytes(monkeypatch):
    for case in stored("chunks"):
        key, place = data_key_of(case), binding(case)
        assert b"".join(key.open_chunks(case["sealed"], place)) == b"".join(case["chunks"])
        stream = case["sealed"][0][2 + KEY_ID_SIZE :][:16]
        monkeypatch.setattr(frame, "fresh", lambda size, stream=stream: stream[:size])
        assert list(key.seal_chunks(case["chunks"], place)) == case["sealed"]


def test_a_seed_gives_the_same_key_fingerprint_and_words():
    for case in stored("public-keys"):
        for public in (PrivateKey.from_seed(case["seed"]).public, PublicKey(case["public"])):
            assert public.raw == case["public"]
            assert public.fingerprint == case["fingerprint"]
            assert public.words() == case["words"]


def test_a_written_recovery_code_is_read():
    for case in stored("recovery-codes"):
        assert RecoveryCode.parse(case["text"]).value == case["value"]
        assert RecoveryCode(case["value"]).text() == case["text"]


def test_service_macs_hold_and_indexes_find():
    for case in stored("service-macs"):
        keyring, purpose, data = keyring_of(case), case["purpose"], case["data"]
        assert keyring.mac(purpose, data) == case["mac"]
        assert keyring.check_mac(purpose, data, case["mac"])
        assert keyring.check_mac(purpose, data, case["former_mac"])
        assert keyring.index_all("mail", case["text"]) == case["indexes"]
        assert keyring.index("mail", case["text"]) == case["indexes"][0]
        assert keyring.subkeys("trail") == case["subkeys"]


def test_a_password_is_stretched_to_the_same():
    for case in stored("passwords"):
        profile = known_profile(case["profile"])
        assert from_password(case["password"], case["salt"], profile) == case["stretched"]


def test_shares_of_before_give_the_key_back():
    for case in stored("quorum-shares"):
        assert quorum.join([case["shares"][number] for number in case["enough"]]) == case["what"]


def test_the_chain_goes_on_where_it_was():
    for case in stored("chains"):
        previous = chain.START
        for one in case["links"]:
            previous = chain.link(case["key"], previous, one["row"])
            assert previous == one["mac"]


def test_the_script_writes_over_nothing(tmp_path, monkeypatch):
    monkeypatch.setattr(make_vectors, "VECTORS", tmp_path)
    (tmp_path / "held-1.json").write_text("kept")
    make_vectors.main()
    assert (tmp_path / "held-1.json").read_text() == "kept"
    made = {re.sub(r"-\d+$", "", path.stem) for path in tmp_path.iterdir()}
    assert made == {re.sub(r"-\d+$", "", path.stem) for path in VECTORS.iterdir()}


def test_the_stored_keyring_loads():
    (case, *_) = stored("service")
    assert isinstance(Keyring.parse(case["keyring"]), Keyring)
