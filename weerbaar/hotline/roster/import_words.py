"""What is wrong with a file, in words for people; the command speaks to machines."""

import re
from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext

from weerbaar.hotline.roster.errors import LineError


def _l(text: str) -> Any:
    return lazy_gettext(text)


_SAID: tuple[tuple[str, Any], ...] = (
    (r"no person has this mail address", _l("Niemand heeft dit e-mailadres.")),
    (
        r"this person has no role that takes calls",
        _l("Deze persoon mag geen oproepen aannemen."),
    ),
    (r"tier must be .*", _l("De lijn is een getal van 1 tot en met 99.")),
    (r"start is not .*", _l("Het begin is geen dag en tijd, zoals 2026-11-24T08:00.")),
    (r"end is not .*", _l("Het einde is geen dag en tijd, zoals 2026-11-24T08:00.")),
    (r"the shift ends before it starts", _l("De dienst moet eindigen na het begin.")),
    (r"is not proper CSV .*", _l("Dit is geen goede CSV. Kijk naar de aanhalingstekens.")),
    (r"is not UTF-8 text", _l("Dit is geen tekst in UTF-8. Sla het bestand op als CSV UTF-8.")),
    (
        r"overlaps a shift of the same person that is on the roster already",
        _l("Deze persoon heeft dan al dienst op het rooster."),
    ),
    (
        r"the (?:header must be|file is empty|columns are separated) ?.*",
        _l("De eerste regel moet zijn: tier,email,start,end, met komma's ertussen."),
    ),
)
_OVERLAPS = re.compile(r"overlaps line (\d+): .*")
_COLUMNS = re.compile(r"has (\d+) columns, must have 4")


def line_error(error: LineError) -> str:
    """One error with its line.

    Args:
        error: as the import raised it.
    """
    return _("Regel %(line)d: %(problem)s", line=error.line, problem=_problem(error.problem))


def _problem(problem: str) -> str:
    overlaps, columns = _OVERLAPS.fullmatch(problem), _COLUMNS.fullmatch(problem)
    if overlaps:
        return _("Deze persoon heeft dan al dienst, op regel %(line)s.", line=overlaps[1])
    if columns:
        return _("Hier staan %(count)s kolommen. Het moeten er 4 zijn.", count=columns[1])
    return next((str(text) for said, text in _SAID if re.fullmatch(said, problem)), problem)
