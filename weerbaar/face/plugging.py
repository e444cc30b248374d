"""Plugs the face into a Flask application."""

from collections.abc import Callable
from typing import Any

from flask import Flask, current_app, get_flashed_messages, request
from flask_babel import Babel, get_locale
from jinja2 import StrictUndefined

from weerbaar.face import assets, formats, forms, headers

APPEARANCE_COOKIE = "weerbaar-kleur"
APPEARANCES = ("licht", "donker", "systeem")
LOCALES = ("nl", "en")

FLASHES = "weerbaar.flashes"


def plug(
    app: Flask,
    *,
    hotline_number: str = formats.HOTLINE,
    secure: bool = False,
    select_locale: Callable[[], str | None] | None = None,
) -> None:
    """Set up templates, formats, translations, assets and headers.

    Two things come from other rooms, looked up when a page is made: `app.extensions[FLASHES]`, a
    function without arguments that hands out `(category, text)` pairs once, and
    `app.extensions[forms.CSRF]`, the class that makes and checks the tokens of forms.

    Args:
        app: the application, before its first request.
        hotline_number: E.164; shown at the foot of every page.
        secure: whether people reach the application over https (then HSTS is sent).
        select_locale: names the reader's language; without it, or when it answers None, Dutch.
    """
    # What a template needs and does not get is an error, not an empty place.
    app.jinja_env.undefined = StrictUndefined
    app.jinja_env.trim_blocks = True
    app.jinja_env.lstrip_blocks = True
    Babel(
        app,
        default_locale=LOCALES[0],
        default_timezone="Europe/Amsterdam",
        locale_selector=_checked(select_locale),
    )
    assets.plug(app)
    formats.plug(app)
    headers.plug(app, secure=secure)
    app.jinja_env.globals.update(
        # Macros see globals only; a page's own context takes precedence where it has the name.
        appearance=appearance,
        csrf_token=forms.csrf_token,
        problems=forms.problems,
        first_id=forms.first_id,
        flashes=flashes,
        hotline=formats.Hotline(hotline_number),
        language=_language,
        navigation=(),
        signed_in=None,
        lock_seconds=None,
    )


def appearance() -> str:
    """The reader's choice of colours: one of `APPEARANCES`."""
    chosen = request.cookies.get(APPEARANCE_COOKIE, "")
    return chosen if chosen in APPEARANCES else "systeem"


def flashes() -> list[tuple[str, str]]:
    """Messages to show once on this page: category (ok, info, warning, error) and text."""
    taken: Callable[[], list[tuple[str, str]]] | None = current_app.extensions.get(FLASHES)
    if taken is not None:
        return taken()
    if current_app.secret_key:
        waiting: Any = get_flashed_messages(with_categories=True)
        return [(str(kind), str(text)) for kind, text in waiting]
    return []


def _language() -> str:
    locale: Any = get_locale()
    return str(locale.language) if locale is not None else LOCALES[0]


def _checked(select: Callable[[], str | None] | None) -> Callable[[], str]:
    def chosen() -> str:
        locale = select() if select is not None else None
        return locale if locale in LOCALES else LOCALES[0]

    return chosen
