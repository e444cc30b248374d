"""Which reader rows count: those whose reader still has the key that they were sealed to.

A row outlives a key: whoever starts over has a new key pair and is a newcomer, and the row goes on
naming the former one. Nothing new is sealed to the person because of it, and nobody is told that
he reads along, until his former key is back or somebody shares with him again.
"""

from typing import Any

from sqlalchemy import ColumnElement, distinct, func, or_, select

from weerbaar.accounts.models import EnvelopeReaderRow, KeyWrappingRow, PersonKeyRow, PersonRow
from weerbaar.accounts.wrappings import Way

_ACTIVE = select(PersonRow.id).where(PersonRow.state == "active")


def has_key(reader: Any = EnvelopeReaderRow) -> ColumnElement[bool]:
    """The condition that a reader has the key of his row: it is his present one, or moves to it.

    A kept former key opens through the pair that came after it. Where somebody started over in
    between, that pair is lost itself: every pair since must be the present one or kept too.

    Args:
        reader: the reader's row, or an alias of it; the row of a group always counts.
    """
    present = (
        select(func.max(PersonKeyRow.epoch))
        .where(PersonKeyRow.person_id == reader.person_id)
        .scalar_subquery()
    )
    kept = (
        select(func.count(distinct(KeyWrappingRow.epoch)))
        .where(
            KeyWrappingRow.person_id == reader.person_id,
            KeyWrappingRow.kind == Way.FORMER.value,
            KeyWrappingRow.epoch >= reader.key_epoch,
        )
        .scalar_subquery()
    )
    return or_(reader.person_id.is_(None), kept == present - reader.key_epoch)


def may_have_again(reader: Any = EnvelopeReaderRow) -> ColumnElement[bool]:
    """The condition that a reader has the key of his row, or that it can still come back to him.

    Args:
        reader: the reader's row, or an alias of it.
    """
    waits = select(KeyWrappingRow.id).where(
        KeyWrappingRow.person_id == reader.person_id,
        KeyWrappingRow.epoch == reader.key_epoch,
        KeyWrappingRow.kind.in_([Way.FORMER.value, Way.QUORUM.value]),
    )
    return or_(has_key(reader), waits.exists())


def is_here(reader: Any) -> ColumnElement[bool]:
    """The condition that a reader did not leave: whoever left has no key any more.

    Args:
        reader: the reader's row, or an alias of it; the row of a group always counts.
    """
    return or_(reader.person_id.is_(None), reader.person_id.in_(_ACTIVE))


def keeps_open(reader: Any) -> ColumnElement[bool]:
    """The condition that a record stays readable by this reader: he is here, and has the key.

    Args:
        reader: the reader's row, or an alias of it.
    """
    return is_here(reader) & has_key(reader)
