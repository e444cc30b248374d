"""Calm pages for what went wrong; they need no session and no database."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from flask import Response, current_app, request
from flask_babel import lazy_gettext as _l
from flask_babel.speaklater import LazyString
from werkzeug.datastructures import MultiDict


@dataclass(frozen=True)
class Fault:
    """What a page says: what happened, and what the reader can do."""

    title: LazyString
    text: LazyString
    sign: str = "alert-circle"


FAULTS: Mapping[int, Fault] = {
    400: Fault(
        _l("Wij konden dit niet verwerken"),
        _l(
            "Misschien stond de pagina te lang open. Ga terug, laad de pagina opnieuw en "
            "probeer het nog eens."
        ),
    ),
    403: Fault(
        _l("U mag dit niet doen"),
        _l(
            "Uw account heeft hier geen rechten voor. Denkt u dat dit niet klopt? Vraag het aan "
            "uw coördinator of beheerder."
        ),
        "hand-stop",
    ),
    404: Fault(
        _l("Deze pagina is er niet"),
        _l("Het adres klopt niet, of u heeft geen toegang tot wat hier staat."),
        "search",
    ),
    405: Fault(
        _l("Dit kan hier niet"),
        _l("Deze pagina kunt u zo niet opvragen. Begin opnieuw bij het overzicht."),
    ),
    409: Fault(
        _l("Iemand anders was u voor"),
        _l(
            "Dit is intussen veranderd. Ga terug en laad de pagina opnieuw om te zien hoe het nu "
            "is."
        ),
        "refresh",
    ),
    413: Fault(
        _l("Dit is te groot"),
        _l(
            "Wat u verstuurde is groter dan wij kunnen aannemen. Kort de tekst in of kies een "
            "kleiner bestand."
        ),
    ),
    422: Fault(
        _l("Nog niet alles is goed ingevuld"),
        _l("Ga terug en kijk het formulier na."),
    ),
    429: Fault(
        _l("Even wachten"),
        _l(
            "Er kwamen te veel verzoeken achter elkaar. Wacht een minuut en probeer het dan nog "
            "eens."
        ),
        "hourglass",
    ),
    500: Fault(
        _l("Er ging bij ons iets mis"),
        _l(
            "Dit ligt niet aan u. Probeer het over een paar minuten nog eens. Blijft het misgaan, "
            "meld het dan bij uw beheerder."
        ),
        "alert-triangle",
    ),
    503: Fault(
        _l("Weerbaar is even niet bereikbaar"),
        _l(
            "Probeer deze pagina over een paar minuten nog eens. Heeft u spoed? Bel dan uw "
            "coördinator of de hulplijn."
        ),
        "hourglass",
    ),
}

# Never given back to the screen, whatever form they came from.
SECRET_NAMES = ("password", "code", "token", "recovery", "secret", "key")
WORTH_KEEPING = 12


def answer(
    status: int, *, kept: Iterable[str] | None = None, headers: Mapping[str, str] | None = None
) -> Response:
    """The page for a status.

    The template is drawn without the application's context processors: they may ask the very
    database that is gone.

    Args:
        status: an HTTP status of 400 or above.
        kept: texts the reader typed, shown so that they can be copied; None takes them from the
            posted form (secrets left out).
        headers: further headers, such as Retry-After.
    """
    texts = list(kept) if kept is not None else typed_texts(_posted())
    fault = FAULTS.get(status) or FAULTS[500 if status >= 500 else 400]  # noqa: PLR2004
    page = current_app.jinja_env.get_template("errors/page.html").render(
        fault=fault, status=status, kept=texts
    )
    return Response(page, status, dict(headers or {}), mimetype="text/html")


def typed_texts(form: Mapping[str, str]) -> list[str]:
    """What is worth giving back of a posted form: longer texts, never secrets.

    Args:
        form: names and values as posted.
    """
    return [
        value
        for name, value in form.items()
        if len(value.strip()) >= WORTH_KEEPING
        and not any(secret in name.lower() for secret in SECRET_NAMES)
    ]


def _posted() -> Mapping[str, str]:
    if request.method != "POST":
        return {}
    try:
        return request.form
    except Exception:  # noqa: BLE001 - a body that cannot be read has nothing to give back
        return MultiDict()
