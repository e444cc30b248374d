"""What is done in a case because the person it is about asks for it."""

from datetime import datetime
from uuid import UUID

from sqlalchemy.orm import Session

from weerbaar.accounts import trail
from weerbaar.accounts.actors import Actor
from weerbaar.accounts.vault import Vault
from weerbaar.intake import casefile, casework, retention, sharing
from weerbaar.intake.casefile import keys_of
from weerbaar.intake.errors import CaseworkRefused

# As the destruction log says why.
ERASURE = "erasure"


class Held(CaseworkRefused):
    """The case is held for a reason: end the hold first, or refuse the erasure (AVG 17(3))."""


def rectify(
    session: Session, vault: Vault, actor: Actor, case_id: UUID, text: str, now: datetime
) -> UUID:
    """Note in a case what the person says is wrong (AVG article 16); gives the note's id.

    Raises:
        NotYourCase: unknown, or not shared with this person.
        NothingToRecord: the text is empty.
    """
    note = casework.add_note(session, vault, actor, case_id, text, now)
    trail.record(session, actor, "case.rectify", "case", case_id, now)
    return note


def erase(session: Session, vault: Vault, actor: Actor, case_id: UUID, now: datetime) -> None:
    """Destroy a case for good because the person asks for it (AVG article 17).

    Args:
        session: the door commits; the secrets go with the commit.
        vault: whose key store holds them.
        actor: who decides who reads the case.
        case_id: the case.
        now: the present instant, aware.

    Raises:
        NotYourCase: unknown, or not shared with this person.
        NotYoursToShare: he reads a part of it, or for a while only.
        Held: it is held.
    """
    row = casefile.case_row(session, case_id, lock=True)
    if not sharing.decides(session, vault, keys_of(actor), row):
        raise sharing.NotYoursToShare
    if row.hold_until is not None:
        raise Held
    retention.destroy_case(session, vault, actor, case_id, now, ERASURE)
