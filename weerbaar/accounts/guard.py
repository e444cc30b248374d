"""Before every page: who is there, may he, did the form come from our own page.

Nothing passes by default. The order is: declaration, session, origin and token of a form, lock,
permission. Text somebody typed is kept where his session allows it.
"""

import re

from flask import (
    Flask,
    Response,
    abort,
    current_app,
    g,
    redirect,
    render_template,
    request,
    url_for,
)
from flask.typing import ResponseReturnValue
from werkzeug.exceptions import MethodNotAllowed, NotFound
from werkzeug.routing import RequestRedirect

from weerbaar.accounts import csrf, sessions, trail, visit
from weerbaar.accounts.confirming import is_fresh
from weerbaar.accounts.declarations import Declaration, declared, is_static
from weerbaar.accounts.permissions import allows
from weerbaar.accounts.sessions import Seat, State
from weerbaar.accounts.uploads import HouseRequest, Upload
from weerbaar.config.log import logger

UNAUTHORIZED, BAD_REQUEST, SEE_OTHER, UNAVAILABLE = 401, 400, 303, 503
CHANGING = frozenset({"POST", "PUT", "PATCH", "DELETE"})
# A session that still owes a recovery code sees these pages alone.
WITHOUT_RECOVERY = frozenset({
    "accounts.recovery_code", "accounts.unlock", "accounts.unlock_options",
    "accounts.confirm", "accounts.confirm_options",
})  # fmt: skip
# Never shown again, whatever happens to a form.
NEVER_ECHOED = frozenset({
    "password", "password_again", "present", "code", "recovery_code", "recovery_code_again",
    "passkey_password", "passkey_answer", "passkey_prf", csrf.FIELD,
})  # fmt: skip

# Which draft the writer of a form had before him, as its page says, and which one was kept.
DRAFT_HEADER, DRAFT_FIELD = "Weerbaar-Draft", "draft_before"

_OWN_PATH = re.compile(r"/(?:[A-Za-z0-9_-]+(?:/[A-Za-z0-9_-]+)*)?")
_LONGEST_PATH = 200

_log = logger("accounts.guard")


def before() -> ResponseReturnValue | None:
    """The guard itself: None lets the request through."""
    answer = _before()
    if answer is not None and visit.present_seat() is not None:
        drain()
    return answer


def drain() -> None:
    """Read away what still comes of a file: a browser that is sending sees no answer."""
    upload = sent_upload()
    if upload is not None:
        upload.drain()


def sent_upload() -> Upload | None:
    """The files of this request, on a page that receives them; None without any."""
    return request.upload if isinstance(request, HouseRequest) else None


def _before() -> ResponseReturnValue | None:
    if request.endpoint is None or is_static(request.endpoint):
        return None
    declaration = declared(current_app.view_functions[request.endpoint])
    if declaration is None:
        abort(403)
    if declaration.signed:
        return None
    here = visit.seat(passive=declaration.passive)
    g.guard_public = declaration.permission is None
    if request.method in CHANGING:
        refused = _check_form(declaration, here)
        if refused is not None:
            return refused
    if declaration.permission is None:
        return None
    return _check_person(declaration, here)


def _check_form(declaration: Declaration, here: Seat | None) -> ResponseReturnValue | None:
    if not csrf.from_our_page():
        abort(403)
    if csrf.accepts(csrf.sent_token()):
        return None
    _log.info("form refused", route=_route(), reason="token")
    if declaration.permission is None:
        return render_template("accounts/expired_form.html", fields=[], again=_page()), BAD_REQUEST
    if here is None:
        return to_sign_in()
    if here.state is not State.OPEN:
        return _to_unlock(here)
    # Another tab has signed in anew: his own text, from our own page, to be sent once more.
    return render_template(
        "accounts/expired_form.html", fields=typed_fields(), again=_page()
    ), BAD_REQUEST


def _check_person(declaration: Declaration, here: Seat | None) -> ResponseReturnValue | None:
    if here is None:
        return ask_again_once() or to_sign_in()
    needs_key = declaration.keys and here.state is State.LOCKED
    if here.state is State.ENDED or needs_key:
        if request.method in CHANGING:
            return _late(here)
        return _to_unlock(here)
    if here.contents.owes_recovery and request.endpoint not in WITHOUT_RECOVERY:
        return _go(url_for("accounts.recovery_code"))
    if declaration.permission is None or not allows(here.roles, declaration.permission):
        visit.rollback()
        trail.refused(
            visit.house().database,
            visit.actor(),
            "page.open",
            "page",
            request.endpoint,
            visit.now(),
        )
        abort(403)
    # Only a form whose own page asked already gets longer; a button elsewhere does not.
    form = request.method in CHANGING and _answers_get(request.path)
    if declaration.fresh and not is_fresh(here.contents.proven_at, visit.now(), form=form):
        return _go(_with_next("accounts.confirm"))
    return None


def ask_again_once() -> ResponseReturnValue | None:
    """A page that asks for itself again, for the first page after a link from outside.

    The browser keeps a `SameSite=Strict` cookie back then; asked from our own page it is sent.
    The second request says `same-origin`, so that this cannot go round.
    """
    from_outside = request.headers.get("Sec-Fetch-Site") in {"cross-site", "same-site"}
    if request.method != "GET" or not from_outside or _is_fragment():
        return None
    return render_template("accounts/again.html", address=request.path)


