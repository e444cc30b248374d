"""Pages for who is not signed in (yet): sign in, forgotten password, sign out."""

import pyotp
import segno
from flask import redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from markupsafe import Markup
from werkzeug.wrappers import Response

from weerbaar.accounts import (
    csrf,
    doors,
    guard,
    known_devices,
    open_check,
    people,
    quorum_cover,
    sessions,
    signin,
    throttle,
    visit,
    wrappings,
)
from weerbaar.accounts.actors import Actor
from weerbaar.accounts.devices import device_of
from weerbaar.accounts.forms import RecoverForm, SignInForm, text_of
from weerbaar.accounts.keys import OpenKeys
from weerbaar.accounts.passkey_forms import TouchForm
from weerbaar.accounts.relying_party import RelyingParty, relying_party
from weerbaar.accounts.sessions import State
from weerbaar.accounts.signin import Attempt, SignInRefused
from weerbaar.accounts.signin_counts import TryLater
from weerbaar.accounts.trail import record
from weerbaar.accounts.wrappings import Way

SEE_OTHER, GONE, UNPROCESSABLE, TOO_MANY = 303, 410, 422, 429
ISSUER = "Weerbaar"


def source() -> str:
    """The network this request comes from, as the throttle counts it."""
    # A proxy of ours that is already taken off (ProxyFix) is not taken off twice.
    fixed = "werkzeug.proxy_fix.orig" in request.environ
    return throttle.source_of(
        request.remote_addr,
        [] if fixed else request.access_route,
        trusted_proxies=0 if fixed else doors.house().settings.trusted_proxies,
    )


def back() -> str:
    """Where to go afterwards: the page that was asked for, if it is one of ours."""
    return doors.own_path(request.args.get("next")) or "/"


def begin_session(keys: OpenKeys, address: str, *, owes_recovery: bool) -> Response:
    """Start a session in place of any other of this browser, commit, and go on.

    Args:
        keys: the person's open keys.
        address: where to go.
        owes_recovery: the person must make a recovery code before anything else.
    """
    vault, now = doors.house().vault, doors.now()
    former = doors.seat()
    if former is not None:
        sessions.sign_out(doors.db(), vault, former, now)
    device = device_of(request.headers.get("User-Agent", ""))
    cookie, seat = sessions.begin(
        doors.db(), vault, keys, now, owes_recovery=owes_recovery, device=device
    )
    quorum_cover.keep_up(doors.db(), vault, keys, now)
    open_check.check(doors.db(), vault, keys, now)
    doors.commit()
    visit.take_seat(seat)
    response = redirect(address, SEE_OTHER)
    response.set_cookie(
        sessions.COOKIE, cookie, secure=True, httponly=True, samesite="Strict", path="/"
    )
    account = people.mail_index(vault, people.card(doors.db(), vault, keys.person_id).mail)
    response.set_cookie(
        known_devices.COOKIE, known_devices.issue(vault, account, now),
        max_age=int(known_devices.LIVES.total_seconds()), secure=True, httponly=True,
        samesite="Strict", path="/",
    )  # fmt: skip
    return response


def later(error: TryLater) -> ResponseReturnValue:
    """The page for who has to wait; what it promises is kept.

    Args:
        error: says how long.
    """
    page = render_template("accounts/later.html", seconds=error.seconds, again=request.full_path)
    return page, TOO_MANY, {"Retry-After": str(error.seconds)}


def sign_in() -> ResponseReturnValue:
    """The page `/sign-in` with mail address, password and code."""
    here = doors.seat()
    if request.method == "GET":
        if here is not None and here.state is State.OPEN:
            return redirect(back())
        again = guard.ask_again_once() if here is None else None
        return again or sign_in_page(SignInForm())
    form = SignInForm()
    if not form.came_in_order():
        return sign_in_page(form), UNPROCESSABLE
    try:
        attempt = _try_code(text_of(form.email), text_of(form.code), Way.PASSWORD)
        keys = signin.open_keys(doors.house().vault, attempt, text_of(form.password))
    except TryLater as error:
        return later(error)
    except SignInRefused:
        _count_failure(attempt)
        form.form_errors.append(
            _(
                "Het e-mailadres, het wachtwoord of de code klopt niet. Een code werkt één keer:"
                " wacht zo nodig op de volgende."
            )
        )
        return sign_in_page(form), UNPROCESSABLE
    signin.succeeded(doors.db(), doors.house().vault, attempt, keys, "sign-in", doors.now())
    owes = signin.owes_recovery(doors.db(), keys.person_id)
    return begin_session(keys, back(), owes_recovery=owes)


