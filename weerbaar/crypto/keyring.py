"""The service keyring: keys that must work with nobody signed in. Kept outside the database.

Each key, current or previous, gives subkeys by use and purpose (HKDF-SHA256), so that no key ever
serves two ends. What is sealed or maced begins with the key's id: previous keys still open after a
rotation. Stored as JSON, in a file that only its owner can read, or in an environment variable:

    {"format": 1, "current": {"id": "hex", "key": "base64"}, "previous": [...]}

Where several processes share the keys, a new one is made known to all of them before the first of
them uses it: it stands under `"coming"` then, opens what others sealed with it, and seals nothing.
"""

import base64
import hashlib
import hmac
import json
import secrets
from pathlib import Path
from typing import Any

from weerbaar.crypto import frame
from weerbaar.crypto.encoding import encode
from weerbaar.crypto.errors import CannotOpen
from weerbaar.crypto.frame import Suite, mark
from weerbaar.crypto.keyring_file import (
    SETTING,
    KeyringDamaged,
    KeyringExists,
    KeyringMissing,
    read_private,
    replace_private,
    write_private,
)
from weerbaar.crypto.padding import pad, unpad

__all__ = ["Keyring", "KeyringDamaged", "KeyringExists", "KeyringMissing"]

FORMAT = 1
KEY_SIZE = 32
ID_SIZE = 8

_MARK = mark(Suite.SERVICE)
_HEADER = len(_MARK) + ID_SIZE


class _Key:
    __slots__ = ("_subkeys", "id", "raw")

    def __init__(self, raw: bytes) -> None:
        self.raw = raw
        self.id = hashlib.sha256(encode("weerbaar service key", raw)).digest()[:ID_SIZE]
        self._subkeys: dict[tuple[str, str], bytes] = {}

    def subkey(self, use: str, purpose: str) -> bytes:
        found = self._subkeys.get((use, purpose))
        if found is None:
            info = encode("weerbaar service", use, purpose)
            found = self._subkeys[use, purpose] = frame.derive(self.raw, info=info)
        return found

    def mac(self, purpose: str, data: bytes) -> bytes:
        return self.id + hmac.digest(self.subkey("mac", purpose), data, hashlib.sha256)

    def index(self, purpose: str, text: str) -> bytes:
        return hmac.digest(self.subkey("index", purpose), text.encode(), hashlib.sha256)


