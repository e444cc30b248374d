"""What this room keeps for a while: drafts, the parts of cases, and consents."""

from collections.abc import Callable
from datetime import date, datetime, timedelta
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from weerbaar.accounts import envelopes
from weerbaar.accounts.actors import Actor
from weerbaar.accounts.vault import Vault
from weerbaar.config.clock import local
from weerbaar.intake import breaches, consents, retention, rights
from weerbaar.intake.breaches_models import BreachRow
from weerbaar.intake.models import CaseEntryRow, CaseRow, DraftRow
from weerbaar.intake.part_contents import Bond
from weerbaar.intake.part_models import CasePartRow
from weerbaar.intake.purging import Keeper
from weerbaar.intake.retention_periods import counting, periods
from weerbaar.intake.retention_rules import Category
from weerbaar.intake.rights_models import RightsRequestRow


def keepers() -> tuple[Keeper, ...]:
    """Of every category of this room, in the order in which they are destroyed."""
    return (
        Keeper(Category.DRAFT, _drafts_due, counting(DraftRow), _destroy_draft),
        _of_case(Category.CASE_WHO, counting(CaseRow, CaseRow.who_record.is_not(None))),
        _of_case(Category.CASE_NOTES, counting(CaseEntryRow)),
        _of_case(Category.CASE_WHAT, counting(CaseRow, CaseRow.what_record.is_not(None))),
        Keeper(
            Category.CONSENT,
            consents.due,
            counting(CasePartRow, CasePartRow.bond == Bond.CONSENT.value),
            consents.destroy,
        ),
        Keeper(Category.BREACH, breaches.due_to_go, counting(BreachRow), breaches.destroy),
        Keeper(
            Category.RIGHTS_REQUEST, rights.due_to_go, counting(RightsRequestRow), rights.destroy
        ),
    )


def _of_case(category: Category, count: Callable[[Session], int]) -> Keeper:
    def due(session: Session, on: date, *, only: UUID | None = None) -> list[UUID]:
        return retention.cases_due(session, category, on, only=only)

    def destroy(
        session: Session, vault: Vault, actor: Actor, case_id: UUID, now: datetime, why: str
    ) -> None:
        # Held or opened again since it was looked at: so it is asked once more, locked.
        session.get(CaseRow, case_id, with_for_update=True, populate_existing=True)
        if due(session, local(now).date(), only=case_id):
            retention.destroy_part(session, vault, actor, case_id, category, now, why)

    return Keeper(category, due, count, destroy)


def _drafts_due(session: Session, on: date, *, only: UUID | None = None) -> list[UUID]:
    oldest = on - timedelta(days=periods(session)[Category.DRAFT])
    wanted = select(DraftRow.id).where(DraftRow.created_day <= oldest)
    if only is not None:
        wanted = wanted.where(DraftRow.id == only)
    return list(session.scalars(wanted.order_by(DraftRow.created_day, DraftRow.id)))


def _destroy_draft(
    session: Session, vault: Vault, actor: Actor, draft_id: UUID, now: datetime, why: str
) -> None:
    row = session.get(DraftRow, draft_id, with_for_update=True)
    if row is None:
        return
    session.delete(row)
    session.flush()
    envelopes.destroy(session, vault, draft_id, now, actor=actor, why=why)
