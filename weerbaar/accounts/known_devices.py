"""Devices on which an account was signed in before: what others try never holds them up.

A cookie says so. It holds a random name, its end and a MAC over both and the account, and names
nobody. It gives no access: whoever steals it may try passwords as slowly as its owner may. It
stays when somebody signs out, and goes when he closes everything.
"""

import base64
import binascii
import hashlib
import hmac
import secrets
from datetime import UTC, datetime

from weerbaar.accounts import throttle
from weerbaar.accounts.vault import Vault
from weerbaar.crypto.encoding import encode

COOKIE = "__Host-weerbaar-device"
LIVES = throttle.KNOWN_FOR

_PURPOSE = "known-device"
_NAME, _END, _MAC = 16, 8, 32


def issue(vault: Vault, account: bytes, now: datetime) -> str:
    """A cookie for a device on which somebody signed in just now.

    Args:
        vault: its service keys.
        account: his mail index.
        now: the instant, aware.
    """
    end = int((now + LIVES).timestamp()).to_bytes(_END, "big")
    head = secrets.token_bytes(_NAME) + end
    return base64.urlsafe_b64encode(head + _mac(vault, account, head)).decode().rstrip("=")


def known(vault: Vault, cookie: str | None, account: bytes, now: datetime) -> bytes | None:
    """The name of a device that knows an account; None for any other, and for no cookie of ours.

    Args:
        vault: its service keys.
        cookie: what the browser sent, if anything.
        account: the mail index of what was typed.
        now: the instant, aware.
    """
    try:
        text = (cookie or "") + "=" * (-len(cookie or "") % 4)
        raw = base64.b64decode(text, altchars=b"-_", validate=True)
    except (ValueError, binascii.Error):
        return None
    head, mac = raw[: _NAME + _END], raw[_NAME + _END :]
    if len(mac) != _MAC or not hmac.compare_digest(_mac(vault, account, head), mac):
        return None
    ends_at = datetime.fromtimestamp(int.from_bytes(head[_NAME:], "big"), UTC)
    return head[:_NAME] if now < ends_at else None


def _mac(vault: Vault, account: bytes, head: bytes) -> bytes:
    return hmac.digest(vault.keyring.subkey(_PURPOSE), encode(account, head), hashlib.sha256)