def to_sign_in() -> ResponseReturnValue:
    """To the sign-in page and back to this page afterwards."""
    return _go(_with_next("accounts.sign_in"))


def _to_unlock(here: Seat) -> ResponseReturnValue:
    if here.state is State.ENDED:
        return to_sign_in()
    return _go(_with_next("accounts.unlock"))


def _late(here: Seat) -> ResponseReturnValue:
    keep = current_app.extensions.get("weerbaar.late_form")
    fields = [pair for pair in request.form.items(multi=True) if pair[0] != csrf.FIELD]
    kept = None
    if keep is not None:
        kept = keep(
            visit.db(), visit.house().vault, here.person_id, request.path, request.form,
            visit.now(),
            before=request.headers.get(DRAFT_HEADER) or request.form.get(DRAFT_FIELD),
        )  # fmt: skip
        visit.commit()
    if _is_fragment():
        return _to_unlock(here)
    _log.info("late form", route=_route(), outcome="kept" if kept else "nothing to keep")
    ended = here.state is State.ENDED
    page = _late_page(ended=ended, kept=bool(kept), typed=bool(fields))
    return page, UNAUTHORIZED, {DRAFT_HEADER: str(kept)} if kept else {}


def _late_page(*, ended: bool, kept: bool, typed: bool) -> str:
    return render_template(
        "accounts/late_form.html",
        kept=kept,
        typed=typed,
        file=sent_upload() is not None,
        ended=ended,
        address=_with_next("accounts.sign_in" if ended else "accounts.unlock"),
    )


def over_meanwhile() -> ResponseReturnValue | None:
    """The answer when the session was locked or ended while a file came; None when it was not.

    The clock and the session are read anew: what is done after this, is done by who is here now.
    """
    here = visit.look_again()
    if here is not None and here.state is State.OPEN:
        return None
    ended = here is None or here.state is State.ENDED
    return _late_page(ended=ended, kept=False, typed=True), UNAUTHORIZED


def _with_next(endpoint: str) -> str:
    back = _page()
    return url_for(endpoint, next=back) if back != "/" else url_for(endpoint)


def _go(address: str) -> ResponseReturnValue:
    if _is_fragment():
        # A fragment of a page: the page itself must go (htmx follows HX-Redirect).
        return Response(status=UNAUTHORIZED, headers={"HX-Redirect": address})
    return redirect(address, SEE_OTHER if request.method in CHANGING else 302)


def _is_fragment() -> bool:
    return request.headers.get("HX-Request") == "true"


def _page() -> str:
    """The page to come back to: this one when it can be asked for, else where the form stood."""
    if _is_fragment():
        candidates = [request.headers.get("HX-Current-URL", "")]
    else:
        candidates = [request.path, request.headers.get("Referer", "")]
    for candidate in candidates:
        path = own_path(_path_of(candidate))
        if path is not None and _answers_get(path):
            return path
    return "/"


def _path_of(address: str) -> str:
    if address.startswith("/"):
        return address
    host = request.host_url.rstrip("/")
    if not address.startswith(host + "/"):
        return ""
    return address.removeprefix(host).partition("?")[0].partition("#")[0]


def _answers_get(path: str) -> bool:
    adapter = current_app.create_url_adapter(request)
    if adapter is None:
        return False
    try:
        endpoint, _values = adapter.match(path, method="GET")
    except (NotFound, MethodNotAllowed, RequestRedirect):
        return False
    declaration = declared(current_app.view_functions[endpoint])
    return declaration is not None and declaration.permission is not None


def own_path(text: str | None) -> str | None:
    """A path on this very site, without query; None for anything else.

    Args:
        text: what an address or a form named.
    """
    if not text or len(text) > _LONGEST_PATH or not _OWN_PATH.fullmatch(text):
        return None
    return text


def typed_fields() -> list[tuple[str, str]]:
    """What the form held, in order, without secrets: to show it once more to its writer."""
    return [
        (name, value) for name, value in request.form.items(multi=True) if name not in NEVER_ECHOED
    ]


def has_session() -> bool:
    """Whether this request may be shown what it sent: a session's cookie, from our own page.

    It asks no database, for the page that says that the database is gone.
    """
    declaration = declared(current_app.view_functions.get(request.endpoint or ""))
    return (
        declaration is not None
        and declaration.permission is not None
        and sessions.looks_like_cookie(request.cookies.get(sessions.COOKIE))
        and csrf.from_our_page()
    )


def not_saved() -> ResponseReturnValue | None:
    """The page for a form that could not be stored: everything typed, ready to be sent again.

    For the error handlers of the roof. None when there is nothing that may be shown.
    """
    if request.method not in CHANGING or not has_session():
        return None
    fields = typed_fields()
    if not fields:
        return None
    page = render_template("accounts/not_saved.html", fields=fields)
    return page, UNAVAILABLE, {"Retry-After": "30"}


def _route() -> str:
    return request.url_rule.rule if request.url_rule else "none"


def after(response: Response) -> Response:
    """Keep flash texts and set the cookie that forms before signing in rest on."""
    visit.keep_flashes()
    fresh = g.get("csrf_cookie")
    if fresh is not None:
        response.set_cookie(
            csrf.COOKIE_BEFORE, fresh, secure=True, httponly=True, samesite="Strict", path="/"
        )
    return response


def plug(app: Flask) -> None:
    """Stand before and behind every request.

    Args:
        app: the application.
    """
    app.before_request(before)
    app.after_request(after)
    app.teardown_request(lambda _error: visit.leave())
