"""What the pages of the roster call things: tiers, people."""

from collections.abc import Iterable
from uuid import UUID

from flask_babel import format_decimal
from flask_babel import gettext as _

from weerbaar.accounts import doors, people
from weerbaar.accounts.permissions import Permission, allows


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


def plans() -> bool:
    """Whether whoever looks may change the roster."""
    return allows(doors.actor().roles, Permission.ROSTER_PLAN)
