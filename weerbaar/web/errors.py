"""What people read when something is refused, unknown or broken: facts become pages."""

from flask import Flask, Response, request
from flask.typing import ResponseReturnValue
from sqlalchemy.exc import OperationalError, SQLAlchemyError
from werkzeug.exceptions import HTTPException

from weerbaar.accounts import doors
from weerbaar.accounts.envelopes import NotAReader
from weerbaar.accounts.keystore import KeyStoreGone
from weerbaar.config.log import logger
from weerbaar.crypto.errors import CannotOpen
from weerbaar.face.errors import answer
from weerbaar.intake.casework import NotYourCase

_log = logger("web")

SERVER_ERROR, UNAVAILABLE, NOT_FOUND = 500, 503, 404


def plug(app: Flask) -> None:
    """Register the translation of errors to pages.

    Args:
        app: the application.
    """

    def http(error: HTTPException) -> Response:
        headers = (
            {"Retry-After": str(wait)} if (wait := getattr(error, "retry_after", None)) else {}
        )
        return answer(error.code or SERVER_ERROR, kept=(), headers=headers)

    def hidden(error: Exception) -> Response:
        # A refused object answers like one that never existed.
        _log.info("refused object", error=type(error).__name__, route=_route())
        return answer(NOT_FOUND)

    def not_saved(error: Exception) -> ResponseReturnValue:
        _log.error("store failed", error=type(error).__name__, route=_route())
        # What was typed stays on the page, to be sent again; never for a visitor from nowhere.
        return doors.not_saved() or answer(UNAVAILABLE, kept=())

    def unforeseen(error: Exception) -> Response:
        _log.error("failed", exc_info=(type(error), error, error.__traceback__), route=_route())
        return answer(SERVER_ERROR)

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
