"""What people read when something is refused, unknown or broken; facts of the rooms become pages."""

from flask import Flask, render_template, request
from sqlalchemy.exc import OperationalError, SQLAlchemyError
from werkzeug.exceptions import HTTPException

from weerbaar.accounts import doors
from weerbaar.accounts.envelopes import NotAReader
from weerbaar.accounts.keystore import KeyStoreGone
from weerbaar.config.log import logger
from weerbaar.crypto.errors import CannotOpen
from weerbaar.intake.casework import NotYourCase

_log = logger("web")

SERVER_ERROR, UNAVAILABLE, NOT_FOUND = 500, 503, 404

Answer = tuple[str, int]


def page(status: int) -> Answer:
    """The error page of a status; it needs no session and no database.

    Args:
        status: an HTTP status with a text in the template.
    """
    return render_template("errors/page.html", status=status), status


def plug(app: Flask) -> None:
    """Register the translation of errors to pages.

    Args:
        app: the application.
    """

    def http(error: HTTPException) -> Answer:
        return page(error.code or SERVER_ERROR)

    def hidden(error: Exception) -> Answer:
        # A refused object answers like one that never existed.
        _log.info("refused object", error=type(error).__name__, route=_route())
        return page(NOT_FOUND)

    def not_saved(error: Exception) -> Answer:
        _log.error("store failed", error=type(error).__name__, route=_route())
        if request.method == "POST" and doors.has_session():
            fields = [
                (name, value)
                for name, value in request.form.items(multi=True)
                if name != "csrf_token"
            ]
            return render_template("errors/not_saved.html", fields=fields), UNAVAILABLE
        return page(UNAVAILABLE)

    def unforeseen(error: Exception) -> Answer:
        _log.error("failed", exc_info=(type(error), error, error.__traceback__), route=_route())
        return page(SERVER_ERROR)

    app.register_error_handler(HTTPException, http)
    app.register_error_handler(NotYourCase, hidden)
    app.register_error_handler(NotAReader, hidden)
    app.register_error_handler(CannotOpen, unforeseen)
    app.register_error_handler(OperationalError, not_saved)
    app.register_error_handler(SQLAlchemyError, not_saved)
    app.register_error_handler(KeyStoreGone, not_saved)
    app.register_error_handler(Exception, unforeseen)


def _route() -> str:
    return request.url_rule.rule if request.url_rule else "none"
