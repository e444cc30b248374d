"""Forms prove that they come from our own page, of this very session.

The token is an HMAC of the session row's secret, masked anew at each rendering (so that a
compressed page gives nothing away about it). Before there is a session, the secret is an HMAC of
a random cookie of its own.
"""

import base64
import binascii
import hashlib
import hmac
import secrets
from urllib.parse import urlsplit

from flask import current_app, g, request
from wtforms.csrf.core import CSRF, CSRFTokenField
from wtforms.form import BaseForm
from wtforms.validators import ValidationError

from weerbaar.accounts import visit

FIELD = "csrf_token"
HEADER = "X-CSRF-Token"
COOKIE_BEFORE = "__Host-weerbaar-pre"

_BYTES = 32
_PURPOSE = b"weerbaar form"
_OWN_SITES = frozenset({"same-origin", "none"})


def token_of(secret: bytes) -> str:
    """A token for one rendering of a form.

    Args:
        secret: the CSRF secret of the session.
    """
    mask = secrets.token_bytes(_BYTES)
    return base64.urlsafe_b64encode(mask + _xor(mask, _mac(secret))).decode()


def matches(secret: bytes, token: str) -> bool:
    """Whether a token was made from this secret.

    Args:
        secret: the CSRF secret of the session.
        token: what the form sent.
    """
    try:
        raw = base64.b64decode(token.encode(), altchars=b"-_", validate=True)
    except (ValueError, binascii.Error):
        return False
    if len(raw) != 2 * _BYTES:
        return False
    return hmac.compare_digest(_xor(raw[:_BYTES], raw[_BYTES:]), _mac(secret))


def issue() -> str:
    """The token for the forms of the page being rendered."""
    here = visit.seat()
    if here is not None:
        return token_of(here.contents.csrf_secret)
    if g.get("visit_unknown"):
        # The database could not say which session this is: what was sent may be sent again.
        return sent_token()
    cookie = request.cookies.get(COOKIE_BEFORE) or g.get("csrf_cookie")
    if not cookie:
        cookie = g.csrf_cookie = secrets.token_urlsafe(_BYTES)
    return token_of(_secret_before(cookie))


def accepts(token: str) -> bool:
    """Whether a token fits this request's session, or its cookie from before signing in.

    Args:
        token: what the form sent.
    """
    here = visit.seat()
    if here is not None and matches(here.contents.csrf_secret, token):
        return True
    cookie = request.cookies.get(COOKIE_BEFORE)
    return (
        bool(cookie)
        and (here is None or g.get("guard_public", False))
        and matches(_secret_before(str(cookie)), token)
    )


def tie() -> bytes | None:
    """A secret of this browser, to tie to it what it is asked; None for one without our cookies."""
    here = visit.seat()
    if here is not None:
        return here.contents.csrf_secret
    cookie = request.cookies.get(COOKIE_BEFORE)
    return _secret_before(cookie) if cookie else None


def sent_token() -> str:
    """The token of the request: of the form, or of its header."""
    return request.form.get(FIELD) or request.headers.get(HEADER, "")


def from_our_page() -> bool:
    """Whether the browser says that the request comes from a page of ours.

    `Sec-Fetch-Site` is believed where it is sent. Without it, `Origin` or `Referer` must name
    our own address; over plain http on loopback neither is asked for.
    """
    site = request.headers.get("Sec-Fetch-Site")
    if site is not None:
        return site in _OWN_SITES
    settings = visit.house().settings
    said = request.headers.get("Origin") or request.headers.get("Referer")
    if not settings.secure:
        return True
    return said is not None and urlsplit(said)[:2] == urlsplit(settings.public_url)[:2]


class SessionCSRF(CSRF):
    """What WTForms asks for tokens; the guard has checked the token before any form is read."""

    def generate_csrf_token(self, csrf_token_field: CSRFTokenField) -> str:
        """A token for this rendering."""
        _ = csrf_token_field
        return issue()

    def validate_csrf_token(self, form: BaseForm, field: CSRFTokenField) -> None:
        """Refuse a form whose token does not fit."""
        _ = form
        if not accepts(field.data or ""):
            raise ValidationError("csrf")


def _secret_before(cookie: str) -> bytes:
    house = current_app.extensions["weerbaar"]
    key: bytes = house.vault.keyring.subkey("csrf-before-sign-in")
    return hmac.digest(key, cookie.encode(), hashlib.sha256)


def _mac(secret: bytes) -> bytes:
    return hmac.digest(secret, _PURPOSE, hashlib.sha256)


def _xor(one: bytes, other: bytes) -> bytes:
    return bytes(a ^ b for a, b in zip(one, other, strict=True))
