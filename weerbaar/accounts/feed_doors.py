"""What the doors of calendar feeds answer: the file, or nothing to whoever only tries addresses."""

import hashlib

from flask import Response, request
from flask_babel import gettext as _
from werkzeug.exceptions import NotFound

from weerbaar.accounts import doors, feeds, signin_counts, trail
from weerbaar.accounts.signin_pages import source

CALENDAR = "text/calendar; charset=utf-8"
TOO_MANY = 429


def calendar(content: bytes, name: str) -> Response:
    """A calendar file, sent once as long as it says the same.

    Args:
        content: of the file.
        name: of the file.
    """
    response = Response(content, content_type=CALENDAR)
    response.headers["Content-Disposition"] = f'inline; filename="{name}"'
    response.add_etag()
    response.make_conditional(request)
    return response


def no_such_address(kind: str) -> Response:
    """Count a try at an address that is none: 404, or that there were too many.

    Args:
        kind: of feeds; tries at all of one kind count together, like tries at one account.

    Raises:
        NotFound: as for any address that is none.
    """
    doors.rollback()
    session, now = doors.db(), doors.now()
    unknown = hashlib.sha256(kind.encode()).digest()
    try:
        signin_counts.knock(session, doors.house().vault, unknown, source(), now)
    except signin_counts.TryLater as later:
        doors.commit()
        return Response(status=TOO_MANY, headers={"Retry-After": str(later.seconds)})
    trail.count_refusal(session, "feed", now)
    doors.commit()
    raise NotFound


def too_many() -> str:
    """What is said to whoever has as many addresses as he may have."""
    return _("U heeft al %(most)d adressen. Trek er eerst een in.", most=feeds.MOST)
