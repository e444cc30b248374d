"""Private keys at rest: under something a person has and a destruction secret, always both.

Wrapping key = HKDF-SHA256(what the person has || destruction secret). A password becomes such a
"what" by Argon2id (RFC 9106) with one lane: more cost comes by passes, never by lanes (in
cryptography 50.0.2 two derivations at once with more lanes never return).
"""

import os
import secrets
import sys
import unicodedata
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

from cryptography.hazmat.primitives.kdf.argon2 import Argon2id

from weerbaar.crypto import frame
from weerbaar.crypto.encoding import encode
from weerbaar.crypto.envelope import SECRET_SIZE, Binding
from weerbaar.crypto.errors import CannotOpen
from weerbaar.crypto.frame import Suite, mark
from weerbaar.crypto.recipients import PrivateKey
from weerbaar.crypto.recovery import NotARecoveryCode, RecoveryCode

__all__ = [
    "STRONG",
    "TESTS_ONLY",
    "NotARecoveryCode",
    "Profile",
    "RecoveryCode",
    "from_password",
    "known_profile",
    "new_salt",
    "unwrap_private",
    "wrap_private",
]

SALT_SIZE = 16
AT_ONCE = 2
_STRETCHED_SIZE = 32
_HEAD = mark(Suite.PRIVATE_KEY)
_ROOT = b"weerbaar private key"

# Linux alone gives each thread a niceness of its own; 10 leaves a tenth of a core that is wanted.
_NICENESS = 10


def _give_way() -> None:
    if sys.platform == "linux":
        os.setpriority(os.PRIO_PROCESS, 0, _NICENESS)


# Memory is the cost of a derivation: at most two at a time in a process. They have threads of
# their own, which let everything else go first: a call is answered while people sign in.
_stretchers = ThreadPoolExecutor(AT_ONCE, thread_name_prefix="argon2", initializer=_give_way)


@dataclass(frozen=True, slots=True)
class Profile:
    """What one guess of a password costs. Its name is stored beside the salt."""

    name: str
    memory_kib: int
    passes: int


STRONG = Profile("argon2id-1", memory_kib=64 * 1024, passes=4)
# Weak and fast on purpose. Never use it outside the tests: it protects nothing.
TESTS_ONLY = Profile("tests-only", memory_kib=64, passes=1)
# When the cost goes up, the strong profile of before comes here, and what it made still opens.
FORMER: tuple[Profile, ...] = ()


def known_profile(name: str, present: Profile = STRONG) -> Profile:
    """The profile that a stored password was stretched with.

    Whoever can write the database chooses among these names, never a cost of his own.

    Args:
        name: as stored beside the salt.
        present: the profile of the house.

    Raises:
        CannotOpen: no profile that may be used here.
    """
    for profile in (present, STRONG, *FORMER):
        if profile.name == name:
            return profile
    raise CannotOpen


def new_salt() -> bytes:
    """A random salt for one password."""
    return secrets.token_bytes(SALT_SIZE)


def from_password(password: str, salt: bytes, profile: Profile = STRONG) -> bytes:
    """32 bytes from a password; waits for its turn when two others are being derived.

    Letters with marks count the same however a keyboard composes them (NFC, as RFC 8265 says).

    Args:
        password: what somebody typed.
        salt: of this password alone.
        profile: the cost, one of those known here.

    Raises:
        CannotOpen: no salt of ours.
        ValueError: no profile of ours.
    """
    if profile not in {STRONG, TESTS_ONLY, *FORMER}:
        raise ValueError("a password is stretched with a known profile only")
    if len(salt) != SALT_SIZE:
        raise CannotOpen
    typed = unicodedata.normalize("NFC", password).encode("utf-8", "surrogatepass")
    derivation = Argon2id(
        salt=salt,
        length=_STRETCHED_SIZE,
        iterations=profile.passes,
        lanes=1,
        memory_cost=profile.memory_kib,
    )
    # What costs nothing needs no turn.
    if profile is TESTS_ONLY:
        return derivation.derive(typed)
    return _stretchers.submit(derivation.derive, typed).result()


def wrap_private(private: PrivateKey, what: bytes, secret: bytes, binding: Binding) -> bytes:
    """A private key, wrapped.

    Args:
        private: the key.
        what: what the person has: derived password, recovery code, half.
        secret: the destruction secret of this wrapping, 32 bytes.
        binding: its place.

    Raises:
        ValueError: there is nothing to wrap under, or the secret has a wrong size.
    """
    if not _fit(what, secret):
        raise ValueError("something the person has and a secret of 32 bytes are needed")
    return frame.close(_root(what, secret), _HEAD, binding.place(), private.seed)


def unwrap_private(wrapped: bytes, what: bytes, secret: bytes, binding: Binding) -> PrivateKey:
    """The private key of a wrapping.

    Raises:
        CannotOpen: wrong password, code or secret, another place, or changed.
    """
    if not _fit(what, secret):
        raise CannotOpen
    return PrivateKey(frame.disclose(_root(what, secret), _HEAD, binding.place(), wrapped))


def _fit(what: bytes, secret: bytes) -> bool:
    return bool(what) and len(secret) == SECRET_SIZE


def _root(what: bytes, secret: bytes) -> bytes:
    return frame.derive(encode(what, secret), info=_ROOT)
