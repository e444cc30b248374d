"""What a transaction holds back until its end: dropped with a rollback, savepoints included."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from sqlalchemy import event
from sqlalchemy.orm import Session, SessionTransaction

_KEY = "weerbaar.held"
_AFTERWARDS = "afterwards"


@dataclass(slots=True)
class _Held:
    shelf: str
    # The savepoint it was held in; None outside any.
    savepoint: SessionTransaction | None
    item: Any


def hold(session: Session, shelf: str, item: Any) -> None:
    """Keep an item until the transaction ends.

    Args:
        session: whose transaction.
        shelf: a name that `held` asks for.
        item: anything.
    """
    if session.get_transaction() is None:
        # Without a transaction there would be no end to drop the item at.
        session.begin()
    session.info.setdefault(_KEY, []).append(_Held(shelf, session.get_nested_transaction(), item))


def held(session: Session, shelf: str) -> list[Any]:
    """What is held under a name, in the order it came."""
    return [one.item for one in session.info.get(_KEY, ()) if one.shelf == shelf]


def afterwards(session: Session, act: Callable[[], None]) -> None:
    """Do something once the transaction is safely committed; never after a rollback."""
    hold(session, _AFTERWARDS, act)


def _committed(session: Session) -> None:
    savepoint = session.get_nested_transaction()
    if savepoint is None:
        acts = held(session, _AFTERWARDS)
        session.info.pop(_KEY, None)
        for act in acts:
            act()
        return
    parent = savepoint.parent
    outer = parent if parent is not None and parent.nested else None
    for one in session.info.get(_KEY, ()):
        if one.savepoint is savepoint:
            one.savepoint = outer


def _ended(session: Session, transaction: SessionTransaction) -> None:
    if _KEY not in session.info:
        return
    if transaction.nested:
        # A savepoint that was kept has handed its items on already; the rest goes with it.
        session.info[_KEY] = [one for one in session.info[_KEY] if one.savepoint is not transaction]
    elif transaction.parent is None:
        session.info.pop(_KEY, None)


event.listen(Session, "after_commit", _committed)
event.listen(Session, "after_transaction_end", _ended)
