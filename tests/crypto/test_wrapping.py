"""Passwords, recovery codes, and the second lock on private keys."""

import threading
from uuid import uuid4

import pytest
from cryptography.hazmat.primitives.kdf.argon2 import Argon2id
from hypothesis import given, settings
from hypothesis import strategies as st

from weerbaar.crypto import wrapping
from weerbaar.crypto.envelope import Binding
from weerbaar.crypto.errors import CannotOpen
from weerbaar.crypto.recipients import PrivateKey
from weerbaar.crypto.recovery import ALPHABET
from weerbaar.crypto.wrapping import (
    STRONG,
    TESTS_ONLY,
    NotARecoveryCode,
    Profile,
    RecoveryCode,
    from_password,
    known_profile,
    new_salt,
    unwrap_private,
    wrap_private,
)

SALT = bytes(range(16))
SECRET = b"s" * 32
PLACE = Binding("private-key", uuid4(), "password", 1, 1)


def test_a_password_opens_the_key_and_another_does_not():
    private, salt = PrivateKey.generate(), new_salt()
    what = from_password("een lang wachtwoord", salt, TESTS_ONLY)
    wrapped = wrap_private(private, what, SECRET, PLACE)
    again = from_password("een lang wachtwoord", salt, TESTS_ONLY)
    assert unwrap_private(wrapped, again, SECRET, PLACE).seed == private.seed
    for wrong in (
        from_password("Een lang wachtwoord", salt, TESTS_ONLY),
        from_password("een lang wachtwoord", new_salt(), TESTS_ONLY),
    ):
        with pytest.raises(CannotOpen):
            unwrap_private(wrapped, wrong, SECRET, PLACE)


def test_without_the_destruction_secret_the_right_password_opens_nothing():
    private = PrivateKey.generate()
    what = from_password("een lang wachtwoord", SALT, TESTS_ONLY)
    wrapped = wrap_private(private, what, SECRET, PLACE)
    for wrong in (b"S" * 32, bytes(32), b"", SECRET + b"s"):
        with pytest.raises(CannotOpen):
            unwrap_private(wrapped, what, wrong, PLACE)


def test_nothing_is_wrapped_under_half_a_lock():
    private = PrivateKey.generate()
    for what, secret in ((b"", SECRET), (b"what", b""), (b"what", b"s" * 31)):
        with pytest.raises(ValueError, match="needed"):
            wrap_private(private, what, secret, PLACE)


def test_sixteen_derivations_at_once_all_end_two_at_a_time(monkeypatch):
    running, most, counting = [0], [0], threading.Lock()

    class Counted:
        """The real derivation, counted while it runs."""

        def __init__(self, **options):
            self._real = Argon2id(**options)

        def derive(self, typed):
            with counting:
                running[0] += 1
                most[0] = max(most[0], running[0])
            stretched = self._real.derive(typed)
            with counting:
                running[0] -= 1
            return stretched

    monkeypatch.setattr(wrapping, "Argon2id", Counted)
    done = []
    threads = [
        threading.Thread(
            target=lambda number=number: done.append(from_password(f"persoon {number}", SALT)),
            daemon=True,
        )
        for number in range(16)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=120)
    assert len(set(done)) == 16
    assert most[0] <= 2


def test_the_primitive_is_argon2id_with_one_lane():
    # Of the reference implementation's own tests: version 19, 2 passes, 64 MiB, 1 lane.
    derived = Argon2id(
        salt=b"somesalt", length=32, iterations=2, lanes=1, memory_cost=64 * 1024
    ).derive(b"password")
    assert derived.hex() == "09316115d5cf24ed5a15a31a3ba326e5cf32edc24702987c02b6566f61913cf7"


def test_the_strong_profile_costs_what_the_design_says():
    assert (STRONG.memory_kib, STRONG.passes) == (64 * 1024, 4)
    expected = Argon2id(salt=SALT, length=32, iterations=4, lanes=1, memory_cost=64 * 1024).derive(
        b"wachtwoord"
    )
    assert from_password("wachtwoord", SALT) == expected


def test_letters_with_marks_count_the_same_however_they_are_typed():
    composed, decomposed = "privé", "prive\u0301"
    assert composed != decomposed
    stretched = {from_password(text, SALT, TESTS_ONLY) for text in (composed, decomposed)}
    assert len(stretched) == 1
    assert from_password("\ud800", SALT, TESTS_ONLY) not in stretched


@pytest.mark.parametrize("salt", [b"", b"short", SALT + b"x", bytes(2_000)])
def test_a_damaged_salt_does_not_open(salt):
    with pytest.raises(CannotOpen):
        from_password("wachtwoord", salt, TESTS_ONLY)


