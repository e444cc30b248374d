"""A caller who gave no name is known again by his word, among the cases that somebody may read.

Every *who* part that the reader can open is opened and compared, whatever was said: a wrong word
takes the same work as the word of a case that is not his, and gets the same answer.
"""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from weerbaar.accounts import envelopes, trail
from weerbaar.accounts.actors import Actor
from weerbaar.accounts.envelopes import Kind
from weerbaar.accounts.vault import Vault
from weerbaar.intake import agreement, content
from weerbaar.intake.agreement import Said
from weerbaar.intake.casefile import WHO, keys_of
from weerbaar.intake.models import CaseRow

# After so many wrong words the caller is told nothing: the agreed plan follows.
MOST_TRIES = 3


@dataclass(frozen=True, repr=False)
class Known:
    """A case in which a word was agreed, which of its two words it was, and the plan for it."""

    case_id: UUID
    said: Said
    plan: str

    def __repr__(self) -> str:
        return f"<Known {self.case_id}>"


def cases_with_word(
    session: Session, vault: Vault, actor: Actor, said: str, now: datetime
) -> list[Known]:
    """The cases of this person in which a word was agreed that a caller says, newest first.

    The searching leaves a trail; what came of it does not.

    Args:
        session: the door commits.
        vault: the key store.
        actor: the reader.
        said: as typed; case, accents and spaces do not count.
        now: this instant, aware.
    """
    keys = keys_of(actor)
    trail.record(session, actor, "case.word_search", "caseload", None, now)
    rows = session.execute(
        select(CaseRow.who_record, CaseRow.id).order_by(CaseRow.created_day.desc(), CaseRow.id)
    )
    records = {record: case_id for record, case_id in rows if record is not None}
    found: dict[UUID, Known] = {}
    for record, plaintext in envelopes.open_many(
        session, vault, keys, list(records), kind=Kind.CASE_WHO, part=WHO
    ):
        who = content.who_from(plaintext)
        became = agreement.compare(who, said)
        if became is not Said.NEITHER and who.case_id == str(records[record]):
            found[record] = Known(records[record], became, who.word_plan)
    return [found[record] for record in records if record in found]
