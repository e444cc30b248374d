"""Who it is about stays folded until somebody asks; that he asked stands in the trail by itself."""

from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy.orm import Session

from weerbaar.accounts import trail
from weerbaar.accounts.actors import Actor
from weerbaar.accounts.vault import Vault
from weerbaar.intake import casefile
from weerbaar.intake.casefile import keys_of
from weerbaar.intake.content import Who
from weerbaar.intake.errors import NotYourCase

# One reading of the trail for whoever looks, goes away and looks again.
ONE_LOOK = timedelta(minutes=30)


def show(session: Session, vault: Vault, actor: Actor, case_id: UUID, now: datetime) -> Who:
    """The *who* part of a case, to be shown; a look leaves a trail once.

    Args:
        session: the database; the door commits, a first opening writes.
        vault: the key store.
        actor: who asks.
        case_id: the case.
        now: the present instant, aware.

    Raises:
        NotYourCase: unknown, not shared with this person, or destroyed.
    """
    row = casefile.case_row(session, case_id)
    casefile.open_what(session, vault, keys_of(actor), row)
    who = casefile.open_who(session, vault, keys_of(actor), row)
    if who is None:
        raise NotYourCase(case_id)
    trail.record_once(session, actor, "case.who", "case", case_id, now, within=ONE_LOOK)
    return who
