"""What a thin spot and the needs of a tier are called on a page."""

from collections.abc import Iterable, Mapping
from types import MappingProxyType
from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext

from weerbaar.hotline.roster.coverage_rules import TOO_FEW, Flaw


def _l(text: str) -> Any:
    return lazy_gettext(text)


REASONS: Mapping[str, Any] = MappingProxyType({
    TOO_FEW: _l("te weinig mensen"),
    Flaw.MAY_NOT_TAKE: _l("werkt hier niet meer of mag geen oproepen aannemen"),
    Flaw.NO_PHONE: _l("geen telefoonnummer"),
    Flaw.PHONE_UNTESTED: _l("telefoon nog niet getest"),
    Flaw.PHONE_STALE: _l("telefoon langer dan 90 dagen geleden getest"),
    Flaw.NOT_ADMITTED: _l("nog niet toegelaten tot de sleutels"),
    Flaw.AWAY: _l("afwezig gemeld"),
})  # fmt: skip

WEEKDAYS: Mapping[int, Any] = MappingProxyType({
    1: _l("maandag"), 2: _l("dinsdag"), 3: _l("woensdag"), 4: _l("donderdag"),
    5: _l("vrijdag"), 6: _l("zaterdag"), 7: _l("zondag"),
})  # fmt: skip
_EVERY_DAY = frozenset(WEEKDAYS)
_WORKDAYS = frozenset(range(1, 6))
_WEEKEND = _EVERY_DAY - _WORKDAYS


def reasons(codes: Iterable[str]) -> str:
    """Reasons in words, with commas between; a reader puts the capital.

    Args:
        codes: of `coverage_rules.Flaw`, or `TOO_FEW`.
    """
    return ", ".join(str(REASONS[code]) for code in codes)


def weekdays(days: Iterable[int]) -> str:
    """Days of the week in words.

    Args:
        days: 1 for Monday.
    """
    found = frozenset(days)
    if found == _EVERY_DAY:
        return _("elke dag")
    if found == _WORKDAYS:
        return _("maandag tot en met vrijdag")
    if found == _WEEKEND:
        return _("zaterdag en zondag")
    return ", ".join(str(WEEKDAYS[one]) for one in sorted(found))