class Keyring:
    """The service keys, current first.

    Args:
        keys: the current one, then the previous ones, the newest first.
        setting: the name of the setting they come from, for the messages.
        coming: one that is to become the current one.

    Raises:
        KeyringDamaged: there is no key, one of a wrong size, or one twice.
    """

    __slots__ = ("_by_id", "_coming", "_keys")

    def __init__(
        self, keys: list[bytes], *, setting: str = SETTING, coming: bytes | None = None
    ) -> None:
        every = [*keys, *([] if coming is None else [coming])]
        if not keys or any(len(key) != KEY_SIZE for key in every):
            raise KeyringDamaged(f"{setting} holds no usable key")
        self._keys = [_Key(key) for key in keys]
        self._coming = None if coming is None else _Key(coming)
        self._by_id = {key.id: key for key in self._all()}
        if len(self._by_id) != len(every):
            raise KeyringDamaged(f"{setting} holds a key twice")

    def _all(self) -> list[_Key]:
        return [*self._keys, *([] if self._coming is None else [self._coming])]

    def __repr__(self) -> str:
        return f"<Keyring of {len(self._keys)}>"

    @classmethod
    def create(cls, path: Path) -> "Keyring":
        """Make a keyring with one new key, in a file readable by its owner alone.

        Raises:
            KeyringExists: there is a file already.
            KeyringMissing: it cannot be written there.
        """
        keyring = cls([secrets.token_bytes(KEY_SIZE)])
        keyring.write(path)
        return keyring

    @classmethod
    def load(cls, path: Path) -> "Keyring":
        """Read a keyring.

        Raises:
            KeyringMissing: there is no such file.
            KeyringDamaged: others can read it, or it holds no keys.
        """
        return cls.parse(read_private(path))

    @classmethod
    def parse(cls, text: str, *, setting: str = SETTING) -> "Keyring":
        """The keyring of a file's or a variable's text.

        Args:
            text: what `write` wrote.
            setting: the name of the setting it comes from, for the messages.

        Raises:
            KeyringDamaged: it holds no keys, or not those whose ids it names.
        """
        try:
            loaded = json.loads(text)
            known = loaded["format"] == FORMAT
            entries = [loaded["current"], *loaded["previous"]] if known else []
            keys = [_checked(entry) for entry in entries]
            coming = _checked(loaded["coming"]) if known and "coming" in loaded else None
        except (ValueError, LookupError, TypeError, RecursionError):
            raise KeyringDamaged(f"{setting} is not a keyring") from None
        if not known:
            raise KeyringDamaged(f"{setting} has a format this version does not know")
        return cls(keys, setting=setting, coming=coming)

    def prepared(self) -> "Keyring":
        """The keyring with a new key that is known and not in use yet; one stays as it is."""
        coming = secrets.token_bytes(KEY_SIZE) if self._coming is None else self._coming.raw
        return Keyring([key.raw for key in self._keys], coming=coming)

    def rotated(self) -> "Keyring":
        """The keyring with a new current key, the coming one if there is; all others are previous.

        Where there was none coming, no other process may know the keys yet.
        """
        fresh = secrets.token_bytes(KEY_SIZE) if self._coming is None else self._coming.raw
        return Keyring([fresh, *(key.raw for key in self._keys)])

    def write(self, path: Path) -> None:
        """Write the keyring to a new file, whole or not at all, readable by its owner alone.

        Raises:
            KeyringExists: there is a file already; it is left as it is.
            KeyringMissing: it cannot be written there.
        """
        write_private(path, self._text())

    def replace(self, path: Path) -> None:
        """Write the keyring in the place of the one that is there, whole or not at all.

        Raises:
            KeyringMissing: it cannot be written there.
        """
        replace_private(path, self._text())

    def _text(self) -> str:
        current, *previous = (_entry(key) for key in self._keys)
        keyring: dict[str, Any] = {"format": FORMAT, "current": current, "previous": previous}
        if self._coming is not None:
            keyring["coming"] = _entry(self._coming)
        return json.dumps(keyring, indent=1) + "\n"

    @property
    def ids(self) -> list[str]:
        """What can be shown of every key in use or before: the current one first."""
        return [key.id.hex() for key in self._keys]

    @property
    def coming(self) -> str | None:
        """What can be shown of the key that is to become the current one."""
        return None if self._coming is None else self._coming.id.hex()

    def sealed_by(self, sealed: bytes) -> str:
        """Which key sealed something, as it says itself: what `ids` shows of it."""
        return bytes(sealed[len(_MARK) : _HEADER]).hex()

    @staticmethod
    def maced_by(mac: bytes) -> str:
        """Which key made a MAC, as it says itself: what `ids` shows of it."""
        return bytes(mac[:ID_SIZE]).hex()

    @property
    def fingerprint(self) -> str:
        """What can be shown of the current key."""
        return self._keys[0].id.hex()

    def subkey(self, purpose: str) -> bytes:
        """The current key's subkey for a use outside this class."""
        return self._keys[0].subkey("other", purpose)

    def subkeys(self, purpose: str) -> list[bytes]:
        """Every key's subkey for a purpose, current first."""
        return [key.subkey("other", purpose) for key in self._all()]

    def seal(self, purpose: str, plaintext: bytes, binding: bytes) -> bytes:
        """Seal under the current key, padded.

        Args:
            purpose: what it is for; each purpose has a subkey of its own.
            plaintext: what to seal.
            binding: what it is bound to.
        """
        key = self._keys[0]
        return frame.close(key.subkey("seal", purpose), _MARK + key.id, binding, pad(plaintext))

    def open(self, purpose: str, sealed: bytes, binding: bytes) -> bytes:
        """Open what one of the keys sealed.

        Raises:
            CannotOpen: no key of ours, another purpose or binding, or changed.
        """
        key = self._by_id.get(sealed[len(_MARK) : _HEADER])
        if key is None:
            raise CannotOpen
        root = key.subkey("seal", purpose)
        return unpad(frame.disclose(root, _MARK + key.id, binding, sealed))

    def mac(self, purpose: str, data: bytes) -> bytes:
        """A MAC under the current key, led by its id."""
        return self._keys[0].mac(purpose, data)

    def check_mac(self, purpose: str, data: bytes, mac: bytes) -> bool:
        """Whether one of the keys made this MAC of this data."""
        key = self._by_id.get(mac[:ID_SIZE])
        return key is not None and hmac.compare_digest(key.mac(purpose, data), mac)

    def index(self, purpose: str, text: str) -> bytes:
        """A look-up value of a text under the current key: equal texts give equal values."""
        return self._keys[0].index(purpose, text)

    def index_all(self, purpose: str, text: str) -> list[bytes]:
        """The look-up values of a text under every key, current first."""
        return [key.index(purpose, text) for key in self._all()]


def _entry(key: _Key) -> dict[str, str]:
    return {"id": key.id.hex(), "key": base64.b64encode(key.raw).decode()}


def _checked(entry: Any) -> bytes:
    raw = base64.b64decode(entry["key"], validate=True)
    # A slip in a copied key would otherwise look like the key of another installation.
    if _Key(raw).id.hex() != entry["id"]:
        raise ValueError
    return raw
