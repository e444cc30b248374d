"""What the pages of the roster call things: tiers, people."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from uuid import UUID

from flask_babel import format_decimal
from flask_babel import gettext as _

from weerbaar.accounts import doors, people, trail_pages
from weerbaar.accounts.permissions import Permission, allows
from weerbaar.config.clock import local
from weerbaar.face import formats
from weerbaar.hotline.roster.rest import ShortRest, Warned
from weerbaar.hotline.roster.rules import Placed


def tier_name(tier: int) -> str:
    """What people call a tier.

    Args:
        tier: 1 is the first line.
    """
    if tier == 1:
        return _("Eerste lijn")
    if tier == 2:  # noqa: PLR2004 - the usual back-up needs no number
        return _("Achterwacht")
    return _("Achterwacht, lijn %(tier)d", tier=tier)


def act_name(code: str) -> str:
    """What an act on a shift is called; a code without a word is shown as it is.

    Args:
        code: as the trail and the history of shifts carry it.
    """
    words: dict[str, str] = trail_pages.words()
    return words.get(code, code)


def shift_words(shift: Placed | None, names: Mapping[UUID, str]) -> str:
    """A shift in one line: line, who, from when until when; a word for none.

    Args:
        shift: as it was or became.
        names: of the people.
    """
    if shift is None:
        return _("geen dienst")
    return _(
        "%(tier)s, %(name)s, van %(start)s tot %(end)s",
        tier=tier_name(shift.tier),
        name=names[shift.person_id],
        start=formats.moment(shift.starts),
        end=formats.moment(shift.ends),
    )


def rest_words(warned: Warned, names: Mapping[UUID, str]) -> str:
    """Too little rest, in one sentence.

    Args:
        warned: what is too short or too long.
        names: of the people.
    """
    if isinstance(warned, ShortRest):
        return _(
            "%(name)s heeft %(hours)s uur rust, tussen %(ends)s en %(starts)s.",
            name=names[warned.person_id],
            hours=hours_text(warned.hours),
            ends=formats.moment(warned.ends),
            starts=formats.moment(warned.starts),
        )
    return _(
        "%(name)s heeft %(days)d dagen achter elkaar dienst, van %(starts)s tot %(ends)s.",
        name=names[warned.person_id],
        days=warned.days,
        starts=formats.moment(warned.starts),
        ends=formats.moment(warned.ends),
    )


def names_of(person_ids: Iterable[UUID]) -> dict[UUID, str]:
    """The names of some people, for a page; each is opened once.

    Args:
        person_ids: whose.
    """
    cards = people.cards(doors.db(), doors.house().vault, set(person_ids))
    return {person_id: card.name for person_id, card in cards.items()}


def hours_text(hours: float) -> str:
    """A number of hours as people write it: `8`, `7,5`.

    Args:
        hours: the number.
    """
    return str(format_decimal(round(hours, 2)))


def wall(instant: datetime) -> str:
    """The local time as a field for day and time wants it: `2026-11-24T08:00`.

    Args:
        instant: aware.
    """
    return local(instant).strftime("%Y-%m-%dT%H:%M")


def plans() -> bool:
    """Whether whoever looks may change the roster."""
    return allows(doors.actor().roles, Permission.ROSTER_PLAN)
