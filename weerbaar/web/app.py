"""`create_app`: the rooms under one roof."""

from pathlib import Path

from flask import Flask, Response, request
from werkzeug.middleware.proxy_fix import ProxyFix

import weerbaar
from weerbaar import face
from weerbaar.accounts import doors, reviews_pages
from weerbaar.accounts import pages as accounts_pages
from weerbaar.accounts.alone import COUNTS
from weerbaar.accounts.forms import BREACHED
from weerbaar.accounts.house import House
from weerbaar.accounts.known_passwords import BreachList
from weerbaar.config.log import logger
from weerbaar.hotline.calls import listing, tally, waking
from weerbaar.hotline.calls import pages as calls_pages
from weerbaar.hotline.roster import (
    absence_pages,
    coverage_pages,
    feeds_pages,
    files_pages,
    handover_pages,
    hours_pages,
    readiness_pages,
    rotation_pages,
)
from weerbaar.hotline.roster import pages as roster_pages
from weerbaar.hotline.telephony import webhooks
from weerbaar.intake import drafts, figures_pages, handing_over, lasting, temporary_rights
from weerbaar.intake import pages as intake_pages
from weerbaar.tour import pages as tour_pages
from weerbaar.web import board, errors, health, navigation, retention_pages, statements, wellknown

LARGEST_FORM = 1024 * 1024
LARGEST_FIELD = 600_000
MOST_FIELDS = 400

ROOMS = (
    accounts_pages, roster_pages, feeds_pages, files_pages, hours_pages, rotation_pages,
    coverage_pages, readiness_pages, calls_pages, intake_pages, tour_pages, webhooks, board,
    health, wellknown, retention_pages, figures_pages, statements,
)  # fmt: skip

_log = logger("web.access")


def create_app(house: House) -> Flask:
    """The application for people and for the provider.

    Args:
        house: settings, database, vault and clock.

    Raises:
        doors.RouteWithoutPermission: a route was added without saying who may use it.
    """
    settings = house.settings
    app = Flask("weerbaar", root_path=str(Path(weerbaar.__file__).parent))
    app.config.update(
        MAX_CONTENT_LENGTH=LARGEST_FORM,
        MAX_FORM_MEMORY_SIZE=LARGEST_FIELD,
        MAX_FORM_PARTS=MOST_FIELDS,
        PROPAGATE_EXCEPTIONS=False,
        TRAP_HTTP_EXCEPTIONS=False,
    )
    if settings.trusted_proxies:
        app.wsgi_app = ProxyFix(  # type: ignore[method-assign]
            app.wsgi_app, x_for=settings.trusted_proxies
        )
    app.extensions["weerbaar"] = house
    if settings.breached_passwords_file is not None:
        app.extensions[BREACHED] = BreachList(settings.breached_passwords_file).holds
    app.extensions["weerbaar.late_form"] = drafts.keep_late_form
    app.extensions["weerbaar.succeed"] = handing_over.step
    app.extensions[COUNTS] = lasting.alone
    app.extensions["weerbaar.duties"] = roster_pages.duties_of
    app.extensions["weerbaar.calls_taken"] = tally.taken
    app.extensions["weerbaar.changes"] = roster_pages.changes_of
    app.extensions[reviews_pages.TEMPORARY] = temporary_rights.counted
    app.extensions[absence_pages.WAKE] = waking.tell_of_sick_call
    app.extensions[handover_pages.OPEN_WORK] = listing.open_work
    health.plug(app)
    doors.plug(app)
    face.plug(
        app,
        hotline_number=settings.hotline_number,
        secure=settings.secure,
        select_locale=navigation.language,
    )
    navigation.plug(app)
    errors.plug(app)
    for room in ROOMS:
        app.register_blueprint(room.blueprint())
    app.after_request(_log_access)
    doors.check_routes(app)
    return app


def _log_access(response: Response) -> Response:
    # The route, never the address: addresses carry invitation tokens and ids.
    _log.info(
        "answered",
        method=request.method,
        route=request.url_rule.rule if request.url_rule else "none",
        status=response.status_code,
    )
    return response