@pytest.mark.parametrize(
    "profile",
    [
        Profile("argon2id-1", memory_kib=8, passes=1),
        Profile("argon2id-1", memory_kib=64 * 1024, passes=10**6),
        Profile("endless", memory_kib=2**31, passes=4),
    ],
)
def test_no_cost_but_the_known_ones_is_ever_used(profile):
    with pytest.raises(ValueError, match="known profile"):
        from_password("wachtwoord", SALT, profile)


def test_stored_names_choose_among_known_profiles(monkeypatch):
    assert known_profile(STRONG.name) is STRONG
    assert known_profile(STRONG.name, TESTS_ONLY) is STRONG
    assert known_profile(TESTS_ONLY.name, TESTS_ONLY) is TESTS_ONLY
    for name in (TESTS_ONLY.name, "", "argon2id-0"):
        with pytest.raises(CannotOpen):
            known_profile(name)
    dearer = Profile("argon2id-2", memory_kib=64 * 1024, passes=6)
    monkeypatch.setattr(wrapping, "FORMER", (STRONG,))
    monkeypatch.setattr(wrapping, "STRONG", dearer)
    assert known_profile("argon2id-1", dearer) is STRONG


def test_two_salts_differ():
    assert new_salt() != new_salt()


codes = st.binary(min_size=16, max_size=16).map(RecoveryCode)


@given(codes)
def test_a_code_typed_back_is_the_code(code):
    assert RecoveryCode.parse(code.text()) == code
    assert hash(RecoveryCode.parse(code.text())) == hash(code)


@given(codes)
def test_a_code_is_shown_in_groups_without_letters_that_look_alike(code):
    groups = code.text().split("-")
    assert [len(group) for group in groups] == [4] * 7
    assert not set("".join(groups)) & set("ILOU")


@given(codes, st.randoms(use_true_random=False))
def test_case_spaces_dashes_and_look_alikes_do_not_matter(code, chance):
    typed = ""
    for letter in code.text():
        written = {
            "0": "0Oo",
            "1": "1IilL",
            "-": ["-", " ", "", "\u2013", "\u2014", " - ", "\n", "\u00a0"],
        }
        choice = written.get(letter, letter + letter.lower())
        typed += chance.choice(choice)
    assert RecoveryCode.parse(f" {typed}\t") == code


@settings(max_examples=15)
@given(codes)
def test_every_single_slip_is_seen(code):
    letters = code.text().replace("-", "")
    for place, right in enumerate(letters):
        for wrong in set(ALPHABET) - {right}:
            with pytest.raises(NotARecoveryCode):
                RecoveryCode.parse(letters[:place] + wrong + letters[place + 1 :])


@settings(max_examples=15)
@given(codes)
def test_every_two_swapped_characters_are_seen(code):
    letters = code.text().replace("-", "")
    for one in range(len(letters)):
        for other in range(one):
            if letters[one] != letters[other]:
                swapped = list(letters)
                swapped[one], swapped[other] = swapped[other], swapped[one]
                with pytest.raises(NotARecoveryCode):
                    RecoveryCode.parse("".join(swapped))


@given(codes, st.integers(0, 27))
def test_a_missing_or_doubled_character_is_seen(code, place):
    letters = code.text().replace("-", "")
    for wrong in (letters[:place] + letters[place + 1 :], letters[:place] + letters[place:] + "0"):
        with pytest.raises(NotARecoveryCode):
            RecoveryCode.parse(wrong)


@pytest.mark.parametrize(
    "text", ["", "U" * 28, "é" * 28, "Z" * 28, "٣" * 28, "ß" * 14, "0" * 27, "\ud800" * 28]
)
def test_what_is_no_code_is_told_apart_from_a_wrong_code(text):
    with pytest.raises(NotARecoveryCode):
        RecoveryCode.parse(text)


def test_a_code_has_128_bits_and_shows_none():
    code = RecoveryCode.new()
    assert len(code.value) == 16
    assert code != RecoveryCode.new()
    assert code != code.value
    assert repr(code) == str(code) == "<RecoveryCode>"
    for value in (b"", bytes(15), bytes(17)):
        with pytest.raises(NotARecoveryCode):
            RecoveryCode(value)


def test_a_recovery_code_opens_the_key():
    private, code = PrivateKey.generate(), RecoveryCode.new()
    wrapped = wrap_private(private, code.value, SECRET, PLACE)
    typed = RecoveryCode.parse(code.text().lower())
    assert unwrap_private(wrapped, typed.value, SECRET, PLACE).public == private.public