def party() -> RelyingParty | None:
    """The site as authenticators know it; None where there can be no passkeys."""
    return relying_party(doors.house().settings.public_url)


def sign_in_page(form: SignInForm | None = None, touch: TouchForm | None = None) -> str:
    """The page of `/sign-in`: with a passkey, or with a password and a code.

    Args:
        form: password and code as they were sent.
        touch: the passkey as it was sent.
    """
    here = doors.seat()
    return render_template(
        "accounts/sign_in.html",
        form=form or SignInForm(formdata=None),
        touch=touch or TouchForm(formdata=None),
        site=party(),
        recover=url_for("accounts.recover"),
        already=here is not None and here.state is State.OPEN,
    )


def _try_code(mail: str, code: str, way: Way) -> Attempt:
    """The first step, committed whatever comes out of it."""
    try:
        attempt = signin.try_code(
            doors.db(), doors.house().vault, mail, code, source(), doors.now(), way=way,
            device=request.cookies.get(known_devices.COOKIE),
        )  # fmt: skip
    finally:
        doors.commit()
    return attempt


def _count_failure(attempt: Attempt) -> None:
    if attempt.person_id is not None:
        signin.failed(doors.db(), doors.now())
        doors.commit()


def recover() -> ResponseReturnValue:
    """The page `/sign-in/recover`: a new password with the recovery code."""
    form = RecoverForm()
    if request.method == "POST":
        form.personal = (text_of(form.email),)
    if not form.came_in_order():
        page = render_template("accounts/recover.html", form=form)
        return page if request.method == "GET" else (page, UNPROCESSABLE)
    vault, now = doors.house().vault, doors.now()
    try:
        attempt = _try_code(text_of(form.email), text_of(form.code), Way.RECOVERY)
        keys = signin.open_recovered(vault, attempt, text_of(form.recovery_code))
    except TryLater as error:
        return later(error)
    except SignInRefused:
        _count_failure(attempt)
        form.form_errors.append(_("Het e-mailadres, de herstelcode of de code klopt niet."))
        return render_template("accounts/recover.html", form=form), UNPROCESSABLE
    fresh = wrappings.stretch(vault, text_of(form.password))
    session = doors.db()
    signin.succeeded(session, vault, attempt, keys, "recover", now)
    actor = Actor(person_id=keys.person_id)
    signin.change_password(session, vault, actor, keys, fresh, now)
    # The code has been used: the next page makes a new one.
    wrappings.drop(session, vault, keys.person_id, Way.RECOVERY, now)
    sessions.sign_out_everywhere(session, vault, keys.person_id, now)
    return begin_session(keys, url_for("accounts.recovery_code"), owes_recovery=True)


def grouped(secret: str) -> str:
    """A long code in groups of four, for people who type it over."""
    return " ".join(secret[start : start + 4] for start in range(0, len(secret), 4))


def qr_code(secret: str, mail: str) -> Markup:
    """The code that an authenticator app scans, as inline SVG without a style.

    Args:
        secret: base32.
        mail: what the app shows the account as.
    """
    address = pyotp.TOTP(secret).provisioning_uri(name=mail, issuer_name=ISSUER)
    drawn = segno.make(address, error="m").svg_inline(
        scale=5, border=4, dark="#000", light="#fff", omitsize=True, svgclass="qr", lineclass=None
    )
    return Markup(drawn)  # noqa: S704 - drawn by the library, holds numbers alone


def sign_out() -> ResponseReturnValue:
    """The page `/sign-out`: nothing of the session stays, here or in the browser.

    That the device was used before stays: it signs in again while others try at the account.
    """
    here = doors.seat()
    if here is not None:
        actor = Actor(person_id=here.person_id)
        record(doors.db(), actor, "sign-out", "person", here.person_id, doors.now())
        sessions.sign_out(doors.db(), doors.house().vault, here, doors.now())
        doors.commit()
        visit.take_seat(None)
    response = redirect(url_for("accounts.sign_in"), SEE_OTHER)
    _drop_cookies(response, sessions.COOKIE, csrf.COOKIE_BEFORE)
    response.headers["Clear-Site-Data"] = '"cache", "storage"'
    return response


def empty_browser(response: Response) -> Response:
    """Let a browser forget everything of ours with this answer."""
    _drop_cookies(response, sessions.COOKIE, csrf.COOKIE_BEFORE, known_devices.COOKIE)
    response.headers["Clear-Site-Data"] = '"cache", "cookies", "storage"'
    return response


def _drop_cookies(response: Response, *names: str) -> None:
    for name in names:
        response.delete_cookie(name, path="/", secure=True, httponly=True, samesite="Strict")
