"""Private keys at rest: under something a person has and a destruction secret, always both.

Wrapping key = HKDF-SHA256(what the person has || destruction secret). A password becomes such a
"what" by Argon2id (RFC 9106) with one lane: more cost comes by passes, never by lanes.
"""

import hashlib
import re
import secrets
from dataclasses import dataclass
from threading import BoundedSemaphore

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.argon2 import Argon2id
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from weerbaar.crypto.encoding import encode
from weerbaar.crypto.envelope import NONCE_SIZE, Binding
from weerbaar.crypto.errors import CannotOpen
from weerbaar.crypto.recipients import PrivateKey

FORMAT = 1
SUITE = 1  # HKDF-SHA256 / AES-256-GCM
SALT_SIZE = 16
AT_ONCE = 2
_HEAD = bytes((FORMAT, SUITE))

# Memory is the cost of a derivation: at most two at a time in a process.
_turns = BoundedSemaphore(AT_ONCE)


@dataclass(frozen=True)
class Profile:
    """What one guess of a password costs."""

    name: str
    memory_kib: int
    passes: int


STRONG = Profile("argon2id-1", memory_kib=64 * 1024, passes=4)
# Weak and fast on purpose. Never use it outside the tests: it protects nothing.
TESTS_ONLY = Profile("tests-only", memory_kib=64, passes=1)


def new_salt() -> bytes:
    """A random salt for one password."""
    return secrets.token_bytes(SALT_SIZE)


def from_password(password: str, salt: bytes, profile: Profile = STRONG) -> bytes:
    """32 bytes from a password; waits for its turn when two others are being derived.

    Args:
        password: what somebody typed.
        salt: of this password alone.
        profile: the cost.
    """
    with _turns:
        return Argon2id(
            salt=salt, length=32, iterations=profile.passes, lanes=1, memory_cost=profile.memory_kib
        ).derive(password.encode())


def wrap_private(private: PrivateKey, what: bytes, secret: bytes, binding: Binding) -> bytes:
    """A private key, wrapped.

    Args:
        private: the key.
        what: what the person has: derived password, recovery code, half.
        secret: the destruction secret of this wrapping.
        binding: its place.
    """
    nonce = secrets.token_bytes(NONCE_SIZE)
    head = _HEAD + private.public.key_id
    sealed = _cipher(what, secret, binding).encrypt(nonce, private.seed, head + binding.place())
    return head + nonce + sealed


def unwrap_private(wrapped: bytes, what: bytes, secret: bytes, binding: Binding) -> PrivateKey:
    """The private key of a wrapping.

    Raises:
        CannotOpen: wrong password, code or secret, another place, or changed.
    """
    head, nonce = wrapped[:10], wrapped[10 : 10 + NONCE_SIZE]
    if head[:2] != _HEAD:
        raise CannotOpen
    try:
        seed = _cipher(what, secret, binding).decrypt(
            nonce, wrapped[10 + NONCE_SIZE :], head + binding.place()
        )
    except (InvalidTag, ValueError):
        raise CannotOpen from None
    private = PrivateKey.from_seed(seed)
    if private.public.key_id != head[2:]:
        raise CannotOpen
    return private


def _cipher(what: bytes, secret: bytes, binding: Binding) -> AESGCM:
    if not what or len(secret) != 32:  # noqa: PLR2004 - the size of a destruction secret
        raise CannotOpen
    key = HKDF(
        hashes.SHA256(), length=32, salt=None, info=encode("weerbaar wrapping", binding.place())
    ).derive(encode(what, secret))
    return AESGCM(key)


# Crockford's base 32: no I, L, O, U.
_ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
_READ_AS = str.maketrans({"O": "0", "I": "1", "L": "1"})
_CODE_BYTES = 16
_CODE_LENGTH = 26
_CHECK_LENGTH = 2
_GROUP = 4


class NotARecoveryCode(Exception):
    """This is not a recovery code: a character is missing or was mistyped."""

    def __init__(self) -> None:
        super().__init__("not a recovery code")


@dataclass(frozen=True, repr=False)
class RecoveryCode:
    """128 bits that a person keeps on paper."""

    value: bytes

    @classmethod
    def new(cls) -> "RecoveryCode":
        """A random code."""
        return cls(secrets.token_bytes(_CODE_BYTES))

    @classmethod
    def parse(cls, text: str) -> "RecoveryCode":
        """The code somebody typed; case, spaces and dashes do not matter, O is 0, I and L are 1.

        Raises:
            NotARecoveryCode: it is too short or long, or its check characters do not fit.
        """
        letters = re.sub(r"[\s-]", "", text).upper().translate(_READ_AS)
        if len(letters) != _CODE_LENGTH + _CHECK_LENGTH or set(letters) - set(_ALPHABET):
            raise NotARecoveryCode
        number = 0
        for letter in letters[:_CODE_LENGTH]:
            number = number * 32 + _ALPHABET.index(letter)
        if number >> (8 * _CODE_BYTES):
            raise NotARecoveryCode
        code = cls(number.to_bytes(_CODE_BYTES, "big"))
        if code._check() != letters[_CODE_LENGTH:]:
            raise NotARecoveryCode
        return code

    def _check(self) -> str:
        # Ten bits of a hash tell a slip of the finger from a wrong code; they say nothing about it
        # that the code itself does not say.
        digest = hashlib.sha256(encode("weerbaar recovery code", self.value)).digest()
        number = int.from_bytes(digest[:2], "big") >> 6
        return _ALPHABET[number >> 5] + _ALPHABET[number & 31]

    def text(self) -> str:
        """The code as it is shown: groups of four."""
        number = int.from_bytes(self.value, "big")
        letters = "".join(
            _ALPHABET[number >> (5 * place) & 31] for place in reversed(range(_CODE_LENGTH))
        )
        whole = letters + self._check()
        return "-".join(whole[place : place + _GROUP] for place in range(0, len(whole), _GROUP))

    def __repr__(self) -> str:
        return "<RecoveryCode>"
