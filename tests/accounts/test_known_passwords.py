"""What everybody tries first is refused; whole sentences are not."""

import hashlib
import secrets

import pytest

from weerbaar.accounts.known_passwords import BreachList, NotAList, is_common


@pytest.mark.parametrize("password", [
    "welkom123456", "Wachtwoord2026!", "W4chtw00rd2026", "qwertyuiop123", "aaaaaaaaaaaa",
    "123456789012", "1qaz2wsx3edc", "passwordpassword", "Zomer2026Zomer2026", "gemeente-2026-01",
    "mijn wachtwoord", "ababababababab", "Welkom welkom 01", "poiuytrewq123", "ajaxfeyenoordpsv",
])  # fmt: skip
def test_what_everybody_tries(password):
    assert is_common(password)


@pytest.mark.parametrize("password", [
    "een zin van vijf woorden", "correct paard batterij niet", "voorbeeld-wachtwoord",
    "een-lang-wachtwoord", "fietsbel onder de iep", "Hf7!kd92ncPq", "geheim van oma Truus 1953",
])  # fmt: skip
def test_what_nobody_tries_first(password):
    assert not is_common(password)


@pytest.mark.parametrize("number", [1, 2, 3, 100])
@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_a_list_finds_each_of_its_passwords_and_no_other(tmp_path, number, end):
    leaked = [f"gelekt wachtwoord {one}" for one in range(number)]
    lines = sorted(hashlib.sha1(one.encode()).hexdigest().upper() for one in leaked)
    path = tmp_path / "list.txt"
    path.write_bytes("".join(f"{one}:{place}{end}" for place, one in enumerate(lines)).encode())
    found = BreachList(path)
    assert all(found.holds(one) for one in leaked)
    assert not any(found.holds(secrets.token_hex()) for _ in range(50))


@pytest.mark.parametrize(
    "content", [b"", b"wachtwoord\n", b"F" * 40 + b":1\n" + b"A" * 40 + b":1\n"]
)
def test_another_file_is_no_list(tmp_path, content):
    path = tmp_path / "list.txt"
    path.write_bytes(content)
    with pytest.raises(NotAList):
        BreachList(path)
    with pytest.raises(NotAList):
        BreachList(tmp_path / "missing.txt")
