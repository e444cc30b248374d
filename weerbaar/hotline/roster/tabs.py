"""The tabs on top of the roster's pages: what there is, for whoever may see it."""

from flask import current_app, request
from flask_babel import gettext as _
from werkzeug.exceptions import HTTPException
from werkzeug.routing import RequestRedirect

from weerbaar.accounts import doors
from weerbaar.accounts.declarations import declared
from weerbaar.accounts.permissions import allows

WEEK = "/roster"


def tabs() -> list[tuple[str, str, bool]]:
    """Label, address, and whether it is the present page; for `parts/tabs.html`.

    A page without a route, or one that this person may not open, has no tab.
    """
    offered = (
        (_("Rooster"), WEEK),
        (_("Mijn diensten"), "/roster/mine"),
        (_("Overdracht"), "/roster/hand-over"),
        (_("Ruilen"), "/roster/swaps"),
        (_("Afwezigheid"), "/roster/absences"),
        (_("Vooruitblik"), "/roster/cover"),
        (_("Rondes"), "/roster/rotations"),
        (_("Uren"), "/roster/hours"),
        (_("Agenda"), "/roster/feeds"),
        (_("Bestanden"), "/roster/files"),
        (_("Uitleg"), "/roster/explain"),
    )
    return [(label, path, _is_here(path)) for label, path in offered if _may_open(path)]


def _may_open(path: str) -> bool:
    adapter = current_app.create_url_adapter(request)
    if adapter is None:
        return False
    try:
        endpoint, _values = adapter.match(path, method="GET")
    except (HTTPException, RequestRedirect):
        return False
    declaration = declared(current_app.view_functions[endpoint])
    return (
        declaration is not None
        and declaration.permission is not None
        and allows(doors.actor().roles, declaration.permission)
    )


def _is_here(path: str) -> bool:
    if path == WEEK:
        return request.path == WEEK or request.path.startswith(WEEK + "/shifts")
    return request.path == path or request.path.startswith(path + "/")
