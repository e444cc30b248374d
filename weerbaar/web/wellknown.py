"""Files at fixed places that strangers' programs ask for: whom to tell of a leak, and keep out."""

from datetime import UTC, datetime, timedelta

from flask import Blueprint, Response, abort

from weerbaar.accounts import doors

# RFC 9116, section 2.5.5: less than a year ahead. A running house is asked anew each time.
GOOD_FOR = timedelta(days=180)

LONGEST = timedelta(days=365)
PLACE = "/.well-known/security.txt"

PLAIN = "text/plain; charset=utf-8"
ROBOTS = "User-agent: *\nDisallow: /\n"


def blueprint() -> Blueprint:
    """The pages `/.well-known/security.txt`, `/security.txt` and `/robots.txt`."""
    pages = Blueprint("wellknown", __name__)
    for rule, name, view in (
        (PLACE, "security", security),
        # The old place, which RFC 9116 still lets tools ask for.
        ("/security.txt", "security_old", security),
        ("/robots.txt", "robots", robots),
    ):
        pages.add_url_rule(rule, name, doors.public(view))
    return pages


def security() -> Response:
    """Whom to tell of a weak spot (RFC 9116); unknown while no contact is set."""
    settings = doors.house().settings
    if settings.security_contact is None:
        abort(404)
    expires = (doors.now() + GOOD_FOR).astimezone(UTC).replace(hour=0, minute=0, second=0)
    lines = (
        f"Contact: {settings.security_contact}",
        f"Expires: {expires:%Y-%m-%dT%H:%M:%SZ}",
        "Preferred-Languages: nl, en",
        f"Canonical: {settings.public_url}{PLACE}",
    )
    return Response("".join(f"{line}\n" for line in lines), content_type=PLAIN)


def expires_of(text: str) -> datetime | None:
    """Until when such a file holds; None where it does not say so.

    Args:
        text: the whole file.
    """
    for line in text.splitlines():
        name, _colon, value = line.partition(": ")
        if name.casefold() == "expires":
            try:
                return datetime.fromisoformat(value.strip()).astimezone(UTC)
            except ValueError:
                return None
    return None


def robots() -> Response:
    """Nothing here is for search engines."""
    return Response(ROBOTS, content_type=PLAIN)
