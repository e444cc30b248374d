"""The service keyring: keys that must work with nobody signed in. Kept outside the database.

Each key, current or previous, gives subkeys by purpose (HKDF-SHA256). What is sealed or maced
begins with the key's id, so that previous keys still open after a rotation.
"""

import base64
import binascii
import hashlib
import hmac
import json
import os
import secrets
import stat
from pathlib import Path

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from weerbaar.crypto.encoding import encode
from weerbaar.crypto.envelope import NONCE_SIZE
from weerbaar.crypto.errors import CannotOpen
from weerbaar.crypto.padding import pad, unpad

FORMAT = 1
KEY_SIZE = 32
ID_SIZE = 4
_HEAD = bytes((FORMAT, 1))


class KeyringMissing(Exception):
    """The service keys are not where SERVICE_KEYS_FILE says."""


class KeyringDamaged(Exception):
    """The service keys in SERVICE_KEYS_FILE cannot be used."""


class KeyringExists(Exception):
    """There are service keys already; they are never overwritten."""


class _Key:
    __slots__ = ("id", "raw", "subkeys")

    def __init__(self, raw: bytes) -> None:
        self.raw = raw
        self.id = hashlib.sha256(encode("weerbaar service key", raw)).digest()[:ID_SIZE]
        self.subkeys: dict[str, bytes] = {}

    def subkey(self, purpose: str) -> bytes:
        found = self.subkeys.get(purpose)
        if found is None:
            found = HKDF(
                hashes.SHA256(), length=32, salt=None, info=encode("weerbaar service", purpose)
            ).derive(self.raw)
            self.subkeys[purpose] = found
        return found


class Keyring:
    """The service keys, current first."""

    __slots__ = ("_keys",)

    def __init__(self, keys: list[bytes]) -> None:
        if not keys or any(len(key) != KEY_SIZE for key in keys):
            raise KeyringDamaged("SERVICE_KEYS_FILE holds no usable key")
        self._keys = [_Key(key) for key in keys]

    def __repr__(self) -> str:
        return f"<Keyring of {len(self._keys)}>"

    @classmethod
    def create(cls, path: Path) -> "Keyring":
        """Make a keyring with one new key, readable by its owner alone.

        Raises:
            KeyringExists: there is a file already.
        """
        keyring = cls([secrets.token_bytes(KEY_SIZE)])
        try:
            descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        except FileExistsError:
            raise KeyringExists("SERVICE_KEYS_FILE exists already") from None
        with os.fdopen(descriptor, "w", encoding="ascii") as file:
            file.write(keyring._text())
            file.flush()
            os.fsync(file.fileno())
        return keyring

    @classmethod
    def load(cls, path: Path) -> "Keyring":
        """Read a keyring.

        Raises:
            KeyringMissing: there is no such file.
            KeyringDamaged: others can read it, or it holds no keys.
        """
        try:
            mode = path.stat().st_mode
            text = path.read_text(encoding="ascii")
        except FileNotFoundError:
            raise KeyringMissing("SERVICE_KEYS_FILE names no file") from None
        except (OSError, UnicodeDecodeError):
            raise KeyringDamaged("SERVICE_KEYS_FILE cannot be read") from None
        if mode & (stat.S_IRWXG | stat.S_IRWXO):
            raise KeyringDamaged("SERVICE_KEYS_FILE can be read by others; chmod it to 600")
        return cls.parse(text)

    @classmethod
    def parse(cls, text: str) -> "Keyring":
        """The keyring of a file's or a variable's text.

        Raises:
            KeyringDamaged: it holds no keys.
        """
        try:
            loaded = json.loads(text)
            if loaded["format"] != FORMAT:
                raise KeyringDamaged("SERVICE_KEYS_FILE has a format this version does not know")
            keys = [
                base64.b64decode(key, validate=True)
                for key in [loaded["current"], *loaded["previous"]]
            ]
        except (ValueError, KeyError, TypeError, binascii.Error):
            raise KeyringDamaged("SERVICE_KEYS_FILE is not a keyring") from None
        return cls(keys)

    def _text(self) -> str:
        current, *previous = (base64.b64encode(key.raw).decode() for key in self._keys)
        return json.dumps({"format": FORMAT, "current": current, "previous": previous}) + "\n"

    @property
    def fingerprint(self) -> str:
        """What can be shown of the current key."""
        return self._keys[0].id.hex()

    def subkey(self, purpose: str) -> bytes:
        """The current key's subkey for a purpose, for uses that stand outside this class."""
        return self._keys[0].subkey(purpose)

    def subkeys(self, purpose: str) -> list[bytes]:
        """Every key's subkey for a purpose, current first."""
        return [key.subkey(purpose) for key in self._keys]

    def seal(self, purpose: str, plaintext: bytes, binding: bytes) -> bytes:
        """Seal under the current key.

        Args:
            purpose: what it is for; each purpose has a subkey of its own.
            plaintext: what to seal.
            binding: what it is bound to.
        """
        key = self._keys[0]
        nonce = secrets.token_bytes(NONCE_SIZE)
        head = _HEAD + key.id
        sealed = AESGCM(key.subkey(purpose)).encrypt(
            nonce, pad(plaintext), encode(head, purpose, binding)
        )
        return head + nonce + sealed

    def open(self, purpose: str, sealed: bytes, binding: bytes) -> bytes:
        """Open what one of the keys sealed.

        Raises:
            CannotOpen: no key of ours, another purpose or binding, or changed.
        """
        head = sealed[: 2 + ID_SIZE]
        key = self._by_id(head[2:])
        if key is None or head[:2] != _HEAD:
            raise CannotOpen
        start = len(head) + NONCE_SIZE
        try:
            padded = AESGCM(key.subkey(purpose)).decrypt(
                sealed[len(head) : start], sealed[start:], encode(head, purpose, binding)
            )
        except (InvalidTag, ValueError):
            raise CannotOpen from None
        return unpad(padded)

    def mac(self, purpose: str, data: bytes) -> bytes:
        """A MAC under the current key, led by its id."""
        key = self._keys[0]
        return key.id + hmac.digest(key.subkey(purpose), data, hashlib.sha256)

    def check_mac(self, purpose: str, data: bytes, mac: bytes) -> bool:
        """Whether one of the keys made this MAC of this data."""
        key = self._by_id(mac[:ID_SIZE])
        if key is None:
            return False
        expected = hmac.digest(key.subkey(purpose), data, hashlib.sha256)
        return hmac.compare_digest(expected, mac[ID_SIZE:])

    def index(self, purpose: str, text: str) -> bytes:
        """A look-up value of a text under the current key: equal texts give equal values."""
        return self._index(self._keys[0], purpose, text)

    def index_all(self, purpose: str, text: str) -> list[bytes]:
        """The look-up values of a text under every key, current first."""
        return [self._index(key, purpose, text) for key in self._keys]

    def _index(self, key: _Key, purpose: str, text: str) -> bytes:
        return hmac.digest(key.subkey(purpose), encode("index", text), hashlib.sha256)

    def _by_id(self, key_id: bytes) -> _Key | None:
        return next((key for key in self._keys if key.id == key_id), None)
