"""The roster of a period as a table: the columns of the import, so that it can come back."""

from datetime import datetime

from sqlalchemy.orm import Session

from weerbaar.accounts import people
from weerbaar.accounts.vault import Vault
from weerbaar.config.clock import local
from weerbaar.face.spreadsheets import Cell
from weerbaar.hotline.roster import verbs
from weerbaar.hotline.roster.imports import HEADER
from weerbaar.hotline.roster.rules import Interval

__all__ = ["HEADER", "rows"]


def rows(session: Session, vault: Vault, stretch: Interval) -> list[list[Cell]]:
    """Every shift that touches a period, whole, by its start; imported again it changes nothing.

    Args:
        session: any session.
        vault: opens mail addresses.
        stretch: the period, UTC.
    """
    shifts = verbs.between(session, stretch.starts, stretch.ends)
    cards = people.cards(session, vault, {each.person_id for each in shifts})
    return [
        [each.tier, cards[each.person_id].mail, _written(each.starts), _written(each.ends)]
        for each in shifts
    ]


def _written(instant: datetime) -> str:
    """Local time with its offset: one instant, also in the hour that comes twice."""
    moment = local(instant)
    if moment.microsecond:
        return moment.isoformat(timespec="microseconds")
    return moment.isoformat(timespec="seconds" if moment.second else "minutes")
