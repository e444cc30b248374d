"""Sharing a case with who is no confidant: only where the person it is about consented to that."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy.orm import Session

from weerbaar.accounts.actors import Actor
from weerbaar.accounts.vault import Vault
from weerbaar.intake import casefile, consents, sharing
from weerbaar.intake.consent_codes import EXPERT
from weerbaar.intake.sharing import Colleague


def colleagues(
    session: Session, vault: Vault, actor: Actor, case_id: UUID, now: datetime
) -> tuple[list[Colleague], list[Colleague]]:
    """With whom a case can be shared now, and with whom only after a consent is written down.

    Args:
        session: the database; the door commits, a first opening writes.
        vault: public keys and the key store.
        actor: who wants to share.
        case_id: the case.
        now: the present instant, aware.
    """
    everybody = sharing.colleagues(session, vault, actor)
    if consents.given(session, vault, actor, case_id, EXPERT, now):
        return everybody, []
    inside = sharing.inside(session)
    return (
        [one for one in everybody if one.person_id in inside],
        [one for one in everybody if one.person_id not in inside],
    )


def share(
    session: Session,
    vault: Vault,
    actor: Actor,
    case_id: UUID,
    person_id: UUID,
    parts: frozenset[str],
    now: datetime,
    **more: Any,
) -> None:
    """The same as `sharing.share`, with an expert or peer only where that was consented to.

    Raises:
        NoConsent: this person is no confidant, and no consent for that holds.
        As `sharing.share`.
    """
    if person_id not in sharing.inside(session):
        consents.demand(session, vault, actor, case_id, EXPERT, now)
    sharing.share(session, vault, actor, case_id, person_id, parts, now, **more)


def reading_without(
    session: Session, vault: Vault, actor: Actor, case_id: UUID, now: datetime
) -> list[UUID]:
    """Who reads along though the consent for it ended: an expert or peer who still has access.

    Args:
        session: the database; the door commits, a first opening writes.
        vault: the key store.
        actor: a reader of both parts.
        case_id: the case.
        now: the present instant, aware.
    """
    row = casefile.case_row(session, case_id)
    inside = sharing.inside(session)
    outside = [one.person_id for one in casefile.readers(session, row)
               if one.person_id not in inside]  # fmt: skip
    if not outside or consents.given(session, vault, actor, case_id, EXPERT, now):
        return []
    return outside
