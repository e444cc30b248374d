"""Key pairs, and sealing to a public key.

HPKE (RFC 9180) in base mode with ML-KEM-768 + X25519 (X-Wing, KEM 0x647A, Internet-Draft
draft-connolly-cfrg-xwing-kem), HKDF-SHA256 and AES-256-GCM: what is recorded today stays closed to
a later quantum computer, and to whoever breaks one of the two.
"""

import hashlib
import secrets

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives import hpke
from cryptography.hazmat.primitives.asymmetric.mlkem import MLKEM768PrivateKey, MLKEM768PublicKey
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey

from weerbaar.crypto.encoding import encode
from weerbaar.crypto.errors import CannotOpen
from weerbaar.crypto.frame import Suite, mark

SEED_SIZE = 32
_MLKEM_SEED = 64
_MLKEM_PUBLIC = 1184
_X25519_PUBLIC = 32
PUBLIC_SIZE = _MLKEM_PUBLIC + _X25519_PUBLIC

KEY_ID_SIZE = 8

_MARK = mark(Suite.TO_KEY_PAIR)
_HEADER = len(_MARK) + KEY_ID_SIZE

# Exchanged with every public key once: one of low order would add nothing to ML-KEM.
_PROBE = X25519PrivateKey.generate()

_HPKE = hpke.Suite(hpke.KEM.MLKEM768_X25519, hpke.KDF.HKDF_SHA256, hpke.AEAD.AES_256_GCM)

_CONSONANTS = "bdfghjklmnprstvz"
_VOWELS = "aiou"


class PublicKey:
    """Where something can be sealed to.

    Raises:
        CannotOpen: the bytes are no public key.
    """

    __slots__ = ("_key", "fingerprint", "raw")

    def __init__(self, raw: bytes) -> None:
        if len(raw) != PUBLIC_SIZE:
            raise CannotOpen
        try:
            x25519 = X25519PublicKey.from_public_bytes(raw[_MLKEM_PUBLIC:])
            _PROBE.exchange(x25519)
            mlkem = MLKEM768PublicKey.from_public_bytes(raw[:_MLKEM_PUBLIC])
        except ValueError:
            raise CannotOpen from None
        self._key = hpke.MLKEM768X25519PublicKey(mlkem, x25519)
        self.raw = raw
        self.fingerprint = hashlib.sha256(encode("weerbaar public key", _MARK, raw)).digest()

    @property
    def key_id(self) -> bytes:
        """The first bytes of the fingerprint; they lead what is sealed to this key."""
        return self.fingerprint[:KEY_ID_SIZE]

    def words(self) -> str:
        """Four pronounceable words of the fingerprint, 64 bits (proquints, arXiv 0901.4016)."""
        return " ".join(
            _proquint(int.from_bytes(self.fingerprint[place : place + 2], "big"))
            for place in range(0, 8, 2)
        )

    def __eq__(self, other: object) -> bool:
        return isinstance(other, PublicKey) and other.raw == self.raw

    def __hash__(self) -> int:
        return hash(self.raw)

    def __repr__(self) -> str:
        return f"<PublicKey {self.key_id.hex()}>"


def _proquint(number: int) -> str:
    return (
        _CONSONANTS[number >> 12 & 15]
        + _VOWELS[number >> 10 & 3]
        + _CONSONANTS[number >> 6 & 15]
        + _VOWELS[number >> 4 & 3]
        + _CONSONANTS[number & 15]
    )


class PrivateKey:
    """A private key: one seed of 32 bytes, stretched by SHAKE256 to 96 (64 ML-KEM, 32 X25519).

    This is X-Wing's own derivation of a key pair, so that any X-Wing reader can use the seed.

    Raises:
        CannotOpen: it is no seed.
    """

    __slots__ = ("_key", "public", "seed")

    def __init__(self, seed: bytes) -> None:
        if len(seed) != SEED_SIZE:
            raise CannotOpen
        stretched = hashlib.shake_256(seed).digest(_MLKEM_SEED + _X25519_PUBLIC)
        mlkem = MLKEM768PrivateKey.from_seed_bytes(stretched[:_MLKEM_SEED])
        x25519 = X25519PrivateKey.from_private_bytes(stretched[_MLKEM_SEED:])
        self._key = hpke.MLKEM768X25519PrivateKey(mlkem, x25519)
        self.seed = seed
        self.public = PublicKey(
            mlkem.public_key().public_bytes_raw() + x25519.public_key().public_bytes_raw()
        )

    @classmethod
    def generate(cls) -> "PrivateKey":
        """A new private key."""
        return cls(secrets.token_bytes(SEED_SIZE))

    @classmethod
    def from_seed(cls, seed: bytes) -> "PrivateKey":
        """The private key of a stored seed.

        Raises:
            CannotOpen: it is no seed.
        """
        return cls(seed)

    def __repr__(self) -> str:
        return f"<PrivateKey of {self.public.key_id.hex()}>"


def seal_to(public: PublicKey, plaintext: bytes, binding: bytes) -> bytes:
    """Seal to a public key. Nothing is padded: what goes in has one size, a half or a key.

    Args:
        public: the recipient's key.
        plaintext: what to seal.
        binding: what it is bound to; opening needs the same bytes.
    """
    head = _MARK + public.key_id
    return head + _HPKE.encrypt(plaintext, public._key, info=_info(head, binding))  # noqa: SLF001


def open_sealed(private: PrivateKey, sealed: bytes, binding: bytes) -> bytes:
    """Open what was sealed to the public key of this private key.

    Raises:
        CannotOpen: wrong key, other binding, or changed.
    """
    head = sealed[:_HEADER]
    if head != _MARK + private.public.key_id:
        raise CannotOpen
    try:
        return _HPKE.decrypt(sealed[_HEADER:], private._key, info=_info(head, binding))  # noqa: SLF001
    except (InvalidTag, ValueError):
        raise CannotOpen from None


def _info(head: bytes, binding: bytes) -> bytes:
    return encode("weerbaar sealed to", head, binding)
